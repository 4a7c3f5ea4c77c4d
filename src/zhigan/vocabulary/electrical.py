"""Electrical safety in words and figures: load classes, what a circuit feeds, limits with the standard that names them.

Rows, not code: the default policy takes its figures from here, and pages show them with their source beside what is
measured. Where a standard leaves a range, `low` and `high` are its ends and `limit` is what is set within them.
"""

from typing import Final

from msgspec import structs

from zhigan.vocabulary.limits import Limit

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


WIRES: Final = ("electrical_monitor", "breaker")
"""Types of devices whose temperature is a conductor's."""
NEAR: Final = 0.8
CONFIRM: Final = "to be confirmed"
"""Stands for a clause that nobody has looked up in the standard itself."""


def heat(at: float, source: str) -> Limit:
    """A conductor's temperature; one that leaps 100 °C beyond in one reading is a broken sensor's."""
    return Limit(
        metric="temperature", condition="cable_temperature", at=at, back=5, near=NEAR, far=20, rise_per_min=5, leap=100,
        source=source,
    )  # fmt: skip


def leak(at: float, source: str) -> Limit:
    return Limit(metric="residual_current", condition="residual_current", at=at, back=at / 10, near=NEAR, source=source)


SETTABLE: Final = {"residual_current": leak, "temperature": heat}
"""What an authorised person may set for one circuit, within the standard's range."""

STANDARDS: Final = (
    structs.replace(
        heat(70, "GB 14287.3-2014"), types=WIRES, clause=CONFIRM, since="2015-06-01", least=45, most=140
    ),
    structs.replace(
        leak(300, "GB 50116-2013"), clause="9.2.3", since="2014-05-01", least=300, most=500
    ),
)  # fmt: skip
"""Seeds of the policy's first version; from then on the policy in force is what counts."""

NOMINAL_V: Final = 220.0
LINE_V: Final = 380.0
"""Between two phases: what a circuit of three phases shows where its voltage has no phase."""
VOLTAGE_HIGH: Final = 1.07
VOLTAGE_LOW: Final = 0.90
VOLTAGE_DEAD: Final = 0.1
"""At or under this share nothing is wrong with the voltage: the line is off."""
VOLTAGE_SOURCE: Final = "GB/T 12325-2008"
"""Supply of 220 V, one phase: +7 %, -10 % of the nominal voltage; of three phases ±7 %."""
LINE_LOW: Final = 0.93
SHORT_TIMES: Final = 10.0
SHORT_SOURCE: Final = "GB 10963.1: 10 In"
"""The upper end of a type C breaker's instantaneous tripping (5 to 10 In): no load of a building starts so."""
RATING_SOURCE: Final = "rating"
UNBALANCED_V: Final = 4.0
UNBALANCED_V_SOURCE: Final = "GB/T 15543-2008"
"""Per cent. The standard: 2 % in normal operation, 4 % for a short time; a sample is a short time."""
UNBALANCED_A: Final = 50.0
UNBALANCED_A_SOURCE: Final = "practice"
"""Per cent of the mean, where it is at least `LOADED` of the rating. Field practice: no standard binds a branch."""
LOADED: Final = 0.2

LOADED_S: Final = 1800
"""A circuit that is loaded to 80 % for a while is at work; for half an hour it is loaded near its rating."""
HELD_S: Final = 60
"""So long a current may be over the rating or a voltage outside its band: motors start, a large load switches."""


def voltage(nominal: float) -> tuple[Limit, Limit]:
    low = VOLTAGE_LOW if nominal == NOMINAL_V else LINE_LOW
    above = Limit(
        metric="voltage", condition="voltage", at=nominal * VOLTAGE_HIGH, back=nominal * 0.01, hold_s=HELD_S,
        source=VOLTAGE_SOURCE,
    )  # fmt: skip
    under = Limit(
        metric="voltage", condition="voltage", at=nominal * low, back=nominal * 0.01, below=True,
        dead=nominal * VOLTAGE_DEAD, hold_s=HELD_S, source=VOLTAGE_SOURCE,
    )  # fmt: skip
    return above, under


def current(rating_a: float) -> tuple[Limit, Limit]:
    """Over its rating for a while; far over it in one sample, which is a short circuit and waits for nothing."""
    over = Limit(
        metric="current", condition="over_current", at=rating_a, back=rating_a / 20, near=NEAR, hold_s=HELD_S,
        near_hold_s=LOADED_S, source=RATING_SOURCE,
    )  # fmt: skip
    short = Limit(
        metric="current", condition="short_circuit", at=rating_a * SHORT_TIMES, back=rating_a * (SHORT_TIMES - 1),
        source=SHORT_SOURCE,
    )  # fmt: skip
    return over, short
