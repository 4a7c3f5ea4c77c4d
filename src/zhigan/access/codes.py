"""Signing in by a code sent as a text message: asked for, sent, and entered as a login.

Enters: a telephone number as typed, a code, the address. Leaves: a message through the port `Texting`, a session. The
answer to asking is one and the same, and comes before anybody looks whether an account has that number: what happens
then, happens behind it. Number and code are kept as keyed digests only. A code is no password of an administrator:
`PASSWORD_ROLES` are sent none, nor is a number of several accounts, nor an account that waits for its first password.
Absent: providers (processes/ gives the port) and the second factor's own life (login.py asks for it).
"""

import asyncio
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
import structlog

from zhigan.access import store
from zhigan.access.login import Doorkeeper, Entered, principal_of
from zhigan.access.passwords import LOCKED
from zhigan.access.store import SQL
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import UNAVAILABLE, Connection
from zhigan.vocabulary import scopes
from zhigan.vocabulary.roles import Role
from zhigan.webapi.audit import audit
from zhigan.webapi.database import Database
from zhigan.webapi.principal import Principal
from zhigan.webapi.problems import TITLES, Problem, conflict, invalid, unauthorised

PASSWORD_ROLES = frozenset({Role.ADMIN, Role.SECURITY, Role.AUDITOR, Role.LEAD})
"""Who gives rights, reads the trail or closes a confirmed fire enters with a password."""
LASTS = timedelta(minutes=5)
MOST_TRIES = 5
APART = timedelta(seconds=60)
HOUR = timedelta(hours=1)
MOST_AN_HOUR = 5
MOST_UNDER_WAY = 100
"""Messages being sent at once; beyond it asking is refused, to known and unknown numbers alike."""
WRONG = "The code is wrong or has run out."
NOBODY = "00000000-0000-0000-0000-000000000000"
_DIGITS = 6
_NUMBER = re.compile(r"1\d{10}|\+\d{6,15}")
_log = structlog.get_logger("access.codes")


class Texting(Protocol):
    """Who sends: a code to a number; False where no provider has said that it took it."""

    @property
    def texts_codes(self) -> bool: ...

    async def code(self, phone: str, code: str) -> bool: ...


class _Kept(msgspec.Struct, frozen=True):
    asked_at: list[datetime] = []
    account: str | None = None
    code: bytes | None = None
    sent_at: datetime | None = None
    tries: int = 0


def number(typed: str) -> str | None:
    """A mobile number as dialled within the country, another country's with its plus; None where it is neither."""
    plain = re.sub(r"^(\+86|0086)", "", re.sub(r"[^0-9+]", "", typed[:40]))
    return plain if _NUMBER.fullmatch(plain) else None


