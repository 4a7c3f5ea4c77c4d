"""Pictures are told by their bytes."""

import pytest

from desks.site import JPEG, PNG
from zhigan.webapi.pictures import MOST_SIDE, Picture, fits, picture

VP8 = b"RIFF\x00\x00\x00\x00WEBPVP8 " + bytes(4) + bytes(3) + b"\x9d\x01\x2a" + b"\x20\x03\x58\x02" + bytes(8)
VP8L = b"RIFF\x00\x00\x00\x00WEBPVP8L" + bytes(4) + b"\x2f" + (799 | 599 << 14).to_bytes(4, "little") + bytes(8)
VP8X = b"RIFF\x00\x00\x00\x00WEBPVP8X" + bytes(8) + (799).to_bytes(3, "little") + (599).to_bytes(3, "little") + bytes(8)


@pytest.mark.parametrize(
    ("content", "type_"),
    [(PNG, "image/png"), (JPEG, "image/jpeg"), (VP8, "image/webp"), (VP8L, "image/webp"), (VP8X, "image/webp")],
)
def test_size_and_type_by_the_bytes(content: bytes, type_: str) -> None:
    assert picture(content) == Picture(type_, 800, 600)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<?xml version='1.0'?><svg/>", b"%PDF-1.7", b"GIF89a",
        PNG[:-8], PNG[:20], JPEG[:12], b"\xff\xd8\xff" + b"\xff\xe0\x00\x00" * 9, VP8[:20], b"\xff\xd8\xff\xff" * 8,
    ],
)  # fmt: skip
def test_anything_else_is_no_picture(content: bytes) -> None:
    assert picture(content) is None


def test_limits_of_size() -> None:
    assert fits(Picture("image/png", 800, 600)) and fits(Picture("image/png", MOST_SIDE, 5000))
    assert not fits(Picture("image/png", MOST_SIDE + 1, 100)) and not fits(Picture("image/png", 10_000, 10_000))
    assert not fits(Picture("image/png", 0, 600)) and not fits(Picture("image/png", 1, 1))
