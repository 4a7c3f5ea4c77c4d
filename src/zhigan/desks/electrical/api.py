"""Circuits over HTTP: the register, one with what is measured now, the owner's consents to a remote cut.

The cut itself is asked for, approved and stopped where all commands are (`/devices/{breaker}/commands`, `/commands`);
a circuit says beforehand what would stand against it. Outside one's scope there is none (404, decided first).
"""

import asyncio
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

import msgspec
from litestar import Controller, delete, get, post, put
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody, SkipValidation
from litestar.response import File, Stream

from zhigan.commands import rules as command_rules
from zhigan.commands import store as commands
from zhigan.commands.api import Interlocked
from zhigan.commands.interlock import Interlock
from zhigan.desks.electrical import checks, listing, outlook, rules, store
from zhigan.desks.electrical.model import (
    CircuitDetail,
    CircuitView,
    ConsentView,
    Hindrance,
    LoadClass,
    NewCircuit,
    NewConsent,
    Outlook,
    Revocation,
    Row,
)
from zhigan.desks.electrical.store import Document, Granted
from zhigan.history.api import Archived
from zhigan.incidents.shelf import Shelf, plain_name, type_of
from zhigan.registry import units
from zhigan.registry.refusals import allow, an_id, checked, found
from zhigan.registry.ruling import Standing
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.roles import CONSENT_ROLES, INSTALL_ROLES
from zhigan.webapi import downloads, pages, problems
from zhigan.webapi.armour import of_bytes_brought
from zhigan.webapi.audit import audit
from zhigan.webapi.authentication import UNCOMPRESSED
from zhigan.webapi.database import Database
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal

Ruled: TypeAlias = NamedDependency[SkipValidation[Standing]]
Shelved: TypeAlias = NamedDependency[SkipValidation[Shelf]]
MOST_BYTES = 10 * 1024 * 1024
ENVELOPE = 64 * 1024
DOCUMENTS = ("image/jpeg", "image/png", "image/webp", "application/pdf")
LONGEST_DAYS = 3 * 366
CUTS_SHOWN = 20


class ConsentForm(msgspec.Struct, frozen=True):
    """Dates as texts: `signed_on` a day, `starts_at` and `ends_at` RFC 3339; `automatic`: "true" where it names the
    automatic cut-off."""

    file: UploadFile
    given_by: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    signed_on: str
    ends_at: str
    starts_at: str = ""
    automatic: str = ""
    words: Annotated[str, msgspec.Meta(max_length=4000)] = ""


