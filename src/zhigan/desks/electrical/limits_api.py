"""A circuit's own limits over HTTP: what holds, by which clause, and what somebody set instead, with who, when and why.

Enters: a circuit, a quantity, a limit within the standard's range. Leaves: the same for pages; the engine judges by it
from now on. Outside one's scope there is none (404, decided first). Absent: the policy itself (its own pages).
"""

import asyncpg
from litestar import Controller, get, put
from litestar.params import FromPath, JSONBody

from zhigan.desks.electrical import bounds, store
from zhigan.desks.electrical.api import Ruled
from zhigan.desks.electrical.model import CircuitLimit, CircuitLimits, NewLimit, Row, SetLimit
from zhigan.registry.refusals import allow, an_id, found
from zhigan.registry.ruling import InForce
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.electrical import SETTABLE
from zhigan.vocabulary.limits import Limit
from zhigan.vocabulary.metrics import BY_NAME, BY_NUMBER
from zhigan.vocabulary.roles import LIMIT_ROLES
from zhigan.webapi import problems
from zhigan.webapi.audit import audit
from zhigan.webapi.given import Caller, Db, Time


class OwnLimits(Controller):
    path = "/circuits/{circuit_id:str}/limits"
    tags = ("electrical",)

    @get(operation_id="listCircuitLimits")
    async def listed(
        self, principal: Caller, db: Db, clock: Time, ruling: Ruled, circuit_id: FromPath[str]
    ) -> CircuitLimits:
        """Of each quantity that is measured and may have a limit of its own, with all that was ever set."""
        async with db.bound(principal) as conn:
            row = found(await store.one(conn, an_id(circuit_id), clock.now()))
        async with db.owner() as conn:
            return await _limits(conn, row, await ruling(conn))

    @put("/{metric:str}", operation_id="setCircuitLimit")
    async def set_one(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        ruling: Ruled,
        circuit_id: FromPath[str],
        metric: FromPath[str],
        data: JSONBody[NewLimit],
    ) -> CircuitLimits:
        """From now on; what held before is kept and shown. Null: back to the policy's."""
        now = clock.now()
        async with db.bound(principal) as conn:
            row = found(await store.one(conn, an_id(circuit_id), now))
        allow(principal, LIMIT_ROLES)
        async with db.owner() as conn:
            in_force = await ruling(conn)
            rule = _rule(metric, in_force, row.area)
            if rule is None:
                raise problems.not_found()
            number = BY_NAME[metric].number
            before = await conn.fetchval(store.SQL.end_own_limit, row.id, number, now, principal.name, data.why)
            if data.limit is None and before is None:
                raise problems.conflict("Nothing was set here; the policy's limit holds.")
            if data.limit is not None:
                _within(data.limit, rule)
                await conn.execute(
                    store.SQL.set_own_limit, mint(clock), row.id, number, data.limit, data.why, now, principal.name,
                    principal.id,
                )  # fmt: skip
            await store.settle(conn, [r["place"] for r in await conn.fetch(store.SQL.places_of, row.id, number)])
            detail = {"metric": metric, "limit": data.limit, "why": data.why, "policy": in_force.version}
            await audit(conn, principal, now, "circuit.limited", row.id, detail)
            return await _limits(conn, row, in_force)


handlers: list[type[Controller]] = [OwnLimits]


def _within(limit: float, rule: Limit) -> None:
    least, most = rule.least or 0.0, rule.most or 0.0
    if not least <= limit <= most:
        raise problems.invalid("limit", f"a number from {least:g} to {most:g}")


def _rule(metric: str, in_force: InForce, area: str) -> Limit | None:
    """What the policy says of it here, where the standard leaves a range."""
    rows = bounds.ruled(metric, in_force.of(area).limits) if metric in SETTABLE else ()
    return next((row for row in rows if row.least is not None and row.most is not None), None)


async def _limits(conn: Connection, row: Row, in_force: InForce) -> CircuitLimits:
    measured = {c.metric for c in (await store.channels(conn, [row.id]))[row.id]}
    ever: dict[int, list[SetLimit]] = {}
    for r in await conn.fetch(store.SQL.own_limits, row.id):
        ever.setdefault(r["metric"], []).append(_set(r))
    items: list[CircuitLimit] = []
    for number in sorted(measured | set(ever)):
        metric = BY_NUMBER[number]
        rule = _rule(metric.name, in_force, row.area)
        if rule is not None:
            items.append(_one(metric.name, metric.unit, rule, ever.get(number, [])))
    return CircuitLimits(policy=in_force.version, items=items)


def _one(metric: str, unit: str, rule: Limit, history: list[SetLimit]) -> CircuitLimit:
    stands = next((each for each in history if each.ended_at is None), None)
    return CircuitLimit(
        metric=metric,
        unit=unit,
        limit=rule.at if stands is None else stands.limit,
        policy_limit=rule.at,
        source=rule.source,
        clause=rule.clause,
        since=rule.since,
        least=rule.least or 0.0,
        most=rule.most or 0.0,
        history=history,
    )


def _set(r: asyncpg.Record) -> SetLimit:
    return SetLimit(
        id=r["id"], limit=r["at"], why=r["why"], set_at=r["set_at"], set_by=r["set_by"], ended_at=r["ended_at"],
        ended_by=r["ended_by"], ended_why=r["ended_why"],
    )  # fmt: skip
