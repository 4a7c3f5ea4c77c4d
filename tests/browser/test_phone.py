"""The phone's app in the hand: an alarm answered and seen at the desk; what is said without a network arrives once."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.seat import CARRIER, Device, Seat, seat
from support.carrier import smoke
from support.platform import Platform
from zhigan.runtime.clock import SystemClock

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000020000000200802000000fc18eda3000000294944415478daedcd310d00000803b0499954a4"
    "a38283a449ff66da53110804028140201008045f82059d0e002e8c5b07650000000049454e44ae426082"
)


MP4 = (24).to_bytes(4) + b"ftypisom" + bytes(52)


@contextmanager
def phone(browser: Browser, city: Platform, role: str, scope: str, locale: str = "zh") -> Iterator[Seat]:
    """A phone whose owner has signed in."""
    with seat(browser, city.url, locale=locale, size="phone") as held:
        name, password = city.account(role, scope)
        held.page.goto("/m/")
        enter(held.page, name, password)
        expect(held.page.locator("[data-nav=today]")).to_be_visible()
        yield held


def enter(page: Page, name: str, password: str) -> None:
    page.locator("input[name=username]").fill(name)
    page.locator("input[name=password]").fill(password)
    page.keyboard.press("Enter")


def asks(city: Platform, page: Page, path: str, body: dict[str, object], role: str = "operator") -> dict[str, str]:
    """As somebody in an office does it, beside the phone."""
    name, password = city.account(role)
    entered = page.request.post(f"{city.url}/api/v1/login", data={"username": name, "password": password})
    head = {"Authorization": f"Bearer {entered.json()['token']}"}
    page.context.clear_cookies()
    answer = page.request.post(f"{city.url}/api/v1{path}", data=body, headers=head)
    assert answer.ok, answer.text()
    return answer.json()


@pytest.fixture
def site(browser: Browser, city: Platform) -> tuple[str, Device]:
    """A unit's code and its transmission device."""
    address = f"7911{secrets.token_hex(4).upper()}"
    with seat(browser, city.url) as office:
        page, code = office.page, f"PH-{address}"
        unit = asks(city, page, "/units", {
            "code": code, "name": "螺子山颐养院", "premises": "crowded", "area_code": "360802", "lon": 114.98,
            "lat": 27.11, "address": "吉州区螺湖大道 8 号",
        })  # fmt: skip
        asks(
            city,
            page,
            f"/units/{unit['id']}/contacts",
            {"name": "刘某", "role": "control_room", "phone": "07968221191"},
        )
        asks(city, page, "/devices", {
            "unit_id": unit["id"], "name": "传输装置", "type": "transmission_device", "gateway": "gb26875",
            "address": address,
        })  # fmt: skip
        asks(city, page, "/hydrants", {"code": address, "lon": 114.981, "lat": 27.111, "area_code": "360802"})
    return code, Device(address, city.gb26875_port)


def read(held: Seat, name: str) -> None:
    """Looked at in daylight and in the dark, and by axe."""
    for look in ("light", "dark"):
        held.page.evaluate(f"document.documentElement.dataset.theme = '{look}'")
        held.picture(f"phone-{name}-{look}")
        assert held.unreadable() == []


