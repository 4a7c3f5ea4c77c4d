"""Which month is meant, and how figures are said. Pure; `now` is an argument."""

import re
from datetime import date, datetime, timedelta

from zhigan.desks.monthly.model import Language, Month
from zhigan.vocabulary.moments import SHANGHAI

_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
_SPANS = ((2 * 86_400, 86_400, "天", "d"), (2 * 3600, 3600, "小时", "h"), (120, 60, "分钟", "min"), (0, 1, "秒", "s"))
NOTHING = "–"


def month(text: str | None, now: datetime) -> Month | None:
    """The last one that is over where none is named; None for what is no month, or one that has not begun."""
    today = now.astimezone(SHANGHAI).date()
    if text:
        found = _MONTH.fullmatch(text)
        first = None if found is None else date(int(found[1]), int(found[2]), 1)
    else:
        first = _earlier(today.replace(day=1))
    if first is None or first > today:
        return None
    end = _midnight((first + timedelta(days=32)).replace(day=1))
    return Month(first, _midnight(_earlier(first)), _midnight(first), min(end, now), now >= end)


def _earlier(first: date) -> date:
    return (first - timedelta(days=1)).replace(day=1)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def span(seconds: int | None, lang: Language) -> str:
    if seconds is None:
        return NOTHING
    _, unit, zh, en = next(each for each in _SPANS if seconds >= each[0])
    return f"{seconds // unit} {zh if lang == 'zh' else en}"


def share(part: int, whole: int) -> str:
    return NOTHING if whole == 0 else f"{100 * part / whole:.1f} %"


def change(now: int, earlier: int) -> str:
    return f"{now - earlier:+d}" if now != earlier else "±0"
