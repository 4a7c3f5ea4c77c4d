"""OneNET (Studio): services of a thing model, called by its interface.

Enters: a letter, the products' access keys, `now`. Leaves: calls, ids. The token is made for each product: an HMAC over
its resource and an end, by which it runs out. A called service answers later, by a push of kind `reply` that names our
call's id. OneNET publishes no list of calls, so one that timed out is not found again: only its reply can tell.
"""

import binascii
import hmac
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

import msgspec

from zhigan.protocols.carriers.calls.model import (
    Call,
    CallError,
    Carried,
    Doubt,
    Letter,
    answered,
    encoded,
    identified,
)  # fmt: skip
from zhigan.protocols.carriers.lenient import Loose, text
from zhigan.vocabulary.moments import SECOND

_SERVICE: Final = "/thingmodel/call-service"
_VERSION: Final = "2018-10-31"
_TOKEN_S: Final = 3600
_METHOD: Final = "sha256"


class Keys(msgspec.Struct, frozen=True):
    """`products`: product → its access key, in base64 as OneNET shows it."""

    products: Mapping[str, str]


class _Data(msgspec.Struct):
    id: Loose = None


class _Answer(msgspec.Struct):
    code: Loose
    msg: Loose = None
    request_id: Loose = None
    data: _Data | None = None


_ANSWER: Final = msgspec.json.Decoder(_Answer, strict=False)


def token(product: str, key: str, now: int) -> str:
    """`et \\n method \\n res \\n version` under the product's key."""
    resource, until = f"products/{product}", now // SECOND + _TOKEN_S
    try:
        secret = binascii.a2b_base64(key, strict_mode=True)
    except (binascii.Error, ValueError):
        raise CallError(Doubt.REFUSED, f"the access key of OneNET's product {product} is not base64") from None
    plain = f"{until}\n{_METHOD}\n{resource}\n{_VERSION}".encode()
    sign = binascii.b2a_base64(hmac.digest(secret, plain, _METHOD), newline=False).decode()
    return f"version={_VERSION}&res={quote(resource, safe='')}&et={until}&method={_METHOD}&sign={quote(sign, safe='')}"


def create(keys: Keys, letter: Letter, now: int) -> Call:
    key = keys.products.get(letter.product)
    if not letter.product or not letter.name:
        raise CallError(Doubt.REFUSED, "OneNET's product and device name are not known; it has pushed nothing yet")
    if key is None:
        raise CallError(
            Doubt.REFUSED, f"there is no access key for OneNET's product {letter.product} (ZHIGAN_ONENET_ACCESS_KEYS)"
        )
    if letter.told.raw:
        raise CallError(Doubt.REFUSED, "OneNET's interface calls services of a thing model; this device reads bytes")
    body = {
        "product_id": letter.product,
        "device_name": letter.name,
        "identifier": letter.told.service,
        "params": letter.told.params,
    }
    headers = {"authorization": token(letter.product, key, now), "Content-Type": "application/json"}
    return Call(method="POST", path=_SERVICE, headers=headers, body=encoded(body))


def created(status: int, body: bytes) -> Carried:
    answer = answered(status, body, _ANSWER)
    if text(answer.code) != "0":
        raise CallError(Doubt.REFUSED, f"OneNET refused it: {text(answer.code)} {text(answer.msg)}")
    named = text(answer.data.id) if answer.data is not None else ""
    return Carried(identified(named or answer.request_id))
