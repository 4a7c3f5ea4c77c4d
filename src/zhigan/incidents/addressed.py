"""An incident as an address names it. Outside the principal's scope it does not exist (404), whatever is asked of it.

Enters: a connection bound to the principal, the id from the address. Leaves: the row. Absent: everything else.
"""

from uuid import UUID

from zhigan.incidents import reading
from zhigan.incidents.rows import Row
from zhigan.runtime.pg import Connection
from zhigan.webapi import problems


async def found(conn: Connection, incident: str) -> Row:
    row = await reading.one(conn, known(incident))
    if row is None:
        raise problems.not_found()
    return row


def known(text: str) -> str:
    """What is no id names nothing."""
    try:
        return str(UUID(text))
    except ValueError:
        raise problems.not_found() from None
