"""The hot process: gateways, intake, spool, engine. Nothing slow lives here.

Enters: settings and the database's address. Leaves: confirmed signals, judged. Devices are served from the first
moment, before PostgreSQL answers: what they say waits in the spool. Absent: HTTP, passwords, reports (the web process).
"""

import asyncio
import errno
import gc
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from importlib import import_module
from typing import cast

import asyncpg
import structlog
from prometheus_client import REGISTRY

from zhigan.access import store as access
from zhigan.alarms import policies, streets, water
from zhigan.alarms.silence import Silence
from zhigan.alarms.worker import Line, Worker
from zhigan.bus import log as event_log
from zhigan.bus.signals import BusOwned, SignalBus
from zhigan.bus.spool import Spool
from zhigan.commands import store as commands
from zhigan.gateways.carriers.downlink import Downlink as CarriersDownlink
from zhigan.gateways.carriers.models import Models
from zhigan.gateways.carriers.taker import Taker
from zhigan.gateways.gb26875.downlink import Downlink
from zhigan.gateways.gb26875.server import Server as Gb26875
from zhigan.gateways.gb26875.terms import Terms
from zhigan.gateways.intake import NOBODY, Intake
from zhigan.history import moving, rolling, stamps, status
from zhigan.history import store as history
from zhigan.processes import buses, carriers, coap, mover, mqtt
from zhigan.processes.bus_figures import SpoolFigures
from zhigan.processes.directory import Profiles
from zhigan.processes.door_figures import DoorFigures
from zhigan.processes.history_figures import HistoryFigures
from zhigan.runtime import metrics
from zhigan.runtime.clock import Clock, SystemClock
from zhigan.runtime.listen import Listener
from zhigan.runtime.pg import UNAVAILABLE, Connection
from zhigan.runtime.settings import SettingError, Settings
from zhigan.runtime.supervision import HOPELESS
from zhigan.vocabulary.signals import Lane, Signal

SILENCE_S = 15.0
HOUSEKEEPING_S = 1800.0
ROLL_S = 60.0
MOVE_S = 1800.0
LOOK_S = 120.0
BREATH_S = 0.05
SEAL_S = 60.0
STREETS_S = 30.0
EXPIRE_S = 5.0
RETRY_S = 0.5
LOOK_AGAIN_S = 30.0
COLLECTED = (20_000, 20, 20)
"""Hardly anything here is ever in a ring: looking for rings after every 700 new objects was a tenth of a storm."""

Connect = Callable[[], Awaitable[Connection]]
Ask = Callable[[Settings, Intake, Clock, str, Connect, asyncio.TaskGroup], None]
"""What begins to ask devices; imported, with its library, only where there is somebody to ask."""
_log = structlog.get_logger("processes.hot")


def connector(dsn: str, name: str) -> Connect:
    """Connections as table owner, waited for as long as it takes."""

    async def connect() -> Connection:
        while True:
            try:
                settings = {"jit": "off", "application_name": name}
                return await asyncpg.connect(dsn, timeout=10, command_timeout=120, server_settings=settings)
            except UNAVAILABLE as error:
                _log.warning("database does not answer yet", error=f"{type(error).__name__}: {error}")
                await asyncio.sleep(RETRY_S)

    return connect