def _moment(text: str) -> datetime:
    """ValueError also where it names no offset."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without its offset")
    return at


class Circuits(Controller):
    path = "/circuits"
    tags = ("electrical",)

    @get(operation_id="listCircuits")
    async def listed(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        ruling: Ruled,
        q: FromQuery[str | None] = None,
        unit_id: FromQuery[str | None] = None,
        building_id: FromQuery[str | None] = None,
        device_id: FromQuery[str | None] = None,
        load_class: FromQuery[LoadClass | None] = None,
        cuttable: FromQuery[bool | None] = None,
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[CircuitView]:
        """By unit and code, each with its newest readings of the last quarter of an hour. `device_id`: those that the
        device measures or opens; `cuttable`: of the lowest class, with a breaker and a standing consent."""
        asked = listing.asked(q, unit_id, building_id, device_id, load_class, cuttable, cursor)
        size = pages.limit(limit, largest=500)
        rows = await listing.rows(db, principal, asked, clock.now(), size + 1)
        views = await listing.views(db, principal, rows[:size], ruling, clock.micros())
        shown = {view.id: view for view in views}
        return pages.page(rows, size, lambda row: shown[row.id], store.place)

    @get("/export.csv", operation_id="exportCircuits", media_type="text/csv", opt={UNCOMPRESSED: True})
    async def export(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        ruling: Ruled,
        q: FromQuery[str | None] = None,
        unit_id: FromQuery[str | None] = None,
        building_id: FromQuery[str | None] = None,
        device_id: FromQuery[str | None] = None,
        load_class: FromQuery[LoadClass | None] = None,
        cuttable: FromQuery[bool | None] = None,
        encoding: FromQuery[Literal["utf-8-bom", "utf-8", "gb18030"]] = "utf-8-bom",
        columns: FromQuery[str | None] = None,
    ) -> Stream:
        """All that the list shows to the same question; that it was taken out is written too."""
        names = downloads.picked(columns, listing.COLUMNS)
        asked = listing.asked(q, unit_id, building_id, device_id, load_class, cuttable, None)
        now = clock.now()
        async with db.owner() as conn:
            number = await audit(conn, principal, now, "circuits.exported", "circuits", asked)
        batches = listing.batches(db, principal, asked, ruling, now)
        mark = downloads.marked(number, principal, now)
        return downloads.download("circuits.csv", names, downloads.cut(batches, listing.COLUMNS, names), mark, encoding)

    @post(operation_id="createCircuit")
    async def create(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        interlock: Interlocked,
        ruling: Ruled,
        data: JSONBody[NewCircuit],
    ) -> CircuitDetail:
        new = await _checked(db, principal, data)
        id_, now = mint(clock), clock.now()
        async with db.owner() as conn:
            at = await store.places(conn, _devices(new))
            if not await store.add(conn, id_, new, at, now):
                raise problems.conflict("The unit has a circuit of this code, or the breaker opens another circuit.")
            await audit(conn, principal, now, "circuit.created", id_, new)
        return await _detail(db, principal, (interlock, ruling), id_, now)

    @get("/{circuit_id:str}", operation_id="getCircuit")
    async def one(
        self, principal: Caller, db: Db, clock: Time, interlock: Interlocked, ruling: Ruled, circuit_id: FromPath[str]
    ) -> CircuitDetail:
        """With consents, the newest cuts (ids of commands), and what stands against a cut just now."""
        return await _detail(db, principal, (interlock, ruling), circuit_id, clock.now())

    @get("/{circuit_id:str}/outlook", operation_id="getCircuitOutlook")
    async def ahead(
        self, principal: Caller, db: Db, clock: Time, archive: Archived, ruling: Ruled, circuit_id: FromPath[str]
    ) -> Outlook:
        """What keeps rising in 30 days, by a robust line through its daily maxima, and when it meets its limit."""
        row = await _visible(db, principal, circuit_id, clock.now())
        async with db.bound(principal) as conn:
            own = await store.channels(conn, [circuit_id])
        async with db.owner() as conn:
            policy = (await ruling(conn)).of(row.area).limits
            return await outlook.of(conn, archive, own[circuit_id], policy, clock.micros())

    @put("/{circuit_id:str}", operation_id="changeCircuit")
    async def change(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        interlock: Interlocked,
        ruling: Ruled,
        circuit_id: FromPath[str],
        data: JSONBody[NewCircuit],
    ) -> CircuitDetail:
        """The whole circuit anew; it stays with its unit."""
        now = clock.now()
        row = await _visible(db, principal, circuit_id, now)
        allow(principal, INSTALL_ROLES)
        if data.unit_id != row.unit_id:
            raise problems.invalid("unit_id", "a circuit stays with its unit")
        new = await _checked(db, principal, data)
        async with db.owner() as conn:
            at = await store.places(conn, _devices(new))
            if not await store.change(conn, circuit_id, new, at, now):
                raise problems.conflict("The unit has a circuit of this code, or the breaker opens another circuit.")
            await audit(conn, principal, now, "circuit.changed", circuit_id, new)
        return await _detail(db, principal, (interlock, ruling), circuit_id, now)

    @delete("/{circuit_id:str}", status_code=204, operation_id="deleteCircuit")
    async def remove(self, principal: Caller, db: Db, clock: Time, circuit_id: FromPath[str]) -> None:
        """Its devices stay; what was done to it, and who consented to what until when, stays in the audit trail."""
        row = await _visible(db, principal, circuit_id, clock.now())
        allow(principal, INSTALL_ROLES)
        async with db.owner() as conn:
            consents = (await store.consents(conn, circuit_id, clock.now())).views
            await store.remove(conn, circuit_id)
            detail = {"code": row.code, "name": row.name, "consents": consents}
            await audit(conn, principal, clock.now(), "circuit.removed", circuit_id, detail)


class Consents(Controller):
    path = "/circuits/{circuit_id:str}/consents"
    tags = ("electrical",)

    @post(operation_id="addConsent")
    async def add(
        self, principal: Caller, db: Db, clock: Time, circuit_id: FromPath[str], data: JSONBody[NewConsent]
    ) -> ConsentView:
        """The owner's words, written down; from now on unless a beginning is named."""
        given = Granted(
            given_by=data.given_by, signed_on=data.signed_on, starts_at=data.starts_at or clock.now(),
            ends_at=data.ends_at, words=data.words, automatic=data.automatic,
        )  # fmt: skip
        return await _grant(db, principal, mint(clock), clock.now(), circuit_id, given, None)

    @post("/file", operation_id="addConsentFile", request_max_body_size=MOST_BYTES + ENVELOPE)
    async def add_file(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        shelf: Shelved,
        circuit_id: FromPath[str],
        data: MultipartBody[ConsentForm],
    ) -> ConsentView:
        """The signed paper, as a picture or a PDF, at most 10 MiB."""
        await _visible(db, principal, circuit_id, clock.now())
        allow(principal, CONSENT_ROLES)
        content = await data.file.read()
        kind = type_of(content[:32])
        if kind not in DOCUMENTS or len(content) > MOST_BYTES:
            raise problems.invalid("file", "a picture or a PDF of at most 10 MiB")
        try:
            given = Granted(
                given_by=data.given_by,
                signed_on=datetime.fromisoformat(data.signed_on).date(),
                starts_at=_moment(data.starts_at) if data.starts_at else clock.now(),
                ends_at=_moment(data.ends_at),
                words=data.words,
                automatic=data.automatic == "true",
            )
        except ValueError:
            raise problems.invalid("ends_at", "a time with its offset") from None
        sha256 = await asyncio.to_thread(shelf.keep, content)
        paper = Document(sha256, plain_name(data.file.filename), kind)
        return await _grant(db, principal, mint(clock), clock.now(), circuit_id, given, paper)

    @get("/{consent_id:str}/file", operation_id="getConsentFile", opt={UNCOMPRESSED: True})
    async def content(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        shelf: Shelved,
        circuit_id: FromPath[str],
        consent_id: FromPath[str],
    ) -> File:
        async with db.bound(principal) as conn:
            known = await store.consents(conn, an_id(circuit_id), clock.now())
        paper = found(known.documents.get(consent_id))
        path = shelf.path(paper.sha256)
        if not await asyncio.to_thread(path.is_file):
            raise problems.not_found()
        return File(
            path,
            media_type=paper.type,
            headers=of_bytes_brought("private, max-age=300"),
        )

    @post("/{consent_id:str}/revoke", status_code=200, operation_id="revokeConsent")
    async def revoke(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        circuit_id: FromPath[str],
        consent_id: FromPath[str],
        data: JSONBody[Revocation],
    ) -> ConsentView:
        """From now on, also for a cut that is counting down: it is judged once more before it goes."""
        now = clock.now()
        await _visible(db, principal, circuit_id, now)
        allow(principal, CONSENT_ROLES)
        async with db.owner() as conn:
            if not await store.revoke(conn, circuit_id, an_id(consent_id), data.why, principal.name, now):
                raise problems.conflict("The consent is revoked already.")
            await audit(conn, principal, now, "consent.revoked", circuit_id, {"consent": consent_id, "why": data.why})
            return await _consent(conn, circuit_id, consent_id, now)


