"""A desk's book: what its people wrote and signed, line after line, each chained to the one before.

Enters: the owner's connection in the caller's transaction, who says what. Leaves: lines, and the first broken link
(`zhigan audit verify`). The chain is the incidents' own, with the desk in the place of the incident. The database
refuses any change of a line; an error gets a line that corrects it.
"""

from datetime import datetime
from typing import Literal

import msgspec
from asyncpg import Record

from zhigan.desks.shifts.store import SQL
from zhigan.incidents.rules import GENESIS, Line, chain
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.moments import to_micros

What = Literal["left", "taken", "noted", "corrected"]
_encode = msgspec.json.Encoder(order="deterministic").encode


class Signer(msgspec.Struct, frozen=True):
    id: str
    name: str


async def write(conn: Connection, desk: str, who: Signer, what: What, detail: object, now: datetime) -> int:
    """The line's number."""
    await conn.execute(SQL.lock_desk, desk)
    head = await conn.fetchrow(SQL.head, desk)
    seq, before = (1, GENESIS) if head is None else (head["seq"] + 1, head["hash"])
    text = _encode(detail).decode()
    link = chain(before, Line(desk, seq, to_micros(now), who.name, what, text))
    await conn.execute(SQL.add_line, desk, seq, now, who.id, who.name, what, text, before, link)
    return seq


async def verify(conn: Connection) -> str | None:
    """Every line follows from the one before it."""
    desk, seq, before = "", 0, GENESIS
    async with conn.transaction():
        async for r in conn.cursor(SQL.chains, prefetch=2000):
            if r["desk"] != desk:
                desk, seq, before = r["desk"], 0, GENESIS
            fault = _fault(r, seq, before)
            if fault:
                return f"{desk} line {r['seq']}: {fault}"
            seq, before = r["seq"], r["hash"]
    return None


def _fault(r: Record, seq: int, before: bytes) -> str:
    if r["seq"] != seq + 1:
        return "a line is missing before it"
    if r["prev_hash"] != before:
        return "it does not follow from the line before"
    line = Line(r["desk"], r["seq"], to_micros(r["at"]), r["who"], r["what"], r["detail"])
    return "" if r["hash"] == chain(before, line) else "its words are not those that were hashed"
