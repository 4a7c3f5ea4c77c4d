"""Alarms linked to telephones 报警联动手机: the community's people around an incident, and which of them were told.

Enters: an incident, `now`. Leaves: a line a person: property, micro fire station, grid and community, by what each was
told and whether it reached him, whether somebody has verified the number, and when it was last reached for certain.
Absent: changing numbers (registry), showing one whole (desks/numbers).
"""

from datetime import datetime

import msgspec
from asyncpg import Record

from zhigan.incidents.rows import Row
from zhigan.outlets.notify import audience, own
from zhigan.outlets.notify.model import Person, Told, Way, Who
from zhigan.outlets.notify.store import SQL
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.telephones import Telephone

PARTS = (Who.PROPERTY, Who.STATION, Who.GRID, Who.COMMUNITY)
MOST = 200


class ToldBy(msgspec.Struct, frozen=True, kw_only=True):
    """`own`: by a sub-platform's own rule, beside the city's table."""

    channel: Way
    state: Told
    at: datetime
    own: bool


class LinkedPhone(msgspec.Struct, frozen=True, kw_only=True):
    """`kind` and `id`: the row he comes from: contact, organisation, member, account. Empty `told`: not told so far."""

    kind: str
    id: str
    part: Who
    person: str
    phone: Telephone
    on_call: bool
    told: list[ToldBy]
    verified_at: datetime | None
    verified_by: str
    reached_at: datetime | None


async def phones(conn: Connection, row: Row, now: datetime) -> list[LinkedPhone]:
    """In the order in which parts and people are called."""
    place = audience.Place(row.id, row.place.unit_id, row.place.owned)
    everybody = (await audience.around(conn, [place], [], now))[row.id]
    people = sorted((p for p in everybody if p.who in PARTS), key=lambda p: (PARTS.index(p.who), p.rank, p.holder))
    people = _once(people)[:MOST]
    ids = [row.id] if row.merged_into is None else [row.id, row.merged_into]
    told: dict[str, list[ToldBy]] = {}
    for r in await conn.fetch(SQL.linked_told, ids):
        by = ToldBy(channel=Way(r["channel"]), state=Told(r["state"]), at=r["at"], own=own.own(r["step"]))
        told.setdefault(r["holder"], []).append(by)
    holders = sorted({p.holder for p in people})
    reached = {r["holder"]: r["at"] for r in await conn.fetch(SQL.linked_reached, holders)}
    members = [p.source.partition(":")[2] for p in people if p.source.startswith("member:")]
    verified = {str(r["id"]): r for r in await conn.fetch(SQL.linked_members, members)}
    return [_line(p, told.get(p.holder, []), verified, reached.get(p.holder)) for p in people]


def _once(people: list[Person]) -> list[Person]:
    """Whoever stands in several lists under one number, where his number is looked after: among the people of his
    organisation."""
    first: dict[str, Person] = {}
    for person in people:
        standing = first.setdefault(person.holder, person)
        if person.source.startswith("member:") and not standing.source.startswith("member:"):
            first[person.holder] = msgspec.structs.replace(person, who=standing.who)
    return list(first.values())


def _line(person: Person, told: list[ToldBy], verified: dict[str, Record], reached: datetime | None) -> LinkedPhone:
    kind, _, id_ = person.source.partition(":")
    number = person.address(Way.VOICE) or person.address(Way.SMS)
    seen = verified.get(id_)
    return LinkedPhone(
        kind=kind, id=id_, part=person.who, person=person.name, phone=number, on_call=person.on_call, told=told,
        verified_at=None if seen is None else seen["verified_at"],
        verified_by="" if seen is None else seen["verified_by"], reached_at=reached,
    )  # fmt: skip
