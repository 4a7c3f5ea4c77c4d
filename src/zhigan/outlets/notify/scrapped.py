"""Devices that were taken out of service for good: whoever looks after the place is told (GB/T 45839, 5.10.4).

Enters: events of the log. Leaves: a row of work for each such device, or one for many of a unit at once; telling it is
then the escalation table's business. Absent: devices that another one has replaced: there is nothing left to do.
"""

from collections.abc import Sequence
from datetime import datetime

from asyncpg import Record

from zhigan.bus.log import Event
from zhigan.incidents import store as incidents
from zhigan.incidents.model import Change, Opened, Place, Reason, Why
from zhigan.outlets.notify.store import SQL
from zhigan.registry.rules import place_text
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import EventType
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.ids import born
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.scopes import DIMENSIONS, Owned

FLAG = "scrapped"
RETIRED = "retired"
EACH = 5
"""So many of a unit within a page of the log have a row each; more of them share one."""
MOST_NAMED = 3


async def work(conn: Connection, events: Sequence[Event], now: datetime) -> list[Change]:
    gone = [e.subject for e in events if e.type is EventType.DEVICE_CHANGED and e.body.get("state") == RETIRED]
    rows = await conn.fetch(SQL.scrapped, sorted(set(gone))) if gone else []
    by_unit: dict[str, list[Record]] = {}
    for row in rows:
        by_unit.setdefault(row["unit_id"], []).append(row)
    found: list[Opened] = []
    for unit, listed in by_unit.items():
        groups = [[each] for each in listed] if len(listed) <= EACH else [listed]
        found += [_opened(f"scrapped:{unit if len(g) > 1 else g[0]['id']}", g, now) for g in groups]
    standing = {row.case_key for row in await incidents.open_of_case(conn, [each.slot for each in found])}
    return [each for each in found if each.slot not in standing]


def _opened(slot: str, rows: Sequence[Record], now: datetime) -> Opened:
    micros, first = to_micros(now), rows[0]
    reason = Reason(Why.SCRAPPED, {"device": _names(rows)})
    return Opened(
        incident=born(micros, slot), slot=slot, case_key=slot, locus=slot, grade=Grade.IV, kind=Kind.FAULT,
        place=_place(first, several=len(rows) > 1), reasons=(reason,), at=micros, received_at=micros, alarms=(),
        flags=(FLAG,),
    )  # fmt: skip


def _names(rows: Sequence[Record]) -> str:
    named = "、".join(row["name"] or row["address"] for row in rows[:MOST_NAMED])
    return named if len(rows) <= MOST_NAMED else f"{named}等 {len(rows)} 台"


def _place(r: Record, *, several: bool) -> Place:
    text = "" if several else place_text(r["place"], r["building_name"], r["floor"], r["compartment"], r["flat"])
    return Place(
        unit_id=r["unit_id"], unit_code=r["unit_code"], unit_name=r["unit_name"], text=text, lon=r["lon"], lat=r["lat"],
        owned=Owned(**{name: r[name] for name in DIMENSIONS}),
    )  # fmt: skip
