"""Statistics of what happened: by kind, area, type of device, grade or unit; how long it took (GB/T 45839, 5.10.2).

Enters: a connection bound to the principal, a period. Leaves: a row a value of what was asked by: how many, what they
turned out to be, and medians: until somebody took it, until it was known what it is, until it was closed, until the
device was well again. Absent: targets and judgement of people (the centre's reports).
"""

from datetime import datetime
from typing import Final, Literal

import msgspec

from zhigan.incidents.store import SQL
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.predicates import predicate
from zhigan.vocabulary.scopes import Scope

By = Literal["kind", "area", "type", "grade", "unit", "cause"]
_BY: Final[dict[By, str]] = {
    "kind": "i.kind", "area": "i.area", "type": "coalesce(first.type, '')", "unit": "i.unit",
    "cause": "coalesce(i.cause, '')", "grade": "('{I,II,III,IV}'::text[])[i.grade]",
}  # fmt: skip
BYS: Final[tuple[By, ...]] = tuple(_BY)


class Statistic(msgspec.Struct, frozen=True, kw_only=True):
    """`code` is the kind, area, type, grade or unit; `name` an area's or a unit's. Times in
    seconds, null where none of them came so far.

    `verify_s`: until it was confirmed, or closed. `late_s`: nine of ten were closed within it.
    """

    code: str
    name: str
    total: int
    open: int
    fires: int
    false_alarms: int
    others: int
    accept_s: int | None
    verify_s: int | None
    handle_s: int | None
    late_s: int | None
    restore_s: int | None


async def read(
    conn: Connection, scope: Scope, by: By, since: datetime, until: datetime, queue: str | None
) -> list[Statistic]:
    """The most frequent first. What was merged counts with the one that it became."""
    where, parameters = predicate(scope, 4, "i")
    text = SQL.statistics.replace("{by}", _BY[by]).replace("{where}", where)
    rows = await conn.fetch(text, since, until, queue, *parameters)
    return [msgspec.convert(dict(row), Statistic) for row in rows]
