"""Gas, water flow, video, wires, exits: dangerous conditions, and what company makes of them."""

import pytest

from support.judging import House
from zhigan.alarms.engine import Locus, Seen
from zhigan.incidents.model import AlarmRow, Cleared, Ended, Joined, Merged, Opened, Raised, State, Why
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.metrics import BY_NAME
from zhigan.vocabulary.premises import PremisesClass
from zhigan.vocabulary.signals import Signal, SignalKind

TEMPERATURE, GAS, LEAK = (BY_NAME[n].number for n in ("temperature", "gas", "residual_current"))
PRESSURE, BATTERY = BY_NAME["pressure"].number, BY_NAME["battery"].number
FLOW, FIRE = Condition.WATER_FLOW, Condition.FIRE


def test_water_flow_waits_twenty_seconds_then_it_is_ii():
    house = House()
    house.says(house.point("水流", "water_flow", floor=3), FLOW)
    assert house.open == []
    assert house.hushed == [Why.HELD]
    house.passes(19)
    assert house.open == []
    house.passes(1)
    assert house.only().grade is Grade.II
    assert house.whys() == {Why.WATER_FLOW}


def test_water_flow_that_stops_within_twenty_seconds_is_nothing():
    house = House()
    flow = house.point("水流", "water_flow", floor=3)
    house.says(flow, FLOW)
    house.passes(15)
    house.says(flow)
    house.passes(60)
    assert house.changes == []


def test_water_flow_with_a_pump_start_or_a_pressure_switch_is_i():
    for type_ in ("pump", "pressure_switch"):
        house = House()
        house.says(house.point("水流", "water_flow", floor=3), FLOW)
        house.passes(10)
        house.says(house.point("泵房", type_, floor=-2), Condition.STARTED)
        house.passes(10)
        assert house.only().grade is Grade.I
        assert Why.WATER_FLOW_CONFIRMED in house.whys()


def test_pump_start_after_the_water_flow_raises_it_too():
    house = House()
    house.says(house.point("水流", "water_flow", floor=3), FLOW)
    house.passes(30)
    assert house.only().grade is Grade.II
    house.says(house.point("喷淋泵", "pump", floor=-2), Condition.FEEDBACK)
    assert house.only().grade is Grade.I


def test_water_flow_with_a_detector_is_i_in_either_order():
    for first in ("smoke", "flow"):
        house = House()
        flow, smoke = house.point("水流", "water_flow", floor=3), house.point("烟感", floor=3)
        if first == "smoke":
            house.says(smoke, FIRE)
        house.says(flow, FLOW)
        house.passes(25)
        if first == "flow":
            house.says(smoke, FIRE)
        assert house.only().grade is Grade.I, first
        assert Why.WATER_FLOW_CONFIRMED in house.whys()


def test_a_pump_alone_is_recorded_only():
    house = House()
    house.says(house.point("喷淋泵", "pump"), Condition.STARTED)
    assert house.changes == []
    assert house.hushed == [Why.STARTED]


def test_hydrant_button_with_its_pump_is_i():
    house = House()
    house.says(house.point("消火栓按钮", "hydrant_button", floor=2), FIRE)
    assert house.only().grade is Grade.II
    house.says(house.point("消火栓泵", "pump"), Condition.STARTED)
    assert house.only().grade is Grade.I


def test_gas_low_is_iii_and_ii_after_two_minutes():
    house = House()
    house.says(house.point("燃气", "gas"), Condition.GAS_LOW)
    assert (house.only().grade, house.only().kind, house.only().desk) == (Grade.III, Kind.GAS, False)
    house.passes(119)
    assert house.only().grade is Grade.III
    house.passes(1)
    assert (house.only().grade, house.only().desk) == (Grade.II, True)
    assert house.only().verify_by is not None
    assert Why.GAS_LASTING in house.whys()


def test_gas_high_is_ii_and_i_after_three_minutes_with_the_valve_open_or_unknown():
    house = House()
    house.says(house.point("燃气", "gas"), Condition.GAS_HIGH)
    assert house.only().grade is Grade.II
    house.passes(180)
    assert house.only().grade is Grade.I
    assert Why.GAS_LASTING in house.whys()


def test_gas_high_with_the_valve_shut_is_not_raised_by_lasting():
    house = House()
    house.says(house.point("切断阀", "valve"), Condition.FEEDBACK)
    house.says(house.point("燃气", "gas"), Condition.GAS_HIGH)
    house.does(house.panel(), 1 << 5)
    house.passes(600)
    assert house.only().grade is Grade.II


