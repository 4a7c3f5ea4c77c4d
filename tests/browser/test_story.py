"""The whole path, seen from a chair: a frame at the port becomes a row without a reload, and is worked to its end."""

import secrets

from playwright.sync_api import Browser, Page, expect

from browser.seat import PATIENCE_MS, VIEWS, Device, Seat, seat
from support.platform import Platform


class Building:
    """A unit with one transmission device, registered as an operator would."""

    def __init__(self, city: Platform, page: Page, lon: float = 114.98, lat: float = 27.11, **more: str) -> None:
        number = secrets.randbelow(1_000_000)
        self.name = f"阳明东路测试养老院{number:06d}"
        address = f"7903{secrets.token_hex(4).upper()}"
        token = _token(city, page)
        unit = _post(city, page, token, "/units", {
            "code": f"BROWSER-{address}", "name": self.name, "premises": "crowded", "area_code": "360802",
            "lon": lon, "lat": lat, "tags": ["elderly_care"], **more,
        })  # fmt: skip
        _post(city, page, token, "/devices", {
            "unit_id": unit["id"], "name": "传输装置", "type": "transmission_device",
            "gateway": "gb26875", "address": address,
        })  # fmt: skip
        self.device = Device(address, city.gb26875_port)


def _token(city: Platform, page: Page) -> str:
    name, password = city.account("operator")
    answer = page.request.post(f"{city.url}/api/v1/login", data={"username": name, "password": password})
    page.context.clear_cookies()
    return str(answer.json()["token"])


def _post(city: Platform, page: Page, token: str, path: str, body: dict[str, object]) -> dict[str, str]:
    answer = page.request.post(f"{city.url}/api/v1{path}", data=body, headers={"Authorization": f"Bearer {token}"})
    assert answer.status == 201, answer.text()
    return answer.json()


def _opened(here: Seat, building: Building) -> None:
    row = here.row_of(building.name)
    expect(row).to_have_count(1, timeout=PATIENCE_MS)
    row.click()
    expect(here.shown()).to_be_visible()


@VIEWS
def test_a_fire_is_seen_taken_confirmed_and_closed(city: Platform, browser: Browser, locale: str, size: str) -> None:
    with seat(browser, city.url, locale, size=size) as here:
        building = Building(city, here.page)
        here.sign_in(*city.account("duty"))
        expect(here.row_of(building.name)).to_have_count(0)
        here.page.evaluate("window.sameDocument = true")

        building.device.say(131082)
        _opened(here, building)
        assert here.page.evaluate("window.sameDocument") is True, "the page was reloaded"
        row = here.row_of(building.name)
        assert row.get_attribute("data-grade") == "II"
        expect(row.locator(".timer.running")).to_be_visible()  # the countdown to verify runs, on the row
        expect(here.page.locator("[data-state-word]")).to_have_text(here.say("state.open"))
        here.page.locator("[data-frame]").first.click()
        expect(here.page.locator("[data-frame-words]").first).to_be_visible()
        assert here.unreadable() == []
        here.pictures(f"story-{locale}-open")

        here.page.keyboard.press("a")
        expect(here.page.locator("[data-state-word]")).to_have_text(here.say("state.verifying"))
        here.page.keyboard.press("c")
        dialog = here.page.locator("dialog[data-dialog='confirm']")
        expect(dialog).to_be_visible()
        assert here.unreadable() == []
        here.picture(f"story-{locale}-confirm")
        dialog.locator("input[value='on_site']").check()
        here.page.keyboard.press("Enter")
        expect(here.page.locator("[data-state-word]")).to_have_text(here.say("state.confirmed"))
        expect(here.row_of(building.name)).to_have_attribute("data-grade", "I")

        here.page.keyboard.press("e")
        here.page.locator("dialog[data-dialog='close'] button[type='submit']").click()
        expect(here.page.locator("[data-state-word]")).to_have_text(here.say("state.closed"))
        timeline = here.page.locator("[data-timeline] li")
        said = [timeline.nth(n).get_attribute("data-what") for n in range(timeline.count())]
        assert [what for what in said if what in ("accepted", "confirmed", "closed")] == [
            "accepted",
            "confirmed",
            "closed",
        ]
        printed = here.page.request.get(here.page.locator("[data-print]").get_attribute("href") or "")
        assert printed.ok and printed.body().startswith(b"%PDF-"), "the report of the closed incident"
        here.pictures(f"story-{locale}-closed")
        here.page.mouse.move(1000, 1000)
        expect(here.row_of(building.name)).to_have_count(0, timeout=PATIENCE_MS)


