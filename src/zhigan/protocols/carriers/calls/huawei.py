"""Huawei's two interfaces: OceanConnect's deviceCommands, and IoTDA's async-commands for NB-IoT.

Enters: a letter, a token that was logged in for. Leaves: calls (the logins too), ids, states. Both keep a command until
the device is awake, for as long as `expireTime` says. Bytes go to OceanConnect as the text of `Down_data`, the form of
its published example, and to IoTDA's binary products likewise.
"""

from datetime import UTC
from typing import Final
from urllib.parse import quote, urlencode

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
from zhigan.protocols.carriers.devices import Told
from zhigan.protocols.carriers.lenient import Loose, instant, text
from zhigan.protocols.carriers.model import CarrierError
from zhigan.vocabulary.moments import SECOND, to_datetime

_OCEAN_COMMANDS: Final = "/iocm/app/cmd/v1.4.0/deviceCommands"
_BYTES: Final = ("UP_DOWN", "DOWN", "Down_data")
_OCEAN_TOKEN_S: Final = 3600
_IOTDA_TOKEN_S: Final = 20 * 3600
_IOTDA_TTL_MAX_S: Final = 172_800
_JSON: Final = {"Content-Type": "application/json"}


class OceanKeys(msgspec.Struct, frozen=True):
    application: str
    secret: str


class IotdaKeys(msgspec.Struct, frozen=True):
    """`iam`: where tokens are given out."""

    iam: str
    project: str
    domain: str
    user: str
    password: str


class Token(msgspec.Struct, frozen=True):
    text: str
    until: int


class _Login(msgspec.Struct, rename="camel"):
    access_token: str
    expires_in: Loose = None


class _Command(msgspec.Struct, rename="camel"):
    command_id: Loose = None
    status: Loose = None
    creation_time: Loose = None
    command: msgspec.Raw = msgspec.Raw()


class _Commands(msgspec.Struct):
    data: list[_Command] = []


class _Async(msgspec.Struct):
    command_id: Loose = None
    status: Loose = None
    created_time: Loose = None
    service_id: str = ""
    command_name: str = ""
    paras: dict[str, object] = {}


class _Asyncs(msgspec.Struct):
    commands: list[_Async] = []


_LOGIN: Final = msgspec.json.Decoder(_Login, strict=False)
_COMMAND: Final = msgspec.json.Decoder(_Command, strict=False)
_COMMANDS: Final = msgspec.json.Decoder(_Commands, strict=False)
_ASYNC: Final = msgspec.json.Decoder(_Async, strict=False)
_ASYNCS: Final = msgspec.json.Decoder(_Asyncs, strict=False)


def _parts(told: Told) -> tuple[str, str, dict[str, object]]:
    if told.raw:
        service, method, field = _BYTES
        return service, method, {field: told.raw.hex().upper()}
    return told.service, told.method or told.service, dict(told.params)


