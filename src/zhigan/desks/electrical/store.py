"""Circuits in PostgreSQL: lists and one, what is measured now beside them, the owner's consents.

Enters: a bound connection for reading, the owner's for writing and for history. Leaves: what pages show. Devices are
kept by the place where they stand, so that a successor is the circuit's at once. Absent: who may do what (api.py).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import asyncpg
import msgspec

from zhigan.desks.electrical import bounds, rules
from zhigan.desks.electrical.bounds import Bound
from zhigan.desks.electrical.model import (
    BreakerView,
    Channel,
    CircuitView,
    ConsentView,
    Hindrance,
    NewCircuit,
    ReclosedView,
    Row,
)
from zhigan.history import store as history
from zhigan.history.rules import Reading
from zhigan.registry import limits as own_limits
from zhigan.registry import rules as registry_rules
from zhigan.registry.listing import Question
from zhigan.registry.ruling import InForce
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.limits import Limit
from zhigan.vocabulary.metrics import BY_NAME, BY_NUMBER
from zhigan.vocabulary.moments import SHANGHAI
from zhigan.vocabulary.refusals import recognise
from zhigan.vocabulary.scopes import Scope

SQL = sql.load("zhigan.desks.electrical")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    q: str = ""
    unit_id: str | None = None
    building_id: str | None = None
    load_class: str | None = None
    cuttable: bool | None = None
    device_id: str | None = None
    after: tuple[str, str, str] | None = None


async def listed(conn: Connection, scope: Scope, asked: Asked, now: datetime, limit: int) -> list[Row]:
    """By unit and code. `cuttable`: of the lowest class with a breaker and a standing consent."""
    question = Question(scope, "u")
    question.where("{}::timestamptz is not null", now)
    stands = f"${len(question.parameters)}"
    question.given("c.unit_id = {}::uuid", asked.unit_id)
    question.given("c.building_id = {}::uuid", asked.building_id)
    question.given("c.load_class = {}", asked.load_class)
    for word in asked.q.lower().split()[:8]:
        text = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        question.where("lower(concat_ws(' ', c.code, c.name, c.panel, c.place, u.name, u.code)) like {}", text)
    if asked.device_id is not None:
        question.where(_WITH, asked.device_id)
    if asked.cuttable is not None:
        question.conditions.append(f"{'' if asked.cuttable else 'not '}{_CUTTABLE.format(stands)}")
    if asked.after is not None:
        question.where('(u.name collate "C", c.code collate "C", c.id) > ({}, {}, {}::uuid)', *asked.after)
    head = SQL.circuits.replace("$1", stands)
    rows = await conn.fetch(
        question.text(head, 'u.name collate "C", c.code collate "C", c.id', limit), *question.parameters
    )
    return [Row(**dict(r)) for r in rows]


_CUTTABLE = """(c.load_class = 'third' and c.breaker is not null and exists (
    select from electrical.consent k
    where k.circuit = c.id and k.revoked_at is null and k.starts_at <= {0} and k.ends_at > {0}))"""
_WITH = """exists (select from registry.device x where x.id = {}::uuid and (c.breaker = coalesce(x.origin, x.number)
    or exists (select from electrical.channel h where h.circuit = c.id and h.place = coalesce(x.origin, x.number))))"""


def place(row: Row) -> tuple[str, str, str]:
    return row.unit_name, row.code, row.id


async def one(conn: Connection, id_: str, now: datetime) -> Row | None:
    """On a bound connection: None also where it lies outside the scope."""
    row = await conn.fetchrow(f"{SQL.circuits} where c.id = $2::uuid", now, id_)
    return None if row is None else Row(**dict(row))


async def channels(conn: Connection, circuits: Sequence[str]) -> dict[str, list[Channel]]:
    found: dict[str, list[Channel]] = {id_: [] for id_ in circuits}
    for r in await conn.fetch(SQL.channels, list(circuits)):
        found[r["circuit"]].append(Channel(**dict(r)))
    return found


async def lasts(
    conn: Connection, of: Mapping[str, Sequence[Channel]], now: int, within: int
) -> dict[tuple[int, int], Reading]:
    """One question for a whole page. On the owner's connection: the channels were read on a bound one."""
    devices = {c.number: c.parent for each in of.values() for c in each}
    return await history.latest(conn, devices, now - within, now) if devices else {}


