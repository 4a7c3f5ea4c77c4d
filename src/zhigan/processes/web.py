"""The web process: the HTTP interface, the live feed, the web pages. Slow things live here: hashing, lists, exports.

Enters: settings and the database's address. Leaves: HTTP on ZHIGAN_HTTP. Absent: devices and judging (the hot process).
"""

import asyncio
import gc
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Protocol, cast

import asyncpg
import structlog
import uvicorn
from litestar import Litestar
from prometheus_client import REGISTRY
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from zhigan.access import api as access_api
from zhigan.access import factor, importing_hosted, keeping
from zhigan.access import importing as access_importing
from zhigan.access.codes import Codes
from zhigan.access.login import Doorkeeper
from zhigan.access.passwords import Passwords
from zhigan.access.vault import Vault, VaultError
from zhigan.alarms import api as alarms_api
from zhigan.bus.following import ever
from zhigan.commands import api as commands_api
from zhigan.desks.community import api as community_api
from zhigan.desks.dutycheck import api as dutycheck_api
from zhigan.desks.dutycheck import worker as dutycheck_worker
from zhigan.desks.electrical import api as electrical_api
from zhigan.desks.electrical import automatic_api, following, reclosing
from zhigan.desks.electrical import importing as electrical_importing
from zhigan.desks.electrical import limits_api as electrical_limits_api
from zhigan.desks.electrical import watch as electrical_watch
from zhigan.desks.electrical import worker as electrical_worker
from zhigan.desks.electrical.interlock import CircuitInterlock
from zhigan.desks.electrical.watch import Tell
from zhigan.desks.handling import api as handling_api
from zhigan.desks.handling.worker import Handling
from zhigan.desks.health import api as health_api
from zhigan.desks.health import worker as health_worker
from zhigan.desks.hydrants import api as hydrants_api
from zhigan.desks.hydrants import api_building as hydrants_building
from zhigan.desks.hydrants import worker as hydrants_worker
from zhigan.desks.installation import api as installation_api
from zhigan.desks.map import api as map_api
from zhigan.desks.map.ground import Choice as MapChoice
from zhigan.desks.monthly import api as monthly_api
from zhigan.desks.monthly import service_api
from zhigan.desks.numbers import api as numbers_api
from zhigan.desks.orders.worker import Watch as OrdersWatch
from zhigan.desks.plans import api as plans_api
from zhigan.desks.platform import api as platform_api
from zhigan.desks.rollcall import api as rollcall_api
from zhigan.desks.routines import api as routines_api
from zhigan.desks.routines import worker as routines_worker
from zhigan.desks.shifts import api as shifts_api
from zhigan.desks.shifts import api_handover, api_register
from zhigan.desks.shifts import worker as shifts_worker
from zhigan.desks.shifts.store import off
from zhigan.desks.silence import api as silence_api
from zhigan.desks.silence import worker as silence_worker
from zhigan.desks.stations import api as stations_api
from zhigan.desks.stations import worker as stations_worker
from zhigan.desks.upkeep import api as upkeep_api
from zhigan.desks.upkeep import printing as upkeep_printing
from zhigan.desks.upkeep.repeated import Repeated
from zhigan.desks.walktest import api as walktest_api
from zhigan.desks.walktest import worker as walktest_worker
from zhigan.desks.wall import api as wall_api
from zhigan.desks.wall.board import Walls
from zhigan.federation import api as federation_api
from zhigan.federation import api_peers as federation_peers
from zhigan.federation.desk import Federation
from zhigan.federation.downward import Downward
from zhigan.federation.listening import Ear
from zhigan.federation.watching import Watch
from zhigan.federation.worker import Uplink
from zhigan.gateways.carriers.door import Application, Door
from zhigan.gateways.carriers.line import Line
from zhigan.gateways.lwm2m import api as lwm2m_api
from zhigan.gateways.platforms import api as platforms_api
from zhigan.gateways.platforms.api_door import Doorway
from zhigan.gateways.platforms.watching import SourceWatch
from zhigan.gateways.reports import api as reports_api
from zhigan.gateways.reports.worker import Worker as ReportsWorker
from zhigan.history import api as history_api
from zhigan.incidents import api as incidents_api
from zhigan.incidents import frames_api
from zhigan.incidents.press import Press
from zhigan.incidents.shelf import Shelf
from zhigan.outlets.dispatch import api as dispatch_api
from zhigan.outlets.dispatch.desk import Dispatch
from zhigan.outlets.dispatch.worker import Dispatcher
from zhigan.outlets.live import api as live_api
from zhigan.outlets.live.tailer import Tailer
from zhigan.outlets.notify import api as notify_api
from zhigan.outlets.notify.desk import Desk
from zhigan.outlets.notify.keys import webpush_key
from zhigan.outlets.notify.reaching import Asker
from zhigan.outlets.notify.terms import Lender
from zhigan.outlets.notify.worker import Courier
from zhigan.outlets.subscriptions import api as subscriptions_api
from zhigan.outlets.subscriptions.desk import Partners
from zhigan.outlets.subscriptions.worker import Subscriber
from zhigan.outlets.upward import api as upward_api
from zhigan.outlets.upward.desk import Upward
from zhigan.outlets.upward.worker import Reporter
from zhigan.processes import archives, carriers, coap, platforms, reports
from zhigan.processes.judged import telling
from zhigan.processes.monthly import SERVICE, circuits, onlines
from zhigan.processes.numbers import lent
from zhigan.processes.open_things import silent
from zhigan.processes.outside import way_out
from zhigan.processes.plan_files import FloorPlans
from zhigan.processes.standing import in_force
from zhigan.processes.trial import Trials
from zhigan.processes.wall import Borrowed
from zhigan.registry import api as registry_api
from zhigan.registry import api_imports, importing, imports
from zhigan.runtime import metrics
from zhigan.runtime.clock import Clock, SystemClock
from zhigan.runtime.pg import UNAVAILABLE, Pool
from zhigan.runtime.settings import Settings
from zhigan.runtime.supervision import HOPELESS
from zhigan.webapi import app as applications
from zhigan.webapi.database import Database
from zhigan.webapi.health import Exposition, Readiness
from zhigan.webapi.quotas import Buckets, Measured

