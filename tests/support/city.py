"""A city for stories: the platform's own parts, a real socket, spool and PostgreSQL; the clock is moved by hand.

Enters: what happens in buildings (frames over TCP), what people do (HTTP), and how much time passes. Leaves: the rows
that the desk, the attention queue and the tasks show. What `processes.hot` does in loops of its own is done here when
a story says so: nothing sleeps, and nothing of the product is replaced.
"""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx
import msgspec
from litestar import Controller

from support.engine import Engine
from support.rows import Row
from support.site import Unit, fit, found, smoke_head, transmission_device
from support.transmitter import Transmitter
from support.web import Web
from zhigan.alarms import api as alarms_api
from zhigan.alarms import policies, streets
from zhigan.alarms.silence import Silence
from zhigan.bus import log
from zhigan.bus.spool import Spool
from zhigan.commands import api as commands_api
from zhigan.desks.electrical.interlock import CircuitInterlock
from zhigan.gateways.gb26875.downlink import Downlink
from zhigan.gateways.gb26875.server import Server
from zhigan.gateways.gb26875.terms import Terms
from zhigan.gateways.intake import NOBODY, Intake
from zhigan.incidents import api as incidents_api
from zhigan.incidents import proof
from zhigan.incidents.press import Press
from zhigan.incidents.shelf import Shelf
from zhigan.incidents.views import IncidentView
from zhigan.processes.directory import Profiles
from zhigan.registry import api as registry_api
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Connection, Pool
from zhigan.vocabulary.moments import DAY, HOUR, SECOND
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.signals import Signal
from zhigan.webapi.pages import Page

BEAT_S, SILENCE_S = 30, 15
"""How often devices beat, and how often the hot process looks for silent ones."""
SHORT_S, STEP_S, LONG_STEP_S = 900, 5, 30
HANDLERS = [*alarms_api.handlers, *registry_api.handlers, *incidents_api.handlers, *commands_api.handlers]


