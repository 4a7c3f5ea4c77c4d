"""Pages: `{"items": […], "next": CURSOR|null}`. A cursor holds the sort key of the last row, so pages stay right while
rows come and go. Absent: offsets and totals, which cost a scan."""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import msgspec

from zhigan.webapi import problems

T = TypeVar("T")
R = TypeVar("R")

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

USUAL = 100
LARGEST = 1000
Part = str | int | float | None
Key = list[Part]


class Page(msgspec.Struct, Generic[T]):
    items: list[T]
    next: str | None = None


def limit(requested: int | None, largest: int = LARGEST, usual: int = USUAL) -> int:
    """Too large is lowered, never refused."""
    if requested is None:
        return min(usual, largest)
    if requested < 1:
        raise problems.invalid("limit", "a whole number from 1 on")
    return min(requested, largest)


def encode(key: Sequence[Part]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(list(key))).rstrip(b"=").decode()


def decode(cursor: str | None, parts: int) -> Key | None:
    """The key that the cursor holds; a cursor that we did not make is refused."""
    if not cursor:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        key = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=Key)
    except (UnicodeEncodeError, binascii.Error, msgspec.DecodeError):
        raise problems.invalid("cursor", "the value of `next` in an earlier answer") from None
    if len(key) != parts or any(isinstance(part, int) and abs(part) >= 2**63 for part in key):
        raise problems.invalid("cursor", "the value of `next` in an earlier answer to the same question")
    return key


def page(
    rows: Sequence[R], size: int, item: Callable[[R], T], key: Callable[[R], Sequence[str | int | float | None]]
) -> Page[T]:
    """Of `size + 1` fetched rows: `size` items, and a cursor when there was one more."""
    kept = rows[:size]
    more = len(rows) > size and size > 0
    return Page([item(r) for r in kept], encode(key(kept[-1])) if more else None)


def is_id(text: str) -> bool:
    """Could that be one of our ids? What could not is simply not found."""
    return _ID.fullmatch(text) is not None
