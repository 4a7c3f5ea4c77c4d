"""China Mobile OneNET: the legacy push ("data-push") and the push of OneNET Studio, open and encrypted.

Enters: a body and the keys that were entered at OneNET. Leaves: reports. Both sign `token + nonce + msg` with MD5: the
legacy form over the raw text of `msg` as it stands in the body (so that text is cut out, never written anew), Studio
over the text that `msg` holds. Encrypted: AES-256-CBC with a frame of its own (legacy), AES-128-CBC (Studio). MD5 is
OneNET's choice; the secret address and the allow-list stand beside it.
"""

import binascii
import re
from hashlib import md5
from hmac import compare_digest
from typing import Final

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from zhigan.protocols.carriers.lenient import Loose, address, base64, counted, decoded, instant, sized, text
from zhigan.protocols.carriers.model import NOTHING, CarrierError, Fault, Payload, Report, ReportKind


class Keys(msgspec.Struct, frozen=True):
    """`token` signs; `aes` is 43 characters (legacy EncodingAESKey) or 16 (Studio), "" where nothing is encrypted."""

    token: str
    aes: str = ""


class _Push(msgspec.Struct):
    msg: msgspec.Raw = msgspec.Raw()
    enc_msg: str = ""
    msg_signature: str = ""
    signature: str = ""
    nonce: str = ""
    time: Loose = None


class _Point(msgspec.Struct):
    """The legacy form's message."""

    type: Loose = None
    dev_id: Loose = None
    imei: Loose = None
    ds_id: Loose = None
    at: Loose = None
    value: msgspec.Raw = msgspec.Raw()
    status: Loose = None
    cmd_type: Loose = None
    cmd_id: Loose = None


class _Told(msgspec.Struct):
    params: dict[str, msgspec.Raw] = {}
    status: Loose = None
    time: Loose = None
    id: Loose = None
    code: Loose = None


class _Notice(msgspec.Struct, rename="camel"):
    """Studio's message."""

    message_type: str
    notify_type: str = ""
    device_id: Loose = None
    device_name: Loose = None
    product_id: Loose = None
    data: _Told = msgspec.field(default_factory=_Told)


class _Valued(msgspec.Struct):
    value: msgspec.Raw = msgspec.Raw()
    time: Loose = None


LEGACY: Final = "legacy"
"""The older console names no product; this stands for it, and its devices' second name is their IMEI, if any."""
_PUSH: Final = msgspec.json.Decoder(_Push)
_POINT: Final = msgspec.json.Decoder(_Point)
_POINTS: Final = msgspec.json.Decoder(list[_Point])
_NOTICE: Final = msgspec.json.Decoder(_Notice)
_VALUED: Final = msgspec.json.Decoder(_Valued)
_TEXT: Final = msgspec.json.Decoder(str)
_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2}){4,}")
_LEGACY_KEY, _STUDIO_KEY = 43, 16
_BLOCK: Final = 16
_DONE: Final = ("", "0", "200")
"""Codes by which a device says that it did what a service asked."""


def signature(token: str, nonce: str, message: bytes) -> str:
    digest = md5(token.encode() + nonce.encode() + message, usedforsecurity=False).digest()
    return binascii.b2a_base64(digest, newline=False).decode()


def verified(keys: Keys, nonce: str, message: str, claimed: str) -> bool:
    """The GET by which OneNET tries an address. A `+` may arrive as a blank."""
    expected = signature(keys.token, nonce, message.encode())
    return compare_digest(expected.encode(), claimed.replace(" ", "+").encode())


def parse(body: bytes, keys: Keys) -> list[Report]:
    push = decoded(_PUSH, body)
    raw = bytes(push.msg)
    if push.enc_msg:
        _check(keys, push.nonce, push.enc_msg.encode(), push.msg_signature)
        return _legacy(_opened(push.enc_msg, keys.aes))
    if raw[:1] == b'"':
        message = decoded(_TEXT, raw)
        _check(keys, push.nonce, message.encode(), push.signature or push.msg_signature)
        plain = message.encode() if message.lstrip()[:1] in ("{", "[") else _opened(message, keys.aes)
        return _studio(plain)
    if raw[:1] not in (b"{", b"["):
        raise CarrierError(Fault.BAD_FIELD, "msg or enc_msg is missing")
    _check(keys, push.nonce, raw, push.msg_signature or push.signature)
    return _legacy(raw)


def _check(keys: Keys, nonce: str, message: bytes, claimed: str) -> None:
    expected = signature(keys.token, nonce, message)
    if not compare_digest(expected.encode(), claimed.encode()):
        raise CarrierError(Fault.BAD_SIGNATURE, "the signature is not that of this text and our token")


