"""One picture for all walls of a scope: read once when the city changes, given to each as the same bytes.

Enters: the live feed as a bell, readings under row security, figures that other rooms lend. Leaves: the newest picture
in every open screen, and only where it differs from the one before; nothing queues up, so a slow screen costs nothing.
A scope without a screen is not read at all. Absent: HTTP (api.py), whose link it is (store.py).
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final, Protocol

import msgspec
import structlog

from zhigan.access import manning
from zhigan.access.manning import Manned
from zhigan.access.rules import within
from zhigan.desks.wall import rules, store
from zhigan.desks.wall.model import WallDesk, WallDistrict, WallOutline, WallPath, WallState
from zhigan.incidents import glance
from zhigan.incidents.glance_shapes import Served
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import UNAVAILABLE, Connection
from zhigan.vocabulary import scopes
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import Scope
from zhigan.webapi.database import Database
from zhigan.webapi.principal import Principal

LULL_S: Final = 1.0
"""Between two readings, however fast the city changes."""
EVERY_S: Final = 15.0
"""What makes no event (devices gone quiet, desks left) is looked at this often."""
SLOW: Final = timedelta(seconds=30)
DAY: Final = timedelta(days=1)
MOST_SERVED: Final = 20_000
_log = structlog.get_logger("desks.wall")


class Bell(Protocol):
    """A screen of the live feed: what comes is not read here, only that it came."""

    ended: bool

    async def wait(self, seconds: float) -> bytes: ...


class Lent(Protocol):
    """What other rooms lend (processes/wall.py)."""

    @property
    def fresh(self) -> bool: ...
    def join(self, scope: Scope) -> Bell: ...
    def leave(self, bell: Bell) -> None: ...
    def outlines(self) -> list[WallOutline]: ...
    def screen(self) -> WallPath: ...
    async def districts(self, conn: Connection, scope: Scope) -> list[WallDistrict]: ...
    async def notified(self, conn: Connection, rows: Sequence[Served]) -> dict[str, float]: ...
    async def limits(self, conn: Connection) -> dict[str, int]: ...


class _Slow(msgspec.Struct, frozen=True):
    """What is not read anew at every alarm."""

    at: float
    paths: list[WallPath]
    districts: list[WallDistrict]
    desks: list[WallDesk]


class WallScreen:
    """One open screen: the newest picture, once."""

    def __init__(self, link: str) -> None:
        self.link = link
        self.ended = False
        self._newest: bytes | None = None
        self._woken = asyncio.Event()

    def give(self, picture: bytes) -> None:
        self._newest = picture
        self._woken.set()

    def end(self) -> None:
        self.ended = True
        self._woken.set()

    async def wait(self, seconds: float) -> bytes | None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return None
        self._woken.clear()
        newest, self._newest = self._newest, None
        return newest


class Board:
    """One scope's picture and its screens."""

    def __init__(self, scope: Scope, db: Database, clock: Clock, lent: Lent) -> None:
        self.screens: set[WallScreen] = set()
        self.readings = 0
        self._scope, self._db, self._clock, self._lent = scope, db, clock, lent
        self._principal = Principal("", "wall", Role.PARTNER, scope, "")
        self._slow: _Slow | None = None
        self._state: WallState | None = None
        self._picture = b""
        self._running: asyncio.Task[None] | None = None

    def join(self, link: str) -> WallScreen:
        screen = WallScreen(link)
        self.screens.add(screen)
        if self._picture:
            screen.give(self._picture)
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run(), name="wall")
        return screen

    def leave(self, screen: WallScreen) -> None:
        self.screens.discard(screen)
        if not self.screens and self._running is not None:
            self._running.cancel()
            self._running, self._state, self._picture = None, None, b""

    async def _run(self) -> None:
        bell = self._lent.join(self._scope)
        try:
            while True:
                try:
                    self._state = await self._read()
                    self._show(msgspec.json.encode(self._state))
                except UNAVAILABLE as error:
                    _log.warning("a wall waits for the database", error=type(error).__name__)
                await asyncio.sleep(LULL_S)
                await bell.wait(EVERY_S)
                if bell.ended:  # it had fallen behind, or the process goes down: the screens come back by themselves
                    for screen in self.screens:
                        screen.end()
                    return
        finally:
            self._lent.leave(bell)

    def _show(self, picture: bytes) -> None:
        if picture != self._picture:
            self._picture = picture
            for screen in self.screens:
                screen.give(picture)

    async def state(self) -> WallState:
        """The newest that the screens have; read where there is no screen yet."""
        return self._state or await self._read()

    async def _read(self) -> WallState:
        self.readings += 1
        async with self._db.bound(self._principal) as conn:
            grades, spots = await glance.grades(conn, self._scope), await glance.spots(conn, self._scope)
            newest, gravest = await glance.newest(conn, self._scope), await glance.gravest(conn, self._scope)
        slow = await self._aside()
        return WallState(
            grades=grades, spots=spots, newest=newest, gravest=gravest, paths=slow.paths, districts=slow.districts,
            desks=slow.desks,
        )  # fmt: skip

    async def _aside(self) -> _Slow:
        now = self._clock.now()
        if self._slow is not None and now.timestamp() - self._slow.at < SLOW.total_seconds():
            return self._slow
        async with self._db.bound(self._principal) as conn:
            rows = await glance.served(conn, self._scope, now - DAY, now, MOST_SERVED)
            districts = await self._lent.districts(conn, self._scope)
            told = await self._lent.notified(conn, rows)
        async with self._db.owner() as conn:
            limits = await self._lent.limits(conn)
            desks = [each for each in await manning.desks(conn, now - rules.MANNED_WITHIN) if _of(each, self._scope)]
            codes = [code for each in desks for code in scopes.parse(each.scope).terms.get("area", ())]
            names = await store.area_names(conn, codes)
        paths = [self._lent.screen(), *_paths(rows, told, limits)]
        self._slow = _Slow(now.timestamp(), paths, districts, _desks(desks, names))
        return self._slow


