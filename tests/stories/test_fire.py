"""Fires: from the first head to the row that closes. One story a rule of the policy."""

import msgspec
import pytest

from support.city import City
from support.site import FIRE, NORMAL, Point
from zhigan.protocols.gb26875 import ComponentStatus
from zhigan.vocabulary.moments import MINUTE


async def test_a_kitchen_that_smokes_and_clears_within_two_minutes_stays_orange(city: City) -> None:
    home = await city.unit("滨江小区", premises="low_rise_residential", floors=6, heads=2)
    await home.head(floor=3, point=1).smokes()
    await city.passes(seconds=90)
    await home.head(floor=3, point=1).clears()
    await city.passes(minutes=5)
    (incident,) = await city.desk()
    assert (incident.grade, incident.kind, incident.state) == ("II", "fire", "open")
    assert incident.alarms[0].cleared_at is not None
    await city.step(incident, "dismiss", cause="U1")
    assert await city.desk() == []
    assert (await city.reads(incident)).view.outcome == "false_alarm"


async def test_in_a_home_that_goes_on_smoking_nobody_answers_and_it_is_red(city: City) -> None:
    home = await city.unit("滨江小区", premises="low_rise_residential", floors=6, heads=2)
    await home.head(floor=3, point=1).smokes()
    await city.passes(seconds=175)
    assert [row.grade for row in await city.desk()] == ["II"]
    await city.passes(seconds=10)
    (incident,) = await city.desk()
    assert incident.grade == "I" and "no_answer" in incident.whys


async def test_a_second_head_on_the_floor_makes_it_red_and_says_why(city: City) -> None:
    tower = await city.unit("阳明大厦", premises="crowded", floors=12, heads=4)
    await tower.head(floor=12, point=3).smokes()
    (incident,) = await city.desk()
    assert (incident.grade, incident.whys) == ("II", {"first_fire"})
    await city.passes(minutes=2)
    await tower.head(floor=12, point=4).smokes()
    (incident,) = await city.desk()
    assert (incident.grade, incident.unit, incident.building) == ("I", "阳明大厦", "阳明大厦")
    assert "second_device" in incident.whys and "12层感烟4" in incident.words
    assert len(incident.alarms) == 2


async def test_the_panel_s_own_fire_bit_is_no_second_witness(city: City) -> None:
    tower = await city.unit("阳明大厦", premises="crowded", floors=12, heads=4)
    await tower.head(floor=7, point=1).smokes()
    await tower.panel_says(NORMAL | FIRE)
    (incident,) = await city.desk()
    assert (incident.grade, len(incident.alarms)) == ("II", 2)


async def test_a_fire_that_spreads_over_floors_becomes_one_row_by_a_logged_merge(city: City) -> None:
    tower = await city.unit("阳明大厦", premises="crowded", floors=12, heads=1)
    await tower.head(floor=3, point=1).smokes()
    await tower.head(floor=9, point=1).smokes()
    below, above = await city.desk()
    assert (below.grade, above.grade) == ("II", "II")
    for floor in (4, 5, 6, 7, 8):
        await city.passes(seconds=30)
        await tower.head(floor=floor, point=1).smokes()
    (incident,) = await city.desk()
    assert (incident.id, incident.grade, len(incident.alarms)) == (below.id, "I", 7)
    assert above.id in incident.view.merged
    gone = await city.reads(above)
    assert gone.view.merged_into == below.id and gone.view.steps == []
    assert "merged" in gone.told


async def test_an_alarm_again_after_a_reset_is_red(city: City) -> None:
    school = await city.unit("吉州实验小学", premises="crowded", floors=4, heads=2)
    await school.head(floor=2, point=1).smokes()
    await school.confirms_at_panel()
    await city.passes(minutes=1)
    await school.resets()
    await city.passes(minutes=8)
    await school.head(floor=2, point=1).smokes()
    (incident,) = await city.desk()
    assert incident.grade == "I" and "alarm_after_reset" in incident.whys


async def test_a_reset_before_anybody_looked_is_flagged_and_closes_nothing(city: City) -> None:
    school = await city.unit("吉州实验小学", premises="crowded", floors=4, heads=2)
    await school.head(floor=2, point=1).smokes()
    await city.passes(seconds=20)
    await school.resets()
    (incident,) = await city.desk()
    assert (incident.state, incident.grade) == ("open", "II")
    assert "reset_unverified" in incident.flags
    assert incident.alarms[0].cleared_at is not None
    reasons = [line.detail.get("reason") for line in (await city.reads(incident)).view.timeline]
    assert any("未核实即复位" in str(reason) for reason in reasons)


