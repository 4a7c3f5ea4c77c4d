"""What stands in the printed report of an incident: texts only, in one language, in the order of the page.

Enters: the incident as its page shows it, its files, who prints it and when. Leaves: `Document`, set by `report.typ`.
Times are those of Ji'an. Pure. Absent: layout (report.typ) and the type-setter (press.py).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Literal

import msgspec

from zhigan.incidents import words
from zhigan.incidents.model import PLATFORM
from zhigan.incidents.report_tables import ACTS, BASES, CODES, GRADES, LABELS, OUTCOMES, STAGES, STATES, Pair
from zhigan.incidents.views import AlarmView, IncidentView, LineView, ReasonView
from zhigan.vocabulary.causes import BY_CODE

Language = Literal["zh", "en"]
Told = tuple[str, str, int, str, str, datetime]
"""A file: name, type, size, sha256, who, when."""
BEIJING = timezone(timedelta(hours=8))
NAMED = 5
"""Alarm points that a line names; the rest is a number."""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """Rows are texts in the order of their columns."""

    lang: str
    label: dict[str, str]
    subject: str
    head: list[tuple[str, str]]
    reasons: list[str]
    verdict: list[tuple[str, str]]
    alarms: list[tuple[str, str, str, str, str]]
    timeline: list[tuple[str, str, str, str]]
    files: list[tuple[str, str, str]]
    printed: str


def document(view: IncidentView, files: Sequence[Told], printer: str, now: datetime, lang: Language) -> Document:
    label = {key: _in(pair, lang) for key, pair in LABELS.items()}
    return Document(
        lang=lang,
        label=label,
        subject=_joined([view.unit.name if view.unit else label["unknown"], view.place]),
        head=_head(view, label, lang),
        reasons=[_sentence(reason, lang) for reason in view.reasons],
        verdict=_verdict(view, label, lang),
        alarms=[_alarm(alarm, label, lang) for alarm in view.alarms],
        timeline=[_line(line, label, lang) for line in view.timeline],
        files=[
            (f"{name} ({type_})", _size(size), _joined([who, _time(at), sha256]))
            for name, type_, size, sha256, who, at in files
        ],
        printed=f"{label['printed']} {printer} · {_time(now)}",
    )


def _head(view: IncidentView, label: Mapping[str, str], lang: Language) -> list[tuple[str, str]]:
    rows = [
        ("number", view.id),
        ("grade", _word(GRADES, view.grade, lang)),
        ("kind", _word(CODES, view.kind, lang)),
        ("state", _word(STATES, view.state, lang)),
        ("unit", _joined([view.unit.name, view.unit.code]) if view.unit else label["unknown"]),
        ("building", view.building.name if view.building else ""),
        ("place", view.place),
        ("position", f"{view.lon:.6f}, {view.lat:.6f}" if view.lon is not None and view.lat is not None else ""),
        ("opened", _time(view.opened_at)),
        ("received", _time(view.received_at)),
        ("claimed", view.claimed_by.name if view.claimed_by else ""),
        ("confirmed", _time(view.confirmed_at)),
        ("closed", _time(view.closed_at)),
        ("merged", ", ".join(view.merged)),
    ]
    return [(label[key], text) for key, text in rows if text]


def _verdict(view: IncidentView, label: Mapping[str, str], lang: Language) -> list[tuple[str, str]]:
    rows = [
        ("basis", _word(BASES, view.basis, lang) if view.basis else ""),
        ("outcome", _word(OUTCOMES, view.outcome, lang) if view.outcome else ""),
        ("cause", _cause(view.cause, lang)),
    ]
    return [(label[key], text) for key, text in rows if text] or [(label["outcome"], label["open"])]


def _alarm(alarm: AlarmView, label: Mapping[str, str], lang: Language) -> tuple[str, str, str, str, str]:
    return (
        _joined([alarm.device.name or alarm.device.code, alarm.component]),
        _joined([words.condition(alarm.condition, lang), alarm.text]),
        _time(alarm.raised_at),
        _time(alarm.cleared_at) or label["standing"],
        str(alarm.count),
    )


def _line(line: LineView, label: Mapping[str, str], lang: Language) -> tuple[str, str, str, str]:
    who = label["platform"] if line.who == PLATFORM else line.who
    what = _joined([_word(ACTS, line.what, lang), *_said(line.detail, lang)])
    return _time(line.at), who, what, line.hash


def _said(detail: Mapping[str, object], lang: Language) -> list[str]:
    """The parts of a line's detail that a reader wants, codes in words."""
    said = [_coded(detail, "grade", GRADES, lang), _coded(detail, "outcome", OUTCOMES, lang)]
    said += [_coded(detail, "basis", BASES, lang), _cause(_text(detail, "cause") or None, lang)]
    reasons = [*_reasons(detail.get("reasons")), *_reasons([detail.get("reason")])]
    said += [_sentence(reason, lang) for reason in reasons] or [_points(detail.get("alarms"))]
    said += [_coded(detail, "stage", STAGES, lang)]
    said += [_text(detail, key) for key in ("target", "number", "said", "note", "name", "into", "incident", "sha256")]
    return said


def _reasons(given: object) -> list[ReasonView]:
    try:
        return msgspec.convert(given, list[ReasonView])
    except msgspec.ValidationError:
        return []


def _points(alarms: object) -> str:
    try:
        listed = msgspec.convert(alarms, list[dict[str, str]])
    except msgspec.ValidationError:
        return ""
    names = [alarm.get("device", "") for alarm in listed[:NAMED]]
    rest = len(listed) - NAMED
    return ", ".join([*filter(None, names), *([f"+{rest}"] if rest > 0 else [])])


def _coded(detail: Mapping[str, object], key: str, table: Mapping[str, Pair], lang: Language) -> str:
    code = _text(detail, key)
    return _word(table, code, lang) if code else ""


def _text(detail: Mapping[str, object], key: str) -> str:
    value = detail.get(key)
    return value if isinstance(value, str) else ""


def _cause(code: str | None, lang: Language) -> str:
    cause = None if code is None else BY_CODE.get(code)
    return (code or "") if cause is None else f"{cause.code} {cause.zh if lang == 'zh' else cause.en}"


def _sentence(reason: ReasonView, lang: Language) -> str:
    return reason.zh if lang == "zh" else reason.en


def _word(table: Mapping[str, Pair], code: str, lang: Language) -> str:
    pair = table.get(code)
    return code if pair is None else _in(pair, lang)


def _in(pair: Pair, lang: Language) -> str:
    return pair.zh if lang == "zh" else pair.en


def _joined(parts: Sequence[str]) -> str:
    return " · ".join(part for part in parts if part)


def _time(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def _size(size: int) -> str:
    return f"{size / 1024:.0f} KiB" if size < 2**20 else f"{size / 2**20:.1f} MiB"
