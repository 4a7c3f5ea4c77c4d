"""The policy over HTTP: versions, drafts, what differs, and a second person's word that puts one in force.

Everybody may read by what alarms are judged. Drafts are written by whoever leads the centre for the whole city, or for
a district: then about that district alone, and nothing of others is shown. Only the city activates, and never whoever
wrote in the draft. Absent: changing what is in force, or was.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Controller, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from zhigan.alarms import policies, trials
from zhigan.alarms.engine import differences as comparing
from zhigan.alarms.engine import own_districts
from zhigan.alarms.engine.differences import Difference
from zhigan.alarms.engine.policy import Policy, PolicyError
from zhigan.alarms.engine.policy_checks import read
from zhigan.alarms.engine.policy_tables import POLICY_V1
from zhigan.alarms.policies import PolicyRow
from zhigan.alarms.trials import TrialView
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.roles import POLICY_ROLES
from zhigan.webapi import pages, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal

MOST_TRIALS = 5
SHIPPED = 0
"""Instead of a version: what came with this program."""
Note = Annotated[str, msgspec.Meta(max_length=500)]


class PolicyView(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: draft, active or retired. `steps`: what the caller may do with it now: edit, discard, activate, copy.
    `areas`: the districts of which alone it speaks, written by their own people; none: the city's."""

    version: int
    state: str
    based_on: int | None
    note: str
    revision: int
    made_at: datetime
    made_by: str
    changed_at: datetime | None
    changed_by: str
    activated_at: datetime | None
    activated_by: str | None
    retired_at: datetime | None
    areas: list[str]
    steps: list[str]


class PolicyDocument(msgspec.Struct, frozen=True, kw_only=True):
    """`differs`: whether what came with this program says something else."""

    head: PolicyView
    policy: Policy
    differs: bool


class NewPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`based_on`: a version that is or was in force; 0 is what came with this program."""

    based_on: Annotated[int, msgspec.Meta(ge=0)]
    note: Note = ""


class EditedPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole document; `revision` as it was read."""

    revision: int
    policy: dict[str, object]
    note: Note = ""


