"""On-call hours of a unit's contacts and of an organisation's people, as people see them.

Enters: a connection, `now`. Leaves: views. Absent: who is told (audience.py).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec
from asyncpg import Record

from zhigan.outlets.notify import rules
from zhigan.outlets.notify.model import Shift
from zhigan.outlets.notify.store import SQL
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.telephones import Telephone

Holding = Literal["contact", "member"]


class ShiftView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    weekdays: list[int]
    from_minute: int
    until_minute: int
    replacement_name: str
    replacement_phone: Telephone


class OnCallView(msgspec.Struct, frozen=True, kw_only=True):
    """`kind`: a unit's `contact` or a `member` of an organisation; `role`: a contact's part, a member's post. `now`:
    told at this hour himself, by a replacement, or not. Who has no hours is always told; where nobody of a part can be
    rung, everybody of it is."""

    kind: Holding
    id: str
    role: str
    name: str
    order: int
    now: str
    shifts: list[ShiftView]


async def of_unit(conn: Connection, unit: str, now: datetime) -> list[OnCallView]:
    return await _listed(conn, "contact", await conn.fetch(SQL.contacts, [unit]), now)


async def of_house(conn: Connection, organisation: str, now: datetime) -> list[OnCallView]:
    return await _listed(conn, "member", await conn.fetch(SQL.members, [organisation]), now)


async def _listed(conn: Connection, kind: Holding, people: Sequence[Record], now: datetime) -> list[OnCallView]:
    shifts: dict[str, list[ShiftView]] = {}
    for r in await conn.fetch(SQL.shifts_of, [f"{kind}:{p['id']}" for p in people]):
        view = ShiftView(
            id=str(r["id"]), weekdays=list(r["weekdays"]), from_minute=r["from_minute"], until_minute=r["to_minute"],
            replacement_name=r["replacement_name"], replacement_phone=r["replacement_phone"],
        )  # fmt: skip
        shifts.setdefault(r["holder"].partition(":")[2], []).append(view)
    return [
        OnCallView(
            kind=kind, id=str(p["id"]), role=p["role"], name=p["name"], order=p["rank"],
            now=_now(shifts.get(str(p["id"]), []), now), shifts=shifts.get(str(p["id"]), []),
        )
        for p in sorted(people, key=lambda p: (p["role"] if kind == "contact" else "", p["rank"]))
    ]  # fmt: skip


async def replacement(conn: Connection, shift: str) -> Record | None:
    """Who takes somebody's place outside those hours: `kind` and `holder`, `name`, `phone`."""
    return await conn.fetchrow(SQL.replacement, shift)


async def visible(conn: Connection, kind: str, id_: str) -> bool:
    """On a bound connection."""
    known = {"contact": SQL.visible_contact, "member": SQL.visible_member}.get(kind)
    return known is not None and await conn.fetchval(known, id_) is not None


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
