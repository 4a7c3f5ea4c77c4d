"""The register of circuits as lists: pages with what is measured now, and the same as CSV.

Enters: a question, a principal. Leaves: rows in the order of unit and code, views, batches of cells. One question to
the database a page for the rows, one for their channels, one for their readings. Absent: HTTP.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Final

import msgspec

from zhigan.desks.electrical import rules, store
from zhigan.desks.electrical.model import Channel, CircuitView, Row
from zhigan.desks.electrical.store import Asked
from zhigan.registry.refusals import an_id
from zhigan.registry.ruling import Standing
from zhigan.vocabulary.metrics import BY_NUMBER
from zhigan.vocabulary.moments import to_micros
from zhigan.webapi import downloads, pages
from zhigan.webapi.database import Database
from zhigan.webapi.principal import Principal

FACTS: Final = (
    "code", "name", "unit_name", "building", "panel", "place", "phases", "rating_a", "load_class", "feeds",
    "panel_cuts",
)  # fmt: skip
COLUMNS: Final = (*FACTS, "breaker", "channels", "state", "condition", "consented_until", "id")


def asked(
    q: str | None,
    unit_id: str | None,
    building_id: str | None,
    device_id: str | None,
    load_class: str | None,
    cuttable: bool | None,
    cursor: str | None,
) -> Asked:
    key = pages.decode(cursor, 3)
    return Asked(
        q=(q or "").strip()[:200],
        unit_id=an_id(unit_id) if unit_id else None,
        building_id=an_id(building_id) if building_id else None,
        device_id=an_id(device_id) if device_id else None,
        load_class=load_class,
        cuttable=cuttable,
        after=(str(key[0]), str(key[1]), an_id(str(key[2]))) if key else None,
    )


async def rows(db: Database, principal: Principal, question: Asked, now: datetime, limit: int) -> list[Row]:
    async with db.bound(principal) as conn:
        return await store.listed(conn, principal.scope, question, now, limit)


async def views(
    db: Database, principal: Principal, shown: Sequence[Row], standing: Standing, now: int
) -> list[CircuitView]:
    async with db.bound(principal) as conn:
        own = await store.channels(conn, [row.id for row in shown])
    async with db.owner() as conn:
        readings = await store.lasts(conn, own, now, rules.LIVE_WITHIN)
        in_force = await standing(conn)
    return [store.view(row, own[row.id], readings, in_force, now) for row in shown]


async def batches(
    db: Database, principal: Principal, question: Asked, standing: Standing, now: datetime
) -> AsyncIterator[Sequence[Sequence[downloads.Cell]]]:
    """No connection is held while a slow reader takes them."""
    while True:
        found = await rows(db, principal, question, now, downloads.BATCH)
        if not found:
            return
        async with db.bound(principal) as conn:
            own = await store.channels(conn, [row.id for row in found])
        seen = {view.id: view for view in await views(db, principal, found, standing, to_micros(now))}
        yield [_cells(row, seen[row.id], own[row.id]) for row in found]
        if len(found) < downloads.BATCH:
            return
        question = msgspec.structs.replace(question, after=store.place(found[-1]))


def _cells(row: Row, view: CircuitView, own: Sequence[Channel]) -> list[downloads.Cell]:
    facts: list[downloads.Cell] = [getattr(row, name) for name in FACTS]
    return [*facts, row.breaker_name, [_told(c) for c in own], view.state, view.condition, row.consented_until, row.id]


def _told(channel: Channel) -> str:
    phase = f".{channel.phase}" if channel.phase else ""
    return f"{BY_NUMBER[channel.metric].name}{phase}={channel.device}"
