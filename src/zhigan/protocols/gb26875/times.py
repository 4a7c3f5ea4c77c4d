"""Time labels (8.2.2): six bytes, second first, no zone. Enters: six bytes and their form. Leaves: µs since 1970 UTC,
or None.

The standard says plain binary; makers also send BCD and year-first order (dialects). The zone is China's. An
impossible date (zeros, year byte 0xE2) is None, never an exception. Absent: judging plausibility against a clock.
"""

import enum

SECOND = 1_000_000
DAY_SECONDS = 86_400
ZONE_SECONDS = 8 * 3600
NO_LABEL = b"\x00" * 6

_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DAYS_TO_2000 = 10_957
_CACHE_LIMIT = 65_536


class TimeForm(enum.StrEnum):
    BINARY = "binary"
    BCD = "bcd"
    BINARY_YEAR_FIRST = "binary_year_first"
    BCD_YEAR_FIRST = "bcd_year_first"


BCD_FORMS = frozenset({TimeForm.BCD, TimeForm.BCD_YEAR_FIRST})
YEAR_FIRST_FORMS = frozenset({TimeForm.BINARY_YEAR_FIRST, TimeForm.BCD_YEAR_FIRST})


def _days(year: int, month: int, day: int) -> int | None:
    """Days from 1970 to a date of 2000–2099 (every fourth year a leap year); None for a date that does not exist."""
    leap = year % 4 == 0
    if not 1 <= month <= 12:
        return None
    length = 29 if leap and month == 2 else _MONTH_DAYS[month - 1]
    if not 1 <= day <= length:
        return None
    days = _DAYS_TO_2000 + year * 365 + (year + 3) // 4 + sum(_MONTH_DAYS[: month - 1]) + day - 1
    return days + 1 if leap and month > 2 else days


def _from_bcd(label: bytes) -> bytes | None:
    if any(b >> 4 > 9 or b & 15 > 9 for b in label):
        return None
    return bytes((b >> 4) * 10 + (b & 15) for b in label)


def _decode(label: bytes, form: TimeForm) -> int | None:
    plain = _from_bcd(label) if form in BCD_FORMS else label
    if plain is None or len(plain) != 6:
        return None
    second, minute, hour, day, month, year = reversed(plain) if form in YEAR_FIRST_FORMS else plain
    if second > 59 or minute > 59 or hour > 23 or year > 99:
        return None
    days = _days(year, month, day)
    if days is None:
        return None
    return (days * DAY_SECONDS + hour * 3600 + minute * 60 + second - ZONE_SECONDS) * SECOND


class Labels(dict[bytes, int | None]):
    """Six bytes → instant, remembered: devices of one second share their label. Bounded: cleared when full."""

    def __init__(self, form: TimeForm) -> None:
        super().__init__()
        self.form = form

    def __missing__(self, label: bytes) -> int | None:
        if len(self) >= _CACHE_LIMIT:
            self.clear()
        instant = self[label] = _decode(label, self.form)
        return instant


LABELS: dict[TimeForm, Labels] = {form: Labels(form) for form in TimeForm}


def decode(label: bytes, form: TimeForm = TimeForm.BINARY) -> int | None:
    """The instant a label names, in µs since 1970 UTC."""
    return LABELS[form][label]


def encode(at: int, form: TimeForm = TimeForm.BINARY) -> bytes:
    """The label of an instant; instants outside 2000–2099 have none and become zeros."""
    days, rest = divmod(at // SECOND + ZONE_SECONDS, DAY_SECONDS)
    year, day = divmod(days - _DAYS_TO_2000, 1461)
    if not 0 <= year < 25:
        return NO_LABEL
    year *= 4
    for length in (366, 365, 365, 365):
        if day < length:
            break
        day -= length
        year += 1
    month = 0
    while day >= (length := 29 if month == 1 and year % 4 == 0 else _MONTH_DAYS[month]):
        day -= length
        month += 1
    fields = (rest % 60, rest // 60 % 60, rest // 3600, day + 1, month + 1, year)
    if form in BCD_FORMS:
        fields = tuple(f // 10 << 4 | f % 10 for f in fields)
    return bytes(reversed(fields) if form in YEAR_FIRST_FORMS else fields)


def learn(label: bytes, now: int) -> TimeForm | None:
    """The form in which a label is nearest to now (within a day); None while none is. Binary wins a tie."""
    best: TimeForm | None = None
    distance = DAY_SECONDS * SECOND
    for form in TimeForm:
        instant = decode(label, form)
        if instant is not None and abs(instant - now) < distance:
            best, distance = form, abs(instant - now)
    return best


_stamped: tuple[int, bytes] = (-1, NO_LABEL)


def stamp(now: int) -> bytes:
    """The binary label of now, remembered for the second it holds: an acknowledgement costs no calendar."""
    global _stamped
    second = now // SECOND
    kept = _stamped
    if kept[0] != second:
        _stamped = kept = (second, encode(now))
    return kept[1]
