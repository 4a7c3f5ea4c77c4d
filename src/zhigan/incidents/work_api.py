"""Work over HTTP: rows of grades III and IV given to somebody, and steps taken for many rows at once.

Outside one's scope a row does not exist (404, decided first). Of many rows each is taken by itself: what could be done
is done, and what not is named with its reason. Absent: lists and the steps of one row (api.py).
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody

from zhigan.bus import log
from zhigan.incidents import assigning, store
from zhigan.incidents.addressed import found, overtaken
from zhigan.incidents.assigning import Hand, Wanted
from zhigan.incidents.model import Actor
from zhigan.incidents.rules import ASSIGNING_ROLES, NotYours, Step, Wanting
from zhigan.incidents.stepping import StepBody, take
from zhigan.runtime.clock import Clock
from zhigan.webapi import problems
from zhigan.webapi.audit import audit
from zhigan.webapi.database import Database
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal

MOST_AT_ONCE = 200
Ids = Annotated[list[str], msgspec.Meta(min_length=1, max_length=MOST_AT_ONCE)]
Words = Annotated[str, msgspec.Meta(max_length=2000)]


class AssignWork(msgspec.Struct, frozen=True, kw_only=True):
    """Rows, and who answers for them: a key of `GET /orders/{id}/hands`; empty: by default again; absent: as it is.
    `due_at`: by when; `undue` takes an agreed time back."""

    ids: Ids
    owner: Annotated[str, msgspec.Meta(max_length=120)] | None = None
    due_at: datetime | None = None
    undue: bool = False
    note: Words = ""


class StepWork(msgspec.Struct, frozen=True, kw_only=True):
    ids: Ids
    step: Literal["accept", "release", "close", "note", "approve", "send_back"]
    cause: str | None = None
    note: Words | None = None


class WorkDone(msgspec.Struct, frozen=True, kw_only=True):
    """`code`, `params`: what stood against it, as in a refusal; empty where it was done."""

    id: str
    done: bool
    code: str = ""
    params: dict[str, str] = {}


class WorkAnswer(msgspec.Struct, frozen=True):
    items: list[WorkDone]


class WorkRows(Controller):
    path = "/orders"
    tags = ("incidents",)

    @get("/{incident_id:str}/hands", operation_id="listWorkHands")
    async def hands(self, principal: Caller, db: Db, incident_id: FromPath[str]) -> Page[Hand]:
        """Who may answer for the row: organisations that it concerns, people whose scope holds it."""
        async with db.bound(principal) as conn:
            row = await found(conn, incident_id)
        if principal.role not in ASSIGNING_ROLES:
            raise problems.forbidden()
        async with db.owner() as conn:
            return Page(await assigning.hands(conn, row, principal.role))

    @post("/assign", status_code=200, operation_id="assignWork")
    async def assign(self, principal: Caller, db: Db, clock: Time, data: JSONBody[AssignWork]) -> WorkAnswer:
        """Whoever it is given to is told."""
        if data.due_at is not None and data.due_at.tzinfo is None:
            raise problems.invalid("due_at", "a time with its offset (RFC 3339)")
        wanted = Wanted(owner=data.owner, due_at=data.due_at, undue=data.undue, note=data.note.strip())
        return await _each(data.ids, lambda id_: _assign(db, principal, clock, id_, wanted))

    @post("/steps", status_code=200, operation_id="stepWork")
    async def steps(self, principal: Caller, db: Db, clock: Time, data: JSONBody[StepWork]) -> WorkAnswer:
        """The same step for each of them."""
        body = StepBody(cause=data.cause, note=data.note)
        return await _each(data.ids, lambda id_: take(db, principal, clock, id_, Step(data.step), body))


async def _each(ids: list[str], act: Callable[[str], Awaitable[object]]) -> WorkAnswer:
    items: list[WorkDone] = []
    for id_ in dict.fromkeys(ids):
        try:
            await act(id_)
        except problems.Problem as problem:
            if len(ids) == 1:
                raise
            code, params = problems.code_of(problem)
            items.append(WorkDone(id=id_, done=False, code=code, params=params))
        else:
            items.append(WorkDone(id=id_, done=True))
    return WorkAnswer(items)


async def _assign(db: Database, principal: Principal, clock: Clock, incident: str, wanted: Wanted) -> None:
    async with db.bound(principal) as conn:
        row = await found(conn, incident)
    if principal.role not in ASSIGNING_ROLES:
        raise problems.forbidden(f"The role {principal.role} does not assign work.")
    actor = Actor(principal.id, principal.name, principal.role)
    async with db.owner() as conn:
        try:
            draft = await assigning.assign(conn, row.id, wanted, actor, clock.micros())
        except NotYours as error:
            raise problems.forbidden(str(error)) from error
        except Wanting as error:
            raise problems.invalid(error.field, error.expected) from error
        except store.Overtaken as late:
            raise await overtaken(conn, late) from late
        if draft is not None:
            await audit(conn, principal, clock.now(), "incident.assigned", row.id, draft.body)
            await log.append(conn, [draft], clock.micros())


handlers: list[type[Controller]] = [WorkRows]
