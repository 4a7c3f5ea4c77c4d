"""What the standard's codes mean in our words, as rows: bits → conditions, components → types, analogs → metrics.

Makers' own codes are matched by the English words of their dialect's rows (protocols/gb26875/dialects); a test holds
that every such word is answered here. Absent: the wire (protocols) and any judgement (the engine).
"""

from typing import Final, NamedTuple

from zhigan.vocabulary.conditions import Condition, Operation
from zhigan.vocabulary.metrics import BY_NAME

COMMON_BITS: Final[dict[int, Condition]] = {
    2: Condition.FAULT,
    3: Condition.SHIELD,
    4: Condition.SUPERVISORY,
    5: Condition.STARTED,
    6: Condition.FEEDBACK,
    7: Condition.DELAY,
}
"""Bit 0 (0 = test) only annotates, bit 1 (火警) depends on who says it."""

SYSTEM_BITS: Final[dict[int, Condition]] = {
    **COMMON_BITS,
    8: Condition.MAINS_FAULT,
    9: Condition.BACKUP_FAULT,
    10: Condition.BUS_FAULT,
    11: Condition.MANUAL_MODE,
    12: Condition.CONFIG_CHANGED,
}
SYSTEM_RESET_BIT: Final = 13
COMPONENT_BITS: Final[dict[int, Condition]] = {**COMMON_BITS, 8: Condition.POWER_FAULT}
DEVICE_BITS: Final[dict[int, Condition]] = {
    2: Condition.FAULT,
    3: Condition.MAINS_FAULT,
    4: Condition.BACKUP_FAULT,
    5: Condition.CHANNEL_FAULT,
    6: Condition.LINE_FAULT,
}

PRIVATE_BITS: Final[dict[str, Condition]] = {
    "offline": Condition.OFFLINE,
    "open circuit": Condition.LINE_FAULT,
    "short circuit": Condition.LINE_FAULT,
    "removed": Condition.TAMPER,
    "sensor fault": Condition.ALARM_FAULT,
    "upgrade fault": Condition.FAULT,
}
"""Component status bits above the standard's, by their English name in the dialect."""

GAS_DETECTORS: Final = frozenset({10, 11, 12, 13, 74})
FIRE_BIT: Final[dict[int, Condition]] = {
    **dict.fromkeys(GAS_DETECTORS, Condition.GAS_HIGH),  # the level is not told: the graver one
    16: Condition.ELECTRICAL_ALARM,
    17: Condition.RESIDUAL_CURRENT,
    18: Condition.CABLE_TEMPERATURE,
}
"""Component type → what its 火警 bit means; everything else means a fire."""

ACTED: Final[dict[int, Condition]] = {96: Condition.WATER_FLOW}
"""Component type → what 启动 or 反馈 says besides."""
STARTED: Final[dict[int, Condition]] = {81: Condition.DISCHARGE}
"""Component type → what 启动 says besides."""

DEVICE_TYPES: Final[dict[int, str]] = {
    1: "control_panel",
    10: "gas",
    11: "gas",
    12: "gas",
    13: "gas",
    16: "electrical_monitor",
    17: "electrical_monitor",
    18: "electrical_monitor",
    21: "other",
    22: "other",
    23: "manual_call_point",
    24: "hydrant_button",
    25: "smoke",  # 火灾探测器, kind not told: a detector of its own; smoke is the commonest by far
    **dict.fromkeys(range(30, 38), "heat"),
    **dict.fromkeys(range(40, 45), "smoke"),
    50: "smoke",
    51: "smoke",
    52: "flame",
    53: "smoke",
    61: "flame",
    62: "flame",
    69: "flame",
    74: "gas",
    78: "flame",
    79: "other",
    81: "gas_extinguishing",
    **dict.fromkeys(range(82, 89), "module"),
    83: "other",
    91: "pump",
    92: "water_level",
    95: "pump",
    96: "water_flow",
    97: "valve",
    98: "valve",
    99: "pressure_switch",
    101: "valve",
    102: "fire_door",
    103: "valve",
    104: "other",
    105: "pump",
    106: "valve",
    **dict.fromkeys(range(111, 117), "other"),
    113: "valve",
    117: "fire_door",
    118: "fire_door",
    121: "other",
}
"""Component type → the contract's word; 0 (通用) tells nothing."""

PRIVATE_DEVICES: Final[dict[str, str]] = {
    "water pressure": "water_pressure",
    "liquid level": "water_level",
    "hydrant cap": "hydrant",
    "sounder and strobe": "other",
    "tag": "other",
}
"""Component types above 127, by their English name in the dialect."""


class Measure(NamedTuple):
    """Stored metric and what the wire number is divided by: dividing keeps 23 / 10 the 2.3 that the device meant."""

    metric: int
    divisor: float


RAW: Final = Measure(BY_NAME["raw"].number, 1)


def _measure(name: str, divisor: float) -> Measure:
    return Measure(BY_NAME[name].number, divisor)


MEASURES: Final[dict[int, Measure]] = {
    1: _measure("count", 1),
    2: _measure("level", 100),
    3: _measure("temperature", 10),
    4: _measure("pressure", 10),
    5: _measure("pressure", 10_000),  # 0.1 kPa → MPa
    6: _measure("gas", 10),
    7: _measure("duration", 1),
    8: _measure("voltage", 10),
    9: _measure("current", 10),
    10: _measure("flow", 10),
    11: _measure("air_flow", 10),
    12: _measure("air_speed", 1),
}

PRIVATE_MEASURES: Final[dict[tuple[str, str], tuple[str, float]]] = {
    ("RSSI", "dBm"): ("signal_strength", 1),
    ("battery voltage", "mV"): ("battery_voltage", 1000),
}
"""A dialect's own quantities by English name and unit → metric, and its unit over ours."""

_SHARED: Final = {1 << bit: Operation(1 << bit) for bit in range(5)}
SYSTEM_OPERATIONS: Final[dict[int, Operation]] = {**_SHARED, 1 << 5: Operation.CONFIRM, 1 << 6: Operation.TEST}
DEVICE_OPERATIONS: Final[dict[int, Operation]] = {**_SHARED, 1 << 5: Operation.DUTY_ANSWER, 1 << 6: Operation.TEST}

SWITCHES: Final[dict[int, Condition]] = {
    0: Condition.MANUAL_MODE,
    1: Condition.POWER_FAULT,
    2: Condition.STARTED,
    3: Condition.FAULT,
}
"""富贝 2024: kind of a switch → what its value other than 0 says."""

PRIVATE_FIRES: Final = frozenset({"fire"})
"""Private types of open layout whose very name is an alarm: better one too many at the device than one lost."""
