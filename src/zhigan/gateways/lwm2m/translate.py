"""Records → Signals: what a device's resources say, in the city's words. Pure.

Enters: records, what is remembered of the device, when they came. Leaves: its signals; `memory` has learnt units and
what holds. The rows of protocols/lwm2m say what a resource means; a maker's own bytes are read by the models of
protocols/carriers. Instances other than the first are parts of the device: `ENDPOINT/OBJECT.INSTANCE`. Absent: sockets,
dedupe, and what any of it leads to.
"""

from collections.abc import Sequence
from hashlib import blake2b
from math import isfinite
from typing import Final, NamedTuple

from zhigan.gateways.lwm2m.model import GATEWAY, PLAIN, Memory
from zhigan.protocols.carriers import Payload, devices
from zhigan.protocols.carriers.devices import PayloadError, Said
from zhigan.protocols.lwm2m import BY_NUMBER, Object, Record, Resource, Value, resource_of, write_path
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.metrics import BY_NAME
from zhigan.vocabulary.moments import MINUTE, plausible
from zhigan.vocabulary.signals import Flag, Signal, SignalKind

_STATUS: Final = int(SignalKind.STATUS)
_READINGS: Final = int(SignalKind.READINGS)
_OPERATION: Final = int(SignalKind.OPERATION)
_LINK: Final = int(SignalKind.LINK)
_INFO: Final = int(SignalKind.INFO)
_LATE: Final = int(Flag.LATE)
_CLOCK_WRONG: Final = int(Flag.CLOCK_WRONG)
_OFFLINE: Final = int(Condition.OFFLINE)
_RAW: Final = BY_NAME["raw"].number
_VALUE: Final = 5700
_UNKNOWN: Final = ("", 1.0, 0.0)
STORED_FOR: Final = 2 * MINUTE
NEAR_NOW: Final = MINUTE
NOTE_MAX: Final = 400
IDENTITY_BITS: Final = (1 << 60) - 1


class Source(NamedTuple):
    """Who said it: the gateway's word, the device's address, its type as far as it is known."""

    gateway: str
    device: str
    type: str


class Read(NamedTuple):
    """`model`: of a maker's own bytes, which model knew them; `broken`: why they could not be read."""

    signals: list[Signal]
    model: str = ""
    broken: str = ""


class _Group:
    """What is said of one point at one time."""

    __slots__ = ("conditions", "known", "notes", "online", "operations", "readings", "type")

    def __init__(self, type_: str) -> None:
        self.type = type_
        self.conditions = 0
        self.known = 0
        self.operations = 0
        self.readings: dict[int, float] = {}
        self.notes: list[str] = []
        self.online: bool | None = None


_Groups = dict[tuple[str, int | None], _Group]


def identity(device: str, *words: bytes) -> int:
    """The same message of the same device, wherever it came from: an address may change between two tries."""
    digest = blake2b(device.encode(), digest_size=8)
    for word in words:
        digest.update(b"\0")
        digest.update(word)
    return int.from_bytes(digest.digest(), "little") & IDENTITY_BITS | 1


def translate(source: Source, records: Sequence[Record], memory: Memory, raw: bytes, received: int) -> Read:
    groups: _Groups = {}
    model, broken = "", ""
    for record in records:
        _learn(record, memory)
    for record in records:
        resource = resource_of(record.path)
        if resource is not None and resource.payload and isinstance(record.value, bytes):
            known, wrong = _own(groups, source, Payload(raw=record.value), record.at)
            model, broken = known or model, wrong or broken
        else:
            _put(_group(groups, source, record), record, resource, memory)
    return Read(_signals(groups, source, raw, received), model, broken)


def own_payload(source: Source, payload: Payload, hint: str, received: int) -> Read:
    """A plain CoAP payload: a maker's own words, known by one of the models or kept as they came."""
    groups: _Groups = {}
    model, broken = _own(groups, source, payload, None, hint)
    return Read(_signals(groups, source, payload.text, received), model, broken)


def registered(endpoint: str, type_: str, said: str, raw: bytes, now: int) -> Signal:
    return Signal(GATEWAY, endpoint, _LINK, now, now, values=(1.0,), type=type_, text=said, raw=raw)


def gone(endpoint: str, type_: str, said: str, now: int) -> Signal:
    """Its registration ended: nobody hears a fire from it now."""
    return Signal(GATEWAY, endpoint, _LINK, now, now, _OFFLINE, _OFFLINE, values=(0.0,), type=type_, text=said)


def _learn(record: Record, memory: Memory) -> None:
    resource = resource_of(record.path)
    if resource is None:
        return
    if resource.unit:
        memory.units[_instance(record)] = str(record.value)[:16]
    elif resource.application:
        memory.applications[_instance(record)] = str(record.value)[:32]


def _instance(record: Record) -> str:
    return f"{record.path[0]}.{record.path[1]}"


def _group(groups: _Groups, source: Source, record: Record) -> _Group:
    """Instance 0 is the device itself, others are parts of it."""
    object_, instance = record.path[:2]
    key = (_instance(record) if instance else "", record.at)
    group = groups.get(key)
    if group is None:
        described = BY_NUMBER.get(object_)
        type_ = source.type if not instance or described is None else described.type or source.type
        group = groups[key] = _Group(type_)
    return group


