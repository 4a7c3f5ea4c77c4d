"""A sub-platform's own rules of telling over HTTP, what they would do, and the telephones that an alarm rings.

A rule is made by an administrator who has the sub-platform in reach, its own first of all; it reaches no further than
the sub-platform's scope and takes nobody away. Outside one's reach neither the sub-platform nor its rules exist.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from asyncpg import Record
from litestar import Controller, delete, get, post, put
from litestar.params import FromPath, JSONBody

from zhigan.access.hosted import Hosted
from zhigan.access.reach import READERS, hosted_in_reach
from zhigan.incidents.addressed import found, known
from zhigan.outlets.notify import linked, own, own_preview, own_store
from zhigan.outlets.notify.desk import Told
from zhigan.outlets.notify.linked import LinkedPhone
from zhigan.outlets.notify.model import Hours, Way, Who
from zhigan.outlets.notify.own import OwnRule
from zhigan.outlets.notify.own_preview import ToldPreview
from zhigan.outlets.notify.store import SQL
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import holds, parse
from zhigan.vocabulary.telephones import Telephone
from zhigan.webapi import problems
from zhigan.webapi.audit import audit
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal
from zhigan.webapi.problems import FieldError

GradeName = Literal["I", "II", "III", "IV"]
Minute = Annotated[int, msgspec.Meta(ge=0, le=1439)]
Id = Annotated[str, msgspec.Meta(max_length=36)]


class OwnRuleForm(msgspec.Struct, frozen=True, kw_only=True):
    """`kinds` empty: whatever happens. `from_minute`, `until_minute` of the day in Ji'an; both null: at any hour.
    `after`: seconds since the incident has its grade. A rule adds to the city's table and takes nothing from it."""

    name: Annotated[str, msgspec.Meta(max_length=60)]
    kinds: Annotated[list[Kind], msgspec.Meta(max_length=12)] = []
    grades: Annotated[list[GradeName], msgspec.Meta(min_length=1, max_length=4)]
    from_minute: Minute | None = None
    until_minute: Minute | None = None
    parts: Annotated[list[Who], msgspec.Meta(max_length=15)] = []
    accounts: Annotated[list[Id], msgspec.Meta(max_length=own.MOST_ACCOUNTS)] = []
    ways: Annotated[list[Way], msgspec.Meta(min_length=1, max_length=9)]
    after: Annotated[int, msgspec.Meta(ge=0, le=own.LONGEST_S)] = 0
    enabled: bool = True


class OwnRuleView(OwnRuleForm, frozen=True, kw_only=True):
    """`since`: what began before is not told of by it."""

    id: str
    since: datetime
    changed_at: datetime
    changed_by: str


class OwnPerson(msgspec.Struct, frozen=True, kw_only=True):
    """An account of the sub-platform that a rule may choose."""

    id: str
    name: str
    display_name: str
    role: str
    phone: Telephone


class OwnRules(msgspec.Struct, frozen=True, kw_only=True):
    """With what a rule may be made of here: parts, people, and ways with whether the platform has each."""

    rules: list[OwnRuleView]
    parts: list[Who]
    people: list[OwnPerson]
    ways: list[Way]
    open_ways: list[Way]
    changeable: bool


class OwnQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """What would happen at a unit. `rule`: one that is not kept yet, in the place of `rule_id` where that is given."""

    unit_id: Id
    kind: Kind = Kind.FIRE
    grade: GradeName = "I"
    rule: OwnRuleForm | None = None
    rule_id: Id | None = None


