"""What pages and commands ask of the federation: to be joined to a platform above, and to leave it.

Enters: an address, a code, who asks. Leaves: both sides joined, or `NotJoined` with the reason. Absent: the wire's
bytes and rows (joining.py).
"""

from typing import TypeAlias
from urllib.parse import urlsplit

import msgspec
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from zhigan.access.vault import Vault
from zhigan.federation import joining, store, wire
from zhigan.federation.joining import NotJoined as NotJoined
from zhigan.federation.model import Joined, Upper
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.runtime.outward import Outward, Reply, Unanswered, Unheard
from zhigan.runtime.pg import Connection, Pool
from zhigan.vocabulary.scopes import ScopeError, parse

JOIN = "/api/v1/federation/join"
PEERS = "/api/v1/federation/peers"
ANSWER_S = 20.0


class _Problem(msgspec.Struct):
    detail: str = ""
    title: str = ""


class Federation:
    def __init__(self, pool: Pool, clock: Clock, vault: Vault, outward: Outward) -> None:
        self.pool, self.clock, self.vault, self.outward = pool, clock, vault, outward

    async def close(self) -> None:
        await self.outward.close()

    async def join(self, url: str, code: str, by: str) -> Upper:
        """Raises `NotJoined`. Nothing is kept unless both sides agree."""
        where = address(url)
        if not self.outward.fits(where):
            raise NotJoined("The address leads into a network that is shut (ZHIGAN_OUTWARD_NETWORKS).")
        async with self.pool.acquire() as conn:
            standing = await store.upper(conn, self.vault)
            async with conn.transaction():
                asking = await joining.asking(conn, self.clock, code)
        body = wire.encode(asking.ask)
        headers = {"content-type": "application/json"}
        try:
            reply = await self.outward.ask("POST", f"{where}{JOIN}", headers, body, ANSWER_S)
        except (Unheard, Unanswered) as error:
            raise NotJoined(f"Nobody answers at {where} ({error}).") from error
        answer = _answer(reply, where)
        if standing is not None and standing.platform != answer.platform:
            raise NotJoined("This platform is joined to another one already; leave that first.")
        secret = asking.secret(answer)
        async with self.pool.acquire() as conn, conn.transaction():
            await joining.accept(conn, self.clock, self.vault, where, answer, secret, by)
            made = await store.upper(conn, self.vault)
        if made is None:
            raise NotJoined("The secret that was agreed on cannot be kept.")
        return made

    async def leave(self, conn: Connection, by: str) -> bool:
        """At once here; the platform above is told as far as it can be reached (`say_goodbye`)."""
        upper = await store.upper(conn, self.vault)
        row = await conn.fetchval(store.SQL.upper)
        if row is None:
            return False
        id_ = upper.id if upper else str(row)
        return await joining.leave(conn, id_, self.clock.now(), by)

    async def say_goodbye(self, upper: Upper) -> bool:
        headers = wire.signed(upper.secret, mint(self.clock), b"[]", self.clock.now())
        try:
            reply = await self.outward.ask("POST", f"{upper.url}{PEERS}/{upper.id}/leave", headers, b"[]", ANSWER_S)
        except (Unheard, Unanswered):
            return False
        return reply.status in (200, 410)


Joint: TypeAlias = NamedDependency[SkipValidation[Federation]]


def address(url: str) -> str:
    """Of the platform above: http or https, with its host, without a path of its own."""
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise NotJoined("The address is http:// or https:// and a host, such as https://city.example.")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def _answer(reply: Reply, where: str) -> Joined:
    if reply.status != 200:
        try:
            said = msgspec.json.decode(reply.body, type=_Problem)
        except msgspec.DecodeError:
            said = _Problem()
        raise NotJoined(f"{where} refuses: {said.detail or said.title or reply.status}")
    try:
        answer = wire.read(reply.body, Joined)
        parse(answer.scope)
    except (wire.Unreadable, ScopeError) as error:
        raise NotJoined("The answer is not of the expected form.") from error
    return answer
