"""What other platforms and people say, as our own doors (gateways/platforms, gateways/reports) pass it on. Pure.

Enters: `Word`s. Leaves: the body that goes over the line, and reports again at its other end. A report names the way
by which the city knows the device, for a device may have a way of its own besides. Absent: other platforms' own forms.
"""

from collections.abc import Sequence

import msgspec

from zhigan.protocols.carriers.model import (
    ADDRESS_MAX,
    REPORTS_MAX,
    CarrierError,
    Fault,
    Payload,
    Report,
    ReportKind,
)

SERVICE = "platform_status"


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """`at` in µs, None where the platform gave no time. `type` names a device that has no other name here; `alarms` is
    the type by which its alarm is understood, `note` what was said in words. All of it is what the device model
    `platform_status` reads."""

    gateway: str
    address: str
    at: int | None = None
    platform_status: str
    type: str = ""
    alarms: str = ""
    battery: float | None = None
    signal: float | None = None
    note: str = ""


_DECODER = msgspec.json.Decoder(list[Word])


def pack(words: Sequence[Word]) -> bytes:
    return msgspec.json.encode(words)


def parse(body: bytes) -> list[Report]:
    try:
        words = _DECODER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CarrierError(Fault.BAD_JSON, str(error)) from None
    if len(words) > REPORTS_MAX:
        raise CarrierError(Fault.TOO_MANY, f"{len(words)} reports, at most {REPORTS_MAX}")
    return [_report(word) for word in words]


def _report(word: Word) -> Report:
    if not 0 < len(word.address) <= ADDRESS_MAX:
        raise CarrierError(Fault.BAD_FIELD, f"address: 1 to {ADDRESS_MAX} characters")
    payload = Payload(fields=msgspec.json.encode(word), service=SERVICE)
    return Report(
        kind=ReportKind.DATA, device=word.address, at=word.at, payload=payload, gateway=word.gateway or "platform"
    )
