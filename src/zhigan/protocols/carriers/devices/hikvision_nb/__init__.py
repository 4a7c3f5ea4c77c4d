"""海康威视 NB detectors (smoke, gas, electrical, water): one binary frame, passed on as hex or as bytes.

A head of 200 bytes (message, type, MAC, clock, radio, card numbers, versions, event) and 14 bytes a channel: number,
event group (0x63 faults, 0x64 alarms; a bit each, the first is bit 0), measured quantity, value. What the event of the
head says holds even where no bit says which: an alarm without a bit is a fire. No frame was published by the source,
only its reading program; the samples are built after it.
"""

import struct
from typing import Final

from zhigan.protocols.carriers.devices.hikvision_nb.bits_tables import ALARMS, EVENTS, FAULTS, MEASURERS, QUANTITIES
from zhigan.protocols.carriers.devices.said import Model, PayloadError, Said, dbm, measured
from zhigan.protocols.carriers.model import Payload
from zhigan.vocabulary.conditions import Condition, Operation
from zhigan.vocabulary.metrics import BY_NAME

_HEAD: Final = 200
_CHANNEL: Final = struct.Struct(">HHHIHH")
_MESSAGES: Final = frozenset({0x01, 0x02, 0x03, 0x05, 0x0F, 0x11})
_CARD: Final = slice(28, 48)
_IMEI: Final = slice(48, 68)
_EVENT: Final = 191
_CHANNELS: Final = 196
_ALARM, _ALARM_OVER, _FAULT, _FAULT_OVER = 1, 2, 3, 4
_FAULT_GROUP, _ALARM_GROUP = 0x63, 0x64
_NO_VALUE: Final = 0xFFFF
_CHANNELS_MAX: Final = 64


def _digits(text: bytes) -> bool:
    shown = text.rstrip(b"\x00 ")
    return 14 <= len(shown) <= 20 and shown.isalnum() and shown.isascii()


def _frame(payload: Payload) -> bytes | None:
    raw = payload.raw
    if len(raw) >= 2 * _HEAD and raw[:2] in (b"01", b"02", b"03", b"05", b"0F", b"0f", b"11"):
        try:
            raw = bytes.fromhex(raw.decode("ascii"))
        except (ValueError, UnicodeDecodeError):
            return None
    if len(raw) < _HEAD or raw[0] not in _MESSAGES or not _digits(raw[_IMEI]) or not _digits(raw[_CARD]):
        return None
    return raw


def _read(payload: Payload) -> tuple[Said, ...] | None:
    frame = _frame(payload)
    if frame is None:
        return None
    event, count = frame[_EVENT], int.from_bytes(frame[_CHANNELS : _CHANNELS + 2], "big")
    if count > _CHANNELS_MAX or len(frame) < _HEAD + count * _CHANNEL.size:
        raise PayloadError(f"{count} channels are announced, and the frame is too short for them")
    alarms, faults, readings, quantities = _told(frame, count)
    conditions, known, words = _meaning(event, alarms, faults)
    rsrp = int.from_bytes(frame[18:20], "big", signed=True)
    snr = int.from_bytes(frame[16:17], "big", signed=True)
    at = int.from_bytes(frame[9:13], "big") * 1_000_000
    return (
        Said(
            conditions=int(conditions),
            known=int(known),
            operations=int(EVENTS.get(event, Operation.NONE)),
            readings=(*readings, *measured(signal_strength=dbm(rsrp), snr=snr)),
            type=_type(quantities, alarms),
            at=at or None,
            note=" ".join(words),
        ),
    )


def _told(frame: bytes, count: int) -> tuple[int, int, tuple[tuple[int, float], ...], frozenset[int]]:
    alarms = faults = 0
    found: dict[int, float] = {}
    quantities: set[int] = set()
    for n in range(count):
        _, _, group, bits, quantity, value = _CHANNEL.unpack_from(frame, _HEAD + n * _CHANNEL.size)
        alarms |= bits if group == _ALARM_GROUP else 0
        faults |= bits if group == _FAULT_GROUP else 0
        known = QUANTITIES.get(quantity)
        if known is not None and value != _NO_VALUE:
            quantities.add(quantity)
            found.setdefault(BY_NAME[known[0]].number, value / known[1])
    return alarms, faults, tuple(found.items()), frozenset(quantities)


def _meaning(event: int, alarms: int, faults: int) -> tuple[Condition, Condition, list[str]]:
    words: list[str] = []
    conditions = Condition.NONE
    for table, bits in ((ALARMS, alarms), (FAULTS, faults)):
        for bit, (word, condition) in enumerate(table):
            if bits >> bit & 1:
                words.append(word)
                conditions |= condition
    every_alarm, every_fault = _all(ALARMS), _all(FAULTS)
    if event == _ALARM:
        return conditions or Condition.FIRE, conditions or Condition.FIRE, words
    if event == _ALARM_OVER:
        return conditions & ~every_alarm, every_alarm | Condition.FIRE, words
    if event == _FAULT:
        return conditions or Condition.FAULT, conditions or Condition.FAULT, words
    if event == _FAULT_OVER:
        return conditions & ~every_fault, every_fault | Condition.FAULT, words
    return conditions, conditions, words


def _all(table: tuple[tuple[str, Condition], ...]) -> Condition:
    every = Condition.NONE
    for _, condition in table:
        every |= condition
    return every


def _type(quantities: frozenset[int], alarms: int) -> str:
    """The device's own type codes are not published: what it measures tells what it is."""
    for quantity, type_ in MEASURERS:
        if quantity in quantities:
            return type_
    return "smoke" if alarms & 1 else "gas" if alarms & 2 else "electrical_monitor" if alarms & 0x204 else ""


MODEL: Final = Model(
    name="hikvision_nb",
    zh="海康威视 NB 探测器",
    en="Hikvision NB detector",
    type="smoke",
    device_class="nb_battery",
    mark=b"",
    read=_read,
)
