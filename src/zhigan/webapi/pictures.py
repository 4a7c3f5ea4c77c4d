"""Pictures that people send: told by their bytes, never by their names, and refused with the reason.

Enters: bytes. Leaves: type and size in pixels, or a problem that names the field `file`. Absent: SVG, which may hold
scripts, PDF, and whatever would decode the picture.
"""

import msgspec

from zhigan.webapi import problems

MOST_SIDE = 12_000
MOST_PIXELS = 60_000_000
LEAST_SIDE = 16

_NO_SIZE = frozenset({0xD8, 0x01, *range(0xD0, 0xD8)})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class Picture(msgspec.Struct, frozen=True):
    """What the first bytes of a picture say of it."""

    type: str
    width: int
    height: int


def checked(content: bytes, most_bytes: int) -> Picture:
    """`most_bytes`: whole MiB."""
    if not content:
        raise problems.invalid("file", "not empty")
    if len(content) > most_bytes:
        raise problems.Problem(413, problems.TITLES[413], f"At most {most_bytes // 2**20} MiB a file.")
    found = picture(content)
    if found is None:
        raise problems.invalid("file", "a PNG, JPEG or WebP picture, told by its bytes")
    if not fits(found):
        raise problems.invalid("file", f"{found.width} × {found.height} pixels: no side above {MOST_SIDE}")
    return found


def picture(content: bytes) -> Picture | None:
    """None: no PNG, JPEG or WebP, or one whose size cannot be read."""
    for read in (_png, _jpeg, _webp):
        found = read(content)
        if found is not None:
            return found
    return None


def fits(found: Picture) -> bool:
    sides = (found.width, found.height)
    return min(sides) >= LEAST_SIDE and max(sides) <= MOST_SIDE and found.width * found.height <= MOST_PIXELS


def _png(content: bytes) -> Picture | None:
    if not content.startswith(b"\x89PNG\r\n\x1a\n") or content[12:16] != b"IHDR" or b"IEND" not in content[-16:]:
        return None
    return Picture("image/png", int.from_bytes(content[16:20]), int.from_bytes(content[20:24]))


def _jpeg(content: bytes) -> Picture | None:
    """Walks the segments to the frame's header."""
    if not content.startswith(b"\xff\xd8\xff"):
        return None
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        mark = content[at + 1]
        if mark in _FRAMES:
            high, wide = int.from_bytes(content[at + 5 : at + 7]), int.from_bytes(content[at + 7 : at + 9])
            return Picture("image/jpeg", wide, high)
        at += 2 if mark in _NO_SIZE else 1 if mark == 0xFF else 2 + int.from_bytes(content[at + 2 : at + 4])
    return None


def _webp(content: bytes) -> Picture | None:
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP" or len(content) < 30:
        return None
    form = content[12:16]
    if form == b"VP8X":
        wide, high = (int.from_bytes(content[n : n + 3], "little") + 1 for n in (24, 27))
    elif form == b"VP8 " and content[23:26] == b"\x9d\x01\x2a":
        wide, high = (int.from_bytes(content[n : n + 2], "little") & 0x3FFF for n in (26, 28))
    elif form == b"VP8L" and content[20] == 0x2F:
        bits = int.from_bytes(content[21:25], "little")
        wide, high = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        return None
    return Picture("image/webp", wide, high)
