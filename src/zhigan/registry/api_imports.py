"""Imports and exports over HTTP. Apart from `api.py`: the processes say which kinds there are."""

import asyncio
from typing import Annotated, TypeAlias

import msgspec
from litestar import Controller, Response, delete, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, MultipartBody, QueryParameter, SkipValidation
from litestar.response import Stream

from zhigan.registry import devices, exports, foreign, imports
from zhigan.registry.foreign_tables import ENCODINGS, UNITS
from zhigan.registry.imports import BadLine, Import, Kinds
from zhigan.registry.model import DeviceState
from zhigan.registry.reaching import STANDINGS
from zhigan.registry.refusals import an_id, found, one_of
from zhigan.registry.word_tables import HYDRANTS_NOW
from zhigan.vocabulary.devices import BY_NAME
from zhigan.webapi import downloads, pages, problems, sheets
from zhigan.webapi.audit import audit
from zhigan.webapi.authentication import UNCOMPRESSED
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal
from zhigan.webapi.sheets import SheetError

Importable: TypeAlias = NamedDependency[SkipValidation[Kinds]]
ENVELOPE = 64 * 1024
MAPPED = "hydrants"
"""Of what sheets of other houses are read."""
LOOKED = 2000


class SheetKind(msgspec.Struct, frozen=True):
    kind: str
    columns: list[str]
    required: list[str]


class ImportForm(msgspec.Struct, frozen=True):
    """`mapping`: how a sheet of another house is read, as JSON (`registry.foreign.Mapping`); "" where it is ours."""

    file: UploadFile
    mapping: str = ""


class LookForm(msgspec.Struct, frozen=True):
    file: UploadFile
    encoding: str = ""


class SheetLook(msgspec.Struct, frozen=True):
    """A sheet as it stands, and by which columns our fields may be filled. `units`: what each field may be in."""

    encoding: str
    columns: list[str]
    sample: list[list[str]]
    lines: int
    fields: dict[str, foreign.ColumnRule]
    units: dict[str, list[str]]
    encodings: dict[str, str]