def test_two_gas_detectors_are_i():
    house = House()
    house.says(house.point("燃气1", "gas", floor=1), Condition.GAS_LOW)
    house.says(house.point("燃气2", "gas", floor=1), Condition.GAS_LOW)
    assert (house.only().grade, house.only().desk) == (Grade.I, True)
    assert Why.GAS_TWO in house.whys()


def test_gas_that_still_stands_counts_however_long_ago_it_began():
    house = House()
    house.says(house.point("燃气1", "gas", floor=1), Condition.GAS_LOW)
    house.person(house.only(), State.CLOSED)
    house.passes(1800)
    house.says(house.point("燃气2", "gas", floor=1), Condition.GAS_LOW)
    assert house.only().grade is Grade.I


def test_gas_with_smoke_is_i_in_either_order():
    for smoke_first in (True, False):
        house = House()
        smoke, gas = house.point("烟感", floor=1), house.point("燃气", "gas", floor=1)
        for who in (smoke, gas) if smoke_first else (gas, smoke):
            house.says(who, FIRE if who is smoke else Condition.GAS_LOW)
        row = house.only()
        assert (row.grade, row.kind, row.desk) == (Grade.I, Kind.FIRE, True)
        assert Why.GAS_WITH_SMOKE in house.whys()


def test_gas_grows_from_low_to_high_in_one_incident():
    house = House()
    gas = house.point("燃气", "gas")
    house.reads(gas, GAS, 30)
    first = house.only().id
    assert house.only().grade is Grade.III
    house.reads(gas, GAS, 55)
    assert (house.only().id, house.only().grade, house.only().desk) == (first, Grade.II, True)


def test_gas_near_its_limit_is_work_and_ends_when_it_is_gone():
    house = House()
    gas = house.point("燃气", "gas")
    house.reads(gas, GAS, 21)
    assert (house.only().grade, house.whys()) == (Grade.IV, {Why.NEAR_LIMIT})
    house.reads(gas, GAS, 19)
    assert house.only()
    house.reads(gas, GAS, 10)
    assert house.open == []
    assert house.case.points == {} or not house.case.points[gas.address].metrics


def test_a_gas_detector_whose_panel_says_fire_is_gas_of_ii():
    house = House()
    house.says(house.point("燃气", "gas"), FIRE)
    assert (house.only().grade, house.only().kind) == (Grade.II, Kind.GAS)


def test_cable_of_70_degrees_is_iii_and_of_90_is_ii():
    house = House()
    wire = house.point("配电箱", "electrical_monitor")
    house.reads(wire, TEMPERATURE, 71)
    assert (house.only().grade, house.only().kind) == (Grade.III, Kind.ELECTRICAL)
    assert house.only().reasons[0].facts["limit"] == 70
    house.passes(600)
    house.reads(wire, TEMPERATURE, 90)
    assert (house.only().grade, house.only().desk) == (Grade.II, True)
    assert Why.ELECTRICAL_OVER in house.whys()


def test_a_cable_that_heats_five_degrees_a_minute_is_ii():
    house = House()
    wire = house.point("配电箱", "electrical_monitor")
    house.reads(wire, TEMPERATURE, 71)
    house.passes(60)
    house.reads(wire, TEMPERATURE, 75)
    assert house.only().grade is Grade.III
    house.passes(60)
    house.reads(wire, TEMPERATURE, 80)
    assert house.only().grade is Grade.II


def test_hysteresis_a_cable_between_65_and_70_keeps_its_alarm():
    house = House()
    wire = house.point("配电箱", "electrical_monitor")
    for value in (71, 69, 71, 66, 70.5):
        house.reads(wire, TEMPERATURE, value)
    assert house.only().alarm_count == 1
    first = house.case.points[wire.address].alarms[int(Condition.CABLE_TEMPERATURE)].id
    house.reads(wire, TEMPERATURE, 64)
    assert [c.alarm for c in house.said(Cleared)] == [first]
    assert house.only().alarm_count == 2
    house.reads(wire, TEMPERATURE, 40)
    assert house.open == []


def test_temperature_of_a_smoke_detector_is_no_cable():
    house = House()
    house.reads(house.point("烟感"), TEMPERATURE, 75)
    assert house.open == []


def test_residual_current_of_300_ma_is_iii_and_of_240_is_work():
    house = House()
    wire = house.point("配电箱", "electrical_monitor")
    house.reads(wire, LEAK, 240)
    assert house.only().grade is Grade.IV
    house.reads(wire, LEAK, 301)
    assert house.only().grade is Grade.III
    house.reads(wire, LEAK, 100)
    assert house.open == []


def test_one_metric_back_to_normal_does_not_clear_the_other():
    house = House()
    wire = house.point("配电箱", "electrical_monitor")
    house.reads(wire, LEAK, 350)
    house.reads(wire, TEMPERATURE, 30)
    assert house.only().grade is Grade.III


