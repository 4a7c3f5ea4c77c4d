"""What an MQTT device says comes down to, and the form of a profile.

Enters: nothing. Leaves: nouns. Absent: any one maker's topics (profiles/*.json).
"""

from typing import Final

import msgspec

PAYLOAD_MAX: Final = 65_536
ADDRESS_MAX: Final = 128
ADDRESS_PATTERN: Final = rf"[^\s/+#\x00-\x1f\x7f]{{1,{ADDRESS_MAX}}}"
"""One level of a topic: no slash, no wildcard, no blank, no control character."""

Value = str | int | float | bool


class MqttError(ValueError):
    """A payload that is of the profile's topic and cannot be read; the message says where it is wrong."""


class ProfileError(ValueError):
    """A profile that cannot be used; the message names profile and field."""


class ReadingRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A field holds a measured value; a list holds one for each of `points`, in their order."""

    metric: str
    scale: float = 1.0
    points: list[str] = []


class ConditionRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A field tells whether something is true: it is for the values in `values`, it is not for all others.

    A list holds a value for each of `points`, or, with `numbers`, the numbers (from 1) of the points where it is true.
    """

    condition: str
    values: tuple[Value, ...] = (True,)
    points: list[str] = []
    numbers: bool = False


class OperationRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    operation: str
    values: tuple[Value, ...] = (True,)


class Down(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How commands are published. `commands`: each one's payload, in which texts like `{basis}` stand for arguments;
    empty: the city's own form, with an id by which the device answers on `answers`."""

    topic: str
    commands: dict[str, dict[str, Value]] = {}
    answers: str = ""


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Topics of one kind of device. `{address}` is the level that names the device; `+` any other level.

    `own`: the payload is in the city's words; else `readings`, `conditions` and `operations` say what fields mean, by
    their path with dots. `link`: the topic tells whether the device is on-line, by these payloads.
    """

    name: str
    zh: str
    en: str
    topic: str
    type: str = "other"
    own: bool = False
    readings: dict[str, ReadingRule] = {}
    conditions: dict[str, ConditionRule] = {}
    operations: dict[str, OperationRule] = {}
    at: str = ""
    link: dict[str, bool] = {}
    down: Down | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One device, or one part of it (`point`), at one moment. `at` is its own clock, µs; None where it told none."""

    address: str
    point: str = ""
    conditions: int = 0
    known: int = 0
    operations: int = 0
    readings: tuple[tuple[int, float], ...] = ()
    at: int | None = None
    online: bool | None = None
    type: str = ""
    note: str = ""


class Ack(msgspec.Struct, frozen=True, kw_only=True):
    """What a device says of a command: `state` is `acknowledged`, `confirmed` or `failed`."""

    address: str
    command: str
    state: str
    detail: str = ""


class Letter(msgspec.Struct, frozen=True):
    topic: str
    payload: bytes
