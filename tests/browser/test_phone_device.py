"""The code on a device: anybody reads it and reports; an inspector finds more there, and records what he sees."""

import secrets
from datetime import timedelta
from pathlib import Path

import pytest
import segno
from playwright.sync_api import Browser, expect

from browser.seat import FLAGS, PATIENCE_MS, Seat, seat
from browser.test_phone import PNG, asks, phone, read, works_in_a_cellar
from support.platform import Platform
from zhigan.runtime.clock import SystemClock


@pytest.fixture
def hung(browser: Browser, city: Platform) -> tuple[str, str]:
    """A unit's code, and the code of the label of its detector: of Annex B, as the maker printed it."""
    unit, serial = f"LB-{secrets.token_hex(4)}", secrets.token_hex(5).upper()[:9]
    label = f"LDXF01240115{serial}00C81A2B"
    with seat(browser, city.url) as office:
        made = asks(city, office.page, "/units", {
            "code": unit, "name": "禾埠桥小区 3 栋", "premises": "low_rise_residential", "area_code": "360802",
            "lon": 114.96, "lat": 27.13,
        })  # fmt: skip
        asks(city, office.page, "/devices", {
            "unit_id": made["id"], "name": "302 厨房感烟", "type": "smoke", "gateway": "ctwing",
            "address": secrets.token_hex(16), "serial": label, "place": "302 室厨房",
            "maker": "立安", "model": "LA-NB1",
            "state": "in_service", "installed_on": "2025-06-01", "made_on": "2024-01-15",
        })  # fmt: skip
    return unit, label


def looked_at(held: Seat, name: str) -> None:
    """On a usual phone and on a small one, by daylight and in the dark, and by axe."""
    read(held, name)
    held.page.set_viewport_size({"width": 360, "height": 640})
    held.picture(f"phone-{name}-small")
    assert held.unreadable() == []
    wide = held.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide, "nothing is cut off at the side"
    held.page.set_viewport_size({"width": 390, "height": 844})


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_a_stranger_reads_the_code_and_reports(
    browser: Browser, city: Platform, hung: tuple[str, str], locale: str
) -> None:
    unit, label = hung
    with seat(browser, city.url, locale=locale, size="phone") as street:
        page = street.page
        page.goto(f"/d/{label}")
        expect(page.locator("[data-device-page] h1")).to_be_visible()
        expect(page).to_have_url(f"{city.url}/m/d/{label}")
        text = page.locator("main").inner_text()
        # its place is "302 室厨房": the number alone also comes up by chance in a label's digits
        assert "禾埠桥" not in text and "厨房" not in text and unit not in text
        looked_at(street, f"device-{locale}")
        page.locator("[data-report]").click()
        expect(page.locator("dialog [data-send]")).to_be_disabled()
        page.locator("dialog input[value=beeping]").check()
        page.locator("dialog textarea").fill("半夜一直滴滴响")
        page.locator("dialog input[type=file]").set_input_files(
            {"name": "a.png", "mimeType": "image/png", "buffer": PNG}
        )
        expect(page.locator("dialog img")).to_be_visible()
        looked_at(street, f"report-{locale}")
        page.locator("dialog [data-send]").click()
        expect(page.locator("[data-reported]")).to_be_visible()
        looked_at(street, f"reported-{locale}")
        page.goto("/d/0000000000")
        expect(page.locator("main")).to_contain_text("没有这个设备码" if locale == "zh" else "no such device code")
        assert street.unreadable() == []
    with phone(browser, city, "property", f"unit:{unit}", locale=locale) as held:
        held.page.locator("main a", has_text="禾埠桥").click()
        expect(held.page.locator("main[data-order]")).to_contain_text("半夜一直滴滴响")
        expect(held.page.locator("[data-files] img")).to_have_count(1)
        read(held, f"report-task-{locale}")


def test_an_inspection_made_in_a_cellar_is_sent_once(browser: Browser, city: Platform, hung: tuple[str, str]) -> None:
    unit, label = hung
    with phone(browser, city, "inspector", f"unit:{unit}") as held:
        page = held.page
        works_in_a_cellar(page)
        page.goto(f"/d/{label}")
        expect(page.locator("[data-inside]")).to_contain_text("302 室厨房")
        looked_at(held, "device-staff")
        page.locator("[data-inspect]").click()
        page.context.set_offline(True)
        for point, verdict in (("appearance", "good"), ("fixed", "good"), ("test", "bad")):
            page.locator(f"[data-point={point}] input[value={verdict}]").check()
        page.locator("dialog textarea").fill("测试键按不动")
        page.locator("dialog input[type=file]").set_input_files(
            {"name": "a.png", "mimeType": "image/png", "buffer": PNG}
        )
        looked_at(held, "inspect")
        page.locator("[data-keep]").click()
        expect(page.locator("[data-inspection-waits]")).to_be_visible()
        expect(page.locator("[data-waiting]")).to_contain_text("2")
        page.context.set_offline(False)
        expect(page.locator("[data-inspections] li")).to_have_count(1)
        expect(page.locator("[data-waiting]")).to_have_count(0)
        expect(page.locator("[data-inspections]")).to_contain_text("测试键按不动")
        expect(page.locator("[data-inspections] a")).to_have_count(1)
        looked_at(held, "inspected")
        page.goto("/m/")
        page.locator("main a", has_text="禾埠桥").click()
        expect(page.locator("main[data-order]")).to_contain_text("巡检发现问题")
        expect(page.locator("[data-files] img")).to_have_count(1)


