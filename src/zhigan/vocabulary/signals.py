"""The Signal: whatever a device says, in the city's words.

Enters from gateways' translate modules; travels through intake and bus; judged by the engine; kept by history.
One struct for all kinds, array-like for the bus (msgpack), untracked by the garbage collector for speed.
Absent: who and where (the registry's business) and what it means (the engine's).
"""

import enum

import msgspec

from zhigan.vocabulary.conditions import URGENT


class SignalKind(enum.IntEnum):
    STATUS = 1  # conditions/known of the subject
    READINGS = 2  # metrics/values of the subject, or of `points` (parallel arrays) below it
    OPERATION = 3  # operations at the subject (a device, or one system behind it)
    LINK = 4  # connection made (values [1.0]) or lost ([0.0]); conditions OFFLINE where judged by a gateway
    INFO = 5  # configuration, version, clock, private type: text and raw only
    SEEN = 6  # liveness in bulk: `points` are addresses heard since the last such signal, `values` their µs


class Flag(enum.IntFlag):
    NONE = 0
    LATE = 1  # stored on the way (补传), by a clock that is right: keeps its own time
    UNAUTHENTICATED = 2
    CLOCK_WRONG = 4  # claimed time not plausible; `at` is ours
    RESENT = 8
    JUDGED = 32  # by the platform itself, of what was said before: no sign of life
    STAMPED = 16  # by a carrier: `at` orders what its device said, `identity` is a key for days


class Signal(msgspec.Struct, array_like=True, gc=False, omit_defaults=False):
    """`received_at` is strictly increasing per intake and is the order in which the city heard things.

    `address` is the contract's device address for `gateway`: for GB/T 26875.3 `790300000000`, a system behind it
    `790300000000/1.1`, a component `790300000000/1.1.40.131082` (system.system_address.component.component_address).
    `type` is the contract's device type word where the wire tells it, else "". `facts` are the figures by which the
    platform itself found a condition (JUDGED): they stand in the reason.
    """

    gateway: str
    address: str
    kind: int
    received_at: int
    at: int
    conditions: int = 0
    known: int = 0
    operations: int = 0
    metrics: tuple[int, ...] = ()
    values: tuple[float, ...] = ()
    points: tuple[str, ...] = ()
    type: str = ""
    text: str = ""
    raw: bytes = b""
    claimed_at: int | None = None
    flags: int = 0
    identity: int = 0
    facts: tuple[tuple[str, str | float], ...] = ()


def urgent(signal: Signal) -> bool:
    return signal.conditions & URGENT != 0


class Lane(enum.IntEnum):
    """Fire goes first. Each lane has its own positions on the bus and its own connection to storage."""

    URGENT = 0
    BULK = 1
