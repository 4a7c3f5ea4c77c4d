"""Field maps: which of our facts stands under which name of a command centre. Data, checked with errors that say where.

Enters: a document (JSON) as a person edited it; a `Case`; what a centre sent. Leaves: a `Map` or what is wrong with it;
a tree of the centre's names; what the centre said. Pure. The fire service's own grade (火警等级) can stand in no map.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Literal

import msgspec

from zhigan.outlets.dispatch.model import Act, Adapter, Case, Misread, Stage, Told
from zhigan.outlets.dispatch.texts import EACH, SOURCES, facts, items
from zhigan.protocols.gb26875_8 import NAME
from zhigan.protocols.xft3017 import GRADES
from zhigan.vocabulary.moments import SHANGHAI
from zhigan.vocabulary.trees import Tree, any_of, found, put, said

MOST_BYTES = 64 * 1024
MOST_FIELDS = 200
GRADE_WORDS = ("火警等级", "警情等级")
Times = Literal["rfc3339", "beijing", "compact"]
FORMS: dict[str, str] = {"beijing": "%Y-%m-%d %H:%M:%S", "compact": "%Y%m%d%H%M%S"}


class Field(msgspec.Struct, frozen=True, kw_only=True, rename={"source": "from"}, forbid_unknown_fields=True):
    """`from` names a fact, `value` is said as it stands, `each` makes a list; `codes` turns our word into theirs;
    `acts`: only in these."""

    to: str
    source: str = ""
    value: str | int | float | bool | None = None
    codes: str = ""
    each: str = ""
    fields: list["Field"] = []
    acts: list[Act] = []


class Answers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an answer is read: `ok` stands at `at` of a 2xx answer; `again`: it has that message already. Without `at`
    any 2xx is a receipt."""

    at: str = ""
    ok: list[str] = []
    again: list[str] = []
    number: list[str] = []
    text: list[str] = []


