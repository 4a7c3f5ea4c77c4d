"""The timelines checked from end to end: the incidents' part of `zhigan audit verify`.

Enters: a connection. Leaves: the first broken link, or None. Lines are streamed, so the whole past may be checked
beside a running platform. Absent: the event log's own chain (bus.log).
"""

import asyncpg
import msgspec

from zhigan.incidents.rules import GENESIS, Line, chain
from zhigan.incidents.store import SQL
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.moments import to_micros

AHEAD = 2000
"""Lines fetched at a time."""


class BrokenLink(msgspec.Struct, frozen=True):
    incident: str
    seq: int
    fault: str


async def verify(conn: Connection) -> BrokenLink | None:
    """Every line follows from the one before it, and every chain ends where its incident says."""
    async with conn.transaction():
        walk = _Walk()
        async for record in conn.cursor(SQL.chains, prefetch=AHEAD):
            broken = walk.see(record)
            if broken is not None:
                return broken
        broken = walk.end()
        if broken is not None:
            return broken
        orphan = await conn.fetchrow(SQL.orphan_line)
        if orphan is not None:
            return BrokenLink(str(orphan["incident"]), orphan["seq"], "a line without its incident")
    return None


class _Walk:
    """One pass over all lines, in the order of incidents and sequence."""

    def __init__(self) -> None:
        self._incident = ""
        self._seq = 0
        self._hash: bytes = GENESIS
        self._head: tuple[int, bytes] = (0, GENESIS)

    def see(self, record: asyncpg.Record) -> BrokenLink | None:
        incident = str(record["id"])
        if incident != self._incident:
            broken = self.end()
            if broken is not None:
                return broken
            self._incident, self._seq, self._hash = incident, 0, GENESIS
            self._head = (record["head_seq"], record["head_hash"])
        return None if record["seq"] is None else self._line(record)

    def end(self) -> BrokenLink | None:
        if (self._seq, self._hash) == self._head:
            return None
        return BrokenLink(self._incident, self._seq + 1, "the chain does not end where its incident says")

    def _line(self, record: asyncpg.Record) -> BrokenLink | None:
        seq: int = record["seq"]
        if seq != self._seq + 1:
            return BrokenLink(self._incident, self._seq + 1, "a line is missing")
        line = Line(self._incident, seq, to_micros(record["at"]), record["who"], record["what"], record["detail"])
        if record["prev_hash"] != self._hash:
            return BrokenLink(self._incident, seq, "it does not follow from the line before")
        if record["hash"] != chain(self._hash, line):
            return BrokenLink(self._incident, seq, "its words are not those that were hashed")
        self._seq, self._hash = seq, record["hash"]
        return None
