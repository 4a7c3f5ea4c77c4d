"""What stands on the printed sheet of a walk test: texts only, in one language.

Enters: the test as its page shows it, who prints it and when. Leaves: `Sheet`, set by `sheet.typ` at the press of
incidents. Times are those of Ji'an. Pure. Absent: layout and the type-setter.
"""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Literal

import msgspec

from zhigan.desks.walktest.model import Stranger, Walk, WalkPoint
from zhigan.desks.walktest.sheet_tables import LABELS, RESULTS
from zhigan.incidents import words
from zhigan.vocabulary.devices import BY_NAME
from zhigan.vocabulary.telephones import masked

TEMPLATE = Path(__file__).with_name("sheet.typ")
Language = Literal["zh", "en"]
BEIJING = timezone(timedelta(hours=8))


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    lang: str
    label: dict[str, str]
    subject: str
    head: list[tuple[str, str]]
    running: bool
    more: bool
    points: list[tuple[str, str, str, str, str, str]]
    strangers: list[tuple[str, str, str, str]]
    printed: str


def document(walk: Walk, printer: str, now: datetime, lang: Language) -> Sheet:
    label = {key: pair.zh if lang == "zh" else pair.en for key, pair in LABELS.items()}
    return Sheet(
        lang=lang,
        label=label,
        subject=_joined(walk.unit, _scope(walk, label)),
        head=_head(walk, label),
        running=walk.active,
        more=walk.more,
        points=[_point(p, walk.person, lang) for p in walk.points],
        strangers=[_stranger(s, lang) for s in walk.strangers],
        printed=f"{label['printed']} {printer} · {_time(now)}",
    )


def _scope(walk: Walk, label: dict[str, str]) -> str:
    return _joined(walk.building, walk.floor) or label["whole"]


def _head(walk: Walk, label: dict[str, str]) -> list[tuple[str, str]]:
    outstanding = sum(p.result == "outstanding" for p in walk.points)
    counted = (("total", walk.total), ("answered", walk.answered), ("wrong", walk.wrong), ("outstanding", outstanding))
    ended = "" if walk.active else _joined(_time(walk.ended_at or walk.ends_at), walk.ended_by or label["bytime"])
    rows = [
        ("number", walk.id),
        ("unit", walk.unit),
        ("scope", _scope(walk, label)),
        ("purpose", walk.purpose),
        ("person", _joined(walk.person, masked(walk.phone))),
        ("started", _time(walk.starts_at)),
        ("ended", ended),
        ("counts", _joined(*(f"{label[key]} {n}" for key, n in counted))),
    ]
    return [(label[key], text) for key, text in rows if text]


def _point(p: WalkPoint, tester: str, lang: Language) -> tuple[str, str, str, str, str, str]:
    type_ = BY_NAME.get(p.type)
    kind = p.type if type_ is None else type_.zh if lang == "zh" else type_.en
    result = RESULTS[p.result].zh if lang == "zh" else RESULTS[p.result].en
    said = ", ".join(_conditions(p.conditions, lang)) if p.result == "wrong_condition" else ""
    took = "" if p.took_s is None else f"{p.took_s:.0f} s"
    device = _joined(p.name or p.address, kind)
    who = p.who or (tester if p.answered_at is not None else "")
    return device, p.place, _joined(result, said), _time(p.answered_at), took, _joined(who, p.note, p.instead)


def _stranger(s: Stranger, lang: Language) -> tuple[str, str, str, str]:
    return s.name or s.address, s.place, ", ".join(_conditions(s.conditions, lang)), _time(s.at)


def _conditions(names: list[str], lang: Language) -> list[str]:
    return [words.condition(name, lang) for name in names]


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _time(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
