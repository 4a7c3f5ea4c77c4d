"""Platforms, identities, days and refusals: the door's reads and writes, in the caller's transaction.

Enters: a connection, what was said. Leaves: rows. Absent: HTTP, what a document means (translate.py).
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from zhigan.gateways.platforms import translate
from zhigan.gateways.platforms.model import Counts, FieldMap, Flaw, Install, Status
from zhigan.runtime import sql
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.moments import DAY, SECOND, SHANGHAI, to_datetime, to_micros
from zhigan.vocabulary.telephones import masked_text

SQL = sql.load("zhigan.gateways.platforms")
GATEWAY: Final = "platform"
REFUSALS_KEPT: Final = 500
BODY_KEPT: Final = 4000


class Sender(NamedTuple):
    """Who stands at the door. `secret` is a digest."""

    id: str
    slug: str
    areas: list[str]
    hosts: list[str]
    secret: bytes
    map: FieldMap
    silent_s: int
    last_at: datetime | None


class Way(NamedTuple):
    """How the city knows a device; `type` is what the platform called it."""

    gateway: str
    address: str
    type: str
    status: str = ""


class Day(NamedTuple):
    """What one push adds to its day."""

    installs: int = 0
    states: int = 0
    alarms: int = 0
    faults: int = 0
    late: int = 0
    refused: int = 0
    lag_s: float | None = None


def digest(secret: str) -> bytes:
    """Secrets are ours and long: a plain digest hides them."""
    return hashlib.sha256(secret.encode()).digest()


async def sender(conn: Connection, slug: str) -> Sender | None:
    row = await conn.fetchrow(SQL.door, slug)
    if row is None:
        return None
    made = _map(row["map"])
    if isinstance(made, list):
        return None
    return Sender(
        row["id"], row["slug"], row["areas"], row["hosts"], row["secret"], made, row["silent_s"], row["last_at"]
    )


@lru_cache(maxsize=256)
def _map(text: str) -> FieldMap | list[Flaw]:
    """A platform pushes many times by one map."""
    return translate.checked(text)


async def ways(conn: Connection, whose: Sender, types: dict[str, str], now: datetime) -> dict[str, Way]:
    """Serial → how the city knows it. What is new is known by its own way where its serial is on our books."""
    serials = list(types)
    known = await _known(conn, whose, serials)
    new = [serial for serial in serials if serial not in known]
    if not new:
        return known
    rows = await conn.fetch(SQL.registered, new, whose.areas)
    ours = {r["serial"]: (r["gateway"], r["address"]) for r in rows}
    made = [(s, *ours.get(s, (GATEWAY, f"{whose.slug}:{s}")), types[s]) for s in new]
    columns = [list(column) for column in zip(*made, strict=True)]
    await conn.execute(SQL.add_devices, whose.id, *columns, now)
    return known | await _known(conn, whose, new)


async def _known(conn: Connection, whose: Sender, serials: Sequence[str]) -> dict[str, Way]:
    rows = await conn.fetch(SQL.identities, whose.id, list(serials))
    return {r["serial"]: Way(r["gateway"], r["address"], r["type"], r["status"]) for r in rows}


async def keep_install(conn: Connection, whose: Sender, said: Install, now: datetime) -> str | None:
    """The unit that its unit's name stands for, where a person has said so."""
    info = msgspec.json.encode(said).decode()
    await conn.execute(SQL.keep_info, whose.id, said.serial, info, said.unit, said.type, now)
    if not said.unit:
        return None
    return await conn.fetchval(SQL.name_unit, whose.id, said.unit, said.unit_address, now)


async def keep_states(conn: Connection, whose: Sender, states: Sequence[Status], now: datetime) -> None:
    newest: dict[str, tuple[str, datetime]] = {}
    for said in states:
        at = now if said.at is None else to_datetime(said.at)
        if said.serial not in newest or newest[said.serial][1] <= at:
            newest[said.serial] = (said.status, at)
    words = [word for word, _ in newest.values()]
    await conn.execute(SQL.keep_states, whose.id, list(newest), words, [at for _, at in newest.values()], now)


async def keep_counts(conn: Connection, whose: Sender, said: Counts, now: datetime) -> None:
    day = datetime.fromisoformat(said.day).date()
    await conn.execute(SQL.tell_counts, whose.id, day, said.alarms, said.faults, said.devices, now)


async def spoke(conn: Connection, whose: Sender, day: Day, now: datetime) -> None:
    """It was there, with this; a silence that ended is kept as a gap."""
    if whose.last_at is not None and now - whose.last_at > timedelta(seconds=whose.silent_s):
        await conn.execute(SQL.gap, whose.id, whose.last_at, now)
    await conn.execute(SQL.spoke, whose.id, now, day.lag_s)
    await conn.execute(
        SQL.count, whose.id, now.astimezone(SHANGHAI).date(), day.installs, day.states, day.alarms, day.faults,
        day.late, day.refused, day.lag_s,
    )  # fmt: skip


def day_of(states: Sequence[Status], refused: int, now: datetime) -> Day:
    micros = to_micros(now)
    lags = [micros - said.at for said in states if said.at is not None and said.at <= micros]
    prompt = [lag for lag in lags if lag <= DAY]
    return Day(
        states=len(states),
        alarms=sum(said.status == "alarm" for said in states),
        faults=sum(said.status == "fault" for said in states),
        late=len(lags) - len(prompt),
        refused=refused,
        lag_s=max(prompt) / SECOND if prompt else None,
    )


async def refuse(conn: Connection, clock: Clock, whose: Sender, path: str, faults: Sequence[Flaw], body: bytes) -> None:
    now = clock.now()
    text = masked_text(body[:BODY_KEPT].decode("utf-8", "replace").replace("\0", "\ufffd"))
    for fault in faults[:20]:
        reason = f"{fault.where}: {fault.what}".replace("\0", "\ufffd")
        await conn.execute(SQL.refuse, mint(clock), whose.id, now, path, reason, text)
    await conn.execute(SQL.forget_refusals, whose.id, REFUSALS_KEPT)
    if faults:
        await conn.execute(SQL.failed, whose.id, now, f"{faults[0].where}: {faults[0].what}".replace("\0", "\ufffd"))
