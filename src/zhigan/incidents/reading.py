"""Incidents read for people: lists, one incident with all that hangs on it, its timeline page by page.

Enters: a connection bound to the principal (row security is the net), filters and the cursor's key. Leaves: views.
The scope stands in the query as well, so that an index serves it. Absent: HTTP and writing.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain
from uuid import UUID

import msgspec
from asyncpg import Record

from zhigan.incidents import owning, responses, views
from zhigan.incidents.model import Outcome, State
from zhigan.incidents.owning import NO_TERMS, Terms
from zhigan.incidents.rows import Row, read
from zhigan.incidents.rules import Queue
from zhigan.incidents.store import SQL
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.moments import to_datetime
from zhigan.vocabulary.predicates import predicate
from zhigan.webapi.principal import Principal

LISTED = 20
"""Alarms and lines shown of each row of a list; the incident itself shows more, and counts say how many there are."""
SHOWN = 1000
LOOKED = 2000
"""So many of the newest (oldest) rows are read through for words before the index of words is asked."""
NEWEST, OLDEST, GRADE, DUE = "-received_at", "received_at", "grade", "due"
SORTS = (NEWEST, OLDEST, GRADE, DUE)
"""`grade`: the gravest first, the newest of a grade first."""
ORDERS = {
    NEWEST: "received_at desc, id desc",
    OLDEST: "received_at, id",
    GRADE: "grade, received_at desc, id desc",
    DUE: "{due}, id",
}
BEYOND = {
    NEWEST: "(received_at, id) < (${}::timestamptz, ${}::uuid)",
    OLDEST: "(received_at, id) > (${}::timestamptz, ${}::uuid)",
    GRADE: "grade >= ${2} and (grade > ${2} or (received_at, id) < (${0}::timestamptz, ${1}::uuid))",
    DUE: "({due}, id) > (${0}::timestamptz, ${1}::uuid)",
}
Place = tuple[datetime, str] | tuple[datetime, str, int]
"""Where a row stands in its list; with the grade where the list is in the order of grades."""
NOWHERE = "none"
ID_BEGINS = re.compile(r"(?=[0-9a-f-]{8,36}$)[0-9a-f]{8}(-[0-9a-f]{0,4}){0,3}(-[0-9a-f]{0,12})?|[0-9a-f]{8,32}")


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What a list is narrowed to. `after` is the sort key of the last row of the page before; an empty `building_id`
    asks for what is in no building. `mine`: an account that has taken it or answers for it; `within`: how long after it
    came a row of the queue is due."""

    states: Sequence[State] = ()
    grades: Sequence[Grade] = ()
    kinds: Sequence[Kind] = ()
    outcomes: Sequence[Outcome] = ()
    unit_id: str | None = None
    building_id: str | None = None
    area: str | None = None
    why: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    industry: str | None = None
    cause: str | None = None
    origin: str | None = None
    q: str = ""
    open: bool | None = None
    mine: str | None = None
    owner: str | None = None
    hazard: bool | None = None
    due_before: datetime | None = None
    within: timedelta | None = None
    sort: str = NEWEST
    after: Place | None = None


def place(row: Row, filters: Filters) -> Place:
    received, sort = to_datetime(row.received_at), filters.sort
    if sort == DUE:
        return received + (filters.within or timedelta()) if row.due_at is None else to_datetime(row.due_at), row.id
    return (received, row.id, int(row.grade)) if sort == GRADE else (received, row.id)