class Walls:
    """One a web process: a board a scope, and every open screen by its link."""

    def __init__(self, db: Database, clock: Clock, lent: Lent) -> None:
        self.lent = lent
        self._db, self._clock = db, clock
        self._boards: dict[str, Board] = {}

    def board(self, scope: Scope) -> Board:
        """Boards without a screen are forgotten: links come and go for years."""
        words = scopes.show(scope)
        for other in [w for w, board in self._boards.items() if w != words and not board.screens]:
            del self._boards[other]
        if words not in self._boards:
            self._boards[words] = Board(scope, self._db, self._clock, self.lent)
        return self._boards[words]

    def end(self, link: str) -> None:
        """At once: its screens are sent away."""
        for screen in [s for board in self._boards.values() for s in board.screens if s.link == link]:
            screen.end()

    def close(self) -> None:
        for screen in [s for board in self._boards.values() for s in board.screens]:
            screen.end()


def _of(desk: Manned, scope: Scope) -> bool:
    """Desks of the city, of its counties and of sub-platforms, within the scope."""
    held = scopes.parse(desk.scope)
    return within(held, scope) and (rules.shows(held) or desk.hosted != "")


def _desks(found: Sequence[Manned], names: dict[str, str]) -> list[WallDesk]:
    rows: list[WallDesk] = []
    for each in found:
        codes = scopes.parse(each.scope).terms.get("area", ())
        name = each.hosted or "、".join(names.get(code, code) for code in codes)
        rows.append(WallDesk(area=",".join(codes), name=name, people=each.people))
    return rows


def _paths(rows: Sequence[Served], told: dict[str, float], limits: dict[str, int]) -> list[WallPath]:
    took: dict[str, list[float]] = {
        "accepted": [(r.claimed_at - r.received_at).total_seconds() for r in rows if r.claimed_at is not None],
        "verified": [(r.verified_at - r.received_at).total_seconds() for r in rows if r.verified_at is not None],
        "notified": list(told.values()),
    }
    return [
        WallPath(code=code, limit_s=limits[code], p95_s=rules.p95(took[code]), n=len(took[code]))
        for code in ("accepted", "verified", "notified")
    ]
