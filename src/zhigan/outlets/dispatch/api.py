"""The hand-over of one incident over HTTP: how it stands, the desk's acts, the floor plan by a signed address.

Whoever sees an incident sees its hand-over; telephone numbers only with the text that a desk reads aloud. Whatever lies
outside the scope does not exist (404, decided first).
"""

import asyncio
from datetime import datetime
from typing import Annotated, TypeVar
from urllib.parse import quote

import msgspec
from asyncpg import Record
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation
from litestar.response import File

from zhigan.bus import log
from zhigan.incidents.addressed import found, known
from zhigan.incidents.model import Actor, State
from zhigan.incidents.relayed import Word, relay
from zhigan.incidents.rows import Row
from zhigan.incidents.rules import Step
from zhigan.incidents.shelf import Shelf
from zhigan.outlets.dispatch import api_feedback, api_targets, rules, store, texts, views
from zhigan.outlets.dispatch.desk import Dispatch, Wired
from zhigan.outlets.dispatch.model import Act, HandOver, Target
from zhigan.outlets.dispatch.model import State as Sent
from zhigan.outlets.dispatch.planning import CALLED_FLAG, CONFIRMED
from zhigan.outlets.dispatch.rules import Wanted
from zhigan.outlets.dispatch.store import SQL
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.roles import DESK_ROLES
from zhigan.vocabulary.telephones import masked_text
from zhigan.webapi import problems
from zhigan.webapi.armour import of_bytes_brought
from zhigan.webapi.audit import audit
from zhigan.webapi.authentication import PUBLIC, UNCOMPRESSED
from zhigan.webapi.database import Database
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.principal import Principal

Shelved = NamedDependency[SkipValidation[Shelf]]
PHONE = "119"


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """`note`: what is new, where the centre has the incident already."""

    note: Annotated[str, msgspec.Meta(max_length=500)] = ""


class Called(msgspec.Struct, frozen=True, kw_only=True):
    """Who was telephoned is this session's person; `number`: the incident's number that 119 gave."""

    number: Annotated[str, msgspec.Meta(max_length=64)] = ""
    note: Annotated[str, msgspec.Meta(max_length=500)] = ""


class HandOvers(Controller):
    path = "/incidents/{incident_id:str}/hand-over"
    tags = ("dispatch",)

    @get(operation_id="getHandOver")
    async def panel(
        self, principal: Caller, db: Db, clock: Time, dispatch: Wired, incident_id: FromPath[str]
    ) -> views.Panel:
        """What the command centre was told, how soon it said so, and what it has said since."""
        return await _panel(principal, db, clock, dispatch, incident_id)

    @post(operation_id="handOver", status_code=202)
    async def send(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        dispatch: Wired,
        incident_id: FromPath[str],
        data: JSONBody[Sending],
    ) -> views.Panel:
        """By the desk: for the first time, again, or with what is new."""
        async with db.bound(principal) as conn:
            row = await _survivor(conn, incident_id)
        _may(principal)
        if row.state not in CONFIRMED:
            raise problems.conflict("Only a confirmed incident is handed over.", state=row.state.value)
        async with db.owner() as conn:
            serving = await _serving(conn, dispatch, row)
            if not serving:
                raise problems.conflict("No command centre serves this place: telephone 119.")
            await _sent(conn, clock, row, serving, data.note.strip(), principal)
            await audit(conn, principal, clock.now(), "dispatch.sent", row.id, data)
            await conn.execute(SQL.tell)
        return await _panel(principal, db, clock, dispatch, row.id)

    @post("/call", operation_id="reportCall", status_code=200)
    async def call(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        dispatch: Wired,
        incident_id: FromPath[str],
        data: JSONBody[Called],
    ) -> views.Panel:
        """119 was telephoned: by whom, and the number that it gave."""
        async with db.bound(principal) as conn:
            row = await _survivor(conn, incident_id)
        _may(principal)
        if row.state not in (*CONFIRMED, State.CLOSED):
            raise problems.conflict("Only a confirmed incident is handed over.", state=row.state.value)
        number, note, now = data.number.strip(), data.note.strip(), clock.now()
        async with db.owner() as conn:
            done = await conn.fetchval(SQL.do_call, row.id, now, principal.id, principal.name, number, note)
            if done is None:
                await conn.execute(
                    SQL.add_call, mint(clock), row.id, PHONE, now, principal.id, principal.name, number, note
                )
            detail: dict[str, object] = {k: v for k, v in (("number", number), ("note", note)) if v}
            word = Word(what="called", detail=detail, flag=CALLED_FLAG, reached=Step.DISPATCH)
            who = Actor(principal.id, principal.name, principal.role)
            told = await relay(conn, row.id, word, who, to_micros(now))
            await audit(conn, principal, now, "dispatch.called", row.id, data)
            await log.append(conn, [told.draft], to_micros(now))
        return await _panel(principal, db, clock, dispatch, row.id)


