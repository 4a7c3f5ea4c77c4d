"""A household shares its devices: an invitation by code, a relative's phone, and the end of it."""

import re
import secrets

import pytest
from playwright.sync_api import Browser, expect

from browser.seat import seat
from browser.test_phone import asks, phone
from browser.test_phone_device import looked_at
from support.platform import Platform


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_a_relative_is_invited_sees_the_devices_and_is_let_go(browser: Browser, city: Platform, locale: str) -> None:
    code = f"FA-{secrets.token_hex(4)}"
    with seat(browser, city.url) as office:
        unit = asks(city, office.page, "/units", {
            "code": code, "name": "白鹭洲 9 号", "premises": "low_rise_residential", "area_code": "360802",
        })  # fmt: skip
        asks(city, office.page, "/devices", {
            "unit_id": unit["id"], "name": "客厅感烟", "type": "smoke", "gateway": "ctwing",
            "address": secrets.token_hex(16), "place": "客厅", "state": "in_service",
        })  # fmt: skip
    with phone(browser, city, "owner", f"unit:{code}", locale=locale) as held:
        page = held.page
        page.locator("[data-nav=home]").click()
        page.locator("[data-family-link]").click()
        expect(page.locator("[data-family]")).to_contain_text("白鹭洲 9 号")
        looked_at(held, f"family-{locale}")
        page.locator("[data-invite]").click()
        page.locator("input[name=label]").fill("妈妈")
        looked_at(held, f"family-invite-{locale}")
        page.locator("dialog [data-send]").click()
        invitation = page.locator("[data-code]").inner_text().replace(" ", "")
        assert re.fullmatch(r"[2-9A-Z]{8}", invitation)
        looked_at(held, f"family-code-{locale}")
        page.locator("dialog button").last.click()
        expect(page.locator("[data-member=waits]")).to_have_count(1)
        with seat(browser, city.url, locale=locale, size="phone") as other:
            mama = other.page
            mama.goto(f"/m/join/{invitation}")
            expect(mama.locator("[data-join]")).to_contain_text("白鹭洲 9 号")
            looked_at(other, f"join-{locale}")
            mama.locator("input[name=username]").fill(f"mama-{code}")
            mama.locator("input[name=password]").fill(secrets.token_urlsafe(12))
            mama.locator("[data-take]").click()
            expect(mama.locator("[data-device]")).to_contain_text("客厅感烟")
            mama.locator("[data-family-link]").click()
            expect(mama.locator("[data-leave-share]")).to_be_visible()
            looked_at(other, f"family-given-{locale}")
            page.reload()
            expect(page.locator("[data-member=shares]")).to_have_count(1)
            page.locator("[data-member=shares] button").click()
            looked_at(held, f"family-end-{locale}")
            page.locator("[data-end]").click()
            expect(page.locator("[data-member]")).to_have_count(0)
            mama.goto("/m/home")
            expect(mama.locator("input[name=username]")).to_be_visible()
            mama.goto(f"/m/join/{invitation}")
            expect(mama.locator("[data-join]")).to_contain_text("无效" if locale == "zh" else "not valid")
