"""A call written down is an incident; a partner's reports and refusals are seen; a hazard is reported by phone."""

import re
import secrets
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.seat import PATIENCE_MS, THEMES, VIEWS, Seat, seat
from browser.test_phone import asks, phone
from support.platform import Platform


def machine(page: Page, city: Platform, path: str, body: dict[str, Any]) -> Any:
    """As the grid's platform does it."""
    return asks(city, page, path, body, "partner")


def seen(taken: Seat, name: str, locale: str) -> None:
    taken.page.evaluate(f"document.documentElement.dataset.theme = '{THEMES[locale]}'")
    taken.pictures(f"reports-{name}-{locale}")
    assert taken.unreadable() == []


@VIEWS
def test_a_call_is_written_down_and_a_partners_reports_are_followed(
    browser: Browser, city: Platform, locale: str, size: str
) -> None:
    mark = secrets.token_hex(3)
    code, house = f"RP-{mark}", f"滨江花园{mark}"
    with seat(browser, city.url, locale, size=size) as desk:
        page = desk.page
        place = {"code": code, "name": house, "premises": "high_rise_residential", "area_code": "360802"}
        made = asks(city, page, "/units", place)
        asks(city, page, f"/units/{made['id']}/buildings", {"code": "3", "name": "3栋"})
        good = {"kind": "hazard", "external_id": f"ZZ-{mark}", "category": "ebike", "words": "大厅充电", "unit": code}
        told = machine(
            page, city, "/reports/batch", {"reports": [good, {**good, "external_id": f"B-{mark}", "unit": "?"}]}
        )
        assert (len(told["taken"]), len(told["refused"])) == (1, 1)
        desk.sign_in(*city.account("duty"))
        page.locator("[data-menu=office]").click()
        page.locator("#menu-office a[href='/reports']").click()
        expect(page.locator(f"[data-report='ZZ-{mark}']")).to_contain_text(desk.say("reports.state.assigned"))
        seen(desk, "list", locale)
        page.locator(f"[data-report='ZZ-{mark}'] a").click()
        expect(page.locator("[data-became]")).to_contain_text(desk.say("reports.became.attention"))
        seen(desk, "hazard", locale)
        page.go_back()
        page.locator("[data-refusals]").click()
        page.locator(f"[data-refusal]:has-text('B-{mark}') summary").click()
        expect(page.locator(f"[data-refusal]:has-text('B-{mark}')")).to_contain_text("unit: ")
        seen(desk, "refusals", locale)
        page.goto("/reports")
        page.locator("[data-new-call]").click()
        page.locator("[data-field=words] textarea, textarea").first.fill("3栋冒烟，有人在阳台呼救")
        page.keyboard.press("Tab")
        page.keyboard.type(house)
        page.locator("[role=listbox] [role=option]").first.click()
        expect(page.locator("[data-building] option")).to_have_count(2)
        page.locator("[data-field=floor] input, input[data-field=floor]").last.fill("5")
        page.locator("[data-field=name] input, input[data-field=name]").last.fill("李女士")
        page.locator("[data-field=phone] input, input[data-field=phone]").last.fill("x")
        page.keyboard.press("Control+Enter")
        expect(page.locator("[aria-invalid=true]")).to_have_count(1)
        seen(desk, "form", locale)
        page.locator("[data-field=phone] input, input[data-field=phone]").last.fill("13800001234")
        page.keyboard.press("Control+Enter")
        expect(page).to_have_url(re.compile("/reports/[0-9a-f-]{36}$"))
        link = page.locator("[data-became] a")
        expect(link).to_contain_text(desk.say("reports.became.desk"), timeout=PATIENCE_MS)
        expect(page.locator("[data-number=masked]")).to_contain_text("138****1234")
        seen(desk, "call", locale)
        page.locator(".eye").click()
        expect(page.locator("[data-number=whole]")).to_contain_text("13800001234")
        link.click()
        expect(desk.row_of(house)).to_be_visible(timeout=PATIENCE_MS)


@pytest.mark.parametrize("locale", ["zh"])
def test_a_grid_worker_reports_a_hazard_from_his_round(browser: Browser, city: Platform, locale: str) -> None:
    mark = secrets.token_hex(3)
    with phone(browser, city, "grid", "grid:G7", locale) as held:
        page = held.page
        page.locator("[data-nav=hazard]").click()
        expect(page.locator("[data-send]")).to_be_disabled()
        page.locator("select[name=category]").select_option("fire_lane")
        page.locator("input[name=place]").fill(f"文山巷{mark}")
        held.page.context.set_offline(True)
        page.locator("[data-send]").click()
        expect(page.locator("[data-hazard-kept]")).to_be_visible()
        held.page.context.set_offline(False)
        page.evaluate("dispatchEvent(new Event('online'))")
        expect(page.locator("[data-hazards]")).to_contain_text(mark, timeout=PATIENCE_MS)
        held.pictures(f"reports-phone-{locale}")
        assert held.unreadable() == []
        page.locator("[data-nav=today]").click()
        expect(page.locator("[data-report-hazard]")).to_be_visible()
        mine = page.locator("[data-hazard]").filter(has_text=mark)
        expect(mine).to_have_attribute("data-hazard", "assigned")
        mine.locator("[data-close-hazard]").click()
        expect(page.locator("[data-mended]")).to_be_disabled()
        page.locator("textarea[name=note]").fill("车已劝离，划线处恢复畅通")
        held.pictures(f"reports-phone-close-{locale}")
        page.locator("[data-mended]").click()
        expect(mine).to_have_attribute("data-hazard", "done", timeout=PATIENCE_MS)
        expect(mine).to_contain_text("车已劝离")
        held.pictures(f"reports-phone-today-{locale}")
        assert held.unreadable() == []
