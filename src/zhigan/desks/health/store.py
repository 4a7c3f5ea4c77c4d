"""Health written by the worker as owner, read by pages on a connection bound to the principal.

Enters: connections, `now`. Leaves: rows rolled up from registry and history; views. Absent: HTTP, and how figures are
reckoned (rules).
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

import msgspec
from asyncpg import Record

from zhigan.desks.health import rules
from zhigan.desks.health.model import (
    TROUBLES,
    BatteryPoint,
    By,
    Coverage,
    HealthRow,
    HealthSummary,
    HealthView,
    OnlineOfMonth,
)
from zhigan.history import store as history
from zhigan.history.store import Trail
from zhigan.registry import rules as registry_rules
from zhigan.registry.listing import Question
from zhigan.runtime import sql
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.conditions import Condition, Operation
from zhigan.vocabulary.devices import DEVICE_CLASSES
from zhigan.vocabulary.metrics import BY_NAME
from zhigan.vocabulary.moments import SHANGHAI, to_datetime, to_micros
from zhigan.vocabulary.predicates import predicate
from zhigan.vocabulary.scopes import Scope

SQL = sql.load("zhigan.desks.health")
AT_ONCE: Final = 2000
PORTION: Final = 25_000
SAMPLED_AT: Final = 12
EPOCH_DAY: Final = date(1970, 1, 1)
SLOW: Final = [c.name for c in DEVICE_CLASSES if c.period_s >= rules.SLOW_S]
_BATTERY, _SIGNAL = BY_NAME["battery"].number, BY_NAME["signal_strength"].number
_TESTS: Final = int(Operation.SELF_TEST | Operation.TEST)
_FAULTS: Final = int(
    Condition.FAULT | Condition.ALARM_FAULT | Condition.MAINS_FAULT | Condition.BACKUP_FAULT | Condition.POWER_FAULT
    | Condition.LINE_FAULT | Condition.CHANNEL_FAULT | Condition.DAMAGED | Condition.DRIFT | Condition.IMPLAUSIBLE
)  # fmt: skip
_BY: Final[dict[By, str]] = {"area": "t.area", "street": "left(t.community, 9)", "community": "t.community"}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    state: str | None = None
    trouble: str | None = None
    type: str | None = None
    area: str | None = None
    community: str | None = None
    unit_id: str | None = None
    after: int | None = None


async def alone(conn: Connection) -> None:
    """Until this transaction ends: a lock given back by hand would be asked of a transaction that was broken off."""
    await conn.execute(SQL.alone)


async def settle(conn: Connection, since: datetime) -> None:
    """The registry's devices, as they are now: those changed since then."""
    for begin, end in await _portions(conn):
        await conn.execute(SQL.settle, since, begin, end)
    await conn.execute(SQL.forget, since)


async def _portions(conn: Connection) -> list[tuple[int, int]]:
    """No statement is long, however large the city: it would hold rows that others want."""
    last = await conn.fetchval(SQL.last)
    return [(begin, begin + PORTION) for begin in range(0, last, PORTION)]


async def keep_times(conn: Connection) -> None:
    names = [c.name for c in DEVICE_CLASSES]
    await conn.execute(SQL.keep_times, names, [rules.late_after(0, name) for name in names])


async def listen(conn: Connection, after: int) -> int | None:
    """One portion of the devices that were heard, in the order of their numbers; the last number, None at the end."""
    rows = await conn.fetch(SQL.heard, SLOW, after, AT_ONCE)
    if not rows:
        return None
    oldest = min(r["before"] or r["seen_at"] - timedelta(days=1) for r in rows)
    newest = max(r["seen_at"] for r in rows)
    numbers = [r["number"] for r in rows]
    said: dict[int, list[Trail]] = {}
    for one in await history.trail(
        conn, numbers, to_micros(oldest), to_micros(newest), [_BATTERY, _SIGNAL], _TESTS
    ):  # fmt: skip
        said.setdefault(one.device, []).append(one)
    kept = [_heard(row, said.get(row["number"], [])) for row in rows]
    await conn.execute(SQL.keep, *(list(column) for column in zip(*kept, strict=True)))
    return numbers[-1]


async def judge(conn: Connection, now: datetime) -> None:
    """State and troubles of every device, then the counts; only what changed is written."""
    bits = (int(Condition.OFFLINE), int(Condition.LOW_BATTERY), int(Condition.TAMPER), _FAULTS)
    for begin, end in await _portions(conn):
        await conn.execute(SQL.judge, now, now.astimezone(SHANGHAI).date(), *bits, begin, end)
    await conn.execute(SQL.count)


def _heard(row: Record, trail: Sequence[Trail]) -> tuple[object, ...]:
    """A row of `keep`: what is None there stays as it was."""
    seen: datetime = row["seen_at"]
    beats = rules.remember(row["beats"], int(seen.timestamp()))
    period = rules.learned(beats, row["class"])
    battery = _last(trail, _BATTERY)
    signal = _last(trail, _SIGNAL)
    tested = max((one.at for one in trail if one.operations & _TESTS), default=None)
    days: list[int] | None = None
    values: list[float] | None = None
    foreseen = None
    if battery is not None:
        on = to_datetime(battery[0]).astimezone(SHANGHAI).date()
        days, values = rules.add_day(row["battery_days"], row["battery_values"], (on - EPOCH_DAY).days, battery[1])
        foreseen = rules.forecast(days, values)
    return (
        row["number"],
        _joined(beats),
        period,
        rules.late_after(period, row["class"]),
        seen,
        None if battery is None else battery[1],
        None if battery is None else to_datetime(battery[0]),
        None if days is None else _joined(days),
        None if values is None else _joined(values),
        None if foreseen is None else foreseen.loss,
        None if foreseen is None else foreseen.left,
        None if foreseen is None else foreseen.least,
        None if foreseen is None else foreseen.most,
        None if signal is None else signal[1],
        None if signal is None else to_datetime(signal[0]),
        None if tested is None else to_datetime(tested),
    )


