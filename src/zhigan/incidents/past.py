"""What detectors did before: how often they spoke, and how often it was nothing. A place outlives its devices: what its
former ones did counts on after a replacement, and what this very one did is told besides.

Enters: the owner's connection, an incident or a device that the principal may see, the principal's scope, `now`.
Leaves: one view a device; what lies outside the scope is not counted. Absent: any judgement. A poor record lowers no
grade (policy.md, Principles), it is only told.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec
from asyncpg import Record

from zhigan.incidents.model import Outcome, State
from zhigan.incidents.rows import Row
from zhigan.incidents.store import SQL
from zhigan.incidents.views import NAMES, GradeName
from zhigan.registry.rules import floor_name
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.predicates import predicate
from zhigan.vocabulary.scopes import Scope

MONTH = timedelta(days=30)
YEAR = timedelta(days=365)


class Tally(msgspec.Struct, frozen=True):
    incidents: int
    false_alarms: int


class PastIncident(msgspec.Struct, frozen=True, kw_only=True):
    """`own`: this very device spoke, not one that stood in its place before."""

    id: str
    received_at: datetime
    grade: GradeName
    kind: Kind
    state: State
    outcome: Outcome | None
    cause: str | None
    own: bool


class DevicePast(msgspec.Struct, frozen=True, kw_only=True):
    """`month` and `year`: the last 30 and 365 days at that place, whichever device stood there, the incident asked for
    left out; `own`: of the year, those of this very device. `before`: how many devices stood there before it."""

    id: str
    name: str
    address: str
    type: str
    place: str
    floor: str
    last_test_seen: datetime | None
    life_until: date | None
    month: Tally
    year: Tally
    own: Tally
    before: int
    latest: list[PastIncident]


async def devices(conn: Connection, row: Row, scope: Scope, now: datetime) -> list[DevicePast]:
    """Of the devices that raised the incident's alarms."""
    family = [row.id, *(str(r["id"]) for r in await conn.fetch(SQL.family, [row.id]))]
    called = {r["id"]: r for r in await conn.fetch(SQL.spoke_in, family)}
    found = await _past(conn, list(called), family, scope, now)
    shown = [_named(past, called[past.id]) for past in found]
    return sorted(shown, key=lambda past: (past.name, past.id))


async def device(conn: Connection, id_: str, scope: Scope, now: datetime) -> DevicePast:
    """Of one device, and of the place where it stands."""
    (past,) = await _past(conn, [id_], [], scope, now)
    return past


async def _past(
    conn: Connection, ids: Sequence[str], family: Sequence[str], scope: Scope, now: datetime
) -> list[DevicePast]:
    text, values = _scoped(SQL.past_of, scope, 5)
    found = await conn.fetch(text, ids, now - MONTH, now - YEAR, family, *values)
    latest: dict[str, list[PastIncident]] = {id_: [] for id_ in ids}
    text, values = _scoped(SQL.latest_of, scope, 3)
    for record in await conn.fetch(text, family, ids, *values):
        latest[record["device"]].append(_incident(record))
    return [_device(record, latest[record["id"]]) for record in found]


def _named(past: DevicePast, called: Record) -> DevicePast:
    """What the registry does not show (any more) is called as its alarm called it."""
    name, address = past.name or called["name"], past.address or called["address"]
    return msgspec.structs.replace(past, name=name, address=address)


def _scoped(statement: str, scope: Scope, first: int) -> tuple[str, list[object]]:
    values: list[object] = []
    for alias in ("i", "d"):
        condition, values = predicate(scope, first, alias)
        statement = statement.replace(f"true /* {alias} */", condition)
    return statement, values


def _device(record: Record, latest: list[PastIncident]) -> DevicePast:
    return DevicePast(
        id=record["id"],
        name=record["name"] or "",
        address=record["address"] or "",
        type=record["type"] or "",
        place=record["place"] or "",
        floor=floor_name(record["floor"] or ""),
        last_test_seen=record["last_test_seen"],
        life_until=record["life_until"],
        month=Tally(record["month"], record["month_false"]),
        year=Tally(record["year"], record["year_false"]),
        own=Tally(record["own"], record["own_false"]),
        before=max(0, record["stood"] - 1),
        latest=latest,
    )


def _incident(record: Record) -> PastIncident:
    return PastIncident(
        id=str(record["id"]),
        received_at=record["received_at"],
        grade=NAMES[Grade(record["grade"])],
        kind=Kind(record["kind"]),
        state=State(record["state"]),
        outcome=Outcome(record["outcome"]) if record["outcome"] else None,
        cause=record["cause"],
        own=record["own"],
    )