_log = structlog.get_logger("processes.web")
POOL_MAX = 16
COURIER_POOL = 12
PARTNERS_POOL = 4
HANDLERS = [
    *access_api.handlers,
    *alarms_api.handlers,
    *registry_api.handlers,
    *api_imports.handlers,
    *history_api.handlers,
    *incidents_api.handlers,
    *frames_api.handlers,
    *commands_api.handlers,
    *lwm2m_api.handlers,
    *live_api.handlers,
    *map_api.handlers,
    *community_api.handlers,
    *plans_api.handlers,
    *numbers_api.handlers,
    *walktest_api.handlers,
    *shifts_api.handlers,
    *routines_api.handlers,
    *stations_api.handlers,
    *api_handover.handlers,
    *api_register.handlers,
    *dutycheck_api.handlers,
    *silence_api.handlers,
    *rollcall_api.handlers,
    *health_api.handlers,
    *wall_api.handlers,
    *monthly_api.handlers,
    *service_api.handlers,
    *installation_api.handlers,
    *electrical_api.handlers,
    *automatic_api.handlers,
    *reclosing.handlers,
    *electrical_limits_api.handlers,
    *platform_api.handlers,
    *upkeep_api.handlers,
    *hydrants_api.handlers,
    *hydrants_building.handlers,
    *notify_api.handlers,
    *dispatch_api.handlers,
    *subscriptions_api.handlers,
    *federation_api.handlers,
    *federation_peers.handlers,
    *platforms_api.handlers,
    *upward_api.handlers,
    *reports_api.handlers,
    *handling_api.handlers,
]


