"""The way in: a name and a password become a session, or a refusal that gives nothing away.

Every attempt is counted as failed before the password is looked at and taken back when it was right, so that guesses
in parallel do not slip past the count. Guessers are slowed by name, by address and by both; the owner of a name is not
held up by strangers at an address from which he has logged in before, and never for longer than a minute. Codes of the
second factor are counted with the passwords; a right password without a code is no guess and counts for nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from zhigan.access import factor, rules, store
from zhigan.access.model import Account, Entry, Failures, Hurdle
from zhigan.access.passwords import Passwords
from zhigan.access.vault import Vault
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Connection
from zhigan.vocabulary import scopes
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.roles import Role
from zhigan.webapi.audit import audit
from zhigan.webapi.database import Database
from zhigan.webapi.principal import Principal
from zhigan.webapi.problems import Problem, unauthorised

ACCOUNT_REFUSE_FROM = 20
"""Wrong passwords for one name from everywhere; the pair of name and address is refused much earlier."""

SEALED = "The second factor is sealed with a key that this server does not hold; a recovery code opens."

ENROL_FIRST = "Your role must have a second factor: sign in with your password once and set it up."

Pause = Callable[[float], Awaitable[None]]


class Entered(msgspec.Struct, frozen=True):
    """`recovery_codes` where this login proved a second factor for the first time: shown this once."""

    token: str
    principal: Principal
    recovery_codes: list[str] = []
    life_days: int = 0


def second_factor(detail: str, **more: object) -> Problem:
    """The password was right and is not enough."""
    refused = unauthorised(detail)
    refused.more = {"second_factor": True, **more}
    return refused


class Doorkeeper:
    """`pause` is how an answer is held back; stories give one that does not wait."""

    def __init__(
        self, db: Database, clock: Clock, passwords: Passwords, vault: Vault, pause: Pause = asyncio.sleep
    ) -> None:
        self.vault = vault
        self._db = db
        self._clock = clock
        self._passwords = passwords
        self._pause = pause

    async def authenticate(self, token: str, address: str) -> Principal | None:
        """The guard's port (`webapi.authentication.Authenticate`)."""
        async with self._db.pool.acquire() as conn:
            return await store.principal(conn, token, self._clock.now(), address)

    async def enter(self, name: str, password: str, address: str, agent: str, code: str = "") -> Entered:
        found, keys = await self._opened(name, password, address), store.keys(name, address)
        codes = await self.second(found, keys, address, code.strip())
        return await self.admit(found, keys, address, agent, codes)

    async def counted(self, keys: store.Keys) -> None:
        """An attempt that is no name's: refused, or counted and held back as guesses of passwords are."""
        async with self._db.owner() as conn:
            hurdle = await self._count(conn, keys, known=False)
        if hurdle.pause:
            await self._pause(hurdle.pause)

    async def proves(self, principal: Principal, password: str) -> bool:
        """Is it he who sits there? Counted and slowed like a login: an open screen is no licence to guess."""
        try:
            found = await self._opened(principal.name, password, principal.address)
        except Problem as error:
            if error.status == 401:
                return False
            raise
        async with self._db.owner() as conn:
            await store.take_back(conn, store.keys(found.account.name, principal.address))
        return True

    async def vouches(self, name: str, password: str, code: str, address: str) -> Principal:
        """Somebody signs at another's seat: asked, counted and slowed like a login, and no session comes of it."""
        found = await self._opened(name, password, address)
        await self.second(found, store.keys(name, address), address, code.strip(), enrols=False)
        async with self._db.owner() as conn:
            await store.take_back(conn, store.keys(found.account.name, address))
        return principal_of(found.account, "", address)

    async def _opened(self, name: str, password: str, address: str) -> store.Found:
        found, hurdle = await self._approach(name, address)
        if hurdle.pause:
            await self._pause(hurdle.pause)
        usable = found is not None and found.account.disabled_at is None
        right = await self._passwords.opens(found.password if found and usable else None, password)
        if found is None or not right:
            await self._note_failure(name, address, found)
            raise unauthorised("Name or password is wrong.")
        return found

    async def second(
        self, found: store.Found, keys: store.Keys, address: str, code: str, *, enrols: bool = True
    ) -> list[str]:
        """Nothing to ask, or a code that opens; else 401. Who must have a second factor and has none gets one here,
        where he `enrols`: after a password, never after a text message alone (a lost telephone would make its own)."""
        account, now = found.account, self._clock.now()
        async with self._db.owner() as conn:
            held = await factor.of(conn, account.id)
            confirmed = held is not None and held.confirmed
            if not confirmed and Role(account.role) not in await factor.roles(conn):
                return []
            if not confirmed and not enrols:
                await store.take_back(conn, keys)
            more: dict[str, object] = {}
            if not code and (confirmed or enrols):
                await store.take_back(conn, keys)
                if not confirmed:
                    more = {"enrolment": await factor.begin(conn, self.vault, account.id, account.name, now)}
        if not confirmed and not enrols:
            raise unauthorised(ENROL_FIRST)
        if not code:
            raise second_factor("A code of the second factor is needed.", **more)
        codes = await self._tried(account, address, code, confirmed=confirmed)
        if codes is None:
            async with self._db.owner() as conn:
                await audit(conn, principal_of(account, "", address), now, "factor.failed", account.name)
            raise second_factor("The code is wrong or has been used.")
        return codes

    async def _tried(self, account: Account, address: str, code: str, *, confirmed: bool) -> list[str] | None:
        """Recovery codes where this enrolled him, none where the code opened; None where it did not."""
        now, who = self._clock.now(), principal_of(account, "", address)
        try:
            async with self._db.owner() as conn:
                if not confirmed:
                    codes = await factor.confirm(conn, self.vault, account.id, code, now)
                    if codes is not None:
                        await audit(conn, who, now, "factor.enrolled", account.name)
                    return codes
                how = await factor.passes(conn, self.vault, account.id, code, now)
                if how == "recovery":
                    await audit(conn, who, now, "factor.recovery_used", account.name)
                return None if how is None else []
        except factor.SealedElsewhere:
            raise second_factor(SEALED) from None

    async def _approach(self, name: str, address: str) -> tuple[store.Found | None, Hurdle]:
        async with self._db.owner() as conn:
            found = await store.by_name(conn, name)
            known = found is not None and await store.is_familiar(conn, found.account.id, address, self._clock.now())
            hurdle = await self._count(conn, store.keys(name, address), known=known)
        return found, hurdle

    async def _count(self, conn: Connection, keys: store.Keys, *, known: bool) -> Hurdle:
        hurdle = self._hurdle(await store.failures(conn, keys), keys, await store.entry(conn), known=known)
        if hurdle.wait:
            raise Problem(
                429,
                "Too many attempts",
                f"Try again in {hurdle.wait} seconds.",
                headers={"Retry-After": str(hurdle.wait)},
            )
        await store.failed(conn, keys, self._clock.now())
        return hurdle

    def _hurdle(self, counted: dict[str, Failures], keys: store.Keys, entry: Entry, *, known: bool) -> Hurdle:
        now = to_micros(self._clock.now())
        nothing = Failures()
        before = [
            rules.hurdle(counted.get(keys.pair, nothing), now, entry.attempts, entry.lock_seconds),
            rules.hurdle(counted.get(keys.address, nothing), now, rules.ADDRESS_REFUSE_FROM),
        ]
        if not known:
            before.append(rules.hurdle(counted.get(keys.account, nothing), now, ACCOUNT_REFUSE_FROM))
        return rules.highest(before)

    async def _note_failure(self, name: str, address: str, found: store.Found | None) -> None:
        """The name is written as typed only where it is an account's: people type passwords into the wrong field."""
        who = Principal("", found.account.name if found else "", Role.PARTNER, scopes.Scope(), "", address)
        if found:
            who = msgspec.structs.replace(who, id=found.account.id, role=Role(found.account.role))
        async with self._db.owner() as conn:
            await audit(conn, who, self._clock.now(), "login.failed", who.name or "unknown name")

    async def admit(
        self,
        found: store.Found,
        keys: store.Keys,
        address: str,
        agent: str,
        codes: list[str],
        detail: object = None,
    ) -> Entered:
        now = self._clock.now()
        account = found.account
        async with self._db.owner() as conn:
            await store.succeeded(conn, account.id, keys, address, now)
            token, session = await store.open_session(conn, account.id, now, address, agent)
            principal = principal_of(account, session, address)
            await audit(conn, principal, now, "login.succeeded", account.name, detail)
            life_days = (await store.entry(conn)).life_days
        return Entered(token, principal, codes, life_days)


def principal_of(account: Account, session: str, address: str) -> Principal:
    return Principal(account.id, account.name, Role(account.role), scopes.parse(account.scope), session, address)
