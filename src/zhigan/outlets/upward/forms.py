"""The forms of reporting upward: devices, states and counts as documents, by a map that is data; answers read. Pure.

Enters: a map's text, facts, an answer's status and body. Leaves: a checked map or what is wrong with it; requests ready
for the wire; what the platform above said, in the house's five words. Absent: sockets, secrets at rest, retries.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal

import msgspec

from zhigan.outlets.upward.model import Day, Device, Item, Kind, Target, Word
from zhigan.protocols import gb26875_8
from zhigan.protocols.couriers import mapped
from zhigan.protocols.couriers.model import Answer, Request
from zhigan.vocabulary import devices as device_words
from zhigan.vocabulary.fieldmaps import (
    MOST_BYTES,
    MOST_FIELDS,
    Answers,
    Field,
    Flaw,
    Known,
    Times,
    misshapen,
    row,
    wrong_field,
    wrong_headers,
)
from zhigan.vocabulary.trees import NAME, Tree, put, said

TYPES = {"json": "application/json; charset=utf-8", "xml": "application/xml; charset=utf-8"}
_DEVICE = {
    "id": "our own id of the device",
    "serial": "the 27 characters of GB/T 45839 where they are on our books, else our own id",
    "name": "name",
    "type": "our word for its kind",
    "category": "its kind in Chinese",
    "maker": "maker",
    "model": "model",
    "company": "the first four characters of the serial, where it has 27",
    "net": "the two characters of the network in the serial",
    "unit": "name of the unit",
    "unit_code": "code of the unit",
    "unit_address": "address of the unit",
    "uscc": "unified social credit code",
    "building": "name of the building",
    "place": "place of installation, from the building down to the spot",
    "area": "administrative code, six digits",
    "industry": "industry",
    "community": "community",
    "organization": "organisation",
    "lon": "longitude, WGS-84",
    "lat": "latitude, WGS-84",
    "made_on": "production date",
    "active_at": "date of installation",
    "responsible": "the person responsible, where the record says that people are told of",
    "mobile": "that person's telephone",
    "token": "what the login answered",
    "account": "our account there",
}
SOURCES: dict[Kind, dict[str, str]] = {
    Kind.INSTALL: _DEVICE,
    Kind.STATUS: {**_DEVICE, "status": "alarm, fault, shielded, tamper, offline, low_battery or normal", "at": "since"},
    Kind.COUNTS: {
        "day": "the day, 2026-01-31",
        "alarms": "states `alarm` that it acknowledged on that day",
        "faults": "likewise `fault`",
        "statuses": "all states",
        "installs": "installation records",
        "devices": "devices that it knows of from us",
        "token": "what the login answered",
        "account": "our account there",
    },
    Kind.LOGIN: {"account": "our account there", "secret": "its password"},
}


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of document. `each`: where its records stand; without it a document is one record (or, where `most` is
    more than one, a bare list of them in JSON). `element`: the root in XML."""

    path: Annotated[str, msgspec.Meta(max_length=200)]
    each: str = ""
    element: str = ""
    most: Annotated[int, msgspec.Meta(ge=1, le=500)] = 1
    fields: list[Field] = []
    head: list[Field] = []


