"""Fires: an unverified one is at least II, never lowered; two are not unwanted."""

from support.judging import NIGHT, House
from zhigan.incidents.model import Counted, Joined, Merged, Opened, Raised, State, Why
from zhigan.vocabulary.conditions import Condition, Operation
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.moments import SECOND
from zhigan.vocabulary.premises import PremisesClass

FIRE = Condition.FIRE
S1, S2, S3, S4 = PremisesClass.S1, PremisesClass.S2, PremisesClass.S3, PremisesClass.S4


def test_first_smoke_opens_a_desk_incident_of_grade_ii():
    house = House()
    smoke = house.point("烟感1", floor=12)
    house.says(smoke, FIRE)
    row = house.only()
    assert (row.grade, row.kind, row.state, row.locus) == (Grade.II, Kind.FIRE, State.OPEN, "B/12")
    assert house.whys() == {Why.FIRST_FIRE}
    assert row.place.text == "烟感1"
    assert row.alarm_count == 1


def test_manual_call_point_heat_flame_and_unknown_component_open_at_ii():
    for type_ in ("heat", "flame", "manual_call_point", "other", "hydrant_button"):
        house = House()
        house.says(house.point("x", type_), FIRE)
        assert house.only().grade is Grade.II, type_


def test_panel_fire_bit_opens_at_ii():
    house = House()
    house.says(house.panel(), FIRE)
    assert house.only().grade is Grade.II
    assert house.whys() == {Why.PANEL_FIRE}


def test_fire_of_an_unregistered_device_is_ii_and_flagged():
    house = House()
    house.says(house.point("?", "other", registered=False), FIRE)
    assert house.only().flags == ("unregistered",)
    assert house.whys() == {Why.UNREGISTERED_FIRE}
    assert house.only().grade is Grade.II


def test_the_button_of_the_transmission_device_is_a_fire_of_ii():
    house = House()
    house.does(house.transmitter(), Operation.MANUAL_ALARM)
    assert house.only().grade is Grade.II
    assert house.whys() == {Why.MANUAL_ALARM}


def test_a_discharge_is_i_at_once():
    house = House()
    house.says(house.point("气灭", "gas_extinguishing"), Condition.DISCHARGE)
    row = house.only()
    assert row.grade is Grade.I
    assert row.answer_by is None
    assert row.verify_by is not None


def test_second_detector_of_the_same_floor_within_five_minutes_makes_it_i():
    house = House()
    house.says(house.point("烟感1", floor=12), FIRE)
    house.passes(170)
    house.says(house.point("烟感2", floor=12), FIRE)
    assert house.only().grade is Grade.I
    assert Why.SECOND_DEVICE in house.whys()
    assert len(house.said(Joined)) == 1


def test_the_same_detector_twice_stays_ii_and_is_counted():
    house = House()
    smoke = house.point("烟感1", floor=12)
    house.says(smoke, FIRE)
    house.passes(20)
    house.says(smoke, FIRE)
    assert house.only().grade is Grade.II
    assert [c.count for c in house.said(Counted)] == [2]
    house.passes(5)
    house.says(smoke)
    house.says(smoke, FIRE)
    assert house.only().grade is Grade.II
    assert house.only().alarm_count == 1
    assert [c.count for c in house.said(Counted)] == [3]


def test_repeats_are_told_at_most_every_ten_seconds():
    house = House()
    smoke = house.point("烟感1", floor=12)
    house.says(smoke, FIRE)
    told = 0
    for _ in range(50):
        house.passes(0.5)
        house.says(smoke, FIRE)
        told += len(house.said(Counted))
    assert told == 2


def test_second_detector_after_more_than_five_minutes_does_not_raise():
    house = House()
    house.says(house.point("烟感1", floor=12), FIRE)
    house.does(house.panel(), Operation.CONFIRM)
    house.passes(301)
    house.says(house.point("烟感2", floor=12), FIRE)
    assert house.only().grade is Grade.II


def test_the_panels_own_fire_bit_is_not_a_second_device():
    house = House()
    house.says(house.point("烟感1", floor=12), FIRE)
    house.says(house.panel(), FIRE)
    assert house.only().grade is Grade.II
    assert house.only().alarm_count == 2


def test_the_transmission_devices_own_bit_and_a_module_are_not_second_devices():
    house = House()
    house.says(house.point("烟感1", floor=12), FIRE)
    house.says(house.transmitter(), FIRE)
    house.says(house.point("模块", "module", floor=12), FIRE)
    assert house.only().grade is Grade.II


def test_panel_bit_first_then_its_detector_is_one_incident_that_knows_its_floor():
    house = House()
    house.says(house.panel(), FIRE)
    house.says(house.point("烟感1", floor=12), FIRE)
    assert house.only().grade is Grade.II
    house.says(house.point("烟感9", floor=20), FIRE)
    assert [r.grade for r in house.desk] == [Grade.II, Grade.II]


