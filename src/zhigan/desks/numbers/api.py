"""Showing a telephone number over HTTP: one, or those of everybody who belongs to an alarm.

Outside one's scope there is nothing to show (404, decided first). What is shown stands in the audit trail, written by
the same transaction.
"""

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, SkipValidation

from zhigan.desks.numbers import rules, store
from zhigan.desks.numbers.model import Need, Shown, ShownAll, Wish
from zhigan.desks.numbers.store import Numbers
from zhigan.incidents.addressed import found
from zhigan.incidents.model import State
from zhigan.vocabulary.telephones import masked
from zhigan.webapi import pages, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.given import Caller, Db, Time

Lent = NamedDependency[SkipValidation[Numbers]]


class Showing(Controller):
    tags = ("numbers",)

    @post("/numbers", status_code=200, operation_id="showNumber")
    async def one(self, principal: Caller, db: Db, clock: Time, numbers: Lent, data: JSONBody[Wish]) -> Shown:
        """A number in whole. Everywhere else it is masked; this is written down."""
        if not pages.is_id(data.id):
            raise problems.not_found()
        open_incident = False
        if data.incident_id is not None:
            async with db.bound(principal) as conn:
                open_incident = (await found(conn, data.incident_id)).state is not State.CLOSED
        holder = await store.holder(db, principal, numbers, data.kind, data.id)
        if holder is None:
            raise problems.not_found()
        if principal.role not in rules.SHOWN:
            raise problems.forbidden()
        if rules.wants_reason(principal.role, open_incident=open_incident, reason=data.reason):
            raise problems.invalid("reason", "what the number is needed for")
        now = clock.now()
        detail = {"kind": data.kind, "name": holder.name, "place": holder.place, "phone": masked(holder.number)}
        more = {"incident": data.incident_id if open_incident else "", "reason": data.reason.strip()}
        async with db.owner() as conn:
            if not open_incident and await store.shown_lately(conn, principal, now) >= rules.MOST_AN_HOUR:
                raise problems.Problem(429, problems.TITLES[429], "So many numbers are not shown within one hour.")
            said = detail | {k: v for k, v in more.items() if v}
            await audit(conn, principal, now, "number.shown", data.id, said)
        return Shown(kind=data.kind, id=data.id, name=holder.name, number=holder.number)

    @post("/incidents/{incident_id:str}/numbers", status_code=200, operation_id="showNumbers")
    async def of_incident(
        self, principal: Caller, db: Db, clock: Time, numbers: Lent, incident_id: FromPath[str], data: JSONBody[Need]
    ) -> ShownAll:
        """The unit's people and those who are called to the alarm: for the desk, and for who is on the way."""
        now = clock.now()
        async with db.bound(principal) as conn:
            row = await found(conn, incident_id)
            people = await store.of_unit(conn, row.place.unit_id)
        if principal.role not in rules.SHOWN or not rules.all_at_once(principal.role):
            raise problems.forbidden()
        is_open = row.state is not State.CLOSED
        if rules.wants_reason(principal.role, open_incident=is_open, reason=data.reason):
            raise problems.invalid("reason", "what the number is needed for")
        async with db.owner() as conn:
            people += await numbers.around(conn, row, now)
            people = [each for each in people if each.number]
            detail = {
                "kind": "incident",
                "incident": row.id,
                "claimed": row.claimed_by == principal.id,
                "reason": data.reason.strip(),
                "people": [{"kind": p.kind, "id": p.id, "name": p.name, "phone": masked(p.number)} for p in people],
            }
            await audit(conn, principal, now, "number.shown", row.id, detail)
        return ShownAll(items=people)


handlers: list[type[Controller]] = [Showing]