def hindrance(sentence: str) -> Hindrance:
    known = recognise(sentence)
    return Hindrance(sentence, known.code if known else "", known.params if known else {})


def view(row: Row, own: Sequence[Channel], readings: rules.Lasts, in_force: InForce, now: int) -> CircuitView:
    limits = in_force.of(row.area).limits
    bits = row.breaker_conditions
    seen = row.breaker_seen or any(c.seen for c in own)
    for channel in own:
        bits |= channel.conditions
    same: dict[str, Any] = {f: getattr(row, f) for f in Row.__struct_fields__ if not f.startswith("breaker_")}
    return CircuitView(
        **same,
        breaker=_breaker(row),
        condition=registry_rules.condition_word(bits, seen),
        conditions=registry_rules.condition_names(bits),
        state=rules.state(own, readings, row.rating_a, now),
        channels=[
            rules.shown(c, readings, bounds.limits(bound(c, row.phases, row.rating_a), limits), in_force.version, now)
            for c in own
        ],
    )


def bound(channel: Channel, phases: int, rating_a: float | None) -> Bound:
    set_by = set_words(channel.limit_by, channel.limit_set)
    return Bound(BY_NUMBER[channel.metric].name, channel.phase, phases, rating_a, channel.limit_at, set_by)


def set_words(who: str | None, at: datetime | None) -> str:
    """As a reason names it."""
    return "" if at is None else f"{who} {at.astimezone(SHANGHAI):%Y-%m-%d}"


def _breaker(row: Row) -> BreakerView | None:
    if row.breaker_id is None:
        return None
    word = registry_rules.condition_word(row.breaker_conditions, row.breaker_seen)
    return BreakerView(id=row.breaker_id, name=row.breaker_name, condition=word)


class Place(msgspec.Struct, frozen=True):
    """Where a device stands, and what it is."""

    id: str
    place: int
    type: str
    unit_id: str | None


async def places(conn: Connection, devices: Sequence[str]) -> dict[str, Place]:
    return {r["id"]: Place(**dict(r)) for r in await conn.fetch(SQL.places, sorted(set(devices)))}


async def add(conn: Connection, id_: str, new: NewCircuit, at: Mapping[str, Place], now: datetime) -> bool:
    """False: the unit has one of that code, or the breaker opens another."""
    made = await conn.fetchval(
        SQL.add, id_, new.unit_id, new.building_id, new.code, new.name, new.panel, new.place, new.phases, new.rating_a,
        new.load_class, new.feeds, new.panel_cuts, _at(at, new.breaker_id), now,
    )  # fmt: skip
    if made is None:
        return False
    await _channels(conn, id_, new, at)
    return True


async def change(conn: Connection, id_: str, new: NewCircuit, at: Mapping[str, Place], now: datetime) -> bool:
    taken = await conn.fetchrow(SQL.taken, new.unit_id, new.code, _at(at, new.breaker_id), id_)
    if taken is None or taken["code"] or taken["breaker"]:
        return False
    await conn.execute(
        SQL.change, id_, new.building_id, new.code, new.name, new.panel, new.place, new.phases, new.rating_a,
        new.load_class, new.feeds, new.panel_cuts, _at(at, new.breaker_id), now,
    )  # fmt: skip
    before = await _drop_channels(conn, id_)
    await _channels(conn, id_, new, at)
    await settle(conn, before)
    return True


async def by_code(conn: Connection, unit_id: str, code: str) -> str | None:
    return await conn.fetchval(SQL.by_code, unit_id, code)


async def as_new(conn: Connection, id_: str, now: datetime) -> NewCircuit | None:
    """The circuit as somebody would enter it: a change is laid over this."""
    row = await one(conn, id_, now)
    if row is None:
        return None
    own = (await channels(conn, [id_]))[id_]
    same: dict[str, Any] = {f: getattr(row, f) for f in NewCircuit.__struct_fields__ if f != "channels"}
    told = [{"metric": BY_NUMBER[c.metric].name, "phase": c.phase, "device_id": c.device_id} for c in own]
    return msgspec.convert({**same, "channels": told}, NewCircuit)


