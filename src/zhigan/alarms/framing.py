"""Frames of judgement: which case a device belongs to, where it is, and what the engine is told of that case today.

Enters: registry entries. Leaves: case keys, loci, engine contexts. A case is one unit (all its buildings: the share of
links lost and the protection of a building are judged over it); what belongs to no unit is judged by transmission
device. Absent: I/O, and memory.
"""

import re

from zhigan.alarms.engine.model import Context, Locus, Test, locus_of
from zhigan.incidents.model import Place
from zhigan.registry import rules
from zhigan.registry.model import DeviceContext, TestMode, UnitContext
from zhigan.vocabulary.devices import PERSON
from zhigan.vocabulary.premises import Premises, PremisesClass

_HOUSING = frozenset({Premises.HIGH_RISE_RESIDENTIAL, Premises.LOW_RISE_RESIDENTIAL, Premises.SHANTY})


def case_key(row: DeviceContext) -> str:
    if row.unit_id is not None:
        return f"unit:{row.unit_id}"
    return f"stranger:{row.gateway}:{rules.root_of(row.gateway, row.address)}"


def registered(row: DeviceContext) -> bool:
    """Adopted, or behind a transmission device that was: a component appears by itself and is no stranger."""
    return row.state != "discovered" or (row.parent is not None and row.unit_id is not None)


def locus(row: DeviceContext) -> Locus:
    return locus_of(
        building=row.building_id or "",
        floor=rules.floor_number(row.floor),
        compartment=row.compartment,
        flat=row.flat,
        gateway=row.gateway,
        address=row.address,
        residential=row.premises in _HOUSING and row.type != PERSON,
    )


def closed_hours(text: str) -> tuple[tuple[int, int], ...]:
    """`22:00-06:00,12:00-13:30` → minutes of the day; what cannot be read is left out: then the night rule holds."""
    spans: list[tuple[int, int]] = []
    for part in text.split(","):
        found = re.fullmatch(r"\s*(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})\s*", part)
        if found:
            a, b, c, d = map(int, found.groups())
            spans.append((a * 60 + b, c * 60 + d))
    return tuple(spans)


def stranger_context(key: str, place: Place) -> Context:
    """Unregistered: its place is an address, which the desk shows, or what somebody told of it."""
    return Context(case_key=key, place=place)


def unit_context(key: str, unit: UnitContext, place: Place, places: dict[str, Place], closed: str) -> Context:
    return Context(
        case_key=key,
        premises=PremisesClass(unit.premises_class),
        place=place,
        places=places,
        tests=tuple(_test(t) for t in unit.tests),
        closed_hours=closed_hours(closed),
        loops=unit.points,
        devices=unit.devices,
    )


def _test(mode: TestMode) -> Test:
    """Nothing named is the whole unit, or building; `systems` are address prefixes, whole devices among them."""
    named = bool(mode.devices or mode.systems)
    return Test(
        id=mode.id,
        until=mode.ends_at,
        addresses=mode.systems,
        devices=mode.devices,
        building="" if named else mode.building_id or "",
        whole=not named and mode.building_id is None,
        purpose=mode.purpose,
        person=mode.person,
    )
