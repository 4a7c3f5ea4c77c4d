"""安科瑞 ARCM300T electrical-fire monitor: binary frame, CRC-16/Modbus over function to payload.

`01 01 8D` (CTWing's prefix, where it came that way) `7B 7B` function, length (2, big-endian), payload, CRC (2,
little-endian) `7D 7D`. Times are Beijing time. A probe that is not connected reads -200 °C.
"""

import struct
from datetime import datetime
from typing import Final

from zhigan.protocols.carriers.devices.said import Model, PayloadError, Said, measured
from zhigan.protocols.carriers.model import Payload
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.moments import SHANGHAI, to_micros

_START: Final = b"\x7b\x7b\x92"
_END: Final = b"\x7d\x7d"
_HEAD: Final = 5  # start, function, length
_LEAST: Final = 264
_FLAGS: Final = struct.Struct(">HHHHHHHH")  # 34 … 49: signal, phases, wiring, alarms, reserved, voltage, current, DI
_PROBES: Final = struct.Struct("<5f")
_ENERGY: Final = struct.Struct("<f")
_TRIPLE: Final = struct.Struct("<3f")
_ABSENT: Final = -199.0
_PHASES: Final = "abc"


def crc16(text: bytes) -> int:
    crc = 0xFFFF
    for byte in text:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc


def _row(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0xA001 if byte & 1 else 0)
    return byte


_TABLE: Final = tuple(_row(byte) for byte in range(256))


def _body(raw: bytes) -> bytes:
    begin = raw.index(_START)
    if len(raw) < begin + _HEAD:
        raise PayloadError("the frame is cut off")
    length = int.from_bytes(raw[begin + 3 : begin + _HEAD], "big")
    frame = raw[begin : begin + _HEAD + length + 4]
    if len(frame) != _HEAD + length + 4 or frame[-2:] != _END:
        raise PayloadError("the frame is cut off")
    if length < _LEAST:
        raise PayloadError(f"{length} bytes are too few")
    said = int.from_bytes(frame[-4:-2], "little")
    found = crc16(frame[2:-4])
    if said != found:
        raise PayloadError(f"the checksum is {found:04X}, the frame says {said:04X}")
    return frame[_HEAD:-4]


def _clock(body: bytes) -> int | None:
    year, month, day, hour, minute, second = body[:6]
    try:
        return to_micros(datetime(2000 + year, month, day, hour, minute, second, tzinfo=SHANGHAI))
    except ValueError:
        return None


def _held(conditions: Condition, known: Condition, flag: int) -> tuple[int, int]:
    return (int(conditions) if flag else 0), int(known)


def _read(payload: Payload) -> tuple[Said, ...] | None:
    raw = payload.raw
    if _START not in raw:
        return None
    body = _body(raw)
    at = _clock(body)
    _, phases, wiring, alarms, _, voltage, current, _ = _FLAGS.unpack_from(body, 34)
    conditions = int(Condition.VOLTAGE if voltage & 0x0101 else 0) | int(Condition.OVER_CURRENT if current & 1 else 0)
    conditions |= int(Condition.LINE_FAULT if wiring else 0) | int(Condition.FAULT if phases & 1 else 0)
    known = int(Condition.VOLTAGE | Condition.OVER_CURRENT | Condition.LINE_FAULT | Condition.FAULT)
    serial = body[6:20].rstrip(b"\x00 ").decode("ascii", "replace")
    energy = _ENERGY.unpack_from(body, 260)[0]
    frequency = _ENERGY.unpack_from(body, 92)[0]
    power = _ENERGY.unpack_from(body, 208)[0]
    device = Said(
        conditions=conditions,
        known=known,
        readings=measured(energy=energy, frequency=frequency, power=power),
        at=at,
        note=f"序列号 {serial}",
    )
    return (device, *_probes(body, at, wiring, alarms), *_lines(body, at))


def _probes(body: bytes, at: int | None, wiring: int, alarms: int) -> list[Said]:
    """Residual current and the connected temperature probes, each a channel with its own alarm."""
    residual, *temperatures = _PROBES.unpack_from(body, 52)
    conditions, known = _held(Condition.RESIDUAL_CURRENT, Condition.RESIDUAL_CURRENT, alarms & 1)
    found = [
        Said(
            point="residual-1", conditions=conditions, known=known, readings=measured(residual_current=residual), at=at
        )
    ]
    for number, degrees in enumerate(temperatures, start=1):
        bit = 1 << number
        if degrees > _ABSENT:
            conditions, known = _held(Condition.CABLE_TEMPERATURE, Condition.CABLE_TEMPERATURE, alarms & bit)
            readings = measured(temperature=degrees)
            found.append(
                Said(point=f"temperature-{number}", conditions=conditions, known=known, readings=readings, at=at)
            )
    return found


def _lines(body: bytes, at: int | None) -> list[Said]:
    """Three phases: one without voltage and current is not connected."""
    voltages, currents = _TRIPLE.unpack_from(body, 100), _TRIPLE.unpack_from(body, 164)
    return [
        Said(point=f"phase-{phase}", readings=measured(voltage=volts, current=amperes), at=at)
        for phase, volts, amperes in zip(_PHASES, voltages, currents, strict=True)
        if volts or amperes
    ]


MODEL: Final = Model(
    name="acrel_arcm300t",
    zh="安科瑞 ARCM300T 电气火灾监控探测器",
    en="Acrel ARCM300T electrical-fire monitor",
    type="electrical_monitor",
    device_class="electrical_4g",
    mark=_START,
    read=_read,
)
