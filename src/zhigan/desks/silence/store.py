"""What is kept silent, read on a connection bound to the principal; the scope stands in the query besides.

Enters: a bound connection, the scope, filters. Leaves: silences page by page; counts; units for the map. Absent:
ending them (api.py, through the registry).
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
from asyncpg import Record

from zhigan.desks.silence import rules
from zhigan.desks.silence.model import ENDABLE, KINDS, SilenceSummary, SilenceView, SilentPlace
from zhigan.registry import rules as registry_rules
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.predicates import predicate
from zhigan.vocabulary.scopes import Scope
from zhigan.webapi import pages, problems
from zhigan.webapi.pages import Part

SQL = sql.load("zhigan.desks.silence")
MOST = 5000
"""Of each kind that are read for counts."""
SHIELD = int(Condition.SHIELD)


WARNED, OLDEST, NEWEST = "warning", "since", "-since"
SORTS = (WARNED, OLDEST, NEWEST)
UNKNOWN = {
    WARNED: datetime(9999, 1, 1, tzinfo=UTC),
    OLDEST: datetime(9999, 1, 1, tzinfo=UTC),
    NEWEST: datetime(1970, 1, 1, tzinfo=UTC),
}
"""Where nobody knows since when: last, either way."""
Place = tuple[bool, datetime, str, str]
TYPES = ("::boolean", "::timestamptz", "::text", "::text")


class After(msgspec.Struct, frozen=True):
    """`at`: when the first page was asked for. Warnings are those of that moment on all its pages: what becomes one
    meanwhile does not slip past the reader."""

    at: datetime
    place: Place


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    kind: str | None = None
    unit_id: str | None = None
    device_id: str | None = None
    q: str = ""
    sort: str = WARNED
    after: After | None = None


async def listed(conn: Connection, scope: Scope, asked: Asked, now: datetime, limit: int) -> list[SilenceView]:
    """Of each statement the first so many, of these the first so many."""
    at = now if asked.after is None else asked.after.at
    found: list[SilenceView] = []
    for text, values in _statements(scope, asked, now):
        page, more = _page(text, values, asked, at, limit)
        found += [_silence(r, now) for r in await conn.fetch(page, *more)]
    return sorted(found, key=lambda s: _place(s, asked.sort, at), reverse=asked.sort == NEWEST)[:limit]


def _page(text: str, values: list[object], asked: Asked, at: datetime, limit: int) -> tuple[str, list[object]]:
    """As `_place` puts them."""
    values = [*values, asked.kind, at, UNKNOWN[asked.sort]]
    kind, moment, unknown = range(len(values) - 2, len(values) + 1)
    calm = "kind is null"  # of none: one row is as good as another
    if asked.sort == WARNED:
        calm = f"(until <= ${moment}::timestamptz or ${moment}::timestamptz - since > interval '24 hours') is not true"
    place = (calm, f"coalesce(since, ${unknown}::timestamptz)", "kind", 'id collate "C"')
    condition = f"(${kind}::text is null or kind = ${kind}) and ${moment}::timestamptz is not null"
    way, beyond = ("desc", "<") if asked.sort == NEWEST else ("asc", ">")
    if asked.after is not None:
        values += asked.after.place
        marks = ", ".join(f"${len(values) - 3 + n}{type_}" for n, type_ in enumerate(TYPES))
        condition += f" and ({', '.join(place)}) {beyond} ({marks})"
    order = ", ".join(f"{each} {way}" for each in place)
    page = SQL.paged.replace("{order}", order).replace("{beyond}", condition)
    return page.replace("{limit}", str(limit)).replace("{silences}", text), values


def _place(silence: SilenceView, sort: str, at: datetime) -> Place:
    """A device can be silent in two ways at once: the kind belongs to what tells rows apart."""
    calm = sort == WARNED and rules.warning(silence.since, silence.until, at) is None
    return calm, silence.since or UNKNOWN[sort], silence.kind, silence.id


def key(silence: SilenceView, asked: Asked, now: datetime) -> list[Part]:
    at = now if asked.after is None else asked.after.at
    calm, since, kind, id_ = _place(silence, asked.sort, at)
    return [at.isoformat(), int(calm), since.isoformat(), kind, id_]


def after(cursor: str | None) -> After | None:
    parts = pages.decode(cursor, 5)
    if parts is None:
        return None
    at, calm, since, kind, id_ = parts
    try:
        moments = datetime.fromisoformat(str(at)), datetime.fromisoformat(str(since))
    except ValueError:
        moments = ()
    if not moments or any(m.tzinfo is None for m in moments):
        raise problems.invalid("cursor", "the value of `next` in an earlier answer to the same question")
    return After(moments[0], (bool(calm), moments[1], str(kind), str(id_)))


def _statements(scope: Scope, asked: Asked, now: datetime) -> Iterator[tuple[str, list[object]]]:
    """One a kind, or one for the two that devices tell; each with its parameters, the first of which is now."""
    heads: list[tuple[str, list[object]]] = [(SQL.tests, [now]), (SQL.suspended, [now]), (SQL.quiet, [now, SHIELD])]
    kinds: dict[str, int] = dict(zip(KINDS, (0, 1, 2, 2), strict=True))
    chosen = heads if asked.kind is None else [heads[kinds[asked.kind]]]
    for text, values in chosen:
        condition, more = _where(scope, asked, len(values) + 1, text is SQL.tests)
        yield text.replace("{where}", condition), [*values, *more]


def _where(scope: Scope, asked: Asked, first: int, of_tests: bool) -> tuple[str, list[object]]:
    condition, values = predicate(scope, first, "d")
    if asked.unit_id is not None:
        values.append(asked.unit_id)
        condition += f" and d.unit_id = ${first + len(values) - 1}::uuid"
    if asked.device_id is not None:
        values.append(asked.device_id)
        wanted = f"${first + len(values) - 1}::uuid"
        condition += f" and {_COVERS.format(wanted)}" if of_tests else f" and d.id = {wanted}"
    if asked.q:
        values.append("%" + asked.q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%")
        said = "u.name || ' ' || u.code" if of_tests else "concat_ws(' ', u.name, u.code, d.name, d.address, d.place)"
        condition += f" and {said} ilike ${first + len(values) - 1}"
    return condition, values


_COVERS = """exists (
    select 1 from registry.device x where x.id = {0} and x.unit_id = d.unit_id
    and (d.building_id is null or d.building_id = x.building_id)
    and (cardinality(d.devices) = 0 and cardinality(d.systems) = 0 or x.id = any (d.devices)
         or exists (select 1 from unnest(d.systems) p
                    where x.address = p or x.address like p || '/%' or x.address like p || '.%')))"""
"""A test covers a device as `registry.rules.in_test` says; a test compares the two."""


def _silence(r: Record, now: datetime) -> SilenceView:
    place = registry_rules.place_text(r["place"], r["building"], r["floor"], r["compartment"], r["flat"])
    return SilenceView(
        kind=r["kind"],
        id=r["id"],
        unit_id=r["unit_id"],
        unit=r["unit"],
        building=r["building"],
        device_id=r["device_id"],
        device=r["device"],
        type=r["type"],
        place=place,
        who=r["who"],
        why=r["why"],
        since=r["since"],
        until=r["until"],
        devices=r["devices"],
        warning=rules.warning(r["since"], r["until"], now),
        endable=r["kind"] in ENDABLE,
    )


async def summary(conn: Connection, scope: Scope, now: datetime) -> SilenceSummary:
    """Counted in the database: every page's header asks."""
    count = dict.fromkeys(KINDS, 0)
    warnings, more = 0, False
    for text, values in _statements(scope, Asked(), now):
        found = await conn.fetch(SQL.counted.replace("{silences}", f"{text} limit {MOST}"), *values)
        count |= {r["kind"]: r["n"] for r in found}
        warnings += sum(r["warnings"] for r in found)
        more = more or sum(r["n"] for r in found) >= MOST
    return SilenceSummary(
        total=sum(count.values()),
        warnings=warnings,
        tests=count["test"],
        suspended=count["suspended"],
        shielded=count["shielded"],
        device_tests=count["device_test"],
        more=more,
    )


async def places(conn: Connection, scope: Scope, now: datetime) -> list[SilentPlace]:
    """The units in which something is silent and whose place is known; the most silent first."""
    found: dict[str, SilentPlace] = {}
    for text, values in _statements(scope, Asked(), now):
        for r in await conn.fetch(SQL.placed.replace("{silences}", f"{text} limit {MOST}"), *values):
            before = found.get(r["unit_id"])
            found[r["unit_id"]] = SilentPlace(
                unit_id=r["unit_id"],
                unit=r["unit"],
                lon=r["lon"],
                lat=r["lat"],
                count=r["n"] + (before.count if before else 0),
                test=r["test"] or bool(before and before.test),
            )
    return sorted(found.values(), key=lambda place: (-place.count, place.unit))
