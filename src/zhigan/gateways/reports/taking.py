"""One report taken: judged, placed, kept, and what it leads to begun. The same again is the same; another is a change.

Enters: a report of the right form, its sender, the bytes as they came. Leaves: its id and what became of it; or a
problem that names everything that is wrong with it, which is kept for the sender's page. Absent: HTTP.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple, cast

import structlog

from zhigan.bus import log
from zhigan.gateways.reports import cameras, figures, placing, rules, store
from zhigan.gateways.reports.model import InboundKind, NewInbound
from zhigan.gateways.reports.rules import Errors, Spot
from zhigan.gateways.reports.sending import Sending
from zhigan.gateways.reports.store import SQL
from zhigan.incidents.model import Place
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import UNAVAILABLE, Connection
from zhigan.vocabulary.events import Draft
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.scopes import ground
from zhigan.webapi import problems
from zhigan.webapi.audit import audit
from zhigan.webapi.database import Database
from zhigan.webapi.principal import Principal
from zhigan.webapi.problems import FieldError

Fate = Literal["new", "same", "changed"]
_log = structlog.get_logger("gateways.reports")


class Took(NamedTuple):
    id: str
    fate: Fate


class _Work(NamedTuple):
    clock: Clock
    principal: Principal
    new: NewInbound
    spot: Spot


async def take(db: Database, clock: Clock, sending: Sending, principal: Principal, new: NewInbound) -> Took:
    """Raises a `Problem`; the caller keeps the refusal (`refused`)."""
    if principal.role not in rules.may_send(new.kind):
        raise problems.forbidden()
    spot = await _spot(db, principal, new, clock.now())
    work = _Work(clock, principal, new, spot)
    async with db.owner() as conn:
        took, drafts = await _kept(conn, work)
        if took.fate != "same":
            told = {"kind": new.kind, "external_id": new.external_id}
            action = "report.received" if took.fate == "new" else "report.changed"
            await audit(conn, principal, clock.now(), action, took.id, told)
        if drafts:
            await log.append(conn, drafts, to_micros(clock.now()))
    figures.reports.labels(new.kind.value, took.fate).inc()
    await _begun(db, work, sending, took)
    return took


async def _spot(db: Database, principal: Principal, new: NewInbound, now: datetime) -> Spot:
    errors = rules.wrong(new, principal.role, now)
    if errors:
        raise _problem(errors)
    if new.kind is InboundKind.CAMERA_LIST:
        return Spot(Place(text=new.place.strip(), owned=ground(principal.scope)))
    found = await placing.spot(db, principal, new)
    if not isinstance(found, Spot):
        raise _problem(found)
    return found


def _problem(errors: Errors) -> problems.Problem:
    return problems.invalid_fields([FieldError(field, expected) for field, expected in errors])


async def _kept(conn: Connection, work: _Work) -> tuple[Took, Sequence[Draft]]:
    clock, principal, new, spot = work
    number = new.external_id.strip()
    await conn.execute(SQL.one_at_a_time, f"{principal.id} {number}" if number else mint(clock))
    row = await conn.fetchrow(SQL.of_external, principal.id, number) if number else None
    if row is not None:
        if row["kind"] != new.kind:
            raise problems.invalid("kind", f"{row['kind']}, as this external_id was sent before")
        if bytes(row["digest"]) == rules.digest(new):
            return Took(str(row["id"]), "same"), []
        return Took(str(row["id"]), "changed"), await store.change(conn, clock, row, new, spot, principal)
    await _within_limits(conn, work)
    id_ = mint(clock)
    _, drafts = await store.add(conn, clock, new, spot, principal, id_)
    return Took(id_, "new"), drafts


async def _within_limits(conn: Connection, work: _Work) -> None:
    lately = await conn.fetchrow(SQL.lately, work.principal.id, work.clock.now() - rules.WINDOW)
    calls, every = (0, 0) if lately is None else lately.values()
    if every >= rules.MOST_IN_WINDOW or (work.new.kind is InboundKind.CALL and calls >= rules.CALLS_IN_WINDOW):
        seconds = int(rules.WINDOW.total_seconds())
        raise problems.Problem(
            429, problems.TITLES[429], f"Try again in {seconds} seconds.", headers={"Retry-After": str(seconds)}
        )


async def _begun(db: Database, work: _Work, sending: Sending, took: Took) -> None:
    """What is kept is kept: what cannot begin now is begun by the worker."""
    new = work.new
    try:
        if new.kind is InboundKind.CALL:
            await sending.one(took.id)
        elif new.kind is InboundKind.CAMERA_LIST and took.fate != "same":
            await cameras.finish(db, work.clock, took.id, work.principal.scope, work.principal.name, new)
    except UNAVAILABLE as error:
        _log.warning("a report is kept and waits", report=took.id, error=type(error).__name__)


async def refused(
    db: Database,
    clock: Clock,
    principal: Principal,
    kind: str,
    external_id: str,
    problem: problems.Problem,
    body: bytes,
) -> list[FieldError]:
    """What was wrong, kept for the page of its sender, and counted."""
    said = problem.more.get("errors")
    errors = [each for each in cast("list[object]", said or []) if isinstance(each, FieldError)]
    errors = errors or [problems.coded(FieldError("report", problem.detail or problem.title))]
    figures.refused.labels(kind if kind in tuple(InboundKind) else "unknown").inc()
    async with db.owner() as conn:
        await store.refuse(conn, clock, principal, kind, external_id, errors, body)
    return errors
