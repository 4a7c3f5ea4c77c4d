"""The audit trail's door for every room: who did what to what, from where, in the transaction of the act itself.

Telephone numbers stand in it masked. The row is written by `access.note` (migration 0001); the table is append-only.
Absent: reading it (access).
"""

from datetime import datetime

import msgspec

from zhigan.runtime.pg import Connection
from zhigan.vocabulary.telephones import masked_tree
from zhigan.webapi.principal import Principal

NOTE = "select access.note($1, $2::uuid, $3, $4, $5, $6, $7, $8, $9::jsonb)"


async def audit(
    conn: Connection, principal: Principal, at: datetime, action: str, subject: str, detail: object = None
) -> int:
    """The line's number. `action` is `room.verb` ("unit.changed"); `subject` the id or name of what it was done to."""
    plain: object = {} if detail is None else msgspec.to_builtins(detail)
    text = msgspec.json.encode(masked_tree(plain)).decode()
    return await conn.fetchval(
        NOTE,
        at,
        principal.id or None,
        principal.name,
        str(principal.role),
        principal.address,
        principal.session,
        action,
        subject,
        text,
    )


async def by_platform(
    conn: Connection, at: datetime, action: str, subject: str, detail: object = None, who: str = "platform"
) -> None:
    """What the platform did by its own judgement, or a device's answer that it wrote down."""
    text = msgspec.json.encode({} if detail is None else detail).decode()
    await conn.execute(NOTE, at, None, who, "platform", "", "", action, subject, text)
