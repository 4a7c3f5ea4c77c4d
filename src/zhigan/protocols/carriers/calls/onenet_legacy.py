"""OneNET's older console: cached commands to NB-IoT devices, and bytes to devices of its other protocols.

Enters: a letter, the product's MasterKey, `now`. Leaves: calls, ids, what became of a command. An NB-IoT device is told
by its IMEI and by resources: `OBJECT_INSTANCE` with RESOURCE → value is a write (a text `hex:…` is opaque),
`OBJECT_INSTANCE_RESOURCE` an execution with its `args`. Who pushes no IMEI (EDP, MQTT, TCP) gets the bytes themselves.
Both are kept until the device is awake, and both are listed, so that a call that timed out is found again. The list of
cached commands holds no contents: each one's details do.
"""

import re
from collections.abc import Mapping
from datetime import datetime
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
from zhigan.protocols.carriers.devices import Told
from zhigan.protocols.carriers.lenient import Loose, text
from zhigan.vocabulary.moments import SECOND, SHANGHAI, to_datetime, to_micros

_WRITE: Final = "/nbiot/offline"
_EXECUTE: Final = "/nbiot/execute/offline"
_HISTORY: Final = "/nbiot/offline/history"
_BYTES: Final = "/cmds"
_BYTES_HISTORY: Final = "/cmds/history"
_PARTIAL: Final = "2"
_OPAQUE: Final = 1
_HEX: Final = "hex:"
_BYTES_TTL_MAX_S: Final = 2_678_400
_PLACE: Final = re.compile(r"(\d{1,5})_(\d{1,5})(?:_(\d{1,5}))?")
_DIGITS: Final = re.compile(r"(?:[0-9A-F]{2})+")
_PAGE: Final = "40"
_SEND: Final = {"2": "FAILED", "3": "SENT", "4": "EXPIRED", "6": "FAILED"}
"""5, sent and answered, is told apart by the answer; 1, waiting, is not the end."""
_DONE: Final = ("0", "SUCCESS")
_NO_ANSWER: Final = ("5", "TIME_OUT")
_BYTES_STATES: Final = {
    "0": "FAILED", "2": "SENT", "3": "FAILED", "4": "SUCCESSFUL", "5": "TIMEOUT", "6": "DELIVERED",
}  # fmt: skip


class _Named(msgspec.Struct):
    uuid: Loose = None
    cmd_uuid: Loose = None


class _Given(msgspec.Struct):
    errno: Loose
    error: Loose = None
    data: _Named | None = None


class _Cached(msgspec.Struct):
    """One command, as listed or in detail. `args`: the call's query; `content`: its body."""

    cmd_uuid: Loose = None
    create_time: Loose = None
    send_time: Loose = None
    send_status: Loose = None
    confirm_status: Loose = None
    status: Loose = None
    body: Loose = None
    args: dict[str, Loose] = {}
    content: dict[str, object] | str | None = None


class _Detail(msgspec.Struct):
    errno: Loose
    error: Loose = None
    data: _Cached | None = None


class _Items(msgspec.Struct):
    items: list[_Cached] = []


class _List(msgspec.Struct):
    errno: Loose
    error: Loose = None
    data: _Items | None = None


_GIVEN: Final = msgspec.json.Decoder(_Given, strict=False)
_DETAIL: Final = msgspec.json.Decoder(_Detail, strict=False)
_LIST: Final = msgspec.json.Decoder(_List, strict=False)


def create(key: str, letter: Letter, now: int) -> Call:
    """`letter.name` is the IMEI, "" where the device has none."""
    headers = {"api-key": key, "Content-Type": "application/json"}
    until = ("expired_time", _spelt(now + letter.ttl_s * SECOND))
    if not letter.name:
        ttl = ("timeout", str(min(letter.ttl_s, _BYTES_TTL_MAX_S)))
        asked = (("device_id", letter.device), ("qos", "1"), ttl)
        headers["Content-Type"] = "application/octet-stream"
        return Call(method="POST", path=_BYTES, query=asked, headers=headers, body=_bytes(letter.told))
    place = _place(letter.told)
    asked = (("imei", letter.name), *_named(place))
    if len(place) == 3:
        body = encoded(letter.told.params) if letter.told.params else b""
        return Call(method="POST", path=_EXECUTE, query=(*asked, until), headers=headers, body=body)
    asked = (*asked, ("mode", _PARTIAL), until)
    return Call(method="POST", path=_WRITE, query=asked, headers=headers, body=encoded(_written(letter.told)))


def created(status: int, body: bytes) -> Carried:
    answer = answered(status, body, _GIVEN)
    _good(answer.errno, answer.error, Doubt.REFUSED)
    named = answer.data or _Named()
    return Carried(identified(named.uuid or named.cmd_uuid))


def content(letter: Letter) -> bytes:
    """What is compared with what the console has: the place and what is written there, or the bytes."""
    if not letter.name:
        return encoded({"bytes": _bytes(letter.told).hex()})
    place = _place(letter.told)
    said = dict(letter.told.params) if len(place) == 3 else _written(letter.told)
    return encoded({"place": list(place), "said": said})