async def test_when_nobody_answers_for_three_minutes_it_is_red(city: City) -> None:
    market = await city.unit("中心商城", premises="crowded", floors=4, heads=2)
    await market.head(floor=1, point=1).smokes()
    await city.passes(seconds=95)
    (incident,) = await city.desk()
    assert incident.grade == "II" and "station_sent" in incident.flags, "the countdown of 90 s is spent"
    await city.passes(seconds=80)
    assert [row.grade for row in await city.desk()] == ["II"]
    await city.passes(seconds=10)
    (incident,) = await city.desk()
    assert incident.grade == "I" and "no_answer" in incident.whys


async def test_at_night_people_who_sleep_have_half_the_time(city: City) -> None:
    city.it_is(hour=23)
    home = await city.unit("青原养老院", tags=["elderly_care"], floors=3, heads=2)
    await home.head(floor=2, point=1).smokes()
    await city.passes(seconds=35)
    assert "station_sent" in (await city.desk())[0].flags
    await city.passes(seconds=50)
    assert [row.grade for row in await city.desk()] == ["II"]
    await city.passes(seconds=10)
    (incident,) = await city.desk()
    assert incident.grade == "I" and "no_answer" in incident.whys


async def test_who_confirms_at_the_panel_has_answered(city: City) -> None:
    market = await city.unit("中心商城", premises="crowded", floors=4, heads=2)
    await market.head(floor=1, point=1).smokes()
    await city.passes(seconds=100)
    await market.confirms_at_panel()
    await city.passes(minutes=5)
    (incident,) = await city.desk()
    assert incident.grade == "II" and "answered" in incident.flags and "no_answer" not in incident.whys


async def test_a_person_who_confirms_stops_the_clock_and_makes_it_red(city: City) -> None:
    market = await city.unit("中心商城", premises="crowded", floors=4, heads=2)
    await market.head(floor=1, point=1).smokes()
    await city.passes(seconds=60)
    (incident,) = await city.desk()
    await city.step(incident, "accept")
    await city.step(incident, "confirm", basis="phone")
    await city.passes(minutes=5)
    (incident,) = await city.desk()
    assert (incident.grade, incident.state) == ("I", "confirmed")
    assert "no_answer" not in incident.whys and "station_sent" not in incident.flags
    await city.step(incident, "dispatch")
    await city.step(incident, "close", outcome="fire", cause="F2")
    assert await city.desk() == []


async def test_closed_while_it_still_alarms_it_comes_back_only_after_it_was_normal(city: City) -> None:
    market = await city.unit("中心商城", premises="crowded", floors=4, heads=2)
    head = market.head(floor=1, point=1)
    await head.smokes()
    await city.passes(seconds=60)
    (first,) = await city.desk()
    await city.step(first, "dismiss", cause="E1")
    for _ in range(5):
        await city.passes(minutes=1)
        await head.smokes()
    assert await city.desk() == []
    await head.clears()
    await city.passes(minutes=1)
    assert await city.desk() == []
    await head.smokes()
    (second,) = await city.desk()
    assert second.id != first.id and second.grade == "II"


async def test_water_that_flows_for_twenty_seconds_is_a_fire_and_a_surge_is_not(city: City) -> None:
    plant = await city.unit("华能制药厂", floors=3, heads=1)
    flow = await plant.has("water_flow", "二层水流指示器", floor=2)
    pump = await plant.has("pump", "喷淋泵", floor=1)
    await flow.starts()
    await city.passes(seconds=15)
    await flow.clears()
    await city.passes(minutes=1)
    assert await city.desk() == []
    await flow.starts()
    await city.passes(seconds=25)
    (incident,) = await city.desk()
    assert (incident.grade, incident.whys) == ("II", {"water_flow"})
    await pump.starts()
    (incident,) = await city.desk()
    assert incident.grade == "I" and "water_flow_confirmed" in incident.whys


async def test_gas_has_its_own_words_and_is_red_after_three_minutes(city: City) -> None:
    shop = await city.unit("老俵饭店", tags=["small_restaurant"], floors=1)
    gas = await shop.has("gas", "厨房可燃气体探测器", floor=1)
    await gas.leaks()
    (incident,) = await city.desk()
    assert (incident.grade, incident.kind, incident.whys) == ("II", "gas", {"gas_high"})
    await city.passes(seconds=170)
    assert [row.grade for row in await city.desk()] == ["II"]
    await city.passes(seconds=15)
    (incident,) = await city.desk()
    assert (incident.grade, incident.kind) == ("I", "gas") and "gas_lasting" in incident.whys


