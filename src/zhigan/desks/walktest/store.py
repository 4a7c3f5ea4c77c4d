"""Walk tests in PostgreSQL: a test mode of the registry with what its detectors said and what was noted.

Enters: a bound connection for reading, the owner's for writing and for history, which knows no scope. Leaves: the page
as it is now, or as it was when the test was over. Absent: the pages' words and the printed sheet (sheet.py).
"""

from datetime import datetime

import msgspec
from asyncpg import Record

from zhigan.desks.walktest import rules
from zhigan.desks.walktest.model import WRONG, Act, Answer, Expected, Note, Stranger, Walk, WalkRow
from zhigan.history import store as history
from zhigan.registry import rules as registry_rules
from zhigan.registry import testing
from zhigan.registry.listing import Question
from zhigan.registry.sorting import After, Sorts, moment
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.scopes import Scope

SQL = sql.load("zhigan.desks.walktest")
MOST_POINTS = 3000
MOST_ANSWERS = 100_000
TYPES = tuple(rules.WANTED)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    unit_id: str | None = None
    active: bool | None = None
    q: str = ""
    sort: str = "-starts_at"
    after: After | None = None


SORTS: Sorts[WalkRow] = Sorts("t.id", {"starts_at": moment("t.starts_at")})


async def listed(conn: Connection, scope: Scope, asked: Asked, now: datetime, limit: int) -> list[WalkRow]:
    question = Question(scope, "t")
    question.given("t.unit_id = {}::uuid", asked.unit_id)
    if asked.q:
        question.where("position(lower({}) in lower(u.name || ' ' || t.purpose || ' ' || t.person)) > 0", asked.q)
    if asked.active is not None:
        running = "t.starts_at <= {} and t.ends_at > {} and t.ended_at is null"
        question.where(running if asked.active else f"not ({running})", now, now)
    order = SORTS.order(question, asked.sort, asked.after)
    rows = await conn.fetch(question.text(SQL.walks, order, limit), *question.parameters)
    return [WalkRow(**_head(r, now), **{f: r[f] for f in ("total", "answered", "wrong")}) for r in rows]


_PLAIN = (
    "id", "unit_id", "unit", "building_id", "building", "floor", "purpose", "person", "starts_at", "ends_at",
    "ended_at", "ended_by",
)  # fmt: skip


def _head(r: Record, now: datetime) -> dict[str, object]:
    active = r["ended_at"] is None and r["starts_at"] <= now < r["ends_at"]
    return {**{f: r[f] for f in _PLAIN}, "active": active}


async def head(conn: Connection, id_: str) -> Record | None:
    """On a bound connection: None also where it lies outside the scope."""
    return await conn.fetchrow(f"{SQL.walks} where t.id = $1::uuid", id_)


async def floor_devices(conn: Connection, unit_id: str, building_id: str, floor: str) -> list[str]:
    rows = await conn.fetch(SQL.floor_devices, unit_id, building_id, floor, list(TYPES), MOST_POINTS)
    return [r["id"] for r in rows]


async def picture(conn: Connection, r: Record, now: datetime) -> Walk:
    """On the owner's connection, after the head was found within the scope. What is over is read from its sheet."""
    kept = await conn.fetchval(SQL.sheet, r["id"])
    return msgspec.json.decode(kept, type=Walk) if kept is not None else await _judged(conn, r, now)


async def _judged(conn: Connection, r: Record, now: datetime) -> Walk:
    start, end = to_micros(r["starts_at"]), to_micros(_end(r, now))
    rows = await conn.fetch(
        SQL.expected, r["unit_id"], r["building_id"], _end(r, now), r["devices"], r["systems"], list(TYPES),
        MOST_POINTS + 1,
    )  # fmt: skip
    expected = [_expected(row) for row in rows[:MOST_POINTS]]
    numbers = [e.number for e in expected]
    heard = await history.answers(conn, numbers, start, end, MOST_ANSWERS)
    answers = [Answer(a.device, a.at, a.conditions) for a in heard]
    notes = [Note(**dict(n)) for n in await conn.fetch(SQL.notes, r["id"])]
    points = rules.judged(expected, answers, notes, start, end)
    strangers = await conn.fetch(
        SQL.strangers, r["unit_id"], r["starts_at"], _end(r, now), numbers, int(registry_rules.ALARMS)
    )
    head = _head(r, now)
    return msgspec.convert(
        {
            **head,
            "phone": r["phone"],
            "now": now,
            "pointed": rules.pointed(notes, now) if head["active"] else None,
            "total": len(points),
            "answered": sum(p.result == "answered" for p in points),
            "wrong": sum(p.result in WRONG for p in points),
            "more": len(rows) > MOST_POINTS,
            "points": points,
            "strangers": [_stranger(s) for s in strangers],
        },
        Walk,
        from_attributes=True,
    )


def _end(r: Record, now: datetime) -> datetime:
    return min(now, r["ended_at"] or r["ends_at"])


def _expected(r: Record) -> Expected:
    return Expected(
        id=r["id"], number=r["number"], name=r["name"], address=r["address"], type=r["type"], floor=r["floor"],
        place=_place(r), conditions=r["conditions"],
    )  # fmt: skip


def _place(r: Record) -> str:
    return registry_rules.place_text(r["place"], r["building"], r["floor"], r["compartment"], r["flat"])


def _stranger(r: Record) -> Stranger:
    return Stranger(
        id=r["id"], name=r["name"], address=r["address"], type=r["type"], place=_place(r),
        conditions=registry_rules.condition_names(r["conditions"]), at=r["seen_at"], fresh=bool(r["fresh"]),
    )  # fmt: skip


async def begun(conn: Connection, id_: str, floor: str) -> None:
    await conn.execute(SQL.add_walk, id_, floor)


async def note(conn: Connection, id_: str, device: str, by: tuple[datetime, str], act: Act, text: str) -> None:
    await conn.execute(SQL.add_note, id_, device, *by, act, text)


async def settle(conn: Connection, now: datetime) -> list[str]:
    """On the owner's connection: every test that is over gets its sheet; who answered was seen in a test."""
    kept: list[str] = []
    for row in await conn.fetch(SQL.unkept, now):
        r = await head(conn, row["id"])
        if r is None:
            continue
        walk = await _judged(conn, r, now)
        if await conn.fetchval(SQL.keep_sheet, walk.id, now, msgspec.json.encode(walk).decode()):
            kept.append(walk.id)
            seen = {p.id: p.answered_at for p in walk.points if p.result == "answered" and p.answered_at is not None}
            await testing.seen(conn, seen)
    return kept
