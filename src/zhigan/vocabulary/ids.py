"""Ids: UUIDv7 texts, made where the thing is born. Pure: instant and entropy are arguments.

`born` derives the 74 "random" bits from words instead, so that the same decision replayed gives the same id.
"""

import hashlib
from typing import NewType

UnitId = NewType("UnitId", str)
BuildingId = NewType("BuildingId", str)
DeviceId = NewType("DeviceId", str)
IncidentId = NewType("IncidentId", str)
AlarmId = NewType("AlarmId", str)
AccountId = NewType("AccountId", str)
CommandId = NewType("CommandId", str)
DeviceNumber = NewType("DeviceNumber", int)
"""Small integer that stands for a device inside one installation (readings are keyed by it)."""


def uuid7(micros: int, entropy: bytes) -> str:
    """RFC 9562 §5.7 from an instant (µs; kept as ms) and 10 bytes of entropy."""
    head = (micros // 1000).to_bytes(6, "big")
    tail = bytearray(entropy[:10])
    tail[0] = 0x70 | (tail[0] & 0x0F)
    tail[2] = 0x80 | (tail[2] & 0x3F)
    text = (head + bytes(tail)).hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def born(micros: int, *words: object) -> str:
    """A UUIDv7 whose random part is the digest of `words`: replaying a decision names things alike."""
    digest = hashlib.sha256("\x1f".join(map(str, words)).encode()).digest()
    return uuid7(micros, digest)
