"""The terms on which devices are served: limits and periods, each with its reason. Settings fill them in."""

import enum
from typing import Final, Protocol

import msgspec

from zhigan.vocabulary.moments import MINUTE


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """Limits bear on connections that have not yet sent a valid frame; the others are delayed, never dropped."""

    centre: str = "000000000000"  # our own address, until a device names another as its destination
    idle_seconds: int = 600  # silent so long: half open, dropped
    first_frame_seconds: int = 30
    first_frame_bytes: int = 8192  # so much without a valid frame: not a device
    broken_seconds: int = 2  # a half frame waits so long for its rest (gb26875.md §9.8)
    unproven: int = 20_000
    unproven_per_host: int = 1_000
    unknown_per_host_hour: int = 2_000  # distinct unregistered addresses from one host
    frames_per_second: int = 2_000  # of one connection and device; a device may send 500
    poll_seconds: int = 3_600  # GB 50440: at most 2 h
    sync_seconds: int = 86_400
    drift_seconds: int = 5  # GB 50440: clocks within 5 s
    resync_seconds: int = 3_600  # a clock that drifts at once again is not chased more often than this
    order_seconds: int = 10  # gb26875.md §1: should be ≤ 10 s
    resends: int = 3


class Outcome(enum.StrEnum):
    """How an order to a device ended."""

    DONE = "done"  # command 3 to a control, 5 to a request
    DENIED = "denied"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"


class Directory(Protocol):
    """What the gateway must know of the registry; processes wire it."""

    def dialect(self, address: str) -> str | None:
        """The registered device's dialect, "" where none is named; None: not registered."""
        ...


class NoDirectory:
    """Every device is unknown: a gateway alone, without a registry."""

    def dialect(self, address: str) -> str | None:
        return None


DUTY_GRACE: Final = 0.2
"""A maker's manual asks for 10 minutes and judges at 12 (gb26875.md §6)."""


def duty_until(minutes: int, since: int) -> int:
    """Until when the key of a duty check is waited for."""
    return since + int(minutes * MINUTE * (1 + DUTY_GRACE))
