"""Field maps: which of our facts stands under which name of a command centre. Data, checked with errors that say where.

Enters: a document (JSON) as a person edited it; a `Case`; what a centre sent. Leaves: a `Map` or what is wrong with it;
a tree of the centre's names; what the centre said. Pure. The fire service's own grade (火警等级) can stand in no map.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Literal

import msgspec

from zhigan.outlets.dispatch.model import Act, Adapter, Case, Misread, Stage, Told
from zhigan.outlets.dispatch.texts import EACH, SOURCES, facts, items
from zhigan.protocols.xft3017 import GRADES
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
    stamp,
    value_of,
    wrong_field,
    wrong_headers,
)
from zhigan.vocabulary.moments import SHANGHAI
from zhigan.vocabulary.trees import NAME, Tree, any_of, found, put, said

__all__ = ["Answers", "Feedback", "Field", "Flaw", "Map", "checked", "moment", "stamp", "told", "tree"]

GRADE_WORDS = ("火警等级", "警情等级")


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


_decoder = msgspec.json.Decoder(Map)


def checked(document: str, adapter: Adapter) -> Map | list[Flaw]:
    """The map, or everything that is wrong with it and where."""
    if len(document.encode()) > MOST_BYTES:
        return [Flaw("map", f"at most {MOST_BYTES // 1024} KiB")]
    try:
        made = _decoder.decode(document)
    except msgspec.ValidationError as error:
        return [misshapen(str(error))]
    except msgspec.MsgspecError as error:
        return [Flaw("map", f"is no JSON: {error}")]
    wrong = list(_wrong(made, adapter))
    return wrong or made


def _wrong(made: Map, adapter: Adapter) -> Iterator[Flaw]:
    if made.adapter is not adapter:
        yield Flaw("adapter", f"must be {adapter}, as the target's")
    if not made.fields:
        yield Flaw("fields", "is required")
    if len(made.fields) > MOST_FIELDS:
        yield Flaw("fields", f"at most {MOST_FIELDS} of them")
    yield from _wrong_ways(made)
    known = Known(facts=SOURCES, each=EACH, codes=made.codes, acts=tuple(Act), never=_never)
    for n, field in enumerate(made.fields):
        yield from wrong_field(field, f"fields[{n}]", known)
    yield from _wrong_feedback(made.feedback)


def _wrong_ways(made: Map) -> Iterator[Flaw]:
    """Paths, elements, headers: how a message goes."""
    for act in Act:
        path = made.paths.get(act, "/")
        if not path.startswith("/") or any(c.isspace() for c in path):
            yield Flaw(f"paths.{act}", "a path that begins with /")
        if act is Act.WATER and act not in made.paths:
            continue  # a centre that does not ask for the state of the water is not told it
        if made.adapter is Adapter.XML and not NAME.fullmatch(made.element.get(act, "")):
            yield Flaw(f"element.{act}", "the name of an XML element")
    if made.adapter is Adapter.CAP:
        if not made.sender or any(c in " ,<&" for c in made.sender):
            yield Flaw("sender", "a name without blanks, comma, < and &")
        if any(field.each for field in made.fields):
            yield Flaw("fields", "a CAP parameter is one text: each makes a list")
    yield from wrong_headers(made.headers)


def _never(name: str) -> Flaw | None:
    theirs = name in GRADES or any(word in name for word in GRADE_WORDS)
    return Flaw(name, "is 119's own grade (火警等级): the platform never writes it") if theirs else None


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
            rows: list[Tree] = [row(field.fields, each, made.codes, made.times) for each in items(case, field.each)]
            if rows:
                put(built, field.to, rows)
            continue
        value = value_of(field, told, made.codes, made.times)
        if value is not None and value != "":
            put(built, field.to, value)
    return built


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
