"""Targets, what waits for each, and what each has acknowledged: written and read in the caller's transaction.

Enters: a connection, what was decided. Leaves: rows and structs. Absent: deciding (rules.py), sockets.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from asyncpg import Record

from zhigan.access.vault import Vault
from zhigan.outlets.upward import rules
from zhigan.outlets.upward.forms import Map, checked
from zhigan.outlets.upward.model import Adapter, Change, Day, Device, Item, Target, Word
from zhigan.outlets.upward.rules import Last
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.moments import SHANGHAI

SQL = sql.load("zhigan.outlets.upward")
LATE_S = 3600


def purpose(target: str) -> str:
    """What a secret is sealed for: it opens for nothing else."""
    return f"upward {target}"


async def targets(conn: Connection, vault: Vault, id_: str | None = None) -> list[Target]:
    """With their secrets open."""
    return [_target(r, vault) for r in await conn.fetch(SQL.targets, id_)]


def _target(r: Record, vault: Vault) -> Target:
    opened = None if r["secret"] is None else vault.open(r["secret"], purpose(r["id"]))
    values = dict(r)
    values |= {
        "adapter": Adapter(r["adapter"]), "secret": "" if opened is None else opened.decode(),
        "areas": tuple(r["areas"]), "industries": tuple(r["industries"]),
    }  # fmt: skip
    return Target(**values)


def map_of(target: Target) -> Map | None:
    """None: what is stored does not hold any more."""
    made = checked(target.map)
    return made if isinstance(made, Map) else None


async def last_of(conn: Connection, ids: Sequence[str], alarms: Sequence[str]) -> dict[str, dict[str, Last]]:
    """Target → alarm → the newest that was put down."""
    found: dict[str, dict[str, Last]] = {id_: {} for id_ in ids}
    for r in await conn.fetch(SQL.last_of, list(ids), list(alarms)):
        found[r["target"]][r["alarm"]] = Last(r["rose"], r["at"])
    return found


async def put_down(conn: Connection, target: str, changes: Sequence[Change], now: datetime) -> None:
    if changes:
        columns = zip(*((target, c.alarm, c.rose, c.at, c.device, c.word.value) for c in changes), strict=True)
        await conn.execute(SQL.put_down, *(list(column) for column in columns), now)


async def master(conn: Connection, ids: Sequence[str], *, people: bool) -> dict[str, Device]:
    return {r["id"]: Device(**dict(r)) for r in await conn.fetch(SQL.master, list(ids), people)} if ids else {}


async def waiting(conn: Connection, target: str, most: int, upto: int | None) -> list[Item]:
    """The next message; where one was sent already and not acknowledged (up to `upto`), the same again."""
    rows = await conn.fetch(SQL.next, target, most, upto)
    return [Item(id=r["id"], device=r["device"], word=Word(r["word"]), at=r["at"]) for r in rows]


async def done(conn: Connection, target: str, ids: Sequence[int], state: str, said: str, now: datetime) -> None:
    """Counted once: what another process has settled meanwhile is passed over."""
    rows = await conn.fetch(SQL.done, target, list(ids), state, now, said[:300])
    told = rows if state == "told" else []
    await count(
        conn, target, now,
        alarms=sum(r["word"] == Word.ALARM for r in told), faults=sum(r["word"] == Word.FAULT for r in told),
        statuses=len(told), late=sum((now - r["at"]).total_seconds() > LATE_S for r in told),
        refused=len(rows) if state == "refused" else 0,
    )  # fmt: skip


async def count(
    conn: Connection,
    target: str,
    now: datetime,
    *,
    alarms: int = 0,
    faults: int = 0,
    statuses: int = 0,
    installs: int = 0,
    refused: int = 0,
    late: int = 0,
) -> None:
    day = now.astimezone(SHANGHAI).date()
    await conn.execute(SQL.count, target, day, alarms, faults, statuses, installs, refused, late)


async def installed(conn: Connection, target: str, devices: Iterable[Device], refused: str, now: datetime) -> None:
    some = list(devices)
    await conn.execute(
        SQL.installed, target, [d.id for d in some], [d.digest for d in some], now, refused[:300]
    )  # fmt: skip
    await count(conn, target, now, installs=0 if refused else len(some), refused=len(some) if refused else 0)


async def uncounted(conn: Connection, target: str, now: datetime, days: int) -> Day | None:
    r = await conn.fetchrow(SQL.uncounted, target, now.astimezone(SHANGHAI).date(), days)
    if r is None:
        return None
    return Day(
        day=r["day"].isoformat(), alarms=r["alarms"], faults=r["faults"], statuses=r["statuses"],
        installs=r["installs"], devices=r["devices"],
    )  # fmt: skip


def held(target: Target, row: Record) -> bool:
    """Is a device, by a row with its scope and its way, within what the target may be told of?"""
    return rules.holds(target, row["area"], row["industry"], row["gateway"], row["address"])
