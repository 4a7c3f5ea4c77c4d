"""The second factor over HTTP: one's own, somebody's who lost the phone, and the roles that must have one.

Enrolling shows a secret once; what proves it (a code) answers with recovery codes, shown once. Whoever must have one
and has none is enrolled by the login itself (login.py).
"""

from litestar import Controller, delete, get, post, put
from litestar.params import FromPath, JSONBody

from zhigan.access import factor, rules
from zhigan.access.factor import Enrolment
from zhigan.access.login import SEALED
from zhigan.access.model import Act
from zhigan.access.reach import Door, account_in_reach, manages, may_change
from zhigan.access.shapes import Code, FactorRoles, Proof, RecoveryCodes, SecondFactor
from zhigan.webapi import problems
from zhigan.webapi.audit import audit
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.principal import Principal


class OwnFactor(Controller):
    path = "/me/second-factor"
    tags = ("access",)

    @get(operation_id="getMySecondFactor")
    async def one(self, principal: Caller, db: Db) -> SecondFactor:
        async with db.owner() as conn:
            held = await factor.of(conn, principal.id)
            required = principal.role in await factor.roles(conn)
            return SecondFactor(
                held is not None and held.confirmed, required, await factor.codes_left(conn, principal.id)
            )

    @post(operation_id="beginMySecondFactor", status_code=200)
    async def begin(self, principal: Caller, db: Db, clock: Time, door: Door, data: JSONBody[Proof]) -> Enrolment:
        """A secret, shown this once; it asks nothing before a code has proven it."""
        await _proven(door, principal, data)
        async with db.owner() as conn:
            made = await factor.begin(conn, door.vault, principal.id, principal.name, clock.now())
        if made is None:
            raise problems.conflict("There is a second factor already; remove it first.")
        return made

    @post("/confirm", operation_id="confirmMySecondFactor", status_code=200)
    async def confirm(self, principal: Caller, db: Db, clock: Time, door: Door, data: JSONBody[Code]) -> RecoveryCodes:
        async with db.owner() as conn:
            try:
                codes = await factor.confirm(conn, door.vault, principal.id, data.code, clock.now())
            except factor.SealedElsewhere:
                raise problems.conflict(SEALED) from None
            if codes is None:
                raise problems.invalid("code", "the present code of the app")
            await audit(conn, principal, clock.now(), "factor.enrolled", principal.name)
        return RecoveryCodes(codes)

    @post("/recovery-codes", operation_id="renewMyRecoveryCodes", status_code=200)
    async def renew(self, principal: Caller, db: Db, clock: Time, door: Door, data: JSONBody[Proof]) -> RecoveryCodes:
        """The earlier ones open no more."""
        await _proven(door, principal, data)
        async with db.owner() as conn:
            held = await factor.of(conn, principal.id)
            if held is None or not held.confirmed:
                raise problems.conflict("There is no second factor.")
            await audit(conn, principal, clock.now(), "factor.codes_renewed", principal.name)
            return RecoveryCodes(await factor.renew_codes(conn, principal.id))

    @post("/remove", operation_id="removeMySecondFactor", status_code=204)
    async def remove(self, principal: Caller, db: Db, clock: Time, door: Door, data: JSONBody[Proof]) -> None:
        await _proven(door, principal, data)
        async with db.owner() as conn:
            if principal.role in await factor.roles(conn):
                raise problems.conflict("Your role must have a second factor.")
            if await factor.remove(conn, principal.id):
                await audit(conn, principal, clock.now(), "factor.removed", principal.name)


class FactorOffice(Controller):
    tags = ("access",)

    @delete("/accounts/{account_id:str}/second-factor", status_code=204, operation_id="removeSecondFactor")
    async def remove(self, principal: Caller, db: Db, clock: Time, account_id: FromPath[str]) -> None:
        """For who lost the phone and the recovery codes: the password alone opens until a new one is enrolled."""
        async with db.owner() as conn:
            account = await account_in_reach(conn, principal, account_id)
            manages(principal)
            may_change(principal, account)
            if await factor.remove(conn, account.id):
                await audit(conn, principal, clock.now(), "factor.reset", account.name)

    @get("/second-factor/roles", operation_id="getSecondFactorRoles")
    async def roles(self, principal: Caller, db: Db) -> FactorRoles:
        manages(principal)
        async with db.owner() as conn:
            return FactorRoles(await factor.roles(conn))

    @put("/second-factor/roles", operation_id="setSecondFactorRoles")
    async def require(self, principal: Caller, db: Db, clock: Time, data: JSONBody[FactorRoles]) -> FactorRoles:
        """From the next login on; who sits at a desk is not put out. By whom the whole city is given."""
        if not rules.may(principal.role, Act.MANAGE_ACCOUNTS) or not principal.scope.whole_city:
            raise problems.forbidden()
        async with db.owner() as conn:
            before = await factor.roles(conn)
            await factor.require(conn, data.roles, principal.name, clock.now())
            after = await factor.roles(conn)
            if before != after:
                await audit(
                    conn,
                    principal,
                    clock.now(),
                    "factor.roles_set",
                    "second factor",
                    {"before": before, "after": after},
                )
        return FactorRoles(after)


async def _proven(door: Door, principal: Principal, proof: Proof) -> None:
    if not await door.proves(principal, proof.current):
        raise problems.forbidden("current: not the present password")


handlers: list[type[Controller]] = [OwnFactor, FactorOffice]
