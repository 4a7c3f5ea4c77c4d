"""The registry's lists as tables, read page by page: what a scope holds, filtered as the page shows it.

Enters: a kind, a scope, filters. Leaves: a header and batches of rows. The columns of what can be imported are the
import's own, so that a list sent back changes nothing. Absent: bytes (`webapi.downloads`).
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import msgspec

from zhigan.registry import devices, hydrants, key_parts, organisations, people, units
from zhigan.registry.devices import Found
from zhigan.registry.importing import CHOICE
from zhigan.registry.shapes import Device, Hydrant, Unit
from zhigan.registry.sorting import After
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.scopes import Scope
from zhigan.webapi.database import Database
from zhigan.webapi.downloads import BATCH, Cell
from zhigan.webapi.principal import Principal


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of all lists; each takes its own."""

    q: str | None = None
    area: str | None = None
    community: str | None = None
    industry: str | None = None
    premises: str | None = None
    tag: str | None = None
    class_: int | None = None
    ownership: str | None = None
    unit_id: str | None = None
    type: str | None = None
    state: str | None = None
    condition: str | None = None
    gateway: str | None = None
    role: str | None = None
    kind: str | None = None
    hazard: str | None = None


Row = list[Cell]
Mark = After | int | None
Read = Callable[[Connection, Scope, Wanted, Mark], Awaitable[tuple[list[Row], Mark]]]
"""One page after the mark: its rows, and the mark of the next (None: it was the last)."""

UNITS = CHOICE["units"].form.columns
DEVICES = [c for c in CHOICE["devices"].form.columns if c != "unit_code"]
HYDRANTS = CHOICE["hydrants"].form.columns
ORGANISATIONS = ["kind", "code", "name", "area_code", "uscc", "person", "phone", "address", "lon", "lat"]
KEY_PARTS = [
    "unit_name",
    "name",
    "hazard",
    "building_name",
    "floor",
    "place",
    "facilities",
    "measures",
    "person",
    "phone",
]


def _cells(thing: msgspec.Struct, names: Sequence[str]) -> list[Cell]:
    return [getattr(thing, "class_" if n == "class" else n) for n in names]


async def _units(conn: Connection, scope: Scope, wanted: Wanted, mark: Mark) -> tuple[list[Row], Mark]:
    asked = units.UnitsAsked(
        q=wanted.q,
        area=wanted.area,
        community=wanted.community,
        industry=wanted.industry,
        premises=wanted.premises,
        tag=wanted.tag,
        class_=wanted.class_,
        ownership=wanted.ownership,
        after=mark if isinstance(mark, tuple) else None,
    )
    found = await units.listed(conn, scope, asked, BATCH)
    return [_unit(u) for u in found], (found[-1].code, found[-1].id) if len(found) == BATCH else None


def _unit(unit: Unit) -> Row:
    """The class only where a person gave it: else it would be given by the way back."""
    return _cells(units.as_new(unit), UNITS)


async def _devices(conn: Connection, scope: Scope, wanted: Wanted, mark: Mark) -> tuple[list[Row], Mark]:
    asked = devices.DevicesAsked(
        q=wanted.q,
        unit_id=wanted.unit_id,
        type=wanted.type,
        state=wanted.state,
        condition=wanted.condition,
        gateway=wanted.gateway,
        area=wanted.area,
        living=wanted.state is None,
        after=mark if isinstance(mark, int) else None,
    )
    found = await devices.listed(conn, scope, asked, BATCH)
    return [_device(f) for f in found], found[-1].number if len(found) == BATCH else None


def _device(found: Found) -> Row:
    device: Device = found.device
    shown = {"place": found.place, "building": found.building, "class": device.class_}
    shown["name"] = device.name or device.address
    rest: list[Cell] = [shown[n] if n in shown else getattr(device, n) for n in DEVICES]
    return [device.unit_code, *rest]


async def _hydrants(conn: Connection, scope: Scope, wanted: Wanted, mark: Mark) -> tuple[list[Row], Mark]:
    after = mark if isinstance(mark, tuple) else None
    asked = hydrants.HydrantsAsked(area=wanted.area, state=wanted.state, q=wanted.q, after=after)
    found: list[Hydrant] = await hydrants.listed(conn, scope, asked, BATCH)
    rows = [_cells(h, HYDRANTS) for h in found]
    return rows, (found[-1].code, found[-1].id) if len(found) == BATCH else None


async def _contacts(conn: Connection, scope: Scope, wanted: Wanted, mark: Mark) -> tuple[list[Row], Mark]:
    asked = people.Asked(
        q=wanted.q, role=wanted.role, area=wanted.area, after=mark if isinstance(mark, tuple) else None
    )
    found = await people.listed(conn, scope, asked, BATCH)
    rows = [_cells(c, CONTACTS) for c in found]
    return rows, (found[-1].name, found[-1].id) if len(found) == BATCH else None


CONTACTS = CHOICE["contacts"].form.columns


async def _organisations(conn: Connection, scope: Scope, wanted: Wanted, mark: Mark) -> tuple[list[Row], Mark]:
    after = mark if isinstance(mark, tuple) else None
    asked = organisations.Asked(q=wanted.q, kind=wanted.kind, area=wanted.area, after=after)
    found = await organisations.listed(conn, scope, asked, BATCH)
    rows = [_cells(o, ORGANISATIONS) for o in found]
    return rows, (found[-1].name, found[-1].id) if len(found) == BATCH else None


async def _key_parts(conn: Connection, scope: Scope, wanted: Wanted, mark: Mark) -> tuple[list[Row], Mark]:
    after = mark if isinstance(mark, tuple) else None
    asked = key_parts.Asked(q=wanted.q, unit_id=wanted.unit_id, hazard=wanted.hazard, area=wanted.area, after=after)
    found = await key_parts.listed(conn, scope, asked, BATCH)
    return [_cells(k, KEY_PARTS) for k in found], (found[-1].name, found[-1].id) if len(found) == BATCH else None


LISTS: dict[str, tuple[list[str], Read]] = {
    "units": (UNITS, _units),
    "devices": (["unit_code", *DEVICES], _devices),
    "hydrants": (HYDRANTS, _hydrants),
    "contacts": (CONTACTS, _contacts),
    "organisations": (ORGANISATIONS, _organisations),
    "key-parts": (KEY_PARTS, _key_parts),
}


async def batches(db: Database, principal: Principal, kind: str, wanted: Wanted) -> AsyncIterator[list[Row]]:
    """No connection is held while a slow reader takes a page."""
    mark: Mark = None
    read = LISTS[kind][1]
    while True:
        async with db.bound(principal) as conn:
            rows, mark = await read(conn, principal.scope, wanted, mark)
        yield rows
        if mark is None:
            return
