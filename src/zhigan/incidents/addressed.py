"""An incident as an address names it. Outside the principal's scope it does not exist (404), whatever is asked of it.

Enters: a connection bound to the principal, the id from the address; or what stood against an act. Leaves: the row; or
the answer to who came second, with who was quicker, what they did, and when. Absent: everything else.
"""

from uuid import UUID

from zhigan.incidents import reading
from zhigan.incidents.rows import Row, iso
from zhigan.incidents.rules import SPOKEN
from zhigan.incidents.store import SQL, Overtaken
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


def uuid_text(field: str, text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise problems.invalid(field, "an id") from None


async def overtaken(conn: Connection, late: Overtaken) -> problems.Problem:
    """409: how it stands, who has it since when, and the last act of a person: what the second one wants to know."""
    row, told = late.row, str(late)
    last: dict[str, object] | None = None
    record = await conn.fetchrow(SQL.last_word, row.id)
    if record is not None:
        last = {"who": record["who"], "what": record["what"], "at": record["at"].isoformat()}
        told += f" {record['who']} {SPOKEN.get(record['what'], record['what'])} it at {record['at'].isoformat()}."
    more = {
        "state": row.state.value,
        "version": row.version,
        "claimed_by": None if row.claimed_name is None else {"id": row.claimed_by, "name": row.claimed_name},
        "claimed_at": None if row.claimed_at is None else iso(row.claimed_at),
        "merged_into": row.merged_into,
        "last": last,
    }
    return problems.Problem(409, problems.TITLES[409], told, more=more, said=str(late))
