"""Bytes between two installations: CloudEvents batches, signed by Standard Webhooks.

Enters: events. Leaves: a signed body, or events of one. Absent: sockets.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec

from zhigan.federation.model import CloudEvent
from zhigan.protocols.couriers import webhooks

BATCH = "application/cloudevents-batch+json; charset=utf-8"
T = TypeVar("T")
encode = msgspec.json.Encoder().encode
_batch = msgspec.json.Decoder(list[CloudEvent])


class Unreadable(ValueError):
    """Not of the form; the message says where."""


def joined(events: Sequence[bytes]) -> bytes:
    return b"[" + b",".join(events) + b"]"


def batch(body: bytes) -> list[CloudEvent]:
    try:
        return _batch.decode(body)
    except msgspec.DecodeError as error:
        raise Unreadable(str(error)) from error


def read(body: bytes | msgspec.Raw, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, ValueError) as error:
        raise Unreadable(str(error)) from error


def signed(secret: bytes, id_: str, body: bytes, now: datetime) -> dict[str, str]:
    """The headers of a batch."""
    headers = dict(webhooks.send("", secret.decode(), id_, body, now).headers)
    return headers | {"content-type": BATCH}


def holds(secret: bytes, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    return webhooks.holds(secret.decode(), headers, body, now)
