"""CTWing / AEP: commands by its signed interface.

Enters: a letter, the application's key and secret, the product's MasterKey, CTWing's time. Leaves: calls; ids, states.
The signature is over the application, the time, each signed parameter as `name:value` in the order of names, and the
body, a line each, by HMAC-SHA1. Its clock is asked for (`/echo`), for it refuses who is minutes off.
"""

import binascii
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

import msgspec

from zhigan.protocols.carriers.calls.model import (
    TTL_MAX_S,
    Call,
    CallError,
    Carried,
    Doubt,
    Letter,
    answered,
    encoded,
    identified,
)  # fmt: skip
from zhigan.protocols.carriers.devices import Told
from zhigan.protocols.carriers.lenient import Loose, text
from zhigan.vocabulary.moments import SECOND, SHANGHAI, to_datetime, to_micros

_COMMAND: Final = "/aep_device_command/command"
_COMMANDS: Final = "/aep_device_command/commands"
_CREATE_VERSION: Final = "20190712225145"
_QUERY_VERSION: Final = "20190712225241"
_LIST_VERSION: Final = "20200814163736"
_SDK: Final = "GIT: a4fb7fca"
_HEX: Final = 2
_PAGE: Final = "40"
ECHO: Final = Call(method="GET", path="/echo")
TIME_HEADER: Final = "x-ag-timestamp"


class Keys(msgspec.Struct, frozen=True):
    """`masters`: product → its MasterKey."""

    application: str
    secret: str
    masters: Mapping[str, str]


class _Command(msgspec.Struct, rename="camel"):
    command_id: Loose = None
    command_status: Loose = None
    result_code: Loose = None
    create_time: Loose = None
    create_by: Loose = None
    operator: Loose = None
    command: msgspec.Raw = msgspec.Raw()
    content: msgspec.Raw = msgspec.Raw()


class _One(msgspec.Struct):
    code: int
    msg: Loose = None
    result: _Command | None = None


class _Page(msgspec.Struct):
    commands: list[_Command] = msgspec.field(default_factory=list[_Command], name="list")


class _Many(msgspec.Struct):
    code: int
    msg: Loose = None
    result: _Page | None = None


_ONE: Final = msgspec.json.Decoder(_One, strict=False)
_MANY: Final = msgspec.json.Decoder(_Many, strict=False)
_STATES: Final = (
    ("完成", "SUCCESSFUL"), ("成功", "SUCCESSFUL"), ("送达", "DELIVERED"), ("超时", "TIMEOUT"), ("过期", "EXPIRED"),
    ("失败", "FAILED"), ("取消", "FAILED"),
)  # fmt: skip
"""What is not among these is on its way, and the push will tell."""


def signature(application: str, secret: str, millis: int, signed: Mapping[str, str], body: bytes) -> str:
    lines = [f"application:{application}", f"timestamp:{millis}"]
    lines += [f"{name}:{signed[name]}" for name in sorted(signed)]
    plain = "\n".join(lines).encode() + b"\n" + (body + b"\n" if body else b"")
    return binascii.b2a_base64(hmac.digest(secret.encode(), plain, "sha1"), newline=False).decode()


def content(told: Told) -> dict[str, object]:
    if told.raw:
        return {"payload": told.raw.hex().upper(), "dataType": _HEX}
    return {"params": told.params, "serviceIdentifier": told.service}


def create(keys: Keys, letter: Letter, now: int) -> Call:
    product = letter.product
    if not product.isdecimal():
        raise CallError(Doubt.REFUSED, "CTWing's product of this device is not known; it has pushed nothing yet")
    body = {
        "content": content(letter.told),
        "deviceId": letter.device,
        "operator": letter.mark,
        "productId": int(product),
        "ttl": min(letter.ttl_s, TTL_MAX_S),
        "level": 1,
    }
    return _signed(keys, Call(method="POST", path=_COMMAND, body=encoded(body)), product, _CREATE_VERSION, now)


def created(status: int, body: bytes) -> Carried:
    answer = answered(status, body, _ONE)
    if answer.code != 0:
        raise CallError(Doubt.REFUSED, f"CTWing refused it: {answer.code} {text(answer.msg)}")
    return _carried(answer.result or _Command())


def listed(keys: Keys, letter: Letter, since: int, now: int) -> Call:
    """The device's commands of late, newest first."""
    asked = {
        "productId": letter.product,
        "deviceId": letter.device,
        "startTime": _spelt(since),
        "endTime": _spelt(now),
        "pageNow": "1",
        "pageSize": _PAGE,
    }
    return _signed(
        keys, Call(method="GET", path=_COMMANDS, query=tuple(asked.items())), letter.product, _LIST_VERSION, now
    )


def found(status: int, body: bytes) -> list[Carried]:
    answer = answered(status, body, _MANY)
    if answer.code != 0:
        raise CallError(Doubt.UNKNOWN, f"CTWing does not list commands: {answer.code} {text(answer.msg)}")
    return [_carried(one) for one in (answer.result or _Page()).commands]


def query(keys: Keys, product: str, device: str, command: str, now: int) -> Call:
    asked = {"productId": product, "deviceId": device, "commandId": command}
    return _signed(keys, Call(method="GET", path=_COMMAND, query=tuple(asked.items())), product, _QUERY_VERSION, now)


def server_time(header: str) -> int | None:
    """CTWing's time in µs, from the header of its echo."""
    return int(header) * 1000 if header.isdecimal() else None


def _signed(keys: Keys, call: Call, product: str, version: str, now: int) -> Call:
    master = keys.masters.get(product)
    if master is None:
        raise CallError(
            Doubt.REFUSED, f"there is no MasterKey for CTWing's product {product} (ZHIGAN_CTWING_MASTER_KEYS)"
        )
    millis = now // 1000
    signed = {**dict(call.query), "MasterKey": master}
    headers = {
        "application": keys.application,
        "timestamp": str(millis),
        "version": version,
        "signature": signature(keys.application, keys.secret, millis, signed, call.body),
        "MasterKey": master,
        "Date": format_datetime(to_datetime(now).astimezone(UTC), usegmt=True),
        "sdk": _SDK,
        "Content-Type": "application/json; charset=UTF-8",
    }
    return msgspec.structs.replace(call, headers=headers)


def _spelt(at: int) -> str:
    return to_datetime(at).astimezone(SHANGHAI).strftime("%Y%m%d%H%M%S")


def _carried(command: _Command) -> Carried:
    said = text(command.result_code)
    status = text(command.command_status)
    result = said or next((word for part, word in _STATES if part in status), "")
    inside = bytes(command.command) or bytes(command.content)
    return Carried(
        identified(command.command_id), result, _moment(command.create_time),
        text(command.operator) or text(command.create_by), inside,
    )  # fmt: skip


def _moment(value: Loose) -> int | None:
    """Milliseconds, or a time of Beijing."""
    spelt = text(value)
    if spelt.isdecimal():
        return int(spelt) * 1000 if len(spelt) > 10 else int(spelt) * SECOND
    try:
        when = datetime.fromisoformat(spelt)
    except ValueError:
        return None
    return to_micros(when if when.tzinfo else when.replace(tzinfo=SHANGHAI))
