"""Devices as people read, register, adopt and change them.

A `POST` on an address that appeared by itself adopts that device: its id and its history stay. What stands behind a
transmission device takes unit and building from it unless told otherwise. Scope and roles are the caller's business.
"""

from collections.abc import Sequence, Set
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from zhigan.registry import floors, rules
from zhigan.registry.checks import DeviceRecord
from zhigan.registry.listing import Question
from zhigan.registry.pinyin import searchable
from zhigan.registry.shapes import CutAuthorisation, Device, DeviceDetail, MetricInfo, NewDevice, Suspension
from zhigan.registry.shapes_adoption import DiscoveredDevice
from zhigan.registry.store import SQL, Key, tell
from zhigan.registry.word_tables import TYPICAL_METRICS
from zhigan.runtime.pg import Connection
from zhigan.vocabulary import metrics
from zhigan.vocabulary.events import Draft, EventType
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.scopes import Owned, Scope


class DevicesAsked(msgspec.Struct, frozen=True, kw_only=True):
    q: str | None = None
    unit_id: str | None = None
    building_id: str | None = None
    parent_id: str | None = None
    type: str | None = None
    state: str | None = None
    condition: str | None = None
    gateway: str | None = None
    area: str | None = None
    origin: str | None = None
    alone: bool | None = None  # only those with, or without, a transmission device before them
    homeless: bool = False  # only those without a unit
    living: bool = False
    newest: bool = False
    after: int | None = None


class Found(msgspec.Struct, frozen=True):
    """A device as shown, with what only this room needs."""

    number: int
    parent: int | None
    place: str  # as written, not composed
    building: str  # code
    device: DeviceDetail


MANY = "offline"
"""A city's devices may all be off line at once: they are looked for while the list is walked."""
CONDITIONS: dict[str, str] = {}
"""Filter word → SQL: the first mask of `rules.CONDITION_WORDS` that holds names the condition."""


def _condition_filters() -> dict[str, str]:
    filters: dict[str, str] = {}
    graver = 0
    for word, mask in rules.CONDITION_WORDS:
        if word == MANY:
            filters[word] = f"n.conditions <> 0 and n.conditions & {int(mask)} <> 0 and n.conditions & {graver} = 0"
        else:
            filters[word] = f"d.number in (select registry.devices_in({int(mask)}, {graver}))"
        graver |= int(mask)
    filters[rules.NORMAL] = f"coalesce(n.conditions, 0) & {graver} = 0 and n.seen_at is not null"
    filters[rules.NEVER_SEEN] = f"coalesce(n.conditions, 0) & {graver} = 0 and n.seen_at is null"
    return filters


CONDITIONS.update(_condition_filters())


async def listed(conn: Connection, scope: Scope, asked: DevicesAsked, limit: int) -> list[Found]:
    question = Question(scope, "d")
    if "unit" in scope.terms:  # says nothing new, but leads to the index by unit
        ids = "array(select x.id from registry.unit x where x.code = any ({}::text[]))"
        question.where(f"d.unit_id = any ({ids})", list(scope.terms["unit"]))
    await _mentioning(conn, question, (asked.q or "").strip())
    question.given("d.unit_id = {}::uuid", asked.unit_id)
    question.given("d.building_id = {}::uuid", asked.building_id)
    question.given("d.parent = (select x.number from registry.device x where x.id = {}::uuid)", asked.parent_id)
    question.given("d.type = {}", asked.type)
    question.given("d.state = {}", asked.state)
    question.given("d.gateway = {}", asked.gateway)
    question.given("d.area = {}", asked.area)
    question.origin("d", asked.origin)
    question.given("d.number < {}" if asked.newest else "d.number > {}", asked.after)
    if asked.living:
        question.conditions.append("not d.gone")
    if asked.alone is not None:
        question.conditions.append(f"d.parent is {'null' if asked.alone else 'not null'}")
    if asked.homeless:
        question.conditions.append("d.unit_id is null")
    if asked.condition is not None:
        question.where(CONDITIONS[asked.condition])
    order = "d.number desc" if asked.newest else "d.number"
    rows = await conn.fetch(question.text(SQL.devices, order, limit), *question.parameters)
    return [_found(r) for r in rows]


MOST_SOUGHT = 1000
"""So many hits are taken by their numbers; a word that more devices mention is looked for while the list is walked."""


async def _mentioning(conn: Connection, question: Question, q: str) -> None:
    if not q:
        return
    numbers = [r[0] for r in await conn.fetch(SQL.found_devices, q, MOST_SOUGHT)]
    if len(numbers) < MOST_SOUGHT:
        question.where("d.number = any ({}::integer[])", numbers)
        return
    question.where("d.search like all ({}::text[])", [f"%{_literal(word)}%" for word in q.lower().split()])


