"""What the event log asks of the hand-over: whom to tell of which incident now, and when somebody must telephone.

Enters: events with the owner's connection in the transaction that moves the cursor, the targets, `now`. Leaves: hand-
overs put down, calls wanted or withdrawn, lines in the incident; the event drafts of those lines. Absent: sending.
"""

from collections.abc import Sequence
from datetime import datetime

from zhigan.access.vault import Vault
from zhigan.bus.log import Event
from zhigan.incidents import reading
from zhigan.incidents.copies import SENT_THERE
from zhigan.incidents.model import PLATFORM, WATER_STATUS, Actor, Outcome, State
from zhigan.incidents.relayed import Word, relay
from zhigan.incidents.rows import Row
from zhigan.outlets.dispatch import rules, store
from zhigan.outlets.dispatch.model import Act, HandOver, Target
from zhigan.outlets.dispatch.rules import Standing, Wanted
from zhigan.outlets.dispatch.store import SQL
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft, EventType
from zhigan.vocabulary.grades import Kind
from zhigan.vocabulary.moments import to_datetime, to_micros

FOLLOWED = (
    EventType.INCIDENT_OPENED, EventType.INCIDENT_CHANGED, EventType.INCIDENT_RESPONDED, EventType.INCIDENT_MERGED,
    EventType.INCIDENT_CLOSED,
)  # fmt: skip
CONFIRMED = (State.CONFIRMED, State.DISPATCHED, State.RESPONDING)
CONCERNED = frozenset({state.value for state in (*CONFIRMED, State.CLOSED)})
CALL_FLAG, CALLED_FLAG = "call_119", "called_119"
MOST_LATE = 200


class Planner:
    def __init__(self, clock: Clock, vault: Vault) -> None:
        self._clock = clock
        self._vault = vault

    async def follow(self, conn: Connection, events: Sequence[Event]) -> list[Draft]:
        """Nearly every event of a storm is none of ours, and costs nothing but a look."""
        now = self._clock.now()
        merged = {
            e.subject: str(e.body["merged_into"]) for e in events if e.type in FOLLOWED and e.body.get("merged_into")
        }
        if merged:
            await self._adopt(conn, merged)
        ids = {e.subject for e in events if _ours(e)} | set(merged.values())
        if not ids:
            return []
        rows = [
            r
            for r in await reading.several(conn, sorted(ids))
            if r.merged_into is None and (r.desk or WATER_STATUS in r.flags)
        ]
        if not rows:
            return []
        targets = [t for t in await store.targets(conn, self._vault) if t.enabled]
        before = await store.of_incidents(conn, [r.id for r in rows])
        asked = {e.subject: e.at for e in events}
        drafts: list[Draft] = []
        for row in rows:
            drafts += await self._one(conn, row, targets, before.get(row.id, []), asked.get(row.id), now)
        return drafts

    async def _adopt(self, conn: Connection, merged: dict[str, str]) -> None:
        pairs = list(merged), list(merged.values())
        for statement in (SQL.adopt, SQL.adopt_feedback, SQL.adopt_calls):
            await conn.execute(statement, *pairs)

    async def _one(
        self,
        conn: Connection,
        row: Row,
        targets: Sequence[Target],
        before: list[HandOver],
        asked: int | None,
        now: datetime,
    ) -> list[Draft]:
        serving = [t for t in targets if rules.serves(t, row.place.owned.area)]
        if WATER_STATUS in row.flags:
            asking = [t for t in serving if t.automatic and (made := store.map_of(t)) and Act.WATER in made.paths]
            found = rules.water(row.state is State.CLOSED, asking, before, now)
        else:
            found = rules.wanted(standing(row, before), serving, before, now)
        if row.state is State.CLOSED:
            if before and row.desk:
                await conn.execute(SQL.stop, [row.id], now)
            await conn.execute(SQL.withdraw_calls, [row.id], now, "closed")
        by_hand = row.state is State.DISPATCHED and not before
        since = to_datetime(asked) if by_hand and asked is not None else _confirmed(row, now)
        drafts: list[Draft] = []
        names = {t.id: t.name for t in targets}
        for each in found:
            drafts += await self._put_down(conn, row, each, since if each.act is Act.ALERT else now, names, now)
        return drafts

    async def _put_down(
        self, conn: Connection, row: Row, each: Wanted, since: datetime, names: dict[str, str], now: datetime
    ) -> list[Draft]:
        if not await store.put_down(conn, mint(self._clock), row.id, each, since, now):
            return []
        detail: dict[str, object] = {"act": each.act.value, "target": names.get(each.target, "")}
        word = Word(what="handed_over", detail=detail)
        return [(await relay(conn, row.id, word, Actor(PLATFORM, PLATFORM), to_micros(now))).draft]

    async def late(self, conn: Connection, now: datetime) -> list[Draft]:
        """No receipt in time: a person telephones, and is told what to read aloud."""
        drafts: list[Draft] = []
        for r in sorted(await conn.fetch(SQL.late, now, MOST_LATE), key=lambda r: r["incident"]):
            alert = store.hand_over(r)
            if alert.incident is None or not rules.calls(alert, r["receipt_s"], now):
                continue
            why = "refused" if alert.state.value == "refused" else "no_receipt"
            made = await conn.fetchval(
                SQL.want_call, mint(self._clock), alert.incident, alert.target, r["phone"], why, now
            )
            if made is None:
                continue
            detail: dict[str, object] = {"target": r["name"], "phone": r["phone"], "why": why}
            word = Word(what="call_wanted", detail=detail, flag=CALL_FLAG)
            drafts.append((await relay(conn, alert.incident, word, Actor(PLATFORM, PLATFORM), to_micros(now))).draft)
        return drafts


def _ours(event: Event) -> bool:
    if event.type not in FOLLOWED:
        return False
    if event.body.get("kind") == Kind.HYDRANT and event.body.get("queue") == "attention":
        return True  # it may be a zone without pressure: its flag says so
    return event.body.get("queue") == "desk" and event.body.get("state") in CONCERNED


def _confirmed(row: Row, now: datetime) -> datetime:
    return now if row.confirmed_at is None else to_datetime(row.confirmed_at)


def standing(row: Row, before: Sequence[HandOver]) -> Standing:
    theirs = SENT_THERE in row.flags and not before  # the platform whose it is has told 119 already
    return Standing(
        fire=row.kind is Kind.FIRE,
        confirmed=row.state in CONFIRMED and not theirs,
        by_hand=row.state is State.DISPATCHED and not before and not theirs,
        closed=row.state is State.CLOSED,
        false=row.state is State.CLOSED and row.outcome is not Outcome.FIRE,
        alarms=row.alarm_count,
        cause=row.cause or "",
    )
