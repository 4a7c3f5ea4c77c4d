"""A partner's subscriptions over HTTP: what it is told, in which form, to which address; paused, replayed, tried out.

The secret is made here, shown once, and sealed; a new one signs beside the old for a day. Where a request may go the
guard decides, here by the address's form and again when it is sent. Absent: partners (api.py), sending (delivery.py).
"""

from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from litestar import Controller, delete, get, post, put
from litestar.params import FromPath, JSONBody

from zhigan.bus import log
from zhigan.outlets.subscriptions import composing, seen, store, views
from zhigan.outlets.subscriptions.desk import Partners, Wired
from zhigan.outlets.subscriptions.model import Exercises, Form, State, What
from zhigan.outlets.subscriptions.store import SQL
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.webapi import problems
from zhigan.webapi.audit import audit
from zhigan.webapi.database import Database
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal
from zhigan.webapi.problems import FieldError

MOST = 100
"""In all: each has a connection of its own outward."""
OVERLAP = timedelta(hours=24)
GradeName = Annotated[str, msgspec.Meta(pattern="^(I|II|III|IV)$")]


class NewSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """Begins with what happens from now on; `replay` goes further back. `batch`: up to so many events in one message
    (CloudEvents batched mode), 1: one each. `grades` and `kinds` empty: all. `version`: the one that was changed."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    form: Form = Form.CLOUDEVENTS
    url: Annotated[str, msgspec.Meta(max_length=500)]
    what: Annotated[list[What], msgspec.Meta(min_length=1, max_length=10)]
    confirmed: bool = False
    grades: Annotated[list[GradeName], msgspec.Meta(max_length=4)] = []
    kinds: Annotated[list[Kind], msgspec.Meta(max_length=20)] = []
    exercises: Exercises = Exercises.MARKED
    batch: Annotated[int, msgspec.Meta(ge=1, le=100)] = 1
    version: int = 0


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """What came from that moment on is sent again, with the ids it had."""

    since: datetime


class SubscriptionsOfPartner(Controller):
    path = "/partners/{partner_id:str}/subscriptions"
    tags = ("partners",)

    @get(operation_id="listSubscriptions")
    async def listed(
        self, principal: Caller, db: Db, clock: Time, partner_id: FromPath[str]
    ) -> Page[views.PartnerSubscription]:
        found = await seen.partner(db, principal, clock, partner_id)
        seen.looks(principal)
        return Page(await seen.subscriptions(db, principal, clock, found.id, None))

    @post(operation_id="addSubscription")
    async def add(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        partners: Wired,
        partner_id: FromPath[str],
        data: JSONBody[NewSubscription],
    ) -> views.SubscriptionMade:
        found = await seen.partner(db, principal, clock, partner_id)
        seen.makes(principal)
        _checked(partners, data)
        id_, now, secret = mint(clock), clock.now(), composing.fresh_secret()
        async with db.owner() as conn:
            if await conn.fetchval(SQL.count_subscriptions) >= MOST:
                raise problems.conflict(f"There are {MOST} subscriptions already.")
            await conn.execute(
                SQL.add_subscription, id_, found.id, data.name.strip(), data.form.value, data.url, _what(data),
                data.confirmed, _grades(data), _kinds(data), data.exercises.value, data.batch,
                partners.vault.seal(secret.encode(), store.purpose(id_)), await log.last(conn), now, principal.name,
            )  # fmt: skip
            await audit(conn, principal, now, "subscription.made", id_, _told(found.name, data))
            await conn.execute(SQL.tell)
        return views.SubscriptionMade(subscription=await seen.subscription(db, principal, clock, id_), secret=secret)


class Subscriptions(Controller):
    path = "/subscriptions/{subscription_id:str}"
    tags = ("partners",)

    @get(operation_id="getSubscription")
    async def one(
        self, principal: Caller, db: Db, clock: Time, subscription_id: FromPath[str]
    ) -> views.PartnerSubscription:
        found = await seen.subscription(db, principal, clock, subscription_id)
        seen.looks(principal)
        return found

    @put(operation_id="changeSubscription")
    async def change(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        partners: Wired,
        subscription_id: FromPath[str],
        data: JSONBody[NewSubscription],
    ) -> views.PartnerSubscription:
        """The whole record as it shall be, from the next message on; the form stays as it was made."""
        found = await _mine(principal, db, clock, subscription_id)
        _checked(partners, data)
        if data.form is not found.form:
            raise problems.invalid("form", "as it was made: another form is another subscription")
        now = clock.now()
        async with db.owner() as conn:
            kept = await conn.fetchval(
                SQL.change_subscription, found.id, data.name.strip(), data.url, _what(data), data.confirmed,
                _grades(data), _kinds(data), data.exercises.value, data.batch, now, principal.name, data.version,
            )  # fmt: skip
            if kept is None:
                raise problems.conflict("Somebody else changed it meanwhile: look at it again.")
            await audit(conn, principal, now, "subscription.changed", found.id, _told(found.partner, data))
            await conn.execute(SQL.tell)
        return await seen.subscription(db, principal, clock, found.id)

    @delete(operation_id="retireSubscription")
    async def retire(self, principal: Caller, db: Db, clock: Time, subscription_id: FromPath[str]) -> None:
        found = await _mine(principal, db, clock, subscription_id)
        async with db.owner() as conn:
            await conn.execute(SQL.retire_subscription, found.id, clock.now(), principal.name)
            await audit(conn, principal, clock.now(), "subscription.retired", found.id, _named(found))
            await conn.execute(SQL.tell)

    @post("/pause", status_code=200, operation_id="pauseSubscription")
    async def pause(
        self, principal: Caller, db: Db, clock: Time, subscription_id: FromPath[str]
    ) -> views.PartnerSubscription:
        """Its position stays: what happens meanwhile is sent when it is resumed."""
        return await _set(principal, db, clock, subscription_id, State.PAUSED)

    @post("/resume", status_code=200, operation_id="resumeSubscription")
    async def resume(
        self, principal: Caller, db: Db, clock: Time, subscription_id: FromPath[str]
    ) -> views.PartnerSubscription:
        """Also to try again at once where the next attempt is still to come."""
        return await _set(principal, db, clock, subscription_id, State.ACTIVE)

    @post("/replay", status_code=200, operation_id="replaySubscription")
    async def replay(
        self, principal: Caller, db: Db, clock: Time, subscription_id: FromPath[str], data: JSONBody[Replay]
    ) -> views.PartnerSubscription:
        """Back to what came since then; or forward, past a message that the receiver will never take."""
        found = await _mine(principal, db, clock, subscription_id)
        if data.since.tzinfo is None:
            raise problems.invalid("since", "a time with its offset")
        now = clock.now()
        async with db.owner() as conn:
            position = await log.position_at(conn, data.since)
            await conn.execute(SQL.replay, found.id, position, now, principal.name)
            await conn.execute(SQL.forget_threads, found.id)
            told = _named(found) | {"since": data.since.isoformat(), "from": found.position, "to": position}
            await audit(conn, principal, now, "subscription.replayed", found.id, told)
            await conn.execute(SQL.tell)
        return await seen.subscription(db, principal, clock, found.id)

    @post("/secret", status_code=200, operation_id="renewSubscriptionSecret")
    async def renew(
        self, principal: Caller, db: Db, clock: Time, partners: Wired, subscription_id: FromPath[str]
    ) -> views.SubscriptionMade:
        """The old one signs too for a day, so that the receiver can change over without a gap."""
        found = await _mine(principal, db, clock, subscription_id)
        secret, now = composing.fresh_secret(), clock.now()
        sealed = partners.vault.seal(secret.encode(), store.purpose(found.id))
        async with db.owner() as conn:
            await conn.execute(SQL.renew_secret, found.id, sealed, now + OVERLAP, now, principal.name)
            await audit(conn, principal, now, "subscription.secret", found.id, _named(found))
        made = await seen.subscription(db, principal, clock, found.id)
        return views.SubscriptionMade(subscription=made, secret=secret)

    @post("/test", status_code=200, operation_id="testSubscription")
    async def test(
        self, principal: Caller, db: Db, clock: Time, partners: Wired, subscription_id: FromPath[str]
    ) -> views.PartnerDeliveryDetail:
        """A message that says that it is a test, sent now; what came back. It moves no position."""
        found = await _mine(principal, db, clock, subscription_id)
        async with db.owner() as conn:
            sub = await store.loaded(conn, partners.vault, found.id, clock.now())
        if sub is None:
            raise problems.not_found()
        id_, attempt = await partners.delivery.test(sub)
        async with db.owner() as conn:
            await store.keep(conn, id_, sub.partner, sub.id, clock.now(), attempt)
            told = _named(found) | {"said": attempt.said}
            await audit(conn, principal, clock.now(), "subscription.tested", found.id, told)
            row = await conn.fetchrow(SQL.delivery, id_)
        if row is None:
            raise problems.not_found()
        return views.delivery_detail(row)


handlers: list[type[Controller]] = [SubscriptionsOfPartner, Subscriptions]


async def _mine(principal: Principal, db: Database, clock: Clock, id_: str) -> views.PartnerSubscription:
    found = await seen.subscription(db, principal, clock, id_)
    seen.makes(principal)
    return found


async def _set(principal: Principal, db: Database, clock: Clock, id_: str, state: State) -> views.PartnerSubscription:
    found, now = await _mine(principal, db, clock, id_), clock.now()
    act = "paused" if state is State.PAUSED else "resumed"
    async with db.owner() as conn:
        await conn.execute(SQL.set_subscription, found.id, state.value, now, principal.name)
        await audit(conn, principal, now, f"subscription.{act}", found.id, _named(found))
        await conn.execute(SQL.tell)
    return await seen.subscription(db, principal, clock, found.id)


def _checked(partners: Partners, data: NewSubscription) -> None:
    wrong: list[FieldError] = []
    if not partners.wire.fits(data.url):
        wrong.append(
            FieldError("url", "an address outside, such as https://host/path, without name, password or inner network")
        )
    if not data.name.strip() or any(ord(c) < 32 for c in data.name):
        wrong.append(FieldError("name", "one line without control characters"))
    if wrong:
        raise problems.invalid_fields(wrong)


def _what(data: NewSubscription) -> list[str]:
    return [each.value for each in What if each in data.what]


def _grades(data: NewSubscription) -> list[int]:
    return sorted({int(Grade[each]) for each in data.grades})


def _kinds(data: NewSubscription) -> list[str]:
    return sorted({each.value for each in data.kinds})


def _named(found: views.PartnerSubscription) -> dict[str, object]:
    return {"partner": found.partner, "name": found.name}


def _told(partner: str, data: NewSubscription) -> dict[str, object]:
    """For the audit trail; there is no secret in it."""
    return {
        "partner": partner, "name": data.name, "form": data.form, "url": data.url, "what": _what(data),
        "confirmed": data.confirmed, "grades": data.grades, "kinds": _kinds(data), "exercises": data.exercises,
        "batch": data.batch,
    }  # fmt: skip
