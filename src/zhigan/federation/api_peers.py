"""The doors for other installations: join by a code, tell what happened, leave. No account opens them, a secret does.

Enters: a code's name and a key; batches signed with the agreed secret. Leaves: a signed answer with the position that
is held durably. What is forged, too old, doubled, out of order, torn or too large is refused with its reason, counted,
and nothing of it is applied. Absent: what is done with a batch (taking.py).
"""

import asyncio
from datetime import datetime
from itertools import accumulate
from typing import Any

import msgspec
from asyncpg import Record
from litestar import Controller, Request, Response, post
from litestar.params import FromPath, JSONBody

from zhigan.federation import figures, joining, keys, rules, sending, store, taking, wire
from zhigan.federation.desk import Federation, Joint
from zhigan.federation.model import Answered, CloudEvent, JoinAsk, Joined, ListenAsk, Lower
from zhigan.federation.store import SQL, Tally
from zhigan.runtime.ids import mint
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import Scope
from zhigan.webapi import pages, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.authentication import PUBLIC, address
from zhigan.webapi.database import Database
from zhigan.webapi.given import Db, Time
from zhigan.webapi.principal import Principal

MOST_BYTES = 8 * 1024 * 1024
MOST_EVENTS = 2000
MOST_ASKED = 16 * 1024
MOST_DOWN, LONGEST_WAIT_S, LOOKS = 100, 30, 3
MOST_SAID = 128 * 1024
"""Bytes of words that go down at once: a longer answer is read by nobody (`outward.MOST_BYTES`), and a hundred
long notes must not stop the way down for ever."""


class Peers(Controller):
    path = "/federation"
    tags = ("federation",)

    @post("/join", status_code=200, opt=PUBLIC, operation_id="joinFederation", request_max_body_size=MOST_ASKED)
    async def join(
        self, request: Request[Any, Any, Any], db: Db, clock: Time, federation: Joint, data: JSONBody[JoinAsk]
    ) -> Joined:
        """A platform below redeems an invitation. The code itself is not sent; the answer proves that we know it."""
        if not pages.is_id(data.platform):
            raise problems.invalid("platform", "an id")
        try:
            async with db.owner() as conn:
                answer = await joining.admit(conn, clock, federation.vault, data, sending.VERSION)
                who = Principal("", f"{answer.called} ({data.name[:60]})", Role.PARTNER, Scope(), "", address(request))
                await audit(conn, who, clock.now(), "federation.joined", answer.id, {"platform": data.platform})
                await conn.execute(SQL.notify)
        except joining.NotJoined as error:
            figures.refused.labels("invitation").inc()
            raise problems.conflict(str(error)) from error
        except keys.BadKey as error:
            raise problems.invalid("key", "an X25519 public key in base64") from error
        return answer

    @post(
        "/peers/{peer_id:str}/events",
        status_code=200,
        opt=PUBLIC,
        operation_id="takeFederationEvents",
        request_max_body_size=MOST_BYTES,
    )
    async def take(
        self, request: Request[Any, Any, Any], db: Db, clock: Time, federation: Joint, peer_id: FromPath[str]
    ) -> Response[bytes]:
        """A batch of CloudEvents, signed by Standard Webhooks; the answer names the position held durably."""
        body = await request.body()
        lower = await _shown(request, db, federation, peer_id, body, clock.now())
        try:
            events = wire.batch(body)
        except wire.Unreadable as error:
            await _refuse(db, lower, "form", str(error), clock.now())
            raise problems.invalid("body", "a batch of CloudEvents 1.0 in JSON") from error
        if len(events) > MOST_EVENTS:
            await _refuse(db, lower, "events", f"{len(events)} events", clock.now())
            raise problems.invalid("body", f"at most {MOST_EVENTS} events")
        try:
            async with db.owner() as conn:
                row = await conn.fetchrow(SQL.lower_locked, lower.id)
                locked = None if row is None else store.lower(row, federation.vault)
                if locked is None or locked.revoked_at is not None:
                    raise _ended()
                me = await joining.own(conn, clock)
                taken = await taking.take(conn, clock, locked, me, events)
        except rules.Gap as gap:
            why = "replay" if gap.first < gap.position else "gap"
            await _refuse(db, lower, why, f"follows {gap.first}, held is {gap.position}", clock.now())
            raise problems.conflict(
                "The batch does not follow what is held here; go on from `position`.", position=gap.position
            ) from gap
        except rules.Foreign as error:
            await _refuse(db, lower, "foreign", str(error), clock.now())
            raise problems.invalid("body", str(error)) from error
        _count(lower, taken)
        return _signed(federation, lower, Answered(taken.position), clock.now())

    @post(
        "/peers/{peer_id:str}/orders",
        status_code=200,
        opt=PUBLIC,
        operation_id="hearFederationOrders",
        request_max_body_size=MOST_ASKED,
    )
    async def orders(
        self, request: Request[Any, Any, Any], db: Db, clock: Time, federation: Joint, peer_id: FromPath[str]
    ) -> Response[bytes]:
        """What waits for the platform below, after the word that it has; where nothing waits, the answer waits."""
        body = await request.body()
        lower = await _shown(request, db, federation, peer_id, body, clock.now())
        try:
            asked = wire.read(body, ListenAsk)
        except wire.Unreadable as error:
            raise problems.invalid("body", "after and wait_s") from error
        async with db.owner() as conn:
            await conn.execute(SQL.seen_lower, lower.id, clock.now(), asked.after)
            await conn.execute(SQL.taken_down, lower.id, asked.after, clock.now())
            me = await joining.own(conn, clock)
        rows = await _waited(db, lower, asked)
        events = [
            CloudEvent(
                specversion="1.0", id=f"{lower.id}-{row['seq']}", source=rules.source(me.id), type=row["type"],
                subject=row["subject"], time=row["made_at"].isoformat(), sequence=str(row["seq"]),
                previous=str(row["seq"] - 1), data=msgspec.Raw(row["body"].encode()),
            )
            for row in rows
        ]  # fmt: skip
        return _signed(federation, lower, events, clock.now())

    @post(
        "/peers/{peer_id:str}/leave",
        status_code=200,
        opt=PUBLIC,
        operation_id="leaveFederation",
        request_max_body_size=MOST_ASKED,
    )
    async def leave(
        self, request: Request[Any, Any, Any], db: Db, clock: Time, federation: Joint, peer_id: FromPath[str]
    ) -> Response[bytes]:
        """The platform below leaves: its secret opens nothing any more. What it told stays."""
        body = await request.body()
        now = clock.now()
        lower = await _shown(request, db, federation, peer_id, body, now)
        async with db.owner() as conn:
            await conn.execute(SQL.revoke_lower, lower.id, now, lower.name)
            who = Principal("", lower.name, Role.PARTNER, Scope(), "", address(request))
            await audit(conn, who, now, "federation.left", lower.id, {})
        return _signed(federation, lower, Answered(lower.position), now)