class Login(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is sent to log in, where the token stands in the answer, and for how long it is used. It then goes in
    `header`; `{token}` stands for it in `as`."""

    path: Annotated[str, msgspec.Meta(max_length=200)]
    element: str = ""
    fields: list[Field] = []
    token: str
    header: Annotated[str, msgspec.Meta(max_length=60)] = "Authorization"
    shown: str = msgspec.field(default="{token}", name="as")
    minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)] = 55


class Map(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    format: Literal[1]
    form: Literal["json", "xml"]
    namespace: str = ""
    times: Times = "beijing"
    headers: dict[str, str] = {}
    codes: dict[str, dict[str, str | int]] = {}
    login: Login | None = None
    install: Part | None = None
    status: Part | None = None
    counts: Part | None = None
    answer: Answers = Answers()


_decoder = msgspec.json.Decoder(Map)


def checked(document: str) -> Map | list[Flaw]:
    """The map, or everything that is wrong with it and where."""
    if len(document.encode()) > MOST_BYTES:
        return [Flaw("map", f"at most {MOST_BYTES // 1024} KiB")]
    try:
        made = _decoder.decode(document)
    except msgspec.ValidationError as error:
        return [misshapen(str(error))]
    except msgspec.MsgspecError as error:
        return [Flaw("map", f"is no JSON: {error}")]
    wrong = list(_wrong(made))
    return wrong or made


def part(made: Map, kind: Kind) -> Part | None:
    parts: dict[Kind, Part | None] = {
        Kind.INSTALL: made.install, Kind.STATUS: made.status, Kind.COUNTS: made.counts,
    }  # fmt: skip
    return parts.get(kind)


def _wrong(made: Map) -> Iterator[Flaw]:
    if made.install is None and made.status is None:
        yield Flaw("status", "is required")
    yield from wrong_headers(made.headers)
    for kind in (Kind.INSTALL, Kind.STATUS, Kind.COUNTS):
        if (one := part(made, kind)) is not None:
            yield from _wrong_part(made, kind, one)
    if made.login is not None:
        yield from _wrong_way(made, Kind.LOGIN, made.login.path, made.login.element)
        yield from _wrong_fields(made, Kind.LOGIN, "login.fields", made.login.fields)
        yield from wrong_headers({made.login.header: made.login.shown.replace(":", "")})


def _wrong_part(made: Map, kind: Kind, one: Part) -> Iterator[Flaw]:
    yield from _wrong_way(made, kind, one.path, one.element)
    if one.each and not all(NAME.fullmatch(name) for name in one.each.split(".")):
        yield Flaw(f"{kind}.each", "names joined by dots")
    if made.form == "xml" and one.most > 1 and not one.each:
        yield Flaw(f"{kind}.each", "is required")
    if not one.fields:
        yield Flaw(f"{kind}.fields", "is required")
    yield from _wrong_fields(made, kind, f"{kind}.fields", one.fields)
    yield from _wrong_fields(made, kind, f"{kind}.head", one.head)


def _wrong_way(made: Map, kind: Kind, path: str, element: str) -> Iterator[Flaw]:
    if path and (not path.startswith("/") or any(c.isspace() for c in path)):
        yield Flaw(f"{kind}.path", "a path that begins with /")
    if made.form == "xml" and not NAME.fullmatch(element):
        yield Flaw(f"{kind}.element", "the name of an XML element")


def _wrong_fields(made: Map, kind: Kind, where: str, fields: Sequence[Field]) -> Iterator[Flaw]:
    if len(fields) > MOST_FIELDS:
        yield Flaw(where, f"at most {MOST_FIELDS} of them")
    known = Known(facts=SOURCES[kind], codes=made.codes)
    for n, field in enumerate(fields):
        yield from wrong_field(field, f"{where}[{n}]", known)


# -- facts


def device_facts(device: Device, target: Target) -> dict[str, object]:
    whole = len(device.serial) == 27
    place = " ".join(text for text in (device.building, _floor(device.floor), device.flat, device.place) if text)
    return {
        "id": device.id,
        "serial": device.serial or device.id,
        "name": device.name or device.place or device.serial or device.id,
        "type": device.type,
        "category": _category(device.type),
        "maker": device.maker,
        "model": device.model,
        "company": device.serial[:4] if whole else device.maker,
        "net": device.serial[4:6] if whole else "",
        "unit": device.unit_name,
        "unit_code": device.unit_code,
        "unit_address": device.unit_address,
        "uscc": device.uscc,
        "building": device.building,
        "place": place,
        "area": device.area[:6],
        "industry": device.industry,
        "community": device.community,
        "organization": device.org,
        "lon": device.lon,
        "lat": device.lat,
        "made_on": device.made_on,
        "active_at": device.installed_on,
        "responsible": device.responsible if target.people else "",
        "mobile": device.mobile if target.people else "",
    }


def _floor(floor: str) -> str:
    return f"{floor}层" if floor.lstrip("-").isdigit() else floor


def _category(type_: str) -> str:
    found = device_words.BY_NAME.get(type_)
    return found.zh if found is not None else type_


def can_say(made: Map, word: Word) -> bool:
    """Has the form a code for it? A state that it has none for is not sent under another's name."""
    if made.status is None:
        return False
    tables = [made.codes.get(field.codes, {}) for field in made.status.fields if field.source == "status"]
    named = [table for table in tables if table]
    return all(word.value in table or "*" in table for table in named)


# -- outward


def document(made: Map, kind: Kind, records: Sequence[Mapping[str, object]]) -> bytes:
    one = part(made, kind)
    if one is None:
        raise ValueError(f"the map has no {kind}")
    rows: list[Tree] = [row(one.fields, record, made.codes, made.times) for record in records]
    if not one.each:
        only = rows[0] if one.most == 1 or made.form == "xml" else rows
        return _written(made, one.element, only)
    tree = row(one.head, records[0] if records else {}, made.codes, made.times)
    put(tree, one.each, rows)
    return _written(made, one.element, tree)


def _written(made: Map, element: str, tree: Tree) -> bytes:
    if made.form == "xml":
        return gb26875_8.write(element, made.namespace, tree if isinstance(tree, dict) else {})
    return msgspec.json.encode(tree)


def status_facts(device: Device, target: Target, item: Item) -> dict[str, object]:
    return {**device_facts(device, target), "status": item.word.value, "at": item.at}


def counts_facts(day: Day) -> dict[str, object]:
    return msgspec.structs.asdict(day)


def login(target: Target, made: Map) -> Request | None:
    way = made.login
    if way is None:
        return None
    facts: dict[str, object] = {"account": target.account, "secret": target.secret}
    body = _written(made, way.element, row(way.fields, facts, made.codes, made.times))
    headers = {"content-type": TYPES[made.form], **made.headers}
    return Request(method="POST", url=target.url.rstrip("/") + way.path, headers=headers, body=body)


def token(made: Map, body: bytes) -> str:
    """What the login answered; empty where it gave none."""
    tree = _read(made, body)
    return said(tree, made.login.token) if made.login is not None and tree is not None else ""


def request(target: Target, made: Map, kind: Kind, body: bytes, key: str, shown: str) -> Request:
    """`shown`: the token got by logging in; without a login our secret is the bearer token."""
    one = part(made, kind)
    headers = {"content-type": TYPES[made.form], "idempotency-key": key, **made.headers}
    if made.login is not None:
        headers[made.login.header] = made.login.shown.replace("{token}", shown)
    elif target.secret:
        headers["authorization"] = f"Bearer {target.secret}"
    url = target.url.rstrip("/") + (one.path if one is not None else "")
    return Request(method="POST", url=url, headers=headers, body=body)


def answer(made: Map, status: int, body: bytes) -> Answer:
    return mapped.answer(made.answer, lambda: _read(made, body), status)


def _read(made: Map, body: bytes) -> Tree:
    """None: nothing of that form."""
    try:
        if made.form == "xml":
            return gb26875_8.read(body).tree
        return msgspec.json.decode(body)
    except (gb26875_8.Unreadable, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