def test_arc_with_temperature_is_ii():
    house = House()
    house.says(house.point("电弧", "electrical_monitor", floor=1), Condition.ARC)
    assert house.only().grade is Grade.III
    house.says(house.point("测温", "electrical_monitor", floor=1), Condition.CABLE_TEMPERATURE)
    assert (house.only().grade, house.whys() >= {Why.ELECTRICAL_OVER}) == (Grade.II, True)


def test_wires_with_smoke_are_i_and_one_incident_in_either_order():
    for smoke_first in (True, False):
        house = House()
        smoke, wire = house.point("烟感", floor=1), house.point("配电箱", "electrical_monitor", floor=1)
        if smoke_first:
            house.says(smoke, FIRE)
        house.reads(wire, TEMPERATURE, 72)
        if not smoke_first:
            house.passes(1200)
            house.says(smoke, FIRE)
        assert house.only().grade is Grade.I, smoke_first
        assert (house.only().desk, house.only().kind) == (True, Kind.FIRE)
        assert Why.ELECTRICAL_WITH_SMOKE in house.whys()


def test_wires_without_smoke_at_a_place_with_no_fire_stay_in_the_attention_queue():
    house = House()
    house.says(house.point("烟感", floor=9), FIRE)
    house.reads(house.point("配电箱", "electrical_monitor", floor=1), TEMPERATURE, 72)
    assert [r.grade for r in house.open] == [Grade.II, Grade.III]


def test_implausible_readings_are_work_and_raise_no_alarm():
    house = House()
    wire = house.point("配电箱", "electrical_monitor")
    house.reads(wire, TEMPERATURE, 3200)
    assert (house.only().grade, house.whys()) == (Grade.IV, {Why.IMPLAUSIBLE})
    house.reads(wire, TEMPERATURE, 30)
    assert house.open == []


def test_a_reading_that_is_no_number_is_implausible():
    house = House()
    house.reads(house.point("配电箱", "electrical_monitor"), TEMPERATURE, float("nan"))
    assert house.whys() == {Why.IMPLAUSIBLE}


def test_an_implausible_reading_does_not_clear_a_true_alarm():
    house = House()
    wire = house.point("配电箱", "electrical_monitor")
    house.reads(wire, TEMPERATURE, 75)
    house.reads(wire, TEMPERATURE, -273)
    assert sorted(r.grade for r in house.open) == [Grade.III, Grade.IV]


def test_a_sensor_that_breaks_is_told_from_a_wire_that_heats():
    """Readings of a real monitor: from 47 °C to 245 °C in eight minutes, still there, and back again."""
    house = House()
    wire = house.point("配电箱", "electrical_monitor")
    for value, minutes in ((47, 8), (245, 7), (246, 15), (246, 15)):
        house.reads(wire, TEMPERATURE, value)
        house.passes(minutes * 60)
        assert all(r.grade is Grade.IV for r in house.open), value
    assert house.whys() == {Why.IMPLAUSIBLE}
    house.reads(wire, TEMPERATURE, 49)
    assert house.open == []


@pytest.mark.parametrize("rest", [(246, 246, 246, 246, 246), (252,), (238, 200)])
def test_what_leapt_and_moves_or_stays_is_believed(rest):
    house = House()
    wire = house.point("配电箱", "electrical_monitor")
    house.reads(wire, TEMPERATURE, 245)
    for value in rest:
        house.passes(900)
        house.reads(wire, TEMPERATURE, value)
    assert min(r.grade for r in house.open) <= Grade.II


def test_a_wire_that_is_seen_heating_is_believed_at_once():
    house = House()
    wire = house.point("配电箱", "electrical_monitor")
    for value in (40, 58, 90, 180):
        house.reads(wire, TEMPERATURE, value)
        house.passes(30)
    assert min(r.grade for r in house.open) is Grade.II


def test_a_device_that_alarms_itself_is_believed_whatever_it_reads():
    house = House()
    wire = house.point("配电箱", "electrical_monitor")
    house.reads(wire, TEMPERATURE, 245)
    house.says(wire, Condition.CABLE_TEMPERATURE)
    assert min(r.grade for r in house.open) is Grade.III


def test_a_trend_that_reaches_the_limit_within_seven_days_is_iii():
    house = House()
    wire = house.point("配电箱", "electrical_monitor")
    for hour in range(40):
        house.reads(wire, TEMPERATURE, 58 + hour * 0.1)
        house.passes(3600)
    assert min(r.grade for r in house.open) is Grade.III
    row = next(r for r in house.open if r.grade is Grade.III)
    reason = next(r for r in row.reasons if r.why is Why.LIMIT_SOON)
    assert 2 < float(reason.facts["days"]) < 5