handlers: list[type[Controller]] = [Peers]


async def _waited(db: Database, lower: Lower, asked: ListenAsk) -> list[Record]:
    """What goes down next; no connection is held while nothing does."""
    for look in range(max(1, min(asked.wait_s, LONGEST_WAIT_S) * LOOKS)):
        if look:
            await asyncio.sleep(1 / LOOKS)
        async with db.owner() as conn:
            rows = await conn.fetch(SQL.downs, lower.id, asked.after, MOST_DOWN)
        if rows:
            sizes = accumulate(len(row["body"].encode()) for row in rows)
            return [row for row, size in zip(rows, sizes, strict=True) if size <= MOST_SAID] or rows[:1]
    return []


async def _shown(
    request: Request[Any, Any, Any], db: Database, federation: Federation, peer_id: str, body: bytes, now: datetime
) -> Lower:
    """Whose secret signed it. Nothing is read before."""
    lower: Lower | None = None
    if pages.is_id(peer_id):
        async with db.owner() as conn:
            row = await conn.fetchrow(SQL.lower, peer_id)
            lower = None if row is None else store.lower(row, federation.vault)
    if lower is None or not wire.holds(lower.secret, request.headers, body, now):
        figures.refused.labels("signature").inc()
        raise problems.unauthorised("The signature is missing, wrong or too old; compare the clocks.")
    if lower.revoked_at is not None:
        raise _ended()
    return lower


def _ended() -> problems.Problem:
    return problems.Problem(410, problems.TITLES[410], "This platform was revoked; a new invitation joins it again.")


async def _refuse(db: Database, lower: Lower, why: str, said: str, now: datetime) -> None:
    figures.refused.labels(why).inc()
    async with db.owner() as conn:
        await conn.execute(SQL.wrong_lower, lower.id, f"{why}: {said}"[:300], now)
        await store.count(conn, lower.id, now.date(), Tally(refused=1))


def _count(lower: Lower, taken: taking.Taken) -> None:
    tally = taken.tally
    for fate, number in (("applied", tally.applied), ("skipped", tally.skipped), ("unread", tally.unread)):
        figures.events.labels(lower.slug, fate).inc(number)
    figures.behind.labels(lower.slug).set(max(0, taken.head - taken.position))
    if taken.lag_s is not None:
        figures.lag.labels(lower.slug).set(taken.lag_s)


def _signed(federation: Federation, lower: Lower, answer: object, now: datetime) -> Response[bytes]:
    body = wire.encode(answer)
    headers = wire.signed(lower.secret, mint(federation.clock), body, now)
    return Response(
        body, media_type="application/json", headers={k: v for k, v in headers.items() if k != "content-type"}
    )
