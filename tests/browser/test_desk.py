"""The desk under a flood, and one incident taken apart: what is one row with a count, and what stands beside it."""

import secrets

import pytest
from playwright.sync_api import Browser, expect

from browser.seat import PATIENCE_MS, seat
from browser.test_story import Building
from support.platform import Platform

MAINS_FAULT = 0x0100
MANY = 6


@pytest.mark.parametrize(("locale", "theme", "size"), [("zh", "dark", "1920x1080"), ("en", "light", "1366x768")])
def test_a_flood_is_one_row_that_opens_and_a_fire_stands_outside_it(
    city: Platform, browser: Browser, locale: str, theme: str, size: str
) -> None:
    with seat(browser, city.url, locale, theme, size) as here:
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
