"""What the registry knows of a case today, kept until the registry says that it changed.

Enters: case keys. Leaves: engine contexts: premises, names, running tests, sizes of loops. Absent: devices.
"""

from collections.abc import Sequence

import asyncpg

from zhigan.alarms.engine.model import Context
from zhigan.alarms.framing import stranger_context, unit_context
from zhigan.incidents.model import Place
from zhigan.registry import store as registry
from zhigan.runtime.pg import Connection
from zhigan.runtime.sql import load
from zhigan.vocabulary.moments import MINUTE
from zhigan.vocabulary.scopes import Owned

_SQL = load("zhigan.alarms")
FRESH_FOR = 10 * MINUTE
"""A context is read again after this even when nobody said anything: sizes of loops grow by discovery."""
MOST = 20_000


class Contexts:
    def __init__(self) -> None:
        self._kept: dict[str, tuple[int, Context]] = {}

    async def of(self, conn: Connection, keys: Sequence[str], now: int) -> dict[str, Context]:
        """The contexts of all `keys`; a unit that is gone is judged like a stranger."""
        if len(self._kept) > MOST:
            self._kept.clear()
        stale = [k for k in keys if k not in self._kept or self._kept[k][0] <= now]
        units = {key.removeprefix("unit:"): key for key in stale if key.startswith("unit:")}
        if units:
            for key, context in (await self._units(conn, units, now)).items():
                self._kept[key] = (now + FRESH_FOR, context)
        strangers = [key for key in stale if key not in self._kept or self._kept[key][0] <= now]
        for key, place in (await self._grounds(conn, strangers)).items():
            self._kept[key] = (now + FRESH_FOR, stranger_context(key, place))
        return {key: self._kept[key][1] for key in keys}

    def forget(self, unit_ids: frozenset[str]) -> None:
        for unit in unit_ids:
            self._kept.pop(f"unit:{unit}", None)

    def forget_all(self) -> None:
        self._kept.clear()

    async def _grounds(self, conn: Connection, keys: Sequence[str]) -> dict[str, Place]:
        """Of no unit: nothing is known but the address, and the ground where somebody told it."""
        named: dict[str, tuple[str, str]] = {}
        for key in keys:
            head, _, rest = key.partition(":")
            gateway, _, address = rest.partition(":")
            if head == "stranger":
                named[key] = gateway, address
        asked = list(named.values())
        rows = await conn.fetch(_SQL.grounds, [a[0] for a in asked], [a[1] for a in asked]) if asked else []
        told = {(r["gateway"], r["address"]): r for r in rows}
        found: dict[str, Place] = {}
        for key in keys:
            row = told.get(named[key]) if key in named else None
            if row is None:
                found[key] = Place(text=key.rpartition(":")[2])
                continue
            owned = Owned(area=row["area"], community=row["community"], grid=row["grid"])
            found[key] = Place(text=row["place"] or row["address"], lon=row["lon"], lat=row["lat"], owned=owned)
        return found

    async def _units(self, conn: Connection, units: dict[str, str], now: int) -> dict[str, Context]:
        ids = list(units)
        heads = await registry.unit_context(conn, ids, now)
        rows = {row["id"]: row for row in await conn.fetch(_SQL.unit_places, ids)}
        places: dict[str, dict[str, Place]] = {}
        for building in await conn.fetch(_SQL.building_places, ids):
            unit = rows[building["unit_id"]]
            places.setdefault(building["unit_id"], {})[building["id"]] = _place(unit, building)
        return {
            units[id_]: unit_context(
                units[id_], heads[id_], _place(row, None), places.get(id_, {}), row["closed_hours"]
            )
            for id_, row in rows.items()
            if id_ in heads
        }


def _place(unit: asyncpg.Record, building: asyncpg.Record | None) -> Place:
    placed = building if building is not None and building["lon"] is not None else unit
    return Place(
        unit_id=unit["id"],
        unit_code=unit["code"],
        unit_name=unit["name"],
        building_id=building["id"] if building else None,
        building_code=building["code"] if building else "",
        building_name=building["name"] if building else "",
        lon=placed["lon"],
        lat=placed["lat"],
        owned=Owned(
            unit["area"], unit["community"], unit["industry"], unit["grid"], unit["unit"], unit["station"],
            unit["firm"], unit["org"],
        ),
    )  # fmt: skip
