"""The registry from a chair: a form that says what is wrong where, an unknown device adopted, a bad line in a file."""

import secrets

import pytest
from playwright.sync_api import Browser, Locator, expect

from browser.seat import PATIENCE_MS, Device, Seat, seat
from support.platform import Platform

WORDS = {"zh": ("必填", "应为下列之一"), "en": ("Required", "One of")}


def _field(here: Seat, name: str) -> Locator:
    return here.page.locator(f"[data-field='{name}']").locator("input, select, textarea").first


def _fill(here: Seat, **values: str) -> None:
    for name, value in values.items():
        field = _field(here, name)
        if field.evaluate("each => each.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_a_unit_an_unknown_device_and_a_file(city: Platform, browser: Browser, locale: str) -> None:
    required, one_of = WORDS[locale]
    number = secrets.token_hex(4).upper()
    name = f"台账测试小学{number}"
    theme = "dark" if locale == "zh" else "light"
    with seat(browser, city.url, locale, theme, "1366x768") as here:
        page = here.page
        here.sign_in(*city.account("operator"))
        page.goto("/units/new")
        _fill(here, code=f"REG-{number}", premises="crowded", area_code="360802", need_detectors="40")
        page.locator("form.office button[type=submit]").click()
        expect(page.locator("[data-field='name'] .error")).to_have_text(required)
        expect(page.locator(".office .error")).to_have_count(1)
        here.pictures(f"registry-{locale}-unit-form")
        _fill(here, name=name, lon="114.98")
        page.locator("form.office button[type=submit]").click()
        expect(page.locator("[data-field='lat'] .error")).to_be_visible()
        _fill(here, lat="27.11")
        page.locator("form.office button[type=submit]").click()
        expect(page.locator("h1")).to_contain_text(name)
        page.locator("[data-add='contact']").click()
        _fill(here, role="control_room", name="值班室", phone="0796-8222119")
        page.locator("dialog button[type=submit]").click()
        expect(page.locator("a[href='tel:0796-8222119']")).to_be_visible()
        assert here.unreadable() == []
        here.pictures(f"registry-{locale}-unit")

        address = f"7905{number}"
        Device(address, city.gb26875_port).say(131082)
        page.goto(f"/devices/discovered?q={address}")
        row = page.locator(f"tr[data-address='{address}']")
        expect(row).to_be_visible(timeout=PATIENCE_MS)
        assert here.unreadable() == []
        here.picture(f"registry-{locale}-discovered")
        row.locator("button").click()
        _fill(here, unit_id=f"REG-{number}")
        page.get_by_role("option", name=name).click()
        here.picture(f"registry-{locale}-adopt")
        page.locator("dialog button[type=submit]").click()
        expect(page.locator("[data-said]")).to_contain_text("2")  # with the detector behind it
        page.goto(f"/devices?q={address}")
        expect(page.get_by_role("cell", name=name)).to_have_count(2)

        sheet = (
            "code,name,premises,area_code,colour\n"
            f"I1-{number},导入一{number},crowded,360802,red\nI2-{number},导入二,castle,360802,red\n"
        )
        page.goto("/imports?kind=units")
        page.locator("input[type=file]").set_input_files(
            {"name": "单位.csv", "mimeType": "text/csv", "buffer": sheet.encode("gb18030")}
        )
        here.picture(f"registry-{locale}-imports")
        page.locator("main form button[type=submit]").click()
        expect(page.locator("[data-import-state]")).to_have_attribute("data-state", "checked", timeout=PATIENCE_MS)
        expect(page.locator("[data-bad] tbody tr")).to_have_count(1)
        expect(page.locator("[data-bad] tbody tr")).to_contain_text("3")
        expect(page.locator("[data-bad] tbody tr")).to_contain_text(one_of)
        expect(page.locator("main")).to_contain_text("colour")
        here.pictures(f"registry-{locale}-import")
        assert here.unreadable() == []
        page.locator("button.main").click()
        page.reload()
        expect(page.locator("[data-import-state]")).to_have_attribute("data-state", "done", timeout=PATIENCE_MS)
        page.goto(f"/units?q=daoruyi{number.lower()}")
        expect(page.locator("tbody tr")).to_have_count(1)
        assert here.unreadable() == []
        for path in ("units", "devices", "hydrants", "organisations", "contacts", "key-parts", "areas", "quarantine",
                     "hydrants/new", "organisations/new", "areas/360871", "devices/new"):  # fmt: skip
            page.goto(f"/{path}")
            expect(page.locator("main h1")).to_be_visible()
            here.picture(f"registry-{locale}-{path.replace('/', '-')}")