@VIEWS
def test_a_false_alarm_is_dismissed_with_its_cause(city: Platform, browser: Browser, locale: str, size: str) -> None:
    with seat(browser, city.url, locale, size=size) as here:
        building = Building(city, here.page)
        here.sign_in(*city.account("duty"))
        here.page.locator("[data-untested]").click()  # at a shift's start the sound is tried
        here.page.locator("dialog .row button").first.click()
        expect(here.page.locator("[data-tested]")).to_be_visible()
        here.picture(f"sound-tested-{locale}")
        here.page.keyboard.press("Escape")
        expect(here.page.locator("[data-untested]")).to_have_count(0)
        building.device.say(131083)
        _opened(here, building)
        here.page.keyboard.press("x")
        dialog = here.page.locator("dialog[data-dialog='dismiss']")
        dialog.locator("input[type='search']").fill(here.say("cause.U1"))
        here.page.keyboard.press("Enter")
        expect(dialog.locator("input[value='U1']")).to_be_checked()
        here.picture(f"dismiss-{locale}-{size}")
        here.page.keyboard.press("Enter")
        expect(here.page.locator("[data-state-word]")).to_have_text(here.say("state.closed"))
        expect(here.shown()).to_contain_text(f"U1 {here.say('cause.U1')}")


@VIEWS
def test_of_two_desks_one_wins_and_the_other_is_told(city: Platform, browser: Browser, locale: str, size: str) -> None:
    with seat(browser, city.url, locale, size=size) as first, seat(browser, city.url, locale, size=size) as second:
        building = Building(city, first.page)
        duty, _ = city.account("duty")
        first.sign_in(*city.account("duty"))
        second.sign_in(*city.account("lead"))
        building.device.say(131084)
        _opened(first, building)
        _opened(second, building)
        # The second desk acts on the picture that it had: its own feed is cut at the very moment.
        second.page.context.route("**/api/v1/live", lambda route: route.abort())
        second.page.evaluate("window.dispatchEvent(new Event('offline'))")
        first.page.keyboard.press("a")
        expect(first.page.locator("[data-state-word]")).to_have_text(first.say("state.verifying"))
        second.page.keyboard.press("a")
        expect(second.message()).to_contain_text(duty, timeout=PATIENCE_MS)
        expect(second.message()).to_contain_text(second.say("timeline.what.accepted"))
        second.picture(f"conflict-{locale}")
        expect(second.page.locator("[data-state-word]")).to_have_text(second.say("state.verifying"))
        expect(second.page.locator("[data-timeline] li[data-what='accepted']")).to_have_count(1)


@VIEWS
def test_a_cut_feed_says_so_and_misses_nothing(city: Platform, browser: Browser, locale: str, size: str) -> None:
    with seat(browser, city.url, locale, size=size) as here:
        before, during, after = (Building(city, here.page) for _ in range(3))
        here.sign_in(*city.account("duty"))
        before.device.say(131085)
        expect(here.row_of(before.name)).to_have_count(1, timeout=PATIENCE_MS)
        here.page.context.set_offline(True)
        expect(here.page.locator("[data-link]")).to_contain_text(here.begins("link.stale"))
        here.picture(f"cut-{locale}")
        assert here.unreadable() == []
        during.device.say(131086)
        during.device.say(131087)
        here.page.context.set_offline(False)
        expect(here.row_of(during.name)).to_have_count(1, timeout=PATIENCE_MS)
        expect(here.page.locator("[data-link]")).to_have_class("link live", timeout=PATIENCE_MS)
        after.device.say(131088)
        expect(here.row_of(after.name)).to_have_count(1, timeout=PATIENCE_MS)
        for building in (before, during, after):
            expect(here.row_of(building.name)).to_have_count(1)


def test_a_wrong_password_is_told_in_words(city: Platform, browser: Browser) -> None:
    for locale in ("zh", "en"):
        with seat(browser, city.url, locale, "light") as here:
            here.page.goto("/")
            here.page.locator("form input").nth(0).fill(f"nobody-{locale}")
            here.page.locator("form input").nth(1).fill("not the password")
            here.page.keyboard.press("Enter")
            expect(here.page.locator("[role='alert']")).to_contain_text(here.say("login.wrong"))
            assert here.unreadable() == []
            here.pictures(f"login-{locale}")


@VIEWS
def test_lists_are_links(city: Platform, browser: Browser, locale: str, size: str) -> None:
    with seat(browser, city.url, locale, size=size) as here:
        building = Building(city, here.page)
        here.sign_in(*city.account("operator"))
        here.page.goto(f"/units?q={building.name}")
        expect(here.page.locator("tbody tr")).to_have_count(1)
        assert here.unreadable() == []
        here.picture(f"units-{locale}-{size}")
        here.page.locator("tbody a").click()
        expect(here.page.locator("h1")).to_have_text(building.name)
        here.page.goto("/devices?type=transmission_device")
        expect(here.page.locator("tbody tr").first).to_be_visible()
        here.picture(f"devices-{locale}-{size}")
