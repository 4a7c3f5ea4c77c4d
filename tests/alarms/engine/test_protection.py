"""Protection down, faults, shields, tampering, silence, duty: rows that never reach the desk, and end by themselves."""

from support.judging import DAY, NIGHT, PANEL, House
from zhigan.incidents.model import Ended, Merged, Outcome, Why
from zhigan.vocabulary.conditions import Condition, Operation
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.moments import SECOND
from zhigan.vocabulary.premises import PremisesClass

S1, S2, S3, S4 = PremisesClass.S1, PremisesClass.S2, PremisesClass.S3, PremisesClass.S4
LOOP = {f"{PANEL}/1.1": 100}


def test_protection_down_is_iii():
    cases = (
        ("pump", Condition.PUMP_OFF), ("pump", Condition.MANUAL_MODE), ("water_level", Condition.NO_WATER),
        ("control_panel", Condition.OFFLINE),
    )  # fmt: skip
    for type_, condition in cases:
        house = House()
        house.says(house.point("x", type_), condition)
        assert house.only().grade is Grade.III, type_
        assert house.whys() == {Why.PROTECTION_DOWN}
        assert not house.only().desk
        assert house.case.impaired


def test_a_whole_system_shielded_is_iii_and_one_point_is_work():
    house = House()
    house.says(house.panel(), Condition.SHIELD)
    assert (house.only().grade, house.whys()) == (Grade.III, {Why.PROTECTION_DOWN})
    house = House()
    house.says(house.point("烟感"), Condition.SHIELD)
    assert (house.only().grade, house.whys()) == (Grade.IV, {Why.POINT_SHIELDED})


def test_a_sprinkler_system_in_manual_is_protection_down_but_a_panel_in_manual_is_not():
    house = House()
    house.says(house.point("喷淋", "other", system="12.1", component="12.1"), Condition.MANUAL_MODE)
    assert house.whys() == {Why.PROTECTION_DOWN}
    house = House()
    house.says(house.panel(), Condition.MANUAL_MODE)
    assert house.open == []


def test_faults_are_work():
    for condition, why in (
        (Condition.FAULT, Why.FAULT), (Condition.MAINS_FAULT, Why.POWER_FAULT), (Condition.BUS_FAULT, Why.FAULT),
        (Condition.POWER_FAULT, Why.POWER_FAULT), (Condition.BACKUP_FAULT, Why.POWER_FAULT),
        (Condition.TAMPER, Why.TAMPER),
        (Condition.ALARM_FAULT, Why.FAULT), (Condition.CHANNEL_FAULT, Why.FAULT), (Condition.LOW_BATTERY, Why.FAULT),
        (Condition.LOW_PRESSURE, Why.WATER_LOW),
    ):  # fmt: skip
        house = House()
        house.says(house.point("x"), condition)
        assert (house.only().grade, house.whys()) == (Grade.IV, {why}), condition
        assert not house.only().desk


def test_a_fault_ends_by_itself_when_it_is_gone():
    house = House()
    smoke = house.point("烟感")
    house.says(smoke, Condition.FAULT)
    house.says(smoke)
    assert house.open == []
    assert [c.outcome for c in house.said(Ended)] == [Outcome.FAULT]


def test_a_fault_told_again_and_again_changes_nothing():
    house = House()
    smoke = house.point("烟感")
    house.says(smoke, Condition.FAULT)
    before = house.case
    for _ in range(5):
        house.passes(60)
        house.says(smoke, Condition.FAULT)
        assert house.verdict.changes == ()
    assert house.case == before


def test_mains_and_battery_both_are_iii():
    house = House()
    panel = house.panel()
    house.says(panel, Condition.MAINS_FAULT)
    assert house.only().grade is Grade.IV
    house.says(panel, Condition.MAINS_FAULT | Condition.BACKUP_FAULT)
    assert (house.only().grade, Why.POWER_BOTH in house.whys()) == (Grade.III, True)
    assert house.only().alarm_count == 2
    house.says(panel)
    assert house.open == []