@asynccontextmanager
async def application(
    settings: Settings, dsn: str, clock: Clock, doorway: Doorway, tell: Tell
) -> AsyncGenerator[tuple[Litestar, Tailer]]:
    """The wired application, for as long as the context is open, and its live feed, to be closed first."""
    vault = vault_of(settings)
    pool = await _pool(dsn, "zhigan web", POOL_MAX)
    db = Database(pool)
    passwords = Passwords()
    async with db.owner() as conn:
        await factor.seal_all(conn, vault)
    door = Doorkeeper(db, clock, passwords, vault)
    tailer = Tailer(dsn, pool)
    desk = Desk(
        pool, clock, settings.notify, push_key=await webpush_key(pool, vault, settings.notify, clock), roster=off
    )
    others = others_of(pool, clock, settings, vault)
    codes = Codes(db, clock, door, desk)
    kinds = _kinds(passwords)
    inbound = ReportsWorker(db, clock, reports.carrying(doorway))
    importer = imports.Worker(pool, clock, kinds)
    running = [asyncio.create_task(tailer.run(), name="live tailer"), *_rounds(db, clock, settings, tell)]
    running += _followers(dsn, {"imports": importer, "app feed": desk.feed, "reports": inbound})
    try:
        app = applications.build(
            HANDLERS,
            db,
            clock,
            door.authenticate,
            ready=_readiness(settings, pool, clock),
            metrics=_exposition(settings, clock),
            dependencies={
                "door": door,
                "passwords": passwords,
                "codes": codes,
                "tailer": tailer,
                "walls": Walls(db, clock, Borrowed(tailer, settings.data / "run", clock)),
                **_folders(settings, db),
                **upkeep_printing.provided(Press(), settings.public_url),
                "desk": desk,
                **_between_desks(),
                "doorway": doorway,
                **others,
                "reports": inbound.sending,
                "importable": kinds,
                "interlock": CircuitInterlock(clock),
                "ruling": in_force,
                "device_keys": coap.device_keys(settings),
                **map_api.provided(MapChoice(settings.map_tiles, settings.map_approval)),
                **platform_api.provided(settings),
            },
            pictures=settings.map_tiles,
        )
        yield app, tailer
    finally:
        for task in running:
            task.cancel()
        await asyncio.wait(running)
        for each in (codes, desk, *others.values()):
            await each.close()
        await pool.close()


def _kinds(passwords: Passwords) -> imports.Kinds:
    """What may be imported, of all rooms."""
    own = {"users": access_importing.kind(passwords), "hosted": importing_hosted.kind(passwords)}
    return {**importing.CHOICE, **electrical_importing.CHOICE, **own}


def _between_desks() -> dict[str, object]:
    """What desks are lent of one another: they do not know each other."""
    return {"numbers": lent(), "onlines": onlines, "serving": SERVICE, "silent": silent}


def _folders(settings: Settings, db: Database) -> dict[str, object]:
    """What lies on disk: people's files, past days of history, what is made of them, logs; and by when work is due."""
    archive = archives.archive(settings, "web", copies=True)
    return {
        "shelf": Shelf(settings.data / "files"),
        "archive": archive,
        "circuits": circuits(db, archive, in_force),
        "folder": log_folder(settings),
        "terms": Lender(db),
    }


async def _pool(dsn: str, name: str, most: int) -> Pool:
    settings = {"jit": "off", "application_name": name}
    return await asyncpg.create_pool(dsn, min_size=2, max_size=most, command_timeout=60, server_settings=settings)


def log_folder(settings: Settings) -> keeping.LogFolder:
    return keeping.LogFolder(settings.data / "logs")


class _Follower(Protocol):
    async def run(self, dsn: str) -> None: ...


def _followers(dsn: str, named: Mapping[str, _Follower]) -> list[asyncio.Task[None]]:
    return [asyncio.create_task(each.run(dsn), name=name) for name, each in named.items()]


