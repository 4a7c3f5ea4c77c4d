"""Units, devices, hydrants and contacts from CSV: the columns are the field names of the HTTP calls.

Enters: a file as people send it. Leaves: good lines in the registry, every bad one said with its number and the reason.
A line whose thing exists changes what it names and nothing else, so running a file twice changes nothing. `devices`
name their unit by `unit_code`, their building by `building` (its code or name; one that is not there yet is made).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from zhigan.bus import log
from zhigan.registry import checks, devices, grids_importing, hydrants, places, rules, units
from zhigan.registry.checks import DeviceRecord, UnitRecord, Wrong
from zhigan.registry.model import DeviceState
from zhigan.registry.pinyin import searchable
from zhigan.registry.shapes import Building, NewBuilding, NewContact, NewDevice, NewHydrant, NewUnit, Unit
from zhigan.registry.store import SQL
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Connection
from zhigan.vocabulary import scopes
from zhigan.vocabulary.events import Draft
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.roles import REGISTRY_ROLES
from zhigan.vocabulary.telephones import kept
from zhigan.webapi import sheets
from zhigan.webapi.audit import audit
from zhigan.webapi.intake import Kind, Took
from zhigan.webapi.principal import COMMAND_LINE, Principal
from zhigan.webapi.sheets import Bad, Entry, Form, Say, Tally

KINDS = ("units", "devices", "hydrants", "contacts", "grids", "grid_workers")
AT_ONCE = 1000
"""Lines a transaction."""


class DeviceLine(NewDevice, kw_only=True):
    unit_code: str | None = None
    building: str | None = None


class ContactLine(NewContact, kw_only=True):
    unit_code: str


def outside(field: str) -> Wrong:
    return Wrong([(field, "there is no such place within your scope.")])


async def run(
    kind: str, path: Path, conn: Connection, clock: Clock, say: Say, more: Mapping[str, Kind] | None = None
) -> int:
    """The exit code: 1 when there were bad lines. `more`: kinds that other rooms offer."""
    chosen = {**CHOICE, **(more or {})}[kind]
    try:
        found, bad, lines = sheets.entries(path, chosen.form, say)
    except sheets.SheetError as error:
        say(str(error))
        return 1
    await places.settle(conn)
    found, doubled = sheets.doubles(found, chosen.key)
    bad += doubled
    tally = Tally(lines=lines)
    for at in range(0, len(found), AT_ONCE):
        now = clock.now()
        async with conn.transaction():
            took = await chosen.take(conn, found[at : at + AT_ONCE], now, COMMAND_LINE)
            await log.append(conn, took.drafts, to_micros(now))
        tally.added += took.added
        tally.changed += took.changed
        bad += took.bad
    tally.bad = len(bad)
    async with conn.transaction():
        detail = {"file": path.name, "added": tally.added, "changed": tally.changed, "bad": tally.bad}
        await audit(conn, COMMAND_LINE, clock.now(), chosen.audited, kind, detail)
    return sheets.told(kind, tally, bad, say)


# ------------------------------------------------------------ units


async def _take_units(conn: Connection, entries: Sequence[Entry[NewUnit]], now: datetime, by: Principal) -> Took:
    standing = await units.by_codes(conn, [e.record.code for e in entries])
    laid = {e.number: _unit_laid_over(standing.get(e.record.code), e) for e in entries}
    known = await units.gazetteer(conn, [new.community or "" for new in laid.values()])
    took = Took()
    new: list[UnitRecord] = []
    changed: list[UnitRecord] = []
    for entry in entries:
        before = standing.get(entry.record.code)
        try:
            if before is not None and not scopes.holds(by.scope, units.owned(before)):
                raise outside("code")
            record = checks.unit(laid[entry.number], before.id if before else units.fresh_id(now), known, searchable)
            if not scopes.holds(by.scope, record.owned):
                raise outside("area_code")
        except Wrong as error:
            took.bad.append(Bad(entry.number, str(error)))
            continue
        if before is None:
            new.append(record)
        elif record != checks.unit(units.as_new(before), before.id, _known_of(before, known), searchable):
            changed.append(record)
    took.added = len(await units.add(conn, new, now)) if new else 0
    took.changed = len(changed)
    if changed:
        await units.change(conn, changed, now)
    took.drafts = [units.changed(r, now) for r in [*new, *changed]]
    return took


def _unit_laid_over(before: Unit | None, entry: Entry[NewUnit]) -> NewUnit:
    if before is None:
        return entry.record
    laid = sheets.laid_over(units.as_new(before), entry)
    return msgspec.structs.replace(laid, phone=kept(laid.phone or "", before.phone))


def _known_of(before: Unit, known: checks.Gazetteer) -> checks.Gazetteer:
    """What stands is right as it stands, also where its community is not among those that the file names."""
    if not before.community or before.community in known.communities:
        return known
    own = places.Community(before.community, "", "", "", before.area_code, before.reporting_area)
    return checks.Gazetteer(known.areas, {**known.communities, before.community: own})


# ------------------------------------------------------------ devices


async def _take_devices(conn: Connection, entries: Sequence[Entry[DeviceLine]], now: datetime, by: Principal) -> Took:
    took = Took()
    codes = sorted({e.record.unit_code for e in entries if e.record.unit_code})
    by_code = {c: u for c, u in (await units.by_codes(conn, codes)).items() if scopes.holds(by.scope, units.owned(u))}
    standing = await devices.standing_at(conn, [(e.record.gateway, e.record.address) for e in entries])
    placed = await _placed(conn, entries, by_code, now)
    new: list[DeviceRecord] = []
    changed: list[DeviceRecord] = []
    for entry in entries:
        try:
            record, before = _device(entry, by_code, placed, standing, now)
            if before is not None and not by.scope.whole_city and before.unit_id not in (None, record.unit_id):
                raise Wrong([("address", "registered to another unit already")])
        except Wrong as error:
            took.bad.append(Bad(entry.number, str(error)))
            continue
        if before is None:
            new.append(record)
        elif record != before:
            changed.append(record)
    # The transmission devices first: what stands behind one takes its number, unit and building from it.
    for layer in ([r for r in new if "/" not in r.address], [r for r in new if "/" in r.address]):
        took.added += await _add_layer(conn, layer, now)
    took.changed = len(changed)
    if changed:
        await devices.change(conn, changed, now)
    took.drafts = await _device_drafts(conn, [*new, *changed], now)
    return took


async def _add_layer(conn: Connection, layer: Sequence[DeviceRecord], now: datetime) -> int:
    if not layer:
        return 0
    roots = sorted({(r.gateway, rules.root_of(r.gateway, r.address)) for r in layer if "/" in r.address})
    above = await devices.living(conn, roots) if roots else {}
    records = [devices.inherit(r, above.get((r.gateway, rules.root_of(r.gateway, r.address)))) for r in layer]
    return len(await devices.add(conn, records, now))


def _device(
    entry: Entry[DeviceLine],
    by_code: dict[str, Unit],
    placed: dict[tuple[str, str], str],
    standing: dict[tuple[str, str], devices.Found],
    now: datetime,
) -> tuple[DeviceRecord, DeviceRecord | None]:
    """The record as it shall be, and as it is where it stands already."""
    line = entry.record
    stranger = _still_unknown(line, standing)
    if stranger is not None:
        return stranger, stranger
    unit = by_code.get(line.unit_code or "")
    if unit is None:
        raise Wrong([("unit_code", f"the code of a unit that is registered, got {line.unit_code or ''!r}")])
    here = standing.get((line.gateway, line.address.strip().upper()), standing.get((line.gateway, line.address)))
    component = rules.is_component(line.gateway, line.address)
    building_id = placed.get((unit.id, line.building or ""))
    if here is None:
        new = msgspec.structs.replace(_plain(line), unit_id=unit.id, building_id=building_id)
        return checks.device(new, units.fresh_id(now), component), None
    adopting = here.device.state == DeviceState.DISCOVERED
    if not adopting and here.device.unit_id not in (None, unit.id):
        raise Wrong([("address", "registered to another unit already")])
    before = devices.as_record(here)
    over = sheets.laid_over(devices.as_new(here), Entry(0, _plain(line), entry.given & _FIELDS))
    over = msgspec.structs.replace(
        over,
        unit_id=unit.id,
        building_id=building_id or (over.building_id if here.device.unit_id == unit.id else None),
        state=line.state if adopting else None,
        class_=line.class_ if adopting else over.class_,
    )
    record = checks.device(over, here.device.id, component)
    state = record.state if adopting else _next_state(here.device.state, line.state)
    kept = {f: getattr(before, f) for f in KEPT}
    return msgspec.structs.replace(record, state=state, **kept), before


def _still_unknown(line: DeviceLine, standing: dict[tuple[str, str], devices.Found]) -> DeviceRecord | None:
    """A line of our own list about a device that nobody has adopted yet says nothing new of it."""
    here = standing.get((line.gateway, line.address.strip()))
    if line.state != DeviceState.DISCOVERED or here is None or here.device.state != DeviceState.DISCOVERED:
        return None
    return devices.as_record(here)


KEPT = ("parent", "last_test_seen", "suspended_by", "suspended_why", "suspended_until")
"""No column of a sheet."""


_FIELDS = frozenset(NewDevice.__struct_fields__)


def _plain(line: DeviceLine) -> NewDevice:
    return NewDevice(**{f: getattr(line, f) for f in NewDevice.__struct_fields__})


def _next_state(state: str, wanted: str | None) -> str:
    if wanted is None or wanted == state:
        return state
    if wanted not in tuple(DeviceState) or not rules.may_become(state, wanted):
        raise Wrong([("state", f"what is {state} cannot become {wanted}")])
    return wanted


async def _placed(
    conn: Connection, entries: Sequence[Entry[DeviceLine]], by_code: dict[str, Unit], now: datetime
) -> dict[tuple[str, str], str]:
    """(unit id, building as named) → building id; a building that is not there yet is made."""
    named = {
        (by_code[e.record.unit_code].id, e.record.building.strip())
        for e in entries
        if e.record.building and e.record.unit_code in by_code
    }
    if not named:
        return {}
    rows = await conn.fetch(f"{SQL.buildings} where unit_id = any ($1::uuid[])", sorted({u for u, _ in named}))
    known: dict[tuple[str, str], str] = {}
    for b in (Building(**dict(r)) for r in rows):
        known.setdefault((b.unit_id, b.name), b.id)
        known[(b.unit_id, b.code)] = b.id
    for unit_id, name in sorted(named - known.keys()):
        code = "".join(c if c not in " ,+:" else "-" for c in name)[:64]
        made = await units.add_building(conn, unit_id, NewBuilding(code=code, name=name[:200]), now)
        if made is not None:
            known[(unit_id, name)] = made
    return known


async def _device_drafts(conn: Connection, records: Sequence[DeviceRecord], now: datetime) -> list[Draft]:
    there = await devices.living(conn, [(r.gateway, r.address) for r in records])
    return [devices.changed(s.id, s.state, s.owned, now) for s in there.values()]


# ------------------------------------------------------------ hydrants


async def _take_hydrants(conn: Connection, entries: Sequence[Entry[NewHydrant]], now: datetime, by: Principal) -> Took:
    before = await hydrants.by_codes(conn, [e.record.code for e in entries])
    laid = {
        e.number: sheets.laid_over(hydrants.as_new(before[e.record.code]), e) if e.record.code in before else e.record
        for e in entries
    }
    known = await units.gazetteer(conn, [new.community or "" for new in laid.values()])
    gauges = await hydrants.gauges(conn, [new.gauge or "" for new in laid.values()])
    took = Took()
    records: list[checks.HydrantRecord] = []
    for entry in entries:
        try:
            here = before.get(entry.record.code)
            if here is not None and not scopes.holds(by.scope, hydrants.owned(here)):
                raise outside("code")
            record = checks.hydrant(laid[entry.number], units.fresh_id(now), known, gauges, now)
            if not scopes.holds(by.scope, record.owned):
                raise outside("area_code")
            records.append(record)
        except Wrong as error:
            took.bad.append(Bad(entry.number, str(error)))
    touched = await hydrants.put(conn, records, now) if records else []
    took.added = sum(1 for code in touched if code not in before)
    took.changed = len(touched) - took.added
    return took


# ------------------------------------------------------------ contacts


async def _take_contacts(conn: Connection, entries: Sequence[Entry[ContactLine]], now: datetime, by: Principal) -> Took:
    """A person of a unit is known by role and name: a line about him changes phone and order."""
    by_code = await units.by_codes(conn, sorted({e.record.unit_code for e in entries}))
    ids = [u.id for u in by_code.values()]
    standing = {(c.unit_id, c.role, c.name): c for c in await units.contacts_of(conn, ids)}
    took = Took()
    for entry in entries:
        unit = by_code.get(entry.record.unit_code)
        try:
            if unit is None or not scopes.holds(by.scope, units.owned(unit)):
                raise Wrong([("unit_code", f"the code of a unit that is registered, got {entry.record.unit_code!r}")])
            line = NewContact(**{f: getattr(entry.record, f) for f in NewContact.__struct_fields__})
            before = standing.get((unit.id, line.role, line.name))
            if before is not None:
                order = line.order if "order" in entry.given else before.order
                line = msgspec.structs.replace(line, order=order, phone=kept(line.phone, before.phone))
            new = units.check_contact(line)
        except Wrong as error:
            took.bad.append(Bad(entry.number, str(error)))
            continue
        if before is None:
            await units.add_contact(conn, unit.id, new, now)
            took.added += 1
        elif (new.phone, new.order) != (before.phone, before.order):
            await units.change_contact(conn, before.id, unit.id, new, now)
            took.changed += 1
    return took


CHOICE: dict[str, Kind] = {
    "units": Kind(Form(NewUnit), lambda u: u.code, _take_units, REGISTRY_ROLES, "units.imported"),
    "devices": Kind(
        Form(DeviceLine, without=("unit_id", "building_id", "cut_authorisation")),
        lambda d: (d.gateway, d.address.upper()),
        _take_devices,
        REGISTRY_ROLES,
        "devices.imported",
    ),
    "hydrants": Kind(Form(NewHydrant), lambda h: h.code, _take_hydrants, REGISTRY_ROLES, "hydrants.imported"),
    "contacts": Kind(
        Form(ContactLine), lambda c: (c.unit_code, c.role, c.name), _take_contacts, REGISTRY_ROLES, "contacts.imported"
    ),
    **grids_importing.CHOICE,
}
