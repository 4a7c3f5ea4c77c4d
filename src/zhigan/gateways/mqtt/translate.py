"""Reports → Signals. Pure.

Enters: reports of one message, when it came, its identity. Leaves: signals; state first, then acts, then values.
Absent: topics, payloads (protocols/mqtt), and what any of it leads to.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

from zhigan.protocols.mqtt import Report
from zhigan.vocabulary.moments import plausible
from zhigan.vocabulary.signals import Flag, Signal, SignalKind

GATEWAY: Final = "mqtt"
_IDENTITY_BITS: Final = (1 << 60) - 1
_STATUS, _READINGS, _OPERATION = int(SignalKind.STATUS), int(SignalKind.READINGS), int(SignalKind.OPERATION)
_LINK, _INFO = int(SignalKind.LINK), int(SignalKind.INFO)


def translate(reports: Sequence[Report], payload: bytes, received: int) -> list[Signal]:
    signals: list[Signal] = []
    for report in reports:
        _put(signals, report, received)
    if signals:
        signals[0].raw = payload
    return signals


def unread(address: str, payload: bytes, why: str, received: int) -> Signal:
    """Kept as it came: nothing is lost that a later profile will know."""
    return Signal(GATEWAY, address, _INFO, received, received, text=why, raw=payload)


def identity(topic: str, payload: bytes, mid: int) -> int:
    """A message that the broker sends again keeps its number; the same words said anew have another.

    So a second fire after a reset, in the same words, is a second fire.
    """
    digest = blake2b(f"{topic}\0{mid}\0".encode("utf-8", "replace"), digest_size=8)
    digest.update(payload)
    return int.from_bytes(digest.digest(), "little") & _IDENTITY_BITS | 1


def _put(signals: list[Signal], report: Report, received: int) -> None:
    address = f"{report.address}/{report.point}" if report.point else report.address
    before = len(signals)
    if report.conditions or report.known:
        signal = _signal(address, _STATUS, report, received)
        signal.conditions, signal.known = report.conditions, report.known
        signals.append(signal)
    if report.operations:
        signal = _signal(address, _OPERATION, report, received)
        signal.operations = report.operations
        signals.append(signal)
    if report.readings:
        signal = _signal(address, _READINGS, report, received)
        signal.metrics = tuple([metric for metric, _ in report.readings])
        signal.values = tuple([value for _, value in report.readings])
        signals.append(signal)
    if len(signals) == before:
        signal = _signal(address, _LINK, report, received)
        signal.values = (0.0 if report.online is False else 1.0,)
        signals.append(signal)


def _signal(address: str, kind: int, report: Report, received: int) -> Signal:
    signal = Signal(GATEWAY, address, kind, received, received, type=report.type, text=report.note)
    if report.at is not None and plausible(report.at, received):
        signal.at = report.at
    elif report.at is not None:
        signal.claimed_at, signal.flags = report.at, int(Flag.CLOCK_WRONG)
    return signal
