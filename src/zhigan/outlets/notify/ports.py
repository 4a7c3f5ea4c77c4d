"""What a channel is to the courier.

Enters: nothing. Leaves: protocols. Absent: any provider.
"""

from datetime import datetime
from typing import Protocol

from zhigan.outlets.notify.model import Message, Way
from zhigan.protocols.couriers.model import Answer, Receipt


class Unasked(Exception):
    """The provider cannot be asked: it has no such question, or it does not answer now (`later`)."""

    def __init__(self, why: str, *, later: bool) -> None:
        super().__init__(why)
        self.later = later


class Channel(Protocol):
    """One provider of one way. `repeatable`: the receiver knows our id again, so that repeating is harmless."""

    @property
    def way(self) -> Way: ...
    @property
    def name(self) -> str: ...
    @property
    def repeatable(self) -> bool: ...

    def reaches(self, address: str) -> bool:
        """Is the address one of this provider's?"""
        ...

    async def send(self, message: Message) -> Answer:
        """One attempt; it raises nothing for what the network or the provider does."""
        ...

    async def find(self, request: str, address: str, handed_at: datetime, now: datetime) -> Receipt | None:
        """What became of a message whose answer did not come. None: it was not taken. Raises `Unasked`."""
        ...

    async def check(self, now: datetime) -> Answer:
        """Is the path whole, without telling anybody anything? TAKEN: yes."""
        ...
