"""交接班: what stands open at a desk, who leaves it, who takes it over, and whether that came in time.

Enters: a bound connection for what is open (the desk's own scope), the desk's book. Leaves: the handover that is due,
those that were signed, and attention rows (III) for shifts that nobody took over. What other rooms keep silent is lent
(`Silent`). Absent: HTTP, and who may sign (api_handover.py).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
from asyncpg import Record

from zhigan.desks.shifts import rules
from zhigan.desks.shifts.book import Signer, write
from zhigan.desks.shifts.model import (
    Handover,
    HandoverState,
    OpenGroup,
    OpenThing,
    ShiftDesk,
    ShiftPerson,
)
from zhigan.desks.shifts.store import SQL, on_now
from zhigan.incidents import reading
from zhigan.incidents.attending import Watched, attend
from zhigan.incidents.model import Place, Reason, Why
from zhigan.incidents.rows import Row
from zhigan.incidents.rules import Queue
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.grades import Kind
from zhigan.vocabulary.moments import to_datetime, to_micros
from zhigan.vocabulary.scopes import Scope, ground, parse
from zhigan.webapi.principal import Principal

MOST = 50
"""Of each group that is written down by name; more is said to be more."""
EARLY = timedelta(hours=2)
"""So long before its start a shift may be taken over."""
FLAG = "handover"


class Silent(Protocol):
    """Lent by who knows what is kept silent: the first so many of a scope."""

    async def __call__(self, conn: Connection, scope: Scope, now: datetime, most: int) -> list[OpenThing]: ...


class LeftDetail(msgspec.Struct, frozen=True, kw_only=True):
    shift: datetime
    slot: str
    day: str
    words: str
    open: list[OpenGroup]


class TakenDetail(msgspec.Struct, frozen=True, kw_only=True):
    shift: datetime
    slot: str
    day: str
    of: int | None
    words: str
    sound_at: datetime | None
    by: str


async def standing(
    conn: Connection, principal: Principal, desk: ShiftDesk, silent: Silent, now: datetime
) -> list[OpenGroup]:
    """What is open at the desk, on a connection that is bound to somebody who sees all of it."""
    scope = parse(desk.scope)
    there = msgspec.structs.replace(principal, scope=scope)
    groups: list[OpenGroup] = []
    attention: list[Row] = []
    for name, queue in (("desk", Queue.DESK), ("attention", Queue.ATTENTION)):
        rows = await reading.listed(conn, there, queue, reading.Filters(open=True), MOST)
        if queue is Queue.ATTENTION:
            attention = [r for r in rows if r.kind is Kind.LINK]
            rows = [r for r in rows if r.kind is not Kind.LINK]
        groups.append(_group(name, [_thing(r) for r in rows]))
    tasks = reading.Filters(open=True, kinds=[Kind.LINK])
    links = [*attention, *await reading.listed(conn, there, Queue.TASK, tasks, MOST)]
    groups.append(_group("links", [_thing(r) for r in links]))
    groups.append(_group("silent", await silent(conn, scope, now, MOST + 1)))
    return groups


def _group(name: str, things: Sequence[OpenThing]) -> OpenGroup:
    return OpenGroup(name=name, things=list(things[:MOST]), more=len(things) > MOST)


def _thing(row: Row) -> OpenThing:
    text = " · ".join(part for part in (row.place.unit_name, row.place.text) if part)
    return OpenThing(
        id=row.id, kind=row.kind.value, grade=row.grade.name, state=row.state.value, text=text,
        since=to_datetime(row.received_at), who=row.claimed_name or "",
    )  # fmt: skip


def boundary(desk: ShiftDesk, taken: datetime | None, now: datetime) -> rules.Turn:
    """The shift that is to be taken over: the one that runs, until somebody has; then the next."""
    turn = rules.turn_at(now, desk.slots)
    if taken is None or taken < turn.starts_at:
        return turn
    return rules.turn_at(turn.ends_at + timedelta(minutes=1), desk.slots)


async def state(
    conn: Connection, principal: Principal, desk: ShiftDesk, silent: Silent, now: datetime
) -> HandoverState:
    done = await signed(conn, desk.id, now - timedelta(days=3), now + EARLY, None, 12)
    taken = max((h.shift for h in done if h.taken_at is not None), default=None)
    turn = boundary(desk, taken, now)
    pending = next((h for h in done if h.shift == turn.starts_at and h.taken_at is None), None)
    there = next((n for n in await on_now(conn, principal, now) if n.desk_id == desk.id), None)
    people: list[ShiftPerson] = [] if there is None else [*there.people, *there.next]
    return HandoverState(
        desk=desk, slot=turn.slot.name, day=turn.day, starts_at=turn.starts_at, ends_at=turn.ends_at,
        due_at=turn.starts_at + timedelta(minutes=desk.grace_minutes),
        overdue=now >= turn.starts_at + timedelta(minutes=desk.grace_minutes),
        open_now=turn.starts_at - EARLY <= now, pending=pending, people=people,
        standing=await standing(conn, principal, desk, silent, now),
    )  # fmt: skip


async def signed(
    conn: Connection, desk: str, since: datetime, until: datetime, before: int | None, most: int
) -> list[Handover]:
    """Newest first. A shift that was left and not taken yet stands alone; one taken without a word left, too."""
    rows = await conn.fetch(SQL.lines, desk, ["left", "taken"], since, until, before, most)
    left = {r["seq"]: r for r in rows if r["what"] == "left"}
    found: list[Handover] = []
    for r in rows:
        if r["what"] == "taken":
            taken = msgspec.json.decode(r["detail"], type=TakenDetail)
            of = None
            if taken.of is not None:
                of = left.pop(taken.of, None) or await conn.fetchrow(SQL.line, desk, taken.of)
            found.append(_taken(_left(of) if of else None, r, taken))
    return sorted([*found, *(_left(r) for r in left.values())], key=lambda h: -h.seq)


def _left(r: Record) -> Handover:
    detail = msgspec.json.decode(r["detail"], type=LeftDetail)
    return Handover(
        seq=r["seq"], left_seq=r["seq"], shift=detail.shift, slot=detail.slot, day=detail.day, left_by=r["who"],
        left_at=r["at"], left_words=detail.words, open=detail.open, hash=r["hash"].hex(),
    )  # fmt: skip


def _taken(left: Handover | None, r: Record, detail: TakenDetail) -> Handover:
    alone = Handover(seq=r["seq"], shift=detail.shift, slot=detail.slot, day=detail.day, hash="")
    return msgspec.structs.replace(
        left or alone, seq=r["seq"], taken_by=r["who"], taken_at=r["at"], taken_words=detail.words,
        sound_at=detail.sound_at, by=detail.by, hash=r["hash"].hex(),
    )  # fmt: skip


async def leave(conn: Connection, seen: HandoverState, who: Signer, words: str, now: datetime) -> int:
    detail = LeftDetail(
        shift=seen.starts_at, slot=seen.slot, day=str(seen.day), words=words.strip(), open=seen.standing
    )
    return await write(conn, seen.desk.id, who, "left", detail, now)


async def take(
    conn: Connection, seen: HandoverState, who: Signer, words: str, sound_at: datetime | None, by: str, now: datetime
) -> int:
    of = None if seen.pending is None else seen.pending.left_seq
    detail = TakenDetail(
        shift=seen.starts_at, slot=seen.slot, day=str(seen.day), of=of, words=words.strip(), sound_at=sound_at, by=by
    )
    return await write(conn, seen.desk.id, who, "taken", detail, now)


async def watch(conn: Connection, now: datetime) -> None:
    """A shift that nobody took over in its time is told to its lead; the row ends when somebody does."""
    watched: list[Watched] = []
    for r in await conn.fetch(SQL.watched, now):
        turn = rules.turn_at(now, rules.slots(r["hours"], r["starts_minute"]))
        late = now >= turn.starts_at + timedelta(minutes=r["grace_minutes"])
        missing = r["taken"] is None or r["taken"] < turn.starts_at
        scope = Scope(msgspec.json.decode(r["terms"], type=dict[str, tuple[str, ...]]))
        reason = Reason(Why.NOT_TAKEN_OVER, {"desk": r["name"], "minutes": r["grace_minutes"]})
        place = Place(text=r["name"], owned=ground(scope))
        watched.append(
            Watched(
                slot=f"{FLAG}:{r['id']}",
                wrong=r["planned"] and late and missing,
                place=place,
                reason=reason,
                flag=FLAG,
                kind=Kind.DUTY,
            )
        )
    await attend(conn, watched, to_micros(now))
