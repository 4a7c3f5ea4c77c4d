"""An incident as a partner is told of it, and the bodies of webhooks. Pure.

Enters: an event of the log, the incident's row as it stands. Leaves: facts without people and telephones; CloudEvents
as bytes; Standard Webhooks headers. Absent: CAP (capping.py), HTTP (delivery.py).
"""

import secrets
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime

import msgspec

from zhigan.bus.log import Event
from zhigan.incidents import words
from zhigan.incidents.model import State
from zhigan.incidents.rows import Row
from zhigan.outlets.subscriptions import rules
from zhigan.outlets.subscriptions.model import CloudEvent, Data, Facts, Form, Happened, Known, Nature, Place, Sentence
from zhigan.protocols.couriers import webhooks
from zhigan.vocabulary.events import EventType
from zhigan.vocabulary.moments import SHANGHAI, to_datetime
from zhigan.vocabulary.telephones import masked_text

TYPE = "cn.zhigan119."
TEST = f"{TYPE}subscription.test.v1"
SINGLE = "application/cloudevents+json; charset=utf-8"
BATCH = "application/cloudevents-batch+json; charset=utf-8"
CAP = "application/cap+xml; charset=utf-8"
_encode = msgspec.json.Encoder().encode


def fresh_secret() -> str:
    return webhooks.PREFIX + b64encode(secrets.token_bytes(32)).decode()


def known(row: Row) -> Known:
    return Known(rules.nature(row.outcome, row.flags), row.confirmed_at is not None)


def facts(row: Row) -> Facts:
    place = row.place
    return Facts(
        id=row.id,
        version=row.version,
        queue=row.queue.value,
        grade=row.grade.name,
        kind=row.kind.value,
        state=row.state.value,
        outcome=row.outcome and row.outcome.value,
        cause=row.cause,
        basis=row.basis and row.basis.value,
        nature=known(row).nature,
        place=Place(
            unit_id=place.unit_id,
            unit_code=place.unit_code,
            unit=masked_text(place.unit_name),
            building=masked_text(place.building_name),
            text=masked_text(place.text),
            area=place.owned.area[:6],
            lon=place.lon,
            lat=place.lat,
        ),
        opened_at=local(row.opened_at),
        received_at=local(row.received_at),
        last_signal_at=local(row.last_signal_at),
        confirmed_at=_moment(row.confirmed_at),
        closed_at=_moment(row.closed_at),
        merged_into=row.merged_into,
        alarm_count=row.alarm_count,
        reasons=[
            Sentence(r.why.value, masked_text(words.sentence(r, "zh")), masked_text(words.sentence(r, "en")))
            for r in row.reasons
        ],
    )


def as_it_stood(now: Facts, event: Event) -> Facts:
    """At the moment of the event, for a message that stays as it is. That it was an exercise is said from the start."""
    body = event.body
    state, alarms, version = str(body.get("state", now.state)), body.get("alarms"), body.get("version")
    closed, confirmed = state == State.CLOSED.value, state not in (State.OPEN.value, State.VERIFYING.value)
    return msgspec.structs.replace(
        now,
        version=version if isinstance(version, int) else now.version,
        queue=str(body.get("queue", now.queue)),
        grade=str(body.get("grade", now.grade)),
        kind=str(body.get("kind", now.kind)),
        state=state,
        alarm_count=alarms if isinstance(alarms, int) else now.alarm_count,
        outcome=now.outcome if closed else None,
        cause=now.cause if closed else None,
        closed_at=now.closed_at if closed else None,
        basis=now.basis if confirmed else None,
        confirmed_at=now.confirmed_at if confirmed else None,
        merged_into=now.merged_into if event.type is EventType.INCIDENT_MERGED else None,
    )


def local(micros: int) -> datetime:
    return to_datetime(micros).astimezone(SHANGHAI)


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else local(micros)


def _happened(event: Event) -> Happened:
    body = event.body
    version = body.get("version", 0)
    named = {k: str(body[k]) for k in ("grade", "kind", "state") if k in body}
    return Happened(id=str(event.id), version=version if isinstance(version, int) else 0, **named)


def cloud_event(source: str, event: Event, row: Row | None) -> CloudEvent:
    return CloudEvent(
        id=str(event.id),
        source=source,
        type=f"{TYPE}{event.type.value}.v1",
        subject=f"incident/{event.subject}",
        time=local(event.received_at),
        sequence=str(event.id),
        data=Data(
            event=_happened(event),
            incident=None if row is None else facts(row),
            nature=Nature.ACTUAL if row is None else known(row).nature,
        ),
    )


def test_event(source: str, id_: str, now: datetime) -> CloudEvent:
    """连接检验: it says that it is none."""
    return CloudEvent(
        id=id_,
        source=source,
        type=TEST,
        subject="subscription",
        time=now.astimezone(SHANGHAI),
        sequence="0",
        data=Data(event=Happened(id="0", version=0), incident=None, nature=Nature.TEST),
    )


def body(events: Sequence[CloudEvent], batch: int) -> bytes:
    """Structured mode for one, batched mode where the subscription is for batches, be it only one."""
    return _encode(events[0]) if batch == 1 else _encode(list(events))


def content_type(form: Form, batch: int) -> str:
    if form is Form.CAP:
        return CAP
    return SINGLE if batch == 1 else BATCH


def message_id(subscription: str, first: int, last: int) -> str:
    """The same however often it is sent, and no full stop in it: signatures put one behind the id."""
    span = str(last) if first == last else f"{first}-{last}"
    return f"msg_{subscription.replace('-', '')}_{span}"


def headers(keys: Sequence[str], id_: str, body_: bytes, kind: str, now: datetime) -> dict[str, str]:
    """Signed with the new secret and, while it still holds, with the old one."""
    seconds = int(now.timestamp())
    return {
        "content-type": kind,
        "webhook-id": id_,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(webhooks.signature(key, id_, seconds, body_) for key in keys),
        "user-agent": "zhigan119-webhooks",
    }