class Platform:
    """Gateway, intake, spool and engine as one hot process wires them, without its loops."""

    def __init__(self, dsn: str, spool: Spool, clock: HandClock) -> None:
        self.clock = clock
        self.spool = spool
        self.engine = Engine(dsn, spool, clock)
        self.intake = Intake(spool, clock)
        self.server = Server(self.intake, clock, Profiles(), Terms())
        self.downlink = Downlink(self.server, clock, dsn, self.engine.connect)
        self.carrying: set[asyncio.Task[None]] = set()
        self.where = ("", 0)
        self._running: asyncio.Task[None] | None = None
        self._silence = Silence(self.engine.worker.subjects, self._emit, clock.micros())

    @classmethod
    async def start(cls, dsn: str, folder: Path, clock: HandClock) -> "Platform":
        made = cls(dsn, await Spool.open(folder), clock)
        await made.intake.refill()
        await made.engine.start()
        made.where = await made.server.start("127.0.0.1", 0)
        made._running = asyncio.create_task(made.intake.run(), name="intake")
        for order, since in await made.downlink.unanswered():
            made._carry(made.downlink.resume(order, since))
        return made

    async def stop(self) -> None:
        await self.server.stop()
        for task in (self._running, *self.carrying):
            if task is not None:
                task.cancel()
                await asyncio.wait([task])
        for conn in self.engine.connections:
            conn.terminate()
        await self.spool.close()

    async def look_for_silent(self) -> None:
        await self._silence.round(self.engine.connections[0], self.clock.micros())

    async def look_at_streets(self) -> None:
        _, cases = await streets.look(self.engine.connections[0], self.engine.worker.policy, self.clock.micros())
        for key in cases:
            self.engine.worker.look_again(key)

    async def carry_commands(self) -> None:
        for order in await self.downlink.take():
            self._carry(self.downlink.carry(order))

    def _carry(self, act: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(act)
        self.carrying.add(task)
        task.add_done_callback(self.carrying.discard)

    def _emit(self, signals: list[Signal] | tuple[Signal, ...]) -> None:
        for signal in signals:
            self.intake.offer(signal.address.partition("/")[0], [signal], 0, NOBODY, None, self.clock.micros())


class City:
    def __init__(self, dsn: str, folder: Path, clock: HandClock, web: Web) -> None:
        self.clock = clock
        self.web = web
        self.judging = True
        self.devices: list[Transmitter] = []
        self._dsn = dsn
        self._folder = folder
        self._platform: Platform | None = None
        self._ears: Connection | None = None
        self._heard: list[tuple[str, str]] = []
        self._people: dict[tuple[Role, int], httpx.AsyncClient] = {}
        self._beaten_at = self._looked_at = clock.micros()

    # -- the platform

    @property
    def platform(self) -> Platform:
        assert self._platform is not None
        return self._platform

    async def wakes(self) -> None:
        """The platform starts; whoever was connected connects again."""
        self._platform = await Platform.start(self._dsn, self._folder, self.clock)
        self._ears = await asyncpg.connect(self._dsn)
        for channel in ("zhigan_case", "zhigan_registry", "zhigan_command", policies.CHANNEL):
            await self._ears.add_listener(
                channel, lambda _c, _p, channel, payload: self._heard.append((channel, payload))
            )
        self.judging = True
        for device in self.devices:
            await device.connect()
        await self.settles()

    async def sleeps(self) -> None:
        for device in self.devices:
            await device.hang_up()
        await self.platform.stop()
        if self._ears is not None:
            self._ears.terminate()

    async def restarts(self) -> None:
        await self.sleeps()
        await self.wakes()

    def engine_stands_still(self) -> None:
        """Signals are taken in and confirmed, nobody judges them."""
        self.judging = False

    async def settles(self) -> None:
        """Everything said is on the bus, everything on the bus is judged, and what people did is heeded."""
        await self.platform.intake.settle()
        if self.judging:
            await self._heed()
            await self.platform.engine.settle()
            await self.platform.engine.ring()

    async def _heed(self) -> None:
        """PostgreSQL hands notifications over before it answers the next question of who listens."""
        assert self._ears is not None
        await self._ears.fetchval("select 1")
        await asyncio.sleep(0)
        heard, self._heard = self._heard, []
        worker = self.platform.engine.worker
        for channel, payload in heard:
            if channel == "zhigan_case":
                worker.look_again(payload)
            elif channel == "zhigan_registry":
                worker.registry_changed(frozenset([payload]))
            elif channel == policies.CHANNEL:
                await self.platform.engine.judge_by()
            else:
                await self.platform.carry_commands()

    # -- time

    def it_is(self, hour: int) -> None:
        """The next time that clocks in Ji'an show this hour; before anybody is there."""
        local = (self.clock.micros() + 8 * HOUR) % DAY
        self.clock.advance((hour * HOUR - local) % DAY / SECOND)

    async def passes(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0) -> None:
        """Time goes by in small steps; devices beat, links are swept, the silent are noticed, what is due rings."""
        left = seconds + 60 * minutes + 3600 * hours
        step = STEP_S if left <= SHORT_S else LONG_STEP_S
        while left > 0:
            self.clock.advance(min(step, left))
            left -= step
            await self._tick()

    async def _tick(self) -> None:
        now = self.clock.micros()
        self.platform.server.sweep(now)
        if now - self._beaten_at >= BEAT_S * SECOND:
            self._beaten_at = now
            for device in self.devices:
                if device.connected and device.beating:
                    await device.beats()
        self.platform.intake.tell_seen()
        await self.settles()
        if now - self._looked_at >= SILENCE_S * SECOND:
            self._looked_at = now
            await self.platform.look_for_silent()
            await self.settles()
            await self.platform.look_at_streets()
            await self.settles()

    # -- who there is

    async def unit(
        self,
        name: str,
        *,
        premises: str = "other",
        tags: Sequence[str] = (),
        floors: int = 0,
        heads: int = 0,
        **more: object,
    ) -> Unit:
        """A registered unit with one building, a connected transmission device, and `heads` smoke heads a floor."""
        made = await Unit.founded(self, name, premises=premises, tags=list(tags), floors=floors, **more)
        if heads:
            await made.fit_heads(range(1, floors + 1), heads)
        return made

    async def hamlet(self, homes: int) -> list[Transmitter]:
        """So many dwellings, each a unit of its own with a device and two heads; registered at once, as by import."""
        devices = [await self.device() for _ in range(homes)]
        codes = await found(self, [f"坡子上{n}号" for n in range(1, homes + 1)], premises="shanty")
        await fit(self, [transmission_device(d.address, unit) for d, unit in zip(devices, codes, strict=True)])
        await fit(self, [smoke_head(d.address, point) for d in devices for point in (1, 2)])
        return devices

    async def kept(self, frame: bytes) -> int:
        """How often history holds this very frame."""
        async with self.web.pool.acquire() as conn:
            return await conn.fetchval("select count(*) from history.signal where raw = $1", frame)

    async def stranger(self) -> Transmitter:
        """A transmission device that nobody registered, connected."""
        return await self.device()

    async def device(self) -> Transmitter:
        address = (len(self.devices) + 0xABC001).to_bytes(6, "little").hex().upper()
        device = Transmitter(address, self.clock, lambda: self.platform.where)
        self.devices.append(device)
        await device.connect()
        return device

    # -- what people see and do

    async def person(self, role: Role = Role.DUTY) -> httpx.AsyncClient:
        """Somebody of this role, in this role's session of the day."""
        key = role, self.clock.micros() // DAY
        if key not in self._people:
            self._people[key] = await self.web.person(f"{role.value}-{key[1]}", role)
        return self._people[key]

    async def asks(self, path: str, body: object, role: Role = Role.ADMIN, status: int = 201) -> dict[str, object]:
        answer = await (await self.person(role)).post(path, json=body)
        assert answer.status_code == status, answer.text
        await self.settles()
        return answer.json()

    async def desk(self, **asked: object) -> list[Row]:
        """Open incidents, oldest first."""
        return await self.rows("incidents", **asked)

    async def attention(self) -> list[Row]:
        return await self.rows("attention")

    async def tasks(self) -> list[Row]:
        return await self.rows("tasks")

    async def rows(self, path: str, **asked: object) -> list[Row]:
        client = await self.person()
        answer = await client.get(f"/{path}", params={"open": True, "limit": 1000, **asked})
        assert answer.status_code == 200, answer.text
        page = msgspec.json.decode(answer.content, type=Page[IncidentView])
        return [Row(view) for view in reversed(page.items)]

    async def reads(self, row: Row) -> Row:
        """The incident as it is now, whole."""
        answer = await (await self.person()).get(f"/incidents/{row.id}")
        assert answer.status_code == 200, answer.text
        return Row(msgspec.json.decode(answer.content, type=IncidentView))

    async def step(self, row: Row, step: str, role: Role = Role.DUTY, **body: object) -> None:
        await self.asks(f"/incidents/{row.id}/{step}", body, role, 200)

    async def checks_duty(self, unit: Unit, minutes: int) -> None:
        """查岗, asked by the desk; returns when the device has confirmed that it asks."""
        body = {"command": "check_duty", "arguments": {"minutes": minutes}}
        asked = await self.asks(f"/devices/{unit.device_id}/commands", body, Role.DUTY, 202)
        client = await self.person()
        async with asyncio.timeout(30):
            while True:
                if (await client.get(f"/commands/{asked['id']}")).json()["state"] == "acknowledged":
                    return
                await asyncio.sleep(0.01)

    # -- what must hold after everything

    async def holds_together(self) -> None:
        """No slot is held twice, every chain is whole, the event log has no gap."""
        async with self.web.pool.acquire() as conn:
            twice = await conn.fetch(
                "select slot from incidents.incident where state <> 'closed' and merged_into is null"
                " group by slot having count(*) > 1"
            )
            assert not twice, f"two open incidents in one slot: {twice}"
            assert await log.verify(conn) is None
            assert await proof.verify(conn) is None
            ids = [row["id"] for row in await conn.fetch("select id from bus.event order by id")]
            assert ids == list(range(1, len(ids) + 1))


@asynccontextmanager
async def living(
    dsn: str,
    pool: Pool,
    folder: Path,
    clock: HandClock,
    handlers: Sequence[type[Controller]] = HANDLERS,
    more: Mapping[str, object] | None = None,
) -> AsyncGenerator[City]:
    city = City(
        dsn,
        folder / "spool",
        clock,
        Web(pool, clock, handlers, folder, _given(folder, clock, more)),
    )
    await city.wakes()
    try:
        yield city
        await city.settles()
        await city.holds_together()
    finally:
        await city.sleeps()


def _given(folder: Path, clock: HandClock, more: Mapping[str, object] | None) -> dict[str, object]:
    own = {"shelf": Shelf(folder / "files"), "press": Press(), "interlock": CircuitInterlock(clock)}
    return {**own, **(more or {})}
