"""The registry's lists as tables, read page by page: what a scope holds, filtered and sorted as the page shows it.

Enters: a kind, a scope, filters, an order. Leaves: names of columns and batches of rows. The usual columns of what can
be imported are the import's own, so that a list sent back changes nothing; what only a screen shows stands beside them
and is given where it is asked for. Absent: bytes (`webapi.downloads`).
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol, TypeVar

import msgspec

from zhigan.registry import devices, hydrants, key_parts, organisations, people, units
from zhigan.registry.devices import Found
from zhigan.registry.importing import CHOICE
from zhigan.registry.shapes import Unit
from zhigan.registry.sorting import After, Sorts
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.scopes import Scope
from zhigan.vocabulary.telephones import veiled
from zhigan.webapi.database import Database
from zhigan.webapi.downloads import BATCH, Cell
from zhigan.webapi.principal import Principal


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of all lists; each takes its own. `seen`: as the page shows it, with what is retired."""

    q: str | None = None
    area: str | None = None
    community: str | None = None
    industry: str | None = None
    premises: str | None = None
    tag: str | None = None
    class_: int | None = None
    ownership: str | None = None
    retired: bool = False
    code: str | None = None
    grid: str | None = None
    origin: str | None = None
    unit_id: str | None = None
    building_id: str | None = None
    parent_id: str | None = None
    type: str | None = None
    state: str | None = None
    condition: str | None = None
    gateway: str | None = None
    role: str | None = None
    kind: str | None = None
    hazard: str | None = None
    sort: str
    seen: bool = False


class Now(Wanted, frozen=True, kw_only=True):
    """All pages of a file are judged by the same moment."""

    now: datetime


class Named(Protocol):
    id: str


T = TypeVar("T", bound=Named)
Row = list[Cell]
Mark = After | int | None
Read = Callable[[Connection, Scope, Now, Mark], Awaitable[tuple[list[Row], Mark]]]
"""One page after the mark: its rows, and the mark of the next (None: it was the last)."""

UNITS = CHOICE["units"].form.columns
DEVICES = CHOICE["devices"].form.columns
HYDRANTS = CHOICE["hydrants"].form.columns
CONTACTS = CHOICE["contacts"].form.columns
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


class Listed(NamedTuple):
    """`more`: columns beside the usual ones; `sorts`: the words of its orders, the usual one first."""

    usual: Sequence[str]
    more: Sequence[str]
    sorts: tuple[str, ...]
    read: Read


def _cells(thing: msgspec.Struct, names: Sequence[str]) -> list[Cell]:
    seen = veiled(thing)
    return [getattr(seen, "class_" if n == "class" else n) for n in names]


def _mark(mark: Mark) -> After | None:
    return mark if isinstance(mark, tuple) else None


def _next(found: Sequence[T], sorts: Sorts[T], sort: str) -> Mark:
    return sorts.place(found[-1], found[-1].id, sort) if len(found) == BATCH else None


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
        retired=wanted.retired,
        code=wanted.code,
        grid=wanted.grid,
        origin=wanted.origin,
        sort=wanted.sort,
        after=_mark(mark),
    )
    found = await units.listed(conn, scope, asked, BATCH)
    return [_unit(u) for u in found], _next(found, units.SORTS, wanted.sort)


def _unit(unit: Unit) -> Row:
    """The class only where a person gave it: else it would be given by the way back."""
    return [*_cells(units.as_new(veiled(unit)), UNITS), unit.reporting_area, unit.class_]


async def _devices(conn: Connection, scope: Scope, wanted: Wanted, mark: Mark) -> tuple[list[Row], Mark]:
    asked = devices.DevicesAsked(
        q=wanted.q,
        unit_id=wanted.unit_id,
        building_id=wanted.building_id,
        parent_id=wanted.parent_id,
        type=wanted.type,
        state=wanted.state,
        condition=wanted.condition,
        gateway=wanted.gateway,
        area=wanted.area,
        origin=wanted.origin,
        living=wanted.state is None and not wanted.seen,
        newest=wanted.sort == "-number",
        after=mark if isinstance(mark, int) else None,
    )
    found = await devices.listed(conn, scope, asked, BATCH)
    return [_device(f) for f in found], found[-1].number if len(found) == BATCH else None


