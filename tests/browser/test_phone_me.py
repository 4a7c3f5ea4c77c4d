"""The phone's own settings: how one is told, and what the law's floor keeps of it."""

import re
import secrets
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from browser.seat import seat
from browser.test_phone import asks, enter
from browser.test_phone_device import looked_at
from browser.ways import Told, told


@pytest.fixture(scope="module")
def reached(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    with told(tmp_path_factory.mktemp("told")) as up:
        yield up


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_a_persons_own_order_and_quiet_hours(browser: Browser, reached: Told, locale: str) -> None:
    city = reached.platform
    name, password = f"told-{secrets.token_hex(4)}", secrets.token_urlsafe(12)
    with seat(browser, city.url, locale, size="phone") as held:
        page = held.page
        account = {"name": name, "role": "owner", "scope": "unit:NOWHERE", "password": password, "phone": "13900001192"}
        asks(city, page, "/accounts", account, role="admin")
        page.goto("/m/me/telling")
        enter(page, name, password)
        rows = page.locator("[data-ways] [data-way]")
        expect(rows.first).to_be_visible()
        ways = [each.get_attribute("data-way") for each in rows.all()]
        assert ways == ["sms", "app"], "what there is to choose"
        expect(page.locator("[data-save]")).to_be_disabled()
        looked_at(held, f"telling-{locale}")
        page.locator("input[name=quiet]").check()
        page.locator("input[name=from]").fill("20:00")
        page.locator("input[name=until]").fill("08:01")
        page.locator("[data-save]").click()
        expect(page.locator("[data-wrong]")).to_contain_text("12")
        expect(page.locator("input[name=until]")).to_have_attribute("aria-invalid", "true")
        looked_at(held, f"telling-refused-{locale}")
        page.locator("input[name=until]").fill("07:30")
        page.locator("[data-way=app] [data-step='-1']").press("Enter")
        expect(page.locator("[data-way=app] [data-step='1']")).to_be_focused()
        page.locator("[data-way=app] [role=switch]").uncheck()
        page.context.set_offline(True)
        page.locator("[data-save]").click()
        expect(page.locator("[role=alert]").last).to_contain_text(held.say("m.tell.unsent"))
        page.context.set_offline(False)
        page.locator("[data-save]").click()
        expect(page.locator("[data-telling] [role=status]")).to_contain_text(held.say("m.tell.saved"))
        page.reload()
        expect(page.locator("[data-way=app]")).to_have_attribute("data-on", "false")
        expect(page.locator("input[name=from]")).to_have_value("20:00")
        expect(page.locator("input[name=until]")).to_have_value("07:30")
        expect(rows.first).to_have_attribute("data-way", "app")
        floor = re.compile("(短信|SMS).+App")
        expect(page.locator("[data-loud]")).to_contain_text(floor)  # two kinds all the same
        looked_at(held, f"telling-kept-{locale}")
