"""A community's own view: its grids and people, its rule of telling, a fire, and whose telephones rang."""

import secrets
from typing import Any

from playwright.sync_api import Browser, expect

from browser.seat import PATIENCE_MS, VIEWS, Device, Seat, seat
from browser.test_phone import asks
from support.platform import Platform


def _street(office: Seat, city: Platform, mark: str) -> tuple[list[dict[str, Any]], Device]:
    """Two houses of one community, one with a transmission device."""
    name, password = city.account("operator")
    entered = office.page.request.post(f"{city.url}/api/v1/login", data={"username": name, "password": password})
    head = {"Authorization": f"Bearer {entered.json()['token']}"}
    asked = office.page.request.get(f"{city.url}/api/v1/communities?area=360830&limit=500", headers=head)
    community = secrets.choice(asked.json()["items"])["code"]
    place = {"premises": "high_rise_residential", "area_code": "360830", "lon": 114.24, "lat": 26.94}
    place |= {"community": community}
    names = [f"禾川小区{n}栋{mark}" for n in (1, 2)]
    units = [
        asks(city, office.page, "/units", {"code": f"C{n}-{mark}", "name": name, **place})
        for n, name in enumerate(names, start=1)
    ]
    address = f"7917{secrets.token_hex(4).upper()}"
    device = {"name": "传输装置", "type": "transmission_device", "gateway": "gb26875", "address": address}
    asks(city, office.page, "/devices", {"unit_id": units[0]["id"], **device})
    return units, Device(address, city.gb26875_port)


@VIEWS
def test_a_community_looks_after_its_own(browser: Browser, city: Platform, locale: str, size: str) -> None:
    mark = secrets.token_hex(3)
    with seat(browser, city.url, locale, size=size) as here:
        units, device = _street(here, city, mark)
        community = units[0]["community"]
        opened = asks(city, here.page, "/hosted", {
            "slug": f"hechuan-{mark}", "kind": "community", "name": "永新县禾川社区消防",
            "scope": f"community:{community}",
            "start_page": "community", "administrator": {"name": f"hechuan-{mark}", "phone": "13800000123"},
        }, "admin")  # fmt: skip
        here.sign_in(f"hechuan-{mark}", opened["password"])
        expect(here.page.locator("[data-community]")).to_be_visible()
        here.pictures(f"community-{locale}-empty")
        assert here.unreadable() == []

        here.page.goto("/grids")
        here.page.locator("[data-add=grid]").click()
        for label, text in (
            ("code", f"G-{mark}"),
            ("name", "禾川一网格"),
            ("bounds", "东至禾水，西至湘赣路"),
            ("person", "贺网格长"),
        ):
            here.page.locator(f"dialog [data-field={label}] input").fill(text)
        here.page.locator("dialog [data-field=community] input").fill(community)
        here.page.locator("dialog [data-field=name] input").click()
        here.page.locator("dialog button[type=submit]").click()
        expect(here.page.locator("[data-members]")).to_be_visible()
        here.page.locator("[data-add=member]").click()
        here.page.locator("dialog [data-field=name] input").fill("龙网格员")
        here.page.locator("dialog [data-field=phone] input").fill("13900000456")
        here.page.locator("dialog button[type=submit]").click()
        worker = here.page.locator("[data-member='龙网格员']")
        expect(worker).to_contain_text("139****0456")
        worker.locator("[data-verify]").click()
        here.page.locator("dialog button[type=submit]").click()
        expect(worker).to_contain_text(f"hechuan-{mark}")
        here.page.locator("[data-add=units]").click()
        here.page.locator("[data-find]").fill(mark)
        expect(here.page.locator("[data-units] tbody tr")).to_have_count(2)
        here.page.locator("[data-all]").check()
        here.picture(f"grid-{locale}-putting")
        here.page.locator("[data-move]").click()
        expect(here.page.locator("[data-saved]")).to_be_visible()
        here.pictures(f"grid-{locale}")
        assert here.unreadable() == []

        here.page.goto(f"/hosted/{opened['hosted']['id']}/rules")
        here.page.locator("[data-add=rule]").click()
        here.page.locator("dialog [data-keep]").click()
        expect(here.page.locator("dialog .error").first).to_be_visible()
        here.page.locator("dialog [data-field=name] input, dialog [data-field=name]").last.fill("火警先叫网格员")
        here.page.locator("dialog [data-whom] input[value=grid]").check()
        here.page.locator("dialog [data-people] input").first.check()
        here.picture(f"own-rule-{locale}")
        assert here.unreadable() == []
        here.page.locator("dialog [data-keep]").click()
        expect(here.page.locator("[data-rule='火警先叫网格员']")).to_be_visible()
        here.page.locator("[data-preview] [role=combobox]").fill(mark)
        here.page.locator("[data-preview] [role=option]").first.click()
        here.page.locator("[data-preview] select").last.select_option("II")
        here.page.locator("[data-preview] button[type=submit]").click()
        expect(here.page.locator("[data-told-preview] [data-own]").first).to_be_visible()
        here.pictures(f"own-rules-{locale}")
        assert here.unreadable() == []

        here.page.goto("/community")
        device.say(0x00010A)
        alarm = here.page.locator("[data-open] li").filter(has_text=mark)
        expect(alarm).to_contain_text("禾川一网格", timeout=PATIENCE_MS)
        expect(here.page.locator(f"[data-grid='G-{mark}'] button")).to_be_visible()
        here.pictures(f"community-{locale}")
        assert here.unreadable() == []
        alarm.get_by_role("link").click()
        expect(here.page.locator("[data-linked] [data-phone='龙网格员']")).to_contain_text(
            "139****0456", timeout=PATIENCE_MS
        )
        here.page.locator("[data-linked]").scroll_into_view_if_needed()
        here.picture(f"linked-{locale}")
        assert here.unreadable() == []
