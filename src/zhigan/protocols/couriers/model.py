"""A request ready for the wire, and what providers say, in five words.

Enters: nothing. Leaves: the nouns of this folder. Absent: sockets, retries (outlets/notify decides by `Said`).
"""

import enum
from typing import TypeVar

import msgspec

T = TypeVar("T")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    method: str
    url: str
    headers: dict[str, str]
    body: bytes = b""


class Said(enum.StrEnum):
    """What is known of a message after one attempt."""

    TAKEN = "taken"
    REFUSED = "refused"  # surely not taken, and again would not help
    LIMITED = "limited"  # surely not taken: too many at once
    UNREACHED = "unreached"  # surely not taken: nobody answered the door
    UNKNOWN = "unknown"  # may have been taken: ask, never repeat


class Answer(msgspec.Struct, frozen=True):
    """`gone`: there is nobody at that address any more; it is not used again."""

    said: Said
    id: str = ""  # the provider's own
    code: str = ""
    text: str = ""
    gone: bool = False


class Outcome(enum.StrEnum):
    """What a provider knows of a message that it took."""

    UNDERWAY = "underway"
    DELIVERED = "delivered"
    FAILED = "failed"


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """`request`: our own id where the provider hands it back, else empty; `id`: the provider's; `key`: pressed;
    `gone`: nobody is at `address` any more."""

    outcome: Outcome
    request: str = ""
    id: str = ""
    address: str = ""
    key: str = ""
    code: str = ""
    text: str = ""
    gone: bool = False


class Malformed(ValueError):
    """A receipt that is not of the provider's form."""


def of_status(status: int) -> Answer | None:
    """What the HTTP status alone says; None: the body decides."""
    if status == 429:
        return Answer(Said.LIMITED, code="429")
    if status >= 500:
        return Answer(Said.UNKNOWN, code=str(status))
    return None


def read(status: int, body: bytes, form: type[T]) -> T | Answer:
    """The body in the provider's form; what is known without it where the status decides or it has another form."""
    told = of_status(status)
    if told is not None:
        return told
    try:
        return msgspec.json.decode(body, type=form)
    except msgspec.MsgspecError:
        return Answer(Said.UNKNOWN, code="malformed")
