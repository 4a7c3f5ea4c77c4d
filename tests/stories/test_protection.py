"""What is not a fire: faults, shields, silence, absence, and people who test. None of it is ever a row of the desk."""

import pytest

from support.city import City
from support.site import BATTERY, MAINS, NORMAL
from zhigan.vocabulary.roles import Role


async def test_a_faulty_head_and_a_shielded_one_are_work_and_end_by_themselves(city: City) -> None:
    school = await city.unit("吉州实验小学", premises="crowded", floors=4, heads=10)
    await school.head(floor=1, point=1).fails()
    await school.head(floor=2, point=1).is_shielded()
    assert sorted((row.grade, row.kind) for row in await city.tasks()) == [("IV", "fault"), ("IV", "shield")]
    assert await city.desk() == await city.attention() == []
    await school.head(floor=1, point=1).clears()
    await school.head(floor=2, point=1).clears()
    assert await city.tasks() == []


async def test_more_than_a_tenth_of_a_loop_shielded_is_one_yellow_row(city: City) -> None:
    school = await city.unit("吉州实验小学", premises="crowded", floors=4, heads=10)
    for floor in (1, 2, 3, 4):
        await school.head(floor=floor, point=1).is_shielded()
    assert len(await city.tasks()) == 4 and await city.attention() == []
    await school.head(floor=1, point=2).is_shielded()
    (row,) = await city.attention()
    assert (row.grade, row.kind) == ("III", "shield") and "many_shielded" in row.whys
    assert await city.tasks() == []


async def test_mains_lost_is_work_and_with_the_battery_it_is_a_matter_of_hours(city: City) -> None:
    school = await city.unit("吉州实验小学", premises="crowded", floors=4, heads=2)
    await school.panel_says(NORMAL | MAINS)
    (row,) = await city.tasks()
    assert (row.grade, row.kind) == ("IV", "fault")
    await school.panel_says(NORMAL | MAINS | BATTERY)
    assert any(row.grade == "III" and "power_both" in row.whys for row in await city.attention())
    await school.panel_says(NORMAL)
    assert await city.attention() == await city.tasks() == []


async def test_a_silent_device_of_a_key_unit_is_a_yellow_row_after_ten_minutes_and_closes_when_it_speaks(
    city: City,
) -> None:
    market = await city.unit("中心商城", premises="crowded", tags=["key_unit"], floors=4, heads=2)
    market.falls_silent()
    await city.passes(minutes=2)
    assert (await _condition(city, market.device_id)) == "normal"
    await city.passes(minutes=2)
    assert (await _condition(city, market.device_id)) == "offline"
    assert await city.attention() == []
    await city.passes(minutes=10)
    (row,) = await city.attention()
    assert (row.grade, row.kind, row.whys) == ("III", "link", {"link_lost"})
    await market.is_back()
    assert await city.attention() == []
    assert (await _condition(city, market.device_id)) == "normal"
    assert await city.desk() == []


async def test_elsewhere_a_silent_device_is_work(city: City) -> None:
    shop = await city.unit("老俵饭店", floors=1)
    shop.falls_silent()
    await city.passes(minutes=5)
    (row,) = await city.tasks()
    assert (row.grade, row.kind) == ("IV", "link")
    await shop.is_back()
    assert await city.tasks() == []


async def test_a_fifth_of_a_unit_gone_silent_at_once_is_one_row(city: City) -> None:
    plant = await city.unit("华能制药厂", floors=1)
    others = [await plant.has_device() for _ in range(9)]
    for device in others[:4]:
        device.beating = False
    await city.passes(minutes=6)
    (row,) = await city.attention()
    assert (row.grade, row.kind) == ("III", "link") and "link_lost_many" in row.whys
    assert await city.tasks() == []
    for device in others[:4]:
        device.beating = True
    await city.passes(minutes=1)
    assert await city.attention() == []


async def test_a_duty_check_that_nobody_answers_is_work_and_the_second_one_is_yellow(city: City) -> None:
    market = await city.unit("中心商城", premises="crowded", floors=4)
    await city.checks_duty(market, minutes=5)
    await city.passes(minutes=5)
    assert await city.tasks() == []
    await city.passes(minutes=2)
    (row,) = await city.tasks()
    assert (row.grade, row.kind, row.whys) == ("IV", "duty", {"duty_missed"})
    await city.checks_duty(market, minutes=5)
    await city.passes(minutes=7)
    (row,) = await city.attention()
    assert row.grade == "III" and "duty_missed_twice" in row.whys
    assert await city.tasks() == []


