"""Payloads → reports, by a profile. Pure.

Enters: a profile, the device's address, a payload. Leaves: reports, one a part of the device that it speaks of; an
`Ack` of a command. A field that is missing says nothing; a field of the wrong kind is an error, never a guess. Absent:
topics (profile).
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, cast

import msgspec

from zhigan.protocols.mqtt.model import (
    PAYLOAD_MAX,
    Ack,
    ConditionRule,
    MqttError,
    Profile,
    ReadingRule,
    Report,
    Value,
)  # fmt: skip
from zhigan.vocabulary.conditions import Condition, Operation
from zhigan.vocabulary.metrics import BY_NAME as METRICS
from zhigan.vocabulary.moments import to_micros

_SECONDS, _MILLIS, _MICROS = 10_000_000_000, 10_000_000_000_000, 10_000_000_000_000_000
_PARTS_MAX: Final = 256
_NOTE_MAX: Final = 500
_FIELDS: Final = msgspec.json.Decoder(dict[str, object])
CONDITIONS: Final = {member.name.lower(): member for member in Condition if member.name}
OPERATIONS: Final = {member.name.lower(): member for member in Operation if member.name}


class _Part(msgspec.Struct, forbid_unknown_fields=True):
    """A part of a device in the city's words. `conditions` are true now, `known` are spoken of besides."""

    point: str = ""
    type: str = ""
    conditions: list[str] = []
    known: list[str] = []
    operations: list[str] = []
    readings: dict[str, float] = {}
    note: str = ""


class _Own(_Part, forbid_unknown_fields=True):
    ts: str | int | float | None = None
    points: list[_Part] = []


class _Answer(msgspec.Struct):
    id: str
    state: str
    detail: str = ""


_OWN: Final = msgspec.json.Decoder(_Own)
_ANSWER: Final = msgspec.json.Decoder(_Answer)
_STATES: Final = frozenset({"acknowledged", "confirmed", "failed"})


def read(profile: Profile, address: str, payload: bytes) -> list[Report]:
    if len(payload) > PAYLOAD_MAX:
        raise MqttError(f"{len(payload)} bytes; {PAYLOAD_MAX} are read")
    if profile.link:
        return [_link(profile, address, payload)]
    try:
        return _own(address, payload) if profile.own else _mapped(profile, address, _FIELDS.decode(payload))
    except msgspec.MsgspecError as error:
        raise MqttError(str(error)) from None
    except (UnicodeDecodeError, RecursionError):
        raise MqttError("it is no JSON") from None


def answer(address: str, payload: bytes) -> Ack:
    try:
        said = _ANSWER.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise MqttError(f"an answer wants id and state: {error}") from None
    if said.state not in _STATES:
        raise MqttError(f"{said.state!r} is no state of a command; {', '.join(sorted(_STATES))} are")
    return Ack(address=address, command=said.id, state=said.state, detail=said.detail[:_NOTE_MAX])


def instant(value: object) -> int | None:
    """Seconds, milliseconds or microseconds since 1970, or RFC 3339; what is neither is no clock of a device."""
    if value is None or value == "" or isinstance(value, bool):
        return None
    if isinstance(value, str) and not value.isdecimal():
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            raise MqttError(f"{value[:40]!r} is no instant") from None
        return to_micros(found if found.tzinfo else found.replace(tzinfo=UTC))
    if not isinstance(value, str | int | float):
        raise MqttError("an instant is a number or a text")
    try:
        number = float(value)
    except OverflowError:
        raise MqttError("this number is no instant") from None
    for bound, factor in ((_SECONDS, 1_000_000), (_MILLIS, 1000), (_MICROS, 1)):
        if 0 < number < bound:
            return int(number * factor)
    return None


def _link(profile: Profile, address: str, payload: bytes) -> Report:
    word = payload.decode("utf-8", "replace").strip().strip('"').lower()
    online = profile.link.get(word)
    if online is None:
        raise MqttError(f"{word[:40]!r} does not say whether the device is on-line")
    return Report(address=address, online=online)


def _own(address: str, payload: bytes) -> list[Report]:
    said = _OWN.decode(payload)
    if len(said.points) > _PARTS_MAX:
        raise MqttError(f"{len(said.points)} points; {_PARTS_MAX} are read")
    at = instant(said.ts)
    parts = [_part(address, part, at, said.type) for part in said.points]
    if parts and not (said.conditions or said.known or said.operations or said.readings):
        return parts
    return [_part(address, said, at, ""), *parts]


