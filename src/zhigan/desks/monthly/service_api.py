"""Service levels over HTTP: the month's report as page, paper and workbook; targets by versions; contracts.

Everything that happened is read on a connection bound to the principal. Targets bind the whole city; a contract is made
within one's scope, by who leads; what is outside does not exist.
"""

import re
from datetime import date
from typing import Final, TypeAlias

import msgspec
from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation

from zhigan.access.rules import within
from zhigan.desks.monthly import service_report, service_store
from zhigan.desks.monthly.api import MonthWord, Pressed, asked_month, printed_report
from zhigan.desks.monthly.model import Language, MonthReport
from zhigan.desks.monthly.service_model import ContractDraft, ServiceContract, ServiceTargets, TargetsVersion
from zhigan.desks.monthly.service_store import ServiceLent
from zhigan.registry.refusals import allow, an_id, found
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.vocabulary.roles import LEAD_ROLES
from zhigan.vocabulary.scopes import Scope
from zhigan.webapi import downloads, problems, workbooks
from zhigan.webapi.audit import audit
from zhigan.webapi.authentication import UNCOMPRESSED
from zhigan.webapi.database import Database
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal

Serving: TypeAlias = NamedDependency[SkipValidation[ServiceLent]]
ALWAYS: Final = (date(1970, 1, 1), date(9999, 12, 31))
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")
_SHARE: Final = re.compile(r"(\d+(?:\.\d+)?) %( ▼)?")


class ServiceLevels(Controller):
    path = "/monthly/service"
    tags = ("monthly",)

    @get(operation_id="getServiceLevels")
    async def read(
        self, principal: Caller, db: Db, clock: Time, serving: Serving, month: MonthWord = None,
        lang: FromQuery[Language] = "zh",
    ) -> MonthReport:  # fmt: skip
        """Levels by county and contract against their targets, load of operators, standing and false alarms."""
        return await _report(principal, db, clock, serving, month, lang)

    @get("/report.pdf", operation_id="printServiceLevels", media_type="application/pdf", opt={UNCOMPRESSED: True})
    async def paper(
        self, principal: Caller, db: Db, clock: Time, serving: Serving, press: Pressed, month: MonthWord = None,
        lang: FromQuery[Language] = "zh",
    ) -> Response[bytes]:  # fmt: skip
        """The same on A4; that it was taken out is written."""
        made = await _report(principal, db, clock, serving, month, lang)
        return await printed_report(principal, db, clock, press, made, "", ("service.printed", made.month, {}))

    @get("/export.xlsx", operation_id="exportServiceLevels", media_type=workbooks.MEDIA, opt={UNCOMPRESSED: True})
    async def workbook(
        self, principal: Caller, db: Db, clock: Time, serving: Serving, month: MonthWord = None,
        lang: FromQuery[Language] = "zh",
    ) -> Response[bytes]:  # fmt: skip
        """The same as a workbook, a sheet a table; that it was taken out is written."""
        made = await _report(principal, db, clock, serving, month, lang)
        async with db.owner() as conn:
            number = await audit(conn, principal, clock.now(), "service.exported", made.month)
        mark = downloads.marked(number, principal, clock.now())
        sheets = [
            workbooks.Sheet(t.title, t.heads, [[_cell(text) for text in row] for row in t.rows], t.note)
            for t in made.tables
        ]
        return await workbooks.answer(f"service-{made.month}.xlsx", sheets, mark)

    @get("/targets", operation_id="listServiceTargets")
    async def targets(self, principal: Caller, db: Db) -> Page[TargetsVersion]:
        """All versions, the one in force first."""
        async with db.bound(principal) as conn:
            return Page(await service_store.versions(conn))

    @put("/targets", operation_id="putServiceTargets")
    async def put_targets(
        self, principal: Caller, db: Db, clock: Time, data: JSONBody[ServiceTargets]
    ) -> TargetsVersion:
        """A new version, in force from now on, for the months before as well."""
        if principal.role not in LEAD_ROLES or not principal.scope.whole_city:
            raise problems.forbidden("What binds the whole city is decided by an account of the whole city.")
        if data.load_flood <= data.load_manageable:
            raise problems.invalid("load_flood", "more than load_manageable")
        now = clock.now()
        async with db.owner() as conn:
            version = await service_store.add(conn, data, now, principal.name, principal.id)
            await audit(conn, principal, now, "service.targeted", str(version), data)
        return TargetsVersion(version=version, at=now, set_by=principal.name, targets=data)


class ServiceContracts(Controller):
    path = "/monthly/contracts"
    tags = ("monthly",)

    @get(operation_id="listServiceContracts")
    async def listed(self, principal: Caller, db: Db) -> Page[ServiceContract]:
        async with db.bound(principal) as conn:
            return Page(await service_store.contracts(conn, principal.scope, *ALWAYS))

    @post(operation_id="createServiceContract")
    async def made(self, principal: Caller, db: Db, clock: Time, data: JSONBody[ContractDraft]) -> ServiceContract:
        return await _kept(principal, db, clock, mint(clock), data)

    @put("/{contract_id:str}", operation_id="changeServiceContract")
    async def changed(
        self, principal: Caller, db: Db, clock: Time, contract_id: FromPath[str], data: JSONBody[ContractDraft]
    ) -> ServiceContract:
        """It ends by its last day; nothing is deleted."""
        async with db.bound(principal) as conn:
            standing = found(await service_store.contract(conn, an_id(contract_id)))
        return await _kept(principal, db, clock, standing.id, data)


async def _kept(principal: Principal, db: Database, clock: Clock, id_: str, data: ContractDraft) -> ServiceContract:
    allow(principal, LEAD_ROLES)
    if (data.firm == "") == (data.org == ""):
        raise problems.invalid("firm", "a maintenance firm or an operator, one of the two")
    if data.until < data.since:
        raise problems.invalid("until", "not before it begins")
    party = {"firm": (data.firm,)} if data.firm else {"org": (data.org,)}
    if not within(Scope({"area": (data.area,), **party}), principal.scope):
        raise problems.forbidden("scope: reaches beyond your own")
    try:
        msgspec.convert(data.targets, ServiceTargets, strict=True)
    except msgspec.ValidationError:
        raise problems.invalid("targets", "targets by their names, as the city's have them") from None
    unknown = set(data.targets) - set(ServiceTargets.__struct_fields__)
    if unknown:
        raise problems.invalid("targets", "targets by their names, as the city's have them")
    now = clock.now()
    kept = ServiceContract(**msgspec.structs.asdict(data), id=id_, changed_at=now, changed_by=principal.name)
    async with db.owner() as conn:
        await service_store.put(conn, kept)
        await audit(conn, principal, now, "service.contracted", id_, data)
    return kept


def _cell(text: str) -> downloads.Cell | workbooks.Share:
    """A figure as a figure; what misses its target is told on the page and on paper."""
    if (shared := _SHARE.fullmatch(text)) is not None:
        return workbooks.Share(float(shared[1]) / 100)
    return float(text) if _NUMBER.fullmatch(text) else text


async def _report(
    principal: Principal, db: Database, clock: Clock, serving: ServiceLent, month: str | None, lang: Language
) -> MonthReport:
    span = asked_month(month, clock)
    async with db.bound(principal) as conn:
        figures = await service_store.figures(conn, principal.scope, span, clock.now(), serving)
    return service_report.report(figures, span, lang)


handlers: list[type[Controller]] = [ServiceLevels, ServiceContracts]
