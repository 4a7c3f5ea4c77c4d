"""Field maps: which of our facts stands under which of another side's names. Data that people edit; pure.

Enters: a map's rows, facts by name, the codes of the other side. Leaves: a tree in the other side's names, or all that
is wrong with the rows and where. What we do not know is left out. Absent: whole documents, which each outlet has of its
own (dispatch: cases; upward: installations and states), and bytes.
"""

import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from zhigan.vocabulary.moments import SHANGHAI
from zhigan.vocabulary.trees import NAME, Tree, put

MOST_BYTES = 64 * 1024
MOST_FIELDS = 200
Times = Literal["rfc3339", "beijing", "compact"]
FORMS: dict[str, str] = {"beijing": "%Y-%m-%d %H:%M:%S", "compact": "%Y%m%d%H%M%S"}
Codes = Mapping[str, Mapping[str, str | int]]


class Field(msgspec.Struct, frozen=True, kw_only=True, rename={"source": "from"}, forbid_unknown_fields=True):
    """`from` names a fact, `value` is said as it stands, `each` makes a list; `codes` turns our word into theirs;
    `acts`: only in these."""

    to: str
    source: str = ""
    value: str | int | float | bool | None = None
    codes: str = ""
    each: str = ""
    fields: list["Field"] = []
    acts: list[str] = []


class Answers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an answer is read: `ok` stands at `at` of a 2xx answer; `again`: it has that message already. Without `at`
    any 2xx is a receipt."""

    at: str = ""
    ok: list[str] = []
    again: list[str] = []
    number: list[str] = []
    text: list[str] = []


class Flaw(msgspec.Struct, frozen=True):
    """`where` is a path into the document; `line` is set where it is no JSON."""

    where: str
    what: str


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What rows may name. `never` says why a name of theirs may not be written; None: it may."""

    facts: Mapping[str, str]
    each: Mapping[str, Mapping[str, str]] = {}
    codes: Container[str] = ()
    acts: Sequence[str] = ()
    never: Callable[[str], Flaw | None] = lambda _name: None


_MEMBER = re.compile(r"Object (?P<what>contains unknown|missing required) field `(?P<name>[^`]*)`")


def misshapen(message: str) -> Flaw:
    """The library's sentence, with the place before it."""
    message, _, path = message.partition(" - at `")
    path = path.rstrip("`").lstrip("$.")
    member = _MEMBER.fullmatch(message)
    if member is None:
        return Flaw(path or "map", message.replace("`", "'"))
    where = f"{path}.{member['name']}".lstrip(".")
    if member["what"] == "missing required":
        return Flaw(where, "is required")
    return Flaw(where, "there is no such member")


def wrong_headers(headers: Mapping[str, str]) -> Iterator[Flaw]:
    for name, value in headers.items():
        if not name.isascii() or not name or any(c in name + value for c in "\r\n:"):
            yield Flaw(f"headers.{name}", "a name and a value in one line")


def wrong_field(field: Field, where: str, known: Known) -> Iterator[Flaw]:
    yield from _wrong_name(field, where, known)
    if sum([bool(field.source), field.value is not None, bool(field.each)]) != 1:
        yield Flaw(where, "one of from, value, each")
    if field.source and field.source not in known.facts:
        yield Flaw(f"{where}.from", f"one of {', '.join(sorted(known.facts))}")
    if field.codes and field.codes not in known.codes:
        yield Flaw(f"{where}.codes", "one of the tables in codes")
    if field.each:
        yield from _wrong_each(field, where, known)


def _wrong_name(field: Field, where: str, known: Known) -> Iterator[Flaw]:
    names = field.to.split(".")
    if not all(NAME.fullmatch(name) for name in names):
        yield Flaw(f"{where}.to", "names joined by dots")
    why = next((why for name in names if (why := known.never(name)) is not None), None)
    if why is not None:
        yield Flaw(f"{where}.to", why.what)
    if any(act not in known.acts for act in field.acts):
        yield Flaw(f"{where}.acts", f"one of {', '.join(known.acts)}")


def _wrong_each(field: Field, where: str, known: Known) -> Iterator[Flaw]:
    if field.each not in known.each:
        yield Flaw(f"{where}.each", f"one of {', '.join(sorted(known.each))}")
        return
    if not field.fields:
        yield Flaw(f"{where}.fields", "is required")
    inside = msgspec.structs.replace(known, facts=known.each[field.each])
    for n, inner in enumerate(field.fields):
        yield from wrong_field(inner, f"{where}.fields[{n}]", inside)


def row(fields: Sequence[Field], told: Mapping[str, object], codes: Codes, times: str) -> dict[str, Tree]:
    """One record in their names."""
    built: dict[str, Tree] = {}
    for field in fields:
        value = value_of(field, told, codes, times)
        if value is not None and value != "":
            put(built, field.to, value)
    return built


def value_of(field: Field, told: Mapping[str, object], codes: Codes, times: str) -> Tree:
    value = told.get(field.source) if field.source else field.value
    if isinstance(value, datetime):
        value = stamp(value, times)
    if field.codes and value is not None:
        table = codes.get(field.codes, {})
        return table.get(str(value), table.get("*", ""))
    return value if isinstance(value, str | int | float | bool) else None


def stamp(at: datetime, form: str) -> str:
    local = at.astimezone(SHANGHAI)
    return local.strftime(FORMS[form]) if form in FORMS else local.isoformat(timespec="seconds")
