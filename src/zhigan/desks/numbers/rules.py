"""Who is shown a number, and what has to be said for it. Pure.

Enters: a role, whether an open incident stands behind the wish, the reason given. Leaves: a verdict. Absent: rows.
"""

from datetime import timedelta

from zhigan.vocabulary.roles import REGISTRY_ROLES, RESPONSE_ROLES, Role

SHOWN = frozenset(Role) - {Role.AUDITOR, Role.PARTNER}
"""An auditor reads who was shown what; a machine calls nobody."""
SILENT = frozenset({Role.DUTY, Role.LEAD})
"""Need say no reason: calling people is their work."""
AT_INCIDENT = RESPONSE_ROLES | REGISTRY_ROLES | {Role.ENFORCER}
ACCOUNT_READERS = frozenset({Role.ADMIN, Role.SECURITY})
SHORTEST_REASON = 2
MOST_AN_HOUR = 100
HOUR = timedelta(hours=1)


def wants_reason(role: Role, *, open_incident: bool, reason: str) -> bool:
    """Is a reason still to be said?"""
    return not open_incident and role not in SILENT and len(reason.strip()) < SHORTEST_REASON


def all_at_once(role: Role) -> bool:
    """May be shown everybody of one alarm: who answers it, from the desk or from where it is."""
    return role in AT_INCIDENT
