"""A frame in words, Chinese and English, for technicians and for the incident page. Enters: raw bytes. Leaves: lines
of text.

Nothing here decides anything: an explanation that fails to understand says so and shows the bytes. Absent: printing,
and the JSON form (`lines`).
"""

from typing import cast

import msgspec

from zhigan.protocols.gb26875 import tables, text, times
from zhigan.protocols.gb26875.dialects import TOLERANT, Dialect, is_heartbeat, refusal, shown_serial, split_component
from zhigan.protocols.gb26875.frame import Fault, Frame
from zhigan.protocols.gb26875.layouts import Adu, Note, NoteName, decode_adu
from zhigan.protocols.gb26875.objects import (
    Analog,
    CheckDuty,
    ComponentStatus,
    DeviceOperation,
    DeviceStatus,
    Object,
    Private,
    Switch,
    SystemOperation,
    SystemStatus,
)
from zhigan.protocols.gb26875.reader import read_all
from zhigan.protocols.gb26875.tables import BitTable, Name
from zhigan.protocols.gb26875.words_tables import FAULTS, LABELS, NOTES, SWITCH_KINDS, Language
from zhigan.vocabulary.moments import SHANGHAI, to_datetime

MAIN_VERSION = 1
_SEPARATOR: dict[Language, str] = {"zh": "、", "en": ", "}


def instant(at: int | None) -> str | None:
    """RFC 3339 with China's offset."""
    return None if at is None else to_datetime(at).astimezone(SHANGHAI).isoformat()


def named(codes: dict[int, Name], private: dict[int, tuple[str, str]], code: int) -> Name:
    """A code's name: the maker's where the dialect has one, else the standard's."""
    return Name(*private[code]) if code in private else tables.name_of(codes, code)


def quantity(o: Analog, dialect: Dialect) -> tables.Quantity | None:
    if o.analog_type in dialect.analogs:
        zh, en, unit, step = dialect.analogs[o.analog_type]
        return tables.Quantity(zh, en, unit, step, -32768 * step, 32767 * step)
    return tables.ANALOGS.get(o.analog_type)


def measured(o: Analog, dialect: Dialect) -> float | None:
    """The value in the quantity's unit."""
    known = quantity(o, dialect)
    return round(o.value * known.step, 2) if known else None


def bit_table(o: Object, dialect: Dialect) -> BitTable | None:
    """The bits of an object's status or operations."""
    match o:
        case SystemStatus():
            return tables.SYSTEM_BITS
        case ComponentStatus() if dialect.component_bits:
            own = tuple(tables.Bit(bit, zh, en) for bit, (zh, en) in dialect.component_bits.items())
            return BitTable(tables.COMPONENT_BITS.clause, 16, (*tables.COMPONENT_BITS.bits, *own))
        case ComponentStatus():
            return tables.COMPONENT_BITS
        case DeviceStatus():
            return tables.DEVICE_BITS
        case SystemOperation():
            return tables.SYSTEM_OPERATION_BITS
        case DeviceOperation():
            return tables.DEVICE_OPERATION_BITS
        case _:
            return None


def notes_of(frame: Frame, adu: Adu, dialect: Dialect = TOLERANT) -> list[Note]:
    """Everything odd about a good frame, the header's oddities first."""
    notes: list[Note] = []
    refused = refusal(frame, dialect)
    if frame.main != MAIN_VERSION:
        notes.append(Note(NoteName.UNUSUAL_VERSION, f"{frame.main}.{frame.user}"))
    if refused:
        notes.append(Note(NoteName.UNKNOWN_COMMAND, f"{frame.command} is reserved"))
    elif frame.command not in tables.COMMANDS:
        own = dialect.commands.get(frame.command)
        notes.append(Note(NoteName.PRIVATE_COMMAND, f"{frame.command}" + (f": {own[1]}" if own else "")))
    if frame.sent_at is None:
        notes.append(Note(NoteName.INVALID_TIME, _label_note(frame.label)))
    if is_heartbeat(frame, dialect):
        notes.append(Note(NoteName.HEARTBEAT))
    empty = NoteName.EMPTY_ADU if frame.command in (3, 6) or is_heartbeat(frame, dialect) else None
    notes += [n for n in adu.notes if n.name is not empty]
    for o in adu.objects:
        notes += _object_notes(o, dialect)
    return list(dict.fromkeys(notes))


def _label_note(label: bytes) -> str:
    bcd = times.decode(label, times.TimeForm.BCD)
    return label.hex().upper() + (f"; as BCD it reads {instant(bcd)}" if bcd is not None else "")


def _object_notes(o: Object, dialect: Dialect) -> list[Note]:
    notes: list[Note] = []
    label = getattr(o, "label", b"")
    if label and getattr(o, "at", None) is None:
        notes.append(Note(NoteName.INVALID_TIME, _label_note(label)))
    raw = cast("bytes", getattr(o, "text_raw", b""))
    if raw and not text.legible(raw):
        notes.append(Note(NoteName.ILLEGIBLE_TEXT, raw.hex().upper()))
    return notes


class _Voice(msgspec.Struct, frozen=True):
    """One language, and the dialect whose names it uses."""

    language: Language
    dialect: Dialect

    def say(self, name: Name) -> str:
        return name.zh if self.language == "zh" else name.en

    def label(self, key: str) -> str:
        return self.say(LABELS[key])

    def bits(self, table: BitTable, value: int) -> str:
        words = [b.zh if self.language == "zh" else b.en for b in table.names(value)]
        return _SEPARATOR[self.language].join(words) or self.label("normal")

    def at(self, at: int | None) -> str:
        shown = instant(at)
        return f"{self.label('time')} {shown}" if shown else self.label("no_time")


