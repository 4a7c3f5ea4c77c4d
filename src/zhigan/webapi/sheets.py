"""Sheets: CSV as people send it, into typed records or reasons by line number.

Enters: bytes in UTF-8 (with or without its mark), UTF-16 or GB 18030, comma, semicolon or tab; a struct whose field
names are the columns. Leaves: records with the line on which each stands, and what is wrong with the other lines. One
bad line never spoils the others: a quotation mark that nobody closes costs its own line only. Absent: what the fields
mean, and the database.
"""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)

Say = Callable[[str], None]
LONGEST_RECORD = 20
"""Lines that one record may span by line breaks inside quotation marks."""
UTF8_MARK = b"\xef\xbb\xbf"
MARKED = "# 导出 "
"""How the last line of our own lists begins; it is no line of the sheet (`downloads.py`)."""
_BREAK = re.compile(r"\r\n|\n|\r")


class SheetError(ValueError):
    """The file as a whole cannot be used; the message says why."""


class Line(msgspec.Struct, frozen=True):
    """`reason` where the line cannot be read, else its cells."""

    number: int
    cells: tuple[str, ...]
    reason: str = ""


class Bad(msgspec.Struct, frozen=True):
    number: int
    reason: str


class Entry(msgspec.Struct, Generic[T], frozen=True):
    """`given` are the fields that the line fills; what it leaves empty is not said."""

    number: int
    record: T
    given: frozenset[str]


class Tally(msgspec.Struct):
    """How an import went."""

    lines: int = 0
    added: int = 0
    changed: int = 0
    bad: int = 0

    @property
    def as_before(self) -> int:
        return self.lines - self.added - self.changed - self.bad


def read(path: Path) -> tuple[list[str], list[Line]]:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SheetError(f"{path.name}: {error.strerror or error}") from None
    return table(path.name, raw)


def table(name: str, raw: bytes, encoding: str = "") -> tuple[list[str], list[Line]]:
    """The header's words and the lines below it; blank lines are no lines. `encoding`: where a person has said it."""
    lines = parse(raw, encoding)
    if not lines or lines[0].reason:
        raise SheetError(f"{name}: the first line must name the columns")
    header = [cell.strip().lower() for cell in lines[0].cells]
    doubled = sorted({word for word in header if word and header.count(word) > 1})
    if doubled:
        raise SheetError(f"{name}: the column {doubled[0]!r} stands twice")
    return header, lines[1:]


def parse(raw: bytes, encoding: str = "") -> list[Line]:
    """Every line that holds something, readable or with the reason why not."""
    return list(_records(_decoded(raw, encoding)))


