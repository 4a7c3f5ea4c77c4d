"""What is kept silent, read on a connection bound to the principal; the scope stands in the query besides.

Enters: a bound connection, the scope, filters. Leaves: silences, the oldest first; counts; units for the map. Absent:
ending them (api.py, through the registry).
"""

from collections.abc import Iterator
from datetime import datetime

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

SQL = sql.load("zhigan.desks.silence")
MOST = 5000
"""Of each kind that are read for counts."""
SHIELD = int(Condition.SHIELD)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    kind: str | None = None
    unit_id: str | None = None
    device_id: str | None = None
    q: str = ""


async def listed(conn: Connection, scope: Scope, asked: Asked, now: datetime, limit: int) -> list[SilenceView]:
    """Warnings first, then the oldest."""
    found = [_silence(r, now) for r in await _rows(conn, scope, asked, now, limit)]
    found = [s for s in found if asked.kind in (None, s.kind)]
    return sorted(found, key=lambda s: (s.warning is None, s.since or now, s.id))


async def _rows(conn: Connection, scope: Scope, asked: Asked, now: datetime, limit: int) -> list[Record]:
    found: list[Record] = []
    for text, values in _statements(scope, asked, now):
        found += await conn.fetch(f"{text} order by since nulls first limit {int(limit)}", *values)
    return found


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
