"""Another platform's documents → what they say, by a field map that is data. Pure.

Enters: a map's text, a tree (JSON or XML), `now` where a time is judged. Leaves: installs, states, counts, and what was
wrong with each record, by its place. One bad record never costs the good ones beside it. Absent: HTTP, rows, senders.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Final, TypeVar

import msgspec

from zhigan.gateways.platforms.default_tables import CATEGORIES
from zhigan.gateways.platforms.model import (
    FIELDS,
    NEEDED,
    WORDS,
    Counts,
    FieldMap,
    Flaw,
    Install,
    Kind,
    Part,
    Status,
)
from zhigan.vocabulary.moments import SHANGHAI, to_micros
from zhigan.vocabulary.trees import Tree, found, said

T = TypeVar("T")
MAP_MAX: Final = 20_000
RECORDS_MAX: Final = 1000
SERIAL_MAX: Final = 100
TEXT_MAX: Final = 200
_NUMERIC: Final = re.compile(r"\d{10}|\d{13}|\d{14}")
_SERIAL: Final = re.compile(r"[^\s:/]+")


def checked(text: str) -> FieldMap | list[Flaw]:
    """The map, or everything that is wrong with it."""
    if len(text) > MAP_MAX:
        return [Flaw("map", f"at most {MAP_MAX} characters")]
    try:
        made = msgspec.json.decode(text, type=FieldMap)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return [Flaw("map", str(error))]
    wrong = [fault for kind, part in _parts(made) for fault in _wrong(kind, part)]
    paths = [part.path for _, part in _parts(made)] + ([made.login.path] if made.login else [])
    if len(set(paths)) < len(paths):
        wrong.append(Flaw("map.path", "each document has a path of its own"))
    if made.install is None and made.status is None:
        wrong.append(Flaw("map.status", "is required"))
    return wrong or made


def _parts(made: FieldMap) -> list[tuple[Kind, Part]]:
    every: list[tuple[Kind, Part | None]] = [
        ("install", made.install), ("status", made.status), ("counts", made.counts),
    ]  # fmt: skip
    return [(kind, part) for kind, part in every if part is not None]


def _wrong(kind: Kind, part: Part) -> list[Flaw]:
    wrong = [Flaw(f"map.{kind}.fields.{name}", "is required") for name in NEEDED[kind] if not part.fields.get(name)]
    wrong += [
        Flaw(f"map.{kind}.fields.{name}", f"one of {', '.join(FIELDS[kind])}")
        for name in part.fields if name not in FIELDS[kind]
    ]  # fmt: skip
    wrong += [
        Flaw(f"map.{kind}.words.status.{code}", f"one of {', '.join(WORDS)}")
        for code, word in part.words.get("status", {}).items() if word not in WORDS
    ]  # fmt: skip
    return wrong


def asked(made: FieldMap, path: str) -> tuple[Kind, Part] | None:
    return next((both for both in _parts(made) if both[1].path == path), None)


def records(part: Part, tree: Tree) -> list[Tree]:
    """The records of a document: a list wherever it stands, or the document itself."""
    there = found(tree, part.each) if part.each and not isinstance(tree, list) else tree
    if there is None:
        return []
    return there if isinstance(there, list) else [there]


def rows(part: Part, tree: Tree, make: Callable[[Part, Tree, str], T | Flaw]) -> tuple[list[T], list[Flaw]]:
    good: list[T] = []
    bad: list[Flaw] = []
    for number, record in enumerate(records(part, tree)):
        made = make(part, record, f"{part.each or 'record'}[{number}]")
        if isinstance(made, Flaw):
            bad.append(made)
        else:
            good.append(made)
    return good, bad


def install(part: Part, record: Tree, where: str) -> Install | Flaw:
    values = _values(part, record)
    serial = _serial(values, where)
    if isinstance(serial, Flaw):
        return serial
    numbers: dict[str, float | None] = {}
    for name, bound in (("lon", 180.0), ("lat", 90.0)):
        number = _number(values.get(name, ""))
        if number is Wrong or (isinstance(number, float) and abs(number) > bound):
            return Flaw(f"{where}.{name}", f"a number of degrees, not '{values[name][:40]}'")
        numbers[name] = number if isinstance(number, float) else None
    if not numbers["lon"] or not numbers["lat"]:  # zero is how others write that they do not know
        numbers = {"lon": None, "lat": None}
    made_on = values.get("made_on", "")[:10]
    if made_on and _day(made_on) is None:
        return Flaw(f"{where}.made_on", f"a date as 2026-01-31, not '{made_on}'")
    texts = {name: values.get(name, "")[:TEXT_MAX] for name in _TEXTS}
    return Install(
        serial=serial, type=type_of(texts["category"]), lon=numbers["lon"], lat=numbers["lat"], made_on=made_on, **texts
    )


_TEXTS: Final = (
    "name", "category", "unit", "unit_address", "place", "area", "active_at", "maker", "responsible", "mobile",
)  # fmt: skip


def status(part: Part, record: Tree, where: str) -> Status | Flaw:
    values = _values(part, record)
    serial = _serial(values, where)
    if isinstance(serial, Flaw):
        return serial
    code = values.get("status", "")
    word = part.words.get("status", {}).get(code, code)
    if word not in WORDS:
        return Flaw(f"{where}.status", f"a state that the field map names, not '{code[:40]}'")
    at = moment(values.get("at", ""))
    if isinstance(at, str):
        return Flaw(f"{where}.at", f"a time as 2026-01-31 07:25:55, not '{at[:40]}'")
    figures: dict[str, float | None] = {}
    for name in ("signal", "battery"):
        number = _number(values.get(name, ""))
        if number is Wrong:
            return Flaw(f"{where}.{name}", f"a number, not '{values[name][:40]}'")
        figures[name] = number if isinstance(number, float) else None
    return Status(serial=serial, status=word, at=at, type=type_of(values.get("category", "")), **figures)


def counts(part: Part, record: Tree, where: str) -> Counts | Flaw:
    values = _values(part, record)
    if _day(values.get("day", "")) is None:
        return Flaw(f"{where}.day", f"a date as 2026-01-31, not '{values.get('day', '')[:40]}'")
    numbers: dict[str, int | None] = {}
    for name in ("alarms", "faults", "devices"):
        text = values.get(name, "")
        if text and not (text.isascii() and text.isdigit() and len(text) <= 9):
            return Flaw(f"{where}.{name}", f"a count, not '{text[:40]}'")
        numbers[name] = int(text) if text else None
    return Counts(day=values["day"], **numbers)


def type_of(category: str) -> str:
    lowered = category.lower()
    return next((type_ for word, type_ in CATEGORIES if word in lowered), "")


def moment(text: str) -> int | str | None:
    """µs; None where no time stands; a text that is no time as it stands. Without an offset it is Beijing time."""
    if not text:
        return None
    try:
        if _NUMERIC.fullmatch(text):
            if len(text) == 14:
                return to_micros(datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=SHANGHAI))
            return int(text) * (1_000_000 if len(text) == 10 else 1000)
        read = datetime.fromisoformat(text.replace("/", "-"))
        return to_micros(read if read.tzinfo else read.replace(tzinfo=SHANGHAI))
    except (ValueError, OverflowError):
        return text


def _values(part: Part, record: Tree) -> dict[str, str]:
    return {name: text for name, path in part.fields.items() if path and (text := said(record, path))}


def _serial(values: dict[str, str], where: str) -> str | Flaw:
    serial = values.get("serial", "")
    if not serial:
        return Flaw(f"{where}.serial", "is required")
    if len(serial) > SERIAL_MAX or not _SERIAL.fullmatch(serial):
        return Flaw(f"{where}.serial", f"at most {SERIAL_MAX} characters without blanks, colon and slash")
    return serial


class Wrong:
    """Text that should have been a number."""


def _number(text: str) -> "float | type[Wrong] | None":
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        return Wrong
    return number if abs(number) < 1e9 else Wrong


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
