"""Block-wise transfer (RFC 7959): the option, and putting a body together under limits. Pure.

Enters: Block options and pieces, in whatever order a network brings them, `now`. Leaves: a whole body, or what to say.
Absent: sockets; and transfers at random, which no device of ours makes: pieces come one after the other.
"""

import enum
from typing import Final, NamedTuple

BODY_MAX: Final = 16_384
"""What one device may say at once, in however many pieces."""
LIFETIME: Final = 247_000_000
"""µs: RFC 7252's EXCHANGE_LIFETIME; a body of which nothing more comes is forgotten then."""
OPEN_MAX: Final = 2_000
"""Bodies under way, of all peers; the oldest goes: two thousand times 16 KiB is what strangers can make us hold."""


class BlockError(ValueError):
    """A Block option that cannot be."""


class Block(NamedTuple):
    number: int
    more: bool
    szx: int

    @property
    def size(self) -> int:
        return 1 << self.szx + 4

    @property
    def offset(self) -> int:
        return self.number << self.szx + 4

    @staticmethod
    def read(value: bytes) -> "Block":
        if len(value) > 3:
            raise BlockError("a Block option has at most three bytes")
        whole = int.from_bytes(value, "big")
        if whole & 7 == 7:
            raise BlockError("a Block option of size 7")
        return Block(whole >> 4, bool(whole & 8), whole & 7)

    def write(self) -> bytes:
        whole = self.number << 4 | (8 if self.more else 0) | self.szx
        return whole.to_bytes((whole.bit_length() + 7) // 8, "big")


class Step(enum.Enum):
    CONTINUE = 1
    INCOMPLETE = 2  # a piece is missing: the sender begins again
    TOO_LARGE = 3
    WHOLE = 4


class _Body:
    __slots__ = ("began", "pieces", "size")

    def __init__(self, began: int) -> None:
        self.began = began
        self.pieces: list[bytes] = []
        self.size = 0


Key = tuple[object, ...]


class Bodies:
    """Bodies under way, by who sends them where to."""

    def __init__(self, most: int = OPEN_MAX, body_max: int = BODY_MAX) -> None:
        self._most = most
        self._body_max = body_max
        self._open: dict[Key, _Body] = {}

    def __len__(self) -> int:
        return len(self._open)

    def take(self, key: Key, block: Block, piece: bytes, now: int) -> tuple[Step, bytes]:
        """The body with WHOLE, nothing before. A piece that came before is a repeat and changes nothing."""
        body = self._open.get(key)
        if block.number == 0:
            body = self._begin(key, now)
        elif body is None or now - body.began > LIFETIME or block.offset > body.size:
            self._open.pop(key, None)
            return Step.INCOMPLETE, b""
        wrong = (block.more and len(piece) != block.size) or len(piece) > block.size
        if wrong or block.offset + len(piece) > self._body_max:
            self._open.pop(key, None)
            return (Step.INCOMPLETE if wrong else Step.TOO_LARGE), b""
        if block.offset == body.size:
            body.pieces.append(piece)
            body.size += len(piece)
        if block.more:
            return Step.CONTINUE, b""
        del self._open[key]
        return Step.WHOLE, b"".join(body.pieces)

    def drop(self, key: Key) -> None:
        self._open.pop(key, None)

    def sweep(self, now: int) -> None:
        for key in [key for key, body in self._open.items() if now - body.began > LIFETIME]:
            del self._open[key]

    def _begin(self, key: Key, now: int) -> _Body:
        self._open.pop(key, None)
        if len(self._open) >= self._most:
            del self._open[next(iter(self._open))]
        body = self._open[key] = _Body(now)
        return body