def test_an_alarm_is_answered_from_the_phone_and_seen_at_the_desk(
    browser: Browser, city: Platform, site: tuple[str, Device]
) -> None:
    code, device = site
    with seat(browser, city.url) as desk, phone(browser, city, "property", f"unit:{code}") as held:
        desk.sign_in(*city.account("duty"))
        page = held.page
        expect(page.locator("[data-calm]")).to_contain_text("没有警情")
        read(held, "calm")
        device.say(0x00010A)
        page.locator("[data-alarms] [data-incident]").click()
        expect(page.locator("[data-hydrants] li")).not_to_have_count(0)
        expect(page.locator("[data-people] button")).to_contain_text("079****1191")
        assert "114.980000" in (page.locator("[data-route]").get_attribute("href") or "")
        desk.row_of("螺子山颐养院").click()
        read(held, "alarm")
        for button in page.locator("[data-answer-bar] button").all():
            assert (button.bounding_box() or {"height": 0})["height"] >= 48
        page.locator("[data-say=acknowledged]").click()
        expect(desk.shown().locator("[data-answers]")).to_contain_text("已收到")
        page.locator("[data-say=on_the_way]").click()
        expect(page.locator("[data-people] a")).to_have_attribute("href", "tel:07968221191")
        page.locator("[data-photos] input[type=file]").first.set_input_files(
            {"name": "走廊.png", "mimeType": "image/png", "buffer": PNG}
        )
        expect(desk.shown().locator("[data-files] img")).to_have_count(1)
        page.locator("[data-ask=no_fire]").click()
        read(held, "false")
        page.keyboard.press("Escape")
        page.locator("[data-ask=fire]").click()
        page.locator("dialog [data-say=fire]").click()
        expect(desk.shown().locator("[data-answer=fire]")).to_have_count(1)
        expect(desk.row_of("螺子山颐养院")).to_have_attribute("data-grade", "I")
        expect(page.locator("[data-rollcall] [data-answer=fire]")).to_be_visible()
        expect(page.locator("[data-waiting]")).to_have_count(0)
        read(held, "answered")
        desk.picture("desk-answered")
        assert desk.unreadable() == []


def works_in_a_cellar(page: Page) -> None:
    """Every file is on the phone and the worker answers for this page: from here on it opens without a network."""
    expect(page.locator("[data-opens-offline=true]")).to_be_visible()


def first_alarm(page: Page) -> str:
    """Opened; its id, once the address says so."""
    page.locator("[data-alarms] [data-incident]").first.click()
    expect(page).to_have_url(re.compile(r"/m/alarms/[0-9a-f-]{36}$"))
    return page.url.rpartition("/")[2]


def test_what_is_said_without_a_network_is_kept_and_sent_once(
    browser: Browser, city: Platform, site: tuple[str, Device]
) -> None:
    """The page is closed in the very moment in which it says that it has kept the answer."""
    code, device = site
    with phone(browser, city, "station", f"unit:{code}", locale="en") as held:
        page = held.page
        works_in_a_cellar(page)
        device.say(0x00010B)
        incident = first_alarm(page)
        expect(page.locator("[data-say=acknowledged]")).to_be_visible()
        page.context.set_offline(True)
        page.locator("[data-say=acknowledged]").click()
        expect(page.locator("[data-pending]")).to_be_visible()
        page.locator("[data-say=on_the_way]").click()
        expect(page.locator("[data-waiting]")).to_contain_text("2 to send")
        held.close_and_open()  # in the cellar
        page = held.page
        page.goto("/m/")
        expect(page.locator("[data-waiting]")).to_contain_text("2 to send")
        page.locator("[data-waiting]").click()
        expect(page).to_have_url(re.compile("/m/waiting$"))
        expect(page.locator("[data-item=waits]")).to_have_count(2)
        page.reload()
        expect(page.locator("[data-item=waits]")).to_have_count(2)
        expect(page.locator("[data-item=waits]").first).to_contain_text("螺子山颐养院")
        read(held, "waiting")
        page.context.set_offline(False)
        expect(page.locator("[data-item=waits]")).to_have_count(0)
        page.goto(f"/m/alarms/{incident}")
        expect(page.locator("[data-say=arrived]")).to_be_visible()
        assert said_by(page, incident, "station") == ["acknowledged", "on_the_way"]


def said_by(page: Page, incident: str, role: str) -> list[str]:
    said = page.evaluate(f"fetch('/api/v1/incidents/{incident}/responses').then((a) => a.json())")["items"]
    return [each["kind"] for each in said if each["role"] == role]