async def test_an_electrical_alarm_waits_in_the_attention_queue_until_there_is_smoke(city: City) -> None:
    plant = await city.unit("华能制药厂", floors=3, heads=1)
    monitor = await plant.has("electrical_monitor", "二层配电箱", floor=2)
    await monitor.overheats()
    assert await city.desk() == []
    (row,) = await city.attention()
    assert (row.grade, row.kind) == ("III", "electrical")
    await city.passes(minutes=30)
    await plant.head(floor=2, point=1).smokes()
    (incident,) = await city.desk()
    assert (incident.grade, incident.kind) == ("I", "fire") and "electrical_with_smoke" in incident.whys
    assert await city.attention() == [], "its row went into the fire"


def then(point: Point, bits: int, at: int) -> ComponentStatus:
    """What the device had stored: said now, dated then."""
    said = point.status(bits)
    assert isinstance(said, ComponentStatus)
    return msgspec.structs.replace(said, at=at)


async def test_a_fire_told_late_and_over_since_is_a_yellow_row(city: City) -> None:
    market = await city.unit("中心商城", premises="crowded", floors=4, heads=2)
    head, now = market.head(floor=1, point=1), city.clock.micros()
    await market.says(then(head, NORMAL | FIRE, now - 40 * MINUTE), then(head, NORMAL, now - 35 * MINUTE))
    assert await city.desk() == []
    (row,) = await city.attention()
    assert (row.grade, row.kind, row.whys) == ("III", "fire", {"late_fire"})
    assert "late" in row.flags and "补报" in row.words


async def test_a_fire_told_late_whose_end_is_told_a_moment_later_leaves_the_desk(city: City) -> None:
    market = await city.unit("中心商城", premises="crowded", floors=4, heads=2)
    head, now = market.head(floor=1, point=1), city.clock.micros()
    await market.says(then(head, NORMAL | FIRE, now - 40 * MINUTE))
    (incident,) = await city.desk()
    await city.passes(seconds=2)
    await market.says(then(head, NORMAL, now - 35 * MINUTE))
    assert await city.desk() == []
    (row,) = await city.attention()
    assert (row.id, row.grade) == (incident.id, "III") and {"late"} <= row.flags and "补报" in row.words
    assert "belated" in (await city.reads(row)).told
    await city.passes(minutes=10)
    assert [r.grade for r in await city.attention()] == ["III"]


async def test_a_fire_told_late_by_a_device_heard_normal_since_is_never_on_the_desk(city: City) -> None:
    market = await city.unit("中心商城", premises="crowded", floors=4, heads=2)
    head, now = market.head(floor=1, point=1), city.clock.micros()
    await market.says(then(head, NORMAL, now - 20 * MINUTE))
    await market.says(then(head, NORMAL | FIRE, now - 40 * MINUTE))
    assert await city.desk() == []
    assert [row.whys for row in await city.attention()] == [{"late_fire"}]


async def test_a_fire_told_late_that_may_still_burn_is_as_grave_as_any_and_shows_its_age(city: City) -> None:
    market = await city.unit("中心商城", premises="crowded", floors=4, heads=2)
    await market.says(then(market.head(floor=1, point=1), NORMAL | FIRE, city.clock.micros() - 40 * MINUTE))
    (incident,) = await city.desk()
    assert incident.grade == "II" and "40" in incident.words


@pytest.mark.parametrize("again", [False, True], ids=["normal before", "normal after"])
async def test_a_fire_of_now_by_a_slow_clock_is_no_late_fire(city: City, again: bool) -> None:
    market = await city.unit("中心商城", premises="crowded", floors=4, heads=2)
    head, clock = market.head(floor=1, point=1), city.clock
    if not again:
        await head.clears()
        await city.passes(seconds=60)
    market.device.believes = lambda: clock.micros() - 40 * MINUTE
    await head.smokes()
    await city.passes(seconds=60)
    if again:
        await head.clears()
    (incident,) = await city.desk()
    assert incident.grade == "II" and await city.attention() == []


async def test_an_unregistered_fire_stands_on_the_desk_and_the_device_is_adopted_with_its_id(city: City) -> None:
    device = await city.stranger()
    await device.says(ComponentStatus(1, 1, 40, 7, NORMAL | FIRE, "库房感烟", city.clock.micros()))
    await city.settles()
    (incident,) = await city.desk()
    assert (incident.grade, incident.flags) == ("II", {"unregistered"})
    client = await city.person()
    found = (await client.get("/devices", params={"state": "discovered", "q": device.address})).json()["items"]
    ids = {each["address"]: each["id"] for each in found}
    assert set(ids) == {device.address, f"{device.address}/1.1.40.7"}
    shop = await city.unit("老俵饭店", tags=["small_restaurant"], floors=1)
    await shop.registers(device)
    assert shop.device_id == ids[device.address]
    part = (await client.get(f"/devices/{ids[f'{device.address}/1.1.40.7']}")).json()
    assert (part["unit_id"], part["parent_id"]) == (shop.id, shop.device_id)
