"""Electrical safety in words and figures: load classes, what a circuit feeds, limits with the standard that names them.

Rows, not code: the default policy takes its figures from here, and pages show them with their source beside what is
measured. Where a standard leaves a range, `low` and `high` are its ends and `limit` is what is set within them.
"""

from typing import Final, NamedTuple

LOAD_CLASSES: Final = ("first", "second", "third")
"""一级、二级、三级负荷 (GB 50052). Only the lowest is ever cut from afar."""

PROTECTED: Final = (
    "fire_pump", "smoke_exhaust", "emergency_lighting", "broadcast", "control_room", "lift", "door_release", "medical",
    "security", "telecom",
)  # fmt: skip
"""What serves people in a fire or keeps them alive: a circuit that feeds any of it is never cut."""

ORDINARY: Final = ("lighting", "sockets", "air_conditioning", "kitchen", "charging", "machinery", "shop", "other")
FEEDS: Final = (*PROTECTED, *ORDINARY)

PHASES: Final = ("", "a", "b", "c", "n")


class Standard(NamedTuple):
    """`metric` of vocabulary.metrics; `near` is the share of the limit at which early warning begins."""

    metric: str
    limit: float
    low: float
    high: float
    near: float | None
    source: str


STANDARDS_VERSION: Final = 1
STANDARDS: Final = (
    Standard("residual_current", 300, 300, 500, 0.8, "GB 50116-2013 9.2; GB 14287.2"),
    Standard("temperature", 70, 45, 140, 0.8, "GB 14287.3"),
)
BY_METRIC: Final = {row.metric: row for row in STANDARDS}

NOMINAL_V: Final = 220.0
VOLTAGE_HIGH: Final = 1.07
VOLTAGE_LOW: Final = 0.90
VOLTAGE_SOURCE: Final = "GB/T 12325-2008"
"""Supply of 220 V, one phase: +7 %, -10 % of the nominal voltage."""
RATING_SOURCE: Final = "rating"
