"""Limits on strangers: connections that have not yet sent a valid frame, and addresses that nobody registered.

Enters: who came, from which host, when. Leaves: who must go, who must wait. Whoever has proven to be a device is no
longer in here. Absent: sockets.
"""

from typing import Protocol

from zhigan.vocabulary.moments import HOUR


class Stranger(Protocol):
    """A connection without a valid frame."""

    host: str
    born: int

    def close(self) -> None: ...


class Unproven:
    """The oldest goes when there are too many: a real device speaks at once, so it is hardly ever the oldest."""

    def __init__(self, most: int, most_per_host: int) -> None:
        self._most = most
        self._most_per_host = most_per_host
        self._all: dict[Stranger, None] = {}
        self._hosts: dict[str, dict[Stranger, None]] = {}

    def __len__(self) -> int:
        return len(self._all)

    def add(self, stranger: Stranger) -> Stranger | None:
        """Who must go for it, if anybody."""
        here = self._hosts.setdefault(stranger.host, {})
        leaving: Stranger | None = None
        if len(here) >= self._most_per_host:
            leaving = next(iter(here))
        elif len(self._all) >= self._most:
            leaving = next(iter(self._all))
        if leaving is not None:
            self.remove(leaving)
        self._all[stranger] = None
        self._hosts.setdefault(stranger.host, {})[stranger] = None
        return leaving

    def remove(self, stranger: Stranger) -> None:
        if self._all.pop(stranger, stranger) is None:
            here = self._hosts[stranger.host]
            del here[stranger]
            if not here:
                del self._hosts[stranger.host]

    def overdue(self, born_before: int) -> list[Stranger]:
        found: list[Stranger] = []
        for stranger in self._all:
            if stranger.born >= born_before:
                break
            found.append(stranger)
        return found


class Newcomers:
    """Distinct unregistered addresses a host may bring in an hour: commissioning needs many, forgery needs more."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._since = 0
        self._hosts: dict[str, set[str]] = {}

    def allows(self, host: str, address: str, now: int) -> bool:
        if now - self._since >= HOUR:
            self._since = now
            self._hosts.clear()
        known = self._hosts.setdefault(host, set())
        if address in known:
            return True
        if len(known) >= self._most:
            return False
        known.add(address)
        return True
