"""Roles of people and machines (contract.md), and what each may do. Reading what one's scope holds is open to all."""

import enum


class Role(enum.StrEnum):
    ADMIN = "admin"
    SECURITY = "security"
    AUDITOR = "auditor"
    OPERATOR = "operator"
    DUTY = "duty"
    LEAD = "lead"
    SUPERVISOR = "supervisor"
    UNIT = "unit"
    PROPERTY = "property"
    OWNER = "owner"
    STATION = "station"
    GRID = "grid"
    INSTALLER = "installer"
    INSPECTOR = "inspector"
    ENFORCER = "enforcer"
    MAINTAINER = "maintainer"
    INDUSTRY = "industry"
    COMMUNITY = "community"
    PARTNER = "partner"


DESK_ROLES = frozenset({Role.DUTY, Role.LEAD, Role.OPERATOR, Role.ADMIN})
"""May take the desk's steps."""
LEAD_ROLES = frozenset({Role.LEAD, Role.ADMIN})
"""May confirm as unverifiable and close a confirmed incident as false."""
SITE_ROLES = frozenset({Role.UNIT, Role.PROPERTY, Role.OWNER, Role.STATION, Role.GRID, Role.COMMUNITY})
"""The people around a unit: they answer an alarm from where it is."""
RESPONSE_ROLES = SITE_ROLES | DESK_ROLES
POLICY_ROLES = frozenset({Role.ADMIN, Role.LEAD})
"""Write drafts of the policy and put them in force, for the whole city; for a district they draft."""
COMMAND_ROLES = frozenset({Role.DUTY, Role.LEAD, Role.OPERATOR, Role.SUPERVISOR, Role.ADMIN})
CUT_ROLES = frozenset({Role.LEAD, Role.OPERATOR, Role.SUPERVISOR, Role.UNIT})
CUT_STOP_ROLES = COMMAND_ROLES | SITE_ROLES | {Role.MAINTAINER}
"""May stop a cut while it counts down: saying no is never wrong."""
CONSENT_ROLES = frozenset({Role.UNIT, Role.OWNER, Role.OPERATOR, Role.SUPERVISOR, Role.LEAD})
"""Write down the owner's consent to a remote cut, or take it back."""
LIMIT_ROLES = frozenset({Role.LEAD, Role.OPERATOR, Role.SUPERVISOR, Role.ADMIN})
"""Set a limit for one circuit within the range that the standard leaves."""
REGISTRY_ROLES = frozenset({Role.ADMIN, Role.OPERATOR, Role.SUPERVISOR})
CONTACT_ROLES = REGISTRY_ROLES | DESK_ROLES
"""May say that a contact was reached by his number: whoever telephones, at the desk or for the registry."""
GRID_ROLES = REGISTRY_ROLES | {Role.COMMUNITY}
"""Look after the grids of a community (网格) and which units are in each."""
MEMBER_ROLES = GRID_ROLES | {Role.PROPERTY, Role.STATION}
"""Look after the telephones of the people of an organisation: of their own, where their scope is no more."""
INSTALL_ROLES = REGISTRY_ROLES | {Role.INSTALLER}
POSITION_ROLES = INSTALL_ROLES | {Role.INSPECTOR, Role.MAINTAINER}
INSPECTION_ROLES = POSITION_ROLES | {Role.UNIT, Role.PROPERTY, Role.STATION, Role.GRID, Role.ENFORCER}
"""Record what they found at a device."""
ACCOUNT_ROLES = frozenset({Role.ADMIN, Role.SECURITY})
AUDIT_ROLES = frozenset({Role.AUDITOR, Role.SECURITY, Role.ADMIN})
