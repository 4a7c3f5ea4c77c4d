"""The hand-over to 119 from the chair: a centre is connected, a fire confirmed, engines come; and when nobody answers
over there, somebody telephones."""

import re
import secrets

from playwright.sync_api import Browser, expect

from browser.seat import Device, Seat, seat
from support.centre_process import CentreProcess
from support.platform import Platform

AREA = "360829"
"""A county where no other story has a unit: the centre serves it alone."""
SHIPPED = re.compile("JQFLYDM")
SOON_MS = 40_000


def _unit(here: Seat, city: Platform, name: str) -> str:
    """A unit with a transmission device, and water before its door; the device's address."""
    page = here.page
    account, password = city.account("admin")
    entered = page.request.post(f"{city.url}/api/v1/login", data={"username": account, "password": password})
    head = {"Authorization": f"Bearer {entered.json()['token']}"}
    page.context.clear_cookies()
    address = f"7906{secrets.token_hex(4).upper()}"

    def post(path: str, body: dict[str, object]) -> dict[str, str]:
        answer = page.request.post(f"{city.url}/api/v1{path}", data=body, headers=head)
        assert answer.ok, answer.text()
        return answer.json()

    place = {"area_code": AREA, "lon": 114.62, "lat": 27.39}
    unit = post(
        "/units",
        {"code": f"F-{address}", "name": name, "premises": "crowded", "address": "平都镇武功山大道8号", **place},
    )
    post(f"/units/{unit['id']}/contacts", {"role": "control_room", "name": "刘某", "phone": "07967622119"})
    post("/hydrants", {"code": f"W-{address}", "name": "武功山大道3号栓", "pressure_mpa": 0.28, **place})
    post(
        "/devices",
        {
            "unit_id": unit["id"],
            "name": "传输装置",
            "type": "transmission_device",
            "gateway": "gb26875",
            "address": address,
        },
    )
    return address


def _connect(here: Seat, city: Platform, centre: CentreProcess) -> str:
    """By the form, as an administrator does; the path of its feedback."""
    page = here.page
    here.sign_in(*city.account("admin"))
    page.goto("/settings/119")
    page.locator("[data-new]").click()
    form = page.locator("[data-centre-form]")
    form.get_by_label("名称").fill("安福县119指挥中心")
    form.get_by_label("服务区域").fill(AREA)
    form.get_by_label("地址", exact=True).fill(centre.url)
    form.get_by_label("密钥或令牌").fill(centre.token)
    form.get_by_label("对方的令牌").fill(centre.feedback_token)
    form.get_by_label("无回执转电话").fill("3")
    field_map = form.get_by_label("字段映射")
    expect(field_map).to_have_value(SHIPPED)
    good = field_map.input_value()
    field_map.fill(good.replace('"to": "JQFLYDM"', '"to": "JQDJDM"'))
    form.locator("[data-check]").click()
    expect(form.locator("[data-faults]")).to_contain_text("fields[5].to: 这是119的火警等级")
    here.picture("119-map-wrong")
    field_map.fill(good)
    form.locator("[data-check]").click()
    expect(form.locator("[data-map-good]")).to_be_visible()
    here.picture("119-form")
    form.locator("[data-save]").click()
    card = page.locator("[data-centre='安福县119指挥中心']")
    expect(card).to_contain_text("安福县")
    card.locator("[data-test]").click()
    expect(card.locator("[data-tried]")).to_contain_text("对方已接收演练", timeout=SOON_MS)
    here.pictures("119-centres")
    assert here.unreadable() == []
    _takes_a_map_back(here, good)
    path = card.locator("dd.mono").nth(1).text_content()
    assert path is not None and path.startswith("/api/v1/dispatch/feedback/")
    return path


