"""Commands over HTTP: ask a device for something, approve as the second person, cancel, look what became of it.

Outside one's scope a device or command does not exist (404, decided first); then the role (403), the request's form
(400), and what stands against it (409). A device that cannot be reached fails at sending, not here.
"""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, TypeAlias
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter, SkipValidation

from zhigan.bus import log
from zhigan.commands import rules, store
from zhigan.commands.interlock import Interlock
from zhigan.commands.model import Arguments, Command, Name, Past, Silence, SilenceBasis, State, Target
from zhigan.commands.store import SQL
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft
from zhigan.vocabulary.moments import to_datetime
from zhigan.vocabulary.predicates import predicate
from zhigan.vocabulary.roles import Role
from zhigan.webapi import pages, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.database import Database
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal

Interlocked: TypeAlias = NamedDependency[SkipValidation[Interlock]]


class NewCommand(msgspec.Struct, frozen=True):
    command: str
    arguments: dict[str, object] = {}


class Note(msgspec.Struct, frozen=True):
    note: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class Requester(msgspec.Struct, frozen=True):
    id: str
    name: str


class PastView(msgspec.Struct, frozen=True):
    at: datetime
    state: State
    who: str
    detail: str


class CommandView(msgspec.Struct, frozen=True, kw_only=True):
    """`due_at`: when the countdown before sending ends; until then it can be cancelled."""

    id: str
    version: int
    device_id: str
    device: str
    command: Name
    arguments: dict[str, object]
    state: State
    detail: str
    requested_by: Requester
    requested_at: datetime
    approved_by: Requester | None
    approved_at: datetime | None
    expires_at: datetime
    due_at: datetime | None
    circuit_id: str | None
    steps: list[str]
    history: list[PastView]


class DeviceCommands(Controller):
    tags = ("commands",)

    @post("/devices/{device_id:str}/commands", status_code=202, operation_id="giveCommand")
    async def give(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        interlock: Interlocked,
        device_id: FromPath[str],
        data: JSONBody[NewCommand],
    ) -> CommandView:
        """`cut_power` waits for a second person's approval and a countdown; everything else goes to the gateway at
        once."""
        now = clock.micros()
        async with db.bound(principal) as conn:
            target = await _target(conn, device_id)
        try:
            kind = rules.kind_of(data.command)
            if principal.role not in kind.roles:
                raise rules.NotYours(f"The role {principal.role} does not give the command {kind.name}.")
            arguments = rules.arguments_of(kind, data.arguments)
            target = await _grounded(db, interlock, kind.name, target)
            state = rules.begins(kind, target, principal.role, now)
            proof = await _proved(db, target, arguments, now)
        except rules.Refusal as refusal:
            raise _problem(refusal) from refusal
        id_ = mint(clock)
        async with db.owner() as conn:
            first = Past(now, state, principal.name, proof)
            draft = await store.ask(conn, id_, target, kind.name, arguments, state, first, principal.id)
            detail = {"device": target.id, "command": kind.name, "arguments": arguments, "detail": proof}
            await audit(conn, principal, clock.now(), f"command.{state}", id_, detail)
            await log.append(conn, [draft], now)
            return _view(await store.locked(conn, id_), principal)