def _rounds(db: Database, clock: Clock, settings: Settings, tell: Tell) -> list[asyncio.Task[None]]:
    rounds: dict[str, Callable[[], Coroutine[None, None, None]]] = {
        "walk tests": lambda: walktest_worker.run(db, clock),
        "drills": lambda: stations_worker.run(db, clock),
        "routines": lambda: routines_worker.run(db, clock),
        "duty checks": lambda: dutycheck_worker.run(db, clock),
        "handovers": lambda: shifts_worker.run(db, clock),
        "orders": OrdersWatch(db, clock, in_force).run,
        "silences": lambda: silence_worker.run(db, clock),
        "pressures of hydrants": lambda: hydrants_worker.run(db, clock),
        "device health": lambda: health_worker.run(db, clock),
        "cuts": lambda: electrical_worker.run(db, clock, CircuitInterlock(clock)),
        "watch over circuits": lambda: electrical_watch.run(
            db, archives.archive(settings, "watch", copies=True), in_force, clock, tell
        ),
        "automatic cut-off": lambda: following.run(db, clock, CircuitInterlock(clock)),
        "retention": lambda: keeping.run(db, clock, log_folder(settings)),
    }
    return [asyncio.create_task(round_(name, run), name=name) for name, run in rounds.items()]


async def round_(name: str, run: Callable[[], Coroutine[None, None, None]]) -> None:
    """Until cancelled. A round that breaks is told of and begins again: none may stay away unseen."""
    await ever(
        run,
        lambda away: _log.warning("a round waits for the database", round=name, error=away),
        lambda error: _log.error("a round broke; it begins again", round=name, exc_info=error),
    )


def dispatching(pool: Pool, clock: Clock, settings: Settings, vault: Vault) -> Dispatch:
    return Dispatch(
        pool, clock, vault, way_out(settings), FloorPlans(), settings.public_url or f"http://{settings.http}"
    )


def others_of(
    pool: Pool, clock: Clock, settings: Settings, vault: Vault
) -> dict[str, Dispatch | Federation | Upward | Partners]:
    """Who speaks with platforms and command centres besides us."""
    return {
        "dispatch": dispatching(pool, clock, settings, vault),
        "federation": Federation(pool, clock, vault, way_out(settings)),
        "upward": Upward(pool, clock, vault, way_out(settings)),
        "partners": partnership(pool, clock, settings, vault),
    }


def partnership(pool: Pool, clock: Clock, settings: Settings, vault: Vault) -> Partners:
    return Partners(pool, clock, vault, settings.public_url, settings.outward_networks)


def vault_of(settings: Settings) -> Vault:
    return Vault.of(settings.data, settings.secret_key.reveal() if settings.secret_key else None)


def _readiness(settings: Settings, pool: Pool, clock: Clock) -> dict[str, Readiness]:
    """Ready to take signals: the hot process serves devices and judges, and the database answers."""
    folder = settings.data / "run"

    async def database() -> str | None:
        try:
            async with asyncio.timeout(2):
                await pool.fetchval("select 1")
        except UNAVAILABLE as error:
            return f"the database does not answer ({type(error).__name__}); signals are taken in and wait"
        return None

    async def hot() -> str | None:
        if any(figures.process == "hot" for figures in metrics.others(folder, clock.micros())):
            return None
        return "the process that serves devices and judges signals is not up"

    return {"database": database, "hot": hot}


def _exposition(settings: Settings, clock: Clock) -> Exposition:
    async def exposition() -> tuple[bytes, str]:
        text = await asyncio.to_thread(metrics.exposition, settings.data / "run", "web", clock.micros())
        return text, CONTENT_TYPE_LATEST

    return exposition


async def main(settings: Settings, dsn: str, roles: frozenset[str], stop: asyncio.Event) -> int:
    """The process: runs until `stop`. Role `courier` alone serves no port."""
    carrying = asyncio.create_task(_carry(settings, dsn), name="courier") if "courier" in roles else None
    try:
        if "api" in roles:
            return await _run(settings, dsn, stop)
        await stop.wait()
        return 0
    except VaultError as error:
        _log.error("cannot start", error=str(error))
        return HOPELESS
    finally:
        if carrying is not None:
            carrying.cancel()
            await asyncio.wait([carrying])


def _vault(settings: Settings) -> Vault | None:
    """People are told even where the key file is damaged: only Web Push and command centres' secrets want it."""
    try:
        return vault_of(settings)
    except VaultError as error:
        _log.error("telling people goes on without Web Push and without command centres' secrets", error=str(error))
        return None