class Activation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`revision` as it was looked at: what is put in force is what was read."""

    revision: int


class NewTrial(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    days: Annotated[int, msgspec.Meta(ge=1, le=trials.DAYS)] = trials.DAYS


class Policies(Controller):
    path = "/policies"
    tags = ("policy",)

    @get(operation_id="listPolicies")
    async def listed(
        self, principal: Caller, db: Db, limit: FromQuery[int | None] = None, cursor: FromQuery[str | None] = None
    ) -> Page[PolicyView]:
        """Newest first."""
        size = pages.limit(limit)
        after = pages.decode(cursor, 1)
        before = after[0] if after else None
        if before is not None and not isinstance(before, int):
            raise problems.invalid("cursor", "the value of `next` in an earlier answer to the same question")
        async with db.bound(principal) as conn:
            rows = await policies.listed(conn, before, size + 1)
        return pages.page(rows, size, lambda r: _view(r, principal), lambda r: [r.version])

    @post(operation_id="draftPolicy")
    async def draft(self, principal: Caller, db: Db, clock: Time, data: JSONBody[NewPolicy]) -> PolicyDocument:
        """A draft that says what the other version says. A district's own people draft from the version in force, about
        their districts alone."""
        areas = _may(principal)
        async with db.owner() as conn:
            base, row = POLICY_V1, None
            if data.based_on != SHIPPED:
                row = await _one(conn, data.based_on)
                if row.state == "draft":
                    if not _writes(row, principal):
                        raise problems.not_found()
                    raise problems.conflict("A draft is made from a version that is or was in force.")
                base = read(row.document)
            if areas and (row is None or row.state != "active"):
                raise problems.conflict("A district's draft is made from the version in force.")
            if await policies.drafts(conn) >= policies.MOST_DRAFTS:
                raise problems.conflict("There are too many drafts; discard one first.")
            who = (principal.id, principal.name)
            version = await policies.draft(conn, base, data.based_on or None, data.note, who, clock.micros(), areas)
            told = {"based_on": data.based_on, "areas": " ".join(areas)} if areas else {"based_on": data.based_on}
            await audit(conn, principal, clock.now(), "policy.drafted", str(version), told)
            return _document(await _one(conn, version), principal)

    @get("/{version:int}", operation_id="getPolicy")
    async def one(self, principal: Caller, db: Db, version: FromPath[int]) -> PolicyDocument:
        async with db.bound(principal) as conn:
            return _document(await _one(conn, version), principal)

    @get("/active", operation_id="getActivePolicy")
    async def active(self, principal: Caller, db: Db) -> PolicyDocument:
        """By what alarms are judged now."""
        async with db.bound(principal) as conn:
            row = await policies.active(conn)
        if row is None:
            raise problems.not_found()
        return _document(row, principal)

    @put("/{version:int}", operation_id="editPolicy")
    async def edit(
        self, principal: Caller, db: Db, clock: Time, version: FromPath[int], data: JSONBody[EditedPolicy]
    ) -> PolicyDocument:
        """The whole draft anew. What is wrong in it is said with its place."""
        _may(principal)
        try:
            policy = read(msgspec.json.encode(data.policy))
        except PolicyError as wrong:
            raise _wrong(wrong) from wrong
        async with db.owner() as conn:
            row = await _reached(conn, version, principal)
            before = read(row.document)
            if row.areas:
                policy = _confined(before, policy, row, principal)
            who = (principal.id, principal.name)
            await _step(lambda: policies.change(conn, version, data.revision, policy, data.note, who, clock.micros()))
            told = [" / ".join(d.path) for d in comparing.differences(before, policy)][:50]
            await audit(conn, principal, clock.now(), "policy.edited", str(version), {"changed": told})
            return _document(await _one(conn, version), principal)

    @delete("/{version:int}", status_code=204, operation_id="discardPolicy")
    async def discard(self, principal: Caller, db: Db, clock: Time, version: FromPath[int]) -> None:
        """Of a draft; what is or was in force stays for ever."""
        _may(principal)
        async with db.owner() as conn:
            await _reached(conn, version, principal)
            await _step(lambda: policies.discard(conn, version))
            await audit(conn, principal, clock.now(), "policy.discarded", str(version))

    @post("/{version:int}/activate", status_code=200, operation_id="activatePolicy")
    async def activate(
        self, principal: Caller, db: Db, clock: Time, version: FromPath[int], data: JSONBody[Activation]
    ) -> PolicyDocument:
        """By somebody who wrote nothing in it. The engine judges by it within a second; the one before stays kept."""
        if _may(principal):
            raise problems.forbidden("A policy is put in force by the city.")
        async with db.owner() as conn:
            row = await _one(conn, version)
            if principal.id in row.editors:
                raise problems.Problem(
                    403, problems.TITLES[403], "A policy is put in force by somebody who wrote nothing in it."
                )
            await _step(lambda: policies.activate(conn, row, data.revision, principal.name, clock.micros()))
            await audit(conn, principal, clock.now(), "policy.activated", str(version), {"revision": data.revision})
            return _document(await _one(conn, version), principal)

    @get("/{version:int}/differences", operation_id="comparePolicies")
    async def compare(self, principal: Caller, db: Db, version: FromPath[int], to: FromQuery[int]) -> Page[Difference]:
        """What `version` says and the version `to` does not, in the document's order; `to=0`: what came with this
        program."""
        async with db.bound(principal) as conn:
            here = read((await _one(conn, version)).document)
            there = POLICY_V1 if to == SHIPPED else read((await _one(conn, to)).document)
        return Page(own_districts.told(comparing.differences(there, here), principal.scope))

    @post("/{version:int}/trial", status_code=202, operation_id="tryPolicy")
    async def try_(
        self, principal: Caller, db: Db, clock: Time, version: FromPath[int], data: JSONBody[NewTrial]
    ) -> TrialView:
        """On what the city heard in the last days, beside the policy in force. One runs at a time, at the lowest
        priority."""
        _may(principal)
        async with db.owner() as conn:
            row = await _reached(conn, version, principal)
            standing = await policies.active(conn)
            if standing is None:
                raise problems.not_found()
            if await trials.unfinished(conn) >= MOST_TRIALS:
                raise problems.conflict("Other trials are on their way; try again when they are done.")
            now = clock.micros()
            asked = (version, row.revision, standing.version, data.days)
            await trials.ask(conn, mint(clock), *asked, principal.name, now)
            await audit(conn, principal, clock.now(), "policy.tried", str(version), {"days": data.days})
            return await _trial(conn, version)

    @get("/{version:int}/trial", operation_id="getTrial")
    async def trial(self, principal: Caller, db: Db, version: FromPath[int]) -> TrialView:
        """The newest one."""
        _may(principal)
        async with db.owner() as conn:
            await _reached(conn, version, principal)
            return await _trial(conn, version)

    @delete("/{version:int}/trial", status_code=204, operation_id="cancelTrial")
    async def cancel(self, principal: Caller, db: Db, clock: Time, version: FromPath[int]) -> None:
        """Of what waits or runs."""
        _may(principal)
        async with db.owner() as conn:
            await _reached(conn, version, principal)
            if not await trials.cancel(conn, version, clock.micros()):
                raise problems.not_found()


handlers: list[type[Controller]] = [Policies]


async def _trial(conn: Connection, version: int) -> TrialView:
    found = await trials.newest(conn, version)
    if found is None:
        raise problems.not_found()
    return found


def _may(principal: Principal) -> list[str]:
    """The districts for which alone; none: the city."""
    areas = sorted(own_districts.writes(principal.scope))
    if principal.role not in POLICY_ROLES or not (areas or principal.scope.whole_city):
        raise problems.forbidden()
    return areas


def _writes(row: PolicyRow, principal: Principal) -> bool:
    """The city every draft, a district's people those that speak of theirs alone."""
    if principal.role not in POLICY_ROLES:
        return False
    areas = own_districts.writes(principal.scope)
    return principal.scope.whole_city or (bool(row.areas) and areas.issuperset(row.areas))


