"""Devices that reach us twice, over HTTP: which of a platform's devices are ours as well, and a person's word on it.

Enters: a platform below, filters; two devices and whether they are one. Leaves: pairs, what waits for a word first;
the word kept, audited, and its effect on incidents at once. Absent: how pairs are found (twins.py).
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from asyncpg import Record
from litestar import Controller, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from zhigan.bus import log
from zhigan.federation import reach, twins
from zhigan.federation.model import Paired
from zhigan.federation.store import SQL
from zhigan.runtime.pg import Connection
from zhigan.vocabulary import scopes
from zhigan.vocabulary.roles import REGISTRY_ROLES
from zhigan.vocabulary.scopes import DIMENSIONS, Owned
from zhigan.webapi import pages, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page

SAYERS = REGISTRY_ROLES
FIRST = "00000000-0000-0000-0000-000000000000"
Pairing = Literal["one", "perhaps", "apart"]


class TwinDevice(msgspec.Struct, frozen=True):
    id: str
    name: str
    address: str
    maker: str
    unit: str | None


class TwinView(msgspec.Struct, frozen=True, kw_only=True):
    """`there`: as the platform below has it, `here`: as it stands on our books. `why`: what speaks for it (serial,
    imei), what makes it uncertain (maker, unit, type, short, several), or person."""

    there: TwinDevice
    here: TwinDevice
    serial: str
    state: Pairing
    why: str
    said_by: str
    at: datetime


class TwinWord(msgspec.Struct, frozen=True, kw_only=True):
    there: Annotated[str, msgspec.Meta(max_length=60)]
    here: Annotated[str, msgspec.Meta(max_length=60)]
    same: bool


class Twins(Controller):
    path = "/federation/platforms/{platform_id:str}/twins"
    tags = ("federation",)

    @get(operation_id="listFederationTwins")
    async def listed(
        self,
        principal: Caller,
        db: Db,
        platform_id: FromPath[str],
        pairing: FromQuery[Pairing | None] = None,
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[TwinView]:
        """Its devices that are ours as well, or may be."""
        size, key = pages.limit(limit), pages.decode(cursor, 2)
        after = [FIRST, FIRST] if key is None else [str(part) for part in key]
        if not all(pages.is_id(part) for part in after):
            raise problems.invalid("cursor", "the value of `next` in an earlier answer")
        async with db.owner() as conn:
            row = await reach.in_reach(conn, principal, platform_id)
            reach.reads(principal)
            rows = await conn.fetch(SQL.twins, row["id"], pairing or "", *after, size + 1)
        return pages.page(rows, size, _view, lambda r: [r["there"], r["here"]])

    @post(status_code=204, operation_id="sayFederationTwin")
    async def say(
        self, principal: Caller, db: Db, clock: Time, platform_id: FromPath[str], data: JSONBody[TwinWord]
    ) -> None:
        """One device, or two: what a person says stands. Incidents of one device become one at once; what has become
        one stays it."""
        async with db.owner() as conn:
            row = await reach.in_reach(conn, principal, platform_id)
            if principal.role not in SAYERS:
                raise problems.forbidden()
            await _both(conn, row, data)
            pair = Paired(data.there, data.here, "one" if data.same else "apart", "person")
            drafts = await twins.say(conn, clock, row["id"], pair, principal.name)
            await audit(conn, principal, clock.now(), "federation.twin", row["id"], msgspec.to_builtins(data))
            if drafts:
                await log.append(conn, drafts, clock.micros())


async def _both(conn: Connection, row: Record, data: TwinWord) -> None:
    """A copy of this platform, and a device of our own within the platform's scope."""
    if not (pages.is_id(data.there) and pages.is_id(data.here)):
        raise problems.not_found()
    ours = await conn.fetchrow(SQL.ours, data.here)
    if await conn.fetchval(SQL.copy_of_lower, row["id"], data.there) is None or ours is None:
        raise problems.not_found()
    if not scopes.holds(scopes.parse(row["scope"]), Owned(**{name: ours[name] for name in DIMENSIONS})):
        raise problems.not_found()


def _view(row: Record) -> TwinView:
    there = TwinDevice(row["there"], row["there_name"], row["there_address"], row["there_maker"], row["there_unit"])
    gateway = f"{row['here_gateway']}:{row['here_address']}"
    here = TwinDevice(row["here"], row["here_name"], gateway, row["here_maker"], row["here_unit"])
    return TwinView(
        there=there, here=here, serial=row["serial"], state=row["state"], why=row["why"], said_by=row["said_by"],
        at=row["at"],
    )  # fmt: skip


handlers: list[type[Controller]] = [Twins]
