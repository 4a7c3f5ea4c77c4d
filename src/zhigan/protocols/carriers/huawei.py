"""Huawei: OceanConnect (also China Telecom's first NB platform) and its successor IoTDA.

Enters: a body. Leaves: reports. OceanConnect names what happened in `notifyType`, IoTDA in `resource` and `event`; a
result of a command comes without either. Huawei signs nothing in these pushes.
"""

from typing import Final

import msgspec

from zhigan.protocols.carriers.lenient import Loose, address, base64, counted, decoded, instant, sized, text
from zhigan.protocols.carriers.model import NOTHING, CarrierError, Fault, Payload, Report, ReportKind


class _Service(msgspec.Struct, rename="camel"):
    """Both generations' names."""

    service_id: Loose = None
    service_type: Loose = None
    data: msgspec.Raw = msgspec.Raw()
    event_time: Loose = None
    iotda_service: Loose = msgspec.field(default=None, name="service_id")
    properties: msgspec.Raw = msgspec.Raw()
    iotda_time: Loose = msgspec.field(default=None, name="event_time")
    paras: msgspec.Raw = msgspec.Raw()


class _Result(msgspec.Struct, rename="camel"):
    result_code: Loose = None


class _Info(msgspec.Struct):
    status: Loose = None


class _Header(msgspec.Struct):
    device_id: Loose = None
    node_id: Loose = None
    product_id: Loose = None


class _Body(msgspec.Struct):
    services: list[_Service] = []
    status: Loose = None
    content: msgspec.Raw = msgspec.Raw()
    command_id: Loose = None
    request_id: Loose = None


class _Notified(msgspec.Struct):
    header: _Header = msgspec.field(default_factory=_Header)
    body: _Body = msgspec.field(default_factory=_Body)


class _Push(msgspec.Struct, rename="camel"):
    notify_type: str = ""
    device_id: Loose = None
    product_id: Loose = None
    service: _Service | None = None
    services: list[_Service] = []
    device_info: _Info | None = None
    command_id: Loose = None
    result: _Result | str | None = None
    resource: str = ""
    event: str = ""
    event_time: Loose = msgspec.field(default=None, name="event_time")
    event_time_ms: Loose = msgspec.field(default=None, name="event_time_ms")
    notify_data: _Notified | None = msgspec.field(default=None, name="notify_data")


_PUSH: Final = msgspec.json.Decoder(_Push)
_TEXT: Final = msgspec.json.Decoder(str)
_MADE: Final = frozenset({"deviceAdded", "deviceDeleted", "serviceInfoChanged"})
_ANSWERED: Final = frozenset({"commandRsp", "messageConfirm"})
_ONLINE: Final = {"ONLINE": True, "OFFLINE": False, "ABNORMAL": False}


def parse(body: bytes) -> list[Report]:
    push = decoded(_PUSH, body)
    if push.resource:
        return _iotda(push)
    if push.notify_type or push.command_id is not None:
        return _ocean(push)
    raise CarrierError(Fault.BAD_FIELD, "neither notifyType nor resource says what this is")


def _ocean(push: _Push) -> list[Report]:
    device, product = address(push.device_id), text(push.product_id)
    services = counted(push.services if push.service is None else [push.service, *push.services])
    if push.command_id is not None or push.notify_type in _ANSWERED:
        result = text(push.result.result_code) if isinstance(push.result, _Result) else push.result or ""
        return [
            Report(
                kind=ReportKind.COMMAND, device=device, product=product, command=text(push.command_id), result=result
            )
        ]
    if push.notify_type in _MADE:
        return [Report(kind=ReportKind.REGISTRY, device=device, product=product, result=push.notify_type)]
    online = _ONLINE.get(text(push.device_info.status)) if push.device_info is not None else None
    if online is not None:
        return [Report(kind=ReportKind.LINK, device=device, product=product, online=online)]
    kind = _OCEAN_KINDS.get(push.notify_type, ReportKind.OTHER)
    return [
        Report(kind=kind, device=device, at=instant(each.event_time), payload=_said(each), product=product)
        for each in services
    ] or [Report(kind=ReportKind.OTHER, device=device, product=product, result=push.notify_type)]


_OCEAN_KINDS: Final = {
    "deviceDataChanged": ReportKind.DATA,
    "deviceDatasChanged": ReportKind.DATA,
    "deviceEvent": ReportKind.EVENT,
}


def _iotda(push: _Push) -> list[Report]:
    notified = push.notify_data or _Notified()
    header, body = notified.header, notified.body
    device, product = address(header.device_id), text(header.product_id)
    at = instant(push.event_time_ms or push.event_time)
    match push.resource, push.event:
        case "device.property" | "device.event" as resource, "report":
            kind = ReportKind.DATA if resource == "device.property" else ReportKind.EVENT
            return [
                Report(
                    kind=kind, device=device, at=instant(each.iotda_time) or at, payload=_said(each), product=product
                )
                for each in counted(body.services)
            ]
        case "device.message", "report":
            return [Report(kind=ReportKind.DATA, device=device, at=at, payload=_message(body), product=product)]
        case "device.status", _:
            online = _ONLINE.get(text(body.status))
            return [Report(kind=ReportKind.LINK, device=device, at=at, product=product, online=online)]
        case "device.command.status" | "device.message.status", _:
            command = text(body.command_id) or text(body.request_id)
            result = text(body.status)
            return [
                Report(kind=ReportKind.COMMAND, device=device, at=at, product=product, command=command, result=result)
            ]
        case "device", _:
            return [Report(kind=ReportKind.REGISTRY, device=device, at=at, product=product, result=push.event)]
        case _:
            return [Report(kind=ReportKind.OTHER, device=device, at=at, product=product, result=push.resource)]


def _said(service: _Service) -> Payload:
    named = text(service.service_id) or text(service.iotda_service) or text(service.service_type)
    data = bytes(service.data) or bytes(service.properties) or bytes(service.paras)
    if data[:1] == b"{":
        return Payload(fields=sized(data, "service data"), service=named)
    if data[:1] == b'"':
        return Payload(raw=base64(decoded(_TEXT, data), "service data"), service=named)
    return NOTHING


def _message(body: _Body) -> Payload:
    """A text is the device's own bytes, in base64 where it is that."""
    data = bytes(body.content)
    if data[:1] == b"{":
        return Payload(fields=sized(data, "content"))
    if data[:1] != b'"':
        return NOTHING
    found = decoded(_TEXT, data)
    try:
        return Payload(raw=base64(found, "content"))
    except CarrierError as error:
        if error.fault is not Fault.BAD_BASE64:
            raise
        return Payload(raw=sized(found.encode(), "content"))