def test_more_than_ten_percent_of_a_loop_shielded_is_one_row_of_iii():
    house = House(loops=LOOP)
    points = [house.point(f"烟感{n}") for n in range(12)]
    for point in points[:10]:
        house.says(point, Condition.SHIELD)
    assert [r.grade for r in house.open] == [Grade.IV] * 10
    house.says(points[10], Condition.SHIELD)
    row = house.only()
    assert (row.grade, row.alarm_count) == (Grade.III, 11)
    assert row.reasons[0].why is Why.MANY_SHIELDED
    assert row.reasons[0].facts == {"count": 11, "of": 100, "percent": 11}
    assert len(house.said(Merged)) == 10
    house.says(points[11], Condition.SHIELD)
    assert house.only().alarm_count == 12
    for point in points:
        house.says(point)
    assert house.open == []
    assert house.case.groups == {}


def test_a_loop_of_unknown_size_stays_single_rows():
    house = House()
    for n in range(20):
        house.says(house.point(f"烟感{n}"), Condition.SHIELD)
    assert [r.grade for r in house.open] == [Grade.IV] * 20


def test_one_point_of_a_tiny_loop_is_not_many():
    house = House(loops={f"{PANEL}/1.1": 3})
    house.says(house.point("烟感"), Condition.FAULT)
    assert house.only().grade is Grade.IV


def test_two_tampers_of_a_device_in_24_hours_are_iii():
    house = House()
    smoke = house.point("烟感")
    house.says(smoke, Condition.TAMPER)
    assert house.only().grade is Grade.IV
    house.says(smoke)
    house.passes(20 * 3600)
    house.says(smoke, Condition.TAMPER)
    assert (house.only().grade, Why.TAMPER_TWICE in house.whys()) == (Grade.III, True)


def test_two_tampers_in_two_days_are_work():
    house = House()
    smoke = house.point("烟感")
    house.says(smoke, Condition.TAMPER)
    house.says(smoke)
    house.passes(25 * 3600)
    house.says(smoke, Condition.TAMPER)
    assert house.only().grade is Grade.IV


def test_a_silent_device_is_work_and_online_again_when_it_speaks():
    house = House()
    smoke = house.alone("1号")
    house.says(smoke, Condition.OFFLINE)
    assert (house.only().grade, house.only().kind) == (Grade.IV, Kind.LINK)
    house.reads(smoke, 1, 20.0)
    assert house.open == []
    assert house.verdict.conditions == ((smoke.number, 0),)


def test_a_silent_transmission_device_is_iii_in_s1_and_s2_after_ten_minutes_else_work_at_once():
    for premises in (S1, S2):
        house = House(premises)
        house.says(house.transmitter(), Condition.OFFLINE)
        assert house.open == []
        house.passes(599)
        assert house.open == []
        house.passes(1)
        assert house.only().grade is Grade.III
    for premises in (S3, S4):
        house = House(premises)
        house.says(house.transmitter(), Condition.OFFLINE)
        assert house.only().grade is Grade.IV


def test_the_ten_minutes_run_from_when_it_was_last_heard():
    house = House(S2)
    house.says(house.transmitter(), Condition.OFFLINE, age=180)
    house.passes(419)
    assert house.open == []
    house.passes(1)
    assert house.only().grade is Grade.III


def test_a_transmission_device_back_within_ten_minutes_is_nothing():
    house = House(S2)
    uitd = house.transmitter()
    house.says(uitd, Condition.OFFLINE)
    house.passes(300)
    house.says(uitd)
    house.passes(900)
    assert house.changes == []


