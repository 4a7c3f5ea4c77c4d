"""The map over 300,000 devices: far tiles from counts kept for a breath, near tiles by their box. A JSON object a line.

Devices as a city has them: most behind a transmission device and so where their building stands, a third standing alone
in flats with a place of their own; three in a hundred in some trouble. Every ten seconds of the hand clock counts are
read anew, inside the measured requests.
"""

import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

import asyncpg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from support.web import Web
from zhigan.desks.map import api, rules
from zhigan.desks.map.ground import Choice
from zhigan.runtime.clock import HandClock
from zhigan.runtime.migrate import migrate
from zhigan.runtime.pg import Connection
from zhigan.runtime.postgres import PrivateServer
from zhigan.vocabulary.roles import Role

UNITS, DEVICES, ASKS = 15_000, 300_000, 400
NOON = 1_795_320_000_000_000
FAR_LIMIT_MS, NEAR_LIMIT_MS, FIRST_LIMIT_MS = 100, 100, 2000

CITY = f"""
select setseed(0.119);
insert into registry.unit (id, code, name, premises, class, area_code, area, industry, lon, lat, created_at, changed_at)
select gen_random_uuid(), 'U' || n, '单位' || n, 'other', 1 + n % 4, '360802',
       (array['360802','360803','360821','360826'])[1 + n % 4], (array['', 'education', 'health'])[1 + n % 3],
       114.98 + (random() + random() + random() - 1.5) * 0.9, 27.1 + (random() + random() + random() - 1.5) * 0.9,
       'epoch', 'epoch'
from generate_series(1, {UNITS}) n;
insert into registry.building (id, unit_id, code, name, lon, lat, created_at, changed_at)
select gen_random_uuid(), id, '1', '1号楼', lon + 0.0005, lat, 'epoch', 'epoch' from registry.unit;
insert into registry.device (id, gateway, address, unit_id, building_id, name, type, class, state, lon, lat,
                             created_at, changed_at)
select gen_random_uuid(), 'gb26875', 'A' || n, b.unit_id, b.id, '探测器' || n, 'smoke', 'component', 'in_service',
       case when n % 3 = 0 then b.lon + (random() - 0.5) * 0.004 end,
       case when n % 3 = 0 then b.lat + (random() - 0.5) * 0.004 end, 'epoch', 'epoch'
from generate_series(1, {DEVICES}) n
join (select id, unit_id, lon, lat, row_number() over (order by code) k from registry.building) b
  on b.k = 1 + n % {UNITS};
update registry.device_now set conditions = (array[2, 4, 16, 8192])[1 + number % 4] where number % 33 = 0;
"""


async def build(conn: Connection) -> None:
    await conn.execute(CITY)
    await conn.execute("vacuum analyze")


def tile(z: int, chance: random.Random) -> str:
    east, down = rules.project(114.98 + chance.gauss(0, 0.3), 27.1 + chance.gauss(0, 0.3))
    return f"/map/tiles/{z}/{int(east * 2**z)}/{int(down * 2**z)}"


async def measured(web: Web, name: str, scope: str, zooms: range, limit: int) -> dict[str, object]:
    """Every twentieth request comes ten seconds later: it reads the counts anew."""
    client = await web.person(f"{name}-{scope}", Role.DUTY, scope)
    chance = random.Random(119)
    took: list[float] = []
    bytes_: list[int] = []
    for n in range(ASKS):
        if n % 20 == 19:
            assert isinstance(web.clock, HandClock)
            web.clock.advance(10)
        path = tile(chance.choice(zooms), chance)
        began = time.perf_counter()
        answer = await client.get(path)
        took.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200
        bytes_.append(len(answer.content))
    parts = statistics.quantiles(took, n=100)
    return {
        "bench": f"map_{name}", "scope": scope, "devices": DEVICES, "asks": ASKS, "first_ms": round(took[0], 1),
        "p50_ms": round(parts[49], 1), "p95_ms": round(parts[94], 1), "max_ms": round(max(took), 1),
        "max_bytes": max(bytes_), "limit_p95_ms": limit,
    }  # fmt: skip


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = PrivateServer(Path(folder) / "pg")
        await server.acquire()
        try:
            await migrate(server.dsn)
            async with asyncpg.create_pool(server.dsn, min_size=2, max_size=8, server_settings={"jit": "off"}) as pool:
                async with pool.acquire() as conn:
                    await build(conn)
                web = Web(pool, HandClock(NOON), api.handlers, Path(folder), api.provided(Choice()))
                for scope in ("city", "area:360802", "industry:education"):
                    print(json.dumps(await measured(web, "far", scope, range(6, 15), FAR_LIMIT_MS)), flush=True)
                    print(json.dumps(await measured(web, "near", scope, range(15, 19), NEAR_LIMIT_MS)), flush=True)
        finally:
            await server.release()


if __name__ == "__main__":
    asyncio.run(main())