class HostedRules(Controller):
    path = "/hosted/{hosted_id:str}/rules"
    tags = ("notification",)

    @get(operation_id="listOwnRules")
    async def listed(self, principal: Caller, db: Db, desk: Told, hosted_id: FromPath[str]) -> OwnRules:
        async with db.owner() as conn:
            standing = await hosted_in_reach(conn, principal, hosted_id)
            if principal.role not in READERS:
                raise problems.forbidden()
            rows = await own_store.listed(conn, standing.id)
            people = [OwnPerson(**dict(r)) for r in await conn.fetch(SQL.own_people, standing.id)]
        return OwnRules(
            rules=[_view(r) for r in rows], parts=list(own.PARTS[standing.kind]), people=people, ways=list(own.WAYS),
            open_ways=[way for way in own.WAYS if way in desk.planner.open_ways],
            changeable=principal.role is Role.ADMIN and standing.closed_at is None,
        )  # fmt: skip

    @post(operation_id="addOwnRule")
    async def add(
        self, principal: Caller, db: Db, clock: Time, hosted_id: FromPath[str], data: JSONBody[OwnRuleForm]
    ) -> OwnRuleView:
        """In force at once, for what begins from now on."""
        now = clock.now()
        async with db.owner() as conn:
            standing = await _changeable(conn, principal, hosted_id)
            if len(await own_store.listed(conn, standing.id)) >= own.MOST_RULES:
                raise problems.conflict(f"There are {own.MOST_RULES} rules here already.")
            rule = await _checked(conn, standing, data, mint(clock), now)
            return await _kept(conn, principal, standing, rule, data, now)

    @put("/{rule_id:str}", operation_id="changeOwnRule")
    async def change(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        hosted_id: FromPath[str],
        rule_id: FromPath[str],
        data: JSONBody[OwnRuleForm],
    ) -> OwnRuleView:
        now = clock.now()
        async with db.owner() as conn:
            standing = await _changeable(conn, principal, hosted_id)
            before = await _one(conn, standing, rule_id)
            since = before["since"] if before["enabled"] else now
            rule = await _checked(conn, standing, data, rule_id, since)
            return await _kept(conn, principal, standing, rule, data, now)

    @delete("/{rule_id:str}", status_code=204, operation_id="removeOwnRule")
    async def remove(
        self, principal: Caller, db: Db, clock: Time, hosted_id: FromPath[str], rule_id: FromPath[str]
    ) -> None:
        async with db.owner() as conn:
            standing = await _changeable(conn, principal, hosted_id)
            before = await _one(conn, standing, rule_id)
            await own_store.remove(conn, standing.id, rule_id)
            await audit(conn, principal, clock.now(), "own_rule.removed", standing.slug, {"name": before["name"]})

    @post("/preview", status_code=200, operation_id="previewOwnRules")
    async def preview(
        self, principal: Caller, db: Db, clock: Time, desk: Told, hosted_id: FromPath[str], data: JSONBody[OwnQuestion]
    ) -> Page[ToldPreview]:
        """Who would be told of that at the unit now, by the city's table and by the rules here."""
        async with db.owner() as conn:
            standing = await hosted_in_reach(conn, principal, hosted_id)
        if principal.role not in READERS:
            raise problems.forbidden()
        async with db.bound(principal) as conn:
            there = await own_preview.site(conn, known(data.unit_id))
        if there is None or not holds(parse(standing.scope), there.owned):
            raise problems.not_found("unit_id: there is no such place within your scope.")
        now = clock.now()
        async with db.owner() as conn:
            rules = [r for r in await own_store.in_force(conn) if r.hosted == standing.id and r.id != data.rule_id]
            if data.rule is not None:
                rules.append(await _checked(conn, standing, data.rule, data.rule_id or mint(clock), now))
            table = await desk.planner.table(conn)
            return Page(
                await own_preview.of(
                    conn,
                    there,
                    data.kind,
                    Grade[data.grade],
                    table,
                    rules,
                    desk.planner.open_ways,
                    now,
                    desk.planner.roster,
                )
            )


class Phones(Controller):
    path = "/incidents/{incident_id:str}/phones"
    tags = ("notification",)

    @get(operation_id="listIncidentPhones")
    async def listed(self, principal: Caller, db: Db, clock: Time, incident_id: FromPath[str]) -> Page[LinkedPhone]:
        """The community's telephones around an alarm: property, micro station, grid, community; which were told."""
        async with db.bound(principal) as conn:
            row = await found(conn, incident_id)
        async with db.owner() as conn:
            return Page(await linked.phones(conn, row, clock.now()))