def test_a_fifth_of_a_unit_silent_within_ten_minutes_is_one_row_of_iii():
    house = House(devices=50)
    homes = [house.alone(f"{n}号") for n in range(12)]
    for home in homes[:9]:
        house.says(home, Condition.OFFLINE)
        house.passes(20)
    assert [r.grade for r in house.open] == [Grade.IV] * 9
    house.says(homes[9], Condition.OFFLINE)
    assert (house.only().grade, house.only().reasons[0].why) == (Grade.III, Why.LINK_LOST_MANY)
    assert house.only().alarm_count == 10
    house.says(homes[10], Condition.OFFLINE)
    assert house.only().alarm_count == 11
    for home in homes[:11]:
        house.says(home)
    assert house.open == []


def test_devices_that_fall_silent_over_days_stay_single_rows():
    house = House(devices=50)
    for n in range(12):
        house.says(house.alone(f"{n}号"), Condition.OFFLINE)
        house.passes(3600)
    assert [r.grade for r in house.open] == [Grade.IV] * 12


def test_a_missed_duty_check_is_work_two_in_a_row_are_iii():
    house = House(S2)
    uitd = house.transmitter()
    house.says(uitd, Condition.DUTY_MISSED)
    assert (house.only().grade, house.only().kind) == (Grade.IV, Kind.DUTY)
    house.passes(3600)
    house.says(uitd, Condition.DUTY_MISSED)
    assert (house.only().grade, Why.DUTY_MISSED_TWICE in house.whys()) == (Grade.III, True)
    house.does(uitd, Operation.DUTY_ANSWER)
    assert house.open == []


def test_a_duty_check_missed_answered_and_missed_again_is_not_two_in_a_row():
    house = House(S2)
    uitd = house.transmitter()
    house.says(uitd, Condition.DUTY_MISSED)
    house.does(uitd, Operation.DUTY_ANSWER)
    house.passes(3600)
    house.says(uitd, Condition.DUTY_MISSED)
    assert house.only().grade is Grade.IV


def test_a_duty_check_missed_in_s1_at_night_is_iii_at_once():
    for at, grade in ((NIGHT, Grade.III), (DAY, Grade.IV)):
        house = House(S1, at)
        house.says(house.transmitter(), Condition.DUTY_MISSED)
        assert house.only().grade is grade


def test_a_flapping_fault_is_held_together_in_one_row():
    house = House()
    smoke = house.point("烟感")
    opened = 0
    for _ in range(100):
        house.says(smoke, Condition.FAULT)
        opened += len([c for c in house.verdict.changes if type(c).__name__ == "Opened"])
        house.passes(1)
        house.says(smoke)
        house.passes(1)
    assert opened <= 5
    house.passes(61)
    assert house.open == []


def test_a_suspended_device_raises_no_work_but_its_fire_counts():
    house = House()
    smoke = house.point("烟感", in_service=False)
    house.says(smoke, Condition.FAULT)
    assert house.hushed == [Why.NOT_IN_SERVICE]
    house.says(smoke, Condition.FIRE)
    assert house.only().grade is Grade.II


def test_supervisory_start_and_feedback_are_recorded_on_the_incident_once():
    house = House()
    house.says(house.point("风机", "other", floor=3), Condition.STARTED)
    assert house.hushed == [Why.STARTED]
    house.says(house.point("烟感", floor=3), Condition.FIRE)
    fan, gate = house.point("排烟机", "other", floor=3), house.point("监管", "other", floor=4)
    house.says(fan, Condition.STARTED)
    house.says(fan, Condition.STARTED | Condition.FEEDBACK)
    house.says(gate, Condition.SUPERVISORY)
    assert [r.why for r in house.remarks()] == [Why.STARTED, Why.STARTED, Why.SUPERVISORY]
    for _ in range(5):
        house.says(fan)
        house.says(fan, Condition.STARTED)
    assert len(house.remarks()) == 3
    assert len(house.open) == 1


def test_closed_hours_are_the_night_of_s4():
    house = House(S4, closed_hours=((18 * 60, 8 * 60),))
    house.now += 7 * 3600 * SECOND
    house.says(house.point("烟感"), Condition.FIRE)
    assert house.only().verify_by == house.now + 60 * SECOND
