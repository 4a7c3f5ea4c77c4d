"""A device's page in PostgreSQL: its facts, inspections, reports, and the work that comes of them.

Enters: the owner's connection in the caller's transaction, or one bound to the principal. Leaves: rows; drafts that the
caller appends to the event log as its last act. What was found wrong, or reported, is one open task a device (grade
IV): told to manager, firm and household by the table of escalation like any other. Absent: HTTP.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from asyncpg import Record

from zhigan.desks.upkeep import rules
from zhigan.desks.upkeep.model import (
    Inspection,
    NewInspection,
    NewReport,
    PublicDevice,
    Report,
    Subject,
    Upkeep,
)
from zhigan.incidents import findings, work
from zhigan.incidents.model import Place, Reason, Why
from zhigan.registry import labels
from zhigan.registry.rules import place_text
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft
from zhigan.vocabulary.grades import Kind
from zhigan.vocabulary.scopes import DIMENSIONS, Owned
from zhigan.webapi.principal import Principal

SQL = sql.load("zhigan.desks.upkeep")
FLAGS = {Why.REPORTED: "reported", Why.INSPECTED: "inspected", Why.REPEATED_FALSE: "repeated_false"}
TAMPERED = frozenset({"damaged", "missing"})
MOST_SHOWN = 50
_DEVICE = frozenset(Subject.__struct_fields__) - {"place"}


async def subject(conn: Connection, device: str) -> Subject | None:
    row = await conn.fetchrow(f"{SQL.subject} where d.id = $1::uuid", device)
    return None if row is None else _subject(row)


def _subject(r: Record) -> Subject:
    place = Place(
        unit_id=r["unit_id"],
        unit_code=r["unit_code"],
        unit_name=r["unit_name"],
        building_id=r["building_id"],
        building_code=r["building_code"],
        building_name=r["building_name"],
        text=where(r["place"], r["building_name"], r["floor"], r["compartment"], r["flat"]),
        lon=r["lon"],
        lat=r["lat"],
        owned=Owned(**{d: r[d] for d in DIMENSIONS}),
    )
    return Subject(place=place, **{name: r[name] for name in _DEVICE})


where = place_text


async def scanned(conn: Connection, typed: str, now: datetime) -> Subject | None:
    device = await labels.find(conn, typed, rules.day(now))
    return None if device is None else await subject(conn, device)


async def public(conn: Connection, device: Subject, code: str, now: datetime) -> PublicDevice:
    made = [(r["at"], r["passed"]) for r in await conn.fetch(SQL.made, device.id, rules.MOST_SHOWN)]
    return rules.public(device, code, made, now)


async def upkeep(conn: Connection, device: Subject, now: datetime) -> Upkeep:
    """Read on a connection bound to the principal: what lies outside the scope is not there."""
    spelt = labels.annex_b(device.serial, rules.day(now))
    return Upkeep(
        device_id=device.id,
        name=device.name or device.address,
        code=spelt or await labels.known(conn, device.id) or "",
        unit=device.place.unit_name,
        place=device.place.text,
        checklist=list(rules.checklist(device.type)),
        inspections=[Inspection(**dict(r)) for r in await conn.fetch(SQL.inspections, device.id, MOST_SHOWN)],
        reports=[Report(**dict(r)) for r in await conn.fetch(SQL.reports, device.id, MOST_SHOWN)],
    )


class Written(msgspec.Struct, frozen=True):
    """`drafts` go into the event log; none where the same was there already."""

    fresh: bool
    incident: str | None
    drafts: Sequence[Draft]


async def inspected(
    conn: Connection, device: Subject, new: NewInspection, principal: Principal, now: datetime
) -> Written:
    """The same id twice is one inspection. What did not pass becomes work."""
    at = findings.told_at(new.at, now)
    added = await conn.fetchval(
        SQL.add_inspection, new.id, device.id, at, now, principal.id, principal.name, principal.role.value, new.passed,
        new.good, new.bad, new.note.strip(),
    )  # fmt: skip
    if not added or new.passed:
        return Written(bool(added), None, [])
    facts = {"device": device.name or device.address, "points": ",".join(new.bad), "note": new.note.strip()}
    incident, drafts = await _work(conn, device, Reason(Why.INSPECTED, _known(facts)), Kind.FAULT, now)
    return Written(True, incident, drafts)


async def reported(conn: Connection, device: Subject, id_: str, new: NewReport, address: str, now: datetime) -> Written:
    """After `wait_s` has said that one more may come."""
    facts = {"device": device.name or device.address, "report": new.kind, "note": new.note.strip()}
    kind = Kind.TAMPER if new.kind in TAMPERED else Kind.FAULT
    incident, drafts = await _work(conn, device, Reason(Why.REPORTED, _known(facts)), kind, now)
    await conn.execute(
        SQL.add_report, id_, device.id, now, new.kind, new.note.strip(), new.phone.strip(), address, incident
    )
    return Written(True, incident, drafts)


def _known(facts: dict[str, str]) -> dict[str, str | int | float]:
    return {name: text for name, text in facts.items() if text}


async def _work(
    conn: Connection, device: Subject, reason: Reason, kind: Kind, now: datetime
) -> tuple[str, list[Draft]]:
    return await work.opened(conn, f"upkeep:{device.id}", device.place, reason, kind, FLAGS[reason.why], now)


async def opened(conn: Connection, device: Subject, reason: Reason, now: datetime) -> tuple[str, list[Draft]]:
    """What shows by itself."""
    return await _work(conn, device, reason, Kind.FAULT, now)


async def wait_s(conn: Connection, device: str, address: str, now: datetime) -> int:
    await conn.execute(SQL.one_report_at_a_time)
    await conn.execute(SQL.forget_addresses, now - rules.DAY)
    counted = await conn.fetchrow(SQL.recent, address, device, now - rules.HOUR)
    return 0 if counted is None else rules.wait_s(*counted.values())


async def reporter(conn: Connection, id_: str) -> Record | None:
    """On a bound connection: which device a report is of, and the number that was left with it."""
    return await conn.fetchrow(SQL.reporter, id_)