class Hot:
    """`await run()` until cancelled; `ready` when devices are served and, with the engine, signals are judged."""

    def __init__(self, settings: Settings, dsn: str, roles: frozenset[str], clock: Clock | None = None) -> None:
        self.settings = settings
        self.dsn = dsn
        self.roles = roles
        self.clock = clock or SystemClock()
        self.ready = asyncio.Event()
        self.where: tuple[str, int] = ("", 0)
        self._connect = connector(dsn, "zhigan hot")
        self._figures = HistoryFigures()

    async def run(self) -> None:
        async with AsyncExitStack() as stack:
            bus = await buses.open_bus(self.settings)
            stack.push_async_callback(bus.close)
            if isinstance(bus, Spool):
                REGISTRY.register(SpoolFigures(bus))
            intake = Intake(bus, self.clock)
            await intake.refill()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(intake.run(), name="intake")
                if "gateway" in self.roles:
                    stack.push_async_callback(await self._gateways(intake, tasks))
                if "engine" in self.roles:
                    tasks.create_task(self._engine(bus, intake), name="engine")
                else:
                    self.ready.set()

    async def _gateways(self, intake: Intake, tasks: asyncio.TaskGroup) -> Callable[[], Awaitable[None]]:
        settings, profiles = self.settings, Profiles()
        terms = Terms(
            idle_seconds=settings.idle_seconds,
            poll_seconds=settings.poll_seconds,
            first_frame_seconds=settings.first_frame_seconds,
            unproven=settings.connections_max,
            unproven_per_host=settings.connections_per_host_max,
        )
        server = Gb26875(intake, self.clock, profiles, terms)
        self.where = await server.start(settings.gb26875.host, settings.gb26875.port)
        _log.info("GB/T 26875.3 is served", host=self.where[0], port=self.where[1])
        tasks.create_task(server.run(), name="gb26875")
        tasks.create_task(profiles.follow(self.dsn, self._connect, server.relearn), name="profiles")
        REGISTRY.register(DoorFigures(intake, server))
        downlink = Downlink(server, self.clock, self.dsn, self._connect, settings.duty_check_minutes)
        tasks.create_task(downlink.run(), name="downlink")
        tasks.create_task(self._every(EXPIRE_S, lambda c: commands.expire(c, self.clock.micros())), name="expiry")

        models = Models(self._connect)
        tasks.create_task(models.run(), name="device models")
        stop_carriers = await self._carriers(intake, models, tasks)
        stop_coap = await coap.serve(settings, intake, self.clock, models.recognised, (self.dsn, self._connect), tasks)
        if settings.modbus_networks:
            ask: Ask = import_module("zhigan.processes.modbus").start
            ask(settings, intake, self.clock, self.dsn, self._connect, tasks)
        stop_mqtt = mqtt.start(settings, intake, self.clock, self.dsn, self._connect, tasks)

        async def stop() -> None:
            await stop_coap()
            await stop_carriers()
            await stop_mqtt()
            await server.stop()
            await downlink.close()

        return stop

    async def _carriers(
        self, intake: Intake, models: Models, tasks: asyncio.TaskGroup
    ) -> Callable[[], Awaitable[None]]:
        """What the web process' door hands over comes in here; commands go out from here."""
        settings = self.settings
        apis, book = carriers.apis(settings, self.clock), carriers.book(settings)
        downlink = CarriersDownlink(apis, book, self.clock, self.dsn, self._connect)
        taker = Taker(intake, self.clock, carriers.onenet_keys(settings), carriers.Onlooker(models, downlink))
        await taker.start(settings.data / "run")
        tasks.create_task(downlink.run(), name="carriers' downlink")
        figures = carriers.CarrierFigures
        REGISTRY.register(figures("zhigan_carrier_reports", "what carriers' pushes held", taker.tally))
        REGISTRY.register(figures("zhigan_carrier_commands", "commands to carriers", downlink.tally))

        async def stop() -> None:
            await taker.stop()
            await downlink.close()

        return stop

    async def _engine(self, bus: SignalBus, intake: Intake) -> None:
        """The engine begins when the database answers; the signals wait."""
        conn = await self._connect()
        now = self.clock.micros()
        await history.prepare(conn, now)
        worker = Worker(bus, self._connect, self.clock, await policies.in_force(conn, now))
        await worker.restore(conn)
        await conn.close()
        REGISTRY.register(self._figures)
        silence = Silence(worker.subjects, lambda signals: _emit(intake, signals, self.clock.micros()), now)
        gc.freeze()  # what lives from here on is alarms, not modules
        gc.set_threshold(*COLLECTED)
        self.ready.set()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(worker.follow(Lane.URGENT), name="urgent lane")
            tasks.create_task(worker.follow(Lane.BULK), name="bulk lane")
            tasks.create_task(worker.keep_time(), name="timers")
            tasks.create_task(self._notified(worker), name="notified")
            tasks.create_task(self._every(SILENCE_S, lambda c: silence.round(c, self.clock.micros())), name="silence")
            tasks.create_task(self._every(STREETS_S, lambda c: self._streets(c, worker)), name="streets")
            tasks.create_task(self._every(ROLL_S, self._roll), name="roll-ups")
            tasks.create_task(self._every(MOVE_S, self._move), name="mover")
            tasks.create_task(self._every(LOOK_S, self._look), name="how history stands")
            tasks.create_task(self._every(SEAL_S, self._seal), name="seal")
            tasks.create_task(self._every(HOUSEKEEPING_S, self._housekeeping), name="housekeeping")

    async def _notified(self, worker: Worker) -> None:
        """People act on incidents, the registry changes: the worker must look again."""
        channels = ("zhigan_case", "zhigan_registry", policies.CHANNEL)
        async with Listener(self.dsn, *channels, name="zhigan engine") as listener:
            other = False
            while True:
                wake = await listener.wait(LOOK_AGAIN_S)
                if other or wake.lost or wake.payloads(policies.CHANNEL):
                    other = not await self._judge_by(worker)
                for key in wake.payloads("zhigan_case"):
                    worker.look_again(key)
                worker.registry_changed(frozenset(wake.payloads("zhigan_registry")))
                if wake.lost:
                    worker.look_everywhere()

    async def _judge_by(self, worker: Worker) -> bool:
        """By the policy that is in force now; False: the database is away, asked again soon."""
        try:
            conn = await self._connect()
            try:
                worker.policy = await policies.in_force(conn, self.clock.micros())
            finally:
                await conn.close()
        except UNAVAILABLE:
            return False
        return True

    async def _streets(self, conn: Connection, worker: Worker) -> None:
        for room in (streets, water):
            _, cases = await room.look(conn, worker.policy, self.clock.micros())
            for key in cases:
                worker.look_again(key)

    async def _roll(self, conn: Connection) -> None:
        """Hours and days that are over; with a breath between, so that a backlog of them delays no writer."""
        for roll in (rolling.roll, rolling.roll_days):
            more = True
            while more:
                more = (await roll(conn, self.clock.micros())).more
                await asyncio.sleep(BREATH_S)

    async def _move(self, conn: Connection) -> None:
        """Past days to the archive, by a process of its own, where there is something to move or to forget."""
        if await moving.due(conn, self.clock.micros(), self.settings.signal_days, self.settings.archive_days):
            await mover.run(self.dsn)

    async def _look(self, conn: Connection) -> None:
        self._figures.view = await status.of(conn, self.settings, self.clock.micros())

    async def _seal(self, conn: Connection) -> None:
        """So that a cut-off tail of the event log shows in `zhigan audit verify`."""
        async with conn.transaction():
            await event_log.seal(conn, self.clock.now())

    async def _housekeeping(self, conn: Connection) -> None:
        now = self.clock.micros()
        await history.prepare(conn, now)
        async with conn.transaction():
            await event_log.forget(conn, self.clock.now() - timedelta(days=self.settings.event_days), self.clock.now())
        await access.tidy(conn, self.clock.now())
        await stamps.forget(conn, now)

    async def _every(self, seconds: float, act: Callable[[Connection], Awaitable[object]]) -> None:
        """A round now and then; one that fails is tried again at its next time."""
        line = Line(self._connect)
        while True:
            await asyncio.sleep(seconds)
            try:
                await act(await line.get())
            except UNAVAILABLE as error:
                line.drop()
                _log.warning("a round failed; the next one comes", error=f"{type(error).__name__}: {error}")


