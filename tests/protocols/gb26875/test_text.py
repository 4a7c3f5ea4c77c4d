"""Descriptions: GB 18030 in 31 bytes, whatever the padding."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhigan.protocols.gb26875 import text

WORDS = "1号接口板1回路1号"
RAW = WORDS.encode("gb18030")


@pytest.mark.parametrize("padding", [b"\x00", b"\x20", b"\xa0", b"\x00\xba\xc5\xd6", b"\x20\x00"])
def test_padding_of_every_kind_is_stripped(padding: bytes) -> None:
    assert text.decode((RAW + padding * 31)[:31]) == WORDS
    assert text.legible((RAW + padding * 31)[:31])


def test_a_character_cut_at_the_end_is_dropped() -> None:
    raw = ("火" * 16).encode("gb18030")[:31]
    assert text.decode(raw) == "火" * 15
    assert text.legible(raw)


def test_a_last_character_that_ends_in_a0_is_kept() -> None:
    assert "臓".encode("gb18030").endswith(b"\xa0")
    assert text.decode("号臓".encode("gb18030").ljust(31, b"\x00")) == "号臓"
    assert text.decode("号臓".encode("gb18030").ljust(31, b"\x20")) == "号臓"


@pytest.mark.parametrize("raw", [b"\xff" * 4 + bytes(27), b"\xfb" + bytes(30), bytes(4) + b"\x01" * 27])
def test_binary_structures_are_no_text(raw: bytes) -> None:
    assert text.decode(raw) == ""
    assert not text.legible(raw)


@given(st.binary(max_size=64))
def test_what_leaves_can_be_stored_and_sent(raw: bytes) -> None:
    words = text.decode(raw)
    assert "\x00" not in words
    assert all(ord(c) >= 32 for c in words)
    assert msgspec.json.decode(msgspec.json.encode(words)) == words


@given(st.text(max_size=40))
def test_encoding_fills_the_field_and_never_cuts_a_character(words: str) -> None:
    raw = text.encode(words)
    assert len(raw) == text.DESCRIPTION_SIZE
    raw.rstrip(b"\x00").decode("gb18030")


@given(st.text(alphabet="一二三四五六七八九十层号楼走廊ABCxyz0123456789-", min_size=1, max_size=15))
def test_field_words_come_back(words: str) -> None:
    assert text.decode(text.encode(words)) == words


def test_the_cache_is_bounded() -> None:
    texts = text.Texts()
    for n in range(70_000):
        assert texts[str(n).encode()] == str(n)
    assert len(texts) <= 65_536
