"""Sheets of stickers: each device's code as a QR code with its words, cut out and put on the device.

Enters: a unit. Leaves: a PDF of A4 pages, 24 stickers each; codes are made for devices
that have none. The QR code holds the page's address, which ends in the code: any phone's camera opens the page, the
installer's reads the code. Absent: scope (the doors have looked).
"""

from itertools import pairwise
from pathlib import Path
from typing import Literal

import msgspec
import segno

from zhigan.desks.upkeep import rules
from zhigan.desks.upkeep.store import SQL, where
from zhigan.incidents.press import Press
from zhigan.incidents.printing import printed
from zhigan.registry import labels
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.devices import BY_NAME
from zhigan.webapi.downloads import Mark

TEMPLATE = Path(__file__).with_name("stickers.typ")
Language = Literal["zh", "en"]
MOST = 480
PARTS = (0, 4, 6, 12, 21, 25)
"""Where the parts of a code of Annex B begin: maker, network, day, serial, type, check digits."""
WORDS = {
    "zh": ("设备码", "扫码看状态、报问题", "火警请拨 119"),
    "en": ("Device code", "Scan: how it is, report a problem", "Fire: call 119"),
}


class Sticker(msgspec.Struct, frozen=True):
    """`rows` is the QR code, a string of 0 and 1 a line."""

    rows: list[str]
    code: str
    kind: str
    place: str


class Sheet(msgspec.Struct, frozen=True):
    lang: str
    title: str
    hint: str
    emergency: str
    more: bool
    stickers: list[Sticker]
    mark: str


class Stickers:
    """`base` is the address at which people reach this platform; empty: the one by which it was asked."""

    def __init__(self, press: Press, base: str = "") -> None:
        self._press = press
        self.base = base.rstrip("/")

    async def of(self, conn: Connection, unit: str, base: str, mark: Mark, lang: Language) -> bytes:
        """`base` is the address at which this platform is reached. Blocking work is the press's child's."""
        rows = await conn.fetch(SQL.to_print, unit, MOST + 1)
        shown = rows[:MOST]
        codes = await labels.codes(conn, {r["id"]: r["serial"] for r in shown}, mark.at, rules.day(mark.at))
        title, hint, emergency = WORDS[lang]
        stickers = [
            Sticker(
                matrix(f"{base}/d/{codes[r['id']]}"),
                spaced(codes[r["id"]]),
                _kind(r["type"], lang),
                where(r["place"], r["building"], r["floor"], r["compartment"], r["flat"]),
            )
            for r in shown
        ]
        return await printed(
            self._press, Sheet(lang, title, hint, emergency, len(rows) > MOST, stickers, str(mark)), TEMPLATE
        )


def provided(press: Press, base: str) -> dict[str, object]:
    """What the doors ask for by name; the press is shared with the other papers."""
    return {"press": press, "stickers": Stickers(press, base)}


def matrix(text: str) -> list[str]:
    """Level M: readable with a scratch, and small enough for a detector's rim."""
    code = segno.make_qr(text, error="m")
    return ["".join("1" if bit else "0" for bit in row) for row in code.matrix]


def spaced(code: str) -> str:
    """As people read it out: groups of five, or of a code of Annex B its parts."""
    if len(code) == labels.LENGTH:
        return f"{code[:5]} {code[5:]}"
    return " ".join(code[begin:end] for begin, end in pairwise((*PARTS, len(code))))


def _kind(type_: str, lang: Language) -> str:
    kind = BY_NAME.get(type_)
    return type_ if kind is None else kind.zh if lang == "zh" else kind.en
