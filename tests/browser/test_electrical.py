"""A circuit from a chair: registered by a form, cut by two people, stopped by a third, proved by what is measured.

The board at the other end is the simulator's: an LwM2M device on the CoAP port whose breaker opens when it is told.
"""

import asyncio
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from browser.seat import VIEWS, Seat, seat
from citysim.boards import Board
from citysim.circuits import Circuit
from citysim.endpoint import Lived
from support.platform import Platform
from support.udp import free_udp_port

BOARD = Circuit(
    address="urn:imei:861009999000001", unit="EL-1", building="1", floor=3, panel="3AL1", code="3AL1-N3",
    name="三层插座", rating_a=40.0, load_class="third", feeds=("sockets",), breaker=True,
)  # fmt: skip
CHANNELS = (("residual_current", "", "/3317.3"), ("current", "a", ""), ("current", "b", "/3317.1"))


class Yard:
    """One running platform, a school with a distribution board, and the board itself."""

    def __init__(self, platform: Platform, board: Board) -> None:
        self.platform, self.board = platform, board
        self.unit = ""
        self.devices: dict[str, str] = {}

    def settles(self, page: Page) -> None:
        place = {"area_code": "360802", "lon": 114.98, "lat": 27.11}
        self.unit = made(page, "/units", {"code": "EL-1", "name": "青原实验小学", "premises": "crowded", **place})["id"]
        made(page, f"/units/{self.unit}/buildings", {"code": "1", "name": "教学楼"})
        base = {"unit_id": self.unit, "gateway": "lwm2m"}
        parts = (("", "三层总空开", "breaker"), ("/3317.3", "剩余电流", "electrical_monitor"),
                 ("/3317.1", "B相电流", "electrical_monitor"))  # fmt: skip
        for suffix, name, type_ in parts:
            shape = {**base, "name": name, "type": type_, "address": BOARD.address + suffix}
            self.devices[suffix] = made(page, "/devices", shape)["id"]


def made(page: Page, path: str, body: dict[str, object]) -> Any:
    answer = page.request.post(f"/api/v1{path}", data=body)
    assert answer.ok, answer.text()
    return answer.json()


@contextmanager
def _living(port: int) -> Iterator[Board]:
    """The board's own loop, in a thread of its own."""
    board = Board(BOARD, Lived(), random.Random(7))
    loop = asyncio.new_event_loop()

    async def life() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(board.run("127.0.0.1", port))
            group.create_task(board.lives())

    task = loop.create_task(life())
    thread = threading.Thread(target=lambda: _until_cancelled(loop, task))
    thread.start()
    try:
        yield board
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(30)


def _until_cancelled(loop: asyncio.AbstractEventLoop, task: "asyncio.Task[None]") -> None:
    try:
        loop.run_until_complete(task)
    except asyncio.CancelledError:
        loop.close()


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    port = free_udp_port()
    platform = Platform(tmp_path_factory.mktemp("yard"), coap=f"127.0.0.1:{port}")
    platform.start()
    try:
        with _living(port) as board:
            yield Yard(platform, board)
    finally:
        assert platform.stop() == 0


def _field(here: Seat, name: str) -> Locator:
    return here.page.locator(f"[data-field='{name}']").locator("input, select, textarea").first


def _look_up(here: Seat, field: Locator, words: str) -> None:
    field.fill(words)
    here.page.locator("li[role=option]").filter(has_text=words).first.click()


def _registers(here: Seat, yard: Yard, code: str) -> str:
    """By the form, from the unit's own page."""
    page = here.page
    page.goto(f"/units/{yard.unit}")
    page.locator("p.links").get_by_text(here.say("unit.circuits"), exact=True).click()
    page.locator("[data-new]").click()
    form = page.locator("[data-circuit-form]")
    form.locator("button[type=submit]").click()
    expect(page.locator("[data-field='code'] .error")).to_have_text(here.say("refusal.value.required"))
    for name, value in (("code", code), ("name", "三层插座"), ("panel", "3AL1"), ("rating_a", "40")):
        _field(here, name).fill(value)
    _field(here, "building_id").select_option(label="教学楼")
    _field(here, "load_class").select_option("third")
    page.locator("[data-field='feeds'] input[value=fire_pump]").check()
    form.locator("button[type=submit]").click()
    expect(page.locator("[data-field='load_class'] .error")).to_have_text(here.say("refusal.circuit.third"))
    page.locator("[data-field='feeds'] input[value=fire_pump]").uncheck()
    page.locator("[data-field='feeds'] input[value=sockets]").check()
    for at, (metric, phase, suffix) in enumerate(CHANNELS):
        page.locator("[data-add-channel]").click()
        row = page.locator("[data-channels] .row").nth(at)
        row.locator("[data-metric]").select_option(metric)
        row.locator("[data-phase]").select_option(phase)
        _look_up(here, row.locator("input"), {"": "三层总空开", "/3317.1": "B相电流", "/3317.3": "剩余电流"}[suffix])
    assert here.unreadable() == []
    here.pictures(f"circuit-{here.locale}-form")
    form.locator("button[type=submit]").click()
    expect(page.locator("h1")).to_contain_text(code)
    return page.url.rpartition("/")[2]


@VIEWS
def test_a_circuit_is_registered_changed_and_deleted_by_its_form(
    yard: Yard, browser: Browser, locale: str, size: str
) -> None:
    with seat(browser, yard.platform.url, locale, size=size) as here:
        page = here.page
        here.sign_in(*yard.platform.account("operator"))
        if not yard.unit:
            yard.settles(page)
        _registers(here, yard, f"F-{locale}")
        page.get_by_text(here.say("reg.edit"), exact=True).click()
        _look_up(here, _field(here, "breaker_id"), "三层总空开")
        page.locator("[data-channels] [data-drop]").last.click()
        page.locator("[data-circuit-form] button[type=submit]").click()
        expect(page.locator("[data-phases] tbody tr")).to_have_count(2)
        page.goto(f"/devices/{yard.devices['']}")
        page.get_by_text(here.say("device.circuits"), exact=True).click()
        page.get_by_text(f"F-{locale}").click()
        page.get_by_text(here.say("reg.edit"), exact=True).click()
        expect(_field(here, "breaker_id")).to_have_value("三层总空开")
        page.locator("[data-delete]").click()
        expect(page.locator("dialog")).to_contain_text(here.say("circuit.delete.consequence", consents=0))
        page.locator("dialog button[type=submit]").click()
        expect(page.locator("h1")).to_have_text(here.say("nav.circuits"))
        expect(page.get_by_text(f"F-{locale}")).to_have_count(0)