def _emit(intake: Intake, signals: Sequence[Signal], now: int) -> None:
    for signal in signals:
        intake.offer(signal.address.partition("/")[0], [signal], 0, NOBODY, None, now)


async def main(settings: Settings, dsn: str, roles: frozenset[str], stop: asyncio.Event) -> int:
    """The process: runs until `stop`, writes its figures beside."""
    clock = SystemClock()
    hot = Hot(settings, dsn, roles, clock)
    running = asyncio.create_task(hot.run(), name="hot")
    figures = asyncio.create_task(_figures(hot, settings, clock), name="figures")
    ended = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([running, ended], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (running, figures, ended):
            task.cancel()
        await asyncio.wait([running, figures, ended])
    if running.cancelled():
        return 0
    error = running.exception()
    if error is None:
        return 0
    _log.error("the hot process fails", exc_info=error)
    return HOPELESS if _hopeless(error) else 1


async def _figures(hot: Hot, settings: Settings, clock: Clock) -> None:
    """Only a ready process has figures: who reads them takes them as a sign of life."""
    await hot.ready.wait()
    await metrics.write_forever(settings.data / "run", "hot", clock)


def _hopeless(error: BaseException) -> bool:
    """A wrong setting or a taken port: starting again would not help."""
    parts = cast("BaseExceptionGroup[BaseException]", error).exceptions if isinstance(error, BaseExceptionGroup) else ()
    taken = isinstance(error, OSError) and error.errno in (errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES)
    return taken or isinstance(error, SettingError | BusOwned) or any(_hopeless(part) for part in parts)
