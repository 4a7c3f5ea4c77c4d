"""The registry as another platform is told of it, and another's registry as it is kept here.

Enters: ids of what changed; documents that came from below. Leaves: documents; rows of units, buildings and devices
that are marked by the names of the platforms they came through (`came_from`). A copy has the id it was born with; its
devices hang on the gateway `federation`, which only the federation's own line serves, and whose silence means nothing
here. What is our own is never written over. Absent: who may tell what (federation), and people: contacts stay at home.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from zhigan.registry.documents import BuildingDoc, DeviceDoc, Doc, UnitDoc
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.predicates import predicate
from zhigan.vocabulary.scopes import DIMENSIONS, Owned, Scope

SQL = sql.load("zhigan.registry", "copies.sql")
GATEWAY = "federation"
"""Where a copy of a device hangs: whatever is asked of it goes to the platform whose it is."""
KINDS = ("unit", "building", "device")
_encode = msgspec.json.Encoder().encode


class Owner(msgspec.Struct, frozen=True):
    """A unit as an incident's place names it."""

    id: str
    code: str
    name: str
    owned: Owned
    came_from: tuple[str, ...]


# ---------------------------------------------------------------- telling


async def listen(conn: Connection) -> None:
    """From here on what changes is noted; all that stands is noted at once."""
    await conn.execute(SQL.forget_stirred)
    await conn.execute(SQL.listen)
    await conn.execute(SQL.stir_all)


async def stir_all(conn: Connection) -> None:
    await conn.execute(SQL.stir_all)


async def deafen(conn: Connection) -> None:
    """Nobody stands above any more."""
    await conn.execute(SQL.deafen)
    await conn.execute(SQL.forget_stirred)


async def note_conditions(conn: Connection, most: int) -> None:
    await conn.execute(SQL.stir_conditions, most)


async def gather(conn: Connection, most: int) -> dict[str, list[str]]:
    """What changed, oldest first, by kind. In the transaction in which it is told: it is asked once."""
    found: dict[str, dict[str, None]] = {}
    for row in sorted(await conn.fetch(SQL.gather, most), key=lambda row: row["seq"]):
        found.setdefault(row["kind"], {})[row["id"]] = None
    return {kind: list(found[kind]) for kind in KINDS if kind in found}


async def units(conn: Connection, ids: Sequence[str]) -> list[UnitDoc]:
    return [msgspec.convert(dict(row), UnitDoc) for row in await conn.fetch(SQL.units, list(ids))] if ids else []


async def buildings(conn: Connection, ids: Sequence[str]) -> list[BuildingDoc]:
    return [msgspec.convert(dict(r), BuildingDoc) for r in await conn.fetch(SQL.buildings, list(ids))] if ids else []


async def devices(conn: Connection, ids: Sequence[str]) -> list[DeviceDoc]:
    return [msgspec.convert(dict(r), DeviceDoc) for r in await conn.fetch(SQL.devices, list(ids))] if ids else []


# ---------------------------------------------------------------- keeping


async def owners(conn: Connection, ids: Sequence[str]) -> dict[str, Owner]:
    if not ids:
        return {}
    return {
        row["id"]: Owner(
            row["id"], row["code"], row["name"], Owned(**{d: row[d] for d in DIMENSIONS}), tuple(row["came_from"])
        )
        for row in await conn.fetch(SQL.owners, list(ids))
    }


async def units_of(conn: Connection, devices_: Sequence[str]) -> dict[str, str]:
    """Device → unit."""
    return {r["id"]: r["unit_id"] for r in await conn.fetch(SQL.owners_of_devices, list(devices_))} if devices_ else {}


async def building_names(conn: Connection, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    found = await conn.fetch(SQL.building_names, list(ids)) if ids else []
    return {row["id"]: (row["code"], row["name"]) for row in found}


async def units_by_code(conn: Connection, codes: Sequence[str]) -> dict[str, str]:
    return {row["code"]: row["id"] for row in await conn.fetch(SQL.by_code, list(codes))} if codes else {}


async def buildings_by_code(conn: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    if not keys:
        return {}
    found = await conn.fetch(SQL.by_building_code, [k[0] for k in keys], [k[1] for k in keys])
    return {(row["unit_id"], row["code"]): row["id"] for row in found}


async def areas(conn: Connection) -> frozenset[str]:
    return frozenset(row["code"] for row in await conn.fetch(SQL.areas))


async def put_units(conn: Connection, docs: Sequence[UnitDoc], now: datetime) -> None:
    if docs:
        await conn.execute(SQL.put_units, _json(docs), now)


async def put_buildings(conn: Connection, docs: Sequence[BuildingDoc], now: datetime) -> None:
    if docs:
        await conn.execute(SQL.put_buildings, _json(docs), now)


async def put_devices(conn: Connection, docs: Sequence[DeviceDoc], now: datetime) -> None:
    """What left its address first, then what others hang on."""
    for rank in range(3):
        some = [doc for doc in docs if _rank(doc) == rank]
        if some:
            await conn.execute(SQL.put_devices, _json(some), now)
    if docs:
        await put_conditions(conn, {doc.id: (doc.conditions, doc.seen_at) for doc in docs})


async def put_conditions(conn: Connection, found: Mapping[str, tuple[int, datetime | None]]) -> None:
    if found:
        said = list(found.values())
        await conn.execute(SQL.put_conditions, list(found), [s[0] for s in said], [s[1] for s in said])


async def shelve(conn: Connection, id_: str, now: datetime) -> None:
    """A copy of what we have ourselves is no second device."""
    await conn.execute(SQL.shelve, id_, now)


async def revive(conn: Connection, id_: str, now: datetime) -> None:
    """It is a device of its own after all; how it stands there comes with what is told next."""
    await conn.execute(SQL.revive, id_, now)


async def parts(conn: Connection, id_: str) -> list[str]:
    return [row["id"] for row in await conn.fetch(SQL.parts, id_)]


async def counts(conn: Connection, scope: Scope) -> tuple[int, int]:
    """Living units and devices of a scope."""
    condition, parameters = predicate(scope, 1)
    statement = SQL.counts.replace("true /* u */", condition).replace("true /* d */", condition)
    row = await conn.fetchrow(statement, *parameters)
    return (row["units"], row["devices"]) if row else (0, 0)


def _rank(doc: DeviceDoc) -> int:
    if doc.state in ("replaced", "retired"):
        return 0
    return 1 if doc.parent_id is None else 2


def _json(docs: Sequence[Doc]) -> str:
    return _encode(docs).decode()
