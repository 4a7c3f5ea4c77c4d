"""What other desks keep, lent to the desk that writes a month's report: the share of devices online (health), a unit's
circuits (electrical)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from zhigan.commands.model import Command
from zhigan.desks.dutycheck import store as dutycheck
from zhigan.desks.electrical import months
from zhigan.desks.electrical.months import CircuitMonth, Span, UnitMonth
from zhigan.desks.health import store as health
from zhigan.desks.monthly.model import CircuitOfMonth, CircuitsOfMonth, CutOfMonth, Month, Online, Rising
from zhigan.desks.monthly.service_model import DeskShifts, Lump, Measure, OnShift
from zhigan.desks.monthly.service_store import ServiceLent
from zhigan.desks.monthly.store import Circuits
from zhigan.desks.shifts import store as shifts
from zhigan.history.archive import Archive
from zhigan.incidents.glance_shapes import Served
from zhigan.outlets.notify.store import first_handed
from zhigan.registry import reaching
from zhigan.registry.ruling import Standing
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.moments import SHANGHAI, to_datetime
from zhigan.vocabulary.scopes import Scope, parse
from zhigan.webapi.database import Database
from zhigan.webapi.principal import Principal


async def onlines(conn: Connection, scope: Scope, first: date, today: date | None) -> Sequence[Online]:
    return [Online(each.type, each.devices, each.online) for each in await health.month(conn, scope, first, today)]


async def lumps(conn: Connection, scope: Scope, month: Month, now: datetime) -> Mapping[Measure, Sequence[Lump]]:
    """What is counted by months: of devices those on line, of duty checks those answered, of contacts those who can be
    reached: alive and within the term of their proof at the month's end, or now."""
    today = None if month.over else month.until.astimezone(SHANGHAI).date()
    found = await health.month_groups(conn, scope, month.first, today)
    checks = await dutycheck.groups(conn, scope, month.since, month.until, now)
    people = await reaching.groups(conn, scope, min(month.until, now))
    return {
        "online": [Lump(area=a, firm=f, org=o, met=met, due=due) for a, f, o, due, met in found],
        "contacts": [Lump(area=a, firm=f, org=o, met=met, due=due) for a, f, o, met, due in people],
        "duty_checks": [Lump(area=a, firm=f, org=o, met=met, due=due) for a, f, o, met, due in checks],
    }


async def told(conn: Connection, rows: Sequence[Served]) -> dict[str, float]:
    """Incident → seconds until the first was told of it."""
    first = await first_handed(conn, [row.id for row in rows])
    return {row.id: max(0.0, (first[row.id] - row.received_at).total_seconds()) for row in rows if row.id in first}


async def on_shift(conn: Connection, since: datetime, until: datetime) -> list[DeskShifts]:
    """Desks with a calendar, and who was on."""
    found: dict[tuple[str, str], list[OnShift]] = {}
    for each in await shifts.worked(conn, since, until):
        one = OnShift(account=each.account, leads=each.leads, starts_at=each.starts_at, ends_at=each.ends_at)
        found.setdefault((each.desk, each.scope), []).append(one)
    return [DeskShifts(name=desk, scope=parse(scope), shifts=on) for (desk, scope), on in found.items()]


SERVICE = ServiceLent(lumps, told, on_shift)


def circuits(db: Database, archive: Archive, ruling: Standing) -> Circuits:
    async def of(principal: Principal, unit_id: str, month: Month, now: datetime) -> CircuitsOfMonth:
        return circuits_told(
            await months.of_unit((db, archive, ruling), principal, unit_id, (month.since, month.until), now)
        )

    return of


def circuits_told(found: UnitMonth) -> CircuitsOfMonth:
    names = {each.row.id: _name(each) for each in found.circuits}
    return CircuitsOfMonth(
        circuits=[_circuit(each, found.cuts) for each in found.circuits],
        alarms=len(frozenset[str]().union(*(each.incidents for each in found.circuits))),
        rising=[
            Rising(
                circuit=_name(each), metric=d.metric, phase=d.phase, unit=d.unit, per_day=d.per_day, level=d.level,
                limit=d.limit, days=d.days, soonest=d.soonest_days, latest=d.latest_days,
            )
            for each in found.circuits
            for d in each.rising
        ],
        cuts=[
            CutOfMonth(
                at=to_datetime(cut.requested_at), circuit=names[cut.circuit], asked_by=cut.requested_name,
                approved_by=cut.approved_name or "", state=cut.state.value,
            )
            for cut in found.cuts
        ],
    )  # fmt: skip


def _name(each: CircuitMonth) -> str:
    return f"{each.row.code} {each.row.name}"


def _circuit(each: CircuitMonth, cuts: Sequence[Command]) -> CircuitOfMonth:
    def figures(name: str) -> tuple[float | None, float | None]:
        span: Span | None = each.spans.get(name)
        return (None, None) if span is None else (span.most, span.mean)

    (residual, temperature, current) = map(figures, months.MEASURED)
    return CircuitOfMonth(
        name=_name(each), load_class=each.row.load_class, rating_a=each.row.rating_a, residual_max=residual[0],
        residual_mean=residual[1], temperature_max=temperature[0], temperature_mean=temperature[1],
        current_max=current[0], current_mean=current[1], alarms=len(each.incidents),
        cuts=sum(cut.circuit == each.row.id for cut in cuts),
    )  # fmt: skip
