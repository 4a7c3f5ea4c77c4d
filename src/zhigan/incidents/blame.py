"""What devices were blamed for: closed incidents by the causes that people gave them.

Enters: incidents that were closed, causes that count, since when. Leaves: of each device in them, all that was closed
so. Absent: what is done about it (desks/upkeep).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from zhigan.incidents.store import SQL
from zhigan.runtime.pg import Connection


class Blame(NamedTuple):
    cause: str
    at: datetime


async def of(
    conn: Connection, closed: Sequence[str], causes: Sequence[str], since: datetime
) -> Mapping[str, list[Blame]]:
    """By device, oldest first."""
    found: dict[str, list[Blame]] = defaultdict(list)
    for row in await conn.fetch(SQL.blamed, list(closed), list(causes), since):
        found[row["device"]].append(Blame(row["cause"], row["closed_at"]))
    return found
