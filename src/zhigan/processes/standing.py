"""The policy in force, lent to desks that show limits: read when asked, decoded once a version.

Enters: a connection as table owner. Leaves: the policy. Absent: judging by it (hot).
"""

from functools import lru_cache

from zhigan.alarms import policies
from zhigan.alarms.engine.policy import Policy, PolicyError
from zhigan.alarms.engine.policy_checks import read
from zhigan.alarms.engine.policy_tables import POLICY_V1
from zhigan.runtime.pg import Connection


async def in_force(conn: Connection) -> Policy:
    """What was shipped, where there is none yet or the document cannot be read: the engine does the same."""
    row = await policies.active(conn)
    return POLICY_V1 if row is None else _read(row.document)


@lru_cache(maxsize=4)
def _read(document: str) -> Policy:
    try:
        return read(document)
    except PolicyError:
        return POLICY_V1
