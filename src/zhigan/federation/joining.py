"""Two installations become joined, and part again: the handshake from both sides.

Enters: an invitation (upper), its code and address (lower), the owner's connection in a transaction. Leaves: rows with
one sealed secret on both sides; at the lower, everything that stands put down to be told. Absent: HTTP in (api.py).
"""

import secrets
from datetime import datetime, timedelta

from zhigan.access.vault import Vault
from zhigan.bus import log
from zhigan.federation import keys, rules, sending, store
from zhigan.federation.model import PROTOCOL, JoinAsk, Joined, Self
from zhigan.federation.store import SQL
from zhigan.incidents import copies as incidents
from zhigan.registry import copies as registry
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.scopes import Scope, show

PERMITS = ("query_state", "check_duty")
"""What the upper platform may ask of devices until somebody here says otherwise."""


class NotJoined(Exception):
    """The handshake fails; the text says why, in English."""


class Invited:
    """An invitation as it is made: its code is shown now or never."""

    def __init__(self, id_: str, code: str) -> None:
        self.id, self.code = id_, code


async def own(conn: Connection, clock: Clock) -> Self:
    return await store.own(conn, mint(clock), clock.now())


async def invite(
    conn: Connection, clock: Clock, slug: str, name: str, scope: Scope, valid: timedelta, by: str
) -> Invited:
    """Raises asyncpg.UniqueViolationError where one for that slug is open."""
    now = clock.now()
    await conn.execute(SQL.retire_expired, now)
    made = Invited(mint(clock), keys.code())
    kept = keys.digest(made.code)
    await conn.execute(
        SQL.add_invitation, made.id, slug, name, show(scope), kept, keys.found_by(kept), now, by, now + valid
    )
    return made


async def admit(conn: Connection, clock: Clock, vault: Vault, ask: JoinAsk, version: str) -> Joined:
    """The upper's side, in one transaction: the invitation is used up, the platform below is known, or known again."""
    now = clock.now()
    found = await conn.fetchrow(SQL.redeemed, _hex(ask.found_by), now)
    if found is None:
        raise NotJoined("The code is wrong, was used, or has run out.")
    me = await own(conn, clock)
    above = await chain_above(conn)
    if ask.platform == me.id or ask.platform in above:
        raise NotJoined("That platform stands above this one, or is this one.")
    if not rules.speaks(ask.protocol):
        raise NotJoined(f"The other platform speaks version {ask.protocol} of the protocol, this one {PROTOCOL}.")
    if await conn.fetchval(SQL.slug_taken, found["slug"], ask.platform) is not None:
        raise NotJoined("Another platform is joined under that short name.")
    mine = keys.fresh()
    secret = keys.secret(mine, ask.key, found["digest"])
    known = await conn.fetchrow(SQL.known_platform, ask.platform)
    id_ = mint(clock) if known is None else known["id"]
    position = ask.position if known is None else min(known["position"], ask.position)
    sealed = vault.seal(secret, keys.purpose(id_))
    named = (found["slug"], found["name"], found["scope"], sealed, ask.protocol, ask.version[:60], now)
    if known is None:
        await conn.execute(SQL.add_lower, id_, ask.platform, *named, found["created_by"], position)
    else:
        await conn.execute(SQL.rejoin_lower, id_, *named, found["created_by"])
        await conn.execute(SQL.set_back_lower, id_, position)
    await conn.execute(SQL.use_invitation, found["id"], now)
    return Joined(
        id=id_, key=keys.public(mine), proof=keys.proof(secret), platform=me.id, name=me.name, called=found["name"],
        scope=found["scope"], position=position, down=0 if known is None else known["down"],
        protocol=PROTOCOL, version=version, above=above,
    )  # fmt: skip


async def chain_above(conn: Connection) -> list[str]:
    """The platforms above this one, nearest first."""
    row = await conn.fetchrow(SQL.above)
    return [] if row is None else [row["platform"], *row["above"]]


class Asking:
    """The lower's side: what is asked, and the key that opens the answer."""

    def __init__(self, me: Self, code: str, position: int, version: str) -> None:
        self._kept, self._mine = keys.digest(code), keys.fresh()
        self.me = me
        self.ask = JoinAsk(
            found_by=keys.found_by(self._kept).hex(), key=keys.public(self._mine), platform=me.id, name=me.name,
            version=version, protocol=PROTOCOL, position=position,
        )  # fmt: skip

    def secret(self, answer: Joined) -> bytes:
        """Raises `NotJoined` where whoever answered does not know the code, or stands below us."""
        try:
            secret = keys.secret(self._mine, answer.key, self._kept)
        except keys.BadKey as error:
            raise NotJoined("The answer is not of the expected form.") from error
        if not secrets.compare_digest(keys.proof(secret), answer.proof):
            raise NotJoined("Whoever answered does not know the code.")
        if self.me.id in (answer.platform, *answer.above):
            raise NotJoined("That platform stands below this one, or is this one.")
        if not rules.speaks(answer.protocol):
            raise NotJoined(
                f"The other platform speaks version {answer.protocol} of the protocol, this one {PROTOCOL}."
            )
        return secret


async def asking(conn: Connection, clock: Clock, code: str) -> Asking:
    return Asking(await own(conn, clock), code, await log.last(conn), sending.VERSION)


async def accept(
    conn: Connection, clock: Clock, vault: Vault, url: str, answer: Joined, secret: bytes, by: str
) -> None:
    """We are joined: whatever changes is noted from here on, and what stands is told at once."""
    now = clock.now()
    standing = await conn.fetchrow(SQL.upper)
    if standing is not None and standing["platform"] != answer.platform:
        raise NotJoined("This platform is joined to another one already; leave that first.")
    if standing is not None and standing["id"] != answer.id:
        await conn.execute(SQL.leave_upper, standing["id"], now, by)
    sealed = vault.seal(secret, keys.purpose(answer.id))
    await conn.execute(
        SQL.put_upper, answer.id, answer.platform, answer.name, answer.called, url, answer.scope, sealed,
        list(PERMITS if standing is None else standing["permits"]), answer.protocol, answer.version, now, by,
        answer.position, answer.above, answer.down,
    )  # fmt: skip
    await registry.listen(conn)
    await _tell_what_stands(conn, now)
    await conn.execute(SQL.notify)


async def _tell_what_stands(conn: Connection, now: datetime) -> None:
    """The registry, then the open incidents: read while the log is held, so that none opens unseen in between."""
    micros = to_micros(now)
    drafts: list[Draft] = []
    while (draft := await sending.gather(conn, micros)) is not None:
        drafts.append(draft)
    await log.append(conn, drafts, micros)
    open_ = await incidents.open_ids(conn)
    pages = [open_[at : at + sending.GATHERED] for at in range(0, len(open_), sending.GATHERED)]
    await log.append(conn, [sending.told_anew({"incident": page}, micros) for page in pages], micros)


async def leave(conn: Connection, upper_id: str, now: datetime, by: str) -> bool:
    """Also where the upper one has revoked: nothing is noted for anybody any more. What is there stays there."""
    if await conn.fetchval(SQL.leave_upper, upper_id, now, by) is None:
        return False
    await registry.deafen(conn)
    await conn.execute(SQL.notify)
    return True


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
