"""Frames → Signals: what a transmission device says, in the city's words. Pure.

Enters: a right frame, its sender's dialect, when it came. Leaves: the signals it means (at least one for a frame that
carries a data unit; none for heartbeats and replies) and the identity by which a resend is known. Status 0x0002 is a
fire: bit 0 = 0 only annotates a test. Absent: sockets, dedupe, and what any of it leads to.
"""

from hashlib import blake2b
from typing import Any, Final

from zhigan.gateways.gb26875 import tables
from zhigan.gateways.gb26875.meanings import Meanings, operations
from zhigan.protocols.gb26875 import (
    Analog,
    Command,
    ComponentConfiguration,
    ComponentStatus,
    DeviceConfiguration,
    DeviceOperation,
    DeviceStatus,
    DeviceVersion,
    Frame,
    Object,
    Private,
    Switch,
    SystemClock,
    SystemConfiguration,
    SystemOperation,
    SystemStatus,
    SystemVersion,
    decode_adu,
    fast,
)
from zhigan.vocabulary.conditions import URGENT, Condition, Operation
from zhigan.vocabulary.moments import MINUTE, NEWEST_CLAIM, OLDEST_CLAIM
from zhigan.vocabulary.signals import Flag, Signal, SignalKind

GATEWAY: Final = "gb26875"

_STATUS = int(SignalKind.STATUS)
_READINGS = int(SignalKind.READINGS)
_OPERATION = int(SignalKind.OPERATION)
_INFO = int(SignalKind.INFO)
_CLOCK_WRONG = int(Flag.CLOCK_WRONG)
_LATE = int(Flag.LATE)
STORED_FOR: Final = 2 * MINUTE
LABELLED_NOW: Final = MINUTE
_URGENT = int(URGENT)
_MANUAL_ALARM = int(Condition.MANUAL_ALARM)
_MANUAL_OPERATION = int(Operation.MANUAL_ALARM)
_RESET = int(Operation.RESET)
_FIRE = int(Condition.FIRE)
_UPLOADS: Final = frozenset({int(Command.SEND), int(Command.ANSWER)})
_SYSTEM_OPERATIONS: Final = operations(tables.SYSTEM_OPERATIONS)
_DEVICE_OPERATIONS: Final = operations(tables.DEVICE_OPERATIONS)
_SPREAD: Final = 0x9E3779B97F4A7C15
_IDENTITY_BITS: Final = (1 << 60) - 1
"""Sixty bits: enough against chance, and half the memory of sixty-four in a set of millions."""
_SYSTEM_RESET: Final = 1 << tables.SYSTEM_RESET_BIT


def identity(frame: Frame) -> int:
    """Source, serial, command and data unit (gb26875.md §7); not the time label, which some firmware renews."""
    digest = blake2b(frame.raw[12:-3], digest_size=8).digest()  # from the addresses to the data unit's end
    return (int.from_bytes(digest, "little") ^ frame.serial * _SPREAD) & _IDENTITY_BITS | 1


def translate(frame: Frame, meanings: Meanings, received: int, identity: int) -> list[Signal]:
    """The signals of an upload or answer. Whatever cannot be read is an INFO with the raw frame: nothing is lost."""
    adu = frame.adu
    if meanings.plain and len(adu) > 1 and frame.command in _UPLOADS:
        way = _FAST.get(adu[0])
        if way is not None:
            rows = way[0](adu)
            if rows:
                return way[1](frame, rows, meanings, received, identity)
    return _slowly(frame, meanings, received, identity)


def lost(source: str, now: int) -> Signal:
    return Signal(GATEWAY, source, SignalKind.LINK, now, now, values=(0.0,), type="transmission_device")


def made(source: str, now: int) -> Signal:
    return Signal(GATEWAY, source, SignalKind.LINK, now, now, values=(1.0,), type="transmission_device")


def duty(source: str, missed: bool, now: int) -> Signal:
    """查岗: what the gateway itself saw, the key pressed in time or not."""
    asked = int(Condition.DUTY_MISSED)
    return Signal(GATEWAY, source, _STATUS, now, now, asked if missed else 0, asked, type="transmission_device")


def _moment(claimed: int | None, received: int, frame: Frame) -> tuple[int, int | None, int]:
    """at, claimed_at, flags: the device's own time while it is plausible, else ours (contract.md, readings)."""
    if claimed is not None and received - OLDEST_CLAIM <= claimed <= received + NEWEST_CLAIM:
        return claimed, None, 0 if claimed > received - STORED_FOR else _stored(frame, received)
    return received, claimed, _CLOCK_WRONG


def _stored(frame: Frame, received: int) -> int:
    """An old event in a frame labelled now was stored; with an old label the clock may as well be slow."""
    sent = frame.sent_at
    return _LATE if sent is not None and abs(sent - received) <= LABELLED_NOW else 0


