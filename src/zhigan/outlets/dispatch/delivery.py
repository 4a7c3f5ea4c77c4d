"""Sending: the first message of each incident and centre, at most so many at once to one centre, until it is over.

Enters: pool, clock, vault, casing. Leaves: messages sent, their state by the centre's answer, every exchange kept, a
line in the incident for a receipt and for the first failure. A message is marked and committed before it is sent, and
keeps its id however often it is sent: the centre knows it again. Absent: what is handed over (planning.py).
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from time import perf_counter

import structlog

from zhigan.access.vault import Vault
from zhigan.bus import log
from zhigan.incidents import reading
from zhigan.incidents.model import PLATFORM, Actor
from zhigan.incidents.relayed import Word, relay
from zhigan.incidents.rows import Row
from zhigan.incidents.rules import Step
from zhigan.incidents.store import NoIncident
from zhigan.outlets.dispatch import adapters, casing, figures, rules, store, texts
from zhigan.outlets.dispatch.adapters import Unfit
from zhigan.outlets.dispatch.casing import Casing
from zhigan.outlets.dispatch.model import Act, Case, HandOver, State, Target
from zhigan.outlets.dispatch.store import SQL, Exchange
from zhigan.protocols.couriers.model import Answer, Request, Said
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.runtime.outward import Outward, Unanswered, Unheard
from zhigan.runtime.pg import UNAVAILABLE, Connection, Pool
from zhigan.vocabulary.events import Draft
from zhigan.vocabulary.moments import to_micros

AT_ONCE = 8
"""Messages under way to one centre; the others wait. A centre that hangs holds up no other."""
ROUND = 64
PATIENCE_S = (0.05, 0.3, 1.0, 3.0)
"""How long an answer is kept in hand while the database is away; after that the message is sent again."""
MISSING = Answer(Said.UNREACHED, code="0", text="the target or its field map does not hold")

_log = structlog.get_logger("outlets.dispatch")


class Loaded:
    """One message ready to go."""

    def __init__(self, hand_over: HandOver, target: Target, case: Case, request: Request) -> None:
        self.hand_over, self.target, self.case, self.request = hand_over, target, case, request


class Delivery:
    def __init__(self, pool: Pool, clock: Clock, vault: Vault, casing_: Casing, wire: Outward) -> None:
        self._pool, self._clock, self._vault, self._casing = pool, clock, vault, casing_
        self._wire = wire
        self._running: dict[str, asyncio.Task[None]] = {}
        self._to: Counter[str] = Counter()

    @property
    def busy(self) -> bool:
        return bool(self._running)

    async def close(self) -> None:
        for task in list(self._running.values()):
            task.cancel()
        if self._running:
            await asyncio.wait(self._running.values())
        await self._wire.close()

    async def recover(self, longest: timedelta = timedelta(0)) -> None:
        """What says that it is being sent and is not: it was, when a process died. The same id makes it harmless."""
        now = self._clock.now()
        async with self._pool.acquire() as conn:
            await conn.execute(SQL.recover, now, list(self._running), now - longest)

    # -- a round

    async def round(self) -> int:
        """Begins what is due; how many messages were begun."""
        now = self._clock.now()
        full = [target for target, n in self._to.items() if n >= AT_ONCE]
        async with self._pool.acquire() as conn, conn.transaction():
            rows = await conn.fetch(SQL.due, now, full, list(self._running), ROUND)
            due = [store.hand_over(r) for r in rows]
            loaded, drafts = await self._load(conn, due, now)
            if loaded:
                counts = [each.case.alarm_count for each in loaded]
                await conn.execute(SQL.sending, [each.hand_over.id for each in loaded], now, counts)
            if drafts:
                await log.append(conn, drafts, to_micros(now))
        for each in loaded:
            self._to[each.target.id] += 1
            self._running[each.hand_over.id] = task = asyncio.create_task(self._carry(each))
            task.add_done_callback(lambda done, it=each: self._done(it, done))
        return len(loaded)

    def _done(self, each: Loaded, task: asyncio.Task[None]) -> None:
        self._running.pop(each.hand_over.id, None)
        self._to[each.target.id] -= 1
        if not task.cancelled() and (error := task.exception()) is not None:
            figures.poisoned.inc()
            _log.error("a hand-over could not be carried", hand_over=each.hand_over.id, exc_info=error)

    async def settled(self) -> None:
        """Until nothing is under way: for stories."""
        while self._running:
            await asyncio.wait(list(self._running.values()))
            await asyncio.sleep(0)

    async def _load(self, conn: Connection, due: Sequence[HandOver], now: datetime) -> tuple[list[Loaded], list[Draft]]:
        targets = {t.id: t for t in await store.targets(conn, self._vault, [h.target for h in due])} if due else {}
        incidents = [h.incident for h in due if h.incident is not None]
        rows = {r.id: r for r in await reading.several(conn, incidents)}
        loaded, drafts = list[Loaded](), list[Draft]()
        room = {target: AT_ONCE - n for target, n in self._to.items()}
        for each in due:
            target = targets.get(each.target)
            if target is not None and room.setdefault(target.id, AT_ONCE) <= 0:
                continue
            row = None if each.incident is None else rows.get(each.incident)
            made = MISSING if target is None else await self._made(conn, each, target, row, now)
            if isinstance(made, Answer):
                drafts += await self._settle(conn, each, target, made, now)
                continue
            room[made.target.id] -= 1
            loaded.append(made)
        return loaded, drafts

    async def _made(
        self, conn: Connection, each: HandOver, target: Target, row: Row | None, now: datetime
    ) -> Loaded | Answer:
        made = store.map_of(target)
        if made is None or (each.act is not Act.EXERCISE and (row is None or not target.enabled)):
            return MISSING
        if row is None:
            case = casing.exercise(each, target.name, target.areas[0] if target.areas else "", "", now)
        else:
            case = await self._casing.of(conn, row, each, now)
        try:
            return Loaded(each, target, case, adapters.compose(target, made, case, now))
        except Unfit as error:
            return Answer(Said.REFUSED, code="unfit", text=str(error)[:200])

    # -- one message

    async def _carry(self, each: Loaded) -> None:
        began = perf_counter()
        status: int | None = None
        body = b""
        request, target = each.request, each.target
        try:
            status, _, body = await self._wire.ask(
                request.method, request.url, request.headers, request.body, target.answer_s
            )
            made = store.map_of(target)
            answer = MISSING if made is None else adapters.answer(target.adapter, made, each.case.message, status, body)
        except Unheard as error:
            answer = Answer(Said.UNREACHED, code=str(error))
        except Unanswered as error:
            answer = Answer(Said.UNKNOWN, code=str(error))
        ms = round((perf_counter() - began) * 1000)
        figures.answers.labels(target.adapter.value, each.hand_over.act.value, answer.said.value).inc()
        exchange = _exchange(each, answer, status, ms, body)
        for pause in PATIENCE_S:
            try:
                await self._note(each, answer, exchange)
                return
            except UNAVAILABLE as away:
                _log.warning("an answer waits for the database", hand_over=each.hand_over.id, error=str(away))
                await asyncio.sleep(pause)

    async def _note(self, each: Loaded, answer: Answer, exchange: Exchange) -> None:
        now = self._clock.now()
        async with self._pool.acquire() as conn, conn.transaction():
            await store.keep_exchange(conn, mint(self._clock), now, exchange)
            drafts = await self._settle(conn, store.again(each.hand_over), each.target, answer, now)
            if drafts:
                await log.append(conn, drafts, to_micros(now))

    async def _settle(
        self, conn: Connection, each: HandOver, target: Target | None, answer: Answer, now: datetime
    ) -> list[Draft]:
        state, due = rules.after(each, answer, now)
        if target is None:
            state, due = State.FAILED, now
        said = " ".join(part for part in (answer.said.value, answer.code, answer.text) if part)[:300]
        told = state is not State.ACKNOWLEDGED and not each.told
        stands = await conn.fetchval(SQL.settle, each.id, state.value, due, now, answer.id, said, told)
        if each.incident is None:
            return []
        name = "" if target is None else target.name
        if stands == State.ACKNOWLEDGED and state is State.ACKNOWLEDGED:
            return await self._acknowledged(conn, each, name, answer, now)
        if told and stands != State.CANCELLED:
            detail: dict[str, object] = {"act": each.act.value, "target": name, "said": said}
            return await _line(conn, each.incident, Word(what="not_taken", detail=detail), now)
        return []

    async def _acknowledged(
        self, conn: Connection, each: HandOver, name: str, answer: Answer, now: datetime
    ) -> list[Draft]:
        took = max(timedelta(0), now - each.asked_at)
        ms = round(took.total_seconds() * 1000)
        detail: dict[str, object] = {"act": each.act.value, "target": name, "ms": ms}
        if answer.id:
            detail["number"] = answer.id
        if each.act is not Act.ALERT or each.incident is None:
            return (
                []
                if each.incident is None
                else await _line(conn, each.incident, Word(what="acknowledged", detail=detail), now)
            )
        figures.acknowledged_after.observe(took.total_seconds())
        await conn.execute(SQL.withdraw_calls, [each.incident], now, "acknowledged")
        word = Word(what="acknowledged", detail=detail, reached=Step.DISPATCH)
        return await _line(conn, each.incident, word, now)


async def _line(conn: Connection, incident: str, word: Word, now: datetime) -> list[Draft]:
    try:
        return [(await relay(conn, incident, word, Actor(PLATFORM, PLATFORM), to_micros(now))).draft]
    except NoIncident:
        return []


def _exchange(each: Loaded, answer: Answer, status: int | None, ms: int, body: bytes) -> Exchange:
    case = each.case
    words = " ".join(
        part for part in (texts.title(case), texts.where(case), case.number, answer.id, each.request.url) if part
    )
    return Exchange(
        target=each.target.id,
        direction="out",
        act=each.hand_over.act.value,
        ok=answer.said is Said.TAKEN,
        hand_over=each.hand_over.id,
        incident=each.hand_over.incident,
        status=status,
        ms=ms,
        said=" ".join(part for part in (answer.said.value, answer.code, answer.text) if part),
        request=each.request.body,
        answer=body,
        words=words,
    )
