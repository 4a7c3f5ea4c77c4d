"""Events: what the event log carries outward. Past tense; ids and versions, never whole incidents.

Every decision and every step of a person appends one in the same transaction (design.md, decision 6).
"""

import enum

import msgspec

from zhigan.vocabulary.scopes import Owned


class EventType(enum.StrEnum):
    INCIDENT_OPENED = "incident.opened"
    INCIDENT_CHANGED = "incident.changed"
    INCIDENT_RESPONDED = "incident.responded"  # somebody on site answered; the body names the answer
    INCIDENT_ASSIGNED = "incident.assigned"  # somebody else answers for the row, or by another time
    INCIDENT_OVERDUE = "incident.overdue"  # the agreed time has passed
    INCIDENT_MERGED = "incident.merged"
    INCIDENT_LEFT = "incident.left"  # for its former scope: it stands in another one now
    INCIDENT_CLOSED = "incident.closed"
    DEVICE_DISCOVERED = "device.discovered"
    DEVICE_CHANGED = "device.changed"
    UNIT_CHANGED = "unit.changed"
    COMMAND_CHANGED = "command.changed"
    SIGNAL_QUARANTINED = "signal.quarantined"
    POLICY_ACTIVATED = "policy.activated"
    HANDLING_CHANGED = "handling.changed"  # who answers for an incident now
    DRILL_STARTED = "drill.started"  # 拉动演练: its station's people are told, by the body's words
    DUTY_CHECK_ASKED = "duty_check.asked"  # 查岗 by phone: the unit's people are told
    STATE_TOLD = "state.told"  # what stands is told anew to the platform above: ids, by kind


class Draft(msgspec.Struct, frozen=True):
    """An event before the log gives it its place (id) and its link in the hash chain. `body` is JSON-ready."""

    type: EventType
    subject: str
    at: int
    body: dict[str, object]
    owned: Owned = Owned()
