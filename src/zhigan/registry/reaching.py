"""Can a contact be reached? Everyone proves it every 90 days, counted from his entry where he never has.

Enters: contacts, a proof (somebody at the desk who called him; his own: a key pressed in a call, the page of a link), a
number that the network says does not exist. Leaves: how each stands. That a message was delivered is no proof: a
telephone in a drawer takes it too. Absent: asking him (outlets/notify), rows of attention (incidents).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from zhigan.registry.listing import Question
from zhigan.registry.shapes import Standing
from zhigan.registry.store import SQL
from zhigan.runtime.pg import Connection

TERM: Final = timedelta(days=90)
STANDINGS: Final[tuple[Standing, ...]] = get_args(Standing)
How = Literal["desk", "key", "link"]
_GOOD = "c.dead_at is null and c.unproven_at is null"


def standing(
    verified_at: datetime | None,
    proof_due_at: datetime,
    unproven_at: datetime | None,
    dead_at: datetime | None,
    now: datetime,
) -> Standing:
    if dead_at is not None:
        return "dead"
    if unproven_at is not None:
        return "unproven"
    return "reachable" if verified_at is not None and proof_due_at > now else "due"


def asked(question: Question, wanted: str | None, now: datetime) -> None:
    """Narrows a list of contacts `c` to those who stand so; the same judgement as `standing`."""
    match wanted:
        case "dead":
            question.where("c.dead_at is not null")
        case "unproven":
            question.where("c.dead_at is null and c.unproven_at is not null")
        case "reachable":
            question.where(f"{_GOOD} and c.verified_at is not null and c.proof_due_at > {{}}", now)
        case "due":
            question.where(f"{_GOOD} and (c.verified_at is null or c.proof_due_at <= {{}})", now)
        case _:
            return


async def verify(conn: Connection, ids: Sequence[str], now: datetime, how: How, by: str = "") -> None:
    """They were reached by that number: it is proven for a term, and alive. A later proof stays."""
    await conn.execute(SQL.verify_contacts, list(ids), now, by, how, now + TERM)
