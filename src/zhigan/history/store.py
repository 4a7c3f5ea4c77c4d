"""History in PostgreSQL: COPY in, readings out, partitions made ahead, quarantine.

Enters: encoded rows on the engine's connection, inside its transaction. Leaves: readings and signals of devices that
the caller has already been allowed to see. Absent: deciding who may see what (api.py asks the registry), roll-ups
(rolling.py), and days that have left PostgreSQL (moving.py, archive.py).
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Self

import msgspec

from zhigan.history import copyrows, rules
from zhigan.history.rules import Reading
from zhigan.runtime.pg import Connection
from zhigan.runtime.sql import load
from zhigan.vocabulary.moments import OLDEST_CLAIM, to_datetime, to_micros
from zhigan.vocabulary.signals import Signal

_SQL = load("zhigan.history")
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Signal)

MOST_READINGS = 400_000
"""Rows one question may touch: a year of one device at five-minute steps is 105,120."""


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """A signal that could not be judged or stored, with the reason; the rest of its batch went on without it."""

    id: str
    at: datetime
    gateway: str
    address: str
    reason: str
    signal: Signal | None
    released_at: datetime | None = None
    kept: int = 1  # of the same address, at most 1000


class Answer(msgspec.Struct, frozen=True):
    """A device spoke of itself: conditions other than none. `at` is µs."""

    device: int
    at: int
    conditions: int


class Trail(msgspec.Struct, frozen=True):
    """A device measured something, or somebody tried it. `at` is when we heard it, µs."""

    device: int
    at: int
    operations: int
    values: tuple[tuple[int, float], ...]
    """(metric number, value)"""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A stored signal, newest first, as pages of history show it."""

    at: datetime
    received_at: datetime
    kind: int
    flags: int
    conditions: int
    known: int
    operations: int
    text: str | None
    raw: bytes | None
    claimed_at: datetime | None

    @classmethod
    def of(cls, columns: Sequence[object]) -> Self:
        """From the archive's columns, whose times are µs."""
        named = dict(zip(cls.__struct_fields__, columns, strict=True))
        for name in ("at", "received_at", "claimed_at"):
            at = named[name]
            named[name] = to_datetime(at) if isinstance(at, int) else None
        return msgspec.convert(named, cls)


async def put(conn: Connection, day: int, rows: Sequence[bytes]) -> None:
    """COPY encoded rows (copyrows.row) of one UTC day, straight into its partition: routing would cost a tenth."""
    if rows:
        await conn.copy_to_table(
            rules.partition_name(day), schema_name="history", source=_once(copyrows.document(rows)), format="binary"
        )


async def readings(
    conn: Connection, device: int, parent: int | None, metric: int | None, begin: int, end: int, limit: int
) -> list[Reading]:
    """Values of one device (and metric) with begin <= at < end (µs), oldest first, at most `limit`."""
    subjects = [device] if parent is None else [device, parent]
    # a device's own time may run 5 min ahead of ours, so a row heard shortly before `begin` can belong in it
    heard_from = to_datetime(max(0, begin - OLDEST_CLAIM))
    rows = await conn.fetch(
        _SQL.readings, subjects, to_datetime(begin), to_datetime(end), heard_from, min(limit * 4, MOST_READINGS)
    )
    found: list[Reading] = []
    for at, received_at, metrics, values, points, subject in rows:
        if subject != device and not points:
            continue
        for place in sorted(range(len(values)), key=metrics.__getitem__):
            if metric is not None and metrics[place] != metric:
                continue
            if points is None or points[place] == device:
                found.append(Reading(to_micros(at), to_micros(received_at), values[place]))
    return found[:limit]


async def signals(conn: Connection, device: int, before: int, after: int, limit: int) -> list[Kept]:
    """Stored signals of one device, newest first, heard in [after, before) (µs)."""
    rows = await conn.fetch(_SQL.signals_of, device, to_datetime(before), to_datetime(after), limit)
    return [msgspec.convert(dict(row), Kept) for row in rows]


async def answers(conn: Connection, devices: Sequence[int], begin: int, end: int, limit: int) -> list[Answer]:
    """What those devices said in [begin, end) (µs, as we heard it), oldest first."""
    rows = await conn.fetch(_SQL.answers, list(devices), to_datetime(begin), to_datetime(end), limit)
    return [Answer(r["device"], to_micros(r["received_at"]), r["conditions"]) for r in rows]


