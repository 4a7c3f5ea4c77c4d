"""In the chair and in the corridor: devices placed on a plan, a fire shown on it, a walk test with its sheet."""

import re
import secrets
import struct
import zlib
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.seat import RESULTS, VIEWS, Device, Seat, seat
from support.platform import Platform


def drawing(width: int = 900, height: int = 520) -> bytes:
    """A corridor between rooms, as a PNG: white with dark walls."""

    def wall(x: int, y: int) -> bool:
        edge = min(x, width - 1 - x, y, height - 1 - y) < 6
        corridor = abs(y - 190) < 3 or abs(y - 330) < 3
        return edge or corridor or (x % 150 < 4 and not 190 < y < 330)

    rows = [bytes([0]) + bytes(40 if wall(x, y) else 255 for x in range(width)) for y in range(height)]

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"".join(rows)))
        + chunk(b"IEND", b"")
    )


class Site:
    """A school with two detectors on its third floor, made over HTTP as an operator does."""

    def __init__(self, city: Platform, page: Page) -> None:
        self.city, self.page = city, page
        name, password = city.account("operator")
        self.token = self.post("/login", {"username": name, "password": password})["token"]
        page.context.clear_cookies()
        self.address = f"7905{secrets.token_hex(4).upper()}"
        self.name = f"楼层测试学校{self.address}"
        place = {"premises": "crowded", "area_code": "360802", "lon": 114.98, "lat": 27.11}
        self.unit = self.post("/units", {"code": f"FL-{self.address}", "name": self.name, **place})["id"]
        contact = {"role": "control_room", "name": "王值班", "phone": "0796-8222119"}
        self.post(f"/units/{self.unit}/contacts", contact)
        building = {"code": "1", "name": "教学楼", "floors_above": 4}
        self.building = self.post(f"/units/{self.unit}/buildings", building)["id"]
        body = {"unit_id": self.unit, "building_id": self.building, "gateway": "gb26875"}
        self.post("/devices", {**body, "name": "装置", "type": "transmission_device", "address": self.address})
        self.detectors = [
            self.post("/devices", {**body, "name": name, "type": "smoke", "floor": "3", "place": "三层走廊",
                                   "address": f"{self.address}/1.1.40.{number}"})["id"]
            for number, name in ((0x00020A, "东走廊烟感"), (0x00020B, "西走廊烟感"))
        ]  # fmt: skip
        self.device = Device(self.address, city.gb26875_port)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}"} if hasattr(self, "token") else {}
        answer = self.page.request.post(f"{self.city.url}/api/v1{path}", data=body, headers=headers)
        assert answer.ok, answer.text()
        return answer.json()


def place_both(here: Seat, site: Site) -> None:
    """The first one by drag, the second one by keys."""
    page, (first, second) = here.page, site.detectors
    page.goto(f"/buildings/{site.building}/floors/3")
    page.locator("[data-upload] input[type=file]").set_input_files(
        {"name": "坏.png", "mimeType": "image/png", "buffer": b"<svg onload='alert(1)'/>"}
    )
    expect(page.locator("[data-upload]")).to_contain_text(here.begins("plan.upload.refused"))
    page.locator("[data-upload] input[type=file]").set_input_files(
        {"name": "三层.png", "mimeType": "image/png", "buffer": drawing()}
    )
    expect(page.locator("[data-plan] img")).to_be_visible()
    piece, plan = page.locator(f"[data-piece='{first}']"), page.locator("[data-plan] img")
    box, start = plan.bounding_box(), piece.bounding_box()
    assert box is not None and start is not None
    page.mouse.move(start["x"] + 15, start["y"] + 15)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.4, steps=4)
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.5, steps=4)
    page.mouse.up()
    expect(page.locator("[data-said]")).to_contain_text(here.say("plan.saved", name="东走廊烟感"))
    page.locator(f"[data-piece='{second}']").focus()
    page.keyboard.press("Enter")
    mark = page.locator(f"[data-mark='{second}']")
    expect(mark).to_have_attribute("style", re.compile("left: 50%"))
    mark.focus()
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(mark).to_have_attribute("style", re.compile(r"left: 45\.5"))
    page.keyboard.press("Control+z")
    expect(mark).to_have_attribute("style", re.compile(r"left: 46%"))
    expect(page.locator("[data-said]")).to_contain_text(here.say("plan.saved", name="西走廊烟感"))
    here.picture(f"floor-placing-{here.locale}")
    page.locator("[data-edit]").click()
    expect(page.locator("[data-edit]")).to_have_text(here.say("plan.edit"))
    page.reload()
    expect(page.locator(f"[data-mark='{first}']")).to_have_attribute("style", re.compile(r"left: 7[45]"))
    expect(page.locator("[data-unplaced]")).to_have_text("1")  # the transmission device has no floor


