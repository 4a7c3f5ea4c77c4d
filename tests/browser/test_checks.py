"""A duty check answered from the post with a photo; a drill against the 1-3-5-minute clock: a desk and a phone."""

import secrets

from playwright.sync_api import Browser, expect

from browser.seat import PATIENCE_MS, seat
from browser.test_phone import PNG, asks, phone
from support.platform import Platform

JIZHOU = {"area_code": "360802", "lon": 114.98, "lat": 27.11}


def test_the_desk_asks_and_the_post_answers_with_a_photo(browser: Browser, city: Platform) -> None:
    mark = secrets.token_hex(3).upper()
    code, name = f"CK-{mark}", f"朝阳书院{mark}"
    with seat(browser, city.url) as office, phone(browser, city, "unit", f"unit:{code}", locale="en") as post:
        asks(city, office.page, "/units", {"code": code, "name": name, "premises": "other", **JIZHOU})
        office.sign_in(*city.account("lead"))
        office.page.goto("/duty-checks")
        office.page.locator("[data-begin]").click()
        asked = office.page.locator("dialog")
        asked.locator("input[role=combobox]").fill(name)
        asked.locator("li[role=option]", has_text=name).click()
        expect(asked.locator("[data-chosen]")).to_contain_text(name)
        asked.locator("button[type=submit]").click()
        row = office.page.locator("[data-checks] tbody tr", has_text=name)
        expect(row).to_have_attribute("data-check", "running")
        assert office.unreadable() == []
        post.page.context.grant_permissions(["geolocation"])
        post.page.context.set_geolocation({"longitude": 114.9801, "latitude": 27.1102, "accuracy": 9})
        post.page.reload()
        post.page.locator("[data-checks] a").click()
        expect(post.page.locator("[data-asked]")).to_contain_text(name)
        expect(post.page.locator("[data-locate]")).to_contain_text("9")
        post.page.context.set_offline(True)
        post.page.set_input_files("input[type=file]", {"name": "a.png", "mimeType": "image/png", "buffer": PNG})
        post.page.locator("[data-send]").click()
        expect(post.page.get_by_text(post.say("m.check.kept"))).to_be_visible()
        post.page.context.set_offline(False)
        expect(post.page.locator("[data-over]")).to_contain_text("answered", timeout=PATIENCE_MS)
        assert post.unreadable() == []
        expect(row).to_have_attribute("data-check", "answered", timeout=PATIENCE_MS)
        expect(row.get_by_role("link", name=office.say("check.photo"))).to_be_visible()
        expect(row).to_contain_text(office.say("check.away").replace("{m}", "24"))
        row.get_by_role("link", name=name).click()
        expect(office.page.locator("[data-unit-checks] [data-check=answered]")).to_contain_text("24")
        assert office.unreadable() == []


def test_a_drill_is_started_at_the_desk_and_run_by_the_stations_phone(browser: Browser, city: Platform) -> None:
    code = f"ST-{secrets.token_hex(3).upper()}"
    with seat(browser, city.url) as office, phone(browser, city, "station", f"station:{code}") as crew:
        asks(city, office.page, "/organisations", {
            "kind": "station", "code": code, "name": f"永阳微型消防站{code}", "area_code": "360828",
            "lon": 114.78, "lat": 26.46,
        })  # fmt: skip  # where no other story has a fire: no drill begins beside one
        office.sign_in(*city.account("lead"))
        office.page.goto("/stations")
        office.page.locator(f"[data-station='{code}']").click()
        office.page.locator("[data-start]").click()
        office.page.locator("[data-place]").fill("老街 3 号")
        office.page.locator("[data-go]").click()
        expect(office.page.locator("[data-running]")).to_contain_text("老街 3 号", timeout=PATIENCE_MS)
        assert office.unreadable() == []
        card = crew.page.locator("[data-drill]")
        expect(card).to_contain_text("老街 3 号", timeout=PATIENCE_MS)
        assert crew.unreadable() == []
        for _ in range(4):
            said = card.locator("button.main").inner_text()
            card.locator("button.main").click()
            expect(card.get_by_role("button", name=said)).to_have_count(0, timeout=PATIENCE_MS)
        expect(crew.page.locator("[data-drill-over]")).to_be_visible(timeout=PATIENCE_MS)
        expect(office.page.locator("[data-running]")).to_have_count(0, timeout=PATIENCE_MS)