def listed(key: str, letter: Letter, since: int) -> Call:
    start = ("start", _spelt(since))
    if letter.name:
        asked = (("imei", letter.name), start, ("page", "1"), ("per_page", _PAGE))
        return Call(method="GET", path=_HISTORY, query=asked, headers={"api-key": key})
    asked = (start, ("page", "1"), ("per_page", _PAGE))
    return Call(
        method="GET", path=f"{_BYTES_HISTORY}/{quote(letter.device, safe='')}", query=asked, headers={"api-key": key}
    )


def found(status: int, body: bytes) -> list[Carried]:
    answer = answered(status, body, _LIST)
    _good(answer.errno, answer.error, Doubt.UNKNOWN)
    return [_carried(one) for one in (answer.data or _Items()).items]


def query(key: str, letter: Letter, command: str) -> Call:
    asked = (("imei", letter.name),) if letter.name else ()
    path = f"{_HISTORY if letter.name else _BYTES}/{quote(command, safe='')}"
    return Call(method="GET", path=path, query=asked, headers={"api-key": key})


def detailed(status: int, body: bytes, command: str) -> Carried:
    """A detail does not repeat its id."""
    answer = answered(status, body, _DETAIL)
    _good(answer.errno, answer.error, Doubt.UNKNOWN)
    one = answer.data or _Cached()
    return _carried(msgspec.structs.replace(one, cmd_uuid=command))


def _good(errno: Loose, error: Loose, doubt: Doubt) -> None:
    if text(errno) != "0":
        raise CallError(doubt, f"OneNET refused it: {text(errno)} {text(error)}")


def _place(told: Told) -> tuple[int, ...]:
    found = _PLACE.fullmatch(told.service)
    if told.raw or found is None:
        raise CallError(
            Doubt.REFUSED,
            "OneNET's older console writes to resources: name them as OBJECT_INSTANCE in ZHIGAN_CARRIER_ORDERS,"
            " product legacy",
        )
    return tuple(int(part) for part in found.groups() if part is not None)


def _named(place: tuple[int, ...]) -> list[tuple[str, str]]:
    return [(name, str(number)) for name, number in zip(("obj_id", "obj_inst_id", "res_id"), place, strict=False)]


def _written(told: Told) -> dict[str, object]:
    return {"data": [_resource(name, value) for name, value in told.params.items()]}


def _resource(name: str, value: object) -> dict[str, object]:
    if not name.isdecimal():
        raise CallError(Doubt.REFUSED, f"{name!r} is no resource; OneNET's older console wants its number")
    if isinstance(value, str) and value.startswith(_HEX):
        digits = value.removeprefix(_HEX).upper()
        if not _DIGITS.fullmatch(digits):
            raise CallError(Doubt.REFUSED, f"behind hex: of resource {name} stand pairs of hex digits")
        return {"res_id": int(name), "type": _OPAQUE, "val": digits}
    return {"res_id": int(name), "val": value}


def _bytes(told: Told) -> bytes:
    if not told.raw:
        raise CallError(Doubt.REFUSED, "this device of OneNET's older console reads bytes: give them as hex")
    return told.raw


def _carried(one: _Cached) -> Carried:
    made = _moment(one.create_time) or _moment(one.send_time)
    inside = b""
    if isinstance(one.body, str) and not one.args:
        inside = encoded({"bytes": one.body.strip().lower()})
    elif one.args:
        inside = encoded({"place": _numbers(one.args), "said": _plain(one.content)})
    return Carried(text(one.cmd_uuid).strip(), _result(one), made, "", inside)


def _numbers(args: Mapping[str, Loose]) -> list[int]:
    asked = (text(args.get(name)) for name in ("obj_id", "obj_inst_id", "res_id"))
    return [int(number) for number in asked if number.isdecimal()]


def _plain(said: dict[str, object] | str | None) -> object:
    if isinstance(said, str):
        try:
            return msgspec.json.decode(said) if said else {}
        except msgspec.DecodeError:
            return said
    return said or {}


def _result(one: _Cached) -> str:
    if one.status is not None:
        return _BYTES_STATES.get(text(one.status), "")
    sent, confirmed = text(one.send_status), text(one.confirm_status).upper()
    if sent != "5":
        return _SEND.get(sent, "")
    if not confirmed:
        return "DELIVERED"
    if confirmed in _NO_ANSWER:
        return "TIMEOUT"
    return "SUCCESSFUL" if confirmed in _DONE else "FAILED"


def _spelt(at: int) -> str:
    return to_datetime(at).astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M:%S")


def _moment(value: Loose) -> int | None:
    """A time of Beijing."""
    try:
        when = datetime.fromisoformat(text(value))
    except ValueError:
        return None
    return to_micros(when if when.tzinfo else when.replace(tzinfo=SHANGHAI))
