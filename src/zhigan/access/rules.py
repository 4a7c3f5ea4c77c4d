"""Who may do what, whose scope holds whose, and how a guesser is slowed down. Pure; `now` is an argument.

Enters: roles, scopes, counts of failures. Leaves: verdicts. Absent: passwords and rows.
"""

from collections.abc import Mapping, Sequence

from zhigan.access.model import Act, Failures, Hurdle
from zhigan.vocabulary.moments import MINUTE, SECOND
from zhigan.vocabulary.predicates import predicate
from zhigan.vocabulary.roles import (
    ACCOUNT_ROLES,
    AUDIT_ROLES,
    COMMAND_ROLES,
    CUT_ROLES,
    DESK_ROLES,
    INSTALL_ROLES,
    LEAD_ROLES,
    POSITION_ROLES,
    REGISTRY_ROLES,
    Role,
)
from zhigan.vocabulary.scopes import Scope

__all__ = ["gives", "highest", "hurdle", "may", "may_all", "predicate", "weaker", "within"]

TEST_ROLES = COMMAND_ROLES | {
    Role.UNIT, Role.PROPERTY, Role.MAINTAINER, Role.INSTALLER, Role.INSPECTOR,
}  # fmt: skip

MAY: Mapping[Act, frozenset[Role]] = {
    Act.READ: frozenset(Role),
    Act.WORK_INCIDENTS: DESK_ROLES,
    Act.DECIDE_INCIDENTS: LEAD_ROLES,
    Act.COMMAND: COMMAND_ROLES,
    Act.CUT_POWER: CUT_ROLES,
    Act.CHANGE_REGISTRY: REGISTRY_ROLES,
    Act.INSTALL: INSTALL_ROLES,
    Act.POSITION: POSITION_ROLES,
    Act.TEST_MODE: TEST_ROLES,
    Act.MANAGE_ACCOUNTS: ACCOUNT_ROLES,
    Act.READ_AUDIT: AUDIT_ROLES,
}


def may(role: Role, act: Act) -> bool:
    return role in MAY[act]


def may_all(role: Role) -> list[Act]:
    return [act for act, roles in MAY.items() if role in roles]


SEPARATED = frozenset({Role.SECURITY, Role.AUDITOR})
"""三员分立: the system's administrator names neither who guards the accounts nor who reads the trail."""


def gives(giver: Role, role: Role) -> bool:
    """May an account of role `giver` make, change or disable one of `role`?"""
    return giver in ACCOUNT_ROLES and (role not in SEPARATED or giver is Role.SECURITY)


def within(inner: Scope, outer: Scope) -> bool:
    """Does `outer` hold all that `inner` holds? In doubt no: a community's digits do not tell its reporting area."""
    for dimension, values in outer.terms.items():
        held = inner.terms.get(dimension)
        if held is None:
            return False
        if dimension == "area":
            if not all(any(_below(v, o) for o in values) for v in held):
                return False
        elif not set(held) <= set(values):
            return False
    return True


def areas_within(areas: Sequence[str], outer: Scope) -> bool:
    """Of something that serves these areas, none named: the whole city."""
    return within(Scope({"area": tuple(areas)}) if areas else Scope(), outer)


def _below(prefix: str, outer: str) -> bool:
    return prefix.startswith(outer) and (len(prefix) <= 6) == (len(outer) <= 6)


# ------------------------------------------------------------ throttling

FORGET = 15 * MINUTE
"""Failures older than this count no more: nobody is shut out for longer."""
PAUSES = (0.0, 0.0, 0.25, 0.5, 1.0)
"""Seconds by which the answer to the n-th failure in a row is held back."""
REFUSE_FROM = 5
LONGEST_WAIT = 60
"""Seconds; the wait doubles from 2 with each failure beyond `REFUSE_FROM`. A longer one, where security decided so,
holds from the first refusal on: a lock."""
ADDRESS_REFUSE_FROM = 30
"""An address may be a whole office behind one router."""


def hurdle(failures: Failures, now: int, refuse_from: int = REFUSE_FROM, longest: int = LONGEST_WAIT) -> Hurdle:
    """What stands before the next attempt of that key."""
    if failures.count == 0 or now - failures.last_at >= max(FORGET, longest * SECOND):
        return Hurdle()
    beyond = failures.count - refuse_from
    if beyond >= 0:
        waits = min(2 << min(beyond, 10), longest) if longest <= LONGEST_WAIT else longest
        left = failures.last_at + waits * SECOND - now
        if left > 0:
            return Hurdle(wait=-(-left // SECOND))
    late = min(max(failures.count - (refuse_from - REFUSE_FROM), 0), len(PAUSES) - 1)
    return Hurdle(pause=PAUSES[late])


def highest(hurdles: list[Hurdle]) -> Hurdle:
    return Hurdle(max((h.pause for h in hurdles), default=0.0), max((h.wait for h in hurdles), default=0))


# ------------------------------------------------------------ passwords

SHORTEST = 8
"""Nothing shorter, whatever is decided (`access.setting`)."""
LONGEST = 256


def weaker(password: str, name: str, shortest: int = SHORTEST) -> str | None:
    """Why the password will not do; None where it will. Length over riddles (NIST SP 800-63B)."""
    if len(password) < shortest:
        return f"at least {shortest} characters"
    if len(password) > LONGEST:
        return f"at most {LONGEST} characters"
    if password.lower() == name.lower() or len(set(password)) < 4:
        return "something other than the name or one repeated character"
    return None