def test_a_flat_line_near_the_limit_stays_work():
    house = House()
    wire = house.point("配电箱", "electrical_monitor")
    for hour in range(40):
        house.reads(wire, TEMPERATURE, 60 + (hour % 2) * 0.2)
        house.passes(3600)
    assert house.only().grade is Grade.IV


def test_video_fire_alone_is_iii_agreed_ii_with_a_detector_i():
    house = House()
    camera = house.alone("摄像机", "camera", locus=Locus("B", 1))
    house.says(camera, Condition.VIDEO_FIRE)
    assert (house.only().grade, house.only().desk) == (Grade.III, False)
    house.says(camera, Condition.VIDEO_FIRE | Condition.VIDEO_AGREED, known=-1)
    assert (house.only().grade, house.only().desk) == (Grade.II, True)
    house.says(house.point("烟感", floor=1), FIRE)
    assert house.only().grade is Grade.I
    assert Why.VIDEO_WITH_DETECTOR in house.whys()


def test_exit_blocked_is_iii_in_s1_and_s2_else_iv_and_battery_heat_is_ii():
    for premises in PremisesClass:
        house = House(premises)
        camera = house.alone("楼道", "camera", locus=Locus("B", 1))
        house.says(camera, Condition.EBIKE)
        assert house.only().grade is (Grade.III if premises <= PremisesClass.S2 else Grade.IV)
        house.says(camera, Condition.EBIKE | Condition.BATTERY_HEAT, known=-1)
        assert (house.only().grade, house.only().desk) == (Grade.II, True)


def test_hydrants_low_is_work_damaged_or_dry_is_iii_and_a_zone_is_one_row():
    house = House(devices=10)
    hydrants = [house.alone(f"消火栓{n}", "hydrant", locus=Locus()) for n in range(4)]
    house.reads(hydrants[0], PRESSURE, 0.08)
    assert house.only().grade is Grade.IV
    house.says(hydrants[1], Condition.DAMAGED)
    assert sorted(r.grade for r in house.open) == [Grade.III, Grade.IV]
    house.reads(hydrants[2], PRESSURE, 0.0)
    house.reads(hydrants[3], PRESSURE, 0.0)
    zone = [r for r in house.open if Why.ZONE_LOSS in house.whys(r)]
    assert [r.grade for r in zone] == [Grade.III]
    assert len(house.open) == 2


def test_low_battery_is_work_and_ends_with_a_new_one():
    house = House()
    smoke = house.alone("1号")
    house.reads(smoke, BATTERY, 9)
    assert house.only().grade is Grade.IV
    house.reads(smoke, BATTERY, 100)
    assert [type(c) for c in house.verdict.changes][-1] is Ended


def test_gas_row_that_goes_into_a_fire_is_merged_not_closed():
    house = House()
    house.says(house.point("燃气", "gas", floor=1), Condition.GAS_LOW)
    house.says(house.point("烟感", floor=1), FIRE)
    assert {type(c) for c in house.verdict.changes} == {Opened, Merged}
    house.says(house.point("烟感2", floor=1), FIRE)
    assert {type(c) for c in house.verdict.changes} == {Joined, Raised}


def test_readings_of_many_points_are_judged_each_by_its_own_type_and_unknown_points_are_left_out():
    house = House()
    uitd = house.transmitter()
    wire, smoke = house.point("配电箱", "electrical_monitor"), house.point("烟感")
    at = house.heard()
    points = (smoke.address, "790300000000/1.1.0.999", wire.address)
    signal = Signal(
        "gb26875", uitd.address, int(SignalKind.READINGS), at, at, metrics=(1, 1, 1), values=(75.0, 75.0, 75.0)
    )
    signal.points = points
    house.hears([Seen(signal, uitd, (smoke, wire))])
    assert [a[1].address for a in house_alarms(house)] == [wire.address]


def house_alarms(house: House) -> list[tuple[str, AlarmRow]]:
    return [(c.incident, a) for c in house.changes if isinstance(c, Opened) for a in c.alarms]


@pytest.mark.parametrize("through", [False, True])
def test_what_leapt_and_then_fell_silent_is_believed(through):
    """What broke the sensor, or burnt its line, may be the fire."""
    house = House()
    box = house.transmitter()
    wire = house.point("配电箱", "electrical_monitor") if through else house.alone("配电箱", "electrical_monitor")
    house.reads(wire, TEMPERATURE, 245)
    assert house.only().grade is Grade.IV
    house.passes(900)
    house.says(box if through else wire, Condition.OFFLINE)
    assert min(r.grade for r in house.open) is Grade.II