class Commands(Controller):
    path = "/commands"
    tags = ("commands",)

    @get(operation_id="listCommands")
    async def listed(
        self,
        principal: Caller,
        db: Db,
        device_id: FromQuery[str | None] = None,
        circuit_id: FromQuery[str | None] = None,
        command: FromQuery[Name | None] = None,
        in_state: Annotated[State | None, QueryParameter(name="state")] = None,
        unfinished: FromQuery[bool] = False,
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[CommandView]:
        """Newest first. `unfinished`: what waits for an approval, for its end of countdown, or for an answer."""
        size = pages.limit(limit)
        scope, parameters = predicate(principal.scope, 2)
        conditions = [scope]
        after = _after(cursor)
        for condition, value in (
            ("device_id = ${}::uuid", _uuid(device_id, "device_id")),
            ("circuit = ${}::uuid", _uuid(circuit_id, "circuit_id")),
            ("command = ${}", command),
            ("state = ${}", in_state),
        ):
            if value is not None:
                parameters.append(value)
                conditions.append(condition.format(len(parameters) + 1))
        if unfinished:
            conditions.append("state in ('awaiting_approval', 'pending', 'sent')")
        if after is not None:
            parameters.extend(after)
            conditions.append(f"(requested_at, id) < (${len(parameters)}, ${len(parameters) + 1}::uuid)")
        statement = SQL.page.replace("where true", "where " + " and ".join(conditions))
        async with db.bound(principal) as conn:
            rows = [store.read(r) for r in await conn.fetch(statement, size + 1, *parameters)]
        return pages.page(
            rows, size, lambda c: _view(c, principal), lambda c: [to_datetime(c.requested_at).isoformat(), c.id]
        )

    @get("/{command_id:str}", operation_id="getCommand")
    async def one(self, principal: Caller, db: Db, command_id: FromPath[str]) -> CommandView:
        async with db.bound(principal) as conn:
            return _view(await _command(conn, command_id), principal)

    @post("/{command_id:str}/approve", status_code=200, operation_id="approveCommand")
    async def approve(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        interlock: Interlocked,
        command_id: FromPath[str],
        data: JSONBody[Note | None] = None,
    ) -> CommandView:
        """The second person's step; what has a countdown (`due_at`) is judged once more at its end, and then sent."""
        now = clock.micros()
        async with db.bound(principal) as conn:
            known = await _command(conn, command_id)
            target = await _target(conn, known.device_id)
        target = await _grounded(db, interlock, known.name, target)
        async with db.owner() as conn:
            command = await store.locked(conn, command_id)
            with refused():
                rules.approves(command, target, principal.id, principal.role, now)
            past = Past(now, State.PENDING, principal.name, data.note if data else "")
            moved, draft = await _approved(conn, command, target, past, principal)
            await audit(conn, principal, clock.now(), "command.approved", command_id, {"note": past.detail})
            await log.append(conn, [draft], now)
        return _view(moved, principal)

    @post("/{command_id:str}/cancel", status_code=200, operation_id="cancelCommand")
    async def cancel(
        self, principal: Caller, db: Db, clock: Time, command_id: FromPath[str], data: JSONBody[Note | None] = None
    ) -> CommandView:
        """As long as it has not been sent."""
        now = clock.micros()
        async with db.bound(principal) as conn:
            await _command(conn, command_id)
        async with db.owner() as conn:
            command = await store.locked(conn, command_id)
            with refused():
                rules.cancels(command, principal.id, principal.role, now)
            past = Past(now, State.CANCELLED, principal.name, data.note if data else "")
            moved, draft = await store.move(conn, command, past)
            await audit(conn, principal, clock.now(), "command.cancelled", command_id, {"note": past.detail})
            await log.append(conn, [draft], now)
        return _view(moved, principal)


async def _approved(
    conn: Connection, command: Command, target: Target, past: Past, principal: Principal
) -> tuple[Command, Draft]:
    kind = rules.KINDS[command.name]
    try:
        return await store.move(
            conn,
            command,
            past,
            approver=(principal.id, principal.name),
            expires_at=rules.approved_until(kind, target, past.at),
            due_at=past.at + kind.countdown if kind.countdown else None,
        )
    except store.UnderWay:
        raise problems.conflict("Another cut of this breaker is on its way.") from None


handlers: list[type[Controller]] = [DeviceCommands, Commands]


def _view(command: Command, principal: Principal) -> CommandView:
    approved = None
    if command.approved_by is not None:
        approved = Requester(command.approved_by, command.approved_name or "")
    return CommandView(
        id=command.id,
        version=command.version,
        device_id=command.device_id,
        device=command.device,
        command=command.name,
        arguments=msgspec.to_builtins(command.arguments),
        state=command.state,
        detail=command.detail,
        requested_by=Requester(command.requested_by, command.requested_name),
        requested_at=to_datetime(command.requested_at),
        approved_by=approved,
        approved_at=None if command.approved_at is None else to_datetime(command.approved_at),
        expires_at=to_datetime(command.expires_at),
        due_at=None if command.due_at is None else to_datetime(command.due_at),
        circuit_id=command.circuit or None,
        steps=_steps(command, principal.id, principal.role),
        history=[PastView(to_datetime(p.at), p.state, p.who, p.detail) for p in command.history],
    )


def _steps(command: Command, person: str, role: Role) -> list[str]:
    """What a page offers; the moment's own hindrances (a consent that ran out) are told when it is tried."""
    may = role in rules.KINDS[command.name].roles
    steps: list[str] = []
    if command.state is State.AWAITING_APPROVAL and may and person != command.requested_by:
        steps.append("approve")
    if rules.legal(command.state, State.CANCELLED) and rules.may_stop(command, person, role):
        steps.append("cancel")
    return steps


@contextmanager
def refused() -> Generator[None]:
    """What the rules refuse is refused over HTTP."""
    try:
        yield
    except rules.Refusal as refusal:
        raise _problem(refusal) from refusal


def _problem(refusal: rules.Refusal) -> problems.Problem:
    if isinstance(refusal, rules.Wanting):
        return problems.invalid(refusal.field, refusal.expected)
    if isinstance(refusal, rules.NotYours):
        return problems.forbidden(str(refusal))
    return problems.conflict(str(refusal))


async def _grounded(db: Database, interlock: Interlock, name: Name, target: Target) -> Target:
    """A breaker with the circuit that it opens and what goes on in its building."""
    if name is not Name.CUT_POWER:
        return target
    async with db.owner() as conn:
        return await interlock.ground(conn, target)


async def _proved(db: Database, target: Target, arguments: Arguments, now: int) -> str:
    """The basis that the platform can check by itself is (GB/T 45839, 5.8.1); the others are a person's word."""
    if not isinstance(arguments, Silence) or arguments.basis is not SilenceBasis.BELOW_THRESHOLD:
        return ""
    async with db.owner() as conn:
        measured = await store.measured(conn, target, now)
    return rules.below(target, measured, now)


async def _target(conn: Connection, device: str) -> Target:
    found = await store.target(conn, _id(device))
    if found is None:
        raise problems.not_found()
    return found


async def _command(conn: Connection, command: str) -> Command:
    found = await store.one(conn, _id(command))
    if found is None:
        raise problems.not_found()
    return found


def _id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise problems.not_found() from None


def _uuid(text: str | None, field: str) -> str | None:
    try:
        return None if text is None else str(UUID(text))
    except ValueError:
        raise problems.invalid(field, "an id") from None


def _after(cursor: str | None) -> tuple[datetime, str] | None:
    key = pages.decode(cursor, 2)
    if key is None:
        return None
    try:
        instant = datetime.fromisoformat(str(key[0]))
        if instant.tzinfo is None:
            raise ValueError
        return instant, str(UUID(str(key[1])))
    except ValueError:
        raise problems.invalid("cursor", "the value of `next` in an earlier answer to the same question") from None