def _takes_a_map_back(here: Seat, good: str) -> None:
    """Changed, and put back as it was: a version more, not one less."""
    page, card = here.page, here.page.locator("[data-centre='安福县119指挥中心']")
    for version, change in ((2, True), (3, False)):
        card.locator("[data-edit]").click()
        field_map = page.get_by_label("字段映射")
        if change:
            field_map.fill(good.replace('"JQFLYDM"', '"JQLB"'))
        else:
            page.locator("[data-map-back]").select_option("1")
            expect(field_map).to_have_value(good)
            here.picture("119-map-back")
        page.locator("[data-save]").click()
        expect(card).to_contain_text(f"第 {version} 版")


def _confirm(here: Seat, name: str) -> None:
    row = here.row_of(name)
    expect(row).to_have_count(1)
    row.click()
    here.page.locator("[data-step=confirm]").click()
    here.page.locator("[data-dialog=confirm] input[value=on_site]").check()
    here.page.keyboard.press("Enter")


def _telephones(here: Seat) -> None:
    page = here.page
    box = page.locator("[data-call-box]")
    expect(box).to_contain_text("119没有回执", timeout=SOON_MS)
    expect(box.locator("[data-spoken]")).to_contain_text("安福县中医院")
    expect(here.row_of("安福县中医院")).to_contain_text("请电话报警119")
    here.pictures("119-call")
    assert here.unreadable() == []
    box.get_by_label("119给出的警情编号").fill("3608-119-7")
    box.locator("[data-called]").click()
    expect(page.locator("[data-call=done]")).to_contain_text("3608-119-7")
    expect(box).to_have_count(0)


def test_a_fire_goes_to_119_and_its_engines_come(browser: Browser, city: Platform) -> None:
    centre = CentreProcess(secrets.token_urlsafe(18), secrets.token_urlsafe(18))
    with centre.running(), seat(browser, city.url) as admin:
        path = _connect(admin, city, centre)
    with centre.running(f"{city.url}{path}"), seat(browser, city.url) as here:
        first, second = _unit(here, city, "安福县第三小学"), _unit(here, city, "安福县中医院")
        here.sign_in(*city.account("duty"))
        Device(first, city.gb26875_port).say(0x00010A)
        _confirm(here, "安福县第三小学")
        page = here.page
        alert = page.locator("[data-hand=alert]")
        expect(alert).to_have_attribute("data-hand-state", "acknowledged", timeout=SOON_MS)
        expect(alert.locator("[data-took]")).to_contain_text("/ 限 3.00 秒")
        expect(page.locator("[data-stage=returned]")).to_have_attribute("data-reached", "true", timeout=SOON_MS)
        expect(page.locator("[data-timeline] [data-what=feedback]")).to_have_count(6)
        [got] = [each for each in centre.got() if each["what"] == "alert" and not each["exercise"]]
        assert "武功山大道3号栓" in got["body"] and "07967622119" in got["body"]
        here.pictures("119-incident")
        assert here.unreadable() == []
        centre.becomes("down")
        Device(second, city.gb26875_port).say(0x00010A)
        _confirm(here, "安福县中医院")
        _telephones(here)
        centre.becomes("well")
        expect(alert).to_have_attribute("data-hand-state", "acknowledged", timeout=SOON_MS)
        page.goto("/exchanges?q=中医院")
        expect(page.locator("[data-exchange=alert][data-ok=false]").first).to_be_visible()
        page.locator("[data-open]").first.click()
        expect(page.locator("[data-wire]")).to_contain_text("JQ_TYWYSBM")
        here.picture("119-exchange")
        assert here.unreadable() == []
        with seat(browser, city.url, "en", "light") as other:
            other.sign_in(*city.account("duty"))
            other.page.goto("/exchanges")
            expect(other.page.locator("[data-exchange]").first).to_be_visible()
            other.picture("119-exchanges-en-light")
            other.page.goto("/duty?q=安福县第三小学")
            other.row_of("安福县第三小学").click()
            expect(other.page.locator("[data-stages]")).to_be_visible()
            other.picture("119-incident-en-light")
            assert other.unreadable() == []
