"""A hazard seen to by whoever told of it: the row that it became is closed in his name.

Enters: the owner's connection in the caller's transaction, the report, what its sender says. Leaves: the row closed,
its event; the report's own end follows from it, as from any other closing (worker.py). Absent: HTTP, and who may.
"""

from typing import Final

from zhigan.bus import log
from zhigan.gateways.reports.model import InboundKind, InboundState
from zhigan.gateways.reports.views import InboundClosing, InboundReport
from zhigan.incidents import store as incidents
from zhigan.incidents.addressed import overtaken
from zhigan.incidents.model import Actor, State
from zhigan.incidents.rules import PAST, Ask, NotYours, Step
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Connection
from zhigan.webapi import problems
from zhigan.webapi.audit import audit
from zhigan.webapi.principal import Principal

MENDED: Final = "H5"
UNFOUNDED: Final = "X1"
NO_HAZARD = "Only a hazard is closed by its sender."


async def close(
    conn: Connection, clock: Clock, principal: Principal, report: InboundReport, said: InboundClosing
) -> None:
    """What is over stays as it ended: a telephone that heard no answer says the same again."""
    if report.kind != InboundKind.HAZARD or report.incident_id is None:
        raise problems.conflict(NO_HAZARD)
    if report.state != InboundState.ASSIGNED:
        return
    ask = Ask(cause=MENDED if said.mended else UNFOUNDED, note=said.note.strip())
    actor = Actor(principal.id, principal.name, principal.role, reporter=True)
    try:
        taken = await incidents.step(conn, report.incident_id, Step.CLOSE, ask, actor, clock.micros())
    except NotYours as error:  # it was raised to an alarm of the desk
        raise problems.forbidden(str(error)) from error
    except incidents.Overtaken as late:
        if late.row.state is State.CLOSED:
            return
        raise await overtaken(conn, late) from late
    await audit(conn, principal, clock.now(), f"incident.{PAST[Step.CLOSE]}", report.incident_id, taken.draft.body)
    await log.append(conn, [taken.draft], clock.micros())
