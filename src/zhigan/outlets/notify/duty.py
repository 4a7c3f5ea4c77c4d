"""On-call hours of a unit's contacts, as people see them. Enters: a connection, `now`. Leaves: views."""

from datetime import datetime

import msgspec
from asyncpg import Record

from zhigan.outlets.notify import rules
from zhigan.outlets.notify.model import Shift
from zhigan.outlets.notify.store import SQL
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.telephones import Telephone


class ShiftView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    weekdays: list[int]
    from_minute: int
    until_minute: int
    replacement_name: str
    replacement_phone: Telephone


class OnCallView(msgspec.Struct, frozen=True, kw_only=True):
    """`now`: told at this hour himself, by a replacement, or not. Who has no hours is always told."""

    contact_id: str
    role: str
    name: str
    order: int
    now: str
    shifts: list[ShiftView]


async def of_unit(conn: Connection, unit: str, now: datetime) -> list[OnCallView]:
    contacts = await conn.fetch(SQL.contacts, [unit])
    shifts: dict[str, list[ShiftView]] = {}
    for r in await conn.fetch(SQL.shifts_of, [f"contact:{c['id']}" for c in contacts]):
        view = ShiftView(
            id=str(r["id"]), weekdays=list(r["weekdays"]), from_minute=r["from_minute"], until_minute=r["to_minute"],
            replacement_name=r["replacement_name"], replacement_phone=r["replacement_phone"],
        )  # fmt: skip
        shifts.setdefault(r["holder"], []).append(view)
    return [
        OnCallView(
            contact_id=str(c["id"]), role=c["role"], name=c["name"], order=c["rank"],
            now=_now(shifts.get(f"contact:{c['id']}", []), now), shifts=shifts.get(f"contact:{c['id']}", []),
        )
        for c in sorted(contacts, key=lambda c: (c["role"], c["rank"]))
    ]  # fmt: skip


async def replacement(conn: Connection, shift: str) -> Record | None:
    """Who takes a contact's place outside those hours: `contact`, `name`, `phone`."""
    return await conn.fetchrow(SQL.replacement, shift)


async def visible(conn: Connection, contact: str) -> bool:
    """On a bound connection."""
    return await conn.fetchval(SQL.visible_contact, contact) is not None


def _now(shifts: list[ShiftView], now: datetime) -> str:
    found = rules.on_call(
        [
            Shift(
                weekdays=tuple(s.weekdays), from_minute=s.from_minute, until_minute=s.until_minute,
                replacement_name=s.replacement_name, replacement_phone=s.replacement_phone,
            )
            for s in shifts
        ],
        now,
    )  # fmt: skip
    return "replaced" if isinstance(found, Shift) else "on_call" if found else "off"
