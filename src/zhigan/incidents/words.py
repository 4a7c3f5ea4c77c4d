"""Reasons in words: one sentence in Chinese or English, with the figures that made it true.

Enters: a `Reason`. Leaves: text for people. Absent: judgement, and markup. The rows stand in words_tables.py; a fact
that is missing leaves its bracket out, so that reasons of an older version still read.
"""

import re
from collections.abc import Mapping

from zhigan.incidents.model import Reason
from zhigan.incidents.words_tables import (
    BECAUSE,
    CONDITIONS,
    DESKS,
    HAZARDS,
    OPERATIONS,
    POINTS,
    QUANTITIES,
    REPORTS,
    ROUTINES,
    SENTENCES,
    SOURCES,
    UNKNOWN,
    Words,
)
from zhigan.vocabulary.metrics import BY_NAME
from zhigan.vocabulary.moments import SHANGHAI, to_datetime

Facts = Mapping[str, str | int | float]

_OPTIONAL = re.compile(r"\[([^\]]*)\]")
_FACT = re.compile(r"\{(\w+)\}")
_SPANS = ("seconds", "verify_s", "answer_s")


def sentence(reason: Reason, language: str = "zh") -> str:
    """`language` begins with "zh" or is English."""
    chinese = language.startswith("zh")
    row = SENTENCES.get(reason.why)
    if row is None:
        return reason.why.value
    given = _given(reason.facts, chinese)
    text = _OPTIONAL.sub(lambda found: _if_known(found.group(1), given), _pick(row, chinese))
    return _FACT.sub(lambda found: _known(found.group(1), given, chinese), text)


def condition(name: str, language: str = "zh") -> str:
    """A condition as alarms carry it."""
    row = CONDITIONS.get(name)
    return name if row is None else _pick(row, language.startswith("zh"))


def _pick(row: Words, chinese: bool) -> str:
    return row.zh if chinese else row.en


def _if_known(part: str, given: Mapping[str, str]) -> str:
    names = _FACT.findall(part)
    if not names:  # a closing bracket of what was opened before
        return part if "until" in given else ""
    return part if all(name in given for name in names) else ""


def _known(name: str, given: Mapping[str, str], chinese: bool) -> str:
    if name in given:
        return given[name]
    row = UNKNOWN.get(name)
    return "?" if row is None else _pick(row, chinese)


def _given(facts: Facts, chinese: bool) -> dict[str, str]:
    """Facts as they read."""
    found: dict[str, str] = {}
    for name, value in facts.items():
        text = _text(name, value, chinese)
        if text:
            found[name] = text
    if "value" in facts:
        found["reading"] = _reading(facts, chinese)
    return found


def _text(name: str, value: str | int | float, chinese: bool) -> str:
    if name in _SPANS and not isinstance(value, str):
        return span(value, chinese)
    if name == "until" and isinstance(value, int):
        return to_datetime(value).astimezone(SHANGHAI).strftime("%H:%M")
    if name == "condition":
        return condition(str(value), "zh" if chinese else "en")
    if name in ("holder", "taker"):
        return _desk(str(value), chinese)
    if name == "source":
        return _known_source(str(value), chinese)
    if name in _LISTED:
        return _listed(_LISTED[name], str(value), chinese)
    return number(value) if not isinstance(value, str) else value


_LISTED = {
    "because": BECAUSE,
    "operation": OPERATIONS,
    "report": REPORTS,
    "points": POINTS,
    "hazard": HAZARDS,
    "what": QUANTITIES,
    "routine": ROUTINES,
}


def _desk(said: str, chinese: bool) -> str:
    """ "county:吉州区" as it reads."""
    level, _, whose = said.partition(":")
    text = _pick(DESKS[level], chinese) if level in DESKS else whose
    whose = whose or ("运营单位" if level == "operator" and chinese else "")
    return (_OPTIONAL.sub(r"\1" if whose else "", text)).replace("{}", whose)


def _listed(table: Mapping[str, Words], text: str, chinese: bool) -> str:
    words = [table.get(w.strip()) for w in text.split(",")]
    return ("、" if chinese else ", ").join(_pick(w, chinese) for w in words if w is not None) or text


def _reading(facts: Facts, chinese: bool) -> str:
    metric = BY_NAME.get(str(facts.get("metric", "")))
    name = "" if metric is None else (metric.zh if chinese else metric.name.replace("_", " "))
    unit = str(facts.get("unit", ""))
    shown = f"{name} {_figure(facts['value'])} {unit}".strip()
    if "limit" not in facts:
        return shown
    below = bool(facts.get("below"))
    name = ("，下限 " if below else "，限值 ") if chinese else (", lower limit " if below else ", limit ")
    source = _source(str(facts.get("source", "")), chinese)
    return shown + name + f"{_figure(facts['limit'])} {unit}".strip() + source


def _source(source: str, chinese: bool) -> str:
    said = _known_source(source, chinese)
    return f"，依据 {said}" if said and chinese else f", by {said}" if said else ""


def _known_source(source: str, chinese: bool) -> str:
    row = SOURCES.get(source)
    return source if row is None else _pick(row, chinese)


def _figure(value: str | int | float) -> str:
    return value if isinstance(value, str) else number(value)


def number(value: int | float) -> str:
    """Without a tail of noughts."""
    return str(value) if isinstance(value, int) else f"{value:.3f}".rstrip("0").rstrip(".")


def span(seconds: int | float, chinese: bool) -> str:
    """45 秒 · 1 分 30 秒 · 2 小时 5 分 (to the second below an hour, to the minute above)."""
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    names = (" 小时", " 分", " 秒") if chinese else (" h", " min", " s")
    shown = [(hours, names[0]), (minutes, names[1])] + ([(rest, names[2])] if not hours else [])
    return " ".join(f"{n}{name}" for n, name in shown if n) or f"0{names[2]}"
