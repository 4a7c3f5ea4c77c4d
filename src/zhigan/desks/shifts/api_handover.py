"""交接班 over HTTP: what is open, who leaves, who takes over; the duty log and references to recordings beside it.

A desk is seen by who sees all that it watches (404, decided first). Whoever takes over signs with an account of his
own: at his own seat, or at this one with his password, counted and slowed like a login. Nothing signed is ever changed;
a line of the log that was wrong gets a line that corrects it. Recordings are kept at least six months.
"""

from datetime import datetime, timedelta

from litestar import Controller, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation

from zhigan.access.login import Doorkeeper
from zhigan.access.rules import within
from zhigan.desks.shifts import book, handing, log
from zhigan.desks.shifts.api import seen_desk
from zhigan.desks.shifts.book import Signer
from zhigan.desks.shifts.handing import Silent
from zhigan.desks.shifts.model import (
    DeskLine,
    Handover,
    HandoverState,
    Leaving,
    NewDeskLine,
    NewRecording,
    Recording,
    ShiftDesk,
    TakingOver,
)
from zhigan.registry.refusals import allow, an_id, found
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.vocabulary.roles import DESK_ROLES, LEAD_ROLES, Role
from zhigan.vocabulary.scopes import parse
from zhigan.webapi import pages, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.database import Database
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal

Door = NamedDependency[SkipValidation[Doorkeeper]]
Lent = NamedDependency[SkipValidation[Silent]]
SIGNERS = frozenset({Role.DUTY, Role.LEAD, Role.OPERATOR})
SOUND = timedelta(hours=12)
EVER = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


