"""The automatic cut-off of one circuit over HTTP: rehearsed, asked for, approved by a second person, ended.

Whoever may cut may do these steps, the site's electrician among them; ending is open to everybody who may stop a cut
or take a consent back. Other limits are another agreement: it rehearses anew. Outside one's scope there is none.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from litestar import Controller, get, post, put
from litestar.params import FromPath, JSONBody

from zhigan.commands.api import Interlocked, refused
from zhigan.commands.interlock import Interlock
from zhigan.desks.electrical import automatic, automatic_rules, store
from zhigan.desks.electrical.api import Ruled
from zhigan.desks.electrical.automatic import Standing
from zhigan.desks.electrical.automatic_rules import WATCHED, Limit
from zhigan.desks.electrical.model import (
    AutomaticAsked,
    AutomaticLimit,
    AutomaticView,
    Channel,
    NewAutomatic,
    Revocation,
    Row,
)
from zhigan.registry.checks import Checker
from zhigan.registry.refusals import allow, an_id, checked, found
from zhigan.registry.ruling import Standing as Ruling
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.metrics import BY_NAME
from zhigan.vocabulary.moments import SECOND, to_datetime, to_micros
from zhigan.vocabulary.roles import CONSENT_ROLES, CUT_ROLES, CUT_STOP_ROLES
from zhigan.webapi import problems
from zhigan.webapi.audit import audit
from zhigan.webapi.database import Database
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.principal import Principal

TRIPS_SHOWN = 200
END_ROLES = CUT_STOP_ROLES | CONSENT_ROLES


class Automatic(Controller):
    path = "/circuits/{circuit_id:str}/automatic"
    tags = ("electrical",)

    @get(operation_id="getAutomaticCut")
    async def one(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        interlock: Interlocked,
        ruling: Ruled,
        circuit_id: FromPath[str],
    ) -> AutomaticView:
        """How it stands, and when it would have cut, newest first."""
        row = await _circuit(db, principal, circuit_id, clock.now())
        return await _view(db, principal, (interlock, ruling), row, clock.micros())

    @put(operation_id="rehearseAutomaticCut")
    async def rehearse(
        self, principal: Caller, db: Db, clock: Time, interlock: Interlocked, ruling: Ruled,
        circuit_id: FromPath[str],
        data: JSONBody[NewAutomatic],
    ) -> AutomaticView:  # fmt: skip
        """What it watches. It begins with a rehearsal, which cuts nothing; one that stood before ends."""
        row, now = await _circuit(db, principal, circuit_id, clock.now()), clock.now()
        allow(principal, CUT_ROLES)
        async with db.bound(principal) as conn:
            own = (await store.channels(conn, [row.id]))[row.id]
        async with db.owner() as conn:
            least = await _least(conn, row, own, ruling)
            limits = checked(lambda: _limits(data, own, least))
            if row.load_class != "third":
                raise problems.conflict("Only a third-class circuit is ever cut by itself.")
            for standing in await automatic.standing(conn, clock.micros(), row.id):
                await automatic.end(conn, standing.agreement.id, principal.name, "other limits", now)
            id_ = mint(clock)
            await automatic.rehearse(conn, id_, row.id, limits, data.hold_s, principal.name, now)
            await audit(conn, principal, now, "automatic.rehearsed", row.id, {"agreement": id_, "of": data})
        return await _view(db, principal, (interlock, ruling), row, clock.micros())

    @post("/ask", status_code=200, operation_id="askAutomaticCut")
    async def ask(
        self, principal: Caller, db: Db, clock: Time, interlock: Interlocked, ruling: Ruled,
        circuit_id: FromPath[str],
        data: JSONBody[AutomaticAsked],
    ) -> AutomaticView:  # fmt: skip
        """From rehearsal to live, until a day: the first of two people."""
        row, now = await _circuit(db, principal, circuit_id, clock.now()), clock.now()
        allow(principal, CUT_ROLES)
        if data.until.tzinfo is None:
            raise problems.invalid("until", "a time with its offset")
        async with db.owner() as conn:
            standing = await _standing(conn, row.id, clock.micros())
            ground = await automatic.ground(conn, interlock, standing)
            with refused():
                automatic_rules.may_ask(standing.agreement, ground, to_micros(data.until), clock.micros())
            person = (principal.name, principal.id)
            await automatic.ask(conn, standing.agreement.id, person, data.why, data.until, now)
            detail = {"agreement": standing.agreement.id, "why": data.why, "until": data.until}
            await audit(conn, principal, now, "automatic.asked", row.id, detail)
        return await _view(db, principal, (interlock, ruling), row, clock.micros())

    @post("/approve", status_code=200, operation_id="approveAutomaticCut")
    async def approve(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        interlock: Interlocked,
        ruling: Ruled,
        circuit_id: FromPath[str],
    ) -> AutomaticView:
        """The second person: from now on it cuts by itself."""
        row, now = await _circuit(db, principal, circuit_id, clock.now()), clock.now()
        allow(principal, CUT_ROLES)
        async with db.owner() as conn:
            standing = await _standing(conn, row.id, clock.micros())
            ground = await automatic.ground(conn, interlock, standing)
            with refused():
                automatic_rules.may_approve(standing.agreement, ground, principal.id, clock.micros())
            await automatic.approve(conn, standing.agreement.id, (principal.name, principal.id), now)
            await audit(conn, principal, now, "automatic.approved", row.id, {"agreement": standing.agreement.id})
        return await _view(db, principal, (interlock, ruling), row, clock.micros())

    @post("/end", status_code=200, operation_id="endAutomaticCut")
    async def end(
        self, principal: Caller, db: Db, clock: Time, interlock: Interlocked, ruling: Ruled,
        circuit_id: FromPath[str],
        data: JSONBody[Revocation],
    ) -> AutomaticView:  # fmt: skip
        """At once, also for what is counting down."""
        row, now = await _circuit(db, principal, circuit_id, clock.now()), clock.now()
        allow(principal, END_ROLES)
        async with db.owner() as conn:
            standing = await _standing(conn, row.id, clock.micros())
            await automatic.end(conn, standing.agreement.id, principal.name, data.why, now)
            detail = {"agreement": standing.agreement.id, "why": data.why}
            await audit(conn, principal, now, "automatic.ended", row.id, detail)
        return await _view(db, principal, (interlock, ruling), row, clock.micros())


handlers: list[type[Controller]] = [Automatic]


async def _circuit(db: Database, principal: Principal, id_: str, now: datetime) -> Row:
    async with db.bound(principal) as conn:
        return found(await store.one(conn, an_id(id_), now))


async def _standing(conn: Connection, circuit: str, now: int) -> Standing:
    """Its row is held: of two steps at one instant the second sees the first."""
    for each in await automatic.standing(conn, now, circuit):
        if await automatic.locked(conn, each.agreement.id):
            return (await automatic.standing(conn, now, circuit))[0]
    raise problems.conflict("No automatic cut-off is set up for this circuit.")


async def _least(conn: Connection, row: Row, own: list[Channel], ruling: Ruling) -> dict[str, float]:
    policy = (await ruling(conn)).of(row.area).limits
    return automatic_rules.least((store.bound(c, row.phases, row.rating_a) for c in own), policy)


def _limits(data: NewAutomatic, own: list[Channel], lowest: Mapping[str, float]) -> list[Limit]:
    check = Checker()
    measured = {c.metric for c in own}
    given = {each.metric: each.limit for each in data.limits}
    for name, limit in given.items():
        metric = BY_NAME[name]
        least = lowest.get(name)
        if metric.number not in measured or least is None:
            check.say("limits", "a quantity that the circuit measures")
        elif limit < least:
            check.say("limits", f"at least {least:g} {metric.unit}: nothing is cut before it is an alarm")
    check.done()
    return [Limit(BY_NAME[name].number, limit) for name, limit in given.items()]


async def _view(
    db: Database, principal: Principal, wired: tuple[Interlock, Ruling], row: Row, now: int
) -> AutomaticView:
    interlock, ruling = wired
    async with db.bound(principal) as conn:
        own = (await store.channels(conn, [row.id]))[row.id]
        trips = await automatic.trips(conn, row.id, TRIPS_SHOWN)
    async with db.owner() as conn:
        standing = next(iter(await automatic.standing(conn, now, row.id)), None)
        ground = None if standing is None else await automatic.ground(conn, interlock, standing)
        least = await _least(conn, row, own, ruling)
    agreed = None if standing is None else standing.agreement
    limits = {} if agreed is None else dict(agreed.limits)
    against = "" if ground is None else automatic_rules.unfit(ground, 0, now)
    measured = {c.metric for c in own}
    view = AutomaticView(
        mode=automatic_rules.mode(agreed, now),
        limits=[
            AutomaticLimit(
                metric=name, unit=BY_NAME[name].unit, limit=limits.get(BY_NAME[name].number),
                least=least.get(name),
            )
            for name in WATCHED
            if BY_NAME[name].number in measured
        ],
        hold_s=120 if agreed is None else agreed.hold // SECOND,
        hindrances=[store.hindrance(against)] if against else [],
        steps=_steps(principal, agreed, now),
        trips=trips,
    )  # fmt: skip
    return view if agreed is None else _dated(view, agreed)


def _dated(view: AutomaticView, agreed: automatic_rules.Agreement) -> AutomaticView:
    return msgspec.structs.replace(
        view,
        begun_at=to_datetime(agreed.begun_at),
        begun_by=agreed.begun_by,
        ready_at=to_datetime(agreed.begun_at + automatic_rules.REHEARSED),
        asked_at=_moment(agreed.asked_at),
        asked_by=agreed.asked_by,
        why=agreed.why,
        until=_moment(agreed.until),
        approved_at=_moment(agreed.approved_at),
        approved_by=agreed.approved_by,
    )


def _moment(at: int | None) -> datetime | None:
    return None if at is None else to_datetime(at)


def _steps(principal: Principal, agreed: automatic_rules.Agreement | None, now: int) -> list[str]:
    """What a page offers; what stands against it just now is told when it is tried."""
    mode = automatic_rules.mode(agreed, now)
    steps: list[str] = []
    if principal.role in CUT_ROLES:
        steps.append("rehearse")
        if agreed is not None and mode == "rehearsal" and now - agreed.begun_at >= automatic_rules.REHEARSED:
            steps.append("ask")
        if agreed is not None and mode == "asked" and principal.id != agreed.asker:
            steps.append("approve")
    if mode != "off" and principal.role in END_ROLES:
        steps.append("end")
    return steps
