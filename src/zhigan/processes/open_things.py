"""What is kept silent, lent to the handover of a shift: the desk of silences knows it, the desk of shifts asks.

Enters: a bound connection, a scope. Leaves: the first so many, those warned of first.
"""

from datetime import datetime

from zhigan.desks.shifts.model import OpenThing
from zhigan.desks.silence import store
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.scopes import Scope


async def silent(conn: Connection, scope: Scope, now: datetime, most: int) -> list[OpenThing]:
    return [
        OpenThing(
            id=s.id, kind=s.kind, grade="", state=s.warning or "", since=s.since, who=s.who,
            text=" · ".join(part for part in (s.unit, s.building, s.device, s.place, s.why) if part),
        )
        for s in await store.listed(conn, scope, store.Asked(), now, most)
    ]  # fmt: skip
