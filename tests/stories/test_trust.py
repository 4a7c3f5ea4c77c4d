"""What may be relied on: nothing counted twice, nothing lost by a restart, no time believed that cannot be."""

import asyncio

import pytest

from support.city import City
from support.site import FIRE, NORMAL
from support.transmitter import Transmitter
from zhigan.protocols.gb26875 import ComponentStatus
from zhigan.vocabulary.moments import DAY, SECOND, to_micros
from zhigan.vocabulary.roles import Role

FAR_AHEAD = 4_080_000_000 * SECOND
"""In 2099."""


async def test_frames_resent_byte_for_byte_are_confirmed_and_counted_once(city: City) -> None:
    market = await city.unit("中心商城", premises="crowded", floors=4, heads=2)
    await market.head(floor=1, point=1).smokes()
    for _ in range(3):
        await market.device.repeats()
    await city.restarts()
    for _ in range(2):
        await market.device.repeats()
    await city.settles()
    (incident,) = await city.desk()
    assert [alarm.count for alarm in incident.alarms] == [1]
    assert await city.kept(market.device.last) == 1


@pytest.mark.parametrize(("believed", "written"), [(0, ""), (FAR_AHEAD, "2099")], ids=["1970", "2099"])
async def test_a_device_with_an_impossible_clock_is_shown_with_the_time_of_receipt(
    city: City, believed: int, written: str
) -> None:
    market = await city.unit("中心商城", premises="crowded", floors=4, heads=2)
    market.device.believes = lambda: believed
    await city.passes(seconds=30)
    await market.head(floor=1, point=1).smokes()
    (incident,) = await city.desk()
    for moment in (incident.view.opened_at, incident.view.received_at, incident.alarms[0].raised_at):
        assert abs(to_micros(moment) - city.clock.micros()) < SECOND
    assert "late" not in incident.flags and incident.whys == {"first_fire"}
    frames = await (await city.person()).get(f"/incidents/{incident.id}/frames")
    assert written in str(frames.json()["items"][0]["words"]), "what the device claimed is still shown in its frame"
    assert market.device.clock_sets > 0, "it is told what time it is"


async def test_an_engine_that_stood_still_judges_what_was_confirmed_when_it_is_back(city: City) -> None:
    tower = await city.unit("阳明大厦", premises="crowded", floors=12, heads=4)
    await tower.head(floor=5, point=1).smokes()
    city.engine_stands_still()
    await tower.head(floor=5, point=2).smokes()
    await tower.head(floor=11, point=2).fails()
    assert [row.grade for row in await city.desk()] == ["II"]
    await city.restarts()
    (incident,) = await city.desk()
    assert incident.grade == "I" and "second_device" in incident.whys
    assert [row.kind for row in await city.tasks()] == ["fault"]


async def test_a_restart_in_mid_story_forgets_nothing(city: City) -> None:
    tower = await city.unit("阳明大厦", premises="crowded", floors=12, heads=4)
    head = tower.head(floor=5, point=1)
    await head.smokes()
    await city.passes(seconds=100)
    await city.restarts()
    await head.smokes()
    (before,) = await city.desk()
    assert (before.grade, before.alarms[0].count) == ("II", 2)
    await city.passes(seconds=85)
    (after,) = await city.desk()
    assert after.id == before.id and after.grade == "I" and "no_answer" in after.whys
    await tower.resets()
    await city.restarts()
    await head.smokes()
    (again,) = await city.desk()
    assert again.id == before.id and "alarm_after_reset" in again.whys


async def test_what_a_person_did_while_the_engine_was_away_is_heeded(city: City) -> None:
    market = await city.unit("中心商城", premises="crowded", floors=4, heads=2)
    await market.head(floor=1, point=1).smokes()
    (incident,) = await city.desk()
    city.engine_stands_still()
    await city.step(incident, "dismiss", cause="U3")
    await city.restarts()
    await city.passes(minutes=5)
    assert await city.desk() == []
    await market.head(floor=1, point=1).smokes()
    assert await city.desk() == [], "it stands since before it was closed"


async def test_five_hundred_dwellings_alarm_at_once_and_each_is_one_incident(city: City) -> None:
    homes = await city.hamlet(500)
    await asyncio.gather(*(_alarms(city, home, 1) for home in homes))
    await city.settles()
    rows = await city.desk()
    assert len(rows) == 500 and {row.grade for row in rows} == {"II"}
    assert len({row.unit for row in rows}) == 500
    await asyncio.gather(*(home.repeats() for home in homes))
    await asyncio.gather(*(_alarms(city, home, 2) for home in homes))
    await city.settles()
    again = await city.desk()
    assert {row.id for row in again} == {row.id for row in rows}
    assert {(row.grade, row.view.alarm_count) for row in again} == {("I", 2)}


async def _alarms(city: City, home: Transmitter, point: int) -> None:
    await home.says(ComponentStatus(1, 1, 40, point, NORMAL | FIRE, f"感烟{point}", city.clock.micros()))


async def test_a_tower_whose_flats_all_alarm_at_once_is_one_row(city: City) -> None:
    tower = await city.unit("滨江花园1栋", premises="high_rise_residential", floors=30)
    flats = await tower.has_flats(120)
    for n in range(0, 120, 20):
        await tower.device.says(*(flat.status(NORMAL | FIRE) for flat in flats[n : n + 20]))
    await city.settles()
    (incident,) = await city.desk()
    assert (incident.grade, incident.view.alarm_count) == ("I", 120)


async def test_people_of_another_county_see_none_of_it(city: City) -> None:
    market = await city.unit("中心商城", premises="crowded", floors=4, heads=2)
    await market.head(floor=1, point=1).smokes()
    (incident,) = await city.desk()
    elsewhere = await city.web.person("qingyuan", Role.DUTY, "area:360803")
    assert (await elsewhere.get("/incidents")).json()["items"] == []
    assert (await elsewhere.get(f"/incidents/{incident.id}")).status_code == 404
    assert (await elsewhere.post(f"/incidents/{incident.id}/accept", json={})).status_code == 404
    assert [row.state for row in await city.desk()] == ["open"]


async def test_a_day_later_an_open_incident_is_still_there(city: City) -> None:
    """The partitions turn over at midnight; what is open stays."""
    market = await city.unit("中心商城", premises="crowded", floors=4, heads=2)
    await market.head(floor=1, point=1).smokes()
    (before,) = await city.desk()
    city.clock.advance(DAY / SECOND)
    await market.head(floor=2, point=1).smokes()
    rows = await city.desk()
    assert before.id in {row.id for row in rows} and all(row.grade == "I" for row in rows if row.id == before.id)
