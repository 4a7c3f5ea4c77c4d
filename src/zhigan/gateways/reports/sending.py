"""A kept call on its way to the engine: like any signal, by the one durable way, as often as it takes.

Enters: reports of calls that are kept and not sent. Leaves: words for the process that judges, which are on disk when
`carry` returns; a report says `sent_at` from then on. Sent twice (a process died between) it is one signal: it bears
the time of its keeping, by which the repeat is known for days. Absent: grades, incidents.
"""

from collections.abc import Sequence
from typing import Final, Protocol

import msgspec
import structlog
from asyncpg import Record

from zhigan.gateways.reports import rules, store
from zhigan.gateways.reports.model import NewInbound
from zhigan.gateways.reports.rules import GATEWAY
from zhigan.gateways.reports.store import SQL
from zhigan.protocols.carriers.relayed import Word
from zhigan.registry import registration
from zhigan.registry.model import Sighting
from zhigan.registry.shapes import NewDevice
from zhigan.registry.store import stand
from zhigan.runtime.clock import Clock
from zhigan.vocabulary.devices import PERSON
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import Owned, Scope
from zhigan.webapi.database import Database
from zhigan.webapi.principal import Principal
from zhigan.webapi.problems import Problem

AT_ONCE: Final = 200
NAME: Final = "人员报警"
_log = structlog.get_logger("gateways.reports")
_PLATFORM: Final = Principal("", "platform", Role.OPERATOR, Scope(), "")


class NotCarried(Exception):
    """Nobody can take it now, or storage refused it: nothing was kept there, it is sent again."""


class Carry(Protocol):
    """To the process that judges; returns when all of it is on disk, else raises `NotCarried`."""

    async def __call__(self, words: Sequence[Word]) -> None: ...


class Sending:
    def __init__(self, db: Database, clock: Clock, carry: Carry) -> None:
        self._db, self._clock, self._carry = db, clock, carry

    async def one(self, report: str) -> bool:
        async with self._db.owner() as conn:
            row = await conn.fetchrow(SQL.unsent_one, report)
        return row is None or await self._send(row)

    async def waiting(self) -> int:
        """Those that could not be sent before, oldest first; how many are still not."""
        async with self._db.owner() as conn:
            rows = await conn.fetch(SQL.unsent, AT_ONCE)
        left = 0
        for row in rows:
            left += not await self._send(row)
        return left

    async def _send(self, row: Record) -> bool:
        new = msgspec.json.decode(row["content"], type=NewInbound)
        await (self._voice(row) if row["unit_id"] is not None else self._stands(row))
        try:
            await self._carry([rules.call(row["gateway_address"], new, row["partner"], row["changed_at"])])
        except NotCarried as error:
            _log.warning("a call waits for the process that judges", report=row["id"], error=str(error))
            return False
        now = self._clock.now()
        async with self._db.owner() as conn:
            if await conn.fetchval(SQL.sent, row["id"], now, row["gateway_address"]) is not None:
                await store.say(conn, self._clock, row["id"], "", "sent")
        return True

    async def _voice(self, row: Record) -> None:
        """The place's voice in the registry, by which the engine knows where it is. A call is sent without it too."""
        head, _, floor = str(row["gateway_address"]).partition(":")
        device = NewDevice(
            name=" ".join(part for part in (NAME, row["building"], row["floor"]) if part), type=PERSON,
            gateway=GATEWAY, address=row["gateway_address"], unit_id=row["unit_id"],
            building_id=head if head != row["unit_id"] else None, floor=floor or None,
        )  # fmt: skip
        try:
            await registration.register(self._db, _PLATFORM, device, self._clock.now())
        except Problem as problem:
            if problem.status != 409:
                _log.warning("a call's place is not registered", report=row["id"], error=problem.detail)

    async def _stands(self, row: Record) -> None:
        """Of no unit, but somebody's ground: so the desk of the area hears it, and not the city's alone."""
        sighting = Sighting(GATEWAY, row["gateway_address"], PERSON, row["place"], to_micros(row["changed_at"]))
        owned = Owned(area=row["area"], community=row["community"], grid=row["grid"])
        async with self._db.owner() as conn:
            await stand(conn, sighting, owned, (row["lon"], row["lat"]))

    async def calm(self) -> None:
        """Calls that are over no longer stand as alarms of their place, so that the next one is a new one."""
        async with self._db.owner() as conn:
            rows = await conn.fetch(SQL.over, AT_ONCE)
        now = self._clock.now()
        words = [rules.calm(r["gateway_address"], now) for r in rows if not r["called"]]
        if words:
            try:
                await self._carry(words)
            except NotCarried:
                return
        if rows:
            async with self._db.owner() as conn:
                await conn.execute(SQL.calmed, [r["id"] for r in rows])
