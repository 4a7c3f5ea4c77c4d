"""Registers → reports. Pure.

Enters: a map, and the registers that were read, by function and address; those that the device refused are missing.
Leaves: a report for each point of which something is known. What cannot be a number is left out; whether a value can be
believed is the engine's business.
"""

import struct
from collections.abc import Mapping
from math import isfinite
from typing import Final

from zhigan.protocols.modbus.maps import WIDE
from zhigan.protocols.modbus.model import Map, Report, State, Value
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.metrics import BY_NAME

Registers = Mapping[tuple[int, int], int]
"""(function, address) → 0 to 65535."""
_FORMS: Final = {"u16": ">H", "s16": ">h", "u32": ">I", "s32": ">i", "f32": ">f"}


def understand(by: Map, registers: Registers) -> list[Report]:
    readings: dict[str, list[tuple[int, float]]] = {}
    conditions: dict[str, tuple[int, int]] = {}
    for value in by.values:
        found = _number(value, registers)
        if found is not None:
            readings.setdefault(value.point, []).append((BY_NAME[value.metric].number, found))
    for state in by.states:
        raw = registers.get((state.function, state.address))
        if raw is not None:
            shown, known = _conditions(state, raw)
            before = conditions.get(state.point, (0, 0))
            conditions[state.point] = before[0] | shown, before[1] | known
    return [
        Report(
            point=point,
            conditions=conditions.get(point, (0, 0))[0],
            known=conditions.get(point, (0, 0))[1],
            readings=tuple(readings.get(point, ())),
        )
        for point in sorted({*readings, *conditions})
    ]


def _number(value: Value, registers: Registers) -> float | None:
    words = [registers.get((value.function, value.address))]
    if value.kind in WIDE:
        words.append(registers.get((value.function, value.address + 1)))
    whole = [word for word in words if word is not None]
    if len(whole) < len(words):
        return None
    if value.low_first:
        whole.reverse()
    raw = struct.pack(f">{len(whole)}H", *whole)
    if int.from_bytes(raw, "big") in value.absent:
        return None
    (number,) = struct.unpack(_FORMS[value.kind], raw)
    scaled = number * value.scale
    return round(scaled, 6) if isfinite(scaled) else None


def _conditions(state: State, raw: int) -> tuple[int, int]:
    """(what it shows, what it can show)."""
    field = (raw & state.mask) >> state.shift
    shown = known = 0
    for bit, name in state.bits.items():
        known |= int(Condition[name.upper()])
        shown |= int(Condition[name.upper()]) if field >> bit & 1 else 0
    for value, name in state.values.items():
        known |= int(Condition[name.upper()])
        shown |= int(Condition[name.upper()]) if field == value else 0
    return shown, known
