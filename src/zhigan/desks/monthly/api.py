"""The report of a month over HTTP: as a page's tables, on paper, as a sheet.

One's own report is of one's own scope, under the name and logo of the sub-platform to which the account belongs.
Whoever looks after sub-platforms reads theirs too: `hosted_id`, narrowed to its scope. Outside, nothing exists.
"""

from contextlib import suppress
from typing import Annotated, TypeAlias

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter, SkipValidation
from litestar.response import Stream

from zhigan.access import hosted
from zhigan.access.reach import hosted_in_reach
from zhigan.desks.monthly import circuit_report, rules, store, tables
from zhigan.desks.monthly.model import Language, Month, MonthReport
from zhigan.desks.monthly.monthly_tables import WORDS
from zhigan.desks.monthly.store import Circuits, Onlines
from zhigan.incidents.press import Press, Unprinted
from zhigan.incidents.printing import TABLES, printed
from zhigan.registry import units
from zhigan.registry.refusals import an_id, found
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Connection
from zhigan.vocabulary import scopes
from zhigan.webapi import downloads, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.authentication import UNCOMPRESSED
from zhigan.webapi.database import Database
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.principal import Principal

Lent: TypeAlias = NamedDependency[SkipValidation[Onlines]]
Wired: TypeAlias = NamedDependency[SkipValidation[Circuits]]
Pressed: TypeAlias = NamedDependency[SkipValidation[Press]]
MonthWord = Annotated[str | None, QueryParameter(name="month", description="YYYY-MM; else the last one that is over")]


class _Paper(msgspec.Struct, frozen=True):
    report: MonthReport
    logo: list[int]
    none: str
    printed: str


class _Asked(msgspec.Struct, frozen=True):
    month: str | None
    hosted_id: str | None
    lang: Language


class Monthly(Controller):
    path = "/monthly"
    tags = ("monthly",)

    @get(operation_id="getMonthly")
    async def read(
        self, principal: Caller, db: Db, clock: Time, onlines: Lent, month: MonthWord = None,
        hosted_id: FromQuery[str | None] = None, lang: FromQuery[Language] = "zh",
    ) -> MonthReport:  # fmt: skip
        """Alarms by grade, kind, area and unit, work with its age, hazards, devices online and the worst of them."""
        return (await _report(principal, db, clock, onlines, _Asked(month, hosted_id, lang)))[0]

    @get("/report.pdf", operation_id="printMonthly", media_type="application/pdf", opt={UNCOMPRESSED: True})
    async def paper(
        self, principal: Caller, db: Db, clock: Time, onlines: Lent, press: Pressed, month: MonthWord = None,
        hosted_id: FromQuery[str | None] = None, lang: FromQuery[Language] = "zh",
    ) -> Response[bytes]:  # fmt: skip
        """The same on A4; that it was taken out is written."""
        asked = _Asked(month, hosted_id, lang)
        made, slug = await _report(principal, db, clock, onlines, asked)
        return await printed_report(principal, db, clock, press, made, slug, ("monthly.printed", made.month, asked))

    @get("/export.csv", operation_id="exportMonthly", media_type="text/csv", opt={UNCOMPRESSED: True})
    async def export(
        self, principal: Caller, db: Db, clock: Time, onlines: Lent, month: MonthWord = None,
        hosted_id: FromQuery[str | None] = None, lang: FromQuery[Language] = "zh",
        encoding: FromQuery[downloads.Encoding] = "utf-8-bom",
    ) -> Stream:  # fmt: skip
        """The same, a line a figure; that it was taken out is written."""
        asked = _Asked(month, hosted_id, lang)
        made, _ = await _report(principal, db, clock, onlines, asked)
        return await _sheet(principal, db, clock, made, encoding, ("monthly.exported", made.month, asked))


