"""Commands written and read back: for people (ask, approve, cancel) and for gateways (take, mark).

Enters: what rules have allowed, with the caller's connection and `now`. Leaves: rows; with every change an event, and
`zhigan_command` with the id where a gateway has something to take. `mark` and `expire` also write the audit trail,
because nobody else stands behind them; a person's change is noted by the api. Absent: sockets and HTTP.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import asyncpg
import msgspec
from asyncpg import Record

from zhigan.bus import log
from zhigan.commands.model import Arguments, Command, Measured, Name, Order, Past, State, Target
from zhigan.commands.rules import KINDS, READING_AGE, THRESHOLDS, deadline, legal, may_go, proves, root, told
from zhigan.history import store as history
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.events import Draft, EventType
from zhigan.vocabulary.moments import SECOND, to_datetime, to_micros
from zhigan.vocabulary.scopes import DIMENSIONS, Owned
from zhigan.webapi.audit import by_platform

SQL = sql.load("zhigan.commands")


class Proven(NamedTuple):
    command: str
    at: datetime


async def confirmed(conn: Connection, devices: Sequence[str], name: str, since: datetime) -> dict[str, Proven]:
    """Of these devices the first command of that name that was confirmed since then."""
    rows = await conn.fetch(SQL.confirmed, list(devices), name, since)
    return {r["device_id"]: Proven(r["id"], r["at"]) for r in rows}


SCOPE = ("area", "community", "industry", "grid", "unit", "station", "firm", "org")
ALARMS = int(Condition.FIRE | Condition.GAS_LOW | Condition.GAS_HIGH)
LEASE = 30 * SECOND
"""A gateway that took a command and did not say more within this time has died; another may take it."""
AT_ONCE = 200

_history = msgspec.json.Decoder(tuple[Past, ...])


class IllegalMove(Exception):
    """The command is not where the caller believes; nothing has been written."""

    def __init__(self, command: str, before: State, after: State) -> None:
        super().__init__(f"command {command} is {before}, it cannot become {after}")
        self.command = command
        self.before = before
        self.after = after


class UnderWay(Exception):
    """Another cut of this breaker is on its way."""


class NoCommand(Exception):
    """There is none of that id."""


async def target(conn: Connection, device: str) -> Target | None:
    record = await conn.fetchrow(SQL.target, device)
    if record is None:
        return None
    return Target(
        id=str(record["id"]),
        gateway=record["gateway"],
        address=record["address"],
        label=record["name"] or record["place"] or record["address"],
        type=record["type"],
        gone=record["gone"],
        load_class=record["load_class"],
        cut_by=record["cut_by"],
        cut_until=None if record["cut_until"] is None else to_micros(record["cut_until"]),
        owned=_owned(record),
        number=record["number"],
        parent=record["parent"],
    )


async def measured(conn: Connection, device: Target, now: int) -> Measured:
    """The newest reading by which its alarm is judged, and when it last spoke of an alarm, as far back as counts."""
    threshold = THRESHOLDS.get(device.type)
    if threshold is None:
        return Measured()
    since = now - READING_AGE
    readings = await history.readings(
        conn, device.number, device.parent, threshold.metric.number, since, now + READING_AGE, history.MOST_READINGS
    )
    last = max(readings, key=lambda reading: reading.received_at, default=None)
    answers = await history.answers(conn, [device.number], since, now + READING_AGE, history.MOST_READINGS)
    alarmed = max((one.at for one in answers if one.conditions & ALARMS), default=None)
    if last is None:
        return Measured(alarmed_at=alarmed)
    return Measured(last.value, last.received_at, alarmed)


async def ask(
    conn: Connection, id_: str, device: Target, name: Name, arguments: Arguments, state: State, who: Past, account: str
) -> Draft:
    """A new command; `who` is its first line. The caller appends the draft as its last act."""
    now = to_datetime(who.at)
    expires = to_datetime(deadline(KINDS[name], device, who.at))
    await conn.execute(
        SQL.insert,
        id_,
        device.id,
        device.gateway,
        device.address,
        root(device.address),
        device.label,
        name.value,
        _json(arguments),
        state.value,
        account,
        who.who,
        now,
        expires,
        _json([who]),
        device.circuit or None,
        device.measured,
        *(getattr(device.owned, dimension) for dimension in SCOPE),
    )
    if state is State.PENDING:
        await conn.execute(SQL.notify, id_)
    command = await one(conn, id_)
    if command is None:
        raise NoCommand(id_)
    return draft(command)


async def one(conn: Connection, command: str) -> Command | None:
    record = await conn.fetchrow(SQL.one, command)
    return None if record is None else read(record)


async def some(conn: Connection, commands: Sequence[str]) -> dict[str, Command]:
    found = await conn.fetch(SQL.some, list(commands)) if commands else []
    return {str(record["id"]): read(record) for record in found}


async def locked(conn: Connection, command: str) -> Command:
    """The row, held until the transaction ends: of two at one instant the second sees the first's change."""
    record = await conn.fetchrow(SQL.lock_one, command)
    if record is None:
        raise NoCommand(command)
    return read(record)


