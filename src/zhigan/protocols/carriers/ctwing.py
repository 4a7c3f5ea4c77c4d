"""China Telecom CTWing (AEP): pushes of the HTTP subscription, all five message types.

Enters: a body. Leaves: reports. A payload is bytes in base64 (transparent), the properties of a thing model, or
OceanConnect's profile form; a batch (dataReportTupUnion) is a list of these or one. CTWing signs nothing: the secret in
the address is all there is. `upPacketSN` says nothing in real traffic, so nobody reads it.
"""

from typing import Final

import msgspec

from zhigan.protocols.carriers.lenient import Loose, address, base64, counted, decoded, instant, sized, text
from zhigan.protocols.carriers.model import NOTHING, CarrierError, Fault, Payload, Report, ReportKind


class _Result(msgspec.Struct, rename="camel"):
    result_code: Loose = None


class _Push(msgspec.Struct, rename="camel"):
    message_type: str
    device_id: Loose = None
    product_id: Loose = None
    timestamp: Loose = None
    service_id: Loose = None
    event_type: Loose = None
    task_id: Loose = None
    payload: msgspec.Raw = msgspec.Raw()
    event_content: msgspec.Raw = msgspec.Raw()
    result: _Result | str | None = None


class _Carried(msgspec.Struct, rename="camel"):
    """An object that may be one of the three forms."""

    app_data: str | None = msgspec.field(default=None, name="APPdata")
    service_id: Loose = None
    service_data: msgspec.Raw = msgspec.Raw()


_PUSH: Final = msgspec.json.Decoder(_Push)
_PUSHES: Final = msgspec.json.Decoder(list[_Push])
_CARRIED: Final = msgspec.json.Decoder(_Carried)
_PARTS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_TEXT: Final = msgspec.json.Decoder(str)
_EVENT_LEVELS: Final = {"1": 1, "2": 2, "3": 3}


def parse(body: bytes) -> list[Report]:
    if body.lstrip()[:1] == b"[":
        return [report for push in counted(decoded(_PUSHES, body)) for report in _reports(push)]
    return _reports(decoded(_PUSH, body))


def _reports(push: _Push) -> list[Report]:
    device, product, at = address(push.device_id), text(push.product_id), instant(push.timestamp)
    service = text(push.service_id)
    match push.message_type:
        case "dataReport":
            payload = payload_of(bytes(push.payload), service)
            return [Report(kind=ReportKind.DATA, device=device, at=at, payload=payload, product=product)]
        case "dataReportTupUnion":
            return [
                Report(kind=ReportKind.DATA, device=device, at=at, payload=payload, product=product)
                for payload in _union(bytes(push.payload), service)
            ]
        case "eventReport":
            level = _EVENT_LEVELS.get(text(push.event_type), 0)
            payload = payload_of(bytes(push.event_content) or bytes(push.payload), service)
            return [Report(kind=ReportKind.EVENT, device=device, at=at, payload=payload, product=product, level=level)]
        case "deviceOnlineOfflineReport":
            online = {"1": True, "0": False}.get(str(push.event_type))
            if online is None:
                raise CarrierError(Fault.BAD_FIELD, "eventType is 1 (on-line) or 0 (off-line)")
            return [Report(kind=ReportKind.LINK, device=device, at=at, product=product, online=online)]
        case "commandResponse":
            result = text(push.result.result_code) if isinstance(push.result, _Result) else push.result or ""
            command = text(push.task_id)
            return [
                Report(kind=ReportKind.COMMAND, device=device, at=at, product=product, command=command, result=result)
            ]
        case _:
            payload = payload_of(bytes(push.payload), service)
            return [Report(kind=ReportKind.OTHER, device=device, at=at, payload=payload, product=product)]


def payload_of(body: bytes, service: str) -> Payload:
    """Of the forms, the one that it is. A text is what an MQTT device sent as it was."""
    head = body[:1]
    if not head or body == b"null":
        return NOTHING
    if head == b'"':
        return Payload(raw=sized(decoded(_TEXT, body).encode(), "payload"), service=service)
    if head != b"{":
        return Payload(raw=sized(body, "payload"), service=service)
    carried = decoded(_CARRIED, body)
    if carried.app_data is not None:
        return Payload(raw=base64(carried.app_data, "APPdata"), service=service)
    inner = bytes(carried.service_data)
    if inner[:1] == b"{":
        return Payload(fields=sized(inner, "serviceData"), service=text(carried.service_id) or service)
    return Payload(fields=sized(body, "payload"), service=service)


def _union(body: bytes, service: str) -> list[Payload]:
    if body[:1] != b"[":
        return [payload_of(body, service)]
    return [payload_of(bytes(part), service) for part in counted(decoded(_PARTS, body))]
