"""Standard Webhooks: who a message is from, and that it is one message however often it comes.

Enters: a secret (`whsec_…`), an id, the moment, the body. Leaves: the three headers, or whether they hold.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from zhigan.protocols.couriers.model import Answer, Request, Said

TOLERANCE_S = 300
PREFIX = "whsec_"


def key(secret: str) -> bytes:
    """ValueError where it is no secret of that form."""
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("whsec_ and base64") from error


def signature(secret: str, id_: str, seconds: int, body: bytes) -> str:
    content = f"{id_}.{seconds}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key(secret), content, hashlib.sha256).digest()).decode()


def send(url: str, secret: str, id_: str, body: bytes, now: datetime) -> Request:
    seconds = int(now.timestamp())
    headers = {
        "content-type": "application/cloudevents+json; charset=utf-8",
        "webhook-id": id_,
        "webhook-timestamp": str(seconds),
        "webhook-signature": signature(secret, id_, seconds, body),
    }
    return Request(method="POST", url=url, headers=headers, body=body)


def holds(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """A list of signatures is allowed, for the time in which keys are changed."""
    id_, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not id_ or not stamp.isdigit() or abs(int(now.timestamp()) - int(stamp)) > TOLERANCE_S:
        return False
    wanted = signature(secret, id_, int(stamp), body)
    return any(hmac.compare_digest(wanted, each) for each in headers.get("webhook-signature", "").split())


def answer(status: int) -> Answer:
    """2xx took it. 410 wants no more. The id makes repeating harmless, so that all else may come again."""
    if 200 <= status < 300:
        return Answer(Said.TAKEN)
    if status == 429:
        return Answer(Said.LIMITED, code="429")
    if status in (400, 401, 403, 404, 405, 410, 413, 415, 422):
        return Answer(Said.REFUSED, code=str(status))
    return Answer(Said.UNKNOWN, code=str(status))
