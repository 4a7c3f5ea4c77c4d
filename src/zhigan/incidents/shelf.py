"""Photos and files on disk, each under the hash of its content. What is not what it says it is, is not taken.

Enters: bytes. Leaves: their type by their first bytes, and a file that is whole or not there. Absent: whose they are
and who may see them (the database), and taking files away: what hangs on an incident stays.
"""

import hashlib
import os
import tempfile
from pathlib import Path

MOST_BYTES = 20 * 1024 * 1024

_MP4_BRANDS = (
    b"isom",
    b"iso2",
    b"iso4",
    b"iso5",
    b"iso6",
    b"mp41",
    b"mp42",
    b"avc1",
    b"M4V ",
    b"MSNV",
    b"3gp4",
    b"3gp5",
)


def type_of(head: bytes) -> str | None:
    """By magic bytes; the name and what the sender claims count for nothing."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp" and head[8:12] in _MP4_BRANDS:
        return "video/mp4"
    if head[4:12] == b"ftypqt  ":
        return "video/quicktime"
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    return None


def plain_name(given: str) -> str:
    """The last part of a path, without what no file name holds; at most 120 characters, the ending kept."""
    name = given.replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c for c in name if c.isprintable() and c not in '<>:"|?*').strip(" .")
    stem, dot, ending = name.rpartition(".")
    if len(name) > 120:
        name = f"{stem[:110]}{dot}{ending[:9]}" if dot else name[:120]
    return name or "file"


class Shelf:
    """`folder/ab/abcdef…`: one file a content."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, sha256: bytes) -> Path:
        name = sha256.hex()
        return self._folder / name[:2] / name

    def keep(self, content: bytes) -> bytes:
        """Blocking. On disk when it returns; the hash under which it lies."""
        sha256 = hashlib.sha256(content).digest()
        path = self.path(sha256)
        if path.is_file() and path.stat().st_size == len(content):
            return sha256
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, waiting = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(waiting).replace(path)
        except BaseException:
            Path(waiting).unlink(missing_ok=True)
            raise
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return sha256
