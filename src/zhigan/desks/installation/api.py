"""扫码安装 over HTTP: projects, what a code means, and jobs.

A job is put as a whole, under an id made on the phone: what is sent again changes nothing, and what was kept without a
network comes in one piece. A code that is wrong or taken is refused before anything is written. Units and projects
outside one's scope do not exist (404, decided first).
"""

from datetime import datetime
from typing import Annotated, TypeAlias

import msgspec
from litestar import Controller, get, post, put
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody, SkipValidation

from zhigan.desks.installation import steps, store
from zhigan.desks.installation.model import CodeView, JobView, Project
from zhigan.incidents.shelf import Shelf
from zhigan.registry import units
from zhigan.registry.api_units import visible_unit
from zhigan.registry.refusals import allow, an_id, found, one_of
from zhigan.registry.word_tables import GATEWAYS
from zhigan.runtime.ids import mint
from zhigan.vocabulary.devices import BY_NAME
from zhigan.vocabulary.predicates import predicate
from zhigan.vocabulary.roles import INSTALL_ROLES, REGISTRY_ROLES
from zhigan.vocabulary.scopes import Owned
from zhigan.webapi import pictures, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page

Shelved: TypeAlias = NamedDependency[SkipValidation[Shelf]]
MOST_PHOTO = 8 * 1024 * 1024
ENVELOPE = 64 * 1024
MOST_LISTED = 200
Line = Annotated[str, msgspec.Meta(max_length=200)]


class NewProject(msgspec.Struct, frozen=True, kw_only=True):
    """A project of one unit, or of a whole reporting area."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    gateway: str
    type: str
    planned: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    unit_id: str | None = None
    area: str | None = None


class JobBody(msgspec.Struct, frozen=True, kw_only=True):
    """`scanned_at`, `pressed_at`: when it was done, where it could be told only later."""

    code: Annotated[str, msgspec.Meta(max_length=300)]
    unit_id: str
    type: str
    gateway: str
    project_id: str | None = None
    building_id: str | None = None
    floor: Annotated[str, msgspec.Meta(max_length=20)] = ""
    flat: Annotated[str, msgspec.Meta(max_length=20)] = ""
    place: Line = ""
    lon: float | None = None
    lat: float | None = None
    accuracy_m: Annotated[float, msgspec.Meta(ge=0, le=100_000)] | None = None
    scanned_at: datetime | None = None
    pressed_at: datetime | None = None


class JobPhoto(msgspec.Struct, frozen=True):
    file: UploadFile


class Installations(Controller):
    path = "/installation"
    tags = ("installation",)

    @get("/projects", operation_id="listInstallationProjects")
    async def projects(self, principal: Caller, db: Db) -> Page[Project]:
        """Open ones first, with how far they are."""
        condition, parameters = predicate(principal.scope, 1, "p")
        async with db.bound(principal) as conn:
            return Page(await store.projects(conn, condition, parameters, MOST_LISTED))

    @post("/projects", operation_id="addInstallationProject")
    async def add(self, principal: Caller, db: Db, clock: Time, data: JSONBody[NewProject]) -> Project:
        owned = Owned(area=data.area or "")
        if data.unit_id is not None:
            owned = units.owned(await visible_unit(db, principal, data.unit_id))
        elif not principal.scope.whole_city:
            raise problems.invalid("unit_id", "is required")
        allow(principal, REGISTRY_ROLES)
        one_of("gateway", data.gateway, GATEWAYS)
        one_of("type", data.type, tuple(BY_NAME))
        now = clock.now()
        made = Project(
            id=mint(clock), name=data.name.strip(), unit_id=data.unit_id, unit_name="", gateway=data.gateway,
            type=data.type, planned=data.planned, done=0, begun=0, created_at=now, closed_at=None,
        )  # fmt: skip
        async with db.owner() as conn:
            await store.add_project(conn, made, principal.name, owned)
            await audit(conn, principal, now, "installation.project_added", made.id, data)
            return (await store.projects(conn, "p.id = $1::uuid", [made.id], 1))[0]

    @get("/projects/{project_id:str}", operation_id="getInstallationProject")
    async def project(self, principal: Caller, db: Db, clock: Time, project_id: FromPath[str]) -> Project:
        """With each installer's part in it."""
        async with db.bound(principal) as conn:
            rows = await store.projects(conn, "p.id = $1::uuid", [an_id(project_id)], 1)
            one = found(rows[0] if rows else None)
            return msgspec.structs.replace(one, installers=await store.installers(conn, one.id, clock.now()))

    @get("/codes", operation_id="readInstallationCode")
    async def code(
        self, principal: Caller, db: Db, clock: Time, code: FromQuery[str], gateway: FromQuery[str]
    ) -> CodeView:
        """What the scanned, typed or NFC code means; wrong (400) and taken (409) ones are refused here already."""
        allow(principal, INSTALL_ROLES)
        one_of("gateway", gateway, GATEWAYS)
        return await steps.meaning(db, principal, steps.readable(code[:300], clock.now()), gateway)

    @get("/jobs", operation_id="listMyInstallationJobs")
    async def jobs(self, principal: Caller, db: Db, project_id: FromQuery[str | None] = None) -> Page[JobView]:
        """One's own, newest first."""
        project = None if project_id is None else an_id(project_id)
        async with db.bound(principal) as conn:
            rows = await store.jobs(conn, principal.id, project, MOST_LISTED)
            return Page([await steps.view(conn, one) for one in rows])

    @put("/jobs/{job_id:str}", operation_id="putInstallationJob")
    async def job(
        self, principal: Caller, db: Db, clock: Time, job_id: FromPath[str], data: JSONBody[JobBody]
    ) -> JobView:
        """All that is known of the installation so far. `missing` says what is still to be done; with nothing missing
        the device is in service."""
        id_ = an_id(job_id)
        unit = await visible_unit(db, principal, data.unit_id)
        allow(principal, INSTALL_ROLES)
        one_of("gateway", data.gateway, GATEWAYS)
        one_of("type", data.type, tuple(BY_NAME))
        if data.project_id is not None:
            async with db.bound(principal) as conn:
                found((await store.projects(conn, "p.id = $1::uuid", [an_id(data.project_id)], 1) or [None])[0])
        for name in ("scanned_at", "pressed_at"):
            given = getattr(data, name)
            if given is not None and given.tzinfo is None:
                raise problems.invalid(name, "a time with its offset")
        return await steps.put(db, principal, clock, id_, unit, steps.readable(data.code, clock.now()), data)

    @post("/jobs/{job_id:str}/look", status_code=200, operation_id="lookAtInstallationJob")
    async def look(self, principal: Caller, db: Db, clock: Time, job_id: FromPath[str]) -> JobView:
        """Has the device been heard? Then it goes into service, if nothing else is missing."""
        return await steps.again(db, principal, clock, an_id(job_id))

    @post("/jobs/{job_id:str}/photo", operation_id="addInstallationPhoto", request_max_body_size=MOST_PHOTO + ENVELOPE)
    async def photo(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        shelf: Shelved,
        job_id: FromPath[str],
        data: MultipartBody[JobPhoto],
    ) -> JobView:
        """Where the device hangs, as a picture of at most 8 MiB; a later one takes its place."""
        content = await data.file.read()
        type_ = pictures.checked(content, MOST_PHOTO).type
        return await steps.photographed(db, principal, clock, shelf, an_id(job_id), content, type_)


handlers: list[type[Controller]] = [Installations]
