"""What was agreed about automatic cut-off in PostgreSQL, and each time that it would have cut, or has.

Enters: a bound connection for reading, the owner's for writing and for judging. Leaves: agreements with their grounds,
trips, rows. Absent: when it cuts (automatic_rules), the round that asks (following) and who may agree (automatic_api).
"""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import msgspec

from zhigan.commands import store as commands
from zhigan.commands.interlock import Interlock
from zhigan.desks.electrical.automatic_rules import Agreement, Ground, Limit, Trip
from zhigan.desks.electrical.model import TripView
from zhigan.incidents import states as incidents
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.metrics import BY_NUMBER
from zhigan.vocabulary.moments import SECOND, to_datetime, to_micros

SQL = sql.load("zhigan.desks.electrical")


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement beside the circuit that it is about."""

    agreement: Agreement
    unit_id: str
    building_id: str | None
    rating_a: float | None
    breaker_id: str | None
    named_until: int | None


async def standing(conn: Connection, now: int, circuit: str | None = None) -> list[Standing]:
    """Of one circuit (at most one), or of all."""
    return [_standing(r) for r in await conn.fetch(SQL.standing, to_datetime(now), circuit)]


def _standing(r: asyncpg.Record) -> Standing:
    agreement = Agreement(
        id=r["id"], circuit=r["circuit"], limits=tuple(map(Limit, r["metrics"], r["limits"])),
        hold=r["hold_s"] * SECOND, begun_at=to_micros(r["begun_at"]), begun_by=r["begun_by"],
        asked_at=_micros(r["asked_at"]), asked_by=r["asked_by"], asker=r["asker"], why=r["why"],
        until=_micros(r["until"]), approved_at=_micros(r["approved_at"]), approved_by=r["approved_by"],
        approver=r["approver"], ended_at=_micros(r["ended_at"]), tripped_at=_micros(r["tripped_at"]),
    )  # fmt: skip
    return Standing(
        agreement=agreement, unit_id=r["unit_id"], building_id=r["building_id"], rating_a=r["rating_a"],
        breaker_id=r["breaker_id"], named_until=_micros(r["named_until"]),
    )  # fmt: skip


def _micros(at: datetime | None) -> int | None:
    return None if at is None else to_micros(at)


async def ground(conn: Connection, interlock: Interlock, each: Standing) -> Ground:
    """On the owner's connection: what an automatic cut is judged by, besides its readings."""
    target = None if each.breaker_id is None else await commands.target(conn, each.breaker_id)
    burning = await incidents.burning(conn, each.unit_id, each.building_id)
    return Ground(None if target is None else await interlock.ground(conn, target), each.named_until, burning)


async def locked(conn: Connection, id_: str) -> bool:
    """The agreement's row until the transaction ends; False: it has ended meanwhile."""
    return bool(await conn.fetchval(SQL.lock_automatic, id_))


async def rehearse(
    conn: Connection, id_: str, circuit: str, limits: Sequence[Limit], hold_s: int, who: str, now: datetime
) -> None:
    """What stood before must have been ended."""
    metrics, at = [limit.metric for limit in limits], [limit.at for limit in limits]
    await conn.execute(SQL.rehearse, id_, circuit, metrics, at, hold_s, now, who)


async def ask(conn: Connection, id_: str, who: tuple[str, str], why: str, until: datetime, now: datetime) -> None:
    """`who`: name and account."""
    await conn.execute(SQL.ask_live, id_, now, *who, why, until)


async def approve(conn: Connection, id_: str, who: tuple[str, str], now: datetime) -> None:
    await conn.execute(SQL.approve_live, id_, now, *who)


async def end(conn: Connection, id_: str, who: str, why: str, now: datetime) -> bool:
    return await conn.fetchval(SQL.end_automatic, id_, now, who, why) is not None


async def tripped(conn: Connection, id_: str, agreement: str, trip: Trip, command: str | None, now: int) -> None:
    held = trip.held
    await conn.execute(
        SQL.add_trip, id_, agreement, to_datetime(now), held.seconds, trip.metric, trip.phase, held.value,
        held.most, trip.limit, held.readings, trip.live, trip.against, command,
    )  # fmt: skip


async def circuit_of(conn: Connection, command: str) -> tuple[str, str] | None:
    """Circuit and agreement behind an automatic order."""
    row = await conn.fetchrow(SQL.circuit_of_trip, command)
    return None if row is None else (row["circuit"], row["automatic"])


async def trips(conn: Connection, circuit: str, limit: int) -> list[TripView]:
    """Newest first, of earlier agreements as well; on a bound connection."""
    return [
        TripView(
            at=r["at"], held_s=r["held_s"], metric=BY_NUMBER[r["metric"]].name, phase=r["phase"],
            unit=BY_NUMBER[r["metric"]].unit, value=r["value"], most=r["most"], limit=r["limit_at"],
            readings=r["readings"], live=r["live"], against=r["against"], command=r["command"],
        )
        for r in await conn.fetch(SQL.trips, circuit, limit)
    ]  # fmt: skip
