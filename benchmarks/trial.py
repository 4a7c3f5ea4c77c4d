"""Trying a draft of the policy on thirty days of a city with 300,000 devices, with fsync on.

Sixty thousand units of five devices. Every device tells daily that it is normal (nine million rows); a day has 1,500
devices that fall silent and come back, 900 faults and 100 fires; 5,000 wires are rolled up by the hour, one hour in a
thousand beyond the limit. The draft raises the limit of residual current and grades faults higher. One JSON object:
seconds of the trial, devices and signals that it judged, rows by either policy. `--devices` for fewer.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from zhigan.alarms import policies, trials
from zhigan.alarms.engine import POLICY_V1
from zhigan.alarms.engine.policy import Policy
from zhigan.history import rules
from zhigan.history import store as history
from zhigan.runtime.clock import SystemClock
from zhigan.runtime.ids import mint
from zhigan.runtime.migrate import migrate
from zhigan.runtime.postgres import database
from zhigan.runtime.settings import Settings
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.metrics import BY_NAME as METRICS

DAYS, PER_UNIT, WIRES = 30, 5, 5_000
OFFLINE, FAULT, FIRE = (int(c) for c in (Condition.OFFLINE, Condition.FAULT, Condition.FIRE))
LEAK = METRICS["residual_current"].number

REGISTRY = """
with units as (
    insert into registry.unit (id, code, name, premises, class, area_code, area, created_at, changed_at)
    select gen_random_uuid(), 'T' || n, '试算单位' || n, 'other', 4, '360802', '360802', $1, $1
    from generate_series(1, $2::int) n
    returning id, code)
insert into registry.device (id, gateway, address, unit_id, name, type, class, state, created_at, changed_at)
select gen_random_uuid(), 'mqtt', u.code || '-' || p, u.id, '设备' || p,
       case when p = 1 and substr(u.code, 2)::int <= $3 then 'electrical_monitor' else 'smoke' end,
       'nb_smoke', 'in_service', $1, $1
from units u, generate_series(1, $4::int) p
"""
DAY = """
insert into history.signal (received_at, at, device, kind, flags, conditions, known, operations, metrics, "values")
select t, t, device, 1, 0, conditions, known, 0, null, null from (
    select $1::timestamptz + (number % 80000) * interval '1 s' as t, number as device, 0::bigint as conditions,
           ($2::bigint | $3::bigint) as known from registry.device
    union all
    select $1 + (hashint4(number + $4) & 65535) * interval '1 s', number, bit, bit
    from registry.device, lateral (select case hashint4(number * 31 + $4) & 131071
         when 0 then 0 else hashint4(number * 31 + $4) & 131071 end as draw) d,
         lateral (select case when draw < 655 then $5::bigint when draw < 1048 then $2::bigint
                              when draw < 1092 then $3::bigint end as bit) b
    where bit is not null
    union all
    select $1 + (hashint4(number + $4) & 65535) * interval '1 s' + interval '9 min', number, 0, bit
    from registry.device, lateral (select case hashint4(number * 31 + $4) & 131071
         when 0 then 0 else hashint4(number * 31 + $4) & 131071 end as draw) d,
         lateral (select case when draw < 655 then $5::bigint when draw < 1048 then $2::bigint
                              when draw < 1092 then $3::bigint end as bit) b
    where bit is not null
) told
"""
WIRE_HOURS = """
insert into history.hourly (hour, source, device, metric, count, low, high, total, last)
select h, number, number, $3::smallint, 12, 20,
       case when hashint4(number * 7 + h) & 1023 = 0 then 330 + 30 * (h % 5) else 200 end,
       3000, 60
from registry.device, generate_series($1::int, $2::int) h where type = 'electrical_monitor'
"""
WIRE_DAYS = """
insert into history.daily (day, source, device, metric, count, low, high, total, last)
select (hour + 8) / 24, source, device, metric, sum(count), min(low), max(high), sum(total), 60
from history.hourly group by 1, 2, 3, 4
"""
WIRE_READINGS = """
insert into history.signal (received_at, at, device, kind, flags, conditions, known, operations, metrics, "values")
select t, t, device, 2, 0, 0, 0, 0, array[$2::smallint], array[case when n = 5 and high > 300 then high else 60 end]
from (select device, hour, high from history.hourly where hour >= $1 and hour < $1 + 24
      and (high > 300 or (device + hour) % 50 = 0)) hours, generate_series(0, 11) n,
     lateral (select to_timestamp(hour * 3600 + n * 300 + device % 300) as t) at
"""


def draft(policy: Policy) -> Policy:
    limits = [msgspec.structs.replace(x, at=400.0) if x.metric == "residual_current" else x for x in policy.limits]
    rows = [msgspec.structs.replace(r, grade=Grade.III) if "fault" in r.on else r for r in policy.rules]
    return msgspec.structs.replace(policy, limits=tuple(limits), rules=tuple(rows))


async def filled(conn: asyncpg.Connection, devices: int) -> datetime:
    midnight = SystemClock().now().replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight - timedelta(days=DAYS)
    wires = min(WIRES, devices // PER_UNIT)
    await conn.execute(REGISTRY, first, devices // PER_UNIT, wires, PER_UNIT, timeout=600)
    hour = int(first.timestamp()) // 3600
    for day in {hour // 24 + n for n in range(DAYS + 1)}:
        await history.prepare_day(conn, day)
        await conn.execute(rules.hourly_ddl(day))
        await conn.execute(rules.daily_ddl(day))
    await conn.execute(WIRE_HOURS, hour, hour + DAYS * 24 - 1, LEAK, timeout=600)
    await conn.execute(WIRE_DAYS, timeout=600)
    for n in range(DAYS):
        await conn.execute(DAY, first + timedelta(days=n), FAULT, FIRE, n * 7919, OFFLINE, timeout=600)
        await conn.execute(WIRE_READINGS, hour + n * 24, LEAK, timeout=600)
    await conn.execute("analyze history.signal, history.hourly, registry.device")
    return midnight


async def measured(devices: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with database(Settings(data=Path(folder))) as dsn:
            await migrate(dsn)
            conn = await asyncpg.connect(dsn, command_timeout=600)
            clock = SystemClock()
            began = time.perf_counter()
            await filled(conn, devices)
            filling = time.perf_counter() - began
            standing = await policies.in_force(conn, clock.micros())
            async with conn.transaction():
                version = await policies.draft(conn, draft(POLICY_V1), 1, "", ("", "bench"), clock.micros())
                asked = (version, 1, standing.version, DAYS)
                await trials.ask(conn, mint(clock), *asked, "bench", clock.micros())
            began = time.perf_counter()
            assert await trials.work(conn, clock)
            took = time.perf_counter() - began
            done = await trials.newest(conn, version)
            assert done is not None and done.outcome is not None, done
            rows = await conn.fetchval("select count(*) from history.signal")
            found = done.outcome
            print(json.dumps({
                "bench": "policy_trial", "devices": devices, "days": DAYS, "kept_rows": rows,
                "filling_s": round(filling),
                "seconds": round(took, 1), "judged_devices": found.devices, "judged_signals": found.signals,
                "desk": [found.before.desk, found.after.desk], "rows": [found.before.rows, found.after.rows],
            }), flush=True)  # fmt: skip
            await conn.close()


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--devices", type=int, default=300_000)
    asyncio.run(measured(options.parse_args().devices))
