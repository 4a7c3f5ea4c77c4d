"""The registry from a chair: a form that says what is wrong where, an unknown device adopted, a bad line in a file."""

import re
import secrets

from playwright.sync_api import Browser, Locator, expect

from browser.seat import PATIENCE_MS, VIEWS, Device, Seat, seat
from support.platform import Platform


def _field(here: Seat, name: str) -> Locator:
    return here.page.locator(f"[data-field='{name}']").locator("input, select, textarea").first


def _fill(here: Seat, **values: str) -> None:
    for name, value in values.items():
        field = _field(here, name)
        if field.evaluate("each => each.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


@VIEWS
def test_a_unit_an_unknown_device_and_a_file(city: Platform, browser: Browser, locale: str, size: str) -> None:
    number = secrets.token_hex(4).upper()
    name = f"台账测试小学{number}"
    with seat(browser, city.url, locale, size=size) as here:
        page = here.page
        here.sign_in(*city.account("operator"))
        page.goto("/units/new")
        _fill(here, code=f"REG-{number}", premises="crowded", area_code="360802", need_detectors="40")
        page.locator("form.office button[type=submit]").click()
        expect(page.locator("[data-field='name'] .error")).to_have_text(here.say("refusal.value.required"))
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
        person = page.locator("li").filter(has_text="079****2119")
        person.locator("[data-number=masked] button").click()
        person.get_by_role("textbox").fill("核对")
        page.keyboard.press("Enter")
        expect(page.locator("a[href='tel:0796-8222119']")).to_be_visible()
        there = page.locator("[data-contact='值班室']")
        expect(there.locator("[data-reach]")).to_have_text(here.say("reach.due"))
        there.locator("[data-verify]").click()
        expect(page.locator("dialog")).to_contain_text("079****2119")
        here.pictures(f"registry-{locale}-verify")
        page.locator("dialog button[type=submit]").click()
        expect(there.locator("[data-reach]")).to_have_text(here.say("reach.reachable"))
        assert here.unreadable() == []
        here.pictures(f"registry-{locale}-unit")

        expect(page).to_have_url(re.compile(r"/units/[0-9a-f-]{36}$"))
        stickers = page.request.get(page.locator("[data-labels]").get_attribute("href") or "")
        assert stickers.headers["content-type"] == "application/pdf" and stickers.body().startswith(b"%PDF")
        unit = page.url.rpartition("/")[2]
        house = {"code": "1", "name": "1号楼", "floors_above": 3, "floors_below": 1}
        assert page.request.post(f"/api/v1/units/{unit}/buildings", data=house).ok
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
        _field(here, "building_id").select_option(label="1号楼")
        expect(page.locator("dialog datalist option[value='B1']")).to_have_count(1)
        _fill(here, floor="B1", place="消防控制室")
        here.picture(f"registry-{locale}-adopt")
        page.locator("dialog button[type=submit]").click()
        expect(page.locator("[data-said]")).to_contain_text("2")  # with the detector behind it
        page.goto(f"/devices?q={address}")
        expect(page.get_by_role("cell", name=name)).to_have_count(2)
        _columns_and_cards(here)
        _replaced(here, address, locale)
        _many(here, city, number, name)

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
        expect(page.locator("[data-bad] tbody tr")).to_contain_text(here.begins("refusal.value.one_of"))
        expect(page.locator("main")).to_contain_text("colour")
        here.pictures(f"registry-{locale}-import")
        assert here.unreadable() == []
        page.locator("button.main").click()
        expect(page.locator("[data-import-state]")).not_to_have_attribute("data-state", "checked")
        page.reload()
        expect(page.locator("[data-import-state]")).to_have_attribute("data-state", "done", timeout=PATIENCE_MS)
        page.goto(f"/units?q=daoruyi{number.lower()}")
        expect(page.locator("tbody tr")).to_have_count(1)
        assert here.unreadable() == []
        for path in ("units", "devices", "hydrants", "organisations", "contacts", "key-parts", "areas", "quarantine",
                     "hydrants/new", "hydrants/doubled", "organisations/new", "areas/360871",
                     "devices/new"):  # fmt: skip
            page.goto(f"/{path}")
            expect(page.locator("main h1")).to_be_visible()
            here.picture(f"registry-{locale}-{path.replace('/', '-')}")


def _columns_and_cards(here: Seat) -> None:
    """A column put away stays so; on a phone a row is a card that names its values."""
    page = here.page
    heads = page.locator("thead th:visible")
    before = heads.count()
    page.locator("[data-columns] summary").click()
    page.locator("[data-columns] input").first.uncheck()
    expect(heads).to_have_count(before - 1)
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(heads).to_have_count(before - 1)
    page.set_viewport_size({"width": 390, "height": 844})
    cell = page.locator("tbody td[data-label]:visible").nth(1)
    assert cell.evaluate("td => getComputedStyle(td, '::before').content") != "none"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.locator(".pick").first).to_be_hidden()
    page.locator("[data-fold]").click()
    expect(page.locator(".pick").first).to_be_visible()
    assert here.unreadable() == []
    page.set_viewport_size({"width": 1366, "height": 768})
    page.locator("[data-columns] summary").click()
    page.locator("[data-columns] input").first.check()


def _many(here: Seat, city: Platform, number: str, unit: str) -> None:
    """Two strangers at once, into one building and floor; the detector behind each goes along."""
    page = here.page
    for nth in "12":
        Device(f"79A{number}{nth}", city.gb26875_port).say(131082)
    both = (
        "async (q) => (await (await fetch(`/api/v1/devices/discovered?q=${q}&alone=true`)).json()).items?.length === 2"
    )
    page.wait_for_function(both, arg=f"79A{number}", polling=200)
    page.goto(f"/devices/discovered?q=79A{number}&alone=true")
    expect(page.locator("tbody tr")).to_have_count(2, timeout=PATIENCE_MS)
    page.locator("thead input[type=checkbox]").check()
    page.locator("[data-adopt-many]").click()
    expect(page.locator("[data-field='building_id']")).to_have_count(0)  # no unit, so no building of it
    _fill(here, unit_id=f"REG-{number}")
    page.get_by_role("option", name=unit).click()
    _field(here, "building_id").select_option(label="1号楼")
    expect(page.locator("dialog datalist option[value='2F']")).to_have_count(1)
    _fill(here, floor="2F")
    here.picture(f"registry-{here.locale}-adopt-many")
    assert here.unreadable() == []
    page.locator("dialog button[type=submit]").click()
    expect(page.locator("[data-said]")).to_contain_text("4")
    found = page.request.get("/api/v1/devices", params={"q": f"79A{number}"}).json()["items"]
    assert {each["building_name"] for each in found} == {"1号楼"} and len(found) == 4
    assert {each["floor"] for each in found if each["type"] == "transmission_device"} == {"2F"}


def _replaced(here: Seat, address: str, locale: str) -> None:
    """The detector behind the adopted device is replaced; what its place did is told as the place's."""
    page = here.page
    found = page.request.get("/api/v1/devices", params={"q": address, "type": "smoke"}).json()["items"]
    page.goto(f"/devices/{found[0]['id']}")
    expect(page.locator("[data-past-facts]")).to_be_visible()
    expect(page.locator("[data-before]")).to_have_count(0)
    page.locator("[data-replace]").click()
    page.locator("dialog input").nth(1).fill("SN-119")
    page.locator("dialog button[type=submit]").click()
    expect(page.locator("[data-chain] li")).to_have_count(2)
    expect(page.locator("[data-before]")).to_contain_text("1")
    here.picture(f"registry-{locale}-replaced")
    assert here.unreadable() == []
