"""Telephone numbers on the screen: masked for whoever looks, whole for whoever has the alarm, the auditor sees who."""

import secrets

from playwright.sync_api import Browser, expect

from browser.seat import PATIENCE_MS, VIEWS, Device, Seat, seat
from browser.test_phone import asks
from support.platform import Platform

WHOLE, MASKED = "13907961234", "139****1234"


def _unit(office: Seat, city: Platform, name: str) -> Device:
    address = f"7919{secrets.token_hex(4).upper()}"
    place = {"premises": "crowded", "area_code": "360827", "lon": 114.53, "lat": 26.32}
    unit = asks(city, office.page, "/units", {"code": f"N-{address}", "name": name, **place})
    asks(
        city, office.page, f"/units/{unit['id']}/contacts",
        {"role": "control_room", "name": "郭值班", "phone": WHOLE},
    )  # fmt: skip
    device = {"name": "传输装置", "type": "transmission_device", "gateway": "gb26875", "address": address}
    asks(city, office.page, "/devices", {"unit_id": unit["id"], **device})
    return Device(address, city.gb26875_port)


@VIEWS
def test_a_number_is_shown_to_whom_needs_it(browser: Browser, city: Platform, locale: str, size: str) -> None:
    name = f"遂川县左安小学{secrets.token_hex(2)}"
    with seat(browser, city.url, locale, size=size) as here:
        device = _unit(here, city, name)
        here.sign_in(*city.account("duty"))
        device.say(0x00010A)
        here.row_of(name).click()
        if size == "1366x768":
            here.page.get_by_role("tab", name=here.say("incident.tab.place")).click()
        person = here.page.locator(".people li").filter(has_text="郭值班").filter(visible=True)
        expect(person.locator("[data-number=masked]")).to_contain_text(MASKED, timeout=PATIENCE_MS)
        expect(person.get_by_role("link")).to_have_count(0)
        here.pictures(f"numbers-{locale}-masked")
        assert here.unreadable() == []
        person.get_by_role("button").click()
        expect(person.locator(f"a[href='tel:{WHOLE}']")).to_be_visible()
        here.page.reload()
        here.row_of(name).click()
        if size == "1366x768":
            here.page.get_by_role("tab", name=here.say("incident.tab.place")).click()
        expect(person.locator("[data-number=masked]")).to_be_visible()
        here.page.keyboard.press("a")
        expect(person.locator(f"a[href='tel:{WHOLE}']")).to_be_visible(timeout=PATIENCE_MS)
        here.pictures(f"numbers-{locale}-claimed")
    with seat(browser, city.url, locale, size=size) as office:
        office.sign_in(*city.account("operator"))
        office.page.goto(f"/contacts?q={WHOLE}")
        row = office.page.get_by_role("row").filter(has_text=name)
        expect(row).to_contain_text(MASKED)
        row.locator("button.eye").click()
        row.get_by_role("textbox").fill("核对联系方式")
        office.pictures(f"numbers-{locale}-why")
        assert office.unreadable() == []
        office.page.keyboard.press("Enter")
        expect(row.locator(f"a[href='tel:{WHOLE}']")).to_be_visible()
    with seat(browser, city.url, locale, size=size) as audit:
        audit.sign_in(*city.account("auditor"))
        audit.page.goto("/audit?action=number")
        lines = audit.page.get_by_role("row").filter(has_text="核对联系方式")
        expect(lines.first).to_contain_text(MASKED)
        assert WHOLE not in audit.page.content()
        audit.pictures(f"numbers-{locale}-audit")
        assert audit.unreadable() == []
