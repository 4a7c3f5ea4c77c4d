"""The desk under a flood, and one incident taken apart: what is one row with a count, and what stands beside it."""

import secrets

from playwright.sync_api import Browser, expect

from browser.seat import PATIENCE_MS, VIEWS, seat
from browser.test_story import Building
from support.platform import Platform

MAINS_FAULT = 0x0100
MANY = 6


@VIEWS
def test_a_flood_is_one_row_that_opens_and_a_fire_stands_outside_it(
    city: Platform, browser: Browser, locale: str, size: str
) -> None:
    with seat(browser, city.url, locale, size=size) as here:
        buildings = [Building(city, here.page) for _ in range(MANY)]
        here.sign_in(*city.account("duty"))
        for building in buildings:
            building.device.say(secrets.randbelow(1 << 20) + 1, MAINS_FAULT)
        fire = buildings[0]
        fire.device.say(131090)
        expect(here.row_of(fire.name)).to_have_count(1, timeout=PATIENCE_MS)
        queue = "task" if here.page.locator("[data-count='attention']").inner_text() == "0" else "attention"
        here.page.locator(f"[data-count='{queue}']").click()
        group = here.page.locator("[data-flood]").first
        expect(group).to_be_visible(timeout=PATIENCE_MS)
        assert int(group.get_attribute("data-flood") or 0) >= MANY
        here.page.keyboard.press("ArrowDown")
        group.click()
        inside = here.page.locator(".inside [data-incident]")
        expect(inside.filter(has_text=buildings[1].name)).to_have_count(1, timeout=PATIENCE_MS)
        assert here.page.locator(".inside [data-grade='I'], .inside [data-grade='II']").count() == 0
        here.picture(f"flood-{locale}-{size}")
        assert here.unreadable() == []


@VIEWS
def test_an_incident_is_taken_apart_and_put_together_again(
    city: Platform, browser: Browser, locale: str, size: str
) -> None:
    with seat(browser, city.url, locale, size=size) as here:
        building = Building(city, here.page)
        here.sign_in(*city.account("operator"))
        page = here.page
        unit = page.request.get("/api/v1/units", params={"q": building.name}).json()["items"][0]["id"]
        house = page.request.post(f"/api/v1/units/{unit}/buildings", data={"code": "1", "name": "1号楼"}).json()["id"]
        for component, floor in ((131091, "3"), (131092, "4")):
            made = page.request.post("/api/v1/devices", data={
                "unit_id": unit, "name": f"{floor}层感烟", "type": "smoke", "gateway": "gb26875", "floor": floor,
                "building_id": house,
                "address": f"{building.device.address}/1.1.40.{component}",
            })  # fmt: skip
            assert made.status == 201, made.text()
            building.device.say(component)
        row = here.row_of(building.name)
        expect(row).to_have_count(
            1, timeout=PATIENCE_MS
        )  # one floor above the other: one fire until somebody knows better
        row.click()
        expect(page.locator("[data-frame]")).to_have_count(2, timeout=PATIENCE_MS)
        page.keyboard.press("s")
        dialog = page.locator("dialog[data-dialog='split']")
        dialog.locator("button[type=submit]").click()
        expect(dialog.locator("[role=alert]")).to_be_visible()
        dialog.locator("input[name=alarm]").last.check()
        here.picture(f"split-{locale}")
        assert here.unreadable() == []
        dialog.locator("button[type=submit]").click()
        expect(dialog).to_have_count(0)
        page.mouse.move(1000, 700)
        page.keyboard.press(".")  # the list stands still under the hand
        expect(here.row_of(building.name)).to_have_count(2, timeout=PATIENCE_MS)
        expect(page.locator("[data-frame]")).to_have_count(1)
        page.keyboard.press("g")
        dialog = page.locator("dialog[data-dialog='merge']")
        expect(dialog.locator("input[name=into]")).to_be_checked()  # there is one other
        here.picture(f"merge-{locale}")
        assert here.unreadable() == []
        dialog.locator("button[type=submit]").click()
        expect(dialog).to_have_count(0)
        expect(page.locator("[data-frame]")).to_have_count(2)
        expect(page.locator("[data-timeline] li[data-what='merged']")).to_have_count(2)  # in either chain
        page.mouse.move(1000, 700)
        page.keyboard.press(".")
        expect(here.row_of(building.name)).to_have_count(1, timeout=PATIENCE_MS)
        page.keyboard.press("s")
        dialog = page.locator("dialog[data-dialog='split']")
        expect(dialog.locator("input[name=merged], input[name=alarm]").first).to_be_visible()
        page.keyboard.press("Escape")
