"""What incidents hold on to of history: the devices of their alarms and what these hang on, some hours around.

Enters: a span of time, how many hours around an incident count as its own. Leaves: devices with the times to keep.
Absent: keeping it (history.moving, when the archive forgets a day), and any end to it: an incident keeps its proof for
good.
"""

from collections.abc import Sequence

from zhigan.history.moving import Binding
from zhigan.history.rules import Bound
from zhigan.incidents.store import SQL
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.moments import to_datetime, to_micros


def binding(hours: int) -> Binding:
    async def bound(conn: Connection, begin: int, end: int) -> Sequence[Bound]:
        rows = await conn.fetch(SQL.bound, to_datetime(begin), to_datetime(end), hours)
        return [Bound(row["number"], to_micros(row["begins"]), to_micros(row["ends"])) for row in rows]

    return bound
