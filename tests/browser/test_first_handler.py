"""处置权责, from three chairs: the operator's desk sounds first, then the county's, then the city's; at grade I all do.

Ears are those of the browser: every tone that its audio device is asked for. Times of the policy are put in force here
as two people do it, short enough to wait for, and taken back at the end.
"""

import secrets
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, expect

from browser.seat import PATIENCE_MS, Seat, seat
from browser.test_story import Building
from support.platform import Platform

COUNTY = "360827"
OPERATOR_S, COUNTY_S = 8, 20
BEEP, SIREN = "1175", "siren"
EARS = """
window.heard = []
const start = OscillatorNode.prototype.start
OscillatorNode.prototype.start = function (...given) {
    window.heard.push(this.type === 'square' ? 'siren' : String(Math.round(this.frequency.value)))
    return start.apply(this, given)
}
"""


def _person(city: Platform, role: str) -> httpx.Client:
    name, password = city.account(role)
    token = httpx.post(f"{city.url}/api/v1/login", json={"username": name, "password": password}).json()["token"]
    return httpx.Client(base_url=f"{city.url}/api/v1", headers={"Authorization": f"Bearer {token}"})


@contextmanager
def times(city: Platform, operator_s: int, county_s: int) -> Generator[None]:
    """In force by two people; afterwards what was in force before is so again."""
    with _person(city, "admin") as admin, _person(city, "lead") as lead:
        before = admin.get("/policies/active").json()["head"]["version"]

        def put(based_on: int, change: dict[str, Any] | None) -> None:
            document = admin.post("/policies", json={"based_on": based_on, "note": "处置权责"}).json()
            head = document["head"]
            if change is not None:
                policy = {**document["policy"], "first_handler": change}
                body = {"revision": head["revision"], "policy": policy, "note": head["note"]}
                head = admin.put(f"/policies/{head['version']}", json=body).json()["head"]
            done = lead.post(f"/policies/{head['version']}/activate", json={"revision": head["revision"]})
            assert done.status_code == 200, done.text

        put(before, {"II": {"room_s": operator_s, "operator_s": operator_s, "county_s": county_s}})
        try:
            yield
        finally:
            put(before, None)


def sits(city: Platform, here: Seat, role: str, scope: str) -> Page:
    """Signed in, and its sound let out by a first click."""
    here.page.context.add_init_script(EARS)
    here.sign_in(*city.account(role, scope))
    here.page.locator("[data-queue]").click()
    return here.page


def hears(page: Page, tone: str) -> bool:
    return bool(page.evaluate("tone => window.heard.includes(tone)", tone))


def will_hear(page: Page, tone: str) -> None:
    page.wait_for_function("tone => window.heard.includes(tone)", arg=tone, timeout=PATIENCE_MS)


def test_whose_desk_it_is_sounds_and_what_nobody_takes_goes_up(city: Platform, browser: Browser) -> None:
    with times(city, OPERATOR_S, COUNTY_S), ExitStack() as chairs:
        seats = [chairs.enter_context(seat(browser, city.url, "zh")) for _ in range(3)]
        sub, county, chief = seats
        building = Building(city, sub.page, area_code=COUNTY, code=f"FIRST-{secrets.token_hex(4)}")
        sub_page = sits(city, sub, "operator", f"area:{COUNTY}")
        county_page = sits(city, county, "duty", f"area:{COUNTY}")
        chief_page = sits(city, chief, "lead", "city")
        for each in seats:
            expect(each.page.locator("[data-desk]")).to_be_visible()

        building.device.say(131082)
        for each in seats:  # every desk lists it at once
            expect(each.row_of(building.name)).to_have_count(1, timeout=PATIENCE_MS)
        will_hear(sub_page, BEEP)
        holder = county.row_of(building.name).locator("[data-holder]")
        expect(holder).to_contain_text(county.say("handling.level.county"))
        assert not hears(county_page, BEEP), "it is the operator's yet"
        county.picture("first-handler-county-waits")

        will_hear(county_page, BEEP)
        expect(holder).to_contain_text(county.say("handling.level.city"))
        county.row_of(building.name).click()
        expect(county.shown()).to_contain_text("限时未受理")
        told = county_page.locator("[data-told]")  # one true sentence where a place has no contacts
        expect(told.locator("[data-chain]")).to_have_text(county.say("told.nobody"))
        expect(told).not_to_contain_text(county.say("told.running"))
        county.picture("first-handler-county-has-it")
        expect(holder).to_have_text(county.say("handling.plain.city"), timeout=PATIENCE_MS)

        building.device.say(131083)  # a second head: grade I, and everybody's
        expect(chief.row_of(building.name)).to_have_attribute("data-grade", "I", timeout=PATIENCE_MS)
        for page in (sub_page, county_page, chief_page):
            will_hear(page, SIREN)
        expect(holder).to_have_text(county.say("handling.all"))
        chief.row_of(building.name).click()
        chief.picture("first-handler-all")
        incident = county.row_of(building.name).get_attribute("data-incident")
        assert county_page.request.post(f"/api/v1/incidents/{incident}/accept", data={}).ok

        # Somebody shuts the browser and goes, and never signs out: the incident waits no longer than the policy's time.
        other = Building(city, chief_page, area_code=COUNTY, code=f"SECOND-{secrets.token_hex(4)}")
        sub_page.close()
        county_page.evaluate("window.heard = []")
        other.device.say(131082)
        expect(county.row_of(other.name)).to_have_count(1, timeout=PATIENCE_MS)
        assert not hears(county_page, BEEP), "for the platform he sits there yet"
        will_hear(county_page, BEEP)
        county.row_of(other.name).click()
        expect(county.shown()).to_contain_text("限时未受理")
        incident = county.row_of(other.name).get_attribute("data-incident")
        closed = {"cause": "U1", "note": "演示"}
        assert county_page.request.post(f"/api/v1/incidents/{incident}/dismiss", data=closed).ok