def _literal(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def one(conn: Connection, id_: str) -> Found | None:
    """On a bound connection: None also where it lies outside the scope."""
    row = await conn.fetchrow(f"{SQL.devices} where d.id = $1::uuid", id_)
    return None if row is None else _found(row)


def _found(r: asyncpg.Record) -> Found:
    return Found(r["number"], r["parent"], r["place"], r["building_code"], _device(r))


async def strangers(
    conn: Connection, scope: Scope, asked: DevicesAsked, limit: int
) -> list[tuple[int, DiscoveredDevice]]:
    """Those that appeared by themselves, the newest first, each with the number by which the list goes on."""
    rows = await listed(conn, scope, msgspec.structs.replace(asked, state="discovered", newest=True), limit)
    parts = {r["parent"]: r["parts"] for r in await conn.fetch(SQL.parts_of, [f.number for f in rows])}
    names = Device.__struct_fields__
    return [
        (f.number, DiscoveredDevice(**{n: getattr(f.device, n) for n in names}, parts=parts.get(f.number, 0)))
        for f in rows
    ]


async def several(conn: Connection, ids: Sequence[str]) -> list[Found]:
    """On a bound connection: those of the ids that lie within the scope."""
    return [_found(r) for r in await conn.fetch(f"{SQL.devices} where d.id = any ($1::uuid[]) order by d.number", ids)]


async def discovered_behind(conn: Connection, numbers: Sequence[int], most: int) -> list[str]:
    return [r["id"] for r in await conn.fetch(SQL.discovered_behind, list(numbers), most)]


def short(found: Found) -> Device:
    """The row of a list: without the metrics."""
    shown = {f: getattr(found.device, f) for f in Device.__struct_fields__}
    return Device(**shown)


_SAME = (
    "id", "unit_id", "unit_code", "unit_name", "building_id", "building_name", "parent_id", "parent_address", "gateway",
    "address", "name", "type", "state", "floor",
    "compartment", "flat", "lon", "lat", "load_class", "profile", "maker", "model", "serial", "firmware", "iccid",
    "installer", "made_on", "installed_on", "battery_on", "life_until", "plan_expires_on", "last_test_seen",
    "discovered_at", "created_at", "changed_at", "came_from",
)  # fmt: skip


def _device(r: asyncpg.Record) -> DeviceDetail:
    suspended = None
    if r["state"] == "suspended":
        suspended = Suspension(by=r["suspended_by"], why=r["suspended_why"], until=r["suspended_until"])
    consent = None
    if r["cut_until"] is not None:
        consent = CutAuthorisation(by=r["cut_by"], until=r["cut_until"])
    return DeviceDetail(
        **{name: r[name] for name in _SAME},
        class_=r["class"],
        condition=rules.condition_word(r["conditions"], r["seen_at"] is not None),
        conditions=rules.condition_names(r["conditions"]),
        last_seen_at=r["seen_at"],
        offline_after_s=r["patience"] or None,
        place=rules.place_text(r["place"], r["building_name"] or "", r["floor"], r["compartment"], r["flat"]),
        reporting_area=r["area"],
        cut_authorisation=consent,
        suspended=suspended,
        metrics=_metrics(r["type"], r["metrics"]),
        steps=rules.next_states(r["state"]),
    )


def _metrics(type_: str, reported: Sequence[int]) -> list[MetricInfo]:
    told = [metrics.BY_NUMBER[n] for n in reported if n in metrics.BY_NUMBER]
    names = {m.name for m in told}
    typical = [metrics.BY_NAME[n] for n in TYPICAL_METRICS.get(type_, ()) if n not in names]
    return [MetricInfo(m.name, m.unit, m.zh, m.name in names) for m in [*told, *typical]]


async def standing_at(conn: Connection, keys: Sequence[Key]) -> dict[Key, Found]:
    """On the owner's connection, for imports: the living devices at those addresses, as written or in upper case."""
    both = sorted({*keys, *((gateway, address.strip().upper()) for gateway, address in keys)})
    head = f"{SQL.devices} join unnest($1::text[], $2::text[]) as k (gateway, address)"
    rows = await conn.fetch(
        f"{head} on d.gateway = k.gateway and d.address = k.address where not d.gone",
        [k[0] for k in both],
        [k[1] for k in both],
    )
    return {(r["gateway"], r["address"]): _found(r) for r in rows}


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Who lives at an address."""

    number: int
    id: str
    state: str
    unit_id: str | None
    building_id: str | None
    parent: int | None
    owned: Owned


async def living(conn: Connection, keys: Sequence[Key]) -> dict[Key, Standing]:
    rows = await conn.fetch(SQL.living_at, [k[0] for k in keys], [k[1] for k in keys])
    return {
        (r["gateway"], r["address"]): Standing(
            number=r["number"],
            id=r["id"],
            state=r["state"],
            unit_id=r["unit_id"],
            building_id=r["building_id"],
            parent=r["parent"],
            owned=Owned(*(r[name] for name in Owned.__struct_fields__)),
        )
        for r in rows
    }


def inherit(record: DeviceRecord, root: Standing | None) -> DeviceRecord:
    """Unit, building and parent from the transmission device where nothing else was said."""
    if root is None:
        return record
    same_unit = record.unit_id in (None, root.unit_id)
    return msgspec.structs.replace(
        record,
        parent=root.number,
        unit_id=record.unit_id or root.unit_id,
        building_id=record.building_id or (root.building_id if same_unit else None),
    )


async def add(conn: Connection, records: Sequence[DeviceRecord], now: datetime) -> dict[Key, str]:
    """(gateway, address) → id of those that came; an address that is taken is absent."""
    rows = await conn.fetch(SQL.add_devices, _spelled(records), now)
    for r in rows:
        if r["gateway"] in rules.ROOTED and "/" not in r["address"]:
            await conn.execute(
                SQL.adopt_orphans, r["number"], r["gateway"], r["address"], r["unit_id"], r["building_id"]
            )
    await _floors(conn, records, now)
    await _tell(conn, records)
    return {(r["gateway"], r["address"]): r["id"] for r in rows}


async def change(conn: Connection, records: Sequence[DeviceRecord], now: datetime) -> None:
    """Adoption is a change of the row that appeared by itself. The units that devices leave are told as well."""
    left = {r["unit_id"] for r in await conn.fetch(SQL.units_of_devices, [r.id for r in records])}
    await conn.execute(SQL.change_devices, _spelled(records), now)
    await _floors(conn, records, now)
    await _tell(conn, records, left)


async def _floors(conn: Connection, records: Sequence[DeviceRecord], now: datetime) -> None:
    await floors.note(conn, [(r.building_id, r.floor) for r in records if r.building_id is not None], now)


def _spelled(records: Sequence[DeviceRecord]) -> str:
    """The rows as JSON, each with its pinyin, which is no field of anybody's."""
    rows: list[dict[str, object]] = msgspec.to_builtins(records)
    for row, record in zip(rows, records, strict=True):
        row["pinyin"] = searchable(f"{record.name}{record.place}")
    return msgspec.json.encode(rows).decode()


MOST_TOLD = 20
"""Units told one by one; more of them are everybody."""


async def _tell(conn: Connection, records: Sequence[DeviceRecord], left: Set[str | None] = frozenset()) -> None:
    units = {r.unit_id for r in records} | left
    named = sorted(unit for unit in units if unit is not None)
    if not named or len(named) > MOST_TOLD:
        await tell(conn, None)
        return
    for unit in named:
        await tell(conn, unit)


def changed(id_: str, state: str, owned: Owned, now: datetime) -> Draft:
    return Draft(EventType.DEVICE_CHANGED, id_, to_micros(now), {"id": id_, "state": state}, owned)


def as_new(found: Found) -> NewDevice:
    """The device as somebody would enter it: a change is laid over this and checked as a whole."""
    device = found.device
    fields = {f: getattr(device, f) for f in NewDevice.__struct_fields__ if f not in ("state", "place")}
    blank = NewDevice(name=device.name or device.address, type=device.type, gateway=device.gateway, address="")
    named = msgspec.structs.replace(blank, **fields)
    return msgspec.structs.replace(named, name=blank.name, place=found.place)


def as_record(found: Found) -> DeviceRecord:
    """What stands, as the record that would write it."""
    device = found.device
    consent, suspended = device.cut_authorisation, device.suspended
    shared = set(DeviceRecord.__struct_fields__) & set(DeviceDetail.__struct_fields__) - {"place"}
    same: dict[str, Any] = {f: getattr(device, f) for f in shared}
    return DeviceRecord(
        **same,
        place=found.place,
        parent=found.parent,
        cut_by=consent.by if consent else "",
        cut_until=consent.until if consent else None,
        suspended_by=suspended.by if suspended else "",
        suspended_why=suspended.why if suspended else "",
        suspended_until=suspended.until if suspended else None,
    )
