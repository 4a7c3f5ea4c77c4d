"""The numbers that rooms keep, lent to the desk that shows them: of reporters, replacements, the roll call's people.

Enters: the rooms' own ways to read one of theirs. Leaves: the port of `desks/numbers`. Absent: who is shown one.
"""

from datetime import datetime

from zhigan.desks.numbers.model import Holder, Shown
from zhigan.desks.numbers.store import Numbers
from zhigan.desks.rollcall import store as rollcall
from zhigan.desks.upkeep import store as upkeep
from zhigan.gateways.reports import store as inbound
from zhigan.incidents.rows import Row
from zhigan.outlets.notify import duty
from zhigan.runtime.pg import Connection
from zhigan.webapi.database import Database
from zhigan.webapi.principal import Principal


async def _report(db: Database, principal: Principal, id_: str) -> Holder | None:
    async with db.bound(principal) as conn:
        row = await upkeep.reporter(conn, id_)
    return None if row is None else Holder(name="", place=row["device"], number=row["phone"])


async def _inbound(db: Database, principal: Principal, id_: str) -> Holder | None:
    async with db.bound(principal) as conn:
        row = await inbound.phone(conn, id_)
    return None if row is None else Holder(name=row["reporter"], place=row["place"], number=row["phone"])


async def _shift(db: Database, principal: Principal, id_: str) -> Holder | None:
    """A replacement is known to whom the person is known whose place he takes."""
    async with db.owner() as conn:
        row = await duty.replacement(conn, id_)
    if row is None:
        return None
    async with db.bound(principal) as conn:
        known = await duty.visible(conn, row["kind"], row["holder"])
    return Holder(name=row["name"], place=row["holder"], number=row["phone"]) if known else None


async def _around(conn: Connection, row: Row, now: datetime) -> list[Shown]:
    here = await rollcall.around(conn, row, [], now)
    return [Shown(kind="account", id=p.id, name=p.name, number=p.phone) for p in here.people]


def lent() -> Numbers:
    return Numbers({"report": _report, "inbound": _inbound, "shift": _shift}, _around)
