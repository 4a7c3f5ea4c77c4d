"""Docs about places are tested: every room has a README with the four headings, every path that a text names exists."""

import re
from pathlib import Path

from architecture.house import ROOT, SHELVES, SOURCE, rooms, tracked

HEADINGS = ("In", "Out", "Invariants", "How to add one")
LINK = re.compile(r"\]\(([^)\s]+)\)")
PLACE = re.compile(r"`((?:src|tests|simulator|web|docs|deploy|benchmarks|fuzz|\.ci)/[\w./\-]+)`")


def missing_headings(text: str) -> list[str]:
    return [h for h in HEADINGS if not re.search(rf"^(?:#+ |\*\*){h}\b", text, re.M)]


def dead_places(text: str, folder: Path) -> list[str]:
    links = [target.split("#")[0] for target in LINK.findall(text) if not re.match(r"\w+:", target)]
    dead = [link for link in links if link and not (folder / link).exists()]
    return dead + [place for place in PLACE.findall(text) if not (ROOT / place).exists()]


def room_folders() -> list[Path]:
    """Every room, and every room on a shelf; a shelf that holds nothing but rooms needs no words of its own."""
    shelves = [p.parent for shelf in SHELVES for p in (SOURCE / shelf).glob("*/__init__.py")]
    bare = {SOURCE / shelf for shelf in SHELVES if [p.name for p in (SOURCE / shelf).glob("*.py")] == ["__init__.py"]}
    return [SOURCE / room for room in rooms() if SOURCE / room not in bare] + shelves


def test_every_room_introduces_itself() -> None:
    broken = []
    for folder in room_folders():
        readme = folder / "README.md"
        gone = missing_headings(readme.read_text("utf-8")) if readme.exists() else ["README.md"]
        broken += [f"{folder.relative_to(ROOT)}: lacks {what}" for what in gone]
    assert not broken, "\n".join(broken)


TEST = re.compile(r"`(tests/[\w./]+\.py)::(test_\w+)`")


def unheld(text: str) -> list[str]:
    """Tests that a text calls upon and that are not there."""
    return [
        f"{path}::{name}"
        for path, name in TEST.findall(text)
        if not (ROOT / path).exists() or f"def {name}(" not in (ROOT / path).read_text("utf-8")
    ]


def test_every_test_that_a_standard_calls_upon_is_there() -> None:
    standards = sorted((ROOT / "docs" / "standards").glob("*.md"))
    assert sum(len(TEST.findall(path.read_text("utf-8"))) for path in standards) > 20
    assert [f"{path.name}: {each}" for path in standards for each in unheld(path.read_text("utf-8"))] == []
    assert unheld("`tests/architecture/house.py::test_nothing`") == ["tests/architecture/house.py::test_nothing"]


def test_every_place_named_exists() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {place}"
        for path in tracked(".md")
        for place in dead_places(path.read_text("utf-8"), path.parent)
    ]
    assert not broken, "these are named but not there:\n" + "\n".join(broken)


def test_planted_violations_are_caught() -> None:
    assert missing_headings("# Room\n## In\n**Out** · words\n") == ["Invariants", "How to add one"]
    assert dead_places("see [x](nowhere.md) and `src/zhigan/nowhere.py`", ROOT) == [
        "nowhere.md",
        "src/zhigan/nowhere.py",
    ]
    assert not dead_places("see [licence](LICENSE), [site](https://example.org) and `src/zhigan`", ROOT)
