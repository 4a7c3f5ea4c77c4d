"""Lists as CSV files that any office program opens: UTF-8 or GB 18030, sent while they are read from the database.

Enters: a header and pages of rows; the names of the columns that are wanted, in their order; the number of the line in
the audit trail that says who takes the file. Leaves: a streamed answer that bears its mark, in name and last line.
A text that a spreadsheet would run as a formula is given an apostrophe in front (device texts come from outside).
Absent: which rows (the rooms), and totals.
"""

import csv
import io
import re
from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Literal

import msgspec
from litestar.response import Stream

from zhigan.webapi import problems
from zhigan.webapi.principal import Principal
from zhigan.webapi.sheets import MARKED, UTF8_MARK

BATCH = 1000
"""Rows asked for at once; no connection is held while a slow reader takes them."""
BEIJING = timezone(timedelta(hours=8))
Cell = str | int | float | bool | date | datetime | Sequence[str] | None
_FIGURES = re.compile(r"[+-][\d\s().-]*")


def cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(BEIJING).isoformat(timespec="seconds")
    if isinstance(value, str):
        return _harmless(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Sequence):
        return _harmless(";".join(value))
    return str(value)


def _harmless(text: str) -> str:
    runs = text.startswith(("=", "@", "\t", "\r")) or (text.startswith(("+", "-")) and not _FIGURES.fullmatch(text))
    return f"'{text}" if runs else text


def lines(rows: Sequence[Sequence[Cell]], encoding: str = "utf-8") -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([cell(value) for value in row] for row in rows)
    return text.getvalue().encode(encoding, "replace")


ENCODINGS = {"utf-8": ("utf-8", b""), "utf-8-bom": ("utf-8", UTF8_MARK), "gb18030": ("gb18030", b"")}


Encoding = Literal["utf-8-bom", "utf-8", "gb18030"]


async def at_once(rows: Sequence[Sequence[Cell]]) -> AsyncIterator[Sequence[Sequence[Cell]]]:
    """Few rows, that are there already."""
    yield rows


def picked(asked: str | None, usual: Sequence[str], more: Sequence[str] = ()) -> Sequence[str]:
    """The names asked for (with commas between), in that order; the usual ones when nothing was asked."""
    if not asked:
        return usual
    names, offered = asked.split(","), [*usual, *more]
    if len(set(names)) < len(names) or not set(names) <= set(offered):
        raise problems.invalid("columns", f"of {', '.join(offered)}; several with commas between")
    return names


async def cut(
    batches: AsyncIterator[Sequence[Sequence[Cell]]], offered: Sequence[str], names: Sequence[str]
) -> AsyncIterator[Sequence[Sequence[Cell]]]:
    """Rows of all that is offered, down to the columns of those names."""
    places = [offered.index(name) for name in names]
    async for batch in batches:
        yield [[row[place] for place in places] for row in batch]


class Mark(msgspec.Struct, frozen=True):
    """Who took a file out, and when: its number is that of the line in the audit trail."""

    number: int
    who: str
    at: datetime

    def __str__(self) -> str:
        return f"E{self.number} · {self.who} · {self.at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S} · 智赣119"


def marked(number: int, principal: Principal, at: datetime) -> Mark:
    return Mark(number, principal.name, at)


def download(
    name: str,
    header: Sequence[str],
    batches: AsyncIterator[Sequence[Sequence[Cell]]],
    mark: Mark,
    encoding: str = "utf-8-bom",
) -> Stream:
    """The last line is a remark: our own import, like most programs, passes over it."""
    charset, bytes_first = ENCODINGS[encoding]
    stem, dot, kind = name.rpartition(".")
    name = f"{stem}-E{mark.number}{dot}{kind}"

    async def body() -> AsyncIterator[bytes]:
        yield bytes_first + lines([header], charset)
        async for batch in batches:
            yield lines(batch, charset)
        yield lines([[f"{MARKED}{mark}"]], charset)

    return Stream(
        body(),
        media_type="text/csv",
        encoding=charset,
        headers={"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"},
    )