def test_what_is_said_while_the_session_has_ended_waits_for_its_writer(
    browser: Browser, city: Platform, site: tuple[str, Device]
) -> None:
    code, device = site
    with phone(browser, city, "grid", f"unit:{code}") as held:
        page = held.page
        works_in_a_cellar(page)
        device.say(0x00010C)
        incident = first_alarm(page)
        expect(page.locator("[data-say=acknowledged]")).to_be_visible()
        page.context.set_offline(True)
        page.locator("[data-say=acknowledged]").click()
        expect(page.locator("[data-pending]")).to_be_visible()
        page.context.clear_cookies()  # the session is over before there is a network again
        page.context.set_offline(False)
        expect(page.locator("[data-kept]")).to_contain_text("1 条内容待发送")
        read(held, "signed-out")
        enter(page, *city.account("grid", f"unit:{code}"))
        expect(page.locator("[data-say=on_the_way]")).to_be_visible()
        expect(page.locator("[data-waiting]")).to_have_count(0)
        assert said_by(page, incident, "grid") == ["acknowledged"]


def test_the_roll_call_says_who_is_nearest_and_a_video_says_what_it_may_be(
    browser: Browser, city: Platform, site: tuple[str, Device]
) -> None:
    code, device = site
    device.say(0x00010D)
    with phone(browser, city, "station", f"unit:{code}") as near, phone(browser, city, "unit", f"unit:{code}") as far:
        near.page.context.grant_permissions(["geolocation"])
        near.page.context.set_geolocation({"longitude": 114.9803, "latitude": 27.1103})
        first_alarm(near.page)
        near.page.locator("[data-say=acknowledged]").click()
        near.page.locator("[data-say=on_the_way]").click()
        expect(near.page.locator("[data-sharing]")).to_be_visible()
        videos = near.page.locator("[data-photos] input[type=file]").last
        videos.set_input_files({"name": "长.mp4", "mimeType": "video/mp4", "buffer": MP4 + bytes(20 * 2**20)})
        expect(near.page.locator("[data-photos]")).to_contain_text("超过 20 MB，没有上传")
        expect(near.page.locator("[data-waiting]")).to_have_count(0)
        videos.set_input_files({"name": "走廊.mp4", "mimeType": "video/mp4", "buffer": MP4})
        incident = first_alarm(far.page)
        first = far.page.locator("[data-rollcall] [data-person]").first
        expect(first).to_contain_text("微型消防站")
        expect(first).to_contain_text("距现场 45 米")
        expect(first).to_have_attribute("data-answer", "on_the_way")
        expect(far.page.locator("[data-rollcall] [data-person]").last).to_contain_text("未答复")
        expect(far.page.locator("[data-photos] a")).to_contain_text("走廊.mp4")
        far.page.locator("[data-rollcall]").scroll_into_view_if_needed()
        read(far, "rollcall")
        files = far.page.evaluate(f"fetch('/api/v1/incidents/{incident}/files').then((a) => a.json())")["items"]
        assert [(f["name"], f["type"]) for f in files] == [("走廊.mp4", "video/mp4")]


PIN_WORDS = re.compile(r"(\d+\.\d{5}, \d+\.\d{5})")


def pinned(page: Page) -> str:
    """The pin moved by a finger, by the mouse, and by keys; where it stands then."""
    pin, words = page.locator("[data-pin]"), page.locator("[data-pin-words]")

    def stands() -> str:
        found = PIN_WORDS.search(words.inner_text())
        assert found is not None
        return found.group(1)

    before = stands()
    for drag in (by_finger, by_mouse):
        pin.scroll_into_view_if_needed()
        box = pin.bounding_box()
        assert box is not None
        drag(page, box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect(words).not_to_contain_text(before)
        before = stands()
    expect(page.locator("[data-pin-back]")).to_be_visible()
    pin.focus()
    for _ in range(3):
        page.keyboard.press("Shift+ArrowUp")
    expect(words).not_to_contain_text(before)
    north = float(stands().split(", ")[1]) - float(before.split(", ")[1])
    assert 0.00025 < north < 0.00029, "thirty metres"
    return stands()


def by_mouse(page: Page, x: float, y: float) -> None:
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 20, y + 10, steps=4)
    page.mouse.up()


def by_finger(page: Page, x: float, y: float) -> None:
    tools = page.context.new_cdp_session(page)
    for kind, step in (("touchStart", 0), ("touchMove", 10), ("touchMove", 30), ("touchEnd", 30)):
        points = [] if kind == "touchEnd" else [{"x": x - step, "y": y - step}]
        tools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def asked(page: Page, path: str) -> dict[str, Any]:
    return page.evaluate("path => fetch(path).then((a) => a.json())", path)