async def move(
    conn: Connection,
    command: Command,
    past: Past,
    *,
    approver: tuple[str, str] | None = None,
    expires_at: int | None = None,
    due_at: int | None = None,
) -> tuple[Command, Draft]:
    """A locked command into its next state; with `due_at` it is held until then and for `release`. The caller appends
    the draft as its last act."""
    if not legal(command.state, past.state):
        raise IllegalMove(command.id, command.state, past.state)
    try:
        record = await _moved(conn, command, past, approver, expires_at, due_at)
    except asyncpg.UniqueViolationError:
        raise UnderWay from None
    if record is None:
        raise NoCommand(command.id)
    if past.state is State.PENDING and due_at is None:
        await conn.execute(SQL.notify, command.id)
    moved = read(record)
    return moved, draft(moved)


async def _moved(
    conn: Connection,
    command: Command,
    past: Past,
    approver: tuple[str, str] | None,
    expires_at: int | None,
    due_at: int | None,
) -> Record | None:
    return await conn.fetchrow(
        SQL.move,
        command.id,
        past.state.value,
        past.detail,
        to_datetime(past.at),
        _json([past]),
        *(approver or (None, None)),
        None if expires_at is None else to_datetime(expires_at),
        None if due_at is None else to_datetime(due_at),
    )


async def take(
    conn: Connection, gateway: str, addresses: Sequence[str] | None, now: int, limit: int = 100
) -> list[Order]:
    """What a gateway is to send now, oldest first. `addresses`: of devices or the roots they hang on; None: all.

    Each is leased to the caller, who says by `mark` what became of it, at least `failed` where nobody is connected.
    """
    leased = to_datetime(now + LEASE)
    found = await conn.fetch(SQL.take, gateway, addresses, to_datetime(now), limit, leased)
    return [_order(r) for r in sorted(found, key=lambda r: (r["requested_at"], r["id"]))]


async def waiting(conn: Connection, gateway: str, now: int) -> frozenset[str]:
    """Roots for which something waits: a gateway whose devices sleep listens for them."""
    return frozenset(r["root"] for r in await conn.fetch(SQL.waiting, gateway, to_datetime(now)))


async def duties(conn: Connection, gateway: str) -> list[tuple[Order, int]]:
    """Duty checks that a device has confirmed and nobody has answered yet, with the moment of its confirmation."""
    return [(_order(r), to_micros(r["changed_at"])) for r in await conn.fetch(SQL.duties, gateway)]


async def handing(conn: Connection, command: str, now: int) -> bool:
    """Said before the call: whatever becomes of it, another platform may have the command from now on."""
    return await conn.fetchval(SQL.handing, command, to_datetime(now)) is not None


async def not_handed(conn: Connection, command: str, again_at: int) -> None:
    """The other platform does not have it, that is certain: it may be handed once more, from `again_at` on."""
    await conn.execute(SQL.not_handed, command, to_datetime(again_at))


async def handed(conn: Connection, command: str, outside_id: str, now: int) -> None:
    """The other platform has it, under an id of its own. A command that ended meanwhile keeps the id all the same."""
    async with conn.transaction():
        known = await locked(conn, command)
        await conn.execute(SQL.keep_outside_id, command, outside_id)
        if legal(known.state, State.SENT):
            await log.append(conn, [await _mark(conn, known, Past(now, State.SENT, "platform", ""))], now)


async def by_outside(conn: Connection, gateway: str, outside_id: str) -> str | None:
    found = await conn.fetchval(SQL.by_outside, gateway, outside_id)
    return None if found is None else str(found)


async def known_outside(conn: Connection, gateway: str, outside_ids: Sequence[str]) -> frozenset[str]:
    return frozenset(r["outside_id"] for r in await conn.fetch(SQL.known_outside, gateway, list(outside_ids)))


async def carried(conn: Connection, gateway: str, before: int, limit: int = 100) -> list[tuple[Order, State, int]]:
    """What is on its way through another platform and has not changed since `before`, with its state and since when."""
    found = await conn.fetch(SQL.carried, gateway, to_datetime(before), limit)
    return [(_order(r), State(r["state"]), to_micros(r["changed_at"])) for r in found]


async def mark(conn: Connection, command: str, state: State, detail: str, at: int, who: str = "platform") -> bool:
    """What became of a command, in a transaction of its own. Said twice: False, and nothing is written; so too where
    it is about to be sent and may not go any more: its time is over, and it ends."""
    async with conn.transaction():
        known = await locked(conn, command)
        state = proves(known, state)
        if known.state is state:
            return False
        if state is State.SENT and known.state is State.PENDING and not may_go(known, at):
            if known.expires_at <= at:
                why = Past(at, State.EXPIRED, "platform", "its time was over before it was sent")
                await log.append(conn, [await _mark(conn, known, why)], at)
            return False
        drafts = [await _mark(conn, known, Past(at, state, who, told(known, state, detail)))]
        await log.append(conn, drafts, at)
    return True


