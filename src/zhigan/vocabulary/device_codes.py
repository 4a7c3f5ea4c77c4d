"""Device codes of GB/T 45839-2025, Annex B: the 27 characters by which a detector is known from factory to scrap.

Enters: what was scanned or typed, and today's date. Leaves: a `DeviceCode`, or a `CodeError` that names the part which
is wrong and where it stands. `CD` maker (4) `NT` network (2) `PD` day of production (6) `SN` serial (9) `TAC` type (2
bytes, unsigned) `CHK` (4 hex digits). The type's two bytes cannot be typed or printed, so its four hex digits are read
as well (29 characters in all); both forms give one code, `text`. The check digits' algorithm and keys are given out by
the authority: `expected` is its place, and without it a code is well-formed, not proved.
"""

import enum
import re
from collections.abc import Callable
from datetime import date
from typing import Final, NamedTuple

NETWORKS: Final = {
    "00": ("有线", "wired"),
    "01": ("NB-IoT", "NB-IoT"),
    "02": ("Cat.1", "Cat.1"),
    "03": ("Wi-Fi", "Wi-Fi"),
    "04": ("LoRa", "LoRa"),
    "05": ("ZigBee", "ZigBee"),
}
"""Other numbers are reserved: read, and said to be so (`network` None)."""

LENGTH: Final = 27
SPELT_LENGTH: Final = 29
FIRST_YEAR: Final = 2000
_MADE: Final = re.compile(r"[0-9A-Z]+")
_DIGITS: Final = re.compile(r"[0-9]+")
_HEX: Final = re.compile(r"[0-9A-F]{4}")

Expected = Callable[[str], str]
"""The 23 characters before the check digits (the type spelt as 2 bytes) → the four digits they should have."""


class Part(enum.StrEnum):
    """Parts of a code; `LENGTH` where it is no code at all."""

    LENGTH = "length"
    MAKER = "maker"
    NETWORK = "network"
    MADE_ON = "made_on"
    SERIAL = "serial"
    TYPE = "type"
    CHECK = "check"


class CodeError(ValueError):
    """`place` is where the part begins, counted from 1 as a person does."""

    def __init__(self, part: Part, place: int, expected: str) -> None:
        super().__init__(f"character {place}, {part}: {expected}")
        self.part = part
        self.place = place
        self.expected = expected


class DeviceCode(NamedTuple):
    """`text` is the code spelt in 29 printable characters: what is stored, shown and compared.

    `proved`: the check digits are those that the authority's algorithm gives; None where that is not known here.
    """

    maker: str
    network_code: str
    made_on: date
    serial: str
    type_code: int
    check: str
    proved: bool | None = None

    @property
    def network(self) -> tuple[str, str] | None:
        return NETWORKS.get(self.network_code)

    @property
    def text(self) -> str:
        made = self.made_on.strftime("%y%m%d")
        return f"{self.maker}{self.network_code}{made}{self.serial}{self.type_code:04X}{self.check}"


def looks_like_code(scanned: str) -> bool:
    """Worth reading as one: so that a scanner knows this code from an IMEI or an address."""
    return len(_tidy(scanned)) in (LENGTH, SPELT_LENGTH)


def parse(scanned: str, today: date, expected: Expected | None = None) -> DeviceCode:
    code = _tidy(scanned)
    if len(code) not in (LENGTH, SPELT_LENGTH):
        raise CodeError(Part.LENGTH, 1, f"{LENGTH} characters ({SPELT_LENGTH} with the type in hex), not {len(code)}")
    head = _upper(code[:21])
    maker, network, made, serial = head[:4], head[4:6], head[6:12], head[12:21]
    _of(_MADE, maker, Part.MAKER, 1, "four of 0-9 and A-Z")
    _of(_DIGITS, network, Part.NETWORK, 5, "two digits")
    made_on = _day(made, today)
    _of(_MADE, serial, Part.SERIAL, 13, "nine of 0-9 and A-Z")
    type_code = _type(code[21:-4])
    check = code[-4:].upper()
    _of(_HEX, check, Part.CHECK, len(code) - 3, "four hex digits")
    proved = None
    if expected is not None:
        proved = expected(head + type_code.to_bytes(2, "big").decode("latin-1")).upper() == check
        if not proved:
            raise CodeError(Part.CHECK, len(code) - 3, "other check digits; a character was misread or misspelt")
    return DeviceCode(maker, network, made_on, serial, type_code, check, proved)


def _tidy(scanned: str) -> str:
    """People type blanks and hyphens between groups. The two raw bytes may look like either, so what fits is let be."""
    if len(scanned) == LENGTH:
        return scanned
    bare = scanned.strip()
    return bare if len(bare) == LENGTH else "".join(c for c in bare if c not in " \t-")


def _upper(text: str) -> str:
    """Some letters beyond ASCII become two when they are made capital."""
    return text.upper() if text.isascii() else text


def _of(pattern: re.Pattern[str], found: str, part: Part, place: int, wanted: str) -> None:
    if not pattern.fullmatch(found):
        raise CodeError(part, place, wanted)


def _day(made: str, today: date) -> date:
    """No detector was made tomorrow. Two digits of the year are of this century: the standard is of 2025."""
    _of(_DIGITS, made, Part.MADE_ON, 7, "the day of production as yymmdd")
    try:
        day = date(FIRST_YEAR + int(made[:2]), int(made[2:4]), int(made[4:]))
    except ValueError:
        raise CodeError(Part.MADE_ON, 7, "a day of the calendar as yymmdd") from None
    if day > today:
        raise CodeError(Part.MADE_ON, 7, "a day of production that is not in the future")
    return day


def _type(spelt: str) -> int:
    if len(spelt) == 4:
        _of(_HEX, spelt.upper(), Part.TYPE, 22, "the type as four hex digits")
        return int(spelt, 16)
    try:
        return int.from_bytes(spelt.encode("latin-1"), "big")
    except UnicodeEncodeError:
        raise CodeError(Part.TYPE, 22, "the type as two bytes, or as four hex digits") from None
