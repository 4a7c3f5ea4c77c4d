"""Two installations that know one another by others' forms only: one reports upward, the other takes it at its door."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from conftest import database_url, execute
from support.carrier import pushing
from support.city import HANDLERS, City, living
from support.reporting import Reporting
from support.web import on_a_socket
from zhigan.access.vault import Vault
from zhigan.gateways.platforms import api as platforms_api
from zhigan.gateways.platforms.api_door import Doorway
from zhigan.outlets.upward import api
from zhigan.outlets.upward.desk import Upward
from zhigan.processes import platforms
from zhigan.protocols.carriers.relayed import Word
from zhigan.runtime.clock import HandClock
from zhigan.runtime.guard import NEAR, Guard
from zhigan.runtime.outward import Outward
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.roles import Role

DAY_S = 86_400


class Upper:
    """The other installation, at a real address."""

    def __init__(self, city: City, url: str) -> None:
        self.city, self.url = city, url

    async def lets_in(self, adapter: str) -> tuple[str, str]:
        made: Any = await self.city.asks("/platforms", {"slug": "jian", "name": "吉安市平台", "adapter": adapter})
        return made["platform"]["id"], made["secret"]

    async def gets(self, path: str) -> Any:
        answer = await (await self.city.person(Role.ADMIN)).get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def hears(self, id_: str, *, enabled: bool) -> None:
        seen = await self.gets(f"/platforms/{id_}")
        body = {name: seen[name] for name in ("slug", "name", "adapter", "map", "silent_s", "version")}
        answer = await (await self.city.person(Role.ADMIN)).put(f"/platforms/{id_}", json=body | {"enabled": enabled})
        assert answer.status_code == 200, answer.text


@pytest.fixture
async def reporting(dsn: str, pool: Pool, tmp_path: Path, hand_clock: HandClock) -> AsyncIterator[Reporting]:
    upward = Upward(pool, hand_clock, Vault(b"story"), Outward(guard=Guard(NEAR)))
    async with living(
        dsn, pool, tmp_path / "lower", hand_clock, [*HANDLERS, *api.handlers], {"upward": upward}
    ) as city:
        yield Reporting(city, upward)
    await upward.close()


@pytest.fixture
async def upper(
    postgres_server: str, template: str, tmp_path: Path, hand_clock: HandClock, reporting: Reporting
) -> AsyncIterator[Upper]:
    name = f"test_{secrets.token_hex(6)}"
    await execute(postgres_server, f"create database {name} template {template} strategy file_copy")
    dsn = database_url(postgres_server, name)
    ready: asyncio.Future[Doorway] = asyncio.get_running_loop().create_future()

    async def carry(words: Sequence[Word]) -> None:
        await (await ready).carry(words)

    handlers, more = [*HANDLERS, *platforms_api.handlers], {"doorway": Doorway(carry)}
    async with (
        asyncpg.create_pool(dsn, min_size=1, max_size=8) as pool,
        living(dsn, pool, tmp_path / "upper", hand_clock, handlers, more) as city,
        pushing(city.platform.intake, city.clock, tmp_path / "run") as carrier,
    ):
        ready.set_result(platforms.doorway(carrier.line))
        async with on_a_socket(city.web.app) as url:
            yield Upper(city, url)
    await execute(postgres_server, f"drop database {name} with (force)")


@pytest.mark.parametrize("adapter", ["gbt45839", "gb26875_8", "rest"])
async def test_a_fire_below_is_at_the_desk_above_in_each_form(reporting: Reporting, upper: Upper, adapter: str) -> None:
    unit = await reporting.city.unit("吉州一中", floors=1, heads=2)
    id_, secret = await upper.lets_in(adapter)
    url = f"{upper.url}/api/v1/platforms/jian/push"
    target = await reporting.target(url, adapter=adapter, account="jian", secret=secret)
    await reporting.carries()
    devices = {row["name"]: row for row in (await upper.gets(f"/platforms/{id_}/devices"))["items"]}
    assert unit.head(1, 1).name in devices and devices[unit.head(1, 1).name]["unit"] == "吉州一中"
    await unit.head(1, 1).smokes()
    await reporting.carries()
    await upper.city.settles()
    [fire] = await upper.city.desk()
    assert (fire.kind, fire.alarms[0].cleared_at) == ("fire", None)
    await reporting.city.passes(seconds=60)
    await upper.hears(id_, enabled=False)  # an outage, as the lower one sees it
    await unit.head(1, 1).clears()
    await reporting.carries()
    assert (await reporting.seen(target))["state"] == "failing"
    await reporting.city.passes(seconds=30)
    await unit.head(1, 2).fails()
    await reporting.carries()
    await upper.hears(id_, enabled=True)
    await reporting.passes(120)
    await upper.city.settles()
    assert (await reporting.seen(target))["waiting"] == 0
    [fire] = await upper.city.desk()
    assert fire.alarms[0].cleared_at is not None
    stand = {row["name"]: row["status"] for row in (await upper.gets(f"/platforms/{id_}/devices"))["items"]}
    assert (stand[unit.head(1, 1).name], stand[unit.head(1, 2).name]) == ("normal", "fault")
    [day] = (await upper.gets(f"/platforms/{id_}/days"))["items"]
    [ours] = await reporting.listed(target, "days")
    assert (
        (day["states"], day["alarms"], day["faults"]) == (ours["statuses"], ours["alarms"], ours["faults"]) == (3, 1, 1)
    )
    if adapter != "gbt45839":  # Annex D has no document for counts
        reporting.city.clock.advance(DAY_S)
        await reporting.carries()
        assert [d["agrees"] for d in (await upper.gets(f"/platforms/{id_}/days"))["items"] if d["told_at"]] == [True]