async def test_a_duty_check_that_is_answered_leaves_nothing(city: City) -> None:
    market = await city.unit("中心商城", premises="crowded", floors=4)
    await city.checks_duty(market, minutes=5)
    await city.passes(minutes=3)
    await market.device.answers_duty_check()
    await city.passes(minutes=10)
    assert await city.tasks() == await city.attention() == await city.desk() == []


@pytest.mark.parametrize(("then", "ends"), [("pressed", "confirmed"), ("nobody", "failed"), ("too late", "failed")])
async def test_a_duty_check_outlives_a_restart_of_the_platform(city: City, then: str, ends: str) -> None:
    market = await city.unit("中心商城", premises="crowded", floors=4)
    await city.checks_duty(market, minutes=5)
    await city.passes(minutes=2)
    await city.sleeps()
    city.clock.advance(600 if then == "too late" else 60)
    await city.wakes()
    if then == "pressed":
        await market.device.answers_duty_check()
    await city.passes(minutes=4)
    (command,) = (await (await city.person()).get("/commands")).json()["items"]
    assert command["state"] == ends
    assert ("not there" in command["detail"]) is (then == "too late")
    assert [task.kind for task in await city.tasks()] == (["duty"] if then == "nobody" else [])


async def test_during_a_test_alarms_inside_are_silent_and_seen_outside_they_are_real(city: City) -> None:
    school = await city.unit("吉州实验小学", premises="crowded", floors=4, heads=2)
    inside, outside = school.head(floor=1, point=1), school.head(floor=4, point=1)
    test = {"unit_id": school.id, "purpose": "年度检测", "minutes": 30, "person": "王工"}
    await city.asks("/tests", test | {"devices": [await _id_of(city, inside.address)]}, Role.OPERATOR)
    await inside.smokes()
    assert await city.desk() == []
    assert await _condition(city, await _id_of(city, inside.address)) == "alarm"
    await inside.clears()
    await outside.smokes()
    (incident,) = await city.desk()
    assert incident.grade == "II" and [alarm.device.code for alarm in incident.alarms] == [outside.address]


async def test_a_test_ends_by_itself_and_what_stands_on_is_real(city: City) -> None:
    school = await city.unit("吉州实验小学", premises="crowded", floors=4, heads=2)
    too_long = {"unit_id": school.id, "purpose": "年度检测", "minutes": 481}
    await city.asks("/tests", too_long, Role.OPERATOR, 400)
    await city.asks("/tests", too_long | {"minutes": 30}, Role.OPERATOR)
    await city.passes(minutes=20)
    await school.head(floor=1, point=1).smokes()
    await school.head(floor=3, point=1).smokes()
    await school.head(floor=3, point=1).clears()
    await city.passes(minutes=9)
    assert await city.desk() == []
    await city.passes(minutes=2)
    (incident,) = await city.desk()
    assert "test_ended" in incident.whys
    assert [alarm.device.name for alarm in incident.alarms] == ["1层感烟1"]
    await school.head(floor=4, point=1).smokes()
    assert len(await city.desk()) == 2


async def test_a_test_of_one_building_or_system_covers_just_that(city: City) -> None:
    school = await city.unit("吉州实验小学", premises="crowded", floors=4, heads=2)
    test = {"unit_id": school.id, "purpose": "年度检测", "minutes": 30}
    made = await city.asks("/tests", test | {"building_id": school.building_id}, Role.OPERATOR)
    await school.head(floor=1, point=1).smokes()
    assert await city.desk() == []
    await school.head(floor=1, point=1).clears()
    await city.asks(f"/tests/{made['id']}/end", {}, Role.OPERATOR, 200)
    await city.asks("/tests", test | {"systems": [f"{school.device.address}/1.1"]}, Role.OPERATOR)
    await school.head(floor=2, point=1).smokes()
    assert await city.desk() == []
    await school.device_says(0b10)  # the transmission device's own fire bit stands outside of system 1.1
    assert [row.grade for row in await city.desk()] == ["II"]


async def _condition(city: City, device_id: str) -> str:
    return str((await (await city.person()).get(f"/devices/{device_id}")).json()["condition"])


async def _id_of(city: City, address: str) -> str:
    found = (await (await city.person()).get("/devices", params={"q": address})).json()["items"]
    return next(str(each["id"]) for each in found if each["address"] == address)
