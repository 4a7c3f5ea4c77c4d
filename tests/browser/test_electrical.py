"""A circuit from a chair: registered by a form, cut by two people, stopped by a third, proved by what is measured.

The board at the other end is the simulator's: an LwM2M device on the CoAP port whose breaker opens when it is told.
"""

import asyncio
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from playwright.sync_api import Browser, FilePayload, Locator, expect

from browser.seat import VIEWS, Seat, seat
from citysim.boards import Board
from citysim.circuits import Circuit
from citysim.endpoint import Lived
from support.platform import Platform
from support.udp import free_udp_port
from zhigan.runtime.clock import SystemClock
from zhigan.runtime.postgres import database
from zhigan.runtime.settings import Settings

BOARD = Circuit(
    address="urn:imei:861009999000001", unit="EL-1", building="1", floor=3, panel="3AL1", code="3AL1-N3",
    name="三层插座", rating_a=40.0, load_class="third", feeds=("sockets",), breaker=True,
)  # fmt: skip
PERIOD_S = 3.0
PHOTO: FilePayload = {"name": "on.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\nby hand"}
NAMES = {"": "三层总空开", "/3317.3": "剩余电流", "/3317.1": "B相电流"}
CHANNELS = (("residual_current", "", "/3317.3"), ("current", "a", ""), ("current", "b", "/3317.1"))