class UnitCircuits(Controller):
    path = "/units/{unit_id:str}/circuits/monthly"
    tags = ("monthly",)

    @get(operation_id="getCircuitsMonthly")
    async def read(
        self, principal: Caller, db: Db, clock: Time, circuits: Wired, unit_id: FromPath[str], month: MonthWord = None,
        lang: FromQuery[Language] = "zh",
    ) -> MonthReport:  # fmt: skip
        """A unit's circuits: residual current, temperatures, load, alarms, what keeps rising, cuts."""
        return await _circuits(principal, db, clock, circuits, unit_id, _Asked(month, None, lang))

    @get("/report.pdf", operation_id="printCircuitsMonthly", media_type="application/pdf", opt={UNCOMPRESSED: True})
    async def paper(
        self, principal: Caller, db: Db, clock: Time, circuits: Wired, press: Pressed, unit_id: FromPath[str],
        month: MonthWord = None, lang: FromQuery[Language] = "zh",
    ) -> Response[bytes]:  # fmt: skip
        """The same on A4; that it was taken out is written."""
        asked = _Asked(month, None, lang)
        made = await _circuits(principal, db, clock, circuits, unit_id, asked)
        return await printed_report(principal, db, clock, press, made, "", ("circuits_month.printed", unit_id, asked))

    @get("/export.csv", operation_id="exportCircuitsMonthly", media_type="text/csv", opt={UNCOMPRESSED: True})
    async def export(
        self, principal: Caller, db: Db, clock: Time, circuits: Wired, unit_id: FromPath[str], month: MonthWord = None,
        lang: FromQuery[Language] = "zh", encoding: FromQuery[downloads.Encoding] = "utf-8-bom",
    ) -> Stream:  # fmt: skip
        """The same, a line a figure; that it was taken out is written."""
        asked = _Asked(month, None, lang)
        made = await _circuits(principal, db, clock, circuits, unit_id, asked)
        return await _sheet(principal, db, clock, made, encoding, ("circuits_month.exported", unit_id, asked))


async def _circuits(
    principal: Principal, db: Database, clock: Clock, circuits: Circuits, unit_id: str, asked: _Asked
) -> MonthReport:
    async with db.bound(principal) as conn:
        unit = found(await units.one(conn, an_id(unit_id)))
    month = asked_month(asked.month, clock)
    return circuit_report.report(await circuits(principal, unit.id, month, clock.now()), month, unit.name, asked.lang)


async def printed_report(
    principal: Principal, db: Database, clock: Clock, press: Press, made: MonthReport, slug: str,
    line: tuple[str, str, object],
) -> Response[bytes]:  # fmt: skip
    now, words = clock.now(), (WORDS["none"], WORDS["printed"])
    async with db.owner() as conn:
        number = await audit(conn, principal, now, *line)
        picture = await hosted.logo(conn, slug) if slug else None
    none, said = (pair.zh if made.lang == "zh" else pair.en for pair in words)
    mark = f"{said} {downloads.marked(number, principal, now)}"
    pdf = await _paper(press, _Paper(made, list(picture[0]) if picture else [], none, mark))
    name = f'inline; filename="monthly-{made.month}-E{number}.pdf"'
    return Response(pdf, media_type="application/pdf", headers={"content-disposition": name})


async def _sheet(
    principal: Principal, db: Database, clock: Clock, made: MonthReport, encoding: downloads.Encoding,
    line: tuple[str, str, object],
) -> Stream:  # fmt: skip
    async with db.owner() as conn:
        number = await audit(conn, principal, clock.now(), *line)
    heads = [WORDS[key].zh if made.lang == "zh" else WORDS[key].en for key in ("section", "item", "figure", "value")]
    mark = downloads.marked(number, principal, clock.now())
    return downloads.download(f"monthly-{made.month}.csv", heads, downloads.at_once(tables.cells(made)), mark, encoding)


async def _paper(press: Press, paper: _Paper) -> bytes:
    """A logo that the type-setter cannot read costs the logo, not the report."""
    if paper.logo:
        with suppress(Unprinted):
            return await press.pdf(paper, TABLES)
    return await printed(press, msgspec.structs.replace(paper, logo=[]), TABLES)


async def _report(
    principal: Principal, db: Database, clock: Clock, onlines: Onlines, asked: _Asked
) -> tuple[MonthReport, str]:
    """With the slug of whose it is; empty: the city's."""
    async with db.owner() as conn:
        face, scope = await _whose(conn, principal, asked.hosted_id)
    month = asked_month(asked.month, clock)
    async with db.bound(principal) as conn:
        figures = await store.figures(conn, scope, month, onlines)
    name, logo, slug = ("", "", "") if face is None else (face.name, face.logo, face.slug)
    return tables.report(figures, month, name, logo, asked.lang), slug


async def _whose(
    conn: Connection, principal: Principal, hosted_id: str | None
) -> tuple[hosted.Face | None, scopes.Scope]:
    if hosted_id is None:
        return await hosted.face_of(conn, principal.id), principal.scope
    standing = await hosted_in_reach(conn, principal, hosted_id)
    face = await hosted.face(conn, standing.slug)
    if face is None:  # closed: it has no view any more
        raise problems.not_found()
    return face, scopes.parse(standing.scope)


def asked_month(text: str | None, clock: Clock) -> Month:
    found = rules.month(text, clock.now())
    if found is None:
        raise problems.invalid("month", "a month that has begun, such as 2026-11")
    return found


handlers: list[type[Controller]] = [Monthly, UnitCircuits]
