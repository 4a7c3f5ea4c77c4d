"""An alert as a document. Enters: an `Alert`. Leaves: UTF-8 bytes, elements in the schema's order. Absent: checking."""

from collections.abc import Iterable

from zhigan.protocols.cap.model import NAMESPACE, Alert, Area, Info, Pair, Resource
from zhigan.vocabulary.markup import text


def write(alert: Alert) -> bytes:
    parts = [
        _said("identifier", alert.identifier),
        _said("sender", alert.sender),
        _said("sent", alert.sent),
        _said("status", alert.status),
        _said("msgType", alert.message_type),
        _said("source", alert.source),
        _said("scope", alert.scope),
        _said("restriction", alert.restriction),
        _said("addresses", alert.addresses),
        *(_said("code", code) for code in alert.codes),
        _said("note", alert.note),
        _said("references", " ".join(str(r) for r in alert.references)),
        _said("incidents", alert.incidents),
        *(_info(info) for info in alert.infos),
    ]
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<alert xmlns="{NAMESPACE}">{"".join(parts)}</alert>'.encode()


def _said(name: str, value: str) -> str:
    return f"<{name}>{text(value)}</{name}>" if value else ""


def _whole(name: str, parts: Iterable[str]) -> str:
    return f"<{name}>{''.join(parts)}</{name}>"


def _pair(name: str, pair: Pair) -> str:
    return _whole(name, (f"<valueName>{text(pair.name)}</valueName>", f"<value>{text(pair.value)}</value>"))


def _info(info: Info) -> str:
    return _whole(
        "info",
        (
            _said("language", info.language),
            *(_said("category", each) for each in info.categories),
            _said("event", info.event),
            *(_said("responseType", each) for each in info.response_types),
            _said("urgency", info.urgency),
            _said("severity", info.severity),
            _said("certainty", info.certainty),
            *(_pair("eventCode", each) for each in info.event_codes),
            _said("effective", info.effective),
            _said("onset", info.onset),
            _said("expires", info.expires),
            _said("senderName", info.sender_name),
            _said("headline", info.headline),
            _said("description", info.description),
            _said("instruction", info.instruction),
            _said("web", info.web),
            _said("contact", info.contact),
            *(_pair("parameter", each) for each in info.parameters),
            *(_resource(each) for each in info.resources),
            *(_area(each) for each in info.areas),
        ),
    )


def _resource(resource: Resource) -> str:
    size = "" if resource.size is None else str(resource.size)
    return _whole(
        "resource",
        (
            _said("resourceDesc", resource.description),
            _said("mimeType", resource.mime_type),
            _said("size", size),
            _said("uri", resource.uri),
        ),
    )


def _area(area: Area) -> str:
    return _whole(
        "area",
        (
            _said("areaDesc", area.description),
            *(_said("polygon", each) for each in area.polygons),
            *(_said("circle", each) for each in area.circles),
            *(_pair("geocode", each) for each in area.geocodes),
        ),
    )
