"""What the detectors of an incident did before: how often they spoke, and how often it was nothing.

Enters: the owner's connection, an incident that the principal may see, the principal's scope, `now`. Leaves: one view a
device; what lies outside the scope is not counted. Absent: any judgement. A poor record lowers no grade (policy.md,
Principles), it is only told.
"""

from datetime import date, datetime, timedelta

import msgspec
from asyncpg import Record

from zhigan.incidents.model import Outcome, State
from zhigan.incidents.rows import Row
from zhigan.incidents.store import SQL
from zhigan.incidents.views import NAMES, GradeName
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
    id: str
    received_at: datetime
    grade: GradeName
    kind: Kind
    state: State
    outcome: Outcome | None
    cause: str | None


class DevicePast(msgspec.Struct, frozen=True, kw_only=True):
    """`month` and `year`: the last 30 and 365 days, this incident left out."""

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
    latest: list[PastIncident]


async def devices(conn: Connection, row: Row, scope: Scope, now: datetime) -> list[DevicePast]:
    family = [row.id, *(str(r["id"]) for r in await conn.fetch(SQL.family, [row.id]))]
    past, values = _scoped(SQL.past_of, scope, 4)
    found = await conn.fetch(past, family, now - MONTH, now - YEAR, *values)
    latest: dict[object, list[PastIncident]] = {record["id"]: [] for record in found}
    newest, values = _scoped(SQL.latest_of, scope, 3)
    for record in await conn.fetch(newest, family, list(latest), *values):
        latest[record["device"]].append(_incident(record))
    return [_device(record, latest[record["id"]]) for record in found]


def _scoped(statement: str, scope: Scope, first: int) -> tuple[str, list[object]]:
    values: list[object] = []
    for alias in ("i", "d"):
        condition, values = predicate(scope, first, alias)
        statement = statement.replace(f"true /* {alias} */", condition)
    return statement, values


def _device(record: Record, latest: list[PastIncident]) -> DevicePast:
    return DevicePast(
        id=str(record["id"]),
        name=record["name"],
        address=record["address"],
        type=record["type"],
        place=record["place"],
        floor=record["floor"],
        last_test_seen=record["last_test_seen"],
        life_until=record["life_until"],
        month=Tally(record["month"], record["month_false"]),
        year=Tally(record["year"], record["year_false"]),
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
    )
