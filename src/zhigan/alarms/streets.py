"""The street's row, looked at now and then: counts from the registry, rows from the incidents, one transaction.

Enters: a connection and `now`. Leaves: a street's link row opened, fed, ended; its units' engines told to look again.
Absent: the rule (engine/streets.py).
"""

from zhigan.alarms.engine import Policy, streets
from zhigan.alarms.engine.streets import STREET, Street
from zhigan.bus import log
from zhigan.incidents import store as incidents
from zhigan.incidents.model import Merged, Standing
from zhigan.runtime.pg import Connection
from zhigan.runtime.sql import load
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.moments import to_datetime

_SQL = load("zhigan.alarms")
_GROUP = "link/unit"
_LINK = "link:"


async def look(conn: Connection, policy: Policy, now: int) -> tuple[int, list[str]]:
    """How many changes it came to, and the cases whose rows went into a street's: their engine must look again."""
    group = policy.groups[_GROUP]
    async with conn.transaction():
        found = await conn.fetch(_SQL.silent_streets, to_datetime(now), group.window_s, int(Condition.OFFLINE))
        dark = [
            Street(
                code=r["code"],
                name=r["name"],
                area=r["area"],
                devices=r["devices"],
                silent=r["silent"],
                lately=r["lately"],
                units=tuple(r["units"]),
                community=r["code"].ljust(12, "0"),
            )
            for r in found
        ]
        open_ = await _open(conn)
        rows = await _rows(conn, dark)
        changes = streets.judge(dark, open_, rows, group, now)
        if changes:
            await log.append(conn, await incidents.apply(conn, changes, now), now)
    gathered = {change.incident for change in changes if isinstance(change, Merged)}
    return len(changes), [f"unit:{unit}" for unit, its in rows.items() if any(row.id in gathered for row in its)]


async def _open(conn: Connection) -> dict[str, Standing]:
    keys = {STREET.case_key(r["code"]): r["code"] for r in await conn.fetch(_SQL.street_codes)}
    return {keys[row.case_key]: row for row in await incidents.open_of_case(conn, list(keys))}


async def _rows(conn: Connection, dark: list[Street]) -> dict[str, list[Standing]]:
    keys = {f"unit:{unit}": unit for street in dark for unit in street.units}
    rows: dict[str, list[Standing]] = {}
    for row in await incidents.open_of_case(conn, list(keys)):
        if row.slot.startswith(_LINK) and row.merged_into is None:
            rows.setdefault(keys[row.case_key], []).append(row)
    return rows
