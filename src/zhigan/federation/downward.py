"""What people above say of a copy, and what they ask of its devices, put down to go to the platform whose it is.

Enters: our own event log (as a follower, in the transaction that moves its cursor), commands for the gateway
`federation`. Leaves: rows of `federation.down`, each with its number, until the lower one says that it has them; copies
that tell of a device of ours go into our incident, should that have been opened later. What came from below is never
said back to it: a line of its own carries `origin`. Absent: what the lower one makes of it.
"""

from collections.abc import Mapping, Sequence, Set
from typing import NamedTuple

import structlog
from asyncpg import Record

from zhigan.bus.following import GATHER_S, Follower, ever_alone, every, follow
from zhigan.bus.log import Event
from zhigan.commands import store as commands
from zhigan.commands.model import Order, State
from zhigan.federation import figures, store, twins
from zhigan.federation.model import ASKED, SPOKEN, CommandAsked, Spoken
from zhigan.federation.store import SQL
from zhigan.federation.wire import encode
from zhigan.incidents import copies as incidents
from zhigan.incidents import uniting
from zhigan.incidents.documents import LineDoc
from zhigan.registry.copies import GATEWAY
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Connection, Pool
from zhigan.vocabulary.events import Draft
from zhigan.vocabulary.moments import to_datetime

READER = "federation"
PAGE = 500
LOOK_S = 0.5
_LOCK = 0x7A686967_0042
_log = structlog.get_logger("federation.down")


class Downward:
    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool, self._clock = pool, clock
        self._follower = Follower(pool, clock, READER, PAGE, self._work, self._poisoned)

    # -- steps

    async def begin(self) -> None:
        await self._follower.begin()

    async def read(self) -> int:
        return await self._follower.read()

    async def carry(self) -> int:
        """Commands for devices of platforms below: put down to go, and said to be sent. How many."""
        async with self._pool.acquire() as conn, conn.transaction():
            orders = await commands.take(conn, GATEWAY, None, self._clock.micros())
            found = await conn.fetch(SQL.devices_below, [order.device_id for order in orders]) if orders else []
            await store.hold(conn, (link["lower"] for link in found))
            links = {link["here"]: link for link in found}
            for order in orders:
                await self._carry(conn, order, links.get(order.device_id))
        return len(orders)

    async def _carry(self, conn: Connection, order: Order, link: Record | None) -> None:
        now = self._clock.micros()
        if link is None:
            await commands.mark(conn, order.id, State.FAILED, "the platform whose device it is has been revoked", now)
            return
        arguments = encode(order.arguments)
        asked = CommandAsked(
            id=order.id, device=link["there"], command=order.name.value, arguments=arguments.decode(),
            expires_at=order.expires_at,
        )  # fmt: skip
        await put(conn, self._clock, link["lower"], ASKED, f"command/{order.id}", encode(asked), "")
        await commands.mark(conn, order.id, State.SENT, f"to {link['name']}", now)

    async def _work(self, conn: Connection, events: Sequence[Event]) -> list[Draft]:
        told = [event for event in events if event.type.startswith("incident.")]
        copies = {e.subject for e in told if e.body.get("came_from")}
        ours = sorted({e.subject for e in told} - copies)
        joined = await uniting.joined_copies(conn, ours)
        pairs = await twins.of_incidents(conn, ours)
        # Most of what happens nobody speaks of: who has something to tell is looked up before anything is held.
        lowers = {word.lower for word in await _words(conn, copies, joined)}
        lowers |= {row["lower"] for row in await conn.fetch(SQL.devices_below, [there for _, there in pairs])}
        if not lowers:
            return []
        await store.hold(conn, lowers)
        for word in await _words(conn, copies, joined):
            await self._speak(conn, word)
        return await uniting.unite(conn, pairs, self._clock.micros())

    async def _speak(self, conn: Connection, word: "_Word") -> None:
        for line in word.lines:
            spoken = Spoken(incident=word.there, what=line.what, who=line.who, at=line.at, detail=line.detail)
            await put(conn, self._clock, word.lower, SPOKEN, f"incident/{word.there}", encode(spoken), line.who)
        said = SQL.said_own_of if word.own else SQL.said_of
        await conn.execute(said, word.lower, word.there, word.lines[-1].seq)

    def _poisoned(self, subject: str, error: BaseException) -> None:
        figures.failed.labels("poisoned").inc()
        _log.error("what was said of a copy could not be passed on", subject=subject, exc_info=error)

    # -- loops

    async def run(self, dsn: str) -> None:
        await ever_alone(
            dsn,
            _LOCK,
            "federation down",
            self.begin,
            {
                "log": lambda: follow(dsn, "zhigan federation down", PAGE, self.read, gather=GATHER_S),
                "commands": lambda: every(LOOK_S, self.carry),
            },
            lambda away: _log.warning("the way down waits for the database", error=away),
            lambda error: _log.error("the way down failed; it begins again", exc_info=error),
        )


class _Word(NamedTuple):
    """Lines that were not told there yet; of our own incident, or of the copy."""

    lower: str
    there: str
    own: bool
    lines: list[LineDoc]


async def _words(conn: Connection, copies: Set[str], joined: Mapping[str, str]) -> list[_Word]:
    """Of copies, and of incidents of our own that copies went into (`joined`, copy → ours)."""
    ids = sorted({*copies, *joined})
    links = await conn.fetch(SQL.incidents_below, ids) if ids else []
    told = [(link, False, link["here"], link["said"]) for link in links if link["here"] in copies]
    told += [(link, True, joined[link["here"]], link["said_own"]) for link in links if link["here"] in joined]
    after: dict[str, int] = {}
    for _, _, tells, said in told:
        after[tells] = min(said, after.get(tells, said))
    lines = await incidents.own_lines(conn, after)
    words = [
        _Word(link["lower"], link["there"], own, [line for line in lines.get(tells, []) if line.seq > said])
        for link, own, tells, said in told
    ]
    return [word for word in words if word.lines]


async def put(conn: Connection, clock: Clock, lower: str, type_: str, subject: str, body: bytes, by: str) -> int:
    """Its number is taken under the platform's row, so that numbers have no gap."""
    seq: int = await conn.fetchval(SQL.next_down, lower)
    await conn.execute(SQL.put_down, lower, seq, type_, subject, body.decode(), to_datetime(clock.micros()), by)
    return seq
