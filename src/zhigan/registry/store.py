"""The registry for the hot path: contexts of a whole batch in one query, discovery, what devices are in now, silence.

Enters: a connection in the caller's transaction (table owner). Leaves: structs. Absent: scope (the hot path sees the
whole city), and the slow writes of people (`units.py`, `devices.py`).
"""

import os
from collections.abc import Iterable, Sequence
from datetime import datetime

import asyncpg

from zhigan.registry import limits, rules
from zhigan.registry.model import (
    DeviceContext,
    NowRow,
    Sighting,
    Silence,
    Silences,
    TestMode,
    UnitContext,
)
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.devices import class_of
from zhigan.vocabulary.ids import uuid7
from zhigan.vocabulary.moments import to_datetime, to_micros
from zhigan.vocabulary.scopes import Owned

SQL = sql.load(__package__ or "zhigan.registry")

Key = tuple[str, str]
"""(gateway, address)"""

CHANNEL_ALL = "*"
"""What `pg_notify('zhigan_registry', …)` says when more than one unit changed."""


async def contexts(conn: Connection, keys: Sequence[Key], fresh: frozenset[int] = frozenset()) -> list[DeviceContext]:
    """Those of `keys` that are known, in no order; an unknown one is simply absent (see `discover`)."""
    rows = await conn.fetch(SQL.contexts, [k[0] for k in keys], [k[1] for k in keys])
    return [_context(row, fresh) for row in rows]


def _context(row: asyncpg.Record, fresh: frozenset[int]) -> DeviceContext:
    (
        number, id_, gateway, address, type_, name, class_, state, parent, parent_address,
        unit_id, unit_code, unit_name, building_id, building_code, building_name,
        floor, compartment, flat, place, premises, premises_class, closed_hours, lon, lat,
        area, community, industry, grid, unit, station, firm, org, profile, load_class,
        conditions, seen_at, patience, metrics, own,
    ) = row  # fmt: skip
    return DeviceContext(
        number=number,
        id=id_,
        gateway=gateway,
        address=address,
        type=type_,
        name=name,
        device_class=class_,
        state=state,
        parent=parent,
        parent_address=parent_address,
        unit_id=unit_id,
        unit_code=unit_code,
        unit_name=unit_name,
        building_id=building_id,
        building_code=building_code,
        building_name=building_name,
        floor=floor,
        compartment=compartment,
        flat=flat,
        place=rules.place_text(place, building_name, floor, compartment, flat),
        locus=rules.locus(unit_id, building_id, floor, compartment, flat, id_),
        premises=premises,
        premises_class=premises_class,
        closed_hours=closed_hours,
        lon=lon,
        lat=lat,
        owned=Owned(area, community, industry, grid, unit, station, firm, org),
        profile=profile,
        load_class=load_class,
        conditions=conditions,
        seen_at=None if seen_at is None else to_micros(seen_at),
        patience_s=patience,
        metrics=tuple(metrics),
        fresh=number in fresh,
        own=() if own is None else limits.read(own),
    )


async def stand(
    conn: Connection, sighting: Sighting, owned: Owned, position: tuple[float | None, float | None]
) -> None:
    """What belongs to no unit, taken up with the ground on which it stands: whoever has that ground sees it."""
    await discover(conn, [sighting])
    await conn.execute(
        SQL.give_ground, sighting.gateway, sighting.address, owned.area, owned.community, owned.grid, *position
    )


async def discover(
    conn: Connection,
    sightings: Sequence[Sighting | tuple[str, str, str, str, int]],
    *,
    parts_max: int = rules.COMPONENTS_PER_DEVICE,
    strangers_max: int = rules.UNKNOWN_ROOTS,
) -> list[DeviceContext]:
    """Takes up what reported without being registered, transmission device first, and answers the contexts.

    Any number of callers at once: who comes second finds the row of the first. What lies beyond the bounds is not taken
    up and is absent from the answer; its signals are kept all the same (history keys them by address).
    """
    seen = {(s.gateway, s.address): s for s in (Sighting(*s) if isinstance(s, tuple) else s for s in sightings)}
    roots = {(s.gateway, rules.root_of(s.gateway, s.address)): s for s in sorted(seen.values(), key=lambda s: -s.at)}
    unknown = await _missing(conn, roots)
    room = strangers_max - await conn.fetchval(SQL.strangers, strangers_max)
    fresh = await _insert(
        conn,
        [
            seen.get(key) or Sighting(key[0], key[1], "transmission_device", "", roots[key].at)
            for key in unknown[: max(room, 0)]
        ],
        {},
    )
    parents = {
        (r["gateway"], r["address"]): r
        for r in await conn.fetch(SQL.known_roots, [k[0] for k in roots], [k[1] for k in roots], parts_max)
    }
    for number in fresh:
        await _adopt_orphans(conn, number, parents)
    fresh |= await _insert(conn, _parts(seen.values(), parents, parts_max), parents)
    return await contexts(conn, list(seen), frozenset(fresh))


async def _missing(conn: Connection, keys: Iterable[Key]) -> list[Key]:
    wanted = list(keys)
    rows = await conn.fetch(SQL.contexts, [k[0] for k in wanted], [k[1] for k in wanted])
    known = {(r["gateway"], r["address"]) for r in rows}
    return [k for k in wanted if k not in known]