def _components(
    frame: Frame, rows: list[fast.ComponentRow], meanings: Meanings, received: int, identity: int
) -> list[Signal]:
    source, raw, known = frame.source, frame.raw, meanings.component
    oldest, recent, newest = received - OLDEST_CLAIM, received - STORED_FOR, received + NEWEST_CLAIM
    found: list[Signal] = []
    for suffix, code, status, text, claimed in rows:
        meaning = known[code << 16 | status]
        if claimed is not None and oldest <= claimed <= newest:  # `_moment`, without the call
            flags = 0 if claimed > recent else _stored(frame, received)
            at, claimed = claimed, None
        else:
            at, flags = received, _CLOCK_WRONG
        found.append(
            Signal(
                GATEWAY,
                source + suffix,
                _STATUS,
                received,
                at,
                meaning.conditions,
                meaning.known,
                0,
                (),
                (),
                (),
                meaning.type,
                text,
                # Once a frame; again only where somebody will ask what exactly was said.
                raw if not found or meaning.conditions & _URGENT else b"",
                claimed,
                flags,
                identity,
            )
        )
    return found


def _systems(
    frame: Frame, rows: list[fast.SystemRow], meanings: Meanings, received: int, identity: int
) -> list[Signal]:
    found: list[Signal] = []
    for suffix, status, claimed in rows:
        meaning = meanings.system[int(suffix[1:].partition(".")[0]) << 16 | status]
        at, claimed, flags = _moment(claimed, received, frame)
        subject = frame.source + suffix
        signal = Signal(GATEWAY, subject, _STATUS, received, at, meaning.conditions, meaning.known, type=meaning.type)
        signal.raw, signal.claimed_at, signal.flags, signal.identity = frame.raw, claimed, flags, identity
        found.append(signal)
        if status & _SYSTEM_RESET:
            reset = Signal(GATEWAY, subject, _OPERATION, received, at, operations=_RESET, type=meaning.type)
            reset.raw, reset.claimed_at, reset.flags, reset.identity = frame.raw, claimed, flags, identity
            found.append(reset)
    return found


def _analogs(
    frame: Frame, rows: list[fast.AnalogRow], meanings: Meanings, received: int, identity: int
) -> list[Signal]:
    """One signal a sample time; of one component where all the values are its own, else of the device with points."""
    measures, source = meanings.measures, frame.source
    if len(rows) == 1:
        suffix, code, kind, value, claimed = rows[0]
        metric, divisor = measures.get(kind, tables.RAW)
        at, claimed, flags = _moment(claimed, received, frame)
        return [
            Signal(
                GATEWAY,
                source + suffix,
                _READINGS,
                received,
                at,
                0,
                0,
                0,
                (metric,),
                (value / divisor,),
                (),
                meanings.types.get(code, ""),
                "",
                frame.raw,
                claimed,
                flags,
                identity,
            )
        ]
    samples: dict[int | None, list[fast.AnalogRow]] = {}
    for row in rows:
        samples.setdefault(row[4], []).append(row)
    found: list[Signal] = []
    for claimed, group in samples.items():
        at, claimed, flags = _moment(claimed, received, frame)
        measured = [measures.get(row[2], tables.RAW) for row in group]
        metrics = tuple([measure[0] for measure in measured])
        values = tuple([row[3] / measure[1] for row, measure in zip(group, measured, strict=True)])
        first = group[0]
        alone = all(row[0] == first[0] for row in group)
        signal = Signal(
            GATEWAY, source + first[0] if alone else source, _READINGS, received, at, 0, 0, 0, metrics, values
        )
        if alone:
            signal.type = meanings.types.get(first[1], "")
        else:
            signal.points = tuple([source + row[0] for row in group])
        signal.raw = b"" if found else frame.raw
        signal.claimed_at, signal.flags, signal.identity = claimed, flags, identity
        found.append(signal)
    return found


def _system_operations(
    frame: Frame, rows: list[fast.OperationRow], meanings: Meanings, received: int, identity: int
) -> list[Signal]:
    return _operations(frame, rows, _SYSTEM_OPERATIONS, "", received, identity)


def _device_operations(
    frame: Frame, rows: list[fast.OperationRow], meanings: Meanings, received: int, identity: int
) -> list[Signal]:
    return _operations(frame, rows, _DEVICE_OPERATIONS, "transmission_device", received, identity)


def _operations(
    frame: Frame, rows: list[fast.OperationRow], meant: tuple[int, ...], type_: str, received: int, identity: int
) -> list[Signal]:
    """手动报警 is an alarm that somebody raised, so it is told as a state; everything else is an act."""
    found: list[Signal] = []
    for suffix, flags, operator, claimed in rows:
        acts = meant[flags]
        at, claimed, wrong = _moment(claimed, received, frame)
        subject = frame.source + suffix
        told: list[Signal] = []
        if acts & _MANUAL_OPERATION:
            told.append(Signal(GATEWAY, subject, _STATUS, received, at, _MANUAL_ALARM, _MANUAL_ALARM))
        if acts != _MANUAL_OPERATION:
            told.append(Signal(GATEWAY, subject, _OPERATION, received, at))
        for signal in told:
            signal.operations, signal.type, signal.raw = acts, type_, frame.raw
            signal.text = f"操作员{operator}" if operator else ""
            signal.claimed_at, signal.flags, signal.identity = claimed, wrong, identity
        found += told
    return found


