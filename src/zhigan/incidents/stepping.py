"""A step of somebody over HTTP, one row or many: the same door for pages that show one and for lists.

Enters: the principal, the row's id, what came with the step. Leaves: the step taken, audited, told to the event log; or
the refusal: 404 outside the scope (decided first), 403 for the role, 409 for the moment, 400 for the values. Absent:
what a step does (steps.py).
"""

from typing import Annotated, Final

import msgspec

from zhigan.bus import log
from zhigan.incidents import store
from zhigan.incidents.addressed import found, overtaken
from zhigan.incidents.model import Actor, State
from zhigan.incidents.rules import PAST, Ask, NotYours, Step, Wanting, permitted
from zhigan.runtime.clock import Clock
from zhigan.webapi import problems
from zhigan.webapi.audit import audit
from zhigan.webapi.database import Database
from zhigan.webapi.principal import Principal

STANDS: Final = {Step.ACCEPT: State.VERIFYING, Step.FINISH: State.DONE}
"""Said again by the same person it is the same: a telephone that heard no answer sends once more."""


class StepBody(msgspec.Struct, frozen=True, kw_only=True):
    """`seen`: the state on the asker's page; when it is another by now, the step is refused (409)."""

    outcome: str | None = None
    cause: str | None = None
    basis: str | None = None
    note: Annotated[str, msgspec.Meta(max_length=2000)] | None = None
    seen: State | None = None


async def take(db: Database, principal: Principal, clock: Clock, incident: str, step: Step, given: StepBody) -> None:
    async with db.bound(principal) as conn:
        row = await found(conn, incident)
    if not permitted(row.queue, step, principal.role):
        raise problems.forbidden(f"The role {principal.role} does not take the step {step}.")
    if not row.desk and STANDS.get(step) is row.state and row.claimed_by == principal.id:
        return
    ask = Ask(outcome=given.outcome, cause=given.cause, basis=given.basis, note=given.note)
    actor = Actor(principal.id, principal.name, principal.role)
    async with db.owner() as conn:
        try:
            taken = await store.step(conn, row.id, step, ask, actor, clock.micros(), given.seen)
        except NotYours as error:
            raise problems.forbidden(str(error)) from error
        except Wanting as error:
            raise problems.invalid(error.field, error.expected) from error
        except store.Overtaken as late:
            raise await overtaken(conn, late) from late
        await audit(conn, principal, clock.now(), f"incident.{PAST[step]}", row.id, taken.draft.body)
        await log.append(conn, [taken.draft], clock.micros())