@VIEWS
def test_a_plan_placed_by_hand_shows_the_fire(browser: Browser, city: Platform, locale: str, size: str) -> None:
    with seat(browser, city.url, locale, size=size) as here:
        site = Site(city, here.page)
        here.sign_in(*city.account("operator"))
        place_both(here, site)
        site.device.say(0x00020A)
        here.page.goto("/duty")
        here.row_of(site.name).click()
        if size == "1366x768":  # where the right column is a tab
            here.page.locator("[data-tab='place']").click()
        shown = here.page.locator("[data-incident-floor]:visible")
        first = shown.locator(f"[data-mark='{site.detectors[0]}']")
        expect(first).to_have_attribute("data-look", "alarm")
        expect(first.locator("small")).to_have_attribute("data-order", f"1 {here.say('plan.incident.first')}")
        right = here.page.locator(".place:visible")
        right.locator(".people li").first.get_by_role("button").click()
        expect(right.locator("a[href='tel:0796-8222119']")).to_be_visible()
        expect(right.locator("[data-camera]")).to_contain_text(here.say("place.camera.none"))
        expect(right.locator("[data-no-water], [data-hydrants]")).to_be_visible()
        here.picture(f"incident-floor-{locale}-{size}")
        assert here.unreadable() == []
        first.click()
        expect(here.page.locator("h1")).to_have_text("东走廊烟感")
        here.page.goto(f"/buildings/{site.building}/floors/3")
        expect(here.page.locator("[data-floor='3F']")).to_contain_text(here.say("plan.floor.alarms", n=1))
        here.picture(f"floor-alarm-{locale}")
        assert here.unreadable() == []


@VIEWS
def test_a_floor_is_named_and_one_detector_of_it_walked(
    browser: Browser, city: Platform, locale: str, size: str
) -> None:
    with seat(browser, city.url, locale, size=size) as here:
        page = here.page
        site = Site(city, page)
        here.sign_in(*city.account("operator"))
        page.goto(f"/buildings/{site.building}/floors/3")
        expect(page.locator("[data-floor='3F']")).to_have_attribute("aria-current", "page")
        page.locator("[data-floor-new]").click()
        name = page.locator("dialog[data-dialog=floor] input")
        name.fill("3")
        page.keyboard.press("Enter")
        expect(page.locator("dialog [role=alert], dialog .error").first).to_contain_text("3")  # it is there already
        name.fill("B1")
        page.locator("dialog textarea").fill("Garage east\nGarage west")
        here.picture(f"floor-new-{locale}")
        assert here.unreadable() == []
        page.locator("dialog button[type=submit]").click()
        expect(page.locator("[data-floor='B1']")).to_have_attribute("aria-current", "page")
        expect(page.locator("[data-compartments]")).to_contain_text("Garage east · Garage west")
        page.locator("[data-floor-edit]").click()
        page.locator("dialog [data-remove]").click()
        expect(page.locator("[data-floor='B1']")).to_have_count(0)
        page.goto(f"/walk-tests?unit_id={site.unit}&start=1")
        page.locator("[data-single]").check()
        page.locator(f"[data-device='{site.detectors[1]}']").check()
        here.picture(f"walk-start-{locale}")
        assert here.unreadable() == []
        page.locator("dialog button[type=submit]").click()
        expect(page.locator("[data-point]")).to_have_count(1)
        expect(page.locator("[data-point]")).to_have_attribute("data-point", site.detectors[1])
        page.goto("/silences")
        expect(page.locator("[data-silences]")).to_contain_text(site.name)
        file = page.request.get(f"{city.url}{page.locator('[data-export=utf-8]').get_attribute('href')}")
        assert file.ok and site.name in file.text()


