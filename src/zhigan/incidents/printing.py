"""A paper over HTTP: what the press gives, or the problem that stands for it.

Enters: a press, a document, its template. Leaves: PDF bytes. Absent: the setting itself (press.py). `TABLES` is the
template of papers that are nothing but tables; `Sheets` is what it sets.
"""

from pathlib import Path
from typing import Literal

import msgspec

from zhigan.incidents.press import TEMPLATE, NoFont, Press, Unprinted
from zhigan.webapi import problems

TABLES = Path(__file__).with_name("tables.typ")


class PaperTable(msgspec.Struct, frozen=True, kw_only=True):
    """`texts`: how many of the columns are texts, from the left; the others are figures."""

    title: str
    heads: list[str]
    rows: list[list[str]]
    texts: int
    note: str = ""


class Tables(msgspec.Struct, frozen=True, kw_only=True):
    """`month`: the period, as it is to be read. `head`: name and value, above the tables."""

    title: str
    name: str
    month: str
    lang: Literal["zh", "en"]
    tables: list[PaperTable]
    head: list[tuple[str, str]] = []


class Sheets(msgspec.Struct, frozen=True, kw_only=True):
    """`printed`: who took it out and when; `none`: what stands where a table has no row."""

    report: Tables
    printed: str
    none: str
    landscape: bool = False
    logo: list[int] = []


async def printed(press: Press, document: msgspec.Struct, template: Path = TEMPLATE) -> bytes:
    try:
        return await press.pdf(document, template)
    except NoFont as error:
        raise problems.Problem(503, "No Chinese font", str(error)) from error
    except Unprinted as error:
        raise problems.Problem(503, "The report was not printed", str(error)) from error