def _put(group: _Group, record: Record, resource: Resource | None, memory: Memory) -> None:
    value = record.value
    if resource is None:
        group.notes.append(f"{write_path(record.path)}={_short(value)}")
        return
    if resource.condition or resource.states:
        _condition(group, record, resource, memory)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        _measure(group, record, resource, float(value), memory)
    if resource.told:
        group.notes.append(f"{resource.name}={_short(value)}")


def _condition(group: _Group, record: Record, resource: Resource, memory: Memory) -> None:
    """Two resources may say the same condition: it is over when neither holds it any more."""
    value = record.value
    if not isinstance(value, int | float):
        return
    if resource.states:
        bits = int(resource.states.get(int(value), Condition.NONE))
        speaks = _all_of(resource)
        if int(value) not in resource.states:
            group.notes.append(f"{resource.name}={_short(value)}")
    else:
        speaks = int(resource.condition)
        bits = speaks if value else 0
    memory.held[write_path(record.path)] = bits
    prefix = f"/{record.path[0]}/{record.path[1]}/"
    held = 0
    for path, others in memory.held.items():
        if path.startswith(prefix):
            held |= others
    group.conditions = group.conditions & ~speaks | held & speaks
    group.known |= speaks


def _all_of(resource: Resource) -> int:
    bits = 0
    for condition in resource.states.values():
        bits |= int(condition)
    return bits


def _measure(group: _Group, record: Record, resource: Resource, value: float, memory: Memory) -> None:
    if not isfinite(value) or value in resource.missing:
        return
    if resource.number == _VALUE or (resource.metric and BY_NUMBER[record.path[0]].units):
        metric, scale, offset = _unit(BY_NUMBER[record.path[0]], resource, _instance(record), memory)
    elif resource.metric:
        metric, scale, offset = resource.metric, resource.scale, resource.offset
    else:
        return
    number = BY_NAME[metric].number if metric else _RAW
    if not (resource.first and number in group.readings):
        group.readings[number] = value * scale + offset


def _unit(described: Object, resource: Resource, instance: str, memory: Memory) -> tuple[str, float, float]:
    """By what is measured and in which unit, the most telling first; a unit that no row knows leaves the value raw."""
    unit, application = memory.units.get(instance, ""), memory.applications.get(instance, "")
    for name in (f"{application} {unit}".strip(), application, unit):
        row = described.units.get(name)
        if row is not None and (not resource.metric or row[0] == resource.metric):
            return row
    if resource.metric:
        return resource.metric, resource.scale, resource.offset
    return described.units.get("", _UNKNOWN) if not unit else _UNKNOWN


def _own(
    groups: _Groups, source: Source, payload: Payload, at: int | None, hint: str = ""
) -> tuple[str, str]:  # fmt: skip
    """(model, what is broken)."""
    try:
        found = devices.read(payload, hint)
    except PayloadError as error:
        groups.setdefault(("", at), _Group(source.type)).notes.append(str(error))
        return "", str(error)
    if found is None:
        groups.setdefault(("", at), _Group(source.type)).notes.append(f"{len(payload.text)} bytes of no known model")
        return "", ""
    model, saids = found
    for said in saids:
        _take(groups.setdefault((said.point, said.at or at), _Group(said.type or model.type)), said)
    return model.name, ""


def _take(group: _Group, said: Said) -> None:
    group.conditions |= said.conditions
    group.known |= said.known | said.conditions
    group.operations |= said.operations
    group.readings.update(said.readings)
    group.online = said.online if said.online is not None else group.online
    if said.note:
        group.notes.append(said.note)


def _signals(groups: _Groups, source: Source, raw: bytes, received: int) -> list[Signal]:
    """In the order of what was said first; state before acts before values, so that who reads knows the alarm first."""
    found: list[Signal] = []
    right = any(at is not None and abs(at - received) <= NEAR_NOW for _, at in groups)
    for (point, at), group in sorted(groups.items(), key=lambda item: item[0][1] or received):
        address = f"{source.device}/{point}" if point else source.device
        for signal in _of(group, source.gateway, address, received):
            _stamp(signal, at, received, right)
            found.append(signal)
    if found:
        found[0].raw = raw
    return found


def _of(group: _Group, gateway: str, address: str, received: int) -> list[Signal]:
    text = " ".join(group.notes)[:NOTE_MAX]
    found: list[Signal] = []

    def new(kind: int) -> Signal:
        signal = Signal(gateway, address, kind, received, received, type=group.type)
        found.append(signal)
        return signal

    if group.known:
        signal = new(_STATUS)
        signal.conditions, signal.known = group.conditions, group.known
    if group.operations:
        new(_OPERATION).operations = group.operations
    if group.readings:
        signal = new(_READINGS)
        signal.metrics, signal.values = tuple(group.readings), tuple(group.readings.values())
    if group.online is not None and not found:
        new(_LINK).values = (1.0 if group.online else 0.0,)
    if not found:
        new(_INFO)
    found[0].text = text
    return found


def _stamp(signal: Signal, at: int | None, received: int, right: bool) -> None:
    """The device's own time while it is plausible. Old words in a message of now were stored on the way."""
    if at is None:
        return
    if not plausible(at, received):
        signal.claimed_at, signal.flags = at, _CLOCK_WRONG
        return
    signal.at = at
    if right and at <= received - STORED_FOR:
        signal.flags = _LATE


def _short(value: Value) -> str:
    text = value.hex() if isinstance(value, bytes) else str(value)
    return text.replace("\0", "")[:60]


__all__ = ["GATEWAY", "PLAIN", "Read", "Source", "gone", "identity", "own_payload", "registered", "translate"]
