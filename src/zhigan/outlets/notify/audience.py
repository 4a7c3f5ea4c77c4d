"""The people around units: contacts, organisations, accounts within whose scope the incident lies, and who is on call.

Enters: incidents with their units, `now`, the posts (robots, webhooks) of the settings. Leaves: persons by incident,
one holder a telephone number, with all ways to him. Absent: whom to choose (rules.py).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

import msgspec
from asyncpg import Record

from zhigan.outlets.notify import rules
from zhigan.outlets.notify.model import Hours, Person, Shift, Way, Who
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import Owned, Scope, ScopeError, holds, parse

SQL = sql.load("zhigan.outlets.notify")

CONTACTS: dict[str, tuple[Who, int]] = {
    "control_room": (Who.CONTROL_ROOM, 0),
    "fire_safety_manager": (Who.MANAGER, 0),
    "fire_safety_responsible": (Who.MANAGER, 100),
    "owner": (Who.HOUSEHOLD, 100),
    "household": (Who.HOUSEHOLD, 0),
    "tenant": (Who.HOUSEHOLD, 0),
    "child_of_elderly": (Who.HOUSEHOLD, 50),
    "sub_landlord": (Who.HOUSEHOLD, 110),
    "landlord": (Who.HOUSEHOLD, 120),
    "property": (Who.PROPERTY, 0),
    "station": (Who.STATION, 0),
    "grid_worker": (Who.GRID, 0),
    "community": (Who.COMMUNITY, 0),
    "maintainer": (Who.MAINTAINER, 0),
    "electrician": (Who.MAINTAINER, 100),
}
"""A contact's role → the part, and by how much behind others of that part. At a home: who sleeps there, then the
children of the old people who may not hear it, then who owns or lets it."""
ORGANISATIONS: dict[str, Who] = {
    "station": Who.STATION,
    "firm": Who.MAINTAINER,
    "grid": Who.GRID,
    "property": Who.PROPERTY,
    "department": Who.INDUSTRY,
}
ACCOUNTS: dict[Role, Who] = {
    Role.UNIT: Who.MANAGER,
    Role.OWNER: Who.HOUSEHOLD,
    Role.PROPERTY: Who.PROPERTY,
    Role.STATION: Who.STATION,
    Role.GRID: Who.GRID,
    Role.COMMUNITY: Who.COMMUNITY,
    Role.MAINTAINER: Who.MAINTAINER,
    Role.LEAD: Who.LEAD,
    Role.SUPERVISOR: Who.SUPERVISOR,
    Role.INDUSTRY: Who.INDUSTRY,
    Role.DUTY: Who.DESK,
    Role.OPERATOR: Who.DESK,
}
AFTER_CONTACTS, AFTER_ORGANISATIONS = 200, 300
BEHIND_ALL = 1000
"""A number that the network calls dead is tried last: it may be wrong, and nobody else may be there."""
NEIGHBOURS, NEIGHBOUR_M = 2, 20_000
"""The nearest stations that stand in (区域联防), across a county's border too; none goes farther than this."""
MOST_OF_A_PART = 40
"""People of one part around one incident; beyond it the first by rank."""


class Post(NamedTuple):
    """A robot or a webhook of the settings: no person, but it is told."""

    way: Way
    holder: str
    name: str
    address: str


class Roster(Protocol):
    """Lent by who keeps the shift calendars: accounts that are not on now, where somebody of their part is."""

    async def __call__(self, conn: Connection, now: datetime) -> frozenset[str]: ...


async def no_calendar(conn: Connection, now: datetime) -> frozenset[str]:
    """Nobody is off."""
    return frozenset()


class Place(NamedTuple):
    incident: str
    unit_id: str | None
    owned: Owned


class _Known(NamedTuple):
    contacts: dict[str, list[Record]]
    organisations: list[Record]
    neighbours: dict[str, list[Record]]
    members: dict[str, list[Record]]
    accounts: list[tuple[Record, Scope]]
    ways: dict[str, list[tuple[Way, str]]]
    shifts: dict[str, list[Shift]]
    wishes: dict[str, Record]
    off: frozenset[str]


async def around(
    conn: Connection, places: Sequence[Place], posts: Sequence[Post], now: datetime, roster: Roster = no_calendar
) -> dict[str, list[Person]]:
    """Persons by incident, in a handful of questions however many incidents there are."""
    known = await _known(conn, places, await roster(conn, now))
    return {place.incident: _people(place, known, posts, now) for place in places}


