"""Text rules: GB 18030 in a field of fixed length, padding unspecified by the standard.

Enters: raw bytes. Leaves: readable text. Seen as padding: 0x20, 0x00, 0xA0, text + NUL + stale bytes; a two-byte
character may be cut at the field's end. The raw bytes stay beside the text wherever it is kept. A NUL never leaves
this module.
"""

DESCRIPTION_SIZE = 31
_CACHE_LIMIT = 65_536


def decode(raw: bytes) -> str:
    """Cut at the first NUL, strip spaces and lone 0xA0 padding, replace what is no GB 18030."""
    end = raw.find(0)
    if end >= 0:
        raw = raw[:end]
    text = raw.rstrip(b"\x20\xa0").decode("gb18030", "replace")
    if text.endswith("\ufffd") and raw[-1:] in (b"\x20", b"\xa0"):
        # 0xA0 may also be the second half of a character (e.g. 牎 A0A0 area): give it back before giving up.
        whole = raw.rstrip(b"\x20").decode("gb18030", "replace")
        if "\ufffd" not in whole:
            text = whole
    return text.strip(" \u3000\xa0")


def legible(raw: bytes) -> bool:
    """Is the field text at all, or a maker's binary structure?"""
    end = raw.find(0)
    kept = (raw[:end] if end >= 0 else raw).rstrip(b"\x20\xa0")
    if not kept and any(raw[end + 1 :] if end >= 0 else b""):
        return False
    text = decode(raw)
    return all(c.isprintable() and c != "\ufffd" for c in text[:-1]) and (not text or text[-1].isprintable())


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
