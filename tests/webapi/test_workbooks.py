"""A workbook is read as an office program reads it: its parts are taken out and looked at."""

import io
import zipfile
from datetime import UTC, date, datetime
from xml.etree import ElementTree

from zhigan.webapi.downloads import Cell, Mark
from zhigan.webapi.workbooks import Share, Sheet, answer

AT = datetime(2026, 11, 30, 16, 0, 5, tzinfo=UTC)
NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def cells(content: bytes, sheet: int) -> dict[str, tuple[str, str]]:
    """Address → (type, what stands there)."""
    book = zipfile.ZipFile(io.BytesIO(content))
    texts = ["".join(e.itertext()) for e in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))]
    found: dict[str, tuple[str, str]] = {}
    for cell in ElementTree.fromstring(book.read(f"xl/worksheets/sheet{sheet}.xml")).iter(f"{NS}c"):
        assert cell.find(f"{NS}f") is None, "no formula, whatever a text says"
        kind, value = cell.get("t", "n"), cell.findtext(f"{NS}v", "")
        found[cell.get("r", "")] = (kind, texts[int(value)] if kind == "s" else value)
    return found


async def test_figures_are_figures_and_texts_are_never_run() -> None:
    rows: list[list[Cell | Share]] = [
        ["=1+1", 3, Share(0.975), AT, date(2026, 12, 1), None, True],
        ["http://x/", 2.5, None, None, None, "–", False],
    ]
    heads = ["名称", "n", "share", "at", "on", "nothing", "yes"]
    sheets = [Sheet("服务水平 [2026/11]", heads, rows, "注"), Sheet("服务水平 [2026/11]", ["a"], [])]
    file = await answer("service.xlsx", sheets, Mark(7, "li", AT))
    assert file.headers["content-disposition"] == 'attachment; filename="service-E7.xlsx"'
    found = cells(file.content, 1)
    assert [found[f"{column}1"][1] for column in "ABC"] == ["名称", "n", "share"]
    assert found["A2"] == ("s", "=1+1") and found["A3"] == ("s", "http://x/")
    assert found["B2"] == ("n", "3") and found["C2"] == ("n", "0.975") and found["G2"] == ("b", "1")
    assert float(found["D2"][1]) == 46357 + 5 / 86_400, "midnight in Beijing, five seconds past"
    assert found["E2"] == ("n", "46357") and "F2" not in found and found["F3"] == ("s", "–")
    assert found["A5"][1] == "注" and found["A6"][1].startswith("E7 · li · 2026-12-01 00:00:05")
    assert cells(file.content, 2)["A1"][1] == "a", "two sheets of one title live beside one another"