def _parts(sightings: Iterable[Sighting], parents: dict[Key, asyncpg.Record], parts_max: int) -> list[Sighting]:
    """Those behind a transmission device, as far as its bound has room."""
    room = {key: parts_max - row["parts"] for key, row in parents.items()}
    taken: list[Sighting] = []
    for s in sightings:
        root = (s.gateway, rules.root_of(s.gateway, s.address))
        if root[1] != s.address and room.get(root, 0) > 0:
            room[root] -= 1
            taken.append(s)
    return taken


async def _insert(conn: Connection, sightings: Sequence[Sighting], parents: dict[Key, asyncpg.Record]) -> set[int]:
    if not sightings:
        return set()
    above = [parents.get((s.gateway, rules.root_of(s.gateway, s.address))) for s in sightings]
    rows = await conn.fetch(
        SQL.insert_discovered,
        [uuid7(s.at, os.urandom(10)) for s in sightings],
        [s.gateway for s in sightings],
        [s.address for s in sightings],
        [p["number"] if p else None for p in above],
        [p["unit_id"] if p else None for p in above],
        [p["building_id"] if p else None for p in above],
        [s.type or _type_of(s) for s in sightings],
        [class_of(s.type, s.gateway, rules.is_component(s.gateway, s.address)) for s in sightings],
        [s.text.replace("\x00", "")[:200] for s in sightings],
        [to_datetime(s.at) for s in sightings],
    )
    return {r["number"] for r in rows}


def _type_of(sighting: Sighting) -> str:
    standing = not rules.is_component(sighting.gateway, sighting.address)
    return "transmission_device" if standing and sighting.gateway == "gb26875" else "other"


async def _adopt_orphans(conn: Connection, number: int, parents: dict[Key, asyncpg.Record]) -> None:
    for (gateway, address), row in parents.items():
        if row["number"] == number and gateway in rules.ROOTED:
            await conn.execute(SQL.adopt_orphans, number, gateway, address, row["unit_id"], row["building_id"])


async def update_now(conn: Connection, rows: Sequence[NowRow]) -> None:
    """Conditions as decided; the newest hearing wins; metrics only grow. Each number once a call."""
    measured = [r for r in rows if r.metrics]
    if measured:
        await conn.execute(
            SQL.update_now,
            [r.number for r in measured],
            [r.conditions for r in measured],
            [to_datetime(r.seen_at) for r in measured],
            ["{" + ",".join(map(str, r.metrics)) + "}" for r in measured],
        )
    by_moment: dict[int, dict[int, int]] = {}
    for r in rows:
        if not r.metrics:
            by_moment.setdefault(r.seen_at, {})[r.number] = r.conditions
    for seen_at, conditions in by_moment.items():
        await conn.execute(SQL.update_conditions, list(conditions), list(conditions.values()), to_datetime(seen_at))


async def touch(conn: Connection, numbers: Sequence[int], seen_at: Sequence[int]) -> None:
    """Heard, nothing changed."""
    await conn.execute(SQL.touch, list(numbers), [to_datetime(at) for at in seen_at])


async def silent(conn: Connection, now: int, limit: int = 50_000) -> Silences:
    rows = await conn.fetch(SQL.silent, to_datetime(now), int(Condition.OFFLINE), limit)
    lost: list[Silence] = []
    back: list[Silence] = []
    for r in rows:
        found = Silence(r["number"], r["gateway"], r["address"], r["unit_id"], to_micros(r["seen_at"]), r["patience"])
        (back if r["marked"] else lost).append(found)
    return Silences(lost, back)


async def unit_context(conn: Connection, unit_ids: Sequence[str], now: int) -> dict[str, UnitContext]:
    wanted = list(unit_ids)
    heads = await conn.fetch(SQL.unit_heads, wanted)
    points: dict[str, dict[str, int]] = {}
    for r in await conn.fetch(SQL.unit_points, wanted):
        points.setdefault(r["unit_id"], {})[r["system"]] = r["points"]
    tests: dict[str, list[TestMode]] = {}
    for r in await conn.fetch(SQL.unit_tests, wanted, to_datetime(now)):
        tests.setdefault(r["unit_id"], []).append(_test(r))
    return {
        r["id"]: UnitContext(
            id=r["id"],
            premises_class=r["class"],
            street=r["street"],
            tests=tuple(tests.get(r["id"], ())),
            devices=r["devices"],
            points=points.get(r["id"], {}),
        )
        for r in heads
    }


def _test(r: asyncpg.Record) -> TestMode:
    return TestMode(
        id=r["id"],
        building_id=r["building_id"],
        devices=tuple(r["devices"]),
        systems=tuple(r["systems"]),
        purpose=r["purpose"],
        person=r["person"],
        starts_at=to_micros(r["starts_at"]),
        ends_at=to_micros(r["ends_at"]),
    )


async def street_devices(conn: Connection, streets: Sequence[str]) -> dict[str, int]:
    """Living devices that report by themselves, by street (nine digits)."""
    return {r["street"]: r["devices"] for r in await conn.fetch(SQL.street_devices, list(streets))}


async def tell(conn: Connection, unit_id: str | None) -> None:
    """Engines reload what they hold of that unit; None: of all."""
    await conn.execute(SQL.notify, unit_id or CHANNEL_ALL)


def moment(at: datetime | None) -> int | None:
    return None if at is None else to_micros(at)