async def remove(conn: Connection, id_: str) -> None:
    before = await _drop_channels(conn, id_)
    await conn.execute(SQL.remove, id_)
    await settle(conn, before)


async def _drop_channels(conn: Connection, id_: str) -> list[int]:
    """Where they were measured."""
    return [r["place"] for r in await conn.fetch(SQL.drop_channels, id_)]


async def settle(conn: Connection, places_: Sequence[int]) -> None:
    """What holds at these places by the circuits that are measured there, told to the registry and so to the engine."""
    found: dict[int, list[Limit]] = {place: [] for place in places_}
    for r in await conn.fetch(SQL.measured, list(found)):
        set_by = set_words(r["limit_by"], r["limit_set"])
        found[r["place"]] += bounds.own(
            Bound(BY_NUMBER[r["metric"]].name, r["phase"], r["phases"], r["rating_a"], r["limit_at"], set_by)
        )
    await own_limits.put(conn, {place: bounds.strictest(rows) for place, rows in found.items()})


async def measured_places(conn: Connection) -> list[int]:
    return [r["place"] for r in await conn.fetch(SQL.measured_places)]


def _at(at: Mapping[str, Place], device: str | None) -> int | None:
    return None if device is None else at[device].place


async def _channels(conn: Connection, id_: str, new: NewCircuit, at: Mapping[str, Place]) -> None:
    if new.channels:
        await conn.execute(
            SQL.add_channels, id_, [BY_NAME[c.metric].number for c in new.channels], [c.phase for c in new.channels],
            [at[c.device_id].place for c in new.channels],
        )  # fmt: skip
        await settle(conn, [at[c.device_id].place for c in new.channels])


# ------------------------------------------------------------ consents


class Document(msgspec.Struct, frozen=True):
    """A file on the shelf."""

    sha256: bytes
    name: str
    type: str


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """A consent to be written down."""

    given_by: str
    signed_on: date
    starts_at: datetime
    ends_at: datetime
    words: str = ""
    automatic: bool = False
    document: Document | None = None


class Consents(msgspec.Struct, frozen=True):
    views: list[ConsentView]
    documents: dict[str, Document]


async def consents(conn: Connection, circuit: str, now: datetime) -> Consents:
    """Newest first, revoked ones too."""
    rows = await conn.fetch(SQL.consents, circuit)
    documents = {
        r["id"]: Document(bytes.fromhex(r["sha256"]), r["file_name"], r["file_type"]) for r in rows if r["sha256"]
    }
    return Consents([_consent(r, now) for r in rows], documents)


def _consent(r: asyncpg.Record, now: datetime) -> ConsentView:
    return ConsentView(
        id=r["id"], given_by=r["given_by"], signed_on=r["signed_on"], starts_at=r["starts_at"], ends_at=r["ends_at"],
        words=r["words"], automatic=r["automatic"], file=r["file_name"] or None,
        recorded_at=r["recorded_at"], recorded_by=r["recorded_by"],
        revoked_at=r["revoked_at"], revoked_by=r["revoked_by"], revoked_why=r["revoked_why"],
        standing=r["revoked_at"] is None and r["starts_at"] <= now < r["ends_at"],
    )  # fmt: skip


async def reclosed(conn: Connection, circuit: str) -> list[ReclosedView]:
    """Newest first."""
    return [ReclosedView(**dict(r)) for r in await conn.fetch(SQL.reclosed, circuit)]


async def add_consent(
    conn: Connection, id_: str, circuit: str, given: Granted, by: tuple[str, str | None], now: datetime
) -> None:
    """`by`: name and account of who wrote it down."""
    file = given.document
    await conn.execute(
        SQL.add_consent, id_, circuit, given.given_by, given.signed_on, given.starts_at, given.ends_at, given.words,
        None if file is None else file.sha256, "" if file is None else file.name, "" if file is None else file.type,
        now, *by, given.automatic,
    )  # fmt: skip


async def revoke(conn: Connection, circuit: str, id_: str, why: str, by: str, now: datetime) -> bool:
    """False: it is revoked already, or there is none."""
    return await conn.fetchval(SQL.revoke, id_, circuit, now, by, why) is not None
