"""Sheets as people send them: characters, delimiters, quotation marks, line numbers."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhigan.webapi import sheets
from zhigan.webapi.sheets import Bad, Form

TEXT = "code,name\nA,吉州区小学\nB,青原区医院\n"


def cells(raw: bytes, folder: Path) -> list[tuple[int, tuple[str, ...], str]]:
    path = folder / "sheet.csv"
    path.write_bytes(raw)
    _, lines = sheets.read(path)
    return [(line.number, line.cells, line.reason) for line in lines]


@pytest.mark.parametrize(
    "raw",
    [
        TEXT.encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
        TEXT.encode("gb18030"),
        TEXT.encode("utf-16"),
        TEXT.replace("\n", "\r\n").encode("gb18030"),
        TEXT.replace("\n", "\r").encode(),
        TEXT.replace(",", ";").encode(),
        TEXT.replace(",", "\t").encode(),
        TEXT.replace("\n", "\n\n  \n").encode().rstrip(),
    ],
)
def test_the_same_cells_in_every_dress(raw: bytes, tmp_path: Path) -> None:
    assert [c for _, c, _ in cells(raw, tmp_path)] == [("A", "吉州区小学"), ("B", "青原区医院")]


def test_one_broken_byte_costs_one_line(tmp_path: Path) -> None:
    raw = TEXT.encode() + b"C,\xff\xfe\xfd\nD,\xe4\xba\x95\n"
    found = cells(raw, tmp_path)
    assert [(n, c) for n, c, _ in found] == [
        (2, ("A", "吉州区小学")),
        (3, ("B", "青原区医院")),
        (4, ()),
        (5, ("D", "井")),
    ]
    assert "utf-8" in found[2][2]


def test_an_open_quotation_mark_costs_one_line(tmp_path: Path) -> None:
    raw = b'code,name\nA,"open\nB,b\nC,"two\nlines"\nD,"x"y\nE,e\n'
    # The mark of A closes at C's: strictness finds the rubbish between them, and the lines after are whole again.
    found = cells(raw, tmp_path)
    assert found[-1] == (7, ("E", "e"), "")
    assert [n for n, _, reason in found if reason] and all(n != 7 for n, _, reason in found if reason)
    alone = cells(("code,name\n" + 'A,"open\n' + "B,b\n" * 40).encode(), tmp_path)
    assert alone[0] == (2, (), "a quotation mark is not closed") and len(alone) == 41


def test_line_breaks_inside_quotation_marks(tmp_path: Path) -> None:
    assert cells(b'code,name\nA,"two\nlines"\nB,b\n', tmp_path) == [(2, ("A", "two\nlines"), ""), (4, ("B", "b"), "")]


@given(st.binary(max_size=300))
def test_whatever_bytes_come_nothing_breaks(raw: bytes) -> None:
    for line in sheets.parse(raw):
        assert line.reason or line.cells


class Thing(msgspec.Struct):
    code: str
    size: float
    class_: str | None = msgspec.field(name="class", default=None)
    tags: list[str] | None = None
    floor: str | int | None = None


def test_a_form_is_filled_or_says_all_that_is_wrong() -> None:
    form = Form(Thing)
    header = ["code", "size", "class", "tags", "floor", "colour"]
    assert form.unknown(header) == ["colour"] and form.missing(["code"]) == ["size"]

    def fill(*words: str) -> object:
        return form.fill(header, sheets.Line(2, words))

    good = fill("A", "1.5", "S1", "a;b、c", "01")
    assert isinstance(good, sheets.Entry)
    assert good.record == Thing("A", 1.5, "S1", ["a", "b", "c"], "01") and good.given == {
        "code", "size", "class_", "tags", "floor",
    }  # fmt: skip
    bad = fill("", "wide")
    assert (
        isinstance(bad, Bad) and "code: is required" in bad.reason and "size" in bad.reason and "'wide'" in bad.reason
    )
    long = fill("A", "1", "", "", "", "", "more")
    assert isinstance(long, Bad) and "7 cells" in long.reason


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"code,code\nA,B\n"])
def test_a_file_without_a_header_is_refused_as_a_whole(raw: bytes, tmp_path: Path) -> None:
    with pytest.raises(sheets.SheetError):
        cells(raw, tmp_path)
    with pytest.raises(sheets.SheetError):
        sheets.read(tmp_path / "absent.csv")