async def counted_down(conn: Connection, now: int) -> list[str]:
    """Whose countdown is over; each is locked, judged once more, and released or cancelled."""
    return [str(r["id"]) for r in await conn.fetch(SQL.counted_down, to_datetime(now), AT_ONCE)]


async def release(conn: Connection, command: str, *, carries: bool) -> None:
    """A locked command that `rules.releases` let go: from here on a gateway may take it. `carries`: not known to be
    without current, so that measuring none afterwards proves something."""
    await conn.execute(SQL.release, command, carries)
    await conn.execute(SQL.notify, command)


async def end(conn: Connection, known: Command, past: Past) -> Draft:
    """A locked command ends, or is proved, by the platform's own judgement. The caller appends the draft last."""
    return await _mark(conn, known, past)


async def to_prove(conn: Connection) -> list[Command]:
    return [read(r) for r in await conn.fetch(SQL.to_prove, AT_ONCE)]


async def of_circuit(conn: Connection, circuit: str, limit: int) -> list[Command]:
    """Newest first, on a bound connection."""
    return [read(r) for r in await conn.fetch(SQL.of_circuit, circuit, limit)]


async def cuts_between(
    conn: Connection, circuits: Sequence[str], since: datetime, until: datetime, limit: int
) -> list[Command]:
    """Oldest first."""
    return [read(r) for r in await conn.fetch(SQL.cuts_between, list(circuits), since, until, limit)]


async def expire(conn: Connection, now: int) -> int:
    """Ends what has waited too long; how many that were."""
    async with conn.transaction():
        drafts: list[Draft] = []
        for record in await conn.fetch(SQL.overdue, to_datetime(now), AT_ONCE):
            known = await locked(conn, str(record["id"]))
            if known.expires_at <= now and legal(known.state, State.EXPIRED):
                why = "nobody approved in time" if known.state is State.AWAITING_APPROVAL else "no answer in time"
                drafts.append(await _mark(conn, known, Past(now, State.EXPIRED, "platform", why)))
        await log.append(conn, drafts, now)
    return len(drafts)


async def _mark(conn: Connection, known: Command, past: Past) -> Draft:
    _, told = await move(conn, known, past)
    at, action = to_datetime(past.at), f"command.{past.state}"
    await by_platform(conn, at, action, known.id, {"detail": past.detail}, past.who)
    return told


def draft(command: Command) -> Draft:
    body: dict[str, object] = {
        "id": command.id,
        "version": command.version,
        "command": command.name.value,
        "state": command.state.value,
        "detail": command.detail,
        "device_id": command.device_id,
        "device": command.device,
    }
    return Draft(EventType.COMMAND_CHANGED, command.id, command.changed_at, body, command.owned)


def read(record: Record) -> Command:
    name = Name(record["command"])
    return Command(
        id=str(record["id"]),
        version=record["version"],
        device_id=str(record["device_id"]),
        gateway=record["gateway"],
        address=record["address"],
        device=record["device"],
        name=name,
        arguments=_arguments(name, record["arguments"]),
        state=State(record["state"]),
        detail=record["detail"],
        requested_by=record["requested_by"],
        requested_name=record["requested_name"],
        requested_at=to_micros(record["requested_at"]),
        expires_at=to_micros(record["expires_at"]),
        changed_at=to_micros(record["changed_at"]),
        history=_history.decode(record["history"]),
        approved_by=record["approved_by"],
        approved_name=record["approved_name"],
        approved_at=None if record["approved_at"] is None else to_micros(record["approved_at"]),
        leased_until=None if record["leased_until"] is None else to_micros(record["leased_until"]),
        handed_at=None if record["handed_at"] is None else to_micros(record["handed_at"]),
        outside_id=record["outside_id"],
        owned=_owned(record),
        due_at=None if record["due_at"] is None else to_micros(record["due_at"]),
        held=record["held"],
        circuit="" if record["circuit"] is None else str(record["circuit"]),
        measured=record["measured"],
    )


def _order(record: Record) -> Order:
    name = Name(record["command"])
    return Order(
        id=str(record["id"]),
        device_id=str(record["device_id"]),
        gateway=record["gateway"],
        address=record["address"],
        root=record["root"],
        name=name,
        arguments=_arguments(name, record["arguments"]),
        expires_at=to_micros(record["expires_at"]),
        handed_at=None if record["handed_at"] is None else to_micros(record["handed_at"]),
        outside_id=record["outside_id"],
    )


def _arguments(name: Name, stored: str) -> Arguments:
    return msgspec.json.decode(stored, type=KINDS[name].arguments)


def _owned(record: Record) -> Owned:
    return Owned(**{dimension: record[dimension] for dimension in DIMENSIONS})


def _json(thing: object) -> str:
    return msgspec.json.encode(thing).decode()
