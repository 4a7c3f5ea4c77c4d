"""Workbooks: tables as XLSX, as office programs open them, with figures that are figures.

Enters: sheets of heads and rows; the mark of who takes the file out. Leaves: an answer whose name and last lines bear
that mark. A text is written as text and never as a formula, wherever it came from; what was not measured is an empty
cell. All of it is made in memory: for reports and registers, not for lists without end (those are `downloads.py`).
Absent: which rows (the rooms).
"""

import asyncio
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Final

import msgspec
from litestar import Response
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from zhigan.webapi.downloads import BEIJING, Cell, Mark

MEDIA: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDEST: Final = 60
LONGEST_TITLE: Final = 31
_UNTITLED: Final = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


class Share(msgspec.Struct, frozen=True):
    """A part of one, shown in per cent."""

    value: float


class Sheet(msgspec.Struct, frozen=True):
    """`note` stands below the rows."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell | Share]]
    note: str = ""


async def answer(name: str, sheets: Sequence[Sheet], mark: Mark) -> Response[bytes]:
    """A file of that name; made aside, since a year of a register keeps a core busy for a second."""
    content = await asyncio.to_thread(made, sheets, mark)
    stem, dot, kind = name.rpartition(".")
    disposition = f'attachment; filename="{stem}-E{mark.number}{dot}{kind}"'
    headers = {"content-disposition": disposition, "cache-control": "no-store"}
    return Response(content, media_type=MEDIA, headers=headers)


def made(sheets: Sequence[Sheet], mark: Mark) -> bytes:
    target = io.BytesIO()
    book = Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"comments": str(mark), "created": mark.at.astimezone(UTC).replace(tzinfo=None)})
    looks = _Looks(book)
    for place, sheet in enumerate(sheets, 1):
        _fill(book.add_worksheet(_title(sheet.title, place)), sheet, looks, str(mark))
    book.close()
    return target.getvalue()


class _Looks:
    def __init__(self, book: Workbook) -> None:
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.share = book.add_format({"num_format": "0.0%"})
        self.note = book.add_format({"font_color": "#5b6875"})


def _title(title: str, place: int) -> str:
    """Programs want it short, without some signs, and no name twice."""
    return f"{place} {title.translate(_UNTITLED)}"[:LONGEST_TITLE].strip()


def _fill(page: Worksheet, sheet: Sheet, looks: _Looks, mark: str) -> None:
    for column, head in enumerate(sheet.heads):
        page.write_string(0, column, head, looks.head)
        said = [_width(head), *(_width(row[column]) for row in sheet.rows[:200])]
        page.set_column(column, column, min(WIDEST, max(said) + 2))
    for line, row in enumerate(sheet.rows, 1):
        for column, value in enumerate(row):
            _write(page, (line, column), value, looks)
    page.freeze_panes(1, 0)
    below = len(sheet.rows) + 2
    if sheet.note:
        page.write_string(below, 0, sheet.note, looks.note)
    page.write_string(below + 1, 0, mark, looks.note)


def _write(page: Worksheet, at: tuple[int, int], value: Cell | Share, looks: _Looks) -> None:
    if isinstance(value, Share):
        page.write_number(*at, value.value, looks.share)
    elif isinstance(value, bool):
        page.write_boolean(*at, value)
    elif isinstance(value, int | float):
        page.write_number(*at, value)
    elif isinstance(value, datetime):
        page.write_datetime(*at, value.astimezone(BEIJING).replace(tzinfo=None), looks.moment)
    elif isinstance(value, date):
        page.write_datetime(*at, value, looks.day)
    elif value is not None:
        page.write_string(*at, value if isinstance(value, str) else ";".join(value))


def _width(value: Cell | Share) -> int:
    """In Latin letters; a Chinese one is as wide as two."""
    if isinstance(value, datetime):
        return 19
    text = "" if value is None else "100.0 %" if isinstance(value, Share) else str(value)
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)
