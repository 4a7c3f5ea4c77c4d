"""Circuits from CSV: known by their unit and code; a line about one that stands changes what it names.

Enters: lines as people send them, `breaker` and `channels` by the addresses of devices (`current.a=ADDRESS`, several
with semicolons). Leaves: good lines in the register, each bad one with its reason. Absent: consents, which an owner
gives for each circuit by itself.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from zhigan.desks.electrical import checks, store
from zhigan.desks.electrical.model import NewCircuit, NewMeasuredChannel
from zhigan.registry import devices, units
from zhigan.registry.checks import Wrong
from zhigan.registry.devices import Standing
from zhigan.registry.shapes import Unit
from zhigan.registry.units import fresh_id
from zhigan.runtime.pg import Connection
from zhigan.vocabulary import scopes
from zhigan.vocabulary.electrical import PHASES
from zhigan.vocabulary.roles import REGISTRY_ROLES
from zhigan.webapi.intake import Kind, Took
from zhigan.webapi.principal import Principal
from zhigan.webapi.sheets import Bad, Entry, Form


class CircuitLine(msgspec.Struct, kw_only=True):
    """`building`: its code or name; `gateway`: of the addresses."""

    unit_code: str
    code: str
    name: str = ""
    building: str = ""
    panel: str = ""
    place: str = ""
    phases: int = 1
    rating_a: float | None = None
    load_class: str = "second"
    feeds: list[str] = []
    panel_cuts: bool = True
    gateway: str = "mqtt"
    breaker: str = ""
    channels: list[str] = []


SAME = ("name", "panel", "place", "phases", "rating_a", "load_class", "feeds", "panel_cuts")
CHANNEL = "one of current.a=ADDRESS, residual_current=ADDRESS, such pairs of a quantity and a device"


async def _take(conn: Connection, entries: Sequence[Entry[CircuitLine]], now: datetime, by: Principal) -> Took:
    of = await units.by_codes(conn, sorted({e.record.unit_code for e in entries}))
    keys = [(e.record.gateway, address) for e in entries for address in _addresses(e.record)]
    living = await devices.living(conn, keys)
    took = Took()
    for entry in entries:
        try:
            unit = of.get(entry.record.unit_code)
            if unit is None or not scopes.holds(by.scope, units.owned(unit)):
                raise Wrong([("unit_code", "there is no such place within your scope.")])
            changed = await _one(conn, entry, unit, living, now)
        except Wrong as error:
            took.bad.append(Bad(entry.number, str(error)))
            continue
        took.added += changed is None
        took.changed += changed is True
    return took


async def _one(
    conn: Connection, entry: Entry[CircuitLine], unit: Unit, living: dict[tuple[str, str], Standing], now: datetime
) -> bool | None:
    """None: it is new; True: something changed."""
    id_ = await store.by_code(conn, unit.id, entry.record.code.strip())
    before = None if id_ is None else await store.as_new(conn, id_, now)
    new = await _laid_over(conn, entry, unit, before, living)
    named = [c.device_id for c in new.channels] + ([new.breaker_id] if new.breaker_id else [])
    at = await store.places(conn, named)
    new = checks.check(new, at)
    if id_ is None:
        if not await store.add(conn, fresh_id(now), new, at, now):
            raise Wrong([("breaker", "The unit has a circuit of this code, or the breaker opens another circuit.")])
        return None
    if new == before:
        return False
    if not await store.change(conn, id_, new, at, now):
        raise Wrong([("breaker", "The unit has a circuit of this code, or the breaker opens another circuit.")])
    return True


async def _laid_over(
    conn: Connection,
    entry: Entry[CircuitLine],
    unit: Unit,
    before: NewCircuit | None,
    living: dict[tuple[str, str], Standing],
) -> NewCircuit:
    line = entry.record
    said: dict[str, object] = {name: getattr(line, name) for name in SAME if before is None or name in entry.given}
    if "building" in entry.given:
        said["building_id"] = await _building(conn, unit, line.building)
    if "breaker" in entry.given:
        said["breaker_id"] = _device(line, line.breaker, living)
    if "channels" in entry.given:
        said["channels"] = [_channel(line, told, living) for told in line.channels]
    base: dict[str, object] = {"unit_id": unit.id, "code": line.code.strip(), "name": line.name or line.code.strip()}
    if before is not None:
        base = {name: getattr(before, name) for name in NewCircuit.__struct_fields__}
    try:
        return msgspec.convert({**base, **said}, NewCircuit, from_attributes=True)
    except msgspec.ValidationError as error:
        raise Wrong([("", str(error).replace("`", "'"))]) from None


async def _building(conn: Connection, unit: Unit, named: str) -> str:
    for building in await units.buildings(conn, unit.id):
        if named in (building.code, building.name):
            return building.id
    raise Wrong([("building", "a building of the same unit")])


def _addresses(line: CircuitLine) -> list[str]:
    return [line.breaker, *(told.partition("=")[2] for told in line.channels)]


def _device(line: CircuitLine, address: str, living: dict[tuple[str, str], Standing]) -> str:
    found = living.get((line.gateway, address))
    if found is None:
        raise Wrong([("channels", "a device of the same unit")])
    return found.id


def _channel(line: CircuitLine, told: str, living: dict[tuple[str, str], Standing]) -> NewMeasuredChannel:
    quantity, _, address = told.partition("=")
    metric, _, phase = quantity.partition(".")
    if not address or phase not in PHASES:
        raise Wrong([("channels", CHANNEL)])
    return NewMeasuredChannel(metric=metric, phase=phase, device_id=_device(line, address, living))


CHOICE: dict[str, Kind] = {
    "circuits": Kind(
        Form(CircuitLine), lambda c: (c.unit_code, c.code.strip()), _take, REGISTRY_ROLES, "circuits.imported"
    )
}