async def _known(conn: Connection, places: Sequence[Place], off: frozenset[str]) -> _Known:
    ids = sorted({p.unit_id for p in places if p.unit_id is not None})
    contacts: dict[str, list[Record]] = {}
    for r in await conn.fetch(SQL.contacts, ids):
        contacts.setdefault(str(r["unit_id"]), []).append(r)
    codes = sorted(
        {(d, getattr(p.owned, d)) for p in places for d in ("station", "firm", "grid", "org") if getattr(p.owned, d)}
    )
    areas = sorted({p.owned.area for p in places if p.owned.area} | {""})
    organisations = await conn.fetch(SQL.organisations, [c[0] for c in codes], [c[1] for c in codes], areas)
    neighbours: dict[str, list[Record]] = {}
    for r in await conn.fetch(SQL.neighbours, ids, NEIGHBOURS, NEIGHBOUR_M):
        neighbours.setdefault(r["unit_id"], []).append(r)
    members: dict[str, list[Record]] = {}
    for r in await conn.fetch(SQL.members, [r["id"] for r in organisations]):
        members.setdefault(str(r["organisation_id"]), []).append(r)
    roles = [role.value for role in ACCOUNTS]
    accounts = [
        (r, scope)
        for r in await conn.fetch(SQL.accounts, roles, sorted({p.owned.unit for p in places}))
        if (scope := _scope(r["scope"])) is not None
    ]
    accounts.sort(key=lambda each: str(each[0]["id"]) in off)  # who is on stands among the first of a part
    ways: dict[str, list[tuple[Way, str]]] = {}
    for r in await conn.fetch(SQL.ways, [r["id"] for r, _ in accounts]):
        ways.setdefault(str(r["account"]), []).append((Way(r["channel"]), r["address"]))
    holders = [f"contact:{r['id']}" for listed in contacts.values() for r in listed]
    holders += [f"organisation:{r['id']}" for r in organisations] + [f"account:{r['id']}" for r, _ in accounts]
    holders += [f"member:{r['id']}" for listed in members.values() for r in listed]
    wishes = {str(r["account"]): r for r in await conn.fetch(SQL.preferences, [r["id"] for r, _ in accounts])}
    shifts = await _shifts(conn, holders)
    return _Known(contacts, organisations, neighbours, members, accounts, ways, shifts, wishes, off)


async def _shifts(conn: Connection, holders: Sequence[str]) -> dict[str, list[Shift]]:
    found: dict[str, list[Shift]] = {}
    for r in await conn.fetch(SQL.shifts, list(holders)):
        found.setdefault(r["holder"], []).append(
            Shift(
                weekdays=tuple(r["weekdays"]),
                from_minute=r["from_minute"],
                until_minute=r["to_minute"],
                replacement_name=r["replacement_name"],
                replacement_phone=r["replacement_phone"],
            )
        )
    return found


def _scope(text: str) -> Scope | None:
    try:
        return parse(text)
    except ScopeError:
        return None


def _people(place: Place, known: _Known, posts: Sequence[Post], now: datetime) -> list[Person]:
    found = [
        *_contacts(place, known),
        *_organisations(place, known),
        *_accounts(place, known),
    ]
    people = [_now(person, source, known.shifts.get(source, []), now, known.off) for person, source in found]
    listed = _united(people)
    return [*listed, *(Person(holder=p.holder, name=p.name, who=Who.POST, ways=((p.way, p.address),)) for p in posts)]


def _contacts(place: Place, known: _Known) -> Iterable[tuple[Person, str]]:
    for r in known.contacts.get(place.unit_id or "", []):
        part = CONTACTS.get(r["role"])
        if part is not None:
            rank = r["rank"] + part[1] + (BEHIND_ALL if r["dead"] else 0)
            yield reachable(r["name"], r["phone"], part[0], rank), f"contact:{r['id']}"


