"""The words of the pages, from the pages' own catalogues: a story names what it looks for by key, in either language.

Enters: a language, a key, figures. Leaves: the text that stands on the screen. A key that the catalogue does not hold
ends the story.
"""

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "web" / "shared" / "i18n"
ENTRY = re.compile(r"""'([\w.\-]+)': (?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`([^`]*)`)""")


@cache
def catalogue(locale: str) -> dict[str, str]:
    files = [FOLDER / f"{locale}.ts", *sorted(FOLDER.glob(f"*.{locale}.ts"))]
    found = [entry for file in files for entry in ENTRY.finditer(file.read_text("utf-8"))]
    return {e[1]: re.sub(r"\\(.)", r"\1", next(t for t in e.groups()[1:] if t is not None)) for e in found}


def say(locale: str, key: str, **figures: object) -> str:
    text = catalogue(locale)[key]
    return re.sub(r"\{(\w+)\}", lambda hole: str(figures.get(hole[1], hole[0])), text)


def begins(locale: str, key: str, **figures: object) -> str:
    """What stands before the first figure that is not known."""
    return say(locale, key, **figures).partition("{")[0].strip()