class Feedback(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a centre's word on an incident is read: one stage at `stage` by `stages`, or several moments at `times`."""

    incident: list[str] = []
    key: list[str] = []
    stage: list[str] = []
    stages: dict[str, Stage] = {}
    at: list[str] = []
    times: dict[str, Stage] = {}
    text: list[str] = []
    number: list[str] = []
    vehicles: list[str] = []
    people: list[str] = []
    list: str = ""


class Map(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    format: Literal[1]
    adapter: Adapter
    paths: dict[Act, str] = {}
    headers: dict[str, str] = {}
    times: Times = "rfc3339"
    element: dict[Act, str] = {}
    namespace: str = ""
    sender: str = ""
    codes: dict[str, dict[str, str]] = {}
    fields: list[Field] = []
    answer: Answers = Answers()
    feedback: Feedback = Feedback()


class Flaw(msgspec.Struct, frozen=True):
    """`where` is a path into the document; `line` is set where it is no JSON."""

    where: str
    what: str


_decoder = msgspec.json.Decoder(Map)


def checked(document: str, adapter: Adapter) -> Map | list[Flaw]:
    """The map, or everything that is wrong with it and where."""
    if len(document.encode()) > MOST_BYTES:
        return [Flaw("map", f"at most {MOST_BYTES // 1024} KiB")]
    try:
        made = _decoder.decode(document)
    except msgspec.ValidationError as error:
        return [_misshapen(str(error))]
    except msgspec.MsgspecError as error:
        return [Flaw("map", f"is no JSON: {error}")]
    wrong = list(_wrong(made, adapter))
    return wrong or made


_MEMBER = re.compile(r"Object (?P<what>contains unknown|missing required) field `(?P<name>[^`]*)`")


def _misshapen(message: str) -> Flaw:
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


def _wrong(made: Map, adapter: Adapter) -> Iterator[Flaw]:
    if made.adapter is not adapter:
        yield Flaw("adapter", f"must be {adapter}, as the target's")
    if not made.fields:
        yield Flaw("fields", "is required")
    if len(made.fields) > MOST_FIELDS:
        yield Flaw("fields", f"at most {MOST_FIELDS} of them")
    yield from _wrong_ways(made)
    for n, field in enumerate(made.fields):
        yield from _wrong_field(made, field, f"fields[{n}]", SOURCES)
    yield from _wrong_feedback(made.feedback)


def _wrong_ways(made: Map) -> Iterator[Flaw]:
    """Paths, elements, headers: how a message goes."""
    for act in Act:
        path = made.paths.get(act, "/")
        if not path.startswith("/") or any(c.isspace() for c in path):
            yield Flaw(f"paths.{act}", "a path that begins with /")
        if made.adapter is Adapter.XML and not NAME.fullmatch(made.element.get(act, "")):
            yield Flaw(f"element.{act}", "the name of an XML element")
    if made.adapter is Adapter.CAP:
        if not made.sender or any(c in " ,<&" for c in made.sender):
            yield Flaw("sender", "a name without blanks, comma, < and &")
        if any(field.each for field in made.fields):
            yield Flaw("fields", "a CAP parameter is one text: each makes a list")
    for name, value in made.headers.items():
        if not name.isascii() or not name or any(c in name + value for c in "\r\n:"):
            yield Flaw(f"headers.{name}", "a name and a value in one line")


def _wrong_field(made: Map, field: Field, where: str, known: Mapping[str, str]) -> Iterator[Flaw]:
    names = field.to.split(".")
    if not all(NAME.fullmatch(name) for name in names):
        yield Flaw(f"{where}.to", "names joined by dots")
    if any(name in GRADES or any(word in name for word in GRADE_WORDS) for name in names):
        yield Flaw(f"{where}.to", "is 119's own grade (火警等级): the platform never writes it")
    said_by = [bool(field.source), field.value is not None, bool(field.each)]
    if sum(said_by) != 1:
        yield Flaw(where, "one of from, value, each")
    if field.source and field.source not in known:
        yield Flaw(f"{where}.from", f"one of {', '.join(sorted(known))}")
    if field.codes and field.codes not in made.codes:
        yield Flaw(f"{where}.codes", "one of the tables in codes")
    if field.each:
        if field.each not in EACH:
            yield Flaw(f"{where}.each", f"one of {', '.join(sorted(EACH))}")
            return
        if not field.fields:
            yield Flaw(f"{where}.fields", "is required")
        for n, inner in enumerate(field.fields):
            yield from _wrong_field(made, inner, f"{where}.fields[{n}]", EACH[field.each])


def _wrong_feedback(given: Feedback) -> Iterator[Flaw]:
    if (given.stage or given.times) and not given.incident:
        yield Flaw("feedback.incident", "is required")
    if given.stage and not given.stages:
        yield Flaw("feedback.stages", "is required")


# -- outward


def tree(case: Case, made: Map) -> dict[str, Tree]:
    """The case in the centre's names; what we do not know is left out."""
    told = facts(case)
    built: dict[str, Tree] = {}
    for field in made.fields:
        if field.acts and case.act not in field.acts:
            continue
        if field.each:
            rows: list[Tree] = [_row(field.fields, each, made) for each in items(case, field.each)]
            if rows:
                put(built, field.to, rows)
            continue
        value = _value(field, told, made)
        if value is not None and value != "":
            put(built, field.to, value)
    return built


def _row(fields: list[Field], told: Mapping[str, object], made: Map) -> dict[str, Tree]:
    row: dict[str, Tree] = {}
    for field in fields:
        value = _value(field, told, made)
        if value is not None and value != "":
            put(row, field.to, value)
    return row


def _value(field: Field, told: Mapping[str, object], made: Map) -> Tree:
    value = told.get(field.source) if field.source else field.value
    if isinstance(value, datetime):
        value = stamp(value, made.times)
    if field.codes and value is not None:
        table = made.codes.get(field.codes, {})
        return table.get(str(value), table.get("*", ""))
    return value if isinstance(value, str | int | float | bool) else None


def stamp(at: datetime, form: str) -> str:
    local = at.astimezone(SHANGHAI)
    return local.strftime(FORMS[form]) if form in FORMS else local.isoformat(timespec="seconds")


# -- inward


def moment(text: str) -> datetime | None:
    """A centre's time, in any of the forms that they use; Beijing where no offset is said."""
    text = text.strip().replace("/", "-")
    tries: tuple[Callable[[], datetime], ...] = (
        lambda: datetime.fromisoformat(text),
        lambda: datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=SHANGHAI),
        lambda: datetime.fromtimestamp(int(text) / (1000 if len(text) > 10 else 1), UTC),
    )
    for read in tries[1:] if text.isdigit() and len(text) != 14 else tries:
        try:
            at = read()
            return at if at.tzinfo is not None else at.replace(tzinfo=SHANGHAI)
        except (ValueError, OverflowError, OSError):
            continue
    return None


def told(sent: Tree, rules: Feedback, sender_key: str = "") -> list[Told]:
    """What a centre says; raises `Misread`."""
    rows = found(sent, rules.list) if rules.list else sent
    listed: list[Tree] = rows if isinstance(rows, list) else [rows]
    words = [word for row in listed for word in _told(row, rules, sender_key)]
    if not words:
        where = ", ".join((*rules.stage, *rules.times)) or "feedback"
        raise Misread(f"{where}: says no stage")
    return words


def _told(row: Tree, rules: Feedback, sender_key: str) -> Iterator[Told]:
    named = tuple(text for path in rules.incident if (text := said(row, path)))
    if not named:
        raise Misread(f"{', '.join(rules.incident) or 'incident'}: names no incident")
    more: dict[str, object] = {
        "text": any_of(row, rules.text)[:500],
        "number": any_of(row, rules.number)[:64],
        "vehicles": _whole(any_of(row, rules.vehicles)),
        "people": _whole(any_of(row, rules.people)),
    }
    key = (any_of(row, rules.key) or sender_key)[:200]
    code = any_of(row, rules.stage)
    if code:
        stage = rules.stages.get(code)
        if stage is None:
            raise Misread(f"{', '.join(rules.stage)}: {code[:40]!r} is no stage of this centre's map")
        at = any_of(row, rules.at)
        yield _one(named, key, stage, at, rules.at, more)
    for path, stage in rules.times.items():
        if text := said(row, path):
            yield _one(named, f"{key}/{stage}" if key else "", stage, text, [path], more)


def _one(named: tuple[str, ...], key: str, stage: Stage, at: str, where: list[str], more: dict[str, object]) -> Told:
    read = moment(at) if at else None
    if at and read is None:
        raise Misread(f"{', '.join(where)}: {at[:40]!r} is no time")
    return msgspec.convert({"names": named, "key": key, "stage": stage, "at": read, **more}, Told)


def _whole(text: str) -> int | None:
    return int(text) if text.isdigit() and len(text) < 6 else None
