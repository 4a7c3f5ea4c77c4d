"""Events as screens receive them: server-sent events, each written once for all who may see it. Pure.

Enters: an event of the log. Leaves: its bytes, with the log's id as the feed's id, so that a screen resumes where it
stopped. Absent: who may see it (the tailer asks the scope).
"""

import msgspec

from zhigan.bus.log import Event
from zhigan.vocabulary.events import EventType
from zhigan.vocabulary.scopes import Owned

QUEUES = {"desk": "incident", "attention": "attention", "task": "task"}
"""Rows of grade III and IV never travel among the incidents."""

_encode = msgspec.json.Encoder().encode


class Packet(msgspec.Struct, frozen=True):
    id: int
    owned: Owned
    text: bytes


def packet(event: Event) -> Packet:
    return Packet(event.id, event.owned, text(event))


def text(event: Event) -> bytes:
    about, _, _ = event.type.partition(".")
    if event.type is EventType.INCIDENT_LEFT:
        name, data = "left", _encode(event.body)
    elif about == "incident":
        name = QUEUES.get(str(event.body.get("queue")), "incident")
        data = _encode(event.body)
    else:
        name = about
        data = _encode({"type": event.type, "subject": event.subject, **event.body})
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (event.id, name.encode(), data)
