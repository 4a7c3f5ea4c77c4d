"""Text rules: GB 18030 in a field of fixed length, padding unspecified by the standard.

Enters: raw bytes. Leaves: readable text. Seen as padding: 0x20, 0x00, 0xA0, text + NUL + stale bytes; a two-byte
character may be cut at the field's end. The raw bytes stay beside the text wherever it is kept. A NUL never leaves
this module.
"""

DESCRIPTION_SIZE = 31
_CACHE_LIMIT = 65_536


_REPLACED = "\ufffd"
_CONTROLS = dict.fromkeys((*range(32), *range(127, 160)))


def decode(raw: bytes) -> str:
    """Cut at the first NUL, strip padding, replace what is no GB 18030; "" where hardly anything is text."""
    text = _characters(raw).rstrip(_REPLACED).translate(_CONTROLS).strip(" \u3000")
    return "" if text.count(_REPLACED) * 2 >= len(text) else text


def legible(raw: bytes) -> bool:
    """Is the field text at all, or a maker's binary structure? Padding alone is, and text with stale bytes behind."""
    characters = _characters(raw)
    if not characters:
        return not raw.strip(b"\x00\x20\xa0")
    whole = characters.removesuffix(_REPLACED)
    return bool(whole) and _REPLACED not in whole and whole.isprintable()


def _characters(raw: bytes) -> str:
    """The decoded field up to its padding; 0xA0 may also be the second half of a character, which then keeps it."""
    field = raw.partition(b"\x00")[0].rstrip(b"\x20")
    bare = field.rstrip(b"\xa0\x20")
    text = bare.decode("gb18030", "replace")
    if len(bare) < len(field) and text.endswith(_REPLACED):
        padded = field[: len(bare) + 1].decode("gb18030", "replace")
        return padded if not padded.endswith(_REPLACED) else text
    return text


def encode(text: str, size: int = DESCRIPTION_SIZE) -> bytes:
    """Padded with NUL; cut at a character boundary."""
    raw = text.encode("gb18030", "replace")
    while len(raw) > size:
        text = text[:-1]
        raw = text.encode("gb18030", "replace")
    return raw.ljust(size, b"\x00")


def encode_free(text: str, limit: int = 255) -> bytes:
    """Unpadded, for the types whose text carries its own length."""
    return encode(text, limit).rstrip(b"\x00")


class Texts(dict[bytes, str]):
    """Raw field → text, remembered: a component says the same words every time. Bounded: cleared when full."""

    def __missing__(self, raw: bytes) -> str:
        if len(self) >= _CACHE_LIMIT:
            self.clear()
        text = self[raw] = decode(raw)
        return text


TEXTS = Texts()