def test_fire_on_the_next_floor_is_spread_raised_and_merged_into_the_older():
    house = House()
    house.says(house.point("烟感1", floor=12), FIRE)
    first = house.only().id
    house.passes(60)
    house.says(house.point("烟感2", floor=13), FIRE)
    row = house.only()
    assert (row.id, row.grade, row.alarm_count) == (first, Grade.I, 2)
    assert [type(c) for c in house.verdict.changes] == [Opened, Raised, Merged]
    house.passes(1)
    house.says(house.point("烟感3", floor=14), FIRE)
    house.says(house.point("烟感4", floor=13), FIRE)
    assert house.only().id == first


def test_fire_three_floors_away_is_another_incident():
    house = House()
    house.says(house.point("烟感1", floor=12), FIRE)
    house.says(house.point("烟感2", floor=15), FIRE)
    assert [r.grade for r in house.desk] == [Grade.II, Grade.II]


def test_fire_beside_a_grave_one_joins_it_however_much_later():
    house = House()
    house.says(house.point("烟感1", floor=12), FIRE)
    house.says(house.point("烟感2", floor=12), FIRE)
    house.passes(1800)
    house.says(house.point("烟感3", floor=13), FIRE)
    assert house.only().grade is Grade.I


def test_two_incidents_become_one_when_a_fire_between_them_joins_them():
    house = House()
    house.says(house.point("烟感1", floor=12), FIRE)
    first = house.only().id
    house.says(house.point("烟感2", floor=14), FIRE)
    assert len(house.desk) == 2
    house.says(house.point("烟感3", floor=13), FIRE)
    assert house.only().id == first
    assert house.only().grade is Grade.I


def test_unknown_floors_count_as_the_building():
    house = House()
    house.says(house.point("烟感1", floor=12), FIRE)
    house.says(house.point("烟感2"), FIRE)
    assert house.only().grade is Grade.I


def test_other_buildings_are_other_incidents():
    house = House()
    house.says(house.point("烟感1", building="A"), FIRE)
    house.says(house.point("烟感2", building="B"), FIRE)
    assert [r.grade for r in house.desk] == [Grade.II, Grade.II]


def test_dwellings_of_a_lane_are_incidents_of_their_own():
    house = House(S3)
    house.says(house.alone("1号"), FIRE)
    house.says(house.alone("2号"), FIRE)
    assert [r.grade for r in house.desk] == [Grade.II, Grade.II]


def test_alarm_again_after_a_reset_is_i():
    house = House()
    panel, smoke = house.panel(), house.point("烟感1", floor=12)
    house.says(smoke, FIRE)
    house.does(panel, Operation.CONFIRM)
    house.does(panel, Operation.RESET)
    assert house.only().grade is Grade.II
    house.passes(599)
    house.says(smoke, FIRE)
    assert house.only().grade is Grade.I
    assert Why.ALARM_AFTER_RESET in house.whys()


def test_alarm_more_than_ten_minutes_after_a_reset_stays_ii():
    house = House()
    panel, smoke = house.panel(), house.point("烟感1", floor=12)
    house.says(smoke, FIRE)
    house.does(panel, Operation.CONFIRM)
    house.does(panel, Operation.RESET)
    house.passes(602)
    house.says(smoke, FIRE)
    assert house.only().grade is Grade.II


def test_no_answer_from_the_site_in_180_seconds_makes_it_i():
    house = House()
    house.says(house.point("烟感1"), FIRE)
    house.passes(179)
    assert house.only().grade is Grade.II
    house.passes(1)
    assert house.only().grade is Grade.I
    assert Why.NO_ANSWER in house.whys()


def test_s1_at_night_waits_only_90_seconds_for_an_answer():
    house = House(S1, NIGHT)
    house.says(house.point("烟感1"), FIRE)
    house.passes(89)
    assert house.only().grade is Grade.II
    house.passes(1)
    assert house.only().grade is Grade.I


def test_an_answer_from_the_panel_stops_the_clock():
    house = House()
    panel = house.panel()
    house.says(house.point("烟感1"), FIRE)
    house.does(panel, Operation.CONFIRM)
    assert Why.ANSWERED in {r.why for r in house.remarks()}
    house.passes(3600)
    assert house.only().grade is Grade.II


def test_a_claim_at_the_desk_is_no_answer_from_the_site():
    house = House()
    house.says(house.point("烟感1"), FIRE)
    house.person(house.only(), State.VERIFYING)
    house.passes(180)
    assert house.only().grade is Grade.I


def test_confirmed_by_a_person_is_i():
    house = House()
    house.says(house.point("烟感1"), FIRE)
    house.person(house.only(), State.CONFIRMED)
    house.passes(1)
    assert house.only().grade is Grade.I
    assert Why.CONFIRMED in house.whys()
    house.passes(600)
    assert Why.NO_ANSWER not in house.whys()
    assert Why.STATION_SENT not in {r.why for r in house.remarks()}


def test_countdown_spent_sends_the_station():
    for premises, at, seconds in (
        (S1, None, 60), (S2, None, 90), (S3, None, 60), (S4, None, 90),
        (S1, NIGHT, 30), (S2, NIGHT, 60), (S3, NIGHT, 45), (S4, NIGHT, 60),
    ):  # fmt: skip
        house = House(premises) if at is None else House(premises, at)
        house.says(house.point("烟感1"), FIRE)
        assert house.only().verify_by == house.now + seconds * SECOND
        house.passes(seconds - 1)
        assert not house.remarks()
        house.passes(1)
        assert [r.why for r in house.remarks()] == [Why.STATION_SENT]
        assert "countdown_spent" in house.only().flags