def test_an_installer_takes_a_device_from_its_code_into_service(browser: Browser, city: Platform) -> None:
    """The test signal is a carrier's push, as the device's network brings it."""
    code = f"a1b2c3{secrets.token_hex(6)}"
    with seat(browser, city.url) as office:
        unit = asks(city, office.page, "/units", {
            "code": f"IN-{code}", "name": "后河小区 7 栋", "premises": "low_rise_residential", "area_code": "360802",
            "lon": 114.97, "lat": 27.12,
        })  # fmt: skip
        asks(city, office.page, "/installation/projects", {
            "name": "后河小区独立式感烟", "unit_id": unit["id"], "gateway": "ctwing", "type": "smoke", "planned": 120,
        })  # fmt: skip
    with phone(browser, city, "installer", f"unit:IN-{code}") as held:
        page = held.page
        page.context.grant_permissions(["geolocation"])
        page.context.set_geolocation({"longitude": 114.9702, "latitude": 27.1203})
        page.locator("[data-nav=install]").click()
        expect(page.locator("[data-scan]")).to_be_visible()
        read(held, "projects")
        with page.expect_popup() as printed:
            page.locator("[data-labels]").click()
        sheet = page.request.get(printed.value.url)
        assert sheet.status == 200 and sheet.headers["content-type"] == "application/pdf"
        printed.value.close()
        works_in_a_cellar(page)
        page.locator("[data-scan]").click()
        page.locator("input[name=code]").fill("490154203237519")
        page.keyboard.press("Enter")
        expect(page.locator("[data-code-refused]")).to_contain_text("校验位")
        read(held, "scan")
        page.context.set_offline(True)
        page.locator("input[name=code]").fill(code)
        page.keyboard.press("Enter")
        expect(page.locator("[data-step=place]")).to_be_visible()
        page.locator("input[name=flat]").fill("302")
        page.locator("input[name=place]").fill("厨房门口")
        expect(page.locator("[data-pin-offline]")).to_contain_text("没有网络")
        expect(page.locator("[data-pin-field]")).to_have_attribute("data-drawn", "there")
        put = pinned(page)
        read(held, "place")
        page.locator("[data-step=place] button[type=submit]").click()
        page.locator("[data-step=photo] input[type=file]").set_input_files(
            {"name": "p.png", "mimeType": "image/png", "buffer": PNG}
        )
        expect(page.locator("[data-press]")).to_be_visible()
        page.context.set_offline(False)
        page.locator("[data-press]").click()
        expect(page.locator("[data-step=signal]")).to_contain_text("请按")
        read(held, "press")
        kept = asked(page, f"/api/v1/devices?q={code}")["items"]
        assert [f"{d['lon']:.5f}, {d['lat']:.5f}" for d in kept] == [put], "where the pin was put, once"
        pushed = page.request.post(
            f"{city.url}/api/v1/ingest/ctwing?token={CARRIER}",
            data=smoke(code, SystemClock().micros(), 1),
            headers={"content-type": "application/json"},
        )
        assert pushed.status == 200, pushed.text()
        expect(page.locator("[data-in-service]")).to_be_visible(timeout=30_000)
        read(held, "in-service")
        expect(page.locator("[data-alarms]")).to_have_count(0)
        page.locator("[data-nav=today]").click()
        expect(page.locator("[data-calm]")).to_contain_text("没有警情")
    with phone(browser, city, "owner", f"unit:IN-{code}") as held:
        page = held.page
        page.locator("[data-nav=home]").click()
        device = page.locator("[data-device]")
        expect(device).to_contain_text("厨房门口")
        expect(device).to_have_attribute("data-condition", "alarm")
        read(held, "home")
        device.locator("button").click()
        expect(page.locator("[data-silence]")).to_be_disabled()
        page.locator("[name=basis]").last.check()
        page.locator("[data-silence]").click()
        expect(page.locator("[data-ordered]")).to_be_visible()
        read(held, "silence")