async def _changeable(conn: Connection, principal: Principal, hosted_id: str) -> Hosted:
    standing = await hosted_in_reach(conn, principal, hosted_id)
    if principal.role is not Role.ADMIN:
        raise problems.forbidden()
    if standing.closed_at is not None:
        raise problems.conflict("The sub-platform is closed.")
    await conn.execute(SQL.lock_own_rules, standing.id)
    return standing


async def _one(conn: Connection, standing: Hosted, rule_id: str) -> Record:
    rows = await own_store.listed(conn, standing.id)
    found_ = next((r for r in rows if str(r["id"]) == rule_id), None)
    if found_ is None:
        raise problems.not_found()
    return found_


async def _checked(conn: Connection, standing: Hosted, form: OwnRuleForm, id_: str, since: datetime) -> OwnRule:
    people = {r["id"] for r in await conn.fetch(SQL.own_people, standing.id)}
    wrong = list(_faults(standing, form, people))
    if wrong:
        raise problems.invalid_fields(wrong)
    hours = None
    if form.from_minute is not None and form.until_minute is not None:
        hours = Hours(form.from_minute, form.until_minute)
    return OwnRule(
        id=id_, hosted=standing.id, name=form.name.strip(), kinds=tuple(dict.fromkeys(form.kinds)),
        grades=tuple(sorted({Grade[g] for g in form.grades})), hours=hours, parts=tuple(dict.fromkeys(form.parts)),
        accounts=tuple(dict.fromkeys(form.accounts)), ways=tuple(dict.fromkeys(form.ways)), after=form.after,
        since=since, scope=parse(standing.scope), kind=standing.kind,
    )  # fmt: skip


def _faults(standing: Hosted, form: OwnRuleForm, people: set[str]) -> Iterator[FieldError]:
    if not form.name.strip():
        yield FieldError("name", "is required")
    if (form.from_minute is None) != (form.until_minute is None):
        yield FieldError(
            "until_minute" if form.until_minute is None else "from_minute", "is required where the other is given"
        )
    elif form.from_minute is not None and form.from_minute == form.until_minute:
        yield FieldError("until_minute", "another minute than the first")
    parts = own.PARTS[standing.kind]
    if not set(form.parts) <= set(parts):
        yield FieldError("parts", f"of {', '.join(parts)}; several with commas between")
    if not set(form.accounts) <= people:
        yield FieldError("accounts", "accounts of this sub-platform")
    if not form.parts and not form.accounts:
        yield FieldError("parts", "somebody to be told")
    if not set(form.ways) <= set(own.WAYS):
        yield FieldError("ways", f"of {', '.join(own.WAYS)}; several with commas between")
    if Way.VOICE in form.ways and {"III", "IV"} & set(form.grades):
        yield FieldError("ways", "no call at grades III and IV: it would hold up one at I or II")


async def _kept(
    conn: Connection, principal: Principal, standing: Hosted, rule: OwnRule, form: OwnRuleForm, now: datetime
) -> OwnRuleView:
    await own_store.keep(conn, rule, form.enabled, now, principal.name)
    await audit(conn, principal, now, "own_rule.kept", standing.slug, form)
    return _view(await _one(conn, standing, rule.id))


def _view(r: Record) -> OwnRuleView:
    accounts: Sequence[object] = r["accounts"]
    return OwnRuleView(
        id=str(r["id"]), name=r["name"], kinds=[Kind(k) for k in r["kinds"]],
        grades=_names(r["grades"]), from_minute=r["from_minute"], until_minute=r["until_minute"],
        parts=[Who(p) for p in r["parts"]], accounts=[str(a) for a in accounts], ways=[Way(w) for w in r["ways"]],
        after=r["after"], enabled=r["enabled"], since=r["since"], changed_at=r["changed_at"],
        changed_by=r["changed_by"],
    )  # fmt: skip


def _names(grades: Sequence[int]) -> list[GradeName]:
    names: tuple[GradeName, ...] = ("I", "II", "III", "IV")
    return [names[g - 1] for g in grades]


handlers: list[type[Controller]] = [HostedRules, Phones]