class FloorPlans(Controller):
    path = "/dispatch/plans/{plan_id:str}"
    tags = ("dispatch",)

    @get(opt={UNCOMPRESSED: True, **PUBLIC}, operation_id="getHandedPlan")
    async def picture(
        self,
        db: Db,
        clock: Time,
        dispatch: Wired,
        shelf: Shelved,
        plan_id: FromPath[str],
        until: FromQuery[int] = 0,
        key: FromQuery[str] = "",
    ) -> File:
        """A floor plan by the address that went to the command centre; it opens until its time is over."""
        if not dispatch.links.holds(plan_id, until, key, clock.now()):
            raise problems.not_found()
        async with db.owner() as conn:
            plan = await dispatch.plans.one(conn, known(plan_id))
        path = None if plan is None else shelf.path(bytes.fromhex(plan.sha256))
        if plan is None or path is None or not await asyncio.to_thread(path.is_file):
            raise problems.not_found()
        return File(
            path,
            media_type=plan.type,
            headers=of_bytes_brought("private, max-age=300", f"inline; filename*=UTF-8''{quote(plan.name, safe='')}"),
        )


handlers: list[type[Controller]] = [HandOvers, FloorPlans, *api_targets.handlers, *api_feedback.handlers]


async def _panel(principal: Principal, db: Database, clock: Clock, dispatch: Dispatch, incident_id: str) -> views.Panel:
    async with db.bound(principal) as conn:
        row = await _survivor(conn, incident_id)
        handed = await conn.fetch(SQL.shown, [row.id])
        said = await conn.fetch(SQL.feedback_of, [row.id])
        calls = await conn.fetch(SQL.calls_of, [row.id])
    may = principal.role in DESK_ROLES
    async with db.owner() as conn:
        serving = await _serving(conn, dispatch, row)
        names = {
            r["id"]: r["name"] for r in await conn.fetch(SQL.target_names, [r["target"] for r in (*handed, *said)])
        }
        spoken = await _read_aloud(conn, principal, dispatch, row, calls, clock.now()) if row.state in CONFIRMED else ""
    return views.Panel(
        targets=[views.TargetName(t.id, t.name, t.phone) for t in serving],
        hand_overs=[_named(views.hand_over(r), names) for r in handed],
        feedback=[_named(views.feedback(r), names) for r in said],
        calls=[views.call(r) for r in calls],
        spoken=spoken,
        may=may,
    )


async def _survivor(conn: Connection, incident: str) -> Row:
    row = await found(conn, incident)
    return row if row.merged_into is None else await found(conn, row.merged_into)


def _may(principal: Principal) -> None:
    if principal.role not in DESK_ROLES:
        raise problems.forbidden()


async def _serving(conn: Connection, dispatch: Dispatch, row: Row) -> list[Target]:
    every = await store.targets(conn, dispatch.vault)
    return [t for t in every if t.enabled and rules.serves(t, row.place.owned.area)]


async def _read_aloud(
    conn: Connection, principal: Principal, dispatch: Dispatch, row: Row, calls: list[Record], now: datetime
) -> str:
    """With the contact's number for who has the incident or must telephone now, noted once; masked for others."""
    if principal.role not in DESK_ROLES:
        return ""
    text = await _spoken(conn, dispatch, row, now)
    veiled = masked_text(text)
    if row.claimed_by != principal.id and all(c["state"] != "wanted" for c in calls):
        return veiled
    if text != veiled and await conn.fetchval(SQL.was_shown, principal.id, row.id) is None:
        detail = {"kind": "incident", "incident": row.id, "claimed": row.claimed_by == principal.id}
        await audit(conn, principal, now, "number.shown", row.id, detail)
    return text


async def _spoken(conn: Connection, dispatch: Dispatch, row: Row, now: datetime) -> str:
    unsent = HandOver(
        id=row.id, incident=row.id, target="", act=Act.ALERT, state=Sent.WAITING, seq=0, alert=None, asked_at=now,
        due_at=now, attempts=0, first_sent_at=None, number="", note="", cause="", alarms=0, told=False,
    )  # fmt: skip
    return texts.spoken(await dispatch.casing.of(conn, row, unsent, now))


async def _sent(
    conn: Connection, clock: Clock, row: Row, serving: list[Target], note: str, principal: Principal
) -> None:
    """To each centre what it lacks."""
    now = clock.now()
    before = (await store.of_incidents(conn, [row.id])).get(row.id, [])
    put = 0
    for target in serving:
        alerts = [h for h in before if h.target == target.id and h.act is Act.ALERT]
        if not alerts:
            wanted = Wanted(target=target.id, act=Act.ALERT, due_at=now)
        elif alerts[-1].state is Sent.ACKNOWLEDGED and note:
            wanted = Wanted(target=target.id, act=Act.UPDATE, due_at=now, alert=alerts[-1].id)
        else:
            continue
        put += await store.put_down(conn, mint(clock), row.id, wanted, now, now, principal.name, note)
    put += len(await conn.fetch(SQL.again, row.id, now))
    if not put:
        raise problems.conflict("The command centre has this incident already: say what is new in the note.")


V = TypeVar("V", views.HandOverView, views.FeedbackView)


def _named(view: V, names: dict[str, str]) -> V:
    return msgspec.structs.replace(view, target=names.get(view.target, view.target))