handlers: list[type[Controller]] = [Circuits, Consents]


def _devices(new: NewCircuit) -> list[str]:
    named = [c.device_id for c in new.channels] + ([new.breaker_id] if new.breaker_id else [])
    return [id_ for id_ in named if pages.is_id(id_)]


async def _visible(db: Database, principal: Principal, id_: str, now: datetime) -> Row:
    async with db.bound(principal) as conn:
        return found(await store.one(conn, an_id(id_), now))


async def _checked(db: Database, principal: Principal, data: NewCircuit) -> NewCircuit:
    """Unit, building and devices within the scope, then the role, then the fields."""
    async with db.bound(principal) as conn:
        unit = found(await units.one(conn, an_id(data.unit_id)))
        at = await store.places(conn, _devices(data))
        building = await units.building(conn, an_id(data.building_id)) if data.building_id else None
    allow(principal, INSTALL_ROLES)
    if data.building_id and (building is None or building.unit_id != unit.id):
        raise problems.invalid("building_id", "a building of the same unit")
    return checked(lambda: checks.check(data, at))


async def _detail(
    db: Database, principal: Principal, wired: tuple[Interlock, Standing], id_: str, now: datetime
) -> CircuitDetail:
    micros = to_micros(now)
    interlock, ruling = wired
    async with db.bound(principal) as conn:
        row = found(await store.one(conn, an_id(id_), now))
        own = await store.channels(conn, [id_])
        consents = await store.consents(conn, id_, now)
        cuts = await commands.of_circuit(conn, id_, CUTS_SHOWN)
        reclosed = await store.reclosed(conn, id_)
    async with db.owner() as conn:
        readings = await store.lasts(conn, own, micros, rules.FRESH)
        against = await _against(conn, interlock, row, micros)
        in_force = await ruling(conn)
    view = store.view(row, own[id_], readings, in_force, micros)
    return CircuitDetail(
        **msgspec.structs.asdict(view), consents=consents.views, hindrances=against, cuts=[c.id for c in cuts],
        reclosed=reclosed, back_unsaid=rules.back_unsaid(cuts, reclosed, view.state),
    )  # fmt: skip