class Imports(Controller):
    path = "/imports"
    tags = ("registry",)

    @get("/kinds", operation_id="listImportKinds")
    async def kinds(self, principal: Caller, importable: Importable) -> Page[SheetKind]:
        """What this account may import, with the columns that a file may have."""
        return Page(
            [
                SheetKind(name, kind.form.columns, kind.form.missing([]))
                for name, kind in importable.items()
                if principal.role in kind.roles
            ]
        )

    @get(operation_id="listImports")
    async def listed(
        self, principal: Caller, db: Db, limit: FromQuery[int | None] = None, cursor: FromQuery[str | None] = None
    ) -> Page[Import]:
        """One's own, newest first; an administrator of the whole city sees all."""
        key = pages.decode(cursor, 2)
        size = pages.limit(limit)
        after = (str(key[0]), str(key[1])) if key else None
        async with db.owner() as conn:
            rows = await imports.listed(conn, principal, after, size + 1)
        return pages.page(rows, size, lambda j: j, lambda j: [j.created_at.isoformat(), j.id])

    @post("/{kind:str}", operation_id="createImport", request_max_body_size=imports.MOST_BYTES + ENVELOPE)
    async def create(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        importable: Importable,
        kind: FromPath[str],
        data: MultipartBody[ImportForm],
    ) -> Import:
        """Puts a file down and checks it line by line; nothing is changed before it is started."""
        chosen = found(importable.get(kind))
        _may(principal, importable, kind)
        if data.mapping and kind != MAPPED:
            raise problems.invalid("mapping", f"only for {MAPPED}")
        name, raw = await _taken(data.file, kind)
        try:
            seen = await asyncio.to_thread(imports.preview, chosen, name, raw, data.mapping)
        except SheetError as error:
            raise problems.invalid("file", str(error).removeprefix(f"{name}: ")) from None
        now = clock.now()
        async with db.owner() as conn:
            id_ = await imports.add(conn, principal, kind, name, raw, seen, now, data.mapping)
            await audit(conn, principal, now, "import.checked", id_, {"kind": kind, "file": name, "lines": seen[1]})
            return found(await imports.one(conn, principal, id_))

    @post(
        "/hydrants/look", status_code=200, operation_id="lookAtSheet",
        request_max_body_size=imports.MOST_BYTES + ENVELOPE,
    )  # fmt: skip
    async def look(self, principal: Caller, importable: Importable, data: MultipartBody[LookForm]) -> SheetLook:
        """Which columns a sheet of another house has; nothing is kept of it."""
        _may(principal, importable, MAPPED)
        one_of("encoding", data.encoding, tuple(ENCODINGS))
        name, raw = await _taken(data.file, MAPPED)
        try:
            return await asyncio.to_thread(_looked, name, raw, data.encoding)
        except SheetError as error:
            raise problems.invalid("file", str(error).removeprefix(f"{name}: ")) from None

    @get("/{import_id:str}", operation_id="getImport")
    async def one(self, principal: Caller, db: Db, import_id: FromPath[str]) -> Import:
        async with db.owner() as conn:
            return found(await imports.one(conn, principal, an_id(import_id)))

    @post("/{import_id:str}/start", status_code=200, operation_id="startImport")
    async def start(
        self, principal: Caller, db: Db, clock: Time, importable: Importable, import_id: FromPath[str]
    ) -> Import:
        async with db.owner() as conn:
            standing = found(await imports.one(conn, principal, an_id(import_id)))
            _may(principal, importable, standing.kind)
            if not await imports.start(conn, import_id):
                raise problems.conflict(f"The import is {standing.state}; only one that is checked can be started.")
            await audit(conn, principal, clock.now(), "import.started", import_id, {"kind": standing.kind})
            return found(await imports.one(conn, principal, import_id))

    @delete("/{import_id:str}", status_code=204, operation_id="cancelImport")
    async def cancel(self, principal: Caller, db: Db, clock: Time, import_id: FromPath[str]) -> None:
        """What was taken stays taken; the rest is left."""
        async with db.owner() as conn:
            standing = found(await imports.one(conn, principal, an_id(import_id)))
            if not await imports.cancel(conn, import_id, clock.now()):
                raise problems.conflict(f"The import is {standing.state} already.")
            await audit(conn, principal, clock.now(), "import.cancelled", import_id, {"kind": standing.kind})

    @get("/{import_id:str}/bad", operation_id="listBadLines")
    async def bad(
        self,
        principal: Caller,
        db: Db,
        import_id: FromPath[str],
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[BadLine]:
        key = pages.decode(cursor, 1)
        size = pages.limit(limit)
        async with db.owner() as conn:
            found(await imports.one(conn, principal, an_id(import_id)))
            rows = await imports.bad_lines(conn, import_id, int(key[0] or 0) if key else 0, size + 1)
        return pages.page(rows, size, lambda b: b, lambda b: [b.line])

    @get("/{import_id:str}/bad.csv", operation_id="downloadBadLines", media_type="text/csv")
    async def bad_sheet(self, principal: Caller, db: Db, import_id: FromPath[str]) -> Response[bytes]:
        """The bad lines as they came, each with its number and reason in front."""
        async with db.owner() as conn:
            found(await imports.one(conn, principal, an_id(import_id)))
            sheet = found(await imports.returned(conn, import_id))
        return Response(
            sheet,
            media_type="text/csv",
            headers={"content-disposition": 'attachment; filename="bad-lines.csv"', "cache-control": "no-store"},
        )


async def _taken(file: UploadFile, kind: str) -> tuple[str, bytes]:
    raw = await file.read()
    if len(raw) > imports.MOST_BYTES:
        raise problems.invalid("file", f"at most {imports.MOST_BYTES} bytes")
    return (file.filename or kind).replace("\\", "/").rpartition("/")[2], raw


def _looked(name: str, raw: bytes, encoding: str) -> SheetLook:
    header, lines = sheets.table(name, raw, encoding)
    return SheetLook(
        encoding=encoding or sheets.spelled(raw),
        columns=header,
        sample=[list(line.cells) for line in lines[: imports.SAMPLE] if not line.reason],
        lines=len(lines),
        fields=foreign.guessed(header, lines[:LOOKED]),
        units={field: list(units) for field, units in UNITS.items()},
        encodings=ENCODINGS,
    )


def _may(principal: Principal, importable: Kinds, kind: str) -> None:
    if principal.role not in importable[kind].roles:
        raise problems.forbidden()


class Exports(Controller):
    path = "/export"
    tags = ("registry",)

    @get("/{kind:str}", operation_id="exportList", media_type="text/csv", opt={UNCOMPRESSED: True})
    async def export(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        kind: FromPath[str],
        encoding: FromQuery[str] = "utf-8-bom",
        q: FromQuery[str | None] = None,
        area: FromQuery[str | None] = None,
        community: FromQuery[str | None] = None,
        industry: FromQuery[str | None] = None,
        premises: FromQuery[str | None] = None,
        tag: FromQuery[str | None] = None,
        class_: Annotated[str | None, QueryParameter(name="class")] = None,
        ownership: FromQuery[str | None] = None,
        retired: FromQuery[bool] = False,
        code: FromQuery[str | None] = None,
        grid: FromQuery[str | None] = None,
        origin: FromQuery[str | None] = None,
        unit_id: FromQuery[str | None] = None,
        building_id: FromQuery[str | None] = None,
        parent_id: FromQuery[str | None] = None,
        type: FromQuery[str | None] = None,
        standing: Annotated[str | None, QueryParameter(name="state")] = None,
        condition: FromQuery[str | None] = None,
        gateway: FromQuery[str | None] = None,
        role: FromQuery[str | None] = None,
        sort_of: Annotated[str | None, QueryParameter(name="kind")] = None,
        hazard: FromQuery[str | None] = None,
        sort: FromQuery[str | None] = None,
        columns: FromQuery[str | None] = None,
    ) -> Stream:
        """As the same filters and order show the list; without `columns` what can be imported comes back unchanged."""
        listed = found(exports.LISTS.get(kind))
        one_of("sort", sort, listed.sorts)
        names = downloads.picked(columns, listed.usual, listed.more)
        _of_the_words(kind, encoding, class_, type, condition, standing)
        wanted = exports.Wanted(
            q=q, area=area, community=community, industry=industry, premises=premises, tag=tag, ownership=ownership,
            class_=int(class_[1]) if class_ else None, retired=retired, code=code, grid=grid, origin=origin,
            unit_id=unit_id and an_id(unit_id),
            building_id=building_id and an_id(building_id), parent_id=parent_id and an_id(parent_id), type=type,
            state=standing, condition=condition, gateway=gateway, role=role, kind=sort_of, hazard=hazard,
            sort=sort or listed.sorts[0], seen=columns is not None,
        )  # fmt: skip
        async with db.owner() as conn:
            number = await audit(conn, principal, clock.now(), f"{kind}.exported", kind, wanted)
        rows = exports.batches(db, principal, kind, wanted, names, clock.now())
        mark = downloads.marked(number, principal, clock.now())
        return downloads.download(f"{kind}.csv", names, rows, mark, encoding)


STATES: dict[str, tuple[str, ...]] = {"hydrants": tuple(HYDRANTS_NOW), "contacts": STANDINGS}


def _of_the_words(
    kind: str, encoding: str, class_: str | None, type_: str | None, condition: str | None, state: str | None
) -> None:
    one_of("encoding", encoding, tuple(downloads.ENCODINGS))
    one_of("class", class_, ("S1", "S2", "S3", "S4"))
    one_of("type", type_, tuple(BY_NAME))
    one_of("condition", condition, tuple(devices.CONDITIONS))
    one_of("state", state, STATES.get(kind, tuple(DeviceState)))


handlers: list[type[Controller]] = [Imports, Exports]
