"""The automatic cut-off of one circuit over HTTP: rehearsed, asked for, approved by a second person, ended.

Whoever may cut may do these steps, the site's electrician among them; ending is open to everybody who may stop a cut
or take a consent back. Other limits are another agreement: it rehearses anew. Outside one's scope there is none.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import NamedTuple, TypeAlias

import msgspec
from litestar import Controller, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, SkipValidation

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
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.metrics import BY_NAME
from zhigan.vocabulary.moments import SECOND, to_datetime, to_micros
from zhigan.vocabulary.roles import CONSENT_ROLES, CUT_ROLES, CUT_STOP_ROLES, Role
from zhigan.webapi import problems
from zhigan.webapi.audit import audit
from zhigan.webapi.database import Database
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.principal import Principal

TRIPS_SHOWN = 200
END_ROLES = CUT_STOP_ROLES | CONSENT_ROLES


class At(NamedTuple):
    """A person at one circuit, and what says whether it may be cut."""

    principal: Principal
    db: Database
    clock: Clock
    interlock: Interlock
    ruling: Ruling
    row: Row

    @asynccontextmanager
    async def step(self, roles: frozenset[Role]) -> AsyncGenerator[tuple[Connection, Standing]]:
        """What is set up for the circuit, held until the step is kept."""
        allow(self.principal, roles)
        async with self.db.owner() as conn:
            yield conn, await _standing(conn, self.row.id, self.clock.micros())

    async def keep(self, conn: Connection, act: str, detail: Mapping[str, object]) -> None:
        await audit(conn, self.principal, self.clock.now(), act, self.row.id, detail)

    async def view(self) -> AutomaticView:
        return await _view(self.db, self.principal, (self.interlock, self.ruling), self.row, self.clock.micros())


async def provide_at(
    principal: Caller, db: Db, clock: Time, interlock: Interlocked, ruling: Ruled, circuit_id: FromPath[str]
) -> At:
    async with db.bound(principal) as conn:
        row = found(await store.one(conn, an_id(circuit_id), clock.now()))
    return At(principal, db, clock, interlock, ruling, row)


Here: TypeAlias = NamedDependency[SkipValidation[At]]
PROVIDED = {"at": Provide(provide_at)}


class Automatic(Controller):
    path = "/circuits/{circuit_id:str}/automatic"
    tags = ("electrical",)
    dependencies = PROVIDED

    @get(operation_id="getAutomaticCut")
    async def one(self, at: Here) -> AutomaticView:
        """How it stands, and when it would have cut, newest first."""
        return await at.view()

    @put(operation_id="rehearseAutomaticCut")
    async def rehearse(self, at: Here, data: JSONBody[NewAutomatic]) -> AutomaticView:
        """What it watches. It begins with a rehearsal, which cuts nothing; one that stood before ends."""
        allow(at.principal, CUT_ROLES)
        row, who, now = at.row, at.principal.name, at.clock.now()
        async with at.db.bound(at.principal) as conn:
            own = (await store.channels(conn, [row.id]))[row.id]
        async with at.db.owner() as conn:
            least = await _least(conn, row, own, at.ruling)
            limits = checked(lambda: _limits(data, own, least))
            if row.load_class != "third":
                raise problems.conflict("Only a third-class circuit is ever cut by itself.")
            for standing in await automatic.standing(conn, to_micros(now), row.id):
                await automatic.end(conn, standing.agreement.id, who, "other limits", now)
            id_ = mint(at.clock)
            await automatic.rehearse(conn, id_, row.id, limits, data.hold_s, who, now)
            await at.keep(conn, "automatic.rehearsed", {"agreement": id_, "of": data})
        return await at.view()

    @post("/ask", status_code=200, operation_id="askAutomaticCut")
    async def ask(self, at: Here, data: JSONBody[AutomaticAsked]) -> AutomaticView:
        """From rehearsal to live, until a day: the first of two people."""
        allow(at.principal, CUT_ROLES)
        if data.until.tzinfo is None:
            raise problems.invalid("until", "a time with its offset")
        async with at.step(CUT_ROLES) as (conn, standing):
            agreed, ground = standing.agreement, await automatic.ground(conn, at.interlock, standing)
            with refused():
                automatic_rules.may_ask(agreed, ground, to_micros(data.until), at.clock.micros())
            person = (at.principal.name, at.principal.id)
            await automatic.ask(conn, agreed.id, person, data.why, data.until, at.clock.now())
            await at.keep(conn, "automatic.asked", {"agreement": agreed.id, "why": data.why, "until": data.until})
        return await at.view()

    @post("/approve", status_code=200, operation_id="approveAutomaticCut")
    async def approve(self, at: Here) -> AutomaticView:
        """The second person: from now on it cuts by itself."""
        async with at.step(CUT_ROLES) as (conn, standing):
            agreed, ground = standing.agreement, await automatic.ground(conn, at.interlock, standing)
            with refused():
                automatic_rules.may_approve(agreed, ground, at.principal.id, at.clock.micros())
            await automatic.approve(conn, agreed.id, (at.principal.name, at.principal.id), at.clock.now())
            await at.keep(conn, "automatic.approved", {"agreement": agreed.id})
        return await at.view()

    @post("/end", status_code=200, operation_id="endAutomaticCut")
    async def end(self, at: Here, data: JSONBody[Revocation]) -> AutomaticView:
        """At once, also for what is counting down."""
        async with at.step(END_ROLES) as (conn, standing):
            await automatic.end(conn, standing.agreement.id, at.principal.name, data.why, at.clock.now())
            await at.keep(conn, "automatic.ended", {"agreement": standing.agreement.id, "why": data.why})
        return await at.view()


handlers: list[type[Controller]] = [Automatic]


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
