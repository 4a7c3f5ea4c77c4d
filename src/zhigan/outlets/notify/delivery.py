"""What waits is handed to providers, once, and what they say is written down.

Enters: waiting notifications, `now`. Leaves: calls to providers, states, fall-backs. A notification is "handed" with an
id of ours and committed before the call; so whatever dies then, it is known that the call may have been made, and the
provider is asked instead of being told again. Absent: loops (worker.py), whom to tell (planning.py).
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from asyncpg import Record

from zhigan.bus import log
from zhigan.incidents.answers import Answer as Answered
from zhigan.incidents.answers import Response
from zhigan.incidents.model import PLATFORM, Actor
from zhigan.incidents.responses import respond
from zhigan.incidents.store import NoIncident, Overtaken
from zhigan.outlets.notify import figures, reaching, rules, store, texts
from zhigan.outlets.notify.model import Message, Notice, Purpose, Told, Way
from zhigan.outlets.notify.own import SITE, own
from zhigan.outlets.notify.planning import Planner
from zhigan.outlets.notify.ports import Channel, Unasked
from zhigan.outlets.notify.store import SQL
from zhigan.protocols.couriers.model import Answer, Outcome, Receipt, Said
from zhigan.registry import reaching as contacts
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Connection, Pool
from zhigan.vocabulary.events import Draft
from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.moments import to_micros

ROUND = 64
"""Persons and channels in one round; beyond it the gravest first."""
AT_ONCE = 96
ATTEMPTS = 300
"""About a day; then it is given up, and says so."""
KEYS = {"1": Answered.FIRE, "2": Answered.NO_FIRE, "3": Answered.NOT_THERE}
Later = list[tuple[str, datetime]]
_AGO = timedelta(hours=1)
_log = structlog.get_logger("outlets.notify")


class Handed(NamedTuple):
    message: Message
    notices: tuple[Notice, ...]
    channel: Channel
    tried: tuple[str, ...]


class Delivery:
    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        channels: Mapping[Way, Sequence[Channel]],
        planner: Planner,
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._channels = channels
        self._planner = planner
        self._running: dict[str, asyncio.Task[None]] = {}

    @property
    def busy(self) -> int:
        return len(self._running)

    async def recover(self) -> None:
        """At the start: what was in hand when the process died may have been taken."""
        async with self._pool.acquire() as conn:
            await conn.execute(SQL.crashed, self._clock.now())

    async def round(self) -> int:
        """Hands out what is due, as much as may be under way; how many messages began."""
        room = min(ROUND, AT_ONCE - len(self._running))
        if room <= 0:
            return 0
        handed = await self._claim(room)
        for each in handed:
            notice = each.message.notice
            key = f"{notice.holder}/{notice.channel.value}/{notice.id}"
            task = asyncio.create_task(self._carry(each), name="a message")
            self._running[key] = task
            task.add_done_callback(lambda done, key=key: self._ended(key, done))
        return len(handed)

    def _ended(self, key: str, task: asyncio.Task[None]) -> None:
        self._running.pop(key, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a message was left unsettled; the provider will be asked", exc_info=error)

    async def settled(self) -> None:
        """Waits for all that is under way."""
        while self._running:
            await asyncio.wait(tuple(self._running.values()))
            await asyncio.sleep(0)

    # -- handing out

    async def _claim(self, room: int) -> list[Handed]:
        now = self._clock.now()
        busy = sorted({key.rpartition("/")[0] for key in self._running})
        async with self._pool.acquire() as conn, conn.transaction():
            heads = await conn.fetch(SQL.waiting_heads, now, room, busy)
            if not heads:
                return []
            pairs = [h["holder"] for h in heads], [h["channel"] for h in heads]
            waiting: dict[tuple[str, str], list[Notice]] = {}
            for r in await conn.fetch(SQL.claim, *pairs, now):
                waiting.setdefault((r["holder"], r["channel"]), []).append(store.notice(r))
            recent = {(r["holder"], r["channel"]): r for r in await conn.fetch(SQL.recent, *pairs, now - _AGO)}
            handed: list[Handed] = []
            later: Later = []
            for key, notices in waiting.items():
                handed += await self._open(conn, notices, recent.get(key), now, later)
            if later:
                await conn.execute(SQL.postpone, [i for i, _ in later], [at for _, at in later])
            await self._hand(conn, handed, now)
            return handed

    async def _open(
        self,
        conn: Connection,
        notices: list[Notice],
        seen: Record | None,
        now: datetime,
        later: Later,
    ) -> list[Handed]:
        """What may go out to one person by one way now: at most one message, or one for each of few places."""
        way = notices[0].channel
        lost = [n for n in notices if not self._reaching(way, n.address)]
        if lost:
            await self._give_up(conn, lost, "not_configured", now)
            notices = [n for n in notices if n not in lost]
        if not notices:
            return []
        beside = all(own(n.step) for n in notices)
        calls, last, oldest, gravest = _seen(seen, beside=beside)
        if rules.called_enough(way, calls):
            await conn.execute(SQL.limit_calls, [n.id for n in notices], now)
            await self._planner.next_person(conn, [n for n in notices if not own(n.step)], now)
            return []
        free = rules.not_before(way, last, calls, oldest)
        graver = way is not Way.VOICE and gravest is not None and notices[0].grade < gravest
        if free is not None and free > now and not graver:
            later += [(n.id, free) for n in notices]
            return []
        groups = rules.merged(notices)
        if way in (Way.VOICE, Way.ROBOT) and len(groups) > 1:  # one at a time; the others may still be merged
            free = rules.not_before(way, now, 0, None) or now
            later += [(n.id, free) for group in groups[1:] for n in group]
            groups = groups[:1]
        return [self._handed(group, now) for group in groups]

    def _reaching(self, way: Way, address: str) -> list[Channel]:
        return [c for c in self._channels.get(way, ()) if c.reaches(address)]

    def _handed(self, group: list[Notice], now: datetime) -> Handed:
        tried = group[0].tried
        channels = self._reaching(group[0].channel, group[0].address)
        channel = next((c for c in channels if c.name not in tried), channels[0])
        message = Message(
            notice=group[0],
            request=mint(self._clock).replace("-", ""),
            title=texts.title(group),
            text=texts.text(group),
            values=texts.values(group),
            incidents=tuple(dict.fromkeys(n.incident for n in group)),
            now=now,
        )
        return Handed(message, tuple(group), channel, tried)

    async def _hand(self, conn: Connection, handed: Sequence[Handed], now: datetime) -> None:
        rows = [
            (n.id, None if n is each.notices[0] else each.notices[0].id, each.message.request, each.channel.name,
             each.message.text)
            for each in handed for n in each.notices
        ]  # fmt: skip
        if rows:
            await conn.execute(SQL.hand, *map(list, zip(*rows, strict=True)), now)

    # -- calling

    async def _carry(self, handed: Handed) -> None:
        """One message: by this provider, or, where it surely did not take it, by the next."""
        current = handed
        while True:
            answer = await current.channel.send(current.message)
            figures.answers.labels(current.channel.way.value, current.channel.name, answer.said.value).inc()
            following = await self._settle(current, answer)
            if following is None:
                return
            current = following

    async def _settle(self, handed: Handed, answer: Answer) -> Handed | None:
        """What an answer makes of a message; a provider to be tried at once, if there is one."""
        now = self._clock.now()
        leader = handed.notices[0]
        detail = " ".join(part for part in (answer.said.value, answer.code, answer.text) if part)[:300]
        async with self._pool.acquire() as conn, conn.transaction():
            if answer.said is Said.TAKEN:
                await conn.execute(SQL.settle, leader.id, Told.SENT, answer.id, "", now, None, list(handed.tried))
                figures.handed(leader, now)
                return None
            if answer.said is Said.UNKNOWN:
                await self._unknown(conn, handed, detail, now)
                return None
            if answer.gone:
                await conn.execute(SQL.way_gone, leader.channel, leader.address)
            tried = (*handed.tried, handed.channel.name)
            following = self._following(handed, tried)
            if following is not None:
                await conn.execute(
                    SQL.provider_turns, leader.id, following.channel.name, following.message.request, now
                )
                return following
            if answer.said is Said.REFUSED or leader.attempts >= ATTEMPTS:
                await conn.execute(SQL.settle, leader.id, Told.FAILED, "", detail, now, None, list(tried))
            else:  # busy or away: it stays, for the same way may open again
                again = now + rules.back_off(leader.attempts)
                await conn.execute(SQL.wait_again, leader.id, again, [], detail, now)
            if leader.attempts == 0 and leader.purpose is Purpose.ALARM:
                await self._planner.fall_back(conn, handed.notices, now)
            return None

    async def _unknown(self, conn: Connection, handed: Handed, detail: str, now: datetime) -> None:
        """It may have been taken. Never again by a way that cannot tell; another way at once where life is at stake."""
        leader = handed.notices[0]
        if handed.channel.repeatable:
            if leader.attempts >= ATTEMPTS:
                await conn.execute(SQL.settle, leader.id, Told.FAILED, "", detail, now, None, list(handed.tried))
            else:
                again = now + rules.back_off(leader.attempts)
                await conn.execute(SQL.wait_again, leader.id, again, list(handed.tried), detail, now)
            return
        ask = rules.ask_again(0)
        at = None if ask is None else now + ask
        await conn.execute(SQL.settle, leader.id, Told.UNKNOWN, "", detail, now, at, list(handed.tried))
        if leader.grade <= Grade.II and leader.purpose is Purpose.ALARM:
            await self._planner.fall_back(conn, handed.notices, now)

    def _following(self, handed: Handed, tried: tuple[str, ...]) -> Handed | None:
        reaching = self._reaching(handed.channel.way, handed.notices[0].address)
        channel = next((c for c in reaching if c.name not in tried), None)
        if channel is None:
            return None
        message = Message(
            notice=handed.message.notice, request=mint(self._clock).replace("-", ""), title=handed.message.title,
            text=handed.message.text, values=handed.message.values, incidents=handed.message.incidents,
            now=self._clock.now(),
        )  # fmt: skip
        return Handed(message, handed.notices, channel, tried)

    async def _give_up(self, conn: Connection, notices: Sequence[Notice], detail: str, now: datetime) -> None:
        for notice in notices:
            await conn.execute(SQL.refuse, notice.id, detail, now)
        await self._planner.fall_back(conn, notices, now)

    # -- asking

    async def ask(self) -> int:
        """What became of messages whose answers did not come."""
        now = self._clock.now()
        in_hand = {key.rpartition("/")[2] for key in self._running}
        async with self._pool.acquire() as conn:
            rows = [r for r in await conn.fetch(SQL.to_ask, now, ROUND) if str(r["id"]) not in in_hand]
        for r in rows:
            await self._ask(r, now)
        return len(rows)

    async def _ask(self, r: Record, now: datetime) -> None:
        id_, asked, handed_at = str(r["id"]), r["asked"], r["handed_at"]
        channel = next((c for c in self._channels.get(Way(str(r["channel"])), ()) if c.name == r["provider"]), None)
        found: Receipt | None = None
        later, known = True, False
        try:
            if channel is None:
                raise Unasked("no such provider any more", later=False)
            found = await channel.find(str(r["request"]), str(r["address"]), handed_at, now)
            known = True
        except Unasked as why:
            later = why.later
        async with self._pool.acquire() as conn, conn.transaction():
            if found is not None:
                await self._received(conn, r, found, now)
                return
            again = rules.ask_again(asked + 1) if later else None
            if known and asked >= 1:  # twice it said that it has none
                tried = [*r["tried"], r["provider"]]
                await conn.execute(SQL.wait_again, id_, now, tried, "not_taken", now)
            elif again is None:
                await conn.execute(SQL.settle, id_, Told.UNKNOWN, "", "not_answered", now, None, [])
                await self._fall_back(conn, id_, now)
            else:
                await conn.execute(SQL.asked, id_, now + again)

    # -- what comes back

    async def receive(self, provider: str, receipts: Sequence[Receipt]) -> int:
        """Delivery reports and keys; how many were ours. Repeats change nothing."""
        ours = 0
        for receipt in receipts:
            async with self._pool.acquire() as conn, conn.transaction():
                row = await conn.fetchrow(SQL.of_request, receipt.request) if receipt.request else None
                if row is None and receipt.id:
                    row = await conn.fetchrow(SQL.of_provider, provider, receipt.id)
                if row is None:
                    ours += await reaching.received(conn, provider, receipt, self._clock.now())
                    continue
                ours += 1
                await self._received(conn, row, receipt, self._clock.now())
        return ours

    async def _received(self, conn: Connection, row: Record, receipt: Receipt, now: datetime) -> None:
        kind = KEYS.get(receipt.key)
        state = {Outcome.UNDERWAY: Told.SENT, Outcome.DELIVERED: Told.DELIVERED, Outcome.FAILED: Told.FAILED}
        told = Told.ANSWERED if kind else state[receipt.outcome]
        detail = "" if told is not Told.FAILED else f"{receipt.code} {receipt.text}".strip()
        if told in (Told.DELIVERED, Told.FAILED, Told.ANSWERED):
            await conn.execute(SQL.late_receipt, str(row["id"]), told)
        await conn.execute(SQL.receipt, str(row["id"]), told, receipt.id, detail[:300], kind or "", now)
        if told is Told.FAILED:
            if receipt.gone and receipt.address == row["address"]:
                await conn.execute(SQL.way_gone, row["channel"], row["address"])
            if row["channel"] in (Way.SMS, Way.VOICE):
                await reaching.failed(conn, row["address"], receipt, now, row["handed_at"] or now)
            await self._fall_back(conn, str(row["id"]), now)
        if kind:
            if row["channel"] == Way.VOICE:
                await contacts.proven(conn, row["address"], now, "key")
            await self._respond(conn, str(row["id"]), kind, now)

    async def _respond(self, conn: Connection, id_: str, kind: Answered, now: datetime) -> None:
        """A key speaks of every incident that the call spoke of; the events are the transaction's last act."""
        micros, drafts = to_micros(now), list[Draft]()
        for r in await conn.fetch(SQL.inside, id_, [who.value for who in SITE]):
            response = Response(kind=kind, key=f"call:{id_}"[:64])
            try:
                given = await respond(
                    conn,
                    str(r["incident"]),
                    mint(self._clock),
                    response,
                    Actor(PLATFORM, f"{r['person']} (电话)"),
                    micros,
                )
            except (NoIncident, Overtaken) as error:
                _log.warning("a pressed key came too late", incident=str(r["incident"]), error=str(error))
                continue
            drafts += [given.draft] if given.draft is not None else []
        if drafts:
            await log.append(conn, drafts, micros)

    async def _fall_back(self, conn: Connection, id_: str, now: datetime) -> None:
        notices = [store.notice(r) for r in await conn.fetch(SQL.notices_of, id_)]
        notices = [n for n in notices if n.purpose is Purpose.ALARM]
        if notices:
            await self._planner.fall_back(conn, notices, now)


def _seen(seen: Record | None, *, beside: bool) -> tuple[int, datetime | None, datetime | None, Grade | None]:
    """`beside`: only own rules want to be told of; the calls of all count, where else only the city's do."""
    if seen is None:
        return 0, None, None, None
    return seen["all_calls" if beside else "calls"], seen["last"], seen["oldest"], Grade(seen["grade"])