def test_impaired_protection_halves_the_times():
    house = House()
    house.says(house.point("水泵", "pump"), Condition.PUMP_OFF)
    house.says(house.point("烟感1", floor=3), FIRE)
    row = house.desk[0]
    assert row.verify_by == house.now + 45 * SECOND
    assert row.answer_by == house.now + 90 * SECOND
    assert Why.IMPAIRED_HALVES_TIME in house.whys(row)


def test_protection_restored_gives_the_full_times_again():
    house = House()
    pump = house.point("水泵", "pump")
    house.says(pump, Condition.PUMP_OFF)
    house.says(pump)
    house.says(house.point("烟感1", floor=3), FIRE)
    assert house.only().verify_by == house.now + 90 * SECOND


def test_in_a_home_one_detector_normal_again_within_120_s_stays_ii():
    house = House(S3)
    smoke = house.alone("厨房")
    house.says(smoke, FIRE)
    house.passes(100)
    house.says(smoke)
    assert Why.SINGLE_RESTORED in {r.why for r in house.remarks()}
    house.passes(3600)
    assert house.only().grade is Grade.II


def test_in_a_home_normal_again_too_late_becomes_i():
    house = House(S3)
    smoke = house.alone("厨房")
    house.says(smoke, FIRE)
    house.passes(121)
    house.says(smoke)
    house.passes(60)
    assert house.only().grade is Grade.I


def test_in_a_home_smoke_that_comes_back_is_asked_about_again():
    house = House(S3)
    smoke = house.alone("厨房")
    house.says(smoke, FIRE)
    house.passes(60)
    house.says(smoke)
    house.passes(200)
    house.says(smoke, FIRE)
    assert house.only().grade is Grade.II
    house.passes(180)
    assert house.only().grade is Grade.I


def test_elsewhere_a_detector_normal_again_still_needs_an_answer():
    house = House(S2)
    smoke = house.point("烟感1")
    house.says(smoke, FIRE)
    house.passes(10)
    house.says(smoke)
    house.passes(170)
    assert house.only().grade is Grade.I


def test_an_alarm_that_stands_on_after_closing_raises_nothing_until_it_cleared_and_came_back():
    house = House()
    smoke = house.point("烟感1")
    house.says(smoke, FIRE)
    house.person(house.only(), State.CLOSED)
    house.passes(60)
    house.says(smoke, FIRE)
    assert house.open == []
    assert house.hushed == [Why.STILL_STANDING]
    house.says(smoke)
    house.says(smoke, FIRE)
    assert house.only().grade is Grade.II


def test_a_new_independent_device_after_closing_opens_a_new_incident():
    house = House()
    house.says(house.point("烟感1"), FIRE)
    house.person(house.only(), State.CLOSED)
    house.passes(301)
    house.says(house.point("烟感2"), FIRE)
    assert house.only().grade is Grade.II


def test_a_device_closed_as_false_a_hundred_times_still_alarms_at_ii():
    house = House()
    smoke = house.point("烟感1")
    for _ in range(100):
        house.says(smoke, FIRE)
        assert house.only().grade <= Grade.II
        house.person(house.only(), State.CLOSED)
        house.passes(700)
        house.says(smoke)
        house.passes(700)
    house.says(smoke, FIRE)
    assert house.only().grade is Grade.II


def test_a_flapping_detector_is_one_alarm_row_and_its_fire_is_never_delayed():
    house = House()
    smoke = house.point("烟感1")
    for _ in range(40):
        house.says(smoke, FIRE)
        assert house.only().grade <= Grade.II
        house.passes(1)
        house.says(smoke)
        house.passes(1)
    assert house.only().alarm_count == 1


def test_an_older_status_is_history_only():
    house = House()
    smoke = house.point("烟感1")
    old = house.status(smoke, Condition.NONE)
    house.says(smoke, FIRE)
    house.hears([old])
    assert house.hushed == [Why.STALE]
    assert house.case.points[smoke.address].conditions == FIRE


def test_a_fire_overtaken_by_its_own_clearing_is_not_lost():
    house = House()
    smoke = house.point("烟感1")
    house.says(smoke, Condition.FAULT)
    old = house.status(smoke, FIRE)
    house.says(smoke, Condition.FAULT | Condition.SHIELD)
    house.hears([old])
    assert [r.grade for r in house.desk] == [Grade.II]
    assert house.case.points[smoke.address].conditions == Condition.FAULT | Condition.SHIELD


def test_after_a_merge_by_hand_a_new_detector_where_the_other_stood_joins_the_survivor():
    house = House()
    house.says(house.point("烟感1", floor=12), FIRE)
    house.says(house.point("烟感2", floor=15), FIRE)
    kept, gone = house.desk
    house.joins(gone, kept)
    house.passes(900)
    house.says(house.point("烟感3", floor=15), FIRE)
    assert house.only().id == kept.id
