"""Maps: read, checked, and found by name. Pure, but for reading the files beside it.

Enters: JSON. Leaves: `Maps`. What is wrong with a map is said with its name and place. Absent: what registers hold now.
"""

from collections.abc import Iterable, Sequence
from importlib import resources
from typing import Final

import msgspec

from zhigan.protocols.modbus.model import Map, State, Value
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.devices import BY_NAME as TYPES
from zhigan.vocabulary.metrics import BY_NAME as METRICS

READ_MAX: Final = 125
"""Registers in one request, by the standard."""
READS_MAX: Final = 20
EVERY_MIN_S, EVERY_MAX_S = 1, 3600
_MAPS: Final = msgspec.json.Decoder(list[Map])
WIDE: Final = frozenset({"u32", "s32", "f32"})


class MapError(ValueError):
    """The document cannot be a map; the message names the place and what is wanted there."""


class Maps:
    """The operator's come first: a name is the first map's that has it."""

    def __init__(self, maps: Sequence[Map]) -> None:
        self._by_name: dict[str, Map] = {}
        for each in maps:
            self._by_name.setdefault(each.name, each)

    def get(self, name: str) -> Map | None:
        return self._by_name.get(name)

    def names(self) -> list[str]:
        return sorted(self._by_name)


def built_in() -> list[Map]:
    folder = resources.files("zhigan.protocols.modbus") / "registers"
    found: list[Map] = []
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".json"):
            found += read_maps(entry.read_bytes())
    return found


def read_maps(text: bytes) -> list[Map]:
    try:
        maps = _MAPS.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MapError(str(error)) from None
    for each in maps:
        for fault in _faults(each):
            raise MapError(f"{each.name}: {fault}")
    return maps


def _faults(of: Map) -> Iterable[str]:
    if not of.name.isidentifier():
        yield "name: letters, digits and _"
    if of.type not in TYPES:
        yield f"type: no device type is called {of.type!r}"
    if not EVERY_MIN_S <= of.every_s <= EVERY_MAX_S:
        yield f"every_s: {EVERY_MIN_S} to {EVERY_MAX_S}"
    if not 0 < len(of.reads) <= READS_MAX:
        yield f"reads: 1 to {READS_MAX}"
    for read in of.reads:
        if not (read.address >= 0 and 0 < read.count <= READ_MAX and read.address + read.count <= 0x10000):
            yield f"reads: {read.address}: 1 to {READ_MAX} registers below 65536"
    read_ones = {(r.function, a) for r in of.reads for a in range(r.address, min(r.address + r.count, 0x10000))}
    for value in of.values:
        yield from _value_faults(value, read_ones)
    for state in of.states:
        yield from _state_faults(state, read_ones)


def _value_faults(value: Value, read_ones: set[tuple[int, int]]) -> Iterable[str]:
    if value.metric not in METRICS:
        yield f"values: no metric is called {value.metric!r}"
    if "/" in value.point:
        yield f"values: {value.point!r}: a point has no /"
    for address in range(value.address, value.address + (2 if value.kind in WIDE else 1)):
        if (value.function, address) not in read_ones:
            yield f"values: register {address} is not among reads"


def _state_faults(state: State, read_ones: set[tuple[int, int]]) -> Iterable[str]:
    if (state.function, state.address) not in read_ones:
        yield f"states: register {state.address} is not among reads"
    for name in (*state.bits.values(), *state.values.values()):
        if name.upper() not in Condition.__members__:
            yield f"states: no condition is called {name!r}"
    if any(not 0 <= bit < 16 for bit in state.bits):
        yield "states: bits are 0 to 15"