@pytest.mark.parametrize(("locale", "size"), [("zh", "phone"), ("zh", "1366x768"), ("en", "1920x1080")])
def test_a_walk_test_of_two_detectors_and_its_sheet(browser: Browser, city: Platform, locale: str, size: str) -> None:
    with seat(browser, city.url, locale, size=size) as here:
        page = here.page
        site = Site(city, page)
        here.sign_in(*city.account("maintainer"))
        page.goto(f"/walk-tests?unit_id={site.unit}&start=1")
        here.picture(f"walk-start-{locale}-{size}")
        page.locator("[data-building]").select_option(label="教学楼")
        page.locator("[data-floor-choice]").select_option("3F")
        page.locator("[data-dialog=walk] button[type=submit]").click()
        expect(page.locator("[data-point]")).to_have_count(2)
        second = page.locator(f"[data-point='{site.detectors[1]}']")
        second.locator("button").first.click()
        second.locator("[data-act=pointed]").click()
        expect(second).to_contain_text(here.say("walk.pointed"))
        here.picture(f"walk-pointed-{locale}-{size}")
        site.device.say(0x00020A)
        wrong = page.locator(f"[data-point='{site.detectors[0]}']")
        expect(wrong).to_have_attribute("data-result", "wrong_place")
        expect(wrong).to_contain_text(here.say("walk.instead", name="西走廊烟感"))
        wrong.locator("button").first.click()
        wrong.locator("input").fill("标签贴反，已更正")
        wrong.locator("[data-act=ok]").click()
        site.device.say(0x00020B, text="三层西走廊")
        expect(page.locator("[data-answered]")).to_have_text(here.say("walk.progress", a=2, n=2))
        here.picture(f"walk-done-{locale}-{size}")
        page.goto("/silences")
        expect(page.locator("[data-count=silenced]")).to_be_visible()
        expect(page.locator("[data-silences]")).to_contain_text(site.name)
        here.picture(f"silences-{locale}-{size}")
        assert here.unreadable() == []
        page.goto(f"/units/{site.unit}")
        expect(page.locator("[data-silence-marks]")).to_contain_text(here.begins("silence.mark.test"))
        here.picture(f"unit-in-test-{locale}-{size}")
        page.locator("[data-silence-marks] a").first.click()
        assert here.unreadable() == []
        page.locator("[data-end]").click()
        expect(page.locator("dialog")).to_contain_text(here.say("walk.end.alarming", n=2))
        here.picture(f"walk-end-{locale}-{size}")
        page.locator("dialog button").first.click()
        for number in (0x00020A, 0x00020B):
            site.device.say(number, status=0)
        page.locator("[data-end]").click()
        expect(page.locator("dialog")).not_to_contain_text(here.say("walk.end.alarming", n=2))
        page.locator("dialog button[type=submit]").click()
        expect(page.locator("header[data-active=false]")).to_be_visible()
        printed = page.request.get(f"{city.url}{page.locator('[data-sheet]').get_attribute('href')}")
        assert printed.ok and printed.body().startswith(b"%PDF-")
        (RESULTS / "walk-sheet.pdf").write_bytes(printed.body())
        page.goto("/walk-tests")
        expect(page.locator("tbody tr").filter(has_text=site.name).first).to_contain_text(
            here.say("walk.result.counts", a=2, n=2, w=0)
        )
        listed = page.request.get(f"{city.url}/api/v1/incidents?unit_id={site.unit}")
        assert listed.json()["items"] == [], "what answered in a test is never a desk row"
        site.device.say(0x00020A)
        after = f"{city.url}/api/v1/incidents?unit_id={site.unit}"
        page.wait_for_function(
            "async url => (await (await fetch(url)).json()).items.length === 1", arg=after.removeprefix(city.url)
        )