def _part(address: str, part: _Part, at: int | None, type_: str) -> Report:
    conditions = _bits(part.conditions, CONDITIONS, "condition")
    known = _bits(part.known, CONDITIONS, "condition")
    readings = tuple([(_metric(name), value) for name, value in part.readings.items()])
    return Report(
        address=address, point=_point(part.point), conditions=conditions, known=known | conditions,
        operations=_bits(part.operations, OPERATIONS, "operation"), readings=readings, at=at, type=part.type or type_,
        note=part.note[:_NOTE_MAX],
    )  # fmt: skip


def _bits(names: Iterable[str], words: dict[str, Condition] | dict[str, Operation], what: str) -> int:
    found = 0
    for name in names:
        word = words.get(name)
        if word is None:
            raise MqttError(f"{name[:40]!r} is no {what}")
        found |= int(word)
    return found


def _metric(name: str) -> int:
    metric = METRICS.get(name)
    if metric is None:
        raise MqttError(f"{name[:40]!r} is no metric")
    return metric.number


def _point(point: str) -> str:
    if len(point) > 64 or any(c.isspace() or c in "/+#" for c in point):
        raise MqttError(f"{point[:40]!r} is no name of a part")
    return point


class _Draft:
    __slots__ = ("conditions", "known", "readings")

    def __init__(self) -> None:
        self.conditions = 0
        self.known = 0
        self.readings: list[tuple[int, float]] = []


def _mapped(profile: Profile, address: str, fields: dict[str, object]) -> list[Report]:
    drafts: dict[str, _Draft] = {}
    for path, rule in profile.readings.items():
        _measure(drafts, rule, _at(fields, path), path)
    for path, condition in profile.conditions.items():
        _judge(drafts, condition, _at(fields, path), path)
    operations = 0
    for path, operation in profile.operations.items():
        if _at(fields, path) in operation.values:
            operations |= int(OPERATIONS[operation.operation])
    if operations:
        drafts.setdefault("", _Draft())
    at = instant(_at(fields, profile.at)) if profile.at else None
    if not drafts:
        return [Report(address=address, at=at, online=True, type=profile.type)]
    return [
        Report(
            address=address, point=point, conditions=draft.conditions, known=draft.known,
            operations=0 if point else operations, readings=tuple(draft.readings), at=at, type=profile.type,
        )
        for point, draft in sorted(drafts.items())
    ]  # fmt: skip


def _at(fields: dict[str, object], path: str) -> object:
    found: object = fields
    for step in path.split("."):
        found = _within(found, step)
    return found


def _within(thing: object, step: str) -> object:
    return cast("dict[str, object]", thing).get(step) if isinstance(thing, dict) else None


def _measure(drafts: dict[str, _Draft], rule: ReadingRule, value: object, path: str) -> None:
    if value is None:
        return
    for point, one in _spread(value, rule.points, path):
        if one is None:
            continue
        if isinstance(one, bool) or not isinstance(one, int | float):
            raise MqttError(f"{path} is no number")
        number = METRICS[rule.metric].number
        drafts.setdefault(point, _Draft()).readings.append((number, float(one) * rule.scale))


def _judge(drafts: dict[str, _Draft], rule: ConditionRule, value: object, path: str) -> None:
    if value is None:
        return
    bit = int(CONDITIONS[rule.condition])
    if rule.numbers:
        for number, point in enumerate(rule.points, start=1):
            _set(drafts, point, bit, number in _numbers(value, path))
        return
    for point, one in _spread(value, rule.points, path):
        if one is not None:
            _set(drafts, point, bit, one in rule.values)


def _set(drafts: dict[str, _Draft], point: str, bit: int, holds: bool) -> None:
    draft = drafts.setdefault(point, _Draft())
    draft.known |= bit
    draft.conditions |= bit if holds else 0


def _numbers(value: object, path: str) -> list[object]:
    if not isinstance(value, list):
        raise MqttError(f"{path} is no list of numbers")
    return cast("list[object]", value)


def _spread(value: object, points: list[str], path: str) -> list[tuple[str, Value | None]]:
    """A value is the device's own, or the first part's; a list has one for each part."""
    values = cast("list[object]", value) if isinstance(value, list) else [value]
    if len(values) > max(len(points), 1):
        raise MqttError(f"{path} has {len(values)} values; {max(len(points), 1)} parts are known")
    spread: list[tuple[str, Value | None]] = []
    for number, one in enumerate(values):
        if one is not None and not isinstance(one, str | int | float | bool):
            raise MqttError(f"{path} is neither a value nor a list of values")
        spread.append((points[number] if points else "", one))
    return spread