async def _reached(conn: Connection, version: int, principal: Principal) -> PolicyRow:
    """A draft that the caller may write in; another district's is not there for him."""
    _may(principal)
    row = await _one(conn, version)
    if not _writes(row, principal):
        raise problems.not_found()
    return row


def _confined(before: Policy, policy: Policy, row: PolicyRow, principal: Principal) -> Policy:
    try:
        return own_districts.confined(before, policy, row.areas, principal.scope)
    except PolicyError as wrong:
        raise _wrong(wrong) from wrong


async def _one(conn: Connection, version: int) -> PolicyRow:
    row = await policies.one(conn, version) if 0 < version < 2**31 else None
    if row is None:
        raise problems.not_found()
    return row


async def _step(step: Callable[[], Awaitable[None]]) -> None:
    try:
        await step()
    except policies.Stale:
        raise problems.conflict("Somebody changed this draft meanwhile, or it is no draft any more.") from None
    except policies.Moved:
        raise problems.conflict("The policy in force has changed since this draft was made; make it anew.") from None


def _view(row: PolicyRow, principal: Principal) -> PolicyView:
    known = {f: getattr(row, f) for f in PolicyView.__struct_fields__ if f != "steps"}
    if not all(own_districts.sees(principal.scope, area) for area in row.areas):
        known |= {"note": "", "made_by": "", "changed_by": "", "areas": []}
    return PolicyView(**known, steps=_steps(row, principal))


def _steps(row: PolicyRow, principal: Principal) -> list[str]:
    if principal.role not in POLICY_ROLES:
        return []
    whole = principal.scope.whole_city
    if row.state != "draft":
        own = row.state == "active" and own_districts.writes(principal.scope)
        return ["copy"] if whole or own else []
    if not _writes(row, principal):
        return []
    return ["edit", "discard", *(["activate"] if whole and principal.id not in row.editors else [])]


def _document(row: PolicyRow, principal: Principal) -> PolicyDocument:
    policy = read(row.document)
    differs = msgspec.structs.replace(policy, version=POLICY_V1.version) != POLICY_V1
    return PolicyDocument(
        head=_view(row, principal), policy=own_districts.seen(policy, principal.scope), differs=differs
    )


def _wrong(wrong: PolicyError) -> problems.Problem:
    """The place of what is wrong as the path of a field."""
    field = f"policy.{wrong.place}" if wrong.place else "policy"
    return problems.invalid(field, problems.plain(wrong.wanted))