def ocean_login(keys: OceanKeys) -> Call:
    body = urlencode({"appId": keys.application, "secret": keys.secret}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return Call(method="POST", path="/iocm/app/sec/v1.1.0/login", headers=headers, body=body)


def ocean_token(status: int, body: bytes, now: int) -> Token:
    answer = answered(status, body, _LOGIN)
    lasts = text(answer.expires_in)
    return Token(answer.access_token, now + (int(lasts) if lasts.isdecimal() else _OCEAN_TOKEN_S) * SECOND)


def ocean_content(told: Told) -> bytes:
    service, method, paras = _parts(told)
    return encoded({"serviceId": service, "method": method, "paras": paras})


def ocean_create(keys: OceanKeys, token: Token, letter: Letter) -> Call:
    body = {
        "deviceId": letter.device,
        "command": msgspec.Raw(ocean_content(letter.told)),
        "expireTime": letter.ttl_s,
        "maxRetransmit": 3,
    }
    return Call(
        method="POST", path=_OCEAN_COMMANDS, query=(("appId", keys.application),),
        headers=_ocean_headers(keys, token), body=encoded(body),
    )  # fmt: skip


def ocean_created(status: int, body: bytes) -> Carried:
    answer = answered(status, body, _COMMAND)
    return Carried(identified(answer.command_id), text(answer.status))


def ocean_listed(keys: OceanKeys, token: Token, device: str, since: int) -> Call:
    start = to_datetime(since).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    asked = (
        ("appId", keys.application),
        ("deviceId", device),
        ("startTime", start),
        ("pageNo", "0"),
        ("pageSize", "50"),
    )
    return Call(method="GET", path=_OCEAN_COMMANDS, query=asked, headers=_ocean_headers(keys, token))


def ocean_found(status: int, body: bytes) -> list[Carried]:
    return [
        Carried(identified(one.command_id), text(one.status), _moment(one.creation_time), "", bytes(one.command))
        for one in answered(status, body, _COMMANDS).data
    ]


def _ocean_headers(keys: OceanKeys, token: Token) -> dict[str, str]:
    return {"app_key": keys.application, "Authorization": f"Bearer {token.text}", **_JSON}


def iotda_login(keys: IotdaKeys) -> Call:
    """IAM's; the token stands in a header of the answer."""
    user = {"name": keys.user, "password": keys.password, "domain": {"name": keys.domain}}
    identity = {"methods": ["password"], "password": {"user": user}}
    body = {"auth": {"identity": identity, "scope": {"project": {"id": keys.project}}}}
    return Call(method="POST", path="/v3/auth/tokens", headers=_JSON, body=encoded(body))


def iotda_token(status: int, header: str, body: bytes, now: int) -> Token:
    answered(status, body or b"{}", msgspec.json.Decoder(dict[str, object]))
    if not header:
        raise CallError(Doubt.NOT_TAKEN, "IAM gave no token")
    return Token(header, now + _IOTDA_TOKEN_S * SECOND)


def iotda_content(told: Told) -> bytes:
    service, name, paras = _parts(told)
    return encoded({"service_id": service, "command_name": name, "paras": paras})


def iotda_create(keys: IotdaKeys, token: Token, letter: Letter) -> Call:
    service, name, paras = _parts(letter.told)
    body = {
        "service_id": service,
        "command_name": name,
        "paras": paras,
        "expire_time": min(letter.ttl_s, _IOTDA_TTL_MAX_S),
        "send_strategy": "delay",
    }
    return Call(method="POST", path=_async_path(keys, letter.device), headers=_iotda_headers(token), body=encoded(body))


def iotda_created(status: int, body: bytes) -> Carried:
    answer = answered(status, body, _ASYNC)
    return Carried(identified(answer.command_id), text(answer.status))


def iotda_query(keys: IotdaKeys, token: Token, device: str, command: str) -> Call:
    path = f"{_async_path(keys, device)}/{quote(command, safe='')}"
    return Call(method="GET", path=path, headers=_iotda_headers(token))


def iotda_listed(keys: IotdaKeys, token: Token, device: str) -> Call:
    path = _async_path(keys, device)
    return Call(method="GET", path=path, query=(("limit", "50"),), headers=_iotda_headers(token))


def iotda_found(status: int, body: bytes) -> list[Carried]:
    return [
        Carried(
            identified(one.command_id), text(one.status), _moment(one.created_time), "",
            encoded({"service_id": one.service_id, "command_name": one.command_name, "paras": one.paras}),
        )
        for one in answered(status, body, _ASYNCS).commands
    ]  # fmt: skip


def _async_path(keys: IotdaKeys, device: str) -> str:
    return f"/v5/iot/{quote(keys.project, safe='')}/devices/{quote(device, safe='')}/async-commands"


def _iotda_headers(token: Token) -> dict[str, str]:
    return {"X-Auth-Token": token.text, **_JSON}


def _moment(value: Loose) -> int | None:
    try:
        return instant(value)
    except CarrierError:
        return None
