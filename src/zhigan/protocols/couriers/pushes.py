"""The phone makers' push: what all of them want, in one form.

Enters: a note to one phone, its maker's keys, the moment. Leaves: nothing itself: `Wire` is what each maker's module
(huawei, xiaomi, oppo, vivo) is made of. Absent: sockets, and the tokens' life (outlets/notify keeps them).
"""

from typing import Protocol, runtime_checkable

import msgspec

from zhigan.protocols.couriers.model import Answer, Request

TTL_S = 3600
"""A phone that was off for longer hears of the fire by other ways; an old alarm must not ring at night."""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """`request`: our own id; `tag`: a later note of the same one takes its place; `link`: what it opens."""

    token: str
    title: str
    text: str
    request: str
    tag: str = ""
    link: str = ""


class Access(msgspec.Struct, frozen=True):
    """What a maker lends us after our keys: for so many seconds."""

    token: str
    seconds: int


class Wire(Protocol):
    """One maker. `name` is also what stands before the colon of an address."""

    @property
    def name(self) -> str: ...

    def access(self, milliseconds: int) -> Request | None:
        """Asks for access; None: the keys themselves stand in each request."""
        ...

    def read_access(self, status: int, body: bytes) -> Access | Answer: ...

    def send(self, access: str, note: Note) -> Request: ...

    def answer(self, status: int, body: bytes) -> Answer: ...

    def over(self, answer: Answer) -> bool:
        """Did the access end? Then it is asked for anew, once."""
        ...


@runtime_checkable
class Looker(Protocol):
    """A maker whose access says nothing of our keys: it is asked what tells nobody anything."""

    def look(self, access: str) -> Request: ...

    def looked(self, status: int, body: bytes) -> Answer: ...


def intent(package: str, incident: str) -> str:
    """Android's address of the alarm's page in the city's own app."""
    return f"intent://alarms/{incident}#Intent;scheme=zhigan119;package={package};launchFlags=0x10000000;end"


def fitted(text: str, most: int) -> str:
    """At most so many characters; makers refuse a note that is longer."""
    return text if len(text) <= most else text[: most - 1] + "…"