class Contact(NamedTuple):
    heard: datetime
    timed: datetime | None


async def contact(
    conn: Connection, devices: Sequence[int], begin: datetime, end: datetime, seconds: float, labelled: Sequence[int]
) -> dict[int, Contact]:
    """When each was first heard in [begin, end), and when its own clock was first within so many seconds of ours.
    `labelled`: of these, whose frames always bear a time."""
    rows = await conn.fetch(_SQL.contact, list(devices), begin, end, seconds, list(labelled))
    return {r["device"]: Contact(r["heard"], r["timed"]) for r in rows}


async def trail(
    conn: Connection, devices: Sequence[int], after: int, until: int, metrics: Sequence[int], operations: int
) -> list[Trail]:
    """What those devices said of themselves in (after, until] (µs, as we heard it), oldest first."""
    rows = await conn.fetch(
        _SQL.trail, list(devices), to_datetime(after), to_datetime(until), list(metrics), operations
    )
    return [
        Trail(
            row["device"], to_micros(row["received_at"]), row["operations"],
            tuple(zip(row["metrics"] or (), row["values"] or (), strict=True)),
        )
        for row in rows
    ]  # fmt: skip


async def latest(
    conn: Connection, devices: Mapping[int, int | None], after: int, until: int
) -> dict[tuple[int, int], Reading]:
    """(device, metric) → the newest reading heard in (after, until] (µs). `devices` are numbers with their parents'."""
    sources = sorted({*devices, *(parent for parent in devices.values() if parent is not None)})
    rows = await conn.fetch(_SQL.latest, list(devices), sources, to_datetime(after), to_datetime(until))
    return {
        (r["device"], r["metric"]): Reading(to_micros(r["at"]), to_micros(r["received_at"]), r["value"]) for r in rows
    }


async def quarantine(conn: Connection, item_id: str, at: int, signal: Signal, reason: str) -> None:
    await conn.execute(
        _SQL.quarantine_put,
        item_id,
        to_datetime(at),
        _storable(signal.gateway),
        _storable(signal.address),
        _storable(reason)[:1000],
        _encoder.encode(signal),
    )


async def quarantined(
    conn: Connection,
    before: datetime,
    before_id: str,
    limit: int,
    *,
    gateway: str | None = None,
    released: bool | None = None,
    q: str | None = None,
) -> list[Quarantined]:
    rows = await conn.fetch(_SQL.quarantine_list, before, before_id, limit, gateway, released, q)
    return [
        Quarantined(
            id=str(row["id"]),
            at=row["at"],
            gateway=row["gateway"],
            address=row["address"],
            reason=row["reason"],
            signal=_decoded(row["signal"]),
            released_at=row["released_at"],
            kept=row["kept"],
        )
        for row in rows
    ]


async def prepare(conn: Connection, now: int, ahead_days: int = 3) -> None:
    """Make partitions from yesterday (the spool may hold its signals) to some days ahead; existing ones stay."""
    for day in range(rules.day_of(now) - 1, rules.day_of(now) + ahead_days + 1):
        await conn.execute(rules.partition_ddl(day))


async def prepare_day(conn: Connection, day: int) -> None:
    """Looked for first: "create … if not exists" locks what exists, and so waits for whoever writes there."""
    if not await conn.fetchval(_SQL.partition_stands, f"history.{rules.partition_name(day)}"):
        await conn.execute(rules.partition_ddl(day))


async def partitions(conn: Connection) -> list[str]:
    """Names of the days that are kept or made ahead, oldest first."""
    return [row["relname"] for row in await conn.fetch(_SQL.partitions)]


async def device_number(conn: Connection, device_id: str) -> tuple[int, int | None, str] | None:
    """Number, parent's number and type, under the connection's own scope; None where it does not exist for it."""
    row = await conn.fetchrow(_SQL.device_number, device_id)
    return None if row is None else (row["number"], row["parent"], row["type"])


async def _once(document: bytes) -> AsyncIterator[bytes]:
    yield document


def _storable(text: str) -> str:
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def _decoded(blob: bytes) -> Signal | None:
    try:
        return _decoder.decode(blob)
    except msgspec.MsgspecError:
        return None  # written by another version; the reason and address still tell
