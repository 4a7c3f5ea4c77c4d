"""Reports in PostgreSQL: kept, changed, sent, followed to their end, read back.

Enters: the owner's connection in the caller's transaction, or one bound to the principal. Leaves: rows, and drafts that
the caller appends to the event log as his last act. Absent: HTTP, and whether a report is acceptable (rules.py).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from asyncpg import Record
from msgspec.structs import astuple

from zhigan.gateways.reports import rules, views
from zhigan.gateways.reports.model import InboundKind, InboundState, NewInbound
from zhigan.gateways.reports.rules import Spot
from zhigan.incidents import assigning, reading
from zhigan.incidents import store as incidents
from zhigan.incidents.assigning import Wanted
from zhigan.incidents.model import Actor, Reason, Remarked, Why
from zhigan.registry.listing import Question
from zhigan.runtime import sql
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.scopes import Scope, ground
from zhigan.vocabulary.telephones import masked_text
from zhigan.webapi.pages import Key
from zhigan.webapi.principal import Principal
from zhigan.webapi.problems import FieldError

SQL = sql.load("zhigan.gateways.reports")
REFUSALS_KEPT: Final = 500
BODY_KEPT: Final = 4000


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    q: str | None = None
    kind: str | None = None
    state: str | None = None
    account: str | None = None
    unit_id: str | None = None
    external_id: str | None = None
    since: datetime | None = None
    after: Key | None = None


def _json(thing: object) -> str:
    return msgspec.json.encode(thing).decode()


async def say(
    conn: Connection, clock: Clock, report: str, who: str, what: str, detail: Mapping[str, object] | None = None
) -> None:
    await conn.execute(SQL.say, report, clock.now(), who, what, _json(dict(detail or {})))


async def add(
    conn: Connection, clock: Clock, new: NewInbound, spot: Spot, principal: Principal, id_: str
) -> tuple[InboundState, list[Draft]]:
    """A new report, and the row that a hazard opens, in one transaction."""
    now, state, drafts = clock.now(), InboundState.RECEIVED, list[Draft]()
    incident = address = None
    if new.kind is InboundKind.HAZARD:
        opened = rules.hazard(id_, new, spot, principal.name, now)
        drafts = await incidents.apply(conn, [opened], to_micros(now))
        incident, state = opened.incident, InboundState.ASSIGNED
        drafts += await _term(conn, opened.incident, new, principal, to_micros(now))
    elif new.kind is InboundKind.CALL:
        address = rules.call_address(id_, spot)
    place = spot.place
    await conn.execute(
        SQL.add, id_, new.kind.value, new.external_id.strip(), principal.id, principal.name, principal.role.value,
        state.value, now, new.at or now, new.category, new.words.strip(), new.place.strip(), place.unit_id,
        place.unit_name, place.building_name, spot.floor, place.lon, place.lat, new.reporter.name.strip(),
        new.reporter.phone.strip(), _json(new), rules.digest(new), address, incident, *astuple(place.owned),
    )  # fmt: skip
    await say(conn, clock, id_, principal.name, "received")
    if incident is not None:
        await say(conn, clock, id_, "", "assigned", {"incident": incident})
    return state, drafts


async def _term(conn: Connection, incident: str, new: NewInbound, principal: Principal, now: int) -> list[Draft]:
    """限期整改: the row is due by then."""
    if new.deadline is None:
        return []
    actor = Actor(principal.id, principal.name, principal.role)
    draft = await assigning.assign(conn, incident, Wanted(due_at=rules.due(new.deadline)), actor, now)
    return [] if draft is None else [draft]


async def change(
    conn: Connection, clock: Clock, row: Record, new: NewInbound, spot: Spot, principal: Principal
) -> list[Draft]:
    """Said otherwise: the row has the new words, the history what stood there; who works on it is told."""
    id_, now = str(row["id"]), clock.now()
    before = msgspec.json.decode(row["content"], type=dict[str, Any])
    changed = rules.changes(before, msgspec.to_builtins(new))
    for field in ("reporter",):  # a number stands in the row, masked where it leaves; not in every line of its history
        if field in changed:
            changed[field] = [None, None]
    await conn.execute(
        SQL.change, id_, now, new.at or row["at"], new.category, new.words.strip(), new.place.strip(), spot.place.lon,
        spot.place.lat, new.reporter.name.strip(), new.reporter.phone.strip(), _json(new), rules.digest(new),
    )  # fmt: skip
    await say(conn, clock, id_, principal.name, "changed", changed)
    if new.kind is InboundKind.CALL and row["state"] in (InboundState.RECEIVED, InboundState.LINKED):
        address = rules.call_address(id_, spot)
        if address != row["gateway_address"]:
            place = spot.place
            await conn.execute(
                SQL.move, id_, place.unit_id, place.unit_name, place.building_name, spot.floor, address,
                *astuple(place.owned),
            )  # fmt: skip
            return []
    return await _remark(conn, row, new, principal.name, now)


async def _remark(conn: Connection, row: Record, new: NewInbound, who: str, now: datetime) -> list[Draft]:
    """A line in the timeline of what it became, while that is open."""
    if row["incident"] is None:
        return []
    (standing,) = await incidents.standing(conn, [str(row["incident"])]) or (None,)
    if standing is None or standing.state == "closed" or standing.merged_into is not None:
        return []
    facts: dict[str, str | int | float] = {"who": who}
    if said := rules.brief("：".join(part for part in (new.place.strip(), new.words.strip()) if part)):
        facts["note"] = said
    change_ = Remarked(incident=standing.id, reason=Reason(Why.REPORT_CHANGED, facts), at=to_micros(now))
    drafts = await incidents.apply(conn, [change_], to_micros(now))
    await conn.execute(incidents.SQL.notify_case, standing.case_key)
    return drafts


async def refuse(
    conn: Connection, clock: Clock, principal: Principal, kind: str, external_id: str, errors: Sequence[FieldError],
    body: bytes,
) -> None:  # fmt: skip
    """What was wrong, for the page of its sender; people's numbers masked."""
    text = _plain(masked_text(body[:BODY_KEPT].decode("utf-8", "replace")))
    said = _plain(_json(list(errors[:50])).replace("\\u0000", ""))
    await conn.execute(
        SQL.refuse, mint(clock), clock.now(), principal.id, principal.name, _plain(kind[:40]),
        _plain(external_id[:100]), said, text, *astuple(ground(principal.scope)),
    )  # fmt: skip
    await conn.execute(SQL.forget_refusals, principal.id, REFUSALS_KEPT)