class Yard:
    """One running platform and a school with a distribution board."""

    def __init__(self, platform: Platform, client: httpx.Client) -> None:
        self.platform, self._client = platform, client
        self.board: Board
        self._circuit = ""
        name, password = platform.account("operator")
        answer = self._client.post("/login", json={"username": name, "password": password})
        self._client.headers["authorization"] = f"Bearer {answer.json()['token']}"
        place = {"area_code": "360802", "lon": 114.98, "lat": 27.11}
        self.unit = self.made("/units", {"code": "EL-1", "name": "青原实验小学", "premises": "crowded", **place})["id"]
        self.made(f"/units/{self.unit}/buildings", {"code": "1", "name": "教学楼"})
        base = {"unit_id": self.unit, "gateway": "lwm2m"}
        self.devices: dict[str, str] = {}
        for suffix, name in NAMES.items():
            shape = {**base, "name": name, "address": BOARD.address + suffix}
            self.devices[suffix] = self.made(
                "/devices", {**shape, "type": "electrical_monitor" if suffix else "breaker"}
            )["id"]

    def made(self, path: str, body: dict[str, object]) -> Any:
        answer = self._client.post(path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def circuit(self, code: str, **over: object) -> str:
        """The one that the breaker opens; what it opened before is gone."""
        if self._circuit:
            assert self._client.delete(f"/circuits/{self._circuit}").status_code == 204
        channels = [{"metric": m, "phase": p, "device_id": self.devices[suffix]} for m, p, suffix in CHANNELS]
        body: dict[str, object] = {
            "unit_id": self.unit, "code": code, "name": "三层插座", "panel": "3AL1", "rating_a": 40,
            "load_class": "third", "feeds": ["sockets"], "breaker_id": self.devices[""], "channels": channels,
        }  # fmt: skip
        self._circuit = str(self.made("/circuits", {**body, **over})["id"])
        return self._circuit

    def consented(self, circuit: str) -> None:
        """By people and by itself."""
        until = (SystemClock().now() + timedelta(days=30)).isoformat()
        words = {"given_by": "校长 周某", "signed_on": "2026-11-01", "words": "同意远程断电，也同意自动断电。"}
        self.made(f"/circuits/{circuit}/consents", {**words, "ends_at": until, "automatic": True})


@contextmanager
def _living(port: int) -> Iterator[Board]:
    """The board's own loop, in a thread of its own."""
    board = Board(BOARD, Lived(), random.Random(7))
    loop = asyncio.new_event_loop()

    async def life() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(board.run("127.0.0.1", port))
            group.create_task(board.lives(PERIOD_S))

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
        loop.run_until_complete(loop.shutdown_asyncgens())  # the sockets are closed in this turn
        loop.close()


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    port = free_udp_port()
    platform = Platform(tmp_path_factory.mktemp("yard"), coap=f"127.0.0.1:{port}")
    platform.start()
    try:
        with httpx.Client(base_url=f"{platform.url}/api/v1", timeout=60) as client:
            here = Yard(platform, client)
            with _living(port) as here.board:
                yield here
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
        _look_up(here, row.locator("input"), NAMES[suffix])
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


def _consented(here: Seat) -> None:
    """Until it is written down, the page says what stands against a cut."""
    page = here.page
    expect(page.locator("[data-against]")).to_contain_text(here.say("refusal.command.consent"))
    page.locator("[data-add]").click()
    _field(here, "given_by").fill("青原实验小学 校长 周某")
    _field(here, "words").fill("同意在紧急情况下远程切断本回路电源。")
    page.locator("dialog button[type=submit]").click()
    expect(page.locator("[data-cut] [data-ask]")).to_be_visible()


def _asks(here: Seat, why: str) -> None:
    here.page.locator("[data-cut] [data-ask]").click()
    here.page.locator("[data-reason] textarea").fill(why)
    assert here.unreadable() == []
    here.pictures(f"circuit-{here.locale}-ask")
    here.page.locator("dialog button[type=submit]").click()
    expect(here.page.locator("[data-cut]")).to_have_attribute("data-state", "awaiting_approval")


def _approves(here: Seat, why: str) -> None:
    """Wherever he looks just now, the bar leads him to the circuit."""
    here.page.goto("/units")
    here.page.locator("[data-cutbar] a").click()
    here.page.locator("[data-cut] [data-approve]").click()
    expect(here.page.locator("dialog")).to_contain_text(why)
    here.page.locator("dialog button[type=submit]").click()
    expect(here.page.locator("[data-cut] [data-count]")).to_be_visible()


def _steps(here: Seat, ended: str, *steps: str) -> None:
    one = here.page.locator(f"[data-timeline] [data-ended={ended}]").first
    expect(one).to_be_visible(timeout=60_000)
    assert [each.get_attribute("data-step") for each in one.locator("[data-step]").all()] == list(steps)


def test_two_people_cut_a_third_stops_and_the_second_time_it_is_proved(yard: Yard, browser: Browser) -> None:
    circuit = yard.circuit("3AL1-N3")
    url = yard.platform.url
    with seat(browser, url, "zh", size="1366x768") as asks, seat(browser, url, "en", size="phone") as approves:
        with seat(browser, url, "zh", "light") as stops:
            asks.sign_in(*yard.platform.account("operator"))
            approves.sign_in(*yard.platform.account("unit", "unit:EL-1"))
            stops.sign_in(*yard.platform.account("duty"))
            asks.page.goto(f"/circuits/{circuit}")
            _consented(asks)
            _asks(asks, "三号插座端子发红")
            _approves(approves, "三号插座端子发红")
            expect(asks.page.locator("[data-cutbar] [data-count]")).to_be_visible()
            bar = stops.page.locator("[data-cutbar]")
            expect(bar.locator("[data-count]")).to_be_visible()
            expect(bar).to_contain_text("青原实验小学 3AL1-N3")
            assert stops.unreadable() == []
            stops.picture("circuit-zh-bar")
            approves.picture("circuit-en-counting-phone")
            bar.locator("[data-stop]").click()
            expect(bar).to_have_count(0)
            _steps(asks, "cancelled", "awaiting_approval", "pending", "cancelled")
        asks.page.wait_for_function(HEARD, arg=circuit, timeout=60_000)
        _asks(asks, "端子温度仍在上升")
        _approves(approves, "端子温度仍在上升")
        asks.picture("circuit-zh-counting")
        _steps(asks, "confirmed", "awaiting_approval", "pending", "sent", "acknowledged", "confirmed")
        expect(asks.page.locator("h1 [data-state]")).to_have_text(asks.say("circuit.state.dead"))
        yard.board.closed = True  # by hand, and nobody has said so
        expect(approves.page.locator("[data-unsaid]")).to_be_visible(timeout=60_000)
        approves.picture("circuit-en-unsaid-phone")
        approves.page.locator("[data-reclose]").first.click()
        approves.page.locator("[data-words] textarea").fill("插座已更换，现场合闸")
        approves.page.locator("dialog input[type=file]").set_input_files(PHOTO)
        approves.page.locator("dialog button[type=submit]").click()
        expect(approves.page.locator("[data-step=reclosed] a")).to_be_visible()
        expect(approves.page.locator("[data-unsaid]")).to_have_count(0)
        for here in (asks, approves):
            assert here.unreadable() == []
            here.page.locator("[data-timeline]").scroll_into_view_if_needed()
            here.pictures(f"circuit-{here.locale}-timeline")
            here.page.locator("[data-month]").click()
            here.page.locator("select[data-month]").select_option(index=0)
            expect(here.page.locator("[data-part=cuts] tbody tr")).to_have_count(2)
            assert here.unreadable() == []
            here.pictures(f"circuit-{here.locale}-month")
            paper = here.page.request.get(here.page.locator("[data-paper]").get_attribute("href") or "")
            assert paper.headers["content-type"] == "application/pdf" and paper.body().startswith(b"%PDF")


async def _weeks_ago(city: Platform, circuit: str) -> None:
    """A rehearsal that no test waits for; since the story that cut it, somebody has closed the breaker by hand."""
    async with database(Settings.load(city.environment)) as dsn:
        conn = await asyncpg.connect(dsn)
        try:
            await conn.execute(
                "update electrical.automatic set begun_at = begun_at - interval '15 days' where circuit = $1::uuid",
                circuit,
            )
            await conn.execute("update electrical.trip set at = at - interval '1 hour'")
        finally:
            await conn.close()


def _rehearses(here: Seat, yard: Yard) -> None:
    """A limit below the load that flows: each hold shows at once when it would have cut."""
    page = here.page
    page.locator("[data-rehearse]").click()
    _field(here, "current").fill("15")
    _field(here, "hold").fill("10")
    assert here.unreadable() == []
    here.pictures(f"circuit-{here.locale}-rehearse")
    page.locator("dialog button[type=submit]").click()
    expect(page.locator("[data-automatic]")).to_have_attribute("data-mode", "rehearsal")
    expect(page.locator("[data-trips] tbody tr")).to_contain_text(here.say("auto.would"), timeout=60_000)


def test_a_rehearsed_circuit_is_cut_by_itself_once_two_people_let_it(yard: Yard, browser: Browser) -> None:
    circuit = yard.circuit("3AL1-N4", rating_a=10)
    yard.board.closed = True  # the electrician, by hand
    yard.consented(circuit)
    with (
        seat(browser, yard.platform.url, "zh", size="1366x768") as asks,
        seat(browser, yard.platform.url, "en") as lets,
    ):
        asks.sign_in(*yard.platform.account("operator"))
        lets.sign_in(*yard.platform.account("lead"))
        for here in (asks, lets):
            here.page.goto(f"/circuits/{circuit}")
        _rehearses(asks, yard)
        asks.pictures("circuit-zh-automatic")
        with ThreadPoolExecutor(1) as aside:  # the browser's own loop runs in this thread
            aside.submit(lambda: asyncio.run(_weeks_ago(yard.platform, circuit))).result()
        asks.page.reload()
        asks.page.locator("[data-askauto]").click()
        asks.page.locator("[data-field=why] textarea").fill("演练两周无误动")
        asks.page.locator("dialog button[type=submit]").click()
        expect(asks.page.locator("[data-automatic]")).to_have_attribute("data-mode", "asked")
        expect(asks.page.locator("[data-approveauto]")).to_have_count(0)
        lets.page.reload()
        lets.page.locator("[data-approveauto]").click()
        expect(lets.page.locator("dialog")).to_contain_text("演练两周无误动")
        lets.picture("circuit-en-approve-automatic")
        lets.page.locator("dialog button[type=submit]").click()
        expect(lets.page.locator("[data-automatic]")).to_have_attribute("data-mode", "live")
        assert lets.unreadable() == []
        lets.pictures("circuit-en-automatic")
        bar = asks.page.locator("[data-cutbar]")
        expect(bar.locator("[data-count]")).to_be_visible(timeout=60_000)
        expect(bar).to_contain_text(asks.say("cut.automatic"))
        _steps(asks, "confirmed", "awaiting_approval", "pending", "sent", "acknowledged", "confirmed")
        expect(asks.page.locator("[data-trips]")).to_contain_text(asks.say("auto.cut"))
        asks.page.locator("[data-trips]").scroll_into_view_if_needed()
        asks.picture("circuit-zh-automatic-cut")


HEARD = """async (circuit) => {
  const { channels } = await (await fetch(`/api/v1/circuits/${circuit}`)).json();
  return channels.every((each) => each.value !== null);
}"""
"""The board has told each quantity once."""
