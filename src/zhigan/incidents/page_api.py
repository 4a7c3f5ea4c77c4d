"""What an incident's page needs besides the incident: its detectors' past, merging by hand, files, the printed report.

A file is taken by its first bytes and kept under its hash; it is served as a download that no browser runs. Who may
hang one on an incident is who may note on it, or answer from the site. Whatever lies outside the scope does not exist
(404, decided first).
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from urllib.parse import quote

import msgspec
from asyncpg import Record
from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody, SkipValidation
from litestar.response import File

from zhigan.bus import log
from zhigan.incidents import past, reading, store, views
from zhigan.incidents.addressed import found, known, overtaken, uuid_text
from zhigan.incidents.answers import may_respond
from zhigan.incidents.model import Actor, FileRow
from zhigan.incidents.press import Press
from zhigan.incidents.printing import printed
from zhigan.incidents.report import document
from zhigan.incidents.rows import Row
from zhigan.incidents.rules import NotYours, Step, may_merge, permitted
from zhigan.incidents.shelf import MOST_BYTES, Shelf, plain_name, type_of
from zhigan.incidents.splitting import Wanted, split
from zhigan.incidents.store import SQL
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Connection
from zhigan.webapi import problems
from zhigan.webapi.audit import audit
from zhigan.webapi.authentication import UNCOMPRESSED
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal

Shelved: TypeAlias = NamedDependency[SkipValidation[Shelf]]
Pressed: TypeAlias = NamedDependency[SkipValidation[Press]]
ENVELOPE = 64 * 1024
"""What a multipart body may be larger than its file."""
TAKEN = "a JPEG, PNG or WebP picture, an MP4 or QuickTime video or a PDF document, told by its first bytes"


class MergeBody(msgspec.Struct, frozen=True, kw_only=True):
    into: str
    note: Annotated[str, msgspec.Meta(max_length=2000)] | None = None


class SplitBody(msgspec.Struct, frozen=True, kw_only=True):
    """Either `alarms` of this incident, or an incident that was `merged` into it."""

    alarms: Annotated[list[str], msgspec.Meta(max_length=1000)] = []
    merged: str | None = None
    note: Annotated[str, msgspec.Meta(max_length=2000)] | None = None


class FileView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    at: datetime
    who: str
    name: str
    type: str
    size: int
    sha256: str


class FileForm(msgspec.Struct, frozen=True):
    file: UploadFile


class IncidentPage(Controller):
    path = "/incidents/{incident_id:str}"
    tags = ("incidents",)

    @get("/devices", operation_id="listIncidentDevices")
    async def devices(
        self, principal: Caller, db: Db, clock: Time, incident_id: FromPath[str]
    ) -> Page[past.DevicePast]:
        """The devices that raised its alarms, and what each did before."""
        async with db.bound(principal) as conn:
            row = await found(conn, incident_id)
        async with db.owner() as conn:
            return Page(await past.devices(conn, row, principal.scope, clock.now()))

    @post("/merge", status_code=200, operation_id="mergeIncident")
    async def merge(
        self, principal: Caller, db: Db, clock: Time, incident_id: FromPath[str], data: JSONBody[MergeBody]
    ) -> views.IncidentView:
        """This incident goes on inside `into`, of the same unit; the answer is the survivor."""
        async with db.bound(principal) as conn:
            row, survivor = await found(conn, incident_id), await found(conn, data.into)
        if not may_merge(principal.role):
            raise problems.forbidden(f"The role {principal.role} does not merge incidents.")
        async with db.owner() as conn:
            try:
                drafts = await store.merge(conn, row.id, survivor.id, _actor(principal), clock.micros(), data.note)
            except NotYours as error:
                raise problems.forbidden(str(error)) from error
            except store.Overtaken as late:
                raise await overtaken(conn, late) from late
            await audit(conn, principal, clock.now(), "incident.merged", row.id, {"into": survivor.id})
            await log.append(conn, drafts, clock.micros())
        async with db.bound(principal) as conn:
            return await reading.whole(conn, await found(conn, survivor.id), principal)

    @post("/split", status_code=200, operation_id="splitIncident")
    async def split(
        self, principal: Caller, db: Db, clock: Time, incident_id: FromPath[str], data: JSONBody[SplitBody]
    ) -> views.IncidentView:
        """Chosen alarms, or what was merged, go on as an incident of their own; the answer is that one."""
        wanted = _wanted(data, mint(clock))
        async with db.bound(principal) as conn:
            row = await found(conn, incident_id)
        if not may_merge(principal.role):
            raise problems.forbidden(f"The role {principal.role} does not split incidents.")
        async with db.owner() as conn:
            try:
                parted = await split(conn, row.id, wanted, _actor(principal), clock.micros())
            except store.Overtaken as late:
                raise await overtaken(conn, late) from late
            told = {"into": parted.child, "alarms": parted.alarms}
            await audit(conn, principal, clock.now(), "incident.split", row.id, told)
            await log.append(conn, parted.drafts, clock.micros())
        async with db.bound(principal) as conn:
            return await reading.whole(conn, await found(conn, parted.child), principal)

    @get("/files", operation_id="listIncidentFiles")
    async def files(self, principal: Caller, db: Db, incident_id: FromPath[str]) -> Page[FileView]:
        async with db.bound(principal) as conn:
            return Page([_file(r) for r in await _files(conn, await found(conn, incident_id))])

    @post("/files", operation_id="addIncidentFile", request_max_body_size=MOST_BYTES + ENVELOPE)
    async def add(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        shelf: Shelved,
        incident_id: FromPath[str],
        data: MultipartBody[FileForm],
    ) -> FileView:
        """A photo, video or document of at most 20 MiB in the part `file`; the same content again is the same file."""
        async with db.bound(principal) as conn:
            row = await found(conn, incident_id)
        if not (permitted(row.queue, Step.NOTE, principal.role) or may_respond(principal.role)):
            raise problems.forbidden(f"The role {principal.role} does not add files to this incident.")
        content = await data.file.read()
        type_ = _checked(content)
        sha256 = await asyncio.to_thread(shelf.keep, content)
        file = FileRow(
            id=mint(clock), name=plain_name(data.file.filename), type=type_, size=len(content), sha256=sha256
        )
        async with db.owner() as conn:
            try:
                record, draft = await store.attached(conn, row.id, file, _actor(principal), clock.micros())
            except store.Overtaken as late:
                raise problems.conflict(str(late), state=late.row.state.value) from late
            if draft is not None:
                await audit(conn, principal, clock.now(), "incident.attached", row.id, file.said())
                await log.append(conn, [draft], clock.micros())
        return _file(record)

    @get("/files/{file_id:str}", operation_id="getIncidentFile", opt={UNCOMPRESSED: True})
    async def content(
        self, principal: Caller, db: Db, shelf: Shelved, incident_id: FromPath[str], file_id: FromPath[str]
    ) -> File:
        """The bytes as they were sent, as a download."""
        async with db.bound(principal) as conn:
            row = await found(conn, incident_id)
            record = await conn.fetchrow(SQL.file_of, await _family(conn, row), known(file_id))
        path = None if record is None else shelf.path(record["sha256"])
        if record is None or path is None or not await asyncio.to_thread(path.is_file):
            raise problems.not_found()
        return File(
            path,
            media_type=record["type"],
            headers={
                "content-disposition": f"attachment; filename*=UTF-8''{quote(record['name'], safe='')}",
                "x-content-type-options": "nosniff",
                # Never another content under this address; private, since whose it is to see may change.
                "cache-control": "private, max-age=300",
                "etag": f'"{record["sha256"].hex()}"',
            },
        )

    @get("/report.pdf", operation_id="printIncident", media_type="application/pdf", opt={UNCOMPRESSED: True})
    async def report(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        press: Pressed,
        incident_id: FromPath[str],
        lang: FromQuery[Literal["zh", "en"]] = "zh",
    ) -> Response[bytes]:
        """The incident on paper: what, where, why, alarms, every line with its hash, files, verdict, who printed it."""
        async with db.bound(principal) as conn:
            row = await found(conn, incident_id)
            view = await reading.whole(conn, row, principal)
            files = [_file(r) for r in await _files(conn, row)]
        told = [(f.name, f.type, f.size, f.sha256, f.who, f.at) for f in files]
        now = clock.now()
        async with db.owner() as conn:
            number = await audit(conn, principal, now, "incident.printed", row.id)
        pdf = await printed(press, document(view, told, f"{principal.name} · E{number}", now, lang))
        name = f"incident-{row.id}-E{number}.pdf"
        return Response(
            pdf, media_type="application/pdf", headers={"content-disposition": f'inline; filename="{name}"'}
        )


class DevicePage(Controller):
    path = "/devices/{device_id:str}/past"
    tags = ("incidents",)

    @get(operation_id="getDevicePast")
    async def past(self, principal: Caller, db: Db, clock: Time, device_id: FromPath[str]) -> past.DevicePast:
        """What the device did before, and what stood in its place before it."""
        id_ = known(device_id)
        async with db.bound(principal) as conn:
            if await conn.fetchval("select 1 from registry.device where id = $1::uuid", id_) is None:
                raise problems.not_found()
        async with db.owner() as conn:
            return await past.device(conn, id_, principal.scope, clock.now())


handlers: list[type[Controller]] = [IncidentPage, DevicePage]


def _actor(principal: Principal) -> Actor:
    return Actor(principal.id, principal.name, principal.role)


def _wanted(body: SplitBody, child: str) -> Wanted:
    if bool(body.alarms) == (body.merged is not None):
        raise problems.invalid("alarms", "ids of alarms of this incident, or else `merged`")
    merged = None if body.merged is None else uuid_text("merged", body.merged)
    return Wanted(child=child, alarms=[uuid_text("alarms", a) for a in body.alarms], merged=merged, note=body.note)


def _checked(content: bytes) -> str:
    if not content:
        raise problems.invalid("file", "not empty")
    if len(content) > MOST_BYTES:
        raise problems.Problem(413, problems.TITLES[413], f"At most {MOST_BYTES // 2**20} MiB a file.")
    type_ = type_of(content[:32])
    if type_ is None:
        raise problems.invalid("file", TAKEN)
    return type_


async def _family(conn: Connection, row: Row) -> list[str]:
    return [row.id, *(str(r["id"]) for r in await conn.fetch(SQL.family, [row.id]))]


async def _files(conn: Connection, row: Row) -> Sequence[Record]:
    return await conn.fetch(SQL.files_of, await _family(conn, row))


def _file(record: Record) -> FileView:
    return FileView(
        id=str(record["id"]),
        at=record["at"],
        who=record["who"],
        name=record["name"],
        type=record["type"],
        size=record["size"],
        sha256=record["sha256"].hex(),
    )
