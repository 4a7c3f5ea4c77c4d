"""People told of what is no alarm: a drill calls its station, a duty check the unit; and no alarm waits for either."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from outlets.notify.conftest import settings
from support.city import HANDLERS, living
from support.providers import Providers
from support.telling import Telling
from zhigan.desks.dutycheck import api as checks_api
from zhigan.desks.stations import api as stations_api
from zhigan.outlets.notify import api
from zhigan.outlets.notify.desk import Desk
from zhigan.outlets.notify.worker import Courier
from zhigan.runtime.clock import HandClock
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.roles import Role

DUTY_PHONE, CREW, OTHER, MANAGER = "13900000030", "13900000031", "13900000032", "13900000033"


@pytest.fixture
async def telling(
    dsn: str, pool: Pool, tmp_path: Path, hand_clock: HandClock, providers: Providers
) -> AsyncIterator[Telling]:
    desk = Desk(pool, hand_clock, settings(providers.url), answer_s=0.3)
    more = [*HANDLERS, *api.handlers, *stations_api.handlers, *checks_api.handlers]
    async with living(dsn, pool, tmp_path, hand_clock, more, {"desk": desk}) as city:
        yield Telling(city, Courier(pool, hand_clock, desk.planner, desk.delivery), desk, providers)
    await desk.close()


async def station(telling: Telling, code: str, phone: str) -> str:
    new = {"kind": "station", "code": code, "name": f"{code}微型消防站", "area_code": "360802", "phone": phone}
    return str((await telling.city.asks("/organisations", {**new, "lon": 114.98, "lat": 27.113}))["id"])


async def drilled(telling: Telling, id_: str) -> None:
    drill = {"id": mint(telling.city.clock), "place": "A 座三楼"}
    await telling.city.asks(f"/stations/{id_}/drills", drill, Role.DUTY)
    await telling.carries()


async def test_a_drill_calls_its_own_station_and_says_that_it_is_one(telling: Telling) -> None:
    city = telling.city
    here = await station(telling, "ST-1", DUTY_PHONE)
    await city.asks(f"/organisations/{here}/members", {"name": "王某", "phone": CREW, "post": "站员"})
    await station(telling, "ST-2", OTHER)
    crew = await city.web.person("crew", Role.STATION, "station:ST-1")
    county = await city.web.person("county", Role.STATION, "area:360802")
    await drilled(telling, here)
    assert sorted(c.to for c in telling.calls()) == [DUTY_PHONE, CREW]
    assert sorted(t.to for t in telling.texts()) == [DUTY_PHONE, CREW]
    said = telling.calls()[0].values
    assert said["what"] == "【演练】微型消防站拉动演练" and said["place"] == "ST-1微型消防站 A 座三楼"
    assert "不是火警" in said["advice"] and "按1" not in said["keys"]
    [note] = (await crew.get("/notifications/inbox")).json()["items"]
    assert note["purpose"] == "drill" and "演练" in note["text"]
    assert (await county.get("/notifications/inbox")).json()["items"] == []
    assert await city.desk() == []


async def test_an_alarm_just_after_a_drill_rings_at_once_and_by_itself(telling: Telling) -> None:
    here = await station(telling, "ST-1", DUTY_PHONE)
    await drilled(telling, here)
    school = await telling.site(station="ST-1")
    await school.head(floor=3, point=1).smokes()
    await school.head(floor=3, point=2).smokes()
    await telling.carries()
    assert [c.values["what"] for c in telling.calls(DUTY_PHONE)] == ["【演练】微型消防站拉动演练", "红色预警 火灾报警"]
    assert "演练" not in str(telling.calls(DUTY_PHONE)[-1].values)


async def test_a_duty_check_by_phone_is_told_to_the_unit(telling: Telling) -> None:
    city = telling.city
    new = {"code": "H-1", "name": "阳光敬老院", "area_code": "360802", "premises": "crowded"}
    home = await city.asks("/units", new)
    contact = {"role": "fire_safety_manager", "name": "李某", "phone": MANAGER, "order": 1}
    await city.asks(f"/units/{home['id']}/contacts", contact)
    guard = await city.web.person("guard", Role.UNIT, "unit:H-1")
    await city.asks("/duty-checks", {"unit_ids": [home["id"]]}, Role.DUTY, 200)
    await telling.carries()
    [text] = telling.texts(MANAGER)
    assert (text.values["what"], text.values["place"]) == ("值班查岗", "阳光敬老院")
    assert telling.calls() == [], "a check calls nobody"
    [note] = (await guard.get("/notifications/inbox")).json()["items"]
    assert note["purpose"] == "duty_check" and "10分钟" in note["text"]
    await telling.passes(700, step=100)
    assert len(telling.texts()) == 1, "said once"


async def test_a_courier_that_was_away_tells_nobody_of_what_is_over(telling: Telling) -> None:
    here = await station(telling, "ST-1", DUTY_PHONE)
    await telling.city.asks(f"/stations/{here}/drills", {"id": mint(telling.city.clock), "place": "A 座"}, Role.DUTY)
    telling.city.clock.advance(timedelta(minutes=11).total_seconds())
    await telling.carries()
    assert telling.calls() == [] and telling.texts() == []