def words(raw: bytes, language: Language = "zh", dialect: Dialect = TOLERANT) -> list[str]:
    """A stored frame (or several glued ones), explained; a bad one says what is wrong with it."""
    lines: list[str] = []
    for met in read_all(raw, dialect):
        lines += explain_fault(met, language) if isinstance(met, Fault) else explain(met, language, dialect)
    return lines


def explain_fault(fault: Fault, language: Language = "zh") -> list[str]:
    voice = _Voice(language, TOLERANT)
    return [f"{voice.label('bad')}: {voice.say(FAULTS[fault.name])} ({fault.name}: {fault.detail})"]


def explain(frame: Frame, language: Language = "zh", dialect: Dialect = TOLERANT) -> list[str]:
    """Header, then a line an object, then the notes."""
    voice = _Voice(language, dialect)
    adu = decode_adu(frame.adu, dialect)
    command = named(tables.COMMANDS, dialect.commands, frame.command)
    sent = instant(frame.sent_at) or voice.label("no_time")
    serial = shown_serial(frame, dialect)
    lines = [
        f"{voice.label('command')} {frame.command} {voice.say(command)}, {voice.label('serial')} {serial}, "
        f"{voice.label('version')} {frame.main}.{frame.user}, {voice.label('sent')} {sent}",
        f"{voice.label('from')} {frame.source} → {voice.label('to')} {frame.destination}",
    ]
    if adu.type is not None:
        lines.append(f"{voice.label('type')} {adu.type} {_type_words(adu.type, voice)} ({adu.count})")
    lines += [f"{voice.label('object')} {i}: {_object(o, voice)}" for i, o in enumerate(adu.objects, 1)]
    for note in notes_of(frame, adu, dialect):
        detail = f" ({note.detail})" if note.detail else ""
        lines.append(f"{voice.label('note')}: {voice.say(NOTES[note.name])}{detail}")
    return lines


def _type_words(type_: int, voice: _Voice) -> str:
    own = voice.dialect.types.get(type_)
    if own:
        return own.zh if voice.language == "zh" else own.en
    row = tables.TYPES.get(type_)
    if row is None:
        return voice.say(tables.name_of({}, type_))
    return f"{row.zh if voice.language == 'zh' else row.en} [{row.clause}]"


def _object(o: Object, voice: _Voice) -> str:
    parts = [*_where(o, voice), *_what(o, voice)]
    words_ = cast("str", getattr(o, "text", ""))
    if words_:
        parts.append(f"{voice.label('text')} {words_}")
    if getattr(o, "label", b""):
        parts.append(voice.at(cast("int | None", getattr(o, "at", None))))
    return "; ".join(parts)


def _where(o: Object, voice: _Voice) -> list[str]:
    parts: list[str] = []
    system = cast("int | None", getattr(o, "system_type", None))
    if system is not None:
        name = voice.say(named(tables.SYSTEMS, voice.dialect.systems, system))
        parts.append(
            f"{voice.label('system')} {system} {name} {voice.label('address')} {getattr(o, 'system_address', 0)}"
        )
    component = cast("int | None", getattr(o, "component_type", None))
    if component is not None:
        name = voice.say(named(tables.COMPONENTS, voice.dialect.components, component))
        parts.append(f"{voice.label('component')} {component} {name}")
    address = cast("int | None", getattr(o, "component_address", None))
    if address is not None:
        split = split_component(address, voice.dialect)
        shown = f" ({voice.label('loop')} {split[0]} {voice.label('point')} {split[1]})" if split else ""
        parts.append(f"{voice.label('address')} {address} [{address.to_bytes(4, 'little').hex().upper()}]{shown}")
    return parts


def _what(o: Object, voice: _Voice) -> list[str]:
    table = bit_table(o, voice.dialect)
    match o:
        case SystemStatus() | ComponentStatus() | DeviceStatus() if table:
            return [f"{voice.label('status')} 0x{o.status:0{table.width // 4}X} {voice.bits(table, o.status)}"]
        case SystemOperation() | DeviceOperation() if table:
            shown = f"{voice.label('operation')} 0x{o.operations:02X} {voice.bits(table, o.operations)}"
            return [shown, f"{voice.label('operator')} {o.operator}"]
        case Analog():
            return [_analog(o, voice)]
        case Switch():
            kinds = SWITCH_KINDS.get(o.kind)
            state = voice.say(kinds[o.value != 0]) if kinds else str(o.value)
            return [f"{voice.label('switch')} {o.kind} = {o.value} {state}"]
        case CheckDuty():
            return [f"{voice.label('minutes')} {o.minutes}"]
        case Private():
            return [f"{voice.label('raw')} {o.raw.hex().upper()}"]
        case _:
            return _rare(o, voice)


def _rare(o: Object, voice: _Voice) -> list[str]:
    major, minor = getattr(o, "major", None), getattr(o, "minor", None)
    if major is not None:
        return [f"{voice.label('software')} V{major}.{minor}"]
    wanted = getattr(o, "wanted", None)
    return [] if wanted is None else [f"{voice.label('wanted')} {wanted}"]


def _analog(o: Analog, voice: _Voice) -> str:
    known = quantity(o, voice.dialect)
    if known is None:
        return f"{voice.label('value')} {o.value} ({voice.say(tables.name_of({}, o.analog_type))} {o.analog_type})"
    return f"{known.zh if voice.language == 'zh' else known.en} {measured(o, voice.dialect):g} {known.unit} ({o.value})"