def _device(found: Found) -> Row:
    device = found.device
    own = {"place": found.place, "building": found.building, "name": device.name or device.address}
    shown = {**own, "class": device.class_}
    rest: list[Cell] = [shown[n] if n in shown else getattr(device, n) for n in DEVICES]
    now = device.conditions or [device.condition]
    return [*rest, device.unit_name, device.place, now, device.last_seen_at, device.parent_address]


DEVICES_MORE = ("unit_name", "where", "conditions", "last_seen_at", "parent_address")


async def _hydrants(conn: Connection, scope: Scope, wanted: Wanted, mark: Mark) -> tuple[list[Row], Mark]:
    asked = hydrants.HydrantsAsked(
        area=wanted.area, state=wanted.state, q=wanted.q, sort=wanted.sort, after=_mark(mark)
    )
    found = await hydrants.listed(conn, scope, asked, BATCH)
    return [_cells(h, [*HYDRANTS, "reporting_area"]) for h in found], _next(found, hydrants.SORTS, wanted.sort)


async def _contacts(conn: Connection, scope: Scope, wanted: Now, mark: Mark) -> tuple[list[Row], Mark]:
    asked = people.Asked(
        now=wanted.now, q=wanted.q, role=wanted.role, area=wanted.area, unit_id=wanted.unit_id, state=wanted.state,
        sort=wanted.sort, after=_mark(mark),
    )  # fmt: skip
    found = await people.listed(conn, scope, asked, BATCH)
    return [_cells(c, [*CONTACTS, *CONTACTS_MORE]) for c in found], _next(found, people.SORTS, wanted.sort)


CONTACTS_MORE = (
    "unit_name", "reporting_area", "state", "verified_at", "verified_by", "proof_due_at", "dead_at", "dead_why",
)  # fmt: skip


async def _organisations(conn: Connection, scope: Scope, wanted: Wanted, mark: Mark) -> tuple[list[Row], Mark]:
    asked = organisations.Asked(q=wanted.q, kind=wanted.kind, area=wanted.area, sort=wanted.sort, after=_mark(mark))
    found = await organisations.listed(conn, scope, asked, BATCH)
    return [_cells(o, ORGANISATIONS) for o in found], _next(found, organisations.SORTS, wanted.sort)


async def _key_parts(conn: Connection, scope: Scope, wanted: Wanted, mark: Mark) -> tuple[list[Row], Mark]:
    asked = key_parts.Asked(
        q=wanted.q,
        unit_id=wanted.unit_id,
        hazard=wanted.hazard,
        area=wanted.area,
        sort=wanted.sort,
        after=_mark(mark),
    )
    found = await key_parts.listed(conn, scope, asked, BATCH)
    return [_cells(k, KEY_PARTS) for k in found], _next(found, key_parts.SORTS, wanted.sort)


LISTS: dict[str, Listed] = {
    "units": Listed(UNITS, ("reporting_area", "grading_class"), units.SORTS.words, _units),
    "devices": Listed(DEVICES, DEVICES_MORE, ("number", "-number"), _devices),
    "hydrants": Listed(HYDRANTS, ("reporting_area",), hydrants.SORTS.words, _hydrants),
    "contacts": Listed(CONTACTS, CONTACTS_MORE, people.SORTS.words, _contacts),
    "organisations": Listed(ORGANISATIONS, (), organisations.SORTS.words, _organisations),
    "key-parts": Listed(KEY_PARTS, (), key_parts.SORTS.words, _key_parts),
}


async def batches(
    db: Database, principal: Principal, kind: str, wanted: Wanted, names: Sequence[str], now: datetime
) -> AsyncIterator[list[Row]]:
    """The columns of those names. No connection is held while a slow reader takes a page."""
    mark: Mark = None
    asked = Now(**msgspec.structs.asdict(wanted), now=now)
    usual, more, _, read = LISTS[kind]
    places = [[*usual, *more].index(name) for name in names]
    while True:
        async with db.bound(principal) as conn:
            rows, mark = await read(conn, principal.scope, asked, mark)
        yield [[row[place] for place in places] for row in rows]
        if mark is None:
            return