async def _against(conn: Connection, interlock: Interlock, row: Row, now: int) -> list[Hindrance]:
    """What a request would be answered now."""
    target = None if row.breaker_id is None else await commands.target(conn, row.breaker_id)
    try:
        if target is None:
            raise command_rules.Impossible("No breaker is registered for this circuit.")
        command_rules.cuttable(await interlock.ground(conn, target), now)
    except command_rules.Refusal as refusal:
        return [store.hindrance(str(refusal))]
    return []


async def _grant(
    db: Database, principal: Principal, id_: str, now: datetime, circuit: str, given: Granted, paper: Document | None
) -> ConsentView:
    await _visible(db, principal, circuit, now)
    allow(principal, CONSENT_ROLES)
    if given.ends_at.tzinfo is None or given.starts_at.tzinfo is None:
        raise problems.invalid("ends_at", "a time with its offset")
    if not max(given.starts_at, now) < given.ends_at or (given.ends_at - now).days > LONGEST_DAYS:
        raise problems.invalid("ends_at", "behind its beginning, at most three years ahead")
    kept = msgspec.structs.replace(given, given_by=given.given_by.strip(), document=paper)
    if not kept.given_by:
        raise problems.invalid("given_by", "is required")
    async with db.owner() as conn:
        await store.add_consent(conn, id_, circuit, kept, (principal.name, principal.id), now)
        detail = {
            "consent": id_,
            "by": kept.given_by,
            "until": kept.ends_at,
            "automatic": kept.automatic,
            "paper": paper.sha256.hex() if paper else "",
        }
        await audit(conn, principal, now, "consent.given", circuit, detail)
        return await _consent(conn, circuit, id_, now)


async def _consent(conn: Connection, circuit: str, id_: str, now: datetime) -> ConsentView:
    known = await store.consents(conn, circuit, now)
    return found(next((view for view in known.views if view.id == id_), None))
