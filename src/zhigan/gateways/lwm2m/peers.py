"""Peers: what is remembered of an address, so that repeats are known, strangers bounded, and nobody is flooded by us.

Enters: addresses, numbers of messages, sizes, `now`. Leaves: a `Peer`. Two generations are kept, so a message is known
again for four to eight minutes (RFC 7252: 247 s), or less while a million addresses pass by. Absent: sockets.
"""

from typing import Final

from zhigan.gateways.lwm2m.model import Address
from zhigan.vocabulary.moments import SECOND

GENERATION: Final = 250 * SECOND
RECENT: Final = 24
"""Messages of one peer that are known again: it sends one after the other (NSTART), so even two would nearly do."""
AMPLIFICATION: Final = 3
"""Bytes sent to an address that has not proven itself, for each byte that came from it (RFC 9175 §2.4)."""
_PENDING: Final = b""


class Peer:
    """`identity`: who DTLS says it is. `recent`: message number → the answer, empty while it is not durable."""

    __slots__ = ("address", "allowance", "allowed_at", "came", "identity", "proven", "recent", "went")

    def __init__(self, address: Address, identity: str, now: int, burst: int) -> None:
        self.address = address
        self.identity = identity
        self.recent: dict[int, bytes] = {}
        self.proven = bool(identity)
        self.came = 0
        self.went = 0
        self.allowance = float(burst)
        self.allowed_at = now

    def begin(self, mid: int) -> None:
        if len(self.recent) >= RECENT:
            del self.recent[next(iter(self.recent))]
        self.recent[mid] = _PENDING

    def done(self, mid: int, answer: bytes) -> None:
        if mid in self.recent:
            self.recent[mid] = answer

    def forget(self, mid: int) -> None:
        """It was not kept: its repeat counts as new."""
        self.recent.pop(mid, None)

    def may_hear(self, size: int) -> bool:
        return self.proven or self.went + size <= AMPLIFICATION * self.came

    def allows(self, now: int, per_second: int, burst: int) -> bool:
        """A stranger's next request."""
        passed = (now - self.allowed_at) / SECOND
        self.allowed_at = now
        self.allowance = min(float(burst), self.allowance + max(0.0, passed) * per_second)
        if self.allowance < 1.0:
            return False
        self.allowance -= 1.0
        return True


class Peers:
    def __init__(self, most: int, burst: int) -> None:
        self._most = most
        self._burst = burst
        self._young: dict[tuple[Address, str], Peer] = {}
        self._old: dict[tuple[Address, str], Peer] = {}
        self._turned_at = 0

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def of(self, address: Address, identity: str, now: int) -> Peer:
        key = (address, identity)
        peer = self._young.get(key)
        if peer is not None:
            return peer
        if now - self._turned_at >= GENERATION or len(self._young) >= self._most:
            self._turned_at = now
            self._old, self._young = self._young, {}
        peer = self._old.pop(key, None) or Peer(address, identity, now, self._burst)
        self._young[key] = peer
        return peer

    def find(self, address: Address, identity: str) -> Peer | None:
        key = (address, identity)
        return self._young.get(key) or self._old.get(key)