def _organisations(place: Place, known: _Known) -> Iterable[tuple[Person, str]]:
    for r in known.organisations:
        if getattr(place.owned, r["dimension"]) == r["code"] and r["kind"] in ORGANISATIONS:
            who = ORGANISATIONS[r["kind"]]
            if r["phone"]:
                yield _organisation(r, who, AFTER_ORGANISATIONS)
            for m in known.members.get(str(r["id"]), []):
                yield reachable(m["name"], m["phone"], who, AFTER_ORGANISATIONS + m["rank"]), f"member:{m['id']}"
        elif not r["phone"]:
            continue
        elif r["kind"] == "brigade" and r["area"] in ("", place.owned.area):
            yield _organisation(r, Who.BRIGADE, 0 if r["area"] else 10)
    for rank, r in enumerate(known.neighbours.get(place.unit_id or "", [])):
        yield _organisation(r, Who.NEIGHBOUR_STATION, rank)


def _organisation(r: Record, who: Who, rank: int) -> tuple[Person, str]:
    name = " ".join(part for part in (r["name"], r["person"]) if part)
    return reachable(name, r["phone"], who, rank), f"organisation:{r['id']}"


def _accounts(place: Place, known: _Known) -> Iterable[tuple[Person, str]]:
    counted: dict[Who, int] = {}
    for r, scope in known.accounts:
        who = ACCOUNTS[Role(r["role"])]
        if not holds(scope, place.owned) or counted.get(who, 0) >= MOST_OF_A_PART:
            continue
        counted[who] = counted.get(who, 0) + 1
        account = str(r["id"])
        yield of_account(r, who, known.ways.get(account, ()), known.wishes.get(account)), f"account:{account}"


def of_account(r: Record, who: Who, more: Sequence[tuple[Way, str]], wish: Record | None) -> Person:
    account = str(r["id"])
    person = reachable(r["display_name"] or r["name"], r["phone"], who, AFTER_CONTACTS, account)
    return _wishing(msgspec.structs.replace(person, ways=(*person.ways, (Way.APP, account), *more)), wish)


def reachable(name: str, phone: str, who: Who, rank: int, account: str = "") -> Person:
    """A person by telephone: a fixed line takes no SMS."""
    number = plain_number(phone)
    ways: tuple[tuple[Way, str], ...] = ()
    if number:
        ways = ((Way.VOICE, number),) if number.startswith("0") else ((Way.VOICE, number), (Way.SMS, number))
    return Person(
        holder=f"phone:{number}" if number else f"account:{account}", name=name, who=who, rank=rank, ways=ways
    )


def plain_number(phone: str) -> str:
    """Digits as a caller dials them within the country; another country keeps its plus."""
    number = "".join(c for c in phone if c.isdigit() or c == "+")
    return number.removeprefix("+86")


def _wishing(person: Person, wish: Record | None) -> Person:
    if wish is None:
        return person
    order, off = tuple(Way(way) for way in wish["ways"]), frozenset(Way(way) for way in wish["off"])
    return msgspec.structs.replace(person, order=order, off=off, quiet=hours(wish))


def hours(wish: Record) -> Hours | None:
    return None if wish["quiet_from"] is None else Hours(wish["quiet_from"], wish["quiet_until"])


async def quiet(conn: Connection, holders: Sequence[str]) -> dict[str, Hours]:
    """Own quiet hours of these holders, where they have some."""
    rows = await conn.fetch(SQL.quiet_of, list(holders)) if holders else []
    return {r["holder"]: Hours(r["quiet_from"], r["quiet_until"]) for r in rows}


def _now(person: Person, source: str, shifts: Sequence[Shift], now: datetime, off: frozenset[str]) -> Person:
    """As the person stands at this hour: there, not there, or with somebody in his place. A desk's calendar goes before
    a person's own hours."""
    kind, _, id_ = source.partition(":")
    if kind == "account" and id_ in off:
        return msgspec.structs.replace(person, on_call=False, source=source)
    duty = rules.on_call(shifts, now)
    if isinstance(duty, Shift):
        return reachable(duty.replacement_name or person.name, duty.replacement_phone, person.who, person.rank, source)
    return msgspec.structs.replace(person, on_call=duty, source=source)


def _united(people: Sequence[Person]) -> list[Person]:
    """Whoever stands in several lists under one number has the ways, and the wishes, of all of them, in each."""
    wishing = {p.holder: p for p in people if p.order or p.off or p.quiet is not None}
    ways: dict[str, dict[tuple[Way, str], None]] = {}
    for person in people:
        ways.setdefault(person.holder, {}).update(dict.fromkeys(person.ways))
    return [
        msgspec.structs.replace(p, ways=tuple(ways[p.holder]), order=wish.order, off=wish.off, quiet=wish.quiet)
        for p in people
        for wish in (wishing.get(p.holder, p),)
    ]
