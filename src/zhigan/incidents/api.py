"""Incidents over HTTP: the desk's lists and steps, attention rows, tasks, and the cause codes.

Outside one's scope an incident does not exist (404, decided first); a step that the role never takes is 403; one that
does not fit how it stands is 409 and tells who has it; a missing or unknown value is 400. A row is found by its id
whichever list it stands in, so that a link to an attention row goes on working when it has become an incident.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import Enum, StrEnum
from typing import Annotated, Literal, NamedTuple, TypeVar
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter, SkipValidation
from litestar.response import Stream

from zhigan.incidents import (
    export,
    flood_api,
    page_api,
    reading,
    responses_api,
    statistics_api,
    stepping,
    views,
    work_api,
)
from zhigan.incidents.addressed import found, uuid_text
from zhigan.incidents.model import Outcome, State
from zhigan.incidents.owning import Lent, Terms, within
from zhigan.incidents.reading import Filters
from zhigan.incidents.rows import Row
from zhigan.incidents.rules import Queue, Step
from zhigan.incidents.stepping import StepBody
from zhigan.runtime.clock import Clock
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.moments import EPOCH
from zhigan.webapi import downloads, pages, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.authentication import UNCOMPRESSED
from zhigan.webapi.database import Database
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page, Part
from zhigan.webapi.principal import Principal

E = TypeVar("E", bound=Enum)
MOST_WORD = 60
NONE = "none"


class PublicStep(StrEnum):
    """The steps of people; what 119 answers is not one."""

    ACCEPT = "accept"
    RELEASE = "release"
    CONFIRM = "confirm"
    DISMISS = "dismiss"
    DISPATCH = "dispatch"
    CLOSE = "close"
    NOTE = "note"
    FINISH = "finish"
    APPROVE = "approve"
    SEND_BACK = "send_back"


class CauseList(msgspec.Struct, frozen=True):
    items: list[views.CauseView]
    next: str | None = None


async def provide_filters(
    clock: Time,
    states: Annotated[str | None, QueryParameter(name="state")] = None,
    grade: FromQuery[str | None] = None,
    kind: FromQuery[str | None] = None,
    unit_id: FromQuery[str | None] = None,
    building_id: FromQuery[str | None] = None,
    area: FromQuery[str | None] = None,
    why: FromQuery[str | None] = None,
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
    outcome: FromQuery[str | None] = None,
    cause: FromQuery[str | None] = None,
    industry: FromQuery[str | None] = None,
    origin: FromQuery[str | None] = None,
    q: FromQuery[str | None] = None,
    running: Annotated[bool | None, QueryParameter(name="open")] = None,
    owner: FromQuery[str | None] = None,
    hazard: FromQuery[bool | None] = None,
    overdue: FromQuery[bool] = False,
    sort: FromQuery[str] = reading.NEWEST,
    cursor: FromQuery[str | None] = None,
) -> Filters:
    """`state`, `grade`, `kind`, `outcome` take several values with commas between; `since` (and not before `until`) is
    the time of receipt; `why` is the first reason; `none` as `building_id`, `why` or `origin` (the name of a platform
    below that told of it) asks for what has none. `owner`: who answers for it, by its key (`firm:CODE`, `unit:CODE`,
    `account:ID`, `organisation:ID`, `none`); `overdue`: what is still to be done and late."""
    if sort not in reading.SORTS:
        raise problems.invalid("sort", f"one of {', '.join(reading.SORTS)}")
    for field, moment in (("since", since), ("until", until)):
        if moment is not None and moment.tzinfo is None:
            raise problems.invalid(field, "a time with its offset (RFC 3339)")
    return Filters(
        states=_several("state", State, states),
        grades=[Grade[name] for name in _texts("grade", Grade.__members__, grade)],
        kinds=_several("kind", Kind, kind),
        outcomes=_several("outcome", Outcome, outcome),
        unit_id=None if unit_id is None else uuid_text("unit_id", unit_id),
        building_id="" if building_id == NONE else building_id and uuid_text("building_id", building_id),
        area=_short("area", area),
        why="" if why == NONE else _short("why", why),
        since=since,
        until=until,
        industry=_short("industry", industry),
        cause=_short("cause", cause),
        origin=_short("origin", origin),
        q=(q or "")[:200],
        open=running,
        owner=owner,
        hazard=hazard,
        due_before=clock.now() if overdue else None,
        sort=sort,
        after=_after(cursor, sort),
    )


Narrowed = NamedDependency[SkipValidation[Filters]]
FILTERED = {"filters": Provide(provide_filters)}


class Named(NamedTuple):
    """A queue as the interface names it: one of it, many of it, and what it is."""

    queue: Queue
    path: str
    one: str
    many: str
    what: str


NAMED = (
    Named(Queue.DESK, "/incidents", "Incident", "Incidents", "Desk incidents: grades I and II, and what once was one."),
    Named(Queue.ATTENTION, "/attention", "Attention", "Attention", "Grade III rows: somebody should look."),
    Named(Queue.TASK, "/tasks", "Task", "Tasks", "Grade IV rows: work for the unit or its maintenance firm."),
)


STREAMED = {UNCOMPRESSED: True}
CSV = "text/csv"
Encoding = Literal["utf-8-bom", "utf-8", "gb18030"]


def _controller(named: Named) -> type[Controller]:
    """The same doors for each queue: its list, one of it, and the steps of the life cycle."""

    class Rows(Controller):
        path = named.path
        tags = ("incidents",)

        @get(operation_id=f"list{named.many}", dependencies=FILTERED, description=named.what)
        async def listed(
            self,
            principal: Caller,
            db: Db,
            terms: Lent,
            filters: Narrowed,
            limit: FromQuery[int | None] = None,
            brief: FromQuery[bool] = False,
            mine: FromQuery[bool] = False,
        ) -> Page[views.IncidentView]:
            """By the time of receipt. `brief`: no alarms, no timelines; `mine`: what the asker has or answers for."""
            filters = _of(principal, filters, mine)
            return await _list(db, principal, named.queue, filters, limit, await terms(), brief=brief)

        @get("/export.csv", operation_id=f"export{named.many}", media_type=CSV, opt=STREAMED, dependencies=FILTERED)
        async def exported(
            self,
            principal: Caller,
            db: Db,
            clock: Time,
            terms: Lent,
            filters: Narrowed,
            encoding: FromQuery[Encoding] = "utf-8-bom",
            columns: FromQuery[str | None] = None,
            mine: FromQuery[bool] = False,
        ) -> Stream:
            """All that the list shows to the same question, as CSV; that it was taken out is written too."""
            filters = _of(principal, filters, mine)
            return await _exported(db, principal, clock, named, filters, await terms(), encoding, columns)

        @get("/{incident_id:str}", operation_id=f"get{named.one}")
        async def one(self, principal: Caller, db: Db, terms: Lent, incident_id: FromPath[str]) -> views.IncidentView:
            return await _one(db, principal, incident_id, await terms())

        @post("/{incident_id:str}/{step:str}", status_code=200, operation_id=f"take{named.one}Step")
        async def step(
            self,
            principal: Caller,
            db: Db,
            clock: Time,
            terms: Lent,
            incident_id: FromPath[str],
            step: FromPath[PublicStep],
            data: JSONBody[StepBody | None] = None,
        ) -> views.IncidentView:
            """A step of the life cycle (docs/incident-lifecycle.md); the answer is the row as it stands then."""
            await stepping.take(db, principal, clock, incident_id, Step(step.value), data or StepBody())
            return await _one(db, principal, incident_id, await terms())

    return Rows


class Papers(Controller):
    """What an incident's page shows page by page."""

    path = "/incidents/{incident_id:str}"
    tags = ("incidents",)

    @get("/frames", operation_id="listIncidentFrames")
    async def frames(self, principal: Caller, db: Db, incident_id: FromPath[str]) -> Page[views.FrameView]:
        """The raw frames behind the alarms, explained in both languages."""
        async with db.bound(principal) as conn:
            row = await found(conn, incident_id)
            return Page(await reading.frames(conn, row))

    @get("/timeline", operation_id="listIncidentTimeline")
    async def timeline(
        self,
        principal: Caller,
        db: Db,
        incident_id: FromPath[str],
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[views.LineView]:
        """All lines, oldest first, those of merged incidents among them."""
        size = pages.limit(limit)
        async with db.bound(principal) as conn:
            row = await found(conn, incident_id)
            lines = await reading.timeline(conn, row, _line_after(cursor), size)
        return pages.page(lines, size, lambda line: line, lambda line: [line.at.isoformat(), line.incident, line.seq])


class Causes(Controller):
    path = "/causes"
    tags = ("incidents",)

    @get(operation_id="listCauses")
    async def listed(self, principal: Caller) -> CauseList:
        """The codes by which an incident is dismissed or closed (误报原因)."""
        return CauseList(views.CAUSE_VIEWS)


handlers: list[type[Controller]] = [
    *map(_controller, NAMED),
    Papers,
    Causes,
    *responses_api.handlers,
    *page_api.handlers,
    *flood_api.handlers,
    *statistics_api.handlers,
    *work_api.handlers,
]


def _of(principal: Principal, filters: Filters, mine: bool) -> Filters:
    return msgspec.structs.replace(filters, mine=principal.id) if mine else filters


async def _list(
    db: Database,
    principal: Principal,
    queue: Queue,
    filters: Filters,
    limit: int | None,
    terms: Terms,
    *,
    brief: bool,
) -> Page[views.IncidentView]:
    size = pages.limit(limit)
    filters = msgspec.structs.replace(filters, within=within(queue, terms))
    async with db.bound(principal) as conn:
        rows = await reading.listed(conn, principal, queue, filters, size)
        views_of = await reading.gathered(conn, rows[:size], principal, brief=brief, terms=terms)
    shown = {view.id: view for view in views_of}
    return pages.page(rows, size, lambda row: shown[row.id], lambda row: key_of(row, filters))


async def _exported(
    db: Database, principal: Principal, clock: Clock, named: Named, filters: Filters, terms: Terms, encoding: Encoding,
    columns: str | None,
) -> Stream:  # fmt: skip
    names, now = downloads.picked(columns, export.COLUMNS), clock.now()
    async with db.owner() as conn:
        number = await audit(conn, principal, now, f"{named.path[1:]}.exported", named.queue, filters)
    filters = msgspec.structs.replace(filters, within=within(named.queue, terms))
    found = export.batches(db, principal, named.queue, filters, terms, now)
    rows = downloads.cut(found, export.COLUMNS, names)
    return downloads.download(f"{named.path[1:]}.csv", names, rows, downloads.marked(number, principal, now), encoding)


def key_of(row: Row, filters: Filters) -> list[Part]:
    at, *rest = reading.place(row, filters)
    return [at.isoformat(), *rest]


async def _one(db: Database, principal: Principal, incident: str, terms: Terms) -> views.IncidentView:
    async with db.bound(principal) as conn:
        return await reading.whole(conn, await found(conn, incident), principal, terms)


def _texts(field: str, known: Iterable[str], given: str | None) -> list[str]:
    values = [v.strip() for v in (given or "").split(",") if v.strip()]
    allowed = list(known)
    if not set(values) <= set(allowed):
        raise problems.invalid(field, f"of {', '.join(allowed)}; several with commas between")
    return values


def _short(field: str, given: str | None) -> str | None:
    if given is not None and len(given) > MOST_WORD:
        raise problems.invalid(field, f"at most {MOST_WORD} characters")
    return given


def _several(field: str, type_: type[E], given: str | None) -> list[E]:
    return [type_(v) for v in _texts(field, [str(member.value) for member in type_], given)]


def _after(cursor: str | None, sort: str) -> reading.Place | None:
    by_grade = sort == reading.GRADE
    key = pages.decode(cursor, 3 if by_grade else 2)
    if key is None:
        return None
    received, id_ = _instant(key[0]), uuid_text("cursor", str(key[1]))
    if not by_grade:
        return received, id_
    if not isinstance(key[2], int):
        raise problems.invalid("cursor", "the value of `next` in an earlier answer to the same question")
    return received, id_, key[2]


def _line_after(cursor: str | None) -> tuple[datetime, str, int]:
    key = pages.decode(cursor, 3)
    if key is None:
        return EPOCH, str(UUID(int=0)), 0
    return _instant(key[0]), uuid_text("cursor", str(key[1])), int(key[2] or 0)


def _instant(value: object) -> datetime:
    try:
        instant = datetime.fromisoformat(str(value))
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise problems.invalid("cursor", "the value of `next` in an earlier answer to the same question")
    return instant