def _device(frame: Frame, row: fast.DeviceRow, meanings: Meanings, received: int, identity: int) -> list[Signal]:
    status, claimed = row
    meaning = meanings.device[status]
    at, claimed, flags = _moment(claimed, received, frame)
    if len(frame.adu) == 3:
        flags = 0  # this form claims no time
    signal = Signal(GATEWAY, frame.source, _STATUS, received, at, meaning.conditions, meaning.known, type=meaning.type)
    signal.raw, signal.claimed_at, signal.flags, signal.identity = frame.raw, claimed, flags, identity
    return [signal]


def _info(frame: Frame, suffix: str, text: str, received: int, identity: int) -> Signal:
    return Signal(
        GATEWAY, frame.source + suffix, _INFO, received, received, text=text, raw=frame.raw, identity=identity
    )


_FAST: Final[dict[int, tuple[Any, Any]]] = {
    1: (fast.systems, _systems),
    2: (fast.components, _components),
    3: (fast.analogs, _analogs),
    4: (fast.system_operations, _system_operations),
    21: (fast.device, _device),
    24: (fast.device_operations, _device_operations),
}


def _slowly(frame: Frame, meanings: Meanings, received: int, identity: int) -> list[Signal]:
    """Dialects, rare types and odd sizes, object by object, into the same rows."""
    found: list[Signal] = []
    if frame.command in _UPLOADS:
        for each in decode_adu(frame.adu, meanings.dialect).objects:
            found += _object(frame, each, meanings, received, identity)
    return found or [_info(frame, "", "", received, identity)]


def _object(frame: Frame, said: Object, meanings: Meanings, received: int, identity: int) -> list[Signal]:
    suffix = _suffix(said)
    match said:
        case ComponentStatus():
            row = (suffix, said.component_type, said.status, said.text, said.at)
            found = _components(frame, [row], meanings, received, identity)
        case Analog():
            measured = (suffix, said.component_type, said.analog_type, said.value, said.at)
            return _analogs(frame, [measured], meanings, received, identity)
        case SystemStatus():
            found = _systems(frame, [(suffix, said.status, said.at)], meanings, received, identity)
        case DeviceStatus():
            found = _device(frame, (said.status, said.at), meanings, received, identity)
        case SystemOperation() | DeviceOperation():
            read = _system_operations if suffix else _device_operations
            return read(frame, [(suffix, said.operations, said.operator, said.at)], meanings, received, identity)
        case _:
            return [_rare_object(frame, said, meanings, received, identity)]
    if frame.adu[0] in meanings.clearing:
        for signal in found:
            signal.conditions = 0
    return found


def _rare_object(frame: Frame, said: Object, meanings: Meanings, received: int, identity: int) -> Signal:
    match said:
        case Switch():
            return _switch(frame, said, received, identity)
        case Private():
            return _private(frame, meanings, received, identity)
        case SystemVersion() | DeviceVersion():
            return _info(frame, _suffix(said), f"{said.major}.{said.minor}", received, identity)
        case SystemConfiguration() | DeviceConfiguration() | ComponentConfiguration():
            return _info(frame, _suffix(said), said.text.replace("\0", ""), received, identity)
        case _:
            return _info(frame, _suffix(said), "", received, identity)


def _switch(frame: Frame, said: Switch, received: int, identity: int) -> Signal:
    known = int(tables.SWITCHES.get(said.kind, Condition.NONE))
    at, claimed, flags = _moment(said.at, received, frame)
    signal = Signal(GATEWAY, frame.source + _suffix(said), _STATUS, received, at, known if said.value else 0, known)
    signal.raw, signal.claimed_at, signal.flags, signal.identity = frame.raw, claimed, flags, identity
    return signal


def _private(frame: Frame, meanings: Meanings, received: int, identity: int) -> Signal:
    """Kept as it came; but a maker's type that is called 火警 is a fire, whatever else it holds."""
    signal = _info(frame, "", "", received, identity)
    if frame.adu[0] in meanings.fires:
        signal.kind, signal.conditions, signal.known = _STATUS, _FIRE, _FIRE
        signal.type = "transmission_device"
    return signal


def _suffix(said: Object) -> str:
    """`/1.1.40.131082` for a component, `/1.1` for a system, nothing for the device itself."""
    match said:
        case ComponentStatus() | Analog() | ComponentConfiguration() | Switch():
            return f"/{said.system_type}.{said.system_address}.{said.component_type}.{said.component_address}"
        case SystemStatus() | SystemOperation() | SystemVersion() | SystemConfiguration() | SystemClock():
            return f"/{said.system_type}.{said.system_address}"
        case _:
            return ""
