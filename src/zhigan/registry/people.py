"""Contacts of all units in one list: whom to call, found by name, number, pinyin. A unit's own stand in `units.py`."""

from datetime import datetime
from typing import Any

import msgspec

from zhigan.registry import reaching
from zhigan.registry.listing import Question
from zhigan.registry.shapes import Standing
from zhigan.registry.sorting import After, Column, Sorts, moment
from zhigan.registry.store import SQL
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.scopes import Scope
from zhigan.vocabulary.telephones import Telephone


class ContactRow(msgspec.Struct, kw_only=True):
    """A contact in the list of all units."""

    id: str
    unit_id: str
    unit_code: str
    unit_name: str
    role: str
    name: str
    phone: Telephone
    order: int
    reporting_area: str
    state: Standing
    verified_at: datetime | None
    verified_by: str
    verified_how: str
    proof_due_at: datetime
    asked_at: datetime | None
    dead_at: datetime | None
    dead_why: str
    changed_at: datetime


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: as they stand at `now`."""

    now: datetime
    q: str | None = None
    role: str | None = None
    area: str | None = None
    unit_id: str | None = None
    state: str | None = None
    sort: str = "name"
    after: After | None = None


SORTS: Sorts[ContactRow] = Sorts("c.id", {"name": Column("c.name"), "proof_due_at": moment("c.proof_due_at")})


async def listed(conn: Connection, scope: Scope, asked: Asked, limit: int) -> list[ContactRow]:
    question = Question(scope, "c")
    question.given("c.id in (select registry.found_contacts({}))", (asked.q or "").strip())
    question.given("c.role = {}", asked.role)
    question.given("c.area = {}", asked.area)
    question.given("c.unit_id = {}::uuid", asked.unit_id)
    reaching.asked(question, asked.state, asked.now)
    order = SORTS.order(question, asked.sort, asked.after)
    rows = await conn.fetch(question.text(SQL.contact_rows, order, limit), *question.parameters)
    return [_row(dict(r), asked.now) for r in rows]


def _row(values: dict[str, Any], now: datetime) -> ContactRow:
    unproven_at = values.pop("unproven_at")
    state = reaching.standing(values["verified_at"], values["proof_due_at"], unproven_at, values["dead_at"], now)
    return ContactRow(**values, state=state)