async def listed(conn: Connection, principal: Principal, queue: Queue, filters: Filters, limit: int) -> list[Row]:
    """One row more than `limit` where there is one: that is how a page knows of the next."""

    async def rows(statement: str, *own: object) -> list[Row]:
        conditions, parameters = _conditions(filters, [queue.value, limit + 1, *own])
        scope, values = predicate(principal.scope, len(parameters) + 1)
        whole = statement.replace("and true", " and ".join(["", *conditions, scope]))
        whole = whole.replace(ORDERS[NEWEST], ORDERS[filters.sort].replace("{due}", _due(filters)))
        return [read(r) for r in await conn.fetch(whole, *parameters, *values)]

    words = filters.q.lower().split()
    if not words:
        return await rows(SQL.page)
    if len(words) == 1 and (ends := _id_ends(words[0])) is not None and (named := await rows(SQL.page_of_ids, *ends)):
        return named
    patterns = ["%" + w.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%" for w in words]
    if filters.unit_id is not None or _only_open(filters):
        return await rows(SQL.page_of_few, patterns)
    newest = await rows(SQL.page_of_newest, patterns, LOOKED)
    return newest if len(newest) > limit else await rows(SQL.page_of_words, patterns, " ".join(words))


def _only_open(filters: Filters) -> bool:
    return filters.open is True or (bool(filters.states) and State.CLOSED not in filters.states)


def _due(filters: Filters) -> str:
    seconds = int((filters.within or timedelta()).total_seconds())
    return f"coalesce(due_at, received_at + interval '{seconds} seconds')"


def _id_ends(word: str) -> tuple[str, str] | None:
    """The first and the last id that begins so; null where no id does."""
    digits = word.replace("-", "")
    if not ID_BEGINS.fullmatch(word):
        return None
    return str(UUID(digits.ljust(32, "0"))), str(UUID(digits.ljust(32, "f")))


async def gathered(
    conn: Connection, rows: Sequence[Row], principal: Principal, *, brief: bool, terms: Terms = NO_TERMS
) -> list[views.IncidentView]:
    """The rows of a list, each with its newest alarms and lines, unless only the rows are wanted."""
    parts = {row.id: views.Parts([], [], []) for row in rows}
    if not brief:
        await _gather(conn, parts, LISTED, raw=False)
    firms = await firms_of(conn, rows)
    return [views.incident(row, parts[row.id], principal.role, owning.work(row, firms, terms)) for row in rows]


async def firms_of(conn: Connection, rows: Iterable[Row]) -> dict[str, str]:
    """Names of the firms that answer for these rows by default."""
    codes = {r.place.owned.firm for r in rows if r.queue is not Queue.DESK and not r.owner and r.place.owned.firm}
    return {r["code"]: r["name"] for r in await conn.fetch(SQL.firm_names, sorted(codes))} if codes else {}


async def one(conn: Connection, incident: str) -> Row | None:
    record = await conn.fetchrow(SQL.one, incident)
    return None if record is None else read(record)


async def several(conn: Connection, incidents: Sequence[str]) -> list[Row]:
    """Incidents by their ids, merged and closed ones too, in the order of ids."""
    return [read(r) for r in await conn.fetch(SQL.several, incidents)] if incidents else []


async def whole(conn: Connection, row: Row, principal: Principal, terms: Terms = NO_TERMS) -> views.IncidentView:
    parts = {row.id: views.Parts([], [], [])}
    await _gather(conn, parts, SHOWN, raw=True)
    parts[row.id].responses = await answers_of(conn, row, parts[row.id].merged)
    firms = await firms_of(conn, [row])
    return views.incident(row, parts[row.id], principal.role, owning.work(row, firms, terms))


async def answers_of(conn: Connection, row: Row, merged: Sequence[str] | None = None) -> list[views.ResponseView]:
    """What the site answered, to it and to what went into it."""
    if merged is None:
        merged = [str(r["id"]) for r in await conn.fetch(SQL.family, [row.id])]
    return [views.response(r) for r in await responses.listed(conn, [row.id, *merged])]


async def frames(conn: Connection, row: Row) -> list[views.FrameView]:
    """The raw frames of the alarms, oldest first."""
    family = [row.id, *(str(r["id"]) for r in await conn.fetch(SQL.family, [row.id]))]
    records = [r for r in await conn.fetch(SQL.alarms_of, family, SHOWN, True) if r["raw"]]
    profiles = await _profiles(conn, records)
    return [views.frame(r, profiles.get(r["device_id"], "")) for r in records]


async def timeline(conn: Connection, row: Row, after: tuple[datetime, str, int], limit: int) -> list[views.LineView]:
    """Lines of the incident and of what went into it, in the order of time."""
    family = [row.id, *(str(r["id"]) for r in await conn.fetch(SQL.family, [row.id]))]
    return [views.line(r) for r in await conn.fetch(SQL.lines_after, family, *after, limit + 1)]


async def alarms_of(conn: Connection, row: Row, most: int) -> list[views.AlarmView]:
    """The newest alarms of the incident and of what went into it, oldest first, without their frames."""
    family = [row.id, *(str(r["id"]) for r in await conn.fetch(SQL.family, [row.id]))]
    return [views.alarm(r) for r in await conn.fetch(SQL.alarms_of, family, most, False)]


async def _gather(conn: Connection, parts: dict[str, views.Parts], most: int, *, raw: bool) -> None:
    heads = {incident: incident for incident in parts}
    for record in await conn.fetch(SQL.family, list(parts)):
        heads[str(record["id"])] = str(record["merged_into"])
        parts[str(record["merged_into"])].merged.append(str(record["id"]))
    alarms = await conn.fetch(SQL.alarms_of, list(heads), most, raw)
    profiles = await _profiles(conn, alarms) if raw else {}
    for record in alarms:
        shown = views.alarm(record, profiles.get(record["device_id"], ""))
        parts[heads[str(record["incident"])]].alarms.append(shown)
    for record in await conn.fetch(SQL.lines_of, list(heads), most):
        parts[heads[str(record["incident"])]].timeline.append(views.line(record))


async def _profiles(conn: Connection, alarms: Iterable[Record]) -> dict[object, str]:
    devices = {r["device_id"] for r in alarms if r["device_id"] is not None}
    return {r["id"]: r["profile"] for r in await conn.fetch(SQL.profiles, list(devices))} if devices else {}


def _of_work(filters: Filters) -> Iterator[tuple[str, object]]:
    """Who answers for it, and by when."""
    if filters.mine is not None:
        yield "${} in (claimed_by, substr(owner, 9))", filters.mine
    if filters.owner is not None:
        yield f"{owning.OWNER_SQL} = ${{}}", filters.owner
    if filters.hazard is not None:
        yield "('hazard' = any (flags)) = ${}", filters.hazard
    if filters.due_before is not None:
        yield f"{_due(filters)} < ${{}} and state in ('open', 'verifying')", filters.due_before


def _plainly(filters: Filters) -> Iterator[tuple[str, object]]:
    for name, condition in PLAIN.items():
        if (value := getattr(filters, name)) is not None:
            own = name == "origin" and value == NOWHERE
            yield OWN if own else condition, value or None if name == "building_id" else value


def _conditions(filters: Filters, parameters: list[object]) -> tuple[list[str], list[object]]:
    """Only what was asked stands in the query: the planner then finds the index made for it."""
    conditions: list[str] = []

    def asked(condition: str, *values: object) -> None:
        numbers = [len(parameters) + n for n in range(1, len(values) + 1)]
        parameters.extend(values)
        conditions.append(condition.format(*numbers))

    if filters.states:
        asked("state = any (${}::text[])", [s.value for s in filters.states])
    if filters.open is not None or _only_open(filters):
        asked("state = 'closed'" if filters.open is False else "state <> 'closed'")
    if filters.grades:
        asked("grade = any (${}::smallint[])", [int(g) for g in filters.grades])
    if filters.kinds:
        asked("kind = any (${}::text[])", [k.value for k in filters.kinds])
    if filters.outcomes:
        asked("outcome = any (${}::text[])", [o.value for o in filters.outcomes])
    for condition, value in chain(_plainly(filters), _of_work(filters)):
        asked(condition, value)
    if filters.after is not None:
        asked(BEYOND[filters.sort].replace("{due}", _due(filters)), *filters.after)
    return conditions, parameters


PLAIN = {
    "unit_id": "unit_id = ${}::uuid",
    "building_id": "building_id is not distinct from ${}::uuid",
    "area": "left(area, 6) = ${}",
    "why": "coalesce(reasons -> 0 ->> 'why', '') = ${}",
    "since": "received_at >= ${}::timestamptz",
    "until": "received_at < ${}::timestamptz",
    "industry": "industry = ${}",
    "cause": "cause = ${}",
    "origin": "came_from <> '{{}}' and ${} = any (came_from)",
}
OWN = "came_from = '{{}}' and ${}::text is not null"