def _opened(cipher_text: str, key: str) -> bytes:
    """Both lengths of key; what does not come out whole was not encrypted with ours."""
    if len(key) == _LEGACY_KEY:
        secret = base64(key + "=", "the AES key")
    elif len(key) == _STUDIO_KEY:
        secret = key.encode()
    else:
        raise CarrierError(Fault.NO_KEY, "the push is encrypted, and no AES key is set for OneNET")
    try:
        sealed = binascii.a2b_base64(cipher_text, strict_mode=True)
    except (binascii.Error, ValueError):
        raise CarrierError(Fault.BAD_BASE64, "the encrypted text is not base64") from None
    if not sealed or len(sealed) % _BLOCK:
        raise CarrierError(Fault.BAD_CIPHER, "the encrypted text is cut off")
    opener = Cipher(algorithms.AES(secret), modes.CBC(secret[:_BLOCK])).decryptor()
    padded = opener.update(sealed) + opener.finalize()
    if len(key) == _STUDIO_KEY:
        return _unpadded(padded)
    length = int.from_bytes(padded[_BLOCK : _BLOCK + 4], "big")
    plain = padded[_BLOCK + 4 : _BLOCK + 4 + length]
    if len(plain) != length or not length:
        raise CarrierError(Fault.BAD_CIPHER, "the encrypted text is not of our key")
    return plain


def _unpadded(padded: bytes) -> bytes:
    pad = padded[-1]
    if not 1 <= pad <= _BLOCK or padded[-pad:] != bytes([pad]) * pad:
        raise CarrierError(Fault.BAD_CIPHER, "the encrypted text is not of our key")
    return padded[:-pad]


def _legacy(message: bytes) -> list[Report]:
    points = decoded(_POINTS, message) if message.lstrip()[:1] == b"[" else [decoded(_POINT, message)]
    return [_point(point) for point in counted(points)]


def _point(point: _Point) -> Report:
    device, at = address(point.dev_id), instant(point.at)
    match text(point.type):
        case "1":
            payload, imei = _value(text(point.ds_id), point.value), text(point.imei)
            return Report(kind=ReportKind.DATA, device=device, at=at, payload=payload, product=LEGACY, name=imei)
        case "2":
            return Report(kind=ReportKind.LINK, device=device, at=at, online=text(point.status) == "1")
        case "7":
            command, result = text(point.cmd_id), text(point.cmd_type)
            return Report(kind=ReportKind.COMMAND, device=device, at=at, command=command, result=result)
        case _:
            return Report(kind=ReportKind.OTHER, device=device, at=at, payload=_value(text(point.ds_id), point.value))


def _value(stream: str, value: msgspec.Raw) -> Payload:
    """A data point is a field of its stream's name; a text in it may be the device's own bytes, in hex or plainly."""
    body = bytes(value)
    if body[:1] == b"{":
        return Payload(fields=sized(body, "value"), service=stream)
    fields = msgspec.json.encode({stream: value}) if body else b""
    raw = b""
    if body[:1] == b'"':
        plain = decoded(_TEXT, body)
        raw = bytes.fromhex(plain) if _HEX.fullmatch(plain) else plain.encode()
    return Payload(raw=sized(raw, "value"), fields=sized(fields, "value"), service=stream)


def _studio(message: bytes) -> list[Report]:
    notice = decoded(_NOTICE, message)
    name, product = text(notice.device_name), text(notice.product_id)
    device = address(text(notice.device_id) or name)
    data = notice.data
    match notice.message_type, notice.notify_type:
        case "lifeCycle", _:
            online = {"online": True, "offline": False}.get(text(data.status))
            at, kind = instant(data.time), ReportKind.REGISTRY if online is None else ReportKind.LINK
            return [
                Report(
                    kind=kind, device=device, at=at, product=product, name=name, online=online, result=text(data.status)
                )
            ]
        case "notify", "property":
            at, payload = _properties(data.params)
            return [Report(kind=ReportKind.DATA, device=device, at=at, payload=payload, product=product, name=name)]
        case "notify", "event":
            return [
                Report(kind=ReportKind.EVENT, device=device, at=at, payload=payload, product=product, name=name)
                for at, payload in map(_event, counted(list(data.params.items())))
            ]
        case "reply", _:
            result = "SUCCESSFUL" if text(data.code) in _DONE else "FAILED"
            command = text(data.id)
            return [
                Report(
                    kind=ReportKind.COMMAND, device=device, product=product, name=name, command=command, result=result
                )
            ]
        case _:
            return [Report(kind=ReportKind.OTHER, device=device, product=product, name=name)]


def _properties(params: dict[str, msgspec.Raw]) -> tuple[int | None, Payload]:
    at: int | None = None
    found: dict[str, msgspec.Raw] = {}
    for name, raw in params.items():
        valued = decoded(_VALUED, bytes(raw)) if bytes(raw)[:1] == b"{" else _Valued(raw)
        if bytes(valued.value):
            found[name] = valued.value
        moment = instant(valued.time)
        at = moment if at is None or (moment is not None and moment > at) else at
    return at, Payload(fields=sized(msgspec.json.encode(found), "params")) if found else NOTHING


def _event(item: tuple[str, msgspec.Raw]) -> tuple[int | None, Payload]:
    name, raw = item
    valued = decoded(_VALUED, bytes(raw)) if bytes(raw)[:1] == b"{" else _Valued(raw)
    body = bytes(valued.value)
    fields = body if body[:1] == b"{" else msgspec.json.encode({name: valued.value}) if body else b""
    return instant(valued.time), Payload(fields=sized(fields, "params"), service=name)
