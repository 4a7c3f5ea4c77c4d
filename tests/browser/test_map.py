"""The map from a chair: an incident's link flies to it, a filter becomes an address, a mark leads to its page."""

import itertools

import pytest
from playwright.sync_api import Browser, expect

from browser.seat import PATIENCE_MS, seat
from browser.test_story import Building
from support.platform import Platform

TAKES_MS = 20_000
"""The first picture is drawn without a graphics card here."""
_looks = itertools.count(1)


@pytest.mark.parametrize(("locale", "theme"), [("zh", "dark"), ("en", "light")])
def test_from_an_incident_to_the_map_and_back(city: Platform, browser: Browser, locale: str, theme: str) -> None:
    with seat(browser, city.url, locale, theme, "1366x768") as here:
        elsewhere: list[str] = []
        here.page.on(
            "request", lambda r: None if r.url.startswith((city.url, "blob:", "data:")) else elsewhere.append(r.url)
        )
        building = Building(city, here.page)
        here.sign_in(*city.account("duty"))
        building.device.say(131082)
        here.row_of(building.name).click()
        here.shown().locator("a[href*='/map?incident=']").click()
        expect(here.page.locator("[data-drawn]")).to_be_visible(timeout=TAKES_MS)
        row = here.page.locator("[data-spot]").filter(has_text=building.name)
        expect(row.locator("button")).to_have_attribute("aria-pressed", "true", timeout=PATIENCE_MS)
        here.page.wait_for_url("**at=16.0/27.1100/114.9800**", timeout=TAKES_MS)
        here.picture(f"map-{locale}-{theme}-near-{next(_looks)}")
        assert here.unreadable() == []

        box = here.page.locator(".maplibregl-canvas").bounding_box()
        assert box is not None
        here.page.locator(".whole").click()
        here.page.wait_for_url(lambda url: "at=16.0" not in url, timeout=TAKES_MS)
        here.page.locator("select[name=condition]").select_option("normal")
        here.page.wait_for_url("**condition=normal**", timeout=PATIENCE_MS)
        here.picture(f"map-{locale}-{theme}-far-{next(_looks)}")

        row.locator("a").focus()
        here.page.keyboard.press("Enter")
        expect(here.shown()).to_be_visible()
        assert elsewhere == [], "the page asked another host"


def test_a_mark_leads_to_its_page(city: Platform, browser: Browser) -> None:
    with seat(browser, city.url, size="1366x768") as here:
        building = Building(city, here.page, lon=115.21, lat=27.31)  # where nobody else stands
        here.sign_in(*city.account("duty"))
        here.page.goto("/map?show=units&at=18/27.31/115.21")
        expect(here.page.locator("[data-drawn]")).to_be_visible(timeout=TAKES_MS)
        box = here.page.locator(".maplibregl-canvas").bounding_box()
        assert box is not None
        here.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        mark = here.page.locator("[data-mark]")
        expect(mark).to_be_visible(timeout=PATIENCE_MS)
        mark.locator("a").click()
        expect(here.page.locator("h1")).to_contain_text(building.name[:8])
