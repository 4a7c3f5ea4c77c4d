"""What every carrier's interface comes down to: a letter, a call, and what became of it.

Enters: nothing. Leaves: nouns. Absent: any one carrier.
"""

import enum
from collections.abc import Mapping
from typing import Final, NamedTuple, TypeVar

import msgspec

from zhigan.protocols.carriers.devices import Told
from zhigan.protocols.carriers.lenient import Loose, text

T = TypeVar("T")
TTL_MAX_S: Final = 864_000


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """`device` is the contract's address, `name` the carrier's second one; `mark` is our own sign on it."""

    device: str
    product: str
    name: str
    told: Told
    ttl_s: int
    mark: str


class Call(msgspec.Struct, frozen=True, kw_only=True):
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: dict[str, str] = {}
    body: bytes = b""


class Carried(NamedTuple):
    """A command as the carrier has it: its id, what it says became of it, when it got it (µs), and what was in it."""

    id: str
    result: str = ""
    at: int | None = None
    mark: str = ""
    content: bytes = b""


class Doubt(enum.Enum):
    """How sure it is that the carrier does not have the letter."""

    REFUSED = "refused"  # it said no, and will say no again
    NOT_TAKEN = "not_taken"  # it did not take it now; the same letter may be sent again
    UNKNOWN = "unknown"  # it may have taken it: ask before sending again
    STALE = "stale"  # our access ran out; log in and ask again


class CallError(Exception):
    def __init__(self, doubt: Doubt, reason: str) -> None:
        super().__init__(reason)
        self.doubt = doubt
        self.reason = reason


_BUSY: Final = 429
_UNAUTHORISED: Final = 401
_SHOWN: Final = 300


def answered(status: int, body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """The body of a good answer. A gateway's 5xx says nothing of what stands behind it."""
    if status == _BUSY:
        raise CallError(Doubt.NOT_TAKEN, "the carrier asks us to be slower (429)")
    if status == _UNAUTHORISED:
        raise CallError(Doubt.STALE, f"the carrier does not know us: {shown(body)}")
    if 400 <= status < 500:
        raise CallError(Doubt.REFUSED, f"the carrier refused with {status}: {shown(body)}")
    if not 200 <= status < 300:
        raise CallError(Doubt.UNKNOWN, f"the carrier answered {status}")
    try:
        return decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise CallError(Doubt.UNKNOWN, f"the carrier's answer cannot be read: {error}") from None


def shown(body: bytes) -> str:
    return " ".join(body[:_SHOWN].decode("utf-8", "replace").split())


def identified(value: Loose) -> str:
    found = text(value)
    if not found:
        raise CallError(Doubt.UNKNOWN, "the carrier's answer holds no id of the command")
    return found


def encoded(thing: Mapping[str, object]) -> bytes:
    """One spelling for one content, so that what was sent is found again in a list."""
    return msgspec.json.encode(thing)


def same(first: bytes, second: bytes) -> bool:
    """The same content, however it is spelt; a list may hold it as text within text."""
    return _plain(first) == _plain(second)


def _plain(content: bytes) -> object:
    found: object = content
    for _ in range(3):
        if not isinstance(found, str | bytes):
            break
        try:
            found = msgspec.json.decode(found)
        except msgspec.MsgspecError:
            break
    return found
