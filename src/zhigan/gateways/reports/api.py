"""Reports over HTTP: sent one by one or together, looked through, followed; and what could not be taken.

A partner's account sees what it sent itself and nothing beside; everybody else sees what the scope holds. Outside it a
report does not exist (404, decided first). Absent: making partners and their subscriptions (outlets).
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias

import msgspec
from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody, QueryParameter, SkipValidation
from litestar.response import File, Stream

from zhigan.bus import log
from zhigan.gateways.reports import ending, rules, store, taking
from zhigan.gateways.reports.hazard_tables import HAZARDS
from zhigan.gateways.reports.model import BATCH_MAX, PHOTOS_MAX, InboundKind, InboundState, NewInbound, ReportBatch
from zhigan.gateways.reports.sending import Sending
from zhigan.gateways.reports.store import SQL, Asked
from zhigan.gateways.reports.views import (
    InboundCategory,
    InboundClosing,
    InboundDetail,
    InboundRefusal,
    InboundReport,
    InboundSender,
    InboundWords,
    RefusedReport,
    ReportBatchAnswer,
    TakenReport,
    refusal,
    report,
)
from zhigan.incidents.model import Actor, FileRow
from zhigan.incidents.shelf import Shelf
from zhigan.incidents.store import NoIncident, Overtaken, attached
from zhigan.incidents.words_tables import HAZARDS as HAZARD_WORDS
from zhigan.registry.refusals import an_id, found, one_of
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.telephones import masked
from zhigan.webapi import downloads, openapi, pages, pictures, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.authentication import UNCOMPRESSED
from zhigan.webapi.database import Database
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal
from zhigan.webapi.problems import FieldError

BODY_MAX = 1 << 20
MOST_PHOTO, ENVELOPE = 8 * 1024 * 1024, 64 * 1024
MOST_EXPORTED = 50_000
SENDERS_WITHIN = timedelta(days=90)
Encoding = Literal["utf-8-bom", "utf-8", "gb18030"]
Shelved: TypeAlias = NamedDependency[SkipValidation[Shelf]]
Wired: TypeAlias = NamedDependency[SkipValidation[Sending]]
StateWord = Annotated[str | None, QueryParameter(name="state")]
COLUMNS = (
    "id", "kind", "state", "reason", "received_at", "at", "partner", "external_id", "category", "words", "place",
    "unit", "building", "floor", "grid", "area", "lon", "lat", "reporter", "phone", "incident_id", "outcome", "cause",
    "answer", "closed_at",
)  # fmt: skip


class PictureForm(msgspec.Struct, frozen=True):
    file: UploadFile


class Inbound(Controller):
    path = "/reports"
    tags = ("reports",)

    @post(operation_id="sendReport", request_max_body_size=BODY_MAX, operation_class=openapi.judging(NewInbound))
    async def send(
        self, principal: Caller, db: Db, clock: Time, reports: Wired, data: JSONBody[dict[str, Any]]
    ) -> Response[InboundReport]:
        """A hazard, a call, a list of cameras. 201: new. 200: known by its
        `external_id`, and changed where it differs."""
        _may_send(principal)
        took = await _taken(db, clock, reports, principal, data)
        if not isinstance(took, taking.Took):
            raise took.problem
        seen = await _one(db, principal, took.id)
        return Response(seen, status_code=201 if took.fate == "new" else 200)

    @post("/batch", status_code=200, operation_id="sendReports", request_max_body_size=BODY_MAX)
    async def send_many(
        self, principal: Caller, db: Db, clock: Time, reports: Wired, data: JSONBody[ReportBatch]
    ) -> ReportBatchAnswer:
        """Each by itself: what is good is taken, what is not is named with every reason."""
        _may_send(principal)
        if len(data.reports) > BATCH_MAX:
            raise problems.invalid("reports", f"at most {BATCH_MAX} records at once", status=413)
        answer = ReportBatchAnswer([], [])
        for index, item in enumerate(data.reports):
            took = await _taken(db, clock, reports, principal, item)
            if not isinstance(took, taking.Took):
                answer.refused.append(RefusedReport(index, took.external_id, took.errors))
                continue
            seen = await _one(db, principal, took.id)
            number = str(item.get("external_id", ""))
            answer.taken.append(
                TakenReport(index=index, external_id=number, id=took.id, state=seen.state, fate=took.fate)
            )
        return answer

    @get(operation_id="listReports")
    async def listed(
        self, principal: Caller, db: Db, in_state: StateWord = None, q: FromQuery[str | None] = None,
        kind: FromQuery[str | None] = None, account: FromQuery[str | None] = None,
        unit_id: FromQuery[str | None] = None, external_id: FromQuery[str | None] = None,
        since: FromQuery[datetime | None] = None, limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[InboundReport]:  # fmt: skip
        """Newest first."""
        asked = _asked(in_state, q, kind, account, unit_id, external_id, since, cursor)
        size = pages.limit(limit)
        async with db.bound(principal) as conn:
            rows = await store.listed(conn, principal.scope, _own(principal), asked, size + 1)
        return pages.page(rows, size, report, lambda r: [to_micros(r["received_at"]), r["id"]])

    @get("/export.csv", operation_id="exportReports", media_type="text/csv", opt={UNCOMPRESSED: True})
    async def export(
        self, principal: Caller, db: Db, clock: Time, in_state: StateWord = None, q: FromQuery[str | None] = None,
        kind: FromQuery[str | None] = None, account: FromQuery[str | None] = None,
        unit_id: FromQuery[str | None] = None, external_id: FromQuery[str | None] = None,
        since: FromQuery[datetime | None] = None,
        encoding: FromQuery[Encoding] = "utf-8-bom", columns: FromQuery[str | None] = None,
    ) -> Stream:  # fmt: skip
        """What the list shows to the same question, as CSV, at most 50,000 rows; that it was taken out is written."""
        names = downloads.picked(columns, COLUMNS)
        asked = _asked(in_state, q, kind, account, unit_id, external_id, since, None)
        async with db.bound(principal) as conn:
            rows = await store.listed(conn, principal.scope, _own(principal), asked, MOST_EXPORTED)
        async with db.owner() as conn:
            number = await audit(conn, principal, clock.now(), "reports.exported", "reports", asked)
        mark = downloads.marked(number, principal, clock.now())
        cells = downloads.cut(_cells([report(r) for r in rows]), COLUMNS, names)
        return downloads.download("reports.csv", names, cells, mark, encoding)

    @get("/words", operation_id="getReportWords")
    async def words(self, principal: Caller, db: Db, clock: Time) -> InboundWords:
        """Kinds of hazard, and who has reported within the last 90 days."""
        async with db.bound(principal) as conn:
            rows = await conn.fetch(SQL.senders, clock.now() - SENDERS_WITHIN)
        own = _own(principal)
        senders = [InboundSender(**dict(r)) for r in rows if own is None or r["account"] == own]
        words = [InboundCategory(n, HAZARD_WORDS[n].zh, HAZARD_WORDS[n].en) for n in HAZARDS]
        return InboundWords(words, senders)

    @get("/refusals", operation_id="listReportRefusals")
    async def refusals(
        self, principal: Caller, db: Db, account: FromQuery[str | None] = None, limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[InboundRefusal]:  # fmt: skip
        """What could not be taken, and why; the newest 500 of each account are kept."""
        size, key = pages.limit(limit), pages.decode(cursor, 1)
        before = None if key is None else _number(key[0])
        chosen = _own(principal) or (an_id(account) if account else None)
        async with db.bound(principal) as conn:
            rows = await store.refusals(conn, principal.scope, chosen, before, size + 1)
        return pages.page(rows, size, refusal, lambda r: [r["number"]])

    @get("/{inbound_id:str}", operation_id="getReport")
    async def one(self, principal: Caller, db: Db, inbound_id: FromPath[str]) -> InboundDetail:
        """With its history, and what it became; its sender learns the outcome here."""
        async with db.bound(principal) as conn:
            seen = found(await store.one(conn, principal.scope, _own(principal), an_id(inbound_id)))
            return await store.detail(conn, seen)

    @post("/{inbound_id:str}/close", status_code=200, operation_id="closeReport")
    async def close(
        self, principal: Caller, db: Db, clock: Time, inbound_id: FromPath[str], data: JSONBody[InboundClosing]
    ) -> InboundDetail:
        """Whoever told of a hazard has seen to it, or was mistaken: the row that it became is closed. By its own
        sender, who may name it by its `external_id` where that is a UUID; the desk closes the row itself."""
        seen = await _own_or_visible(db, principal, an_id(inbound_id))
        if seen.account != principal.id:
            raise problems.forbidden()
        async with db.owner() as conn:
            await ending.close(conn, clock, principal, seen, data)
        async with db.bound(principal) as conn:
            return await store.detail(conn, seen)

    @post(
        "/{inbound_id:str}/photos", operation_id="addReportPhoto", request_max_body_size=MOST_PHOTO + ENVELOPE,
    )  # fmt: skip
    async def photo(
        self, principal: Caller, db: Db, clock: Time, shelf: Shelved, inbound_id: FromPath[str],
        data: MultipartBody[PictureForm],
    ) -> InboundDetail:  # fmt: skip
        """A picture of at most 8 MiB; it hangs on what the report became as well. By its sender, who may name
        it by its `external_id` where that is a UUID, and by the desk."""
        seen = await _own_or_visible(db, principal, an_id(inbound_id))
        if seen.account != principal.id and principal.role not in rules.DESKS:
            raise problems.forbidden()
        content = await data.file.read()
        type_ = pictures.checked(content, MOST_PHOTO).type
        sha256 = await asyncio.to_thread(shelf.keep, content)
        await _hang(db, clock, principal, seen, FileRow(
            id=mint(clock), name="photo", type=type_, size=len(content), sha256=sha256,
        ))  # fmt: skip
        async with db.bound(principal) as conn:
            return await store.detail(conn, seen)

    @get("/{inbound_id:str}/photos/{photo_id:str}", operation_id="getReportPhoto", opt={UNCOMPRESSED: True})
    async def picture(
        self, principal: Caller, db: Db, shelf: Shelved, inbound_id: FromPath[str], photo_id: FromPath[str]
    ) -> File:
        await _one(db, principal, an_id(inbound_id))
        async with db.bound(principal) as conn:
            row = found(await conn.fetchrow(SQL.photo, inbound_id, an_id(photo_id)))
        path = shelf.path(row["sha256"])
        if not await asyncio.to_thread(path.is_file):
            raise problems.not_found()
        headers = {"x-content-type-options": "nosniff", "cache-control": "private, max-age=300"}
        return File(path, media_type=row["type"], content_disposition_type="inline", headers=headers)


handlers: list[type[Controller]] = [Inbound]


def _own(principal: Principal) -> str | None:
    return principal.id if principal.role is Role.PARTNER else None


def _may_send(principal: Principal) -> None:
    if principal.role not in rules.SENDERS:
        raise problems.forbidden()


def _number(part: object) -> int:
    if not isinstance(part, int):
        raise problems.invalid("cursor", "the value of `next` in an earlier answer")
    return part


def _asked(
    state: str | None, q: str | None, kind: str | None, account: str | None, unit_id: str | None,
    external_id: str | None, since: datetime | None, cursor: str | None,
) -> Asked:  # fmt: skip
    one_of("state", state, tuple(InboundState))
    one_of("kind", kind, tuple(InboundKind))
    if since is not None and since.tzinfo is None:
        raise problems.invalid("since", "a time with its offset")
    key = pages.decode(cursor, 2)
    if key is not None and not (isinstance(key[0], int) and isinstance(key[1], str) and pages.is_id(key[1])):
        raise problems.invalid("cursor", "the value of `next` in an earlier answer")
    return Asked(
        q=(q or "").replace("\0", "")[:100] or None, kind=kind or None, state=state or None,
        account=an_id(account) if account else None, unit_id=an_id(unit_id) if unit_id else None,
        external_id=(external_id or "").replace("\0", "") or None, since=since, after=key,
    )  # fmt: skip


async def _one(db: Database, principal: Principal, id_: str) -> InboundReport:
    async with db.bound(principal) as conn:
        return found(await store.one(conn, principal.scope, _own(principal), id_))


async def _own_or_visible(db: Database, principal: Principal, id_: str) -> InboundReport:
    """A phone that was offline knows its own number only."""
    async with db.bound(principal) as conn:
        rows = await store.listed(conn, principal.scope, principal.id, Asked(external_id=id_), 1)
    return report(rows[0]) if rows else await _one(db, principal, id_)


class _NotTaken(NamedTuple):
    external_id: str
    problem: problems.Problem
    errors: list[FieldError]


async def _taken(
    db: Database, clock: Clock, reports: Sending, principal: Principal, item: dict[str, Any]
) -> taking.Took | _NotTaken:
    """One report, by itself or among others. What is refused is kept, of the wrong form or not."""
    kind, number = str(item.get("kind", "")), str(item.get("external_id", ""))[:100]
    try:
        return await taking.take(db, clock, reports, principal, _converted(item))
    except problems.Problem as problem:
        body = msgspec.json.encode(item)
        return _NotTaken(number, problem, await taking.refused(db, clock, principal, kind, number, problem, body))


def _converted(item: dict[str, Any]) -> NewInbound:
    try:
        return msgspec.convert(item, NewInbound)
    except msgspec.ValidationError as error:
        raise problems.invalid_fields([problems.misfit(str(error))]) from None


async def _hang(db: Database, clock: Clock, principal: Principal, seen: InboundReport, file: FileRow) -> None:
    async with db.owner() as conn:
        if await conn.fetchval(SQL.count_photos, seen.id) >= PHOTOS_MAX:
            raise problems.conflict(f"There are {PHOTOS_MAX} files on this report already.")
        args = (file.id, seen.id, clock.now(), file.sha256, file.type, file.size)
        if await conn.fetchval(SQL.add_photo, *args) is None:
            return
        await store.say(conn, clock, seen.id, principal.name, "photographed", {"size": file.size})
        told = {"sha256": file.sha256.hex(), "size": file.size}
        await audit(conn, principal, clock.now(), "report.photographed", seen.id, told)
    if seen.incident_id is not None:
        actor = Actor(principal.id, principal.name, principal.role)
        try:
            async with db.owner() as conn:
                _, draft = await attached(conn, seen.incident_id, file, actor, clock.micros())
                if draft is not None:
                    await log.append(conn, [draft], clock.micros())
        except (NoIncident, Overtaken):
            return


async def _cells(rows: list[InboundReport]) -> AsyncIterator[list[list[downloads.Cell]]]:
    yield [[masked(r.phone) if name == "phone" else getattr(r, name) for name in COLUMNS] for r in rows]
