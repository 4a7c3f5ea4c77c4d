"""Reports → Signals: what a device said through its carrier, in the city's words. Pure.

Enters: a report, the model that the device was last, when it came. Leaves: its signals and the two identities by which
a repeat is known: `window`, for minutes, always; `key`, for days, where the carrier stamped it, for then the same stamp
with the same words is the same message, however late it comes again. Absent: HTTP, dedupe, and what any of it leads to.
"""

from hashlib import blake2b
from typing import Final, NamedTuple

from zhigan.protocols.carriers import Report, ReportKind, devices
from zhigan.protocols.carriers.devices import Model, PayloadError, Said
from zhigan.vocabulary.moments import DAY, plausible
from zhigan.vocabulary.signals import Flag, Signal, SignalKind

_STATUS: Final = int(SignalKind.STATUS)
_READINGS: Final = int(SignalKind.READINGS)
_OPERATION: Final = int(SignalKind.OPERATION)
_LINK: Final = int(SignalKind.LINK)
_INFO: Final = int(SignalKind.INFO)
_STAMPED: Final = int(Flag.STAMPED)
_CLOCK_WRONG: Final = int(Flag.CLOCK_WRONG)
_IDENTITY_BITS: Final = (1 << 60) - 1
RELAYED_MAX: Final = 400 * DAY
_REACHED: Final = frozenset({"DELIVERED", "SUCCESSFUL", "1", "2"})
"""Results of a command that the device itself gave: the others say that it did not answer."""


class Translated(NamedTuple):
    signals: list[Signal]
    window: int
    model: Model | None = None
    broken: str = ""


class _Stamp(NamedTuple):
    """What all signals of one report share."""

    gateway: str
    received: int
    at: int | None
    key: int
    relayed: bool = False

    def holds(self, claimed: int) -> bool:
        """What another platform relays or sends later keeps its time (contract.md, readings)."""
        return plausible(claimed, self.received) or (
            self.relayed and self.received - RELAYED_MAX <= claimed <= self.received
        )


def translate(gateway: str, report: Report, hint: str, received: int) -> Translated:
    """No signals: nothing of it is worth keeping (a device made or deleted at the carrier)."""
    window = _window(gateway, report)
    stamp = _Stamp(gateway, received, report.at, 0 if report.at is None else window, bool(report.gateway))
    match report.kind:
        case ReportKind.DATA | ReportKind.EVENT | ReportKind.OTHER:
            return _said(stamp, report, hint, window)
        case ReportKind.LINK:
            values = (1.0 if report.online else 0.0,)
            return Translated([_signal(stamp, report.device, _LINK, report.at, values=values)], window)
        case ReportKind.COMMAND if report.result.upper() in _REACHED:
            text = f"指令 {report.command} {report.result}"
            return Translated([_signal(stamp, report.device, _INFO, report.at, text=text)], window)
        case _:
            return Translated([], window)


def _window(gateway: str, report: Report) -> int:
    """Carrier, device, stamp and words. Carriers' own counters are empty or -1 in real traffic."""
    payload = report.payload
    words = (
        f"{gateway}\0{report.device}\0{report.at}\0{report.kind:d}\0{report.online}\0{report.command}\0"
        f"{report.result}\0{payload.service}\0"
    )
    digest = blake2b(words.encode("utf-8", "replace"), digest_size=8)
    digest.update(payload.fields)
    digest.update(b"\0")
    digest.update(payload.raw)
    return int.from_bytes(digest.digest(), "little") & _IDENTITY_BITS & ~0xFF | 1


def _said(stamp: _Stamp, report: Report, hint: str, window: int) -> Translated:
    payload = report.payload
    try:
        found = devices.read(payload, hint)
    except PayloadError as error:
        return Translated([_unread(stamp, report, str(error))], window, None, str(error))
    if found is None:
        return Translated([_unread(stamp, report, "")], window)
    model, saids = found
    signals: list[Signal] = []
    for said in saids:
        _put(signals, stamp, report, model, said)
    if signals:
        signals[0].raw = payload.text
    return Translated(signals, window, model)


def _unread(stamp: _Stamp, report: Report, why: str) -> Signal:
    """Kept as it came: nothing is lost that a later model will know."""
    signal = _signal(stamp, report.device, _INFO, report.at, text=why or report.payload.service)
    signal.raw = report.payload.text
    return signal


def _put(signals: list[Signal], stamp: _Stamp, report: Report, model: Model, said: Said) -> None:
    """State first, then acts, then values: who reads in order knows the alarm before its figures."""
    address = f"{report.device}/{said.point}" if said.point else report.device
    claimed = said.at if said.at is not None and stamp.holds(said.at) else report.at
    before = len(signals)
    if said.conditions or said.known:
        signal = _signal(stamp, address, _STATUS, claimed, text=said.note, nth=len(signals))
        signal.conditions, signal.known = said.conditions, said.known
        signals.append(signal)
    if said.operations:
        signal = _signal(stamp, address, _OPERATION, claimed, text=said.note, nth=len(signals))
        signal.operations = said.operations
        signals.append(signal)
    if said.readings:
        signal = _signal(stamp, address, _READINGS, claimed, nth=len(signals))
        signal.metrics = tuple([metric for metric, _ in said.readings])
        signal.values = tuple([value for _, value in said.readings])
        signals.append(signal)
    if len(signals) == before:
        values = (0.0 if said.online is False else 1.0,)
        signals.append(_signal(stamp, address, _LINK, claimed, text=said.note, values=values, nth=len(signals)))
    for signal in signals[before:]:
        signal.type = said.type or model.type


def _signal(
    stamp: _Stamp, address: str, kind: int, claimed: int | None, *, text: str = "", values: tuple[float, ...] = (),
    nth: int = 0,
) -> Signal:  # fmt: skip
    received = stamp.received
    signal = Signal(stamp.gateway, address, kind, received, received, values=values, text=text)
    if claimed is not None and stamp.holds(claimed):
        signal.at = claimed
    elif claimed is not None:
        signal.claimed_at, signal.flags = claimed, _CLOCK_WRONG
    if stamp.key:
        signal.flags |= _STAMPED
        signal.identity = stamp.key + nth
    return signal
