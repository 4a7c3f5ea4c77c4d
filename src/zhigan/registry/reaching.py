"""Can a contact be reached? Everyone proves it every 90 days, counted from his entry where he never has.

Enters: contacts, a proof (somebody at the desk who called him; his own: a key pressed in a call, the page of a link), a
number that the network says does not exist. Leaves: how each stands. That a message was delivered is no proof: a
telephone in a drawer takes it too. Absent: asking him (outlets/notify), rows of attention (incidents).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple, get_args

from zhigan.registry.listing import Question
from zhigan.registry.shapes import Standing
from zhigan.registry.store import SQL
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.predicates import predicate
from zhigan.vocabulary.scopes import Scope

TERM: Final = timedelta(days=90)
STANDINGS: Final[tuple[Standing, ...]] = get_args(Standing)
LINES_A_NUMBER: Final = 4
"""One person may stand in many units: so many lines are read for each number that is asked."""
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


async def proven(conn: Connection, number: str, now: datetime, how: How) -> int:
    """He proved it himself: in every unit where that number stands."""
    ids = [r["id"] for r in await conn.fetch(SQL.contacts_of_number, number)]
    await verify(conn, ids, now, how)
    return len(ids)


async def dead(conn: Connection, number: str, now: datetime, why: str, told_at: datetime) -> int:
    """`told_at`: when he was told what did not reach him; a number verified since then is alive."""
    return len(await conn.fetch(SQL.contacts_dead, number, now, why[:100], told_at))


class ToAsk(NamedTuple):
    number: str
    name: str
    role: str
    unit_name: str


async def to_ask(conn: Connection, until: datetime, most: int, *, fixed: bool) -> list[ToAsk]:
    """Whose proof is due by then and who was not asked, each number once."""
    found: dict[str, ToAsk] = {}
    for r in await conn.fetch(SQL.contacts_to_ask, until, most * LINES_A_NUMBER, fixed):
        found.setdefault(r["number"], ToAsk(*r))
    return list(found.values())[:most]


async def were_asked(conn: Connection, numbers: Sequence[str], now: datetime, until: datetime) -> None:
    await conn.execute(SQL.contacts_asked, list(numbers), now, until)


async def not_asked(conn: Connection, numbers: Sequence[str]) -> None:
    """It could not be said to them: they are asked another time."""
    await conn.execute(SQL.contacts_not_asked, list(numbers))


async def lapse(conn: Connection, numbers: Sequence[str], now: datetime) -> None:
    """They were asked, and the time has passed."""
    await conn.execute(SQL.contacts_lapse, list(numbers), now)


async def groups(conn: Connection, scope: Scope, at: datetime) -> list[tuple[str, str, str, int, int]]:
    """(area, firm, org, valid, all) at a moment, as it is known now, for whoever measures service."""
    condition, values = predicate(scope, 2, "u")
    rows = await conn.fetch(SQL.contacts_valid.replace("{scope}", condition), at, *values)
    return [(r["area"], r["firm"], r["org"], r["met"], r["due"]) for r in rows]