def _joined(parts: Sequence[float]) -> str:
    return ",".join(map(str, parts))


def _last(trail: Sequence[Trail], metric: int) -> tuple[int, float] | None:
    found = [(one.at, value) for one in trail for number, value in one.values if number == metric]
    return found[-1] if found else None


async def sample(conn: Connection, now: datetime) -> None:
    """Once a day, from noon on: at night a battery's reports are late, and a platform that starts has heard nobody."""
    today = now.astimezone(SHANGHAI)
    if today.hour >= SAMPLED_AT and not await conn.fetchval(SQL.sampled, today.date()):
        await conn.execute(SQL.sample, today.date())


# -- pages


async def month(conn: Connection, scope: Scope, first: date, today: date | None) -> list[OnlineOfMonth]:
    """By type of device. `today` where the month is not over."""
    where, parameters = predicate(scope, 3, "x")
    rows = await conn.fetch(SQL.month.replace("{where}", where), first, today, *parameters)
    return [OnlineOfMonth(r["type"], r["devices"], r["online"] or 0.0) for r in rows]


async def month_groups(
    conn: Connection, scope: Scope, first: date, today: date | None
) -> list[tuple[str, str, str, int, int]]:
    """(area, firm, organisation, device days, of these on line)."""
    where, parameters = predicate(scope, 3, "x")
    rows = await conn.fetch(SQL.month_groups.replace("{where}", where), first, today, *parameters)
    return [(r["area"], r["firm"], r["org"], r["installed"], r["online"]) for r in rows]


async def listed(conn: Connection, scope: Scope, asked: Asked, limit: int) -> list[tuple[int, HealthRow]]:
    question = Question(scope, "h")
    question.given("h.state = {}", asked.state)
    if asked.trouble is not None:
        question.conditions.append(f"h.troubles & {int(TROUBLES[asked.trouble])} <> 0")  # as its index says it
    question.given("h.type = {}", asked.type)
    question.given("h.area = {}", asked.area)
    question.given("h.community like {}", None if asked.community is None else f"{asked.community}%")
    question.given("h.unit_id = {}::uuid", asked.unit_id)
    question.given("h.number > {}", asked.after)
    question.given("d.number > {}", asked.after)  # says nothing new, but both sides of the join begin there
    rows = await conn.fetch(question.text(SQL.devices, "h.number", limit), *question.parameters)
    return [(r["number"], _row(r)) for r in rows]


async def one(conn: Connection, device: str) -> HealthView | None:
    r = await conn.fetchrow(SQL.one, device)
    if r is None:
        return None
    points = zip(r["battery_days"], r["battery_values"], strict=True)
    return HealthView(
        device_id=str(r["id"]),
        state=r["state"],
        troubles=_words(r["troubles"]),
        seen_at=r["last_seen"],
        period_s=r["period_s"],
        late_s=r["late_s"],
        offline_s=r["offline_s"],
        battery=_rounded(r["battery"]),
        battery_at=r["battery_at"],
        battery_loss=None if r["battery_loss"] is None else round(r["battery_loss"], 4),
        days_left=r["days_left"],
        days_least=r["days_least"],
        days_most=r["days_most"],
        batteries=[BatteryPoint(EPOCH_DAY + timedelta(days=day), round(value, 1)) for day, value in points],
        signal=_rounded(r["signal"]),
        signal_at=r["signal_at"],
        tested_at=r["tested_at"],
        life_until=r["life_until"],
    )


async def summary(conn: Connection, scope: Scope) -> HealthSummary:
    where, parameters = predicate(scope, 1, "t")
    row = await conn.fetchrow(SQL.summary.replace("{where}", where), *parameters)
    return msgspec.convert(dict(row or {}), HealthSummary)


async def coverage(conn: Connection, scope: Scope, by: By, type_: str | None) -> list[Coverage]:
    where, parameters = predicate(scope, 1, "t")
    if type_ is not None:
        parameters.append(type_)
        where += f" and t.type = ${len(parameters)}"
    text = SQL.coverage.replace("{by}", _BY[by]).replace("{where}", where)
    rows = await conn.fetch(text, *parameters)
    names = {(r["kind"], r["code"]): r["name"] for r in await conn.fetch(SQL.names)}
    return [
        msgspec.convert(
            dict(r) | {"name": names.get((by, r["code"]), ""), "area": names.get(("area", r["area"]), "")}, Coverage
        )
        for r in rows
    ]


def _row(r: Record) -> HealthRow:
    return HealthRow(
        id=r["id"],
        name=r["name"],
        type=r["type"],
        gateway=r["gateway"],
        unit_id=r["unit_id"],
        unit=r["unit"],
        place=registry_rules.place_text(r["place"], r["building"], r["floor"], r["compartment"], r["flat"]),
        state=r["state"],
        troubles=_words(r["troubles"]),
        seen_at=r["seen_at"],
        battery=_rounded(r["battery"]),
        days_left=r["days_left"],
        days_least=r["days_least"],
        days_most=r["days_most"],
        signal=_rounded(r["signal"]),
        tested_at=r["tested_at"],
        life_until=r["life_until"],
    )


def _words(troubles: int) -> list[str]:
    return [word for word, bit in TROUBLES.items() if troubles & bit]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def beginning() -> datetime:
    """Before everything: settles the whole registry."""
    return datetime(1970, 1, 1, tzinfo=UTC)
