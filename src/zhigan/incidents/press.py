"""The press: a document's data and its template become a PDF, in a process of its own with a time limit.

Enters: the data of `report.document`, or of another room's paper with its template. Leaves: PDF bytes, or `Unprinted`.
The type-setter is a library of native code that cannot be stopped inside a thread, and the web process must answer
meanwhile: so a child sets the pages and is killed when it takes too long. At most `HANDS` at once; the next ones wait.
Absent: what stands in a report.

The font: Noto Sans SC (SIL OFL 1.1), found in the wheel's `static/fonts` or among the system's fonts
(Debian: fonts-noto-cjk). Without one, nothing is printed: a page of empty boxes would be no report.
"""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path

import msgspec
import typst

import zhigan

FONTS = Path(zhigan.__file__).parent / "static" / "fonts"
TEMPLATE = Path(__file__).with_name("report.typ")
FAMILIES = frozenset({"Noto Sans SC", "Noto Sans CJK SC"})
PATIENCE_S = 20.0
HANDS = 2
_NO_FONT = 3


class Unprinted(Exception):
    """Nothing came out; the text says why."""


class NoFont(Unprinted):
    """There is no font with Chinese characters."""


class Press:
    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._hands = asyncio.Semaphore(HANDS)

    async def pdf(self, document: msgspec.Struct, template: Path = TEMPLATE) -> bytes:
        try:
            async with asyncio.timeout(self._patience_s), self._hands:
                return await _child(msgspec.json.encode(document), template)
        except TimeoutError as error:
            raise Unprinted(f"It was not done within {self._patience_s:.0f} s; try again later.") from error


async def _child(data: bytes, template: Path) -> bytes:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, str(template),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        out, complaint = await child.communicate(data)
    finally:
        if child.returncode is None:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    if child.returncode == _NO_FONT:
        raise NoFont("No font with Chinese characters was found: install Debian's fonts-noto-cjk on the server.")
    if child.returncode != 0:
        raise Unprinted(complaint.decode(errors="replace").strip().rpartition("\n")[2][:300])
    return out


def print_here(data: bytes, template: Path = TEMPLATE) -> bytes:
    """In the child: blocking."""
    folders = [FONTS] if FONTS.is_dir() else []
    if not FAMILIES & set(typst.Fonts(font_paths=folders).families()):
        raise NoFont
    return typst.compile(template, font_paths=folders, sys_inputs={"data": data.decode()})


def main() -> int:
    os.nice(5)  # a report may wait, a screen may not
    try:
        sys.stdout.buffer.write(print_here(sys.stdin.buffer.read(), Path(sys.argv[1])))
    except NoFont:
        return _NO_FONT
    return 0


if __name__ == "__main__":
    sys.exit(main())