def _decoded(raw: bytes, encoding: str) -> list[tuple[str, str]]:
    """(line, reason why it is unreadable or "")."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff") or encoding == "utf-16":
        return [(line, "") for line in _BREAK.split(raw.decode("utf-16", "replace"))]
    encoding = encoding or spelled(raw)
    lines: list[tuple[str, str]] = []
    for piece in re.split(rb"\r\n|\n|\r", raw.removeprefix(UTF8_MARK)):
        try:
            lines.append((piece.decode(encoding), ""))
        except UnicodeDecodeError:
            lines.append(("", f"not readable as {encoding}"))
    return lines


def spelled(raw: bytes) -> str:
    """UTF-8 where most lines beyond ASCII are: one broken byte must not turn the whole sheet into other characters."""
    if raw.startswith(UTF8_MARK):
        return "utf-8"
    right = wrong = 0
    for piece in raw.split(b"\n"):
        if piece.isascii():
            continue
        try:
            piece.decode("utf-8")
            right += 1
        except UnicodeDecodeError:
            wrong += 1
    return "utf-8" if right >= wrong else "gb18030"


def _records(lines: Sequence[tuple[str, str]]) -> Iterator[Line]:
    first = next((text for text, _ in lines if text.strip()), "")
    delimiter = max(",;\t", key=first.count)
    at = 0
    while at < len(lines):
        number = at + 1
        text, reason = lines[at]
        at += 1
        if not reason and text.count('"') % 2:
            joined, after = _joined(lines, number - 1)
            if joined is None:
                reason = "a quotation mark is not closed"
            else:
                text, at = joined, after
        if reason:
            yield Line(number, (), reason)
        elif text.strip(f' \t"{delimiter}') and not text.lstrip(' "').startswith(MARKED):
            yield _cells(number, text, delimiter)


def _joined(lines: Sequence[tuple[str, str]], at: int) -> tuple[str | None, int]:
    """A record with line breaks inside quotation marks, up to its end."""
    text = lines[at][0]
    for end in range(at + 1, min(at + LONGEST_RECORD, len(lines))):
        if lines[end][1]:
            break
        text += "\n" + lines[end][0]
        if text.count('"') % 2 == 0:
            return text, end + 1
    return None, at + 1


def _cells(number: int, text: str, delimiter: str) -> Line:
    try:
        return Line(number, tuple(next(csv.reader([text], delimiter=delimiter, strict=True))))
    except csv.Error as error:
        return Line(number, (), str(error))


class Form(Generic[T]):
    """A struct as the form that each line fills: fields by their names in JSON; `without` are not asked for."""

    def __init__(self, shape: type[T], without: Sequence[str] = ()) -> None:
        self._shape = shape
        self._fields = {f.encode_name: f for f in msgspec.structs.fields(shape) if f.encode_name not in without}

    @property
    def columns(self) -> list[str]:
        return list(self._fields)

    def unknown(self, header: Sequence[str]) -> list[str]:
        return [name for name in header if name and name not in self._fields]

    def missing(self, header: Sequence[str]) -> list[str]:
        return [name for name, f in self._fields.items() if f.required and name not in header]

    def fill(self, header: Sequence[str], line: Line) -> Entry[T] | Bad:
        if line.reason:
            return Bad(line.number, line.reason)
        if len(line.cells) > len(header) and any(c.strip() for c in line.cells[len(header) :]):
            return Bad(line.number, f"{len(line.cells)} cells below {len(header)} columns")
        cells = {n: bare(c) for n, c in zip(header, line.cells, strict=False) if n in self._fields and c.strip()}
        wrong = [f"{name}: is required" for name, f in self._fields.items() if f.required and name not in cells]
        values: dict[str, Any] = {}
        for name, text in cells.items():
            field = self._fields[name]
            try:
                values[field.name] = msgspec.convert(_listed(text, field.type), field.type, strict=False)
            except msgspec.ValidationError as error:
                wrong.append(f"{name}: {str(error).replace('`', chr(39))}, got {text[:40]!r}")
        if wrong:
            return Bad(line.number, "; ".join(wrong))
        return Entry(line.number, self._shape(**values), frozenset(values))


def bare(cell: str) -> str:
    """Without the apostrophe that our own lists set before what a spreadsheet would run (`downloads.py`)."""
    text = cell.strip()
    return text[1:] if len(text) > 1 and text[0] == "'" and text[1] in "=@+-" else text


_PARTS = re.compile(r"[,;|、;,\s]+")


def _listed(text: str, kind: object) -> str | list[str]:
    return [part for part in _PARTS.split(text) if part] if "list[" in str(kind) else text


def entries(path: Path, form: Form[T], say: Say) -> tuple[list[Entry[T]], list[Bad], int]:
    """The lines that can be read, those that cannot, and how many there are."""
    header, lines = read(path)
    required(path.name, header, form)
    unknown = form.unknown(header)
    if unknown:
        say(f"unknown columns, not read: {', '.join(unknown)}")
    good, bad = filled(header, lines, form)
    return good, bad, len(lines)


def required(name: str, header: Sequence[str], form: Form[Any]) -> None:
    missing = form.missing(header)
    if missing:
        raise SheetError(f"{name}: the columns {', '.join(missing)} are missing")


def filled(header: Sequence[str], lines: Sequence[Line], form: Form[T]) -> tuple[list[Entry[T]], list[Bad]]:
    """The lines that can be read, and those that cannot."""
    good: list[Entry[T]] = []
    bad: list[Bad] = []
    for line in lines:
        entry = form.fill(header, line)
        if isinstance(entry, Bad):
            bad.append(entry)
        else:
            good.append(entry)
    return good, bad


def doubles(found: list[Entry[T]], key: Callable[[T], object]) -> tuple[list[Entry[T]], list[Bad]]:
    """The first line of each key, and the later ones as bad."""
    first: dict[object, int] = {}
    kept: list[Entry[T]] = []
    bad: list[Bad] = []
    for entry in found:
        before = first.setdefault(key(entry.record), entry.number)
        if before == entry.number:
            kept.append(entry)
        else:
            bad.append(Bad(entry.number, f"the same as line {before}"))
    return kept, bad


def told(kind: str, tally: Tally, bad: Sequence[Bad], say: Say) -> int:
    """Says every bad line in order and the sum; the exit code."""
    for b in sorted(bad, key=lambda b: b.number):
        say(f"line {b.number}: {b.reason}")
    say(
        f"{kind}: {tally.lines} lines, {tally.added} added, {tally.changed} changed, "
        f"{tally.as_before} as before, {tally.bad} bad"
    )
    return 1 if tally.bad else 0


def laid_over(standing: T, entry: Entry[T]) -> T:
    """What stands, with what the line says laid over it; empty cells say nothing."""
    return msgspec.structs.replace(standing, **{name: getattr(entry.record, name) for name in entry.given})
