"""Web Push: RFC 8030 requests, RFC 8291 bodies (by the library `http_ece`), RFC 8292 signatures (by `py_vapid`).

Enters: our key, a subscription of a browser, what to say, the moment, a salt and a key of this one message. Leaves: a
request; an answer read. A subscription that is not there any more is gone. Absent: the browser's permission.
"""

import base64
import binascii
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import http_ece
import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

from zhigan.protocols.couriers.model import Answer, Request, Said
from zhigan.protocols.couriers.pushes import TTL_S

LIFE = timedelta(hours=12)
"""Of a signature; push services take at most 24 hours."""
GONE = frozenset({404, 410})
SALT_BYTES, SECRET_BYTES, POINT_BYTES, KEY_BYTES = 16, 16, 65, 32


class Subscription(msgspec.Struct, frozen=True):
    """A browser's: where to post, its public point, and a secret that it shares with us."""

    endpoint: str
    p256dh: str
    auth: str


class Key:
    """Our own key pair (VAPID): browsers know us by `public`."""

    def __init__(self, raw: bytes) -> None:
        """ValueError where it is no private key of P-256."""
        if len(raw) != KEY_BYTES:
            raise ValueError("32 bytes")
        self.private = ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1())
        self.raw = raw
        self.public = encoded(_point(self.private.public_key()))


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """ValueError where it is no base64url."""
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("base64url") from error


def usable(subscription: Subscription) -> bool:
    """Can a message be sealed for it?"""
    try:
        point = decoded(subscription.p256dh)
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        return len(point) == POINT_BYTES and len(decoded(subscription.auth)) == SECRET_BYTES
    except (ValueError, UnsupportedAlgorithm):
        return False


def send(
    key: Key,
    subject: str,
    subscription: Subscription,
    said: bytes,
    topic: str,
    now: datetime,
    salt: bytes,
    own: ec.EllipticCurvePrivateKey,
) -> Request:
    """`topic`: a later message of the same one replaces an earlier that still waits at the push service."""
    body = sealed(subscription, said, salt, own)
    parts = urlsplit(subscription.endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": int((now + LIFE).timestamp()), "sub": subject}
    headers = {
        "authorization": Vapid02(key.private).sign(claims)["Authorization"],
        "content-encoding": "aes128gcm",
        "content-type": "application/octet-stream",
        "ttl": str(TTL_S),
        "urgency": "high",
        "topic": topic[:32],
    }
    return Request(method="POST", url=subscription.endpoint, headers=headers, body=body)


def sealed(subscription: Subscription, said: bytes, salt: bytes, own: ec.EllipticCurvePrivateKey) -> bytes:
    return http_ece.encrypt(
        said, salt=salt, private_key=own, dh=decoded(subscription.p256dh), auth_secret=decoded(subscription.auth),
        version="aes128gcm",
    )  # fmt: skip


def _point(public: ec.EllipticCurvePublicKey) -> bytes:
    return public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def answer(status: int, location: str = "") -> Answer:
    """201 took it; `location` is the message's own address. What is broken there may have taken it."""
    if 200 <= status < 300:
        return Answer(Said.TAKEN, location)
    if status in GONE:
        return Answer(Said.REFUSED, code=str(status), gone=True)
    if status == 429:
        return Answer(Said.LIMITED, code="429")
    if status >= 500:
        return Answer(Said.UNKNOWN, code=str(status))
    return Answer(Said.REFUSED, code=str(status))
