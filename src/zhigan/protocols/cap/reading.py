"""A document as an alert. Enters: bytes. Leaves: an `Alert`, or `Unreadable` with what is wrong and where."""

from zhigan.protocols.cap.checking import faults
from zhigan.protocols.cap.model import Alert, Area, Info, Pair, Reference, Resource
from zhigan.vocabulary.markup import Element, NotMarkup
from zhigan.vocabulary.markup import read as tree


class Unreadable(ValueError):
    """Not a valid document; the message says what and where."""


def read(document: bytes) -> Alert:
    try:
        root = tree(document)
    except NotMarkup as error:
        raise Unreadable(str(error)) from error
    wrong = faults(root)
    if wrong:
        raise Unreadable("; ".join(wrong[:5]))
    return Alert(
        identifier=root.said("identifier"),
        sender=root.said("sender"),
        sent=root.said("sent"),
        status=root.said("status"),
        message_type=root.said("msgType"),
        source=root.said("source"),
        scope=root.said("scope"),
        restriction=root.said("restriction"),
        addresses=root.said("addresses"),
        codes=tuple(each.text for each in root.all("code")),
        note=root.said("note"),
        references=tuple(Reference(*each.split(",")) for each in root.said("references").split()),
        incidents=root.said("incidents"),
        infos=tuple(_info(each) for each in root.all("info")),
    )


def _pairs(element: Element, name: str) -> tuple[Pair, ...]:
    return tuple(Pair(each.said("valueName"), each.said("value")) for each in element.all(name))


def _info(e: Element) -> Info:
    return Info(
        language=e.said("language") or "en-US",
        categories=tuple(each.text for each in e.all("category")),
        event=e.said("event"),
        response_types=tuple(each.text for each in e.all("responseType")),
        urgency=e.said("urgency"),
        severity=e.said("severity"),
        certainty=e.said("certainty"),
        event_codes=_pairs(e, "eventCode"),
        effective=e.said("effective"),
        onset=e.said("onset"),
        expires=e.said("expires"),
        sender_name=e.said("senderName"),
        headline=e.said("headline"),
        description=e.said("description"),
        instruction=e.said("instruction"),
        web=e.said("web"),
        contact=e.said("contact"),
        parameters=_pairs(e, "parameter"),
        resources=tuple(_resource(each) for each in e.all("resource")),
        areas=tuple(_area(each) for each in e.all("area")),
    )


def _resource(e: Element) -> Resource:
    size = e.said("size")
    return Resource(
        description=e.said("resourceDesc"),
        mime_type=e.said("mimeType"),
        uri=e.said("uri"),
        size=int(size) if size else None,
    )


def _area(e: Element) -> Area:
    return Area(
        description=e.said("areaDesc"),
        polygons=tuple(each.text for each in e.all("polygon")),
        circles=tuple(each.text for each in e.all("circle")),
        geocodes=_pairs(e, "geocode"),
    )
