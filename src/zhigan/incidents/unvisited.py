"""Alarms of a month that were closed as unknown though nobody had gone there (X2), by district and operator: they count
against the operator (policy.md); where a place has none, its district's own desk answers.

Enters: the owner's connection, a month, the share that the policy allows. Leaves: one row (III) a month, district and
operator where it was more, given to the duty leads, with the drafts that the caller appends as its last act. Absent:
any undoing: a month is over once, and a person closes its row with what came of it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from asyncpg import Record

from zhigan.incidents.assigning import entrust
from zhigan.incidents.model import Opened, Place, Reason, Why
from zhigan.incidents.owning import LEADS
from zhigan.incidents.store import SQL, apply, standing
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.ids import born
from zhigan.vocabulary.moments import SHANGHAI, to_micros
from zhigan.vocabulary.scopes import Owned

FLAG: Final = "service"


async def told(conn: Connection, since: datetime, until: datetime, allowed: float, now: int) -> list[Draft]:
    """Of a month once, however often it is asked: month, district and operator make the row's id."""
    wanted = [_row(r, since, until, allowed, now) for r in await conn.fetch(SQL.unvisited, since, until, allowed)]
    there = {row.id for row in await standing(conn, [row.incident for row in wanted])}
    fresh: Sequence[Opened] = [row for row in wanted if row.incident not in there]
    drafts = await apply(conn, fresh, now)
    for row in fresh:
        drafts.append(await entrust(conn, row.incident, LEADS, now))
    return drafts


def _row(r: Record, since: datetime, until: datetime, allowed: float, now: int) -> Opened:
    month = f"{since.astimezone(SHANGHAI):%Y-%m}"
    whose = f"{r['area']}:{r['org']}" if r["org"] else r["area"]
    slot = f"unvisited:{whose}:{month}"
    facts: dict[str, str | int | float] = {
        "month": month, "closed": r["closed"], "times": r["unvisited"], "limit": round(allowed * 100, 1),
        "share": round(100 * r["unvisited"] / r["closed"], 1),
    }  # fmt: skip
    return Opened(
        incident=born(to_micros(until), slot), slot=slot, case_key=slot, locus=slot, grade=Grade.III, kind=Kind.DUTY,
        place=Place(text=r["name"], owned=Owned(area=r["area"], org=r["org"])),
        reasons=(Reason(Why.UNVISITED, facts),), at=now, received_at=now, alarms=(), flags=(FLAG,),
    )  # fmt: skip