def film(path: Path, text: str, width: int = 640, height: int = 480) -> Path:
    """What a camera sees that is held before a printed code: a film of one picture, grey around it (YUV4MPEG2)."""
    rows = [bytes(row) for row in segno.make_qr(text, error="m").matrix]
    side = len(rows) + 8
    scale = (height - 40) // side
    picture = bytearray(b"\x90" * (width * height))
    left, top = (width - side * scale) // 2, (height - side * scale) // 2
    for y in range(side * scale):
        row = y // scale - 4
        for x in range(side * scale):
            column = x // scale - 4
            dark = 0 <= row < len(rows) and 0 <= column < len(rows) and rows[row][column]
            picture[(top + y) * width + left + x] = 0x10 if dark else 0xEB
    frame = b"FRAME\n" + bytes(picture) + b"\x80" * (width * height // 2)
    path.write_bytes(f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420mpeg2\n".encode() + frame * 3)
    return path


def test_the_camera_reads_a_code(browser: Browser, city: Platform, hung: tuple[str, str], tmp_path: Path) -> None:
    """A real stream of pictures through the phone's own decoder; of an address the code is what stands last."""
    unit, _ = hung
    code = f"CAM{secrets.token_hex(8).upper()}"
    with seat(browser, city.url) as office:
        found = asks(city, office.page, "/installation/projects", {
            "name": "摄像头扫码", "unit_id": unit_id(city, office, unit), "gateway": "ctwing", "type": "smoke",
            "planned": 1,
        })  # fmt: skip
    lens = film(tmp_path / "code.y4m", f"https://maker.example/q?code={code}")
    camera = browser.browser_type.launch(
        executable_path="/usr/bin/chromium",
        args=[*FLAGS, "--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={lens}"],
    )
    try:
        with phone(camera, city, "installer", f"unit:{unit}") as held:
            page = held.page
            page.context.grant_permissions(["camera"])
            page.locator("[data-nav=install]").click()
            page.locator(f"[data-scan='{found['id']}']").click()
            expect(page.locator("[data-step=place] h1")).to_have_text(code, timeout=PATIENCE_MS)
            held.picture("phone-scanned")
    finally:
        camera.close()


def unit_id(city: Platform, office: Seat, code: str) -> str:
    name, password = city.account("operator")
    entered = office.page.request.post(f"{city.url}/api/v1/login", data={"username": name, "password": password})
    head = {"Authorization": f"Bearer {entered.json()['token']}"}
    return office.page.request.get(f"{city.url}/api/v1/units?code={code}", headers=head).json()["items"][0]["id"]


def test_a_round_is_walked_where_there_is_no_network(browser: Browser, city: Platform) -> None:
    """A defect is found, the place put right with a picture, all of it kept and sent once there is a network again."""
    owner = f"水务{secrets.token_hex(3)}"
    with seat(browser, city.url) as office:
        for n in range(3):
            asks(city, office.page, "/hydrants", {
                "code": f"{owner}-{n}", "name": "滨江大道", "area_code": "360802", "owner": owner,
                "lon": 114.97 + n / 1000, "lat": 27.12,
            })  # fmt: skip
        due = (SystemClock().now() + timedelta(days=5)).date().isoformat()
        new = {"name": f"{owner}巡查", "area": "360802", "owner": owner, "due_on": due}
        round_ = asks(city, office.page, "/hydrant-rounds", new)["id"]
    with phone(browser, city, "inspector", "area:360802") as held:
        page = held.page
        page.context.grant_permissions(["geolocation"])
        page.context.set_geolocation({"longitude": 114.9703, "latitude": 27.1201, "accuracy": 8})
        works_in_a_cellar(page)
        page.goto("/m/")
        page.locator(f"[data-round='{round_}']").click()
        expect(page.locator("[data-left]")).to_contain_text("3")
        expect(page.locator("[data-round-map] canvas")).to_be_visible()
        looked_at(held, "round")
        page.context.set_offline(True)
        page.locator(f"[data-stop='{owner}-0']").click()
        page.locator("[data-point=leak] input[value=bad]").check()
        page.locator("[data-move]").click()
        expect(page.locator("[data-keep]")).to_be_disabled()
        picture = {"name": "a.png", "mimeType": "image/png", "buffer": PNG}
        page.locator("dialog input[type=file]").set_input_files(picture)
        looked_at(held, "visit")
        page.locator("[data-keep]").click()
        expect(page.locator("[data-waiting]")).to_contain_text("2")
        expect(page.locator("[data-left]")).to_contain_text("2")
        page.context.set_offline(False)
        expect(page.locator("[data-waiting]")).to_have_count(0, timeout=PATIENCE_MS)
        expect(page.locator(f"[data-stop='{owner}-0']")).to_contain_text("发现问题")
        looked_at(held, "round-walked")
    with seat(browser, city.url) as desk:
        desk.sign_in(*city.account("admin"))
        desk.page.goto(f"/hydrants/rounds/{round_}")
        expect(desk.page.locator("main")).to_contain_text("1/3")
        desk.picture("round-desk")
        desk.page.locator("tbody a").first.click()
        expect(desk.page.locator("[data-visits]")).to_contain_text("原位置 114.970000")
        assert desk.unreadable() == []
