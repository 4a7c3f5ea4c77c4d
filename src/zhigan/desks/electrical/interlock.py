"""What stands behind a breaker: the port `commands.interlock` as this desk fills it.

Enters: a breaker, on the owner's connection. Leaves: the same with its circuit's load class, feeds, standing consent,
whether its building has an open fire in which the panel cuts by itself, whether its current is measured. A breaker of
no circuit keeps what its own entry in the registry says. Absent: judging it (commands.rules).
"""

import msgspec

from zhigan.commands.model import Target
from zhigan.desks.electrical.rules import CURRENT
from zhigan.incidents import states as incidents
from zhigan.runtime import sql
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.moments import to_micros

SQL = sql.load("zhigan.desks.electrical")


class CircuitInterlock:
    """`commands.interlock.Interlock`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def ground(self, conn: Connection, target: Target) -> Target:
        row = await conn.fetchrow(SQL.ground, target.id, self._clock.now(), CURRENT)
        if row is None:
            return target
        burning = row["panel_cuts"] and await incidents.burning(conn, row["unit_id"], row["building_id"])
        until = row["ends_at"]
        return msgspec.structs.replace(
            target,
            circuit=row["circuit"],
            feeds=tuple(row["feeds"]),
            load_class=row["load_class"],
            cut_by=row["given_by"] or "",
            cut_until=None if until is None else to_micros(until),
            burning=burning,
            measured=row["measured"],
        )
