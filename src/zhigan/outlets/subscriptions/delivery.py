"""One step of one subscription: read what is the partner's, put down what is under way, send it, move by its answer.

Enters: pool, clock, vault, the guarded way out. Leaves: a message sent, the attempt kept, the position moved after a
2xx and by nothing else. What is read is read as the partner's account (row security); what is under way is
committed before it is sent, so that whoever dies in between sends the same events under the same id. No connection is
held while a partner thinks. Absent: when a step is taken (worker.py), and what is told (rules.py).
"""

from collections.abc import Mapping
from enum import StrEnum
from time import perf_counter

import msgspec
import structlog

from zhigan.access.vault import Vault
from zhigan.bus import log
from zhigan.bus.log import Event
from zhigan.incidents import reading
from zhigan.incidents.rows import Row
from zhigan.outlets.subscriptions import capping, composing, figures, rules, store
from zhigan.outlets.subscriptions.capping import Unfit
from zhigan.outlets.subscriptions.model import Form, Subscription, Thread
from zhigan.outlets.subscriptions.store import SQL, Attempt
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.runtime.outward import Outward, Unanswered, Unheard
from zhigan.runtime.pg import Connection, Pool
from zhigan.vocabulary.events import EventType
from zhigan.webapi.database import bind

PAGE = 500
ANSWER_S = 15.0
TEST_ANSWER_S = 8.0
KEPT_REQUESTS = 3
"""Of a message that fails again and again the body is kept of so many attempts."""
_log = structlog.get_logger("outlets.subscriptions")


class Fate(StrEnum):
    IDLE = "idle"  # nothing is waiting
    MORE = "more"  # taken or passed over; there may be more
    LATER = "later"  # not before `next_at`
    FAILED = "failed"
    OFF = "off"  # paused, gone, retired


