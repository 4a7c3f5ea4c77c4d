"""Reports → Signals. Pure.

Enters: the reports of one round of a device, what its states were told as before, when it was asked. Leaves: signals;
states only where they differ from what was told, or after `AGAIN`. Absent: registers (protocols/modbus).
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from zhigan.gateways.modbus.model import GATEWAY
from zhigan.protocols.modbus import Map, Report
from zhigan.vocabulary.moments import MINUTE
from zhigan.vocabulary.signals import Signal, SignalKind

AGAIN: Final = 10 * MINUTE
_STATUS, _READINGS, _LINK = int(SignalKind.STATUS), int(SignalKind.READINGS), int(SignalKind.LINK)


class Told(NamedTuple):
    """States of a device's points as they were told last, and when."""

    at: int = 0
    states: tuple[tuple[str, int], ...] = ()


def translate(address: str, by: Map, reports: Sequence[Report], told: Told, at: int) -> tuple[list[Signal], Told]:
    states = tuple((report.point, report.conditions) for report in reports if report.known)
    says = states != told.states or at - told.at >= AGAIN
    signals: list[Signal] = []
    for report in reports:
        where = f"{address}/{report.point}" if report.point else address
        if report.known and says:
            signals.append(
                Signal(GATEWAY, where, _STATUS, at, at, report.conditions, report.known, type=by.type)
            )  # fmt: skip
        if report.readings:
            metrics = tuple([metric for metric, _ in report.readings])
            values = tuple([value for _, value in report.readings])
            signals.append(Signal(GATEWAY, where, _READINGS, at, at, metrics=metrics, values=values, type=by.type))
    return signals, Told(at, states) if says else told


def link(address: str, by: Map, up: bool, at: int) -> Signal:
    return Signal(GATEWAY, address, _LINK, at, at, values=(1.0 if up else 0.0,), type=by.type)
