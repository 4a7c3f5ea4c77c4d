"""Contacts of all units in one list: whom to call, found by name, number, pinyin. A unit's own stand in `units.py`."""

from datetime import datetime

import msgspec

from zhigan.registry.listing import Question
from zhigan.registry.sorting import After, Column, Sorts
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
    changed_at: datetime


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    q: str | None = None
    role: str | None = None
    area: str | None = None
    sort: str = "name"
    after: After | None = None


SORTS: Sorts[ContactRow] = Sorts("c.id", {"name": Column("c.name")})


async def listed(conn: Connection, scope: Scope, asked: Asked, limit: int) -> list[ContactRow]:
    question = Question(scope, "c")
    question.given("c.id in (select registry.found_contacts({}))", (asked.q or "").strip())
    question.given("c.role = {}", asked.role)
    question.given("c.area = {}", asked.area)
    order = SORTS.order(question, asked.sort, asked.after)
    rows = await conn.fetch(question.text(SQL.contact_rows, order, limit), *question.parameters)
    return [ContactRow(**dict(r)) for r in rows]
