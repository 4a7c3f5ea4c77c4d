"""Passwords: Argon2id, off the event loop, a few at a time. Absent: rules about them (rules.py) and rows."""

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

AT_ONCE = 2
"""Each takes 19 MiB and a core: a storm of logins must not take the machine."""

LOCKED = "!"
"""In the place of a hash: no password opens this account."""


class Passwords:
    """OWASP's second parameter set (19 MiB, 2 passes, 1 lane)."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
        self._room = asyncio.Semaphore(AT_ONCE)
        self._nobody = self._hasher.hash(secrets.token_hex(16))

    async def hash(self, password: str) -> str:
        async with self._room:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def opens(self, hashed: str | None, password: str) -> bool:
        """None (no such account) takes as long as a wrong password."""
        async with self._room:
            return await asyncio.to_thread(self._verify, hashed, password)

    def _verify(self, hashed: str | None, password: str) -> bool:
        try:
            held = self._hasher.verify(hashed if hashed not in (None, LOCKED) else self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return held and hashed not in (None, LOCKED)