class Chosen(msgspec.Struct, frozen=True):
    """`row` None: it left the scope. `before`: what the partner was told of it until now."""

    event: Event
    row: Row | None
    before: Thread | None


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What goes out as one request. `moved`: the threads as they stand once it was taken."""

    id: str
    chosen: list[Chosen]
    body: bytes
    moved: dict[str, Thread]
    upto: int


class Delivery:
    def __init__(
        self, pool: Pool, clock: Clock, vault: Vault, wire: Outward, source: str = "urn:zhigan119",
        sender: str = capping.SENDER,
    ) -> None:  # fmt: skip
        self._pool, self._clock, self._vault, self._wire = pool, clock, vault, wire
        self._source, self._sender = source, sender

    async def step(self, id_: str) -> Fate:
        now = self._clock.now()
        async with self._pool.acquire() as conn:
            sub = await store.loaded(conn, self._vault, id_, now)
            if sub is None or not sub.runs:
                return Fate.OFF
            if sub.next_at is not None and sub.next_at > now:
                return Fate.LATER
            head = await log.last(conn)
            made = await self._made(conn, sub, head) if head > sub.position else head
            if isinstance(made, int):  # nothing up to there is the partner's; or an older state of the log was put back
                if made != sub.position:
                    await conn.execute(SQL.passed, sub.id, sub.position, made)
                return Fate.MORE if made < head else Fate.IDLE
            if sub.upto is None:
                await conn.execute(SQL.put_down, sub.id, sub.position, made.upto)
        return await self._send(sub, made)

    # -- choosing

    async def _made(self, conn: Connection, sub: Subscription, head: int) -> Message | int:
        """What is to be sent next; or how far nothing is."""
        async with conn.transaction(readonly=True):
            await bind(conn, sub.scope, sub.account)
            upto = head if sub.upto is None else sub.upto
            page = await log.read_bound(conn, sub.scope, sub.position, upto, PAGE)
            followed = [e for e in page if e.type in rules.FOLLOWED]
            subjects = list(dict.fromkeys(e.subject for e in followed))
            rows = {r.id: r for r in await reading.several(conn, subjects)}
        threads = await store.threads(conn, sub.id, subjects) if subjects else {}
        chosen, moved = choose(sub, followed, rows, threads)
        end = upto if len(page) < PAGE else page[-1].id
        if not chosen:
            return end
        id_ = composing.message_id(sub.id, chosen[0].event.id, chosen[-1].event.id)
        last = sub.upto if sub.upto is not None and len(page) < PAGE else chosen[-1].event.id
        try:
            body = self._body(sub, chosen)
        except Unfit as error:
            figures.poisoned.inc()
            _log.error(
                "a message for a partner is not valid", subscription=sub.id, event=chosen[0].event.id, why=str(error)
            )
            return chosen[-1].event.id
        return Message(id=id_, chosen=chosen, body=body, moved=moved, upto=last)

    def _body(self, sub: Subscription, chosen: list[Chosen]) -> bytes:
        if sub.form is Form.CLOUDEVENTS:
            return composing.body([composing.cloud_event(self._source, c.event, c.row) for c in chosen], sub.batch)
        event, before = chosen[0].event, chosen[0].before
        told = None if chosen[0].row is None else composing.as_it_stood(composing.facts(chosen[0].row), event)
        return capping.compose(
            told, incident=event.subject, identifier=composing.message_id(sub.id, event.id, event.id),
            sender=self._sender, sent=composing.local(event.received_at), before=before,
            kind=capping.message_type(told, follows=before is not None),
        )  # fmt: skip

    # -- sending

    async def _send(self, sub: Subscription, made: Message) -> Fate:
        first = made.chosen[0]
        status, asked, answer, said, ms = await self._ask(sub, made.id, made.body, ANSWER_S)
        ok = status is not None and 200 <= status < 300
        figures.attempts.labels(sub.form.value, "taken" if ok else said.partition(" ")[0][:40]).inc()
        figures.took.labels(sub.form.value).observe(ms / 1000)
        attempt = Attempt(
            ok=ok, attempt=sub.failures + 1, events=len(made.chosen), first=first.event.id,
            incident=first.event.subject, type=first.event.type.value, message=made.id, status=status, ms=ms, said=said,
            request=made.body if ok or sub.failures < KEPT_REQUESTS else b"", answer=answer, words=_words(made),
        )  # fmt: skip
        now = self._clock.now()
        async with self._pool.acquire() as conn, conn.transaction():
            again, gone = now, False
            if ok:
                moved = await conn.fetchval(SQL.taken, sub.id, sub.position, made.upto, len(made.chosen), now, said)
            else:
                again = now + rules.pause(sub.failures + 1, now - (sub.failing_since or now), asked)
                gone = status == rules.GONE
                moved = await conn.fetchval(SQL.not_taken, sub.id, sub.position, now, again, said, gone)
            if moved is not None and ok:
                await store.put_threads(conn, sub.id, made.moved)
            await store.keep(conn, mint(self._clock), sub.partner, sub.id, now, attempt)
        if ok:
            figures.events.labels(sub.form.value).inc(len(made.chosen))
            return Fate.MORE
        return Fate.OFF if gone else Fate.FAILED

    async def _ask(
        self, sub: Subscription, id_: str, body: bytes, answer_s: float
    ) -> tuple[int | None, float | None, bytes, str, int]:
        """Status, seconds asked for, body, what is to be said of it, milliseconds."""
        began = perf_counter()
        status, asked, answer = None, None, b""
        if not sub.secrets:
            return None, None, b"", "secret_lost", 0
        headers = composing.headers(
            sub.secrets, id_, body, composing.content_type(sub.form, sub.batch), self._clock.now()
        )
        try:
            status, got, answer = await self._wire.ask("POST", sub.url, headers, body, answer_s)
            asked = rules.retry_after(got.get("retry-after", "")) if status in (429, 503) else None
            said = str(status)
        except (Unheard, Unanswered) as error:
            said = str(error)
        return status, asked, answer, said, round((perf_counter() - began) * 1000)

    async def test(self, sub: Subscription) -> tuple[str, Attempt]:
        """A message that says that it is a test, sent now, and what came back; it moves nothing."""
        now, id_ = self._clock.now(), mint(self._clock)
        message = f"msg_test_{id_.replace('-', '')}"
        if sub.form is Form.CAP:
            body = capping.trial(message, self._sender, now)
        else:
            body = composing.body([composing.test_event(self._source, message, now)], sub.batch)
        status, _, answer, said, ms = await self._ask(sub, message, body, TEST_ANSWER_S)
        ok = status is not None and 200 <= status < 300
        return id_, Attempt(
            act="test", ok=ok, attempt=1, events=1, first=None, incident=None, type="test", message=message,
            status=status, ms=ms, said=said, request=body, answer=answer, words="test",
        )  # fmt: skip


def choose(
    sub: Subscription, events: list[Event], rows: Mapping[str, Row], threads: Mapping[str, Thread]
) -> tuple[list[Chosen], dict[str, Thread]]:
    """The next events that are the partner's, at most a batch, and the threads behind them. Pure."""
    chosen, now = list[Chosen](), dict(threads)
    moved: dict[str, Thread] = {}
    for event in events:
        row, left = rows.get(event.subject), event.type is EventType.INCIDENT_LEFT
        before = rules.standing(now.get(event.subject))
        if not rules.concerns(sub.filter, event.type, event.body, before=before is not None):
            continue
        if not left and (row is None or not rules.suits(sub.filter, event.type, event.body, composing.known(row))):
            continue
        told = rules.told(event.type, event.body)
        if sub.form is Form.CAP and before is not None and before.told == told:
            continue
        id_, at = composing.message_id(sub.id, event.id, event.id), composing.local(event.received_at)
        now[event.subject] = moved[event.subject] = rules.continued(before, id_, at, told)
        chosen.append(Chosen(event, None if left else row, before))
        if len(chosen) == sub.batch and sub.upto is None:
            break
    return chosen, moved


def _words(made: Message) -> str:
    places = [c.row.place for c in made.chosen if c.row is not None]
    said = [part for p in places for part in (p.unit_name, p.text)]
    return " ".join(dict.fromkeys([made.id, *said, *(c.event.subject for c in made.chosen)]))