async def _carry(settings: Settings, dsn: str) -> None:
    """People and command centres are told: connections of their own, so that no page makes a fire wait."""
    clock = SystemClock()
    pool = await _pool(dsn, "zhigan courier", COURIER_POOL)
    vault = _vault(settings)
    desk = Desk(
        pool, clock, settings.notify, push_key=await webpush_key(pool, vault, settings.notify, clock), roster=off
    )
    asker = Asker(pool, clock, desk.choice, settings.notify)
    dispatch = dispatching(pool, clock, settings, vault or Vault(b"damaged"))  # no secret opens, and so a person calls
    federation = Federation(pool, clock, vault or Vault(b"damaged"), way_out(settings))
    upward = Upward(pool, clock, vault or Vault(b"damaged"), way_out(settings))
    apart = await _pool(dsn, "zhigan partners", PARTNERS_POOL)  # a hundred subscriptions make no fire wait
    partners = partnership(apart, clock, settings, vault or Vault(b"damaged"))  # nothing is sent unsigned
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(Subscriber(apart, clock, partners.delivery, partners.feed).run(dsn))
            tasks.create_task(Courier(pool, clock, desk.planner, desk.delivery, desk.choice, asker).run(dsn))
            tasks.create_task(Dispatcher(pool, clock, dispatch.planner, dispatch.delivery).run(dsn))
            if vault is not None:
                tasks.create_task(Uplink(pool, clock, vault, federation.outward).run(dsn))
                tasks.create_task(Ear(pool, clock, vault, federation.outward).run())
                tasks.create_task(Reporter(pool, clock, upward.planner, upward.sender).run(dsn))
            tasks.create_task(Downward(pool, clock).run(dsn))
            tasks.create_task(Watch(pool, clock).run(dsn))
            tasks.create_task(SourceWatch(pool, clock).run(dsn))
            tasks.create_task(Trials(pool).run(dsn))
            tasks.create_task(Repeated(pool, clock, in_force).run(dsn))
            tasks.create_task(Handling(pool, clock, in_force).run(dsn))
    finally:
        for each in (upward, federation, partners, desk, dispatch, apart, pool):
            await each.close()


async def _run(settings: Settings, dsn: str, stop: asyncio.Event) -> int:
    line = Line(settings.data / "run")
    doorway = platforms.doorway(line)
    REGISTRY.register(platforms.figures(doorway))
    async with (
        application(settings, dsn, SystemClock(), doorway, telling(line)) as (app, tailer),
        asyncio.TaskGroup() as tasks,
    ):
        door = Door(cast("Application", app), line, carriers.terms(settings))
        REGISTRY.register(carriers.CarrierFigures("zhigan_carrier_pushes", "carriers' pushes at the door", door.tally))
        measured = Measured(door, Buckets(settings.pushes_per_second, SystemClock()))
        keeping = tasks.create_task(line.run(), name="carriers' line")
        server = uvicorn.Server(
            uvicorn.Config(
                measured, host=settings.http.host, port=settings.http.port, loop="none", log_config=None,
                access_log=False, log_level=settings.log_level, timeout_graceful_shutdown=3, server_header=False,
                timeout_keep_alive=75,
            )
        )  # fmt: skip
        try:
            return await _serve(server, tailer, stop)
        finally:
            keeping.cancel()


async def _serve(server: uvicorn.Server, tailer: Tailer, stop: asyncio.Event) -> int:
    gc.freeze()  # modules live for ever; a collection that walks them holds every answer up for a tenth of a second
    serving = asyncio.create_task(server.serve(), name="http")
    ended = asyncio.create_task(stop.wait())
    await asyncio.wait([serving, ended], return_when=asyncio.FIRST_COMPLETED)
    tailer.close()  # open streams would hold the server for its whole grace
    server.should_exit = True
    ended.cancel()
    try:
        await serving
    except SystemExit:  # uvicorn's word for a port that is taken; it has said so
        return HOPELESS
    return 0
