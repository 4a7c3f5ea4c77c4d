"""Answers from the site written, once each: for the phone's door, and for whoever carries an answer by another way.

Enters: an incident's id, a `Response`, who gives it, the caller's connection in a transaction. Leaves: the answer as
stored, and the event draft that the caller appends as its last act (None for a repeat: nothing new happened). An
answer to an incident that went into another one is an answer to that one. Absent: HTTP, and who may see it.
"""

from collections.abc import Sequence

import asyncpg
import msgspec

from zhigan.incidents.answers import Response, answer, check, said_at
from zhigan.incidents.model import Actor
from zhigan.incidents.rows import Row, draft
from zhigan.incidents.rules import Impossible
from zhigan.incidents.store import SQL, NoIncident, Overtaken, keep, lock
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft, EventType
from zhigan.vocabulary.moments import to_datetime

MOST_RESPONSES = 500


class Responded(msgspec.Struct, frozen=True):
    record: asyncpg.Record
    row: Row
    draft: Draft | None


async def respond(conn: Connection, incident: str, id_: str, response: Response, actor: Actor, now: int) -> Responded:
    """Raises `NoIncident`, `NotYours`, `Wanting`, `Overtaken`; `id_` is the id of a new answer."""
    row = await _survivor(conn, incident)
    if response.key:
        family = [row.id, *(str(r["id"]) for r in await conn.fetch(SQL.family, [row.id]))]
        there = await conn.fetchrow(SQL.same_response, family, actor.id, response.key)
        if there is not None:
            return Responded(there, row, None)
    try:
        check(row, response, actor)
    except Impossible as error:
        raise Overtaken(row, str(error)) from error
    if await conn.fetchval(SQL.count_responses, row.id) >= MOST_RESPONSES:
        raise Overtaken(row, f"There are {MOST_RESPONSES} answers to this incident already.")
    role = "" if actor.role is None else actor.role.value
    entries = answer(row, response, actor, now)
    added = await conn.fetchrow(
        SQL.add_response, id_, row.id, to_datetime(now), to_datetime(said_at(response, now)), actor.id, actor.name,
        role, response.kind.value, response.cause, response.note, response.key,
    )  # fmt: skip
    if added is None:
        raise NoIncident(incident)
    await keep(conn, [row], entries)
    said = draft(row, EventType.INCIDENT_RESPONDED, now)
    said.body["response"] = {"id": id_, "kind": response.kind.value, "role": role, "by": actor.id, "who": actor.name}
    return Responded(added, row, said)


async def _survivor(conn: Connection, incident: str) -> Row:
    """Locked together, in the order of ids: `merged_into` is one hop."""
    rows = {row.id: row for row in await lock(conn, {incident})}
    row = rows.get(incident)
    if row is None:
        raise NoIncident(incident)
    return row if row.merged_into is None else rows[row.merged_into]


async def listed(conn: Connection, incidents: Sequence[str]) -> list[asyncpg.Record]:
    return await conn.fetch(SQL.responses_of, list(incidents), MOST_RESPONSES)