def wait(asked_at: Sequence[datetime], now: datetime) -> int:
    """Seconds until the next code may be asked for."""
    recent = sorted(at for at in asked_at if now - at < HOUR)
    until = [now]
    if recent:
        until.append(recent[-1] + APART)
    if len(recent) >= MOST_AN_HOUR:
        until.append(recent[-MOST_AN_HOUR] + HOUR)
    return -int(-(max(until) - now).total_seconds() // 1)


class Codes:
    def __init__(self, db: Database, clock: Clock, door: Doorkeeper, texting: Texting) -> None:
        self._db = db
        self._clock = clock
        self._door = door
        self._texting = texting
        self._under_way: set[asyncio.Task[None]] = set()

    @property
    def offered(self) -> bool:
        return self._texting.texts_codes

    async def ask(self, typed: str, address: str) -> None:
        """Returns before anybody has looked whose number it is."""
        phone, key = self._of(typed)
        await self._door.counted(store.keys(f"code:{key.hex()}", address))
        if len(self._under_way) >= MOST_UNDER_WAY:
            raise Problem(503, TITLES[503])
        now = self._clock.now()
        async with self._db.owner() as conn:
            await conn.execute(SQL.one_at_a_time, key.hex())
            asked = (await _kept(conn, key)).asked_at
            if seconds := wait(asked, now):
                raise Problem(
                    429, TITLES[429], f"Try again in {seconds} seconds.", headers={"Retry-After": str(seconds)}
                )
            await conn.execute(SQL.code_asked, key, [*(at for at in asked if now - at < HOUR), now])
        task = asyncio.create_task(self._send(phone, key, address), name="sign-in code")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def enter(self, typed: str, code: str, address: str, agent: str, factor: str = "") -> Entered:
        """As `Doorkeeper.enter`, with a code in the password's place."""
        _, key = self._of(typed)
        keys = store.keys(f"phone:{key.hex()}", address)
        await self._door.counted(keys)
        found, digest = await self._opened(key, "".join(code.split()), address)
        if not factor.strip():
            await self._uncount(key)
        recovery = await self._door.second(found, keys, address, factor.strip(), enrols=False)
        async with self._db.owner() as conn:
            if not await conn.fetchval(SQL.spend_code, key, digest):
                raise unauthorised(WRONG)
            await conn.execute(SQL.take_back, keys.address)  # the asking counted there too
            await conn.execute(SQL.forgive, [store.keys(f"code:{key.hex()}", address).pair])
        return await self._door.admit(found, keys, address, agent, recovery, {"by": "sms"})

    async def settled(self) -> None:
        """Whatever was asked for is sent, or is not."""
        while self._under_way:
            await asyncio.wait(set(self._under_way))

    async def close(self) -> None:
        for task in self._under_way:
            task.cancel()
        await self.settled()

    def _of(self, typed: str) -> tuple[str, bytes]:
        if not self.offered:
            raise conflict("Signing in by text message is not set up here.")
        phone = number(typed)
        if phone is None:
            raise invalid("phone", "a telephone number")
        return phone, self._digest("number", phone)

    def _digest(self, *parts: str) -> bytes:
        return self._door.vault.digest("\0".join(parts))

    async def _send(self, phone: str, key: bytes, address: str) -> None:
        try:
            async with self._db.owner() as conn:
                found = await _whose(conn, phone)
                if found is None:
                    return
                code, now = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}", self._clock.now()
                await conn.execute(SQL.keep_code, key, found.account.id, self._digest("code", key.hex(), code), now)
            taken = await self._texting.code(phone, code)
            act = "login.code_sent" if taken else "login.code_unsent"
            async with self._db.owner() as conn:
                who = principal_of(found.account, "", address)
                await audit(conn, who, self._clock.now(), act, found.account.name)
        except UNAVAILABLE as error:
            _log.error("a sign-in code was not sent", error=type(error).__name__)

    async def _opened(self, key: bytes, code: str, address: str) -> tuple[store.Found, bytes]:
        """The account, and the code's digest by which it is spent; the try is counted before it is looked at."""
        now, digest = self._clock.now(), self._digest("code", key.hex(), code)
        async with self._db.owner() as conn:
            await conn.execute(SQL.one_at_a_time, key.hex())
            kept = await _kept(conn, key)
            await conn.execute(SQL.count_try, key)
            right = _stands(kept, now) and hmac.compare_digest(kept.code or b"", digest)
            found = await store.by_id(conn, kept.account or NOBODY)  # looked for in any case: no time tells
            opens = found is not None and right and self._holds(found, key)
            if not opens:
                who = _tried(found, address)
                await audit(conn, who, now, "login.code_failed", who.name or "unknown number")
        if found is None or not opens:
            raise unauthorised(WRONG)
        return found, digest

    def _holds(self, found: store.Found, key: bytes) -> bool:
        """Still in use, still of that number?"""
        return _usable(found) and self._digest("number", number(found.account.phone) or "") == key

    async def _uncount(self, key: bytes) -> None:
        """A right code without the second factor is no guess."""
        async with self._db.owner() as conn:
            await conn.execute(SQL.uncount_try, key)


async def _kept(conn: Connection, key: bytes) -> _Kept:
    row = await conn.fetchrow(SQL.login_code, key)
    return _Kept(**dict(row)) if row else _Kept()


def _stands(kept: _Kept, now: datetime) -> bool:
    return kept.code is not None and kept.sent_at is not None and now - kept.sent_at < LASTS and kept.tries < MOST_TRIES


async def _whose(conn: Connection, phone: str) -> store.Found | None:
    """The one account in use with that number; None where there are several, or it does not enter by a code."""
    found = await store.by_number(conn, phone)
    return found[0] if len(found) == 1 and _usable(found[0]) else None


def _usable(found: store.Found) -> bool:
    account = found.account
    return account.disabled_at is None and found.password != LOCKED and Role(account.role) not in PASSWORD_ROLES


def _tried(found: store.Found | None, address: str) -> Principal:
    if found is not None:
        return principal_of(found.account, "", address)
    return Principal("", "", Role.PARTNER, scopes.Scope(), "", address)
