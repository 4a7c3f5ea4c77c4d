"""How often a source may push: a bucket a source at every door by which other systems report, before a body is read.

Enters: requests at the doors' addresses. Leaves: those within the source's measure, to the application behind; 429
with `Retry-After` for what is beyond it. Nothing is thrown away without that answer, and nobody else is slowed down: a
source is a door, the name in the address, the sender's host and what it shows as its secret, so whoever guesses at
secrets fills a bucket of his own. The measure is generous: it is there for a sender that has lost its mind, not for a
storm of fires. Absent: who may push (the doors), and people (access).
"""

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from math import ceil
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec
from prometheus_client import Counter

from zhigan.runtime.clock import Clock
from zhigan.vocabulary.moments import SECOND
from zhigan.webapi.problems import MEDIA_TYPE, TITLES, TYPE

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

DOORS: Final = (
    ("platforms", "/api/v1/platforms/", "/push/"),
    ("carriers", "/api/v1/ingest/", ""),
    ("federation", "/api/v1/federation/peers/", ""),
)
"""Name, what the address begins with, and what stands behind the source's name."""
BURST_S: Final = 10
"""So many seconds' measure may come at once."""
SOURCES_MAX: Final = 10_000
"""Sources remembered; the one that was heard longest ago is forgotten, which only does it good."""


limited = Counter("zhigan_pushes_limited", "pushes beyond their source's measure, each told to come again", ("door",))


class Buckets:
    """`rate` a second for each source; 0: no measure."""

    def __init__(self, rate: float, clock: Clock, most: int = SOURCES_MAX) -> None:
        self._rate, self._clock, self._most = rate, clock, most
        self._held: OrderedDict[object, tuple[float, int]] = OrderedDict()

    def take(self, source: object) -> int:
        """0: it may; else after how many whole seconds it may again."""
        if self._rate <= 0:
            return 0
        now, full = self._clock.micros(), self._rate * BURST_S
        left, since = self._held.pop(source, (full, now))
        left = min(full, left + max(0, now - since) / SECOND * self._rate)
        self._held[source] = (left - 1 if left >= 1 else left, now)
        if len(self._held) > self._most:
            self._held.popitem(last=False)
        return 0 if left >= 1 else max(1, ceil((1 - left) / self._rate))


class Measured:
    """In front of the doors."""

    def __init__(self, behind: Application, buckets: Buckets) -> None:
        self._behind, self._buckets = behind, buckets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        source = source_of(scope) if scope["type"] == "http" else None
        if source is None or (after_s := self._buckets.take(source)) == 0:
            await self._behind(scope, receive, send)
            return
        limited.labels(source[0]).inc()
        body = {
            "type": f"{TYPE}throttled", "title": TITLES[429], "status": 429, "code": "throttled",
            "detail": "More pushes than this source's measure: nothing was kept, send it again.",
            "instance": scope["path"],
        }  # fmt: skip
        headers = [(b"content-type", MEDIA_TYPE.encode()), (b"retry-after", str(after_s).encode())]
        await send({"type": "http.response.start", "status": 429, "headers": headers})
        await send({"type": "http.response.body", "body": msgspec.json.encode(body)})


def source_of(scope: Scope) -> tuple[str, str, str, bytes] | None:
    """None: no push."""
    path: str = scope["path"]
    for door, begins, behind in DOORS:
        if path.startswith(begins):
            name, slash, rest = path[len(begins) :].partition("/")
            if behind and not f"{slash}{rest}".startswith(behind):
                return None
            host = scope["client"][0] if scope.get("client") else ""
            return door, name[:64], host, _shown(scope)
    return None


def _shown(scope: Scope) -> bytes:
    """A digest of the secret that it shows: of a wrong one another than of the right one."""
    shown = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
    if not shown:
        token = parse_qs(scope.get("query_string", b"")[:2000]).get(b"token", [b""])
        shown = token[0]
    return hashlib.blake2b(shown, digest_size=8).digest()