def _plain(text: str) -> str:
    return text.replace("\0", "\ufffd")


# -- pages


async def listed(conn: Connection, scope: Scope, own: str | None, asked: Asked, limit: int) -> list[Record]:
    """`own`: a partner's account sees what it has sent itself, nothing beside."""
    question = Question(scope, "r")
    question.given("r.account = {}::uuid", own)
    question.given("r.account = {}::uuid", asked.account)
    question.given("r.kind = {}", asked.kind)
    question.given("r.state = {}", asked.state)
    question.given("r.unit_id = {}::uuid", asked.unit_id)
    question.given("r.external_id = {}", asked.external_id)
    question.given("r.received_at >= {}", asked.since)
    for word in (asked.q or "").split()[:5]:
        like = f"%{word.replace(chr(92), chr(92) * 2).replace('%', chr(92) + '%').replace('_', chr(92) + '_')}%"
        question.where(
            "concat_ws(' ', r.words, r.place, r.unit_name, r.building, r.partner, r.external_id, r.reporter) ilike {}",
            like,
        )
    if asked.after is not None:
        question.where("(r.received_at, r.id) < (to_timestamp({}::float8 / 1000000), {}::uuid)", *asked.after)
    return await conn.fetch(
        question.text(SQL.reports, "r.received_at desc, r.id desc", limit), *question.parameters
    )  # fmt: skip


async def one(conn: Connection, scope: Scope, own: str | None, id_: str) -> views.InboundReport | None:
    question = Question(scope, "r")
    question.where("r.id = {}::uuid", id_)
    question.given("r.account = {}::uuid", own)
    rows = await conn.fetch(question.text(SQL.reports, "r.id", 1), *question.parameters)
    return views.report(rows[0]) if rows else None


async def detail(conn: Connection, report: views.InboundReport) -> views.InboundDetail:
    seen = None if report.incident_id is None else await reading.one(conn, report.incident_id)
    return views.InboundDetail(
        report=report,
        incident=views.incident(seen),
        history=[views.line(r) for r in await conn.fetch(SQL.lines, report.id)],
        photos=[views.InboundPhoto(**dict(r)) for r in await conn.fetch(SQL.photos, report.id)],
    )


async def refusals(conn: Connection, scope: Scope, account: str | None, before: int | None, limit: int) -> list[Record]:
    question = Question(scope, "f")
    question.given("f.account = {}::uuid", account)
    question.given("f.number < {}", before)
    return await conn.fetch(question.text(SQL.refusals, "f.number desc", limit), *question.parameters)


async def phone(conn: Connection, id_: str) -> Record | None:
    """On a bound connection: whose number it is, where, and the number."""
    return await conn.fetchrow(SQL.phone, id_)
