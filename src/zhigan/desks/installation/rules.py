"""What a code on a box may be, and what stands between a device and its service. Pure; `now` is an argument.

Enters: what was scanned, typed or read by NFC; a job. Leaves: the code as it is compared, or `Refused` with what is
wrong with it; what is missing. A check digit is asked before anybody is: a mistyped digit is found on the ladder, not
in the office. Absent: looking a code up (store).
"""

import re
from datetime import date, datetime, timedelta

from zhigan.desks.installation.model import Job, Missing
from zhigan.vocabulary import device_codes
from zhigan.vocabulary.moments import SHANGHAI

CODE = re.compile(r"[0-9A-Z][0-9A-Z._\-]{4,62}[0-9A-Z]")
IMEI = 15
TEST_MINUTES = 10
EARLIER = timedelta(minutes=5)
"""A device may be pressed a little before the phone says so: clocks differ, and there was no network."""


class Refused(Exception):
    """`expected` is the sentence that says what is wrong with the field."""

    def __init__(self, field: str, expected: str) -> None:
        super().__init__(f"{field}: {expected}")
        self.field = field
        self.expected = expected


def read_code(scanned: str, today: date) -> str:
    """A QR code may hold an address or several lines: the last part of the first line is the code. Letters stay
    as they are: some carriers' addresses tell small from large."""
    text = scanned.strip().splitlines()[0].strip() if scanned.strip() else ""
    text = re.split(r"[/=:]", text.split("?code=")[-1].rstrip("/"))[-1].strip()
    if not CODE.fullmatch(text.upper()):
        raise Refused("code", "not a device's code: 6 to 64 letters and digits")
    if len(text) == IMEI and text.isdigit() and not luhn(text):
        raise Refused("code", "an IMEI whose check digit is wrong: look at the box again")
    if len(text) == device_codes.LENGTH and text.isalnum():
        _annex_b(text, today)
    return text


def luhn(digits: str) -> bool:
    doubled = [int(d) * (2 if at % 2 else 1) for at, d in enumerate(reversed(digits))]
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0


def _annex_b(text: str, today: date) -> None:
    try:
        code = device_codes.parse(text, today)
    except device_codes.CodeError as error:
        if error.part is device_codes.Part.MADE_ON:
            raise Refused("code", "a code of GB/T 45839 whose production date is none") from None
        raise Refused("code", f"a code of GB/T 45839 that is wrong at character {error.place}") from None
    if code.network is None:  # a reserved number: on a ladder today, a misread digit
        raise Refused("code", "a code of GB/T 45839 whose network is none of the standard's")


def made_on(code: str, today: date) -> date | None:
    """The production date that a code of Annex B holds."""
    if not device_codes.looks_like_code(code):
        return None
    try:
        return device_codes.parse(code, today).made_on
    except device_codes.CodeError:
        return None


def missing(job: Job, place: str) -> list[Missing]:
    found: list[Missing] = []
    if not place:
        found.append("place")
    if job.lon is None:
        found.append("position")
    if job.photo is None:
        found.append("photo")
    if job.pressed_at is None:
        found.append("test")
    elif job.seen_at is None:
        found.append("signal")
    return found


def took_s(job: Job) -> int | None:
    return None if job.in_service_at is None else round((job.in_service_at - job.scanned_at).total_seconds())


def day(now: datetime) -> date:
    """The day on the calendar of the place where it is installed."""
    return now.astimezone(SHANGHAI).date()


def midnight(now: datetime) -> datetime:
    return now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
