"""The orders of a list: the words people choose by, the column behind each, and the place between two pages.

Enters: the columns of a list by their words (a row's field has the word's name), a word with `-` for descending, a
cursor. Leaves: the words for `one_of`, the condition and order of a `Question`, the next cursor's key. The id decides
between equals, so that no row stands on two pages or on none. Absent: the answer itself.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from zhigan.registry.listing import Question
from zhigan.webapi import pages, problems
from zhigan.webapi.pages import Part

T = TypeVar("T")
After = tuple[object, str]
"""The sorted value and the id of the last row of the page before."""
MOST = 1e9
"""Stands for an unknown number going up, its negative going down: the unknown come last either way."""


def _text(part: Part) -> str:
    if not isinstance(part, str):
        raise TypeError
    return part


def _moment(part: Part) -> datetime:
    moment = datetime.fromisoformat(_text(part))
    if moment.tzinfo is None:
        raise ValueError
    return moment


def _number(part: Part) -> float:
    if not isinstance(part, int | float):
        raise TypeError
    return float(part)


class Column(msgspec.Struct, frozen=True):
    """`read`: the value as the cursor spells it, as the database wants it (ValueError, TypeError: it is none)."""

    name: str
    read: Callable[[Part], object] = _text

    def expression(self, down: bool) -> str:
        return f"coalesce({self.name}, {-MOST if down else MOST})" if self.read is _number else self.name


def moment(name: str) -> Column:
    return Column(name, _moment)


def number(name: str) -> Column:
    return Column(name, _number)


class Sorts(Generic[T]):
    def __init__(self, id_column: str, columns: Mapping[str, Column]) -> None:
        self._id = id_column
        self._columns = columns
        self.words = tuple(f"{way}{word}" for word in columns for way in ("", "-"))

    def after(self, cursor: str | None, sort: str) -> After | None:
        key = pages.decode(cursor, 2)
        if key is None:
            return None
        try:
            value = self._columns[sort.lstrip("-")].read(key[0])
        except (TypeError, ValueError):
            value = None
        if value is None or not pages.is_id(str(key[1])):
            raise problems.invalid("cursor", "the value of `next` in an earlier answer to the same question")
        return value, str(key[1])

    def order(self, question: Question, sort: str, after: After | None) -> str:
        """Narrows the question to what comes after; answers the order of its rows."""
        down = sort.startswith("-")
        column = self._columns[sort.lstrip("-")].expression(down)
        if after is not None:
            question.where(f"({column}, {self._id}) {'<' if down else '>'} ({{}}, {{}}::uuid)", *after)
        way = "desc" if down else "asc"
        return f"{column} {way}, {self._id} {way}"

    def place(self, row: T, id_: str, sort: str) -> After:
        """Where a row stands, for who reads on without a cursor."""
        value: object = getattr(row, sort.lstrip("-"))
        if value is None:
            return -MOST if sort.startswith("-") else MOST, id_
        return value, id_

    def key(self, row: T, id_: str, sort: str) -> list[Part]:
        """The place of a row, as its cursor spells it."""
        value, _ = self.place(row, id_, sort)
        if isinstance(value, datetime):
            return [value.isoformat(), id_]
        return [value if isinstance(value, int | float) else str(value), id_]