class Handovers(Controller):
    path = "/shift-desks/{desk_id:str}"
    tags = ("shifts",)

    @get("/handover", operation_id="getHandoverState")
    async def state(
        self, principal: Caller, db: Db, clock: Time, silent: Lent, desk_id: FromPath[str]
    ) -> HandoverState:
        """The handover that comes next, with all that is open at the desk now."""
        return await _state(db, principal, clock, silent, await seen_desk(db, principal, desk_id))

    @get("/handovers", operation_id="listHandovers")
    async def listed(
        self, principal: Caller, db: Db, clock: Time, desk_id: FromPath[str], limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[Handover]:  # fmt: skip
        """What was signed, newest first."""
        desk, size = await seen_desk(db, principal, desk_id), pages.limit(limit, usual=30)
        async with db.bound(principal) as conn:
            until = clock.now() + timedelta(days=1)
            rows = await handing.signed(conn, desk.id, EVER, until, _before(cursor), 2 * size + 1)
        return pages.page(rows[: size + 1], size, lambda h: h, lambda h: [min(h.seq, h.left_seq or h.seq)])

    @post("/handovers", operation_id="leaveShift")
    async def leave(
        self, principal: Caller, db: Db, clock: Time, silent: Lent, desk_id: FromPath[str], data: JSONBody[Leaving]
    ) -> HandoverState:
        """交班: what is open is written down as it stands now, with words. Left again before it was taken: the newer
        one counts."""
        desk = await seen_desk(db, principal, desk_id)
        allow(principal, SIGNERS)
        seen = await _state(db, principal, clock, silent, desk)
        _in_time(seen)
        async with db.owner() as conn:
            seq = await handing.leave(conn, seen, _signer(principal), data.words, clock.now())
            await audit(conn, principal, clock.now(), "shift.left", desk.id, {"line": seq, "shift": seen.starts_at})
        return await _state(db, principal, clock, silent, desk)

    @post("/handovers/take", operation_id="takeShift")
    async def take(
        self, principal: Caller, db: Db, clock: Time, silent: Lent, door: Door, desk_id: FromPath[str],
        data: JSONBody[TakingOver],
    ) -> HandoverState:  # fmt: skip
        """接班, signed by who takes over: here with name and password, else at his own seat."""
        desk = await seen_desk(db, principal, desk_id)
        allow(principal, DESK_ROLES)
        taker = await _taker(principal, door, desk, data)
        seen, now = await _state(db, principal, clock, silent, desk), clock.now()
        _in_time(seen)
        _check(seen, taker, data, now)
        how = "password" if data.name else "seat"
        async with db.owner() as conn:
            seq = await handing.take(conn, seen, _signer(taker), data.words, data.sound_at, how, now)
            told = {"line": seq, "shift": seen.starts_at, "by": how}
            await audit(conn, taker, now, "shift.taken", desk.id, told)
        async with db.owner() as conn:
            await handing.watch(conn, now)
        return await _state(db, principal, clock, silent, desk)


class DutyLog(Controller):
    path = "/shift-desks/{desk_id:str}/log"
    tags = ("shifts",)

    @get(operation_id="listDutyLog")
    async def listed(
        self, principal: Caller, db: Db, clock: Time, desk_id: FromPath[str], limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[DeskLine]:  # fmt: skip
        """值班记录, newest first."""
        desk, size = await seen_desk(db, principal, desk_id), pages.limit(limit, usual=50)
        async with db.bound(principal) as conn:
            rows = await log.lines(conn, desk.id, clock.now(), _before(cursor), size + 1)
        return pages.page(rows, size, lambda line: line, lambda line: [line.seq])

    @post(operation_id="addDutyLine")
    async def add(
        self, principal: Caller, db: Db, clock: Time, desk_id: FromPath[str], data: JSONBody[NewDeskLine]
    ) -> DeskLine:
        """A line stays as it was written; `corrects` names the one that this puts right."""
        desk, text = await seen_desk(db, principal, desk_id), data.text.strip()
        allow(principal, SIGNERS)
        if not text:
            raise problems.invalid("text", "is required")
        async with db.owner() as conn:
            if data.corrects is not None and not await log.stands(conn, desk.id, data.corrects):
                raise problems.invalid("corrects", "the number of a line of this desk's duty log")
            what = "noted" if data.corrects is None else "corrected"
            detail = log.Written(text=text, corrects=data.corrects)
            seq = await book.write(conn, desk.id, _signer(principal), what, detail, clock.now())
            await audit(conn, principal, clock.now(), "shift.noted", desk.id, {"line": seq})
            [line] = await log.lines(conn, desk.id, clock.now(), seq + 1, 1)
        return line


class Recordings(Controller):
    path = "/shift-desks/{desk_id:str}/recordings"
    tags = ("shifts",)

    @get(operation_id="listRecordings")
    async def listed(
        self, principal: Caller, db: Db, clock: Time, desk_id: FromPath[str], older: FromQuery[bool | None] = None,
        limit: FromQuery[int | None] = None, cursor: FromQuery[str | None] = None,
    ) -> Page[Recording]:  # fmt: skip
        """Where calls and speech are kept. `older`: only what is past its time, so that it may go."""
        desk, size = await seen_desk(db, principal, desk_id), pages.limit(limit, usual=50)
        after = pages.decode(cursor, 1)
        async with db.bound(principal) as conn:
            rows = await log.recordings(
                conn, desk.id, clock.now(), older, an_id(str(after[0])) if after else None, size
            )
        return pages.page(rows, size, lambda r: r, lambda r: [r.id])

    @post(operation_id="addRecording")
    async def add(
        self, principal: Caller, db: Db, clock: Time, desk_id: FromPath[str], data: JSONBody[NewRecording]
    ) -> Recording:
        desk, now = await seen_desk(db, principal, desk_id), clock.now()
        allow(principal, DESK_ROLES)
        if data.at.tzinfo is None or data.at > now + timedelta(minutes=5):
            raise problems.invalid("at", "a time with its offset")
        least = log.six_months(data.at)
        keep = data.keep_until or least
        if keep.tzinfo is None or keep < least:
            raise problems.invalid("keep_until", "at least six months after the recording")
        if data.incident_id is not None:
            async with db.bound(principal) as conn:
                found(await handing.reading.one(conn, an_id(data.incident_id)))
        id_ = mint(clock)
        async with db.owner() as conn:
            made = await log.add_recording(conn, id_, desk.id, data, keep, principal.name, now)
            await audit(conn, principal, now, "shift.recording_noted", desk.id, {"id": id_, "kind": data.kind})
        return made

    @delete("/{recording_id:str}", operation_id="removeRecording")
    async def remove(
        self, principal: Caller, db: Db, clock: Time, desk_id: FromPath[str], recording_id: FromPath[str]
    ) -> None:
        """Only what is past its time."""
        desk = await seen_desk(db, principal, desk_id)
        async with db.bound(principal) as conn:
            one = found(await log.recording(conn, desk.id, an_id(recording_id), clock.now()))
        allow(principal, LEAD_ROLES)
        if not one.older:
            raise problems.conflict("The recording is kept for at least six months.")
        async with db.owner() as conn:
            await log.drop_recording(conn, one.id)
            await audit(conn, principal, clock.now(), "shift.recording_removed", desk.id, {"id": one.id})


async def _state(db: Database, principal: Principal, clock: Clock, silent: Silent, desk: ShiftDesk) -> HandoverState:
    async with db.bound(principal) as conn:
        return await handing.state(conn, principal, desk, silent, clock.now())


def _in_time(seen: HandoverState) -> None:
    if not seen.open_now:
        raise problems.conflict("The shift is taken over; the next begins later.")


async def _taker(principal: Principal, door: Doorkeeper, desk: ShiftDesk, data: TakingOver) -> Principal:
    taker = principal
    if data.name:
        taker = await door.vouches(data.name, data.password, data.code, principal.address)
    if taker.role not in SIGNERS or not within(parse(desk.scope), taker.scope):
        raise problems.forbidden("Who takes over is a lead, a duty officer or an operator of this desk.")
    return taker


def _check(seen: HandoverState, taker: Principal, data: TakingOver, now: datetime) -> None:
    if seen.pending is not None and seen.pending.left_by == taker.name:
        raise problems.forbidden("Nobody takes over from himself.")
    if data.sound_at is None:
        if not data.words.strip():
            raise problems.invalid("words", "why the sound was not tried")
    elif data.sound_at.tzinfo is None or not now - SOUND <= data.sound_at <= now + timedelta(minutes=1):
        raise problems.invalid("sound_at", "when the sound was tried, within the last 12 hours")


def _signer(principal: Principal) -> Signer:
    return Signer(principal.id, principal.name)


def _before(cursor: str | None) -> int | None:
    parts = pages.decode(cursor, 1)
    if parts is None:
        return None
    if not isinstance(parts[0], int):
        raise problems.invalid("cursor", "the value of `next` in an earlier answer to the same question")
    return parts[0]


handlers: list[type[Controller]] = [Handovers, DutyLog, Recordings]
