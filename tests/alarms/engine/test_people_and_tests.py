"""Resets, operations, tests in progress, late fires: what is not what it seems."""

import pytest

from support.judging import PANEL, House
from zhigan.alarms.engine import decide
from zhigan.incidents.model import Cleared, Opened, Raised, State, Why
from zhigan.vocabulary.conditions import Condition, Operation
from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.moments import SECOND
from zhigan.vocabulary.signals import Flag

FIRE = Condition.FIRE


def test_a_panel_reset_clears_alarms_never_incidents_and_is_flagged_before_verification():
    house = House()
    panel, one, two = house.panel(), house.point("烟感1"), house.point("烟感2")
    house.says(panel, FIRE)
    house.says(one, FIRE)
    house.says(two, FIRE)
    house.does(panel, Operation.RESET)
    assert len(house.said(Cleared)) == 3
    assert {c.reason.why for c in house.said(Cleared)} == {Why.RESET}
    assert "reset_unverified" in house.only().flags
    assert set(house.verdict.conditions) == {(s.number, 0) for s in (panel, one, two)}


def test_a_reset_after_verification_is_not_flagged():
    house = House()
    panel, smoke = house.panel(), house.point("烟感1")
    house.says(smoke, FIRE)
    house.person(house.only(), State.CONFIRMED)
    house.passes(1)
    house.does(panel, Operation.RESET)
    assert house.only().flags == ()


def test_a_reset_clears_only_what_was_heard_before_it_and_only_its_system():
    house = House()
    panel, other = house.panel(), house.point("别的系统", system="1.2", floor=30)
    reset = house.status(panel, Condition.NONE)
    reset.signal.kind, reset.signal.known, reset.signal.operations = 3, 0, int(Operation.RESET)
    smoke = house.point("烟感1", floor=12)
    house.says(smoke, FIRE)
    house.says(other, FIRE)
    house.hears([reset])
    assert house.said(Cleared) == []
    house.does(panel, Operation.RESET)
    assert len(house.said(Cleared)) == 1


def test_a_reset_at_the_transmission_device_clears_all_systems_behind_it():
    house = House()
    house.says(house.point("一", floor=1), FIRE)
    house.says(house.point("二", floor=9, system="1.2"), FIRE)
    house.does(house.transmitter(), Operation.RESET)
    assert len(house.said(Cleared)) == 2


def test_a_reset_leaves_faults_and_shields():
    house = House()
    smoke = house.point("烟感")
    house.says(smoke, FIRE | Condition.FAULT | Condition.SHIELD)
    house.does(house.panel(), Operation.RESET)
    assert house.case.points[smoke.address].conditions == Condition.FAULT | Condition.SHIELD


def test_a_reset_with_nothing_to_clear_is_ignored():
    house = House()
    house.does(house.panel(), Operation.RESET)
    assert house.hushed == [Why.OPERATION_IGNORED]
    assert house.verdict.case.idle


def test_silencing_is_a_line_in_the_timeline_once():
    house = House()
    panel = house.panel()
    house.says(house.point("烟感"), FIRE)
    for _ in range(3):
        house.does(panel, Operation.SILENCE)
    assert [(r.why, r.facts) for r in house.remarks()] == [(Why.OPERATION, {"operation": "silence"})]


def test_alarms_in_a_test_are_silent_and_those_outside_are_real():
    for scope in ("address", "parent", "system", "device", "building", "whole"):
        house = House()
        inside, outside = (
            house.point("测试中", floor=1),
            house.point("别处", floor=9, building="C", system="2.1", parent="790300000001"),
        )
        house.test(
            **{
                "address": {"addresses": (inside.address,)},
                "parent": {"addresses": (PANEL,)},
                "system": {"systems": ("1.1",)},
                "device": {"devices": (inside.device_id,)},
                "building": {"building": "B"},
                "whole": {"whole": True},
            }[scope]
        )
        house.says(inside, FIRE)
        assert house.open == [], scope
        assert house.hushed == [Why.TEST_MODE]
        assert house.case.points[inside.address].conditions == FIRE
        house.says(outside, FIRE)
        assert len(house.open) == (0 if scope == "whole" else 1), scope


def test_a_call_point_together_with_water_flow_in_a_test_asks_the_operator():
    for call_first in (True, False):
        house = House()
        call, flow = house.point("手报", "manual_call_point", floor=2), house.point("水流", "water_flow", floor=3)
        house.test(whole=True)
        if call_first:
            house.says(call, FIRE)
            house.says(flow, Condition.WATER_FLOW)
            house.passes(20)
        else:
            house.says(flow, Condition.WATER_FLOW)
            house.passes(20)
            house.says(call, FIRE)
        assert house.only().grade is Grade.II, call_first
        assert house.only().flags == ("test",)
        assert Why.TEST_CALL_POINT_AND_FLOW in house.whys()


def test_what_still_stands_when_the_test_ends_is_real():
    house = House()
    smoke = house.point("烟感")
    house.test(whole=True)
    house.says(smoke, FIRE)
    house.test_ends()
    assert house.only().grade is Grade.II
    assert house.whys() == {Why.FIRST_FIRE, Why.TEST_ENDED}


def test_a_test_ends_by_itself():
    house = House()
    house.test(whole=True, until=house.now + 3600 * 1_000_000)
    house.says(house.point("烟感"), FIRE)
    house.passes(3599)
    assert house.open == []
    house.passes(1)
    assert house.only().grade is Grade.II


def test_what_was_restored_within_the_test_is_nothing_after_it():
    house = House()
    smoke = house.point("烟感")
    house.test(whole=True)
    house.says(smoke, FIRE)
    house.says(smoke)
    house.test_ends()
    house.passes(9 * 3600)
    assert house.changes == []
    assert house.case.tested == {}


def test_a_late_fire_since_restored_is_iii_and_flagged():
    house = House()
    smoke = house.alone("1号")
    burst = [house.status(smoke, FIRE, age=1800, flags=int(Flag.LATE)), house.status(smoke, Condition.NONE, age=1500)]
    house.hears(burst)
    row = house.only()
    assert (row.grade, row.desk, row.flags) == (Grade.III, False, ("late",))
    assert house.whys() == {Why.LATE_FIRE}
    assert row.reasons[0].facts["minutes"] == 30
    house.passes(3600)
    assert house.only().grade is Grade.III


def test_a_late_fire_of_a_device_heard_normal_since_is_iii():
    house = House()
    smoke = house.alone("1号", normal_at=house.now - 60_000_000)
    house.says(smoke, FIRE, age=1800, flags=int(Flag.LATE))
    assert (house.only().grade, house.only().flags) == (Grade.III, ("late",))
    assert len(house.said(Cleared)) == 1


def test_a_late_fire_that_still_stands_is_as_usual_with_its_age():
    house = House()
    house.says(house.alone("1号"), FIRE, age=1800)
    assert house.only().grade is Grade.II
    assert house.only().reasons[0].facts["minutes"] == 30
    assert house.only().opened_at == house.now - 1800 * 1_000_000


def test_a_late_fire_whose_end_follows_and_lies_before_its_telling_becomes_iii():
    house = House()
    smoke = house.alone("1号")
    house.says(smoke, FIRE, age=1800, flags=int(Flag.LATE))
    assert house.only().desk
    house.passes(3)
    house.says(smoke, age=1500)
    row = house.only()
    assert (row.grade, row.desk, row.flags) == (Grade.III, False, ("late",))
    assert row.reasons[0].facts["minutes"] == 30 and row.answer_by is None
    house.passes(3600)
    assert house.only().grade is Grade.III, "nobody is called, it waits for people"
    house.says(smoke, FIRE)
    assert [r.grade for r in house.open] == [Grade.II], "a fire of now takes it in"


@pytest.mark.parametrize("but", ["ends now", "taken", "corroborated", "of now", "slow clock"])
def test_a_late_fire_stays_on_the_desk_when_it_may_have_burned_or_somebody_has_it(but: str):
    house = House()
    smoke = house.point("烟感1")
    flags = 0 if but == "slow clock" else int(Flag.LATE)
    house.says(smoke, FIRE, age=300 if but == "of now" else 1800, flags=flags)
    if but == "corroborated":
        house.says(house.point("烟感2"), FIRE)
    if but == "taken":
        house.person(house.only(), State.VERIFYING)
    house.says(smoke, age=0 if but == "ends now" else 310 if but == "of now" else 1500)
    assert house.only().desk and house.only().grade <= Grade.II
    assert "late" not in house.only().flags


def test_a_late_fire_is_no_company_for_a_new_one():
    house = House()
    smoke = house.point("烟感1", normal_at=house.now)
    house.says(smoke, FIRE, age=1800, flags=int(Flag.LATE))
    house.says(house.point("烟感2"), FIRE)
    assert sorted(r.grade for r in house.open) == [Grade.II, Grade.III]


def test_a_late_status_says_nothing_about_now():
    house = House()
    smoke = house.alone("1号")
    house.says(smoke, Condition.FAULT)
    house.says(smoke, Condition.NONE, age=3600, flags=int(Flag.LATE))
    assert house.hushed == [Why.STALE]
    assert len(house.open) == 1


def test_a_row_closed_by_a_person_while_its_cause_stands_opens_again_only_after_it_came_back():
    house = House()
    smoke = house.point("烟感")
    house.says(smoke, Condition.FAULT)
    house.person(house.only(), State.CLOSED)
    house.says(smoke, Condition.FAULT)
    assert house.open == []
    house.says(smoke)
    house.says(smoke, Condition.FAULT)
    assert house.only().grade is Grade.IV


def test_silent_reasons_name_the_speaker():
    house = House()
    smoke = house.point("烟感")
    house.test(whole=True)
    house.says(smoke, FIRE)
    assert house.verdict.silent[0][0] == smoke.address
    assert house.verdict.silent[0][1].facts["person"] == "王工"


def test_conditions_of_an_alarm_closed_by_people_are_cleared_on_its_row():
    house = House()
    smoke = house.point("烟感")
    house.says(smoke, FIRE)
    row = house.only()
    house.person(row, State.CLOSED)
    house.says(smoke)
    assert [c.incident for c in house.said(Cleared)] == [row.id]


def test_nothing_is_raised_on_a_closed_incident():
    house = House()
    house.says(house.point("烟感1"), FIRE)
    house.person(house.only(), State.CLOSED)
    house.says(house.point("烟感2"), FIRE)
    assert [type(c) for c in house.verdict.changes] == [Opened]
    assert house.said(Raised) == []
    assert house.only().grade is Grade.I


def test_a_duty_check_missed_again_inside_a_test_leaves_its_open_row_alone():
    house = House()
    uitd = house.transmitter()
    house.says(uitd, Condition.DUTY_MISSED)
    house.test(whole=True)
    house.says(uitd, Condition.DUTY_MISSED)
    assert house.hushed == [Why.TEST_MODE]
    assert house.only().grade is Grade.IV
    house.says(uitd)
    assert house.open == []


def test_the_button_pressed_again_after_closing_is_a_new_alarm():
    house = House()
    uitd = house.transmitter()
    house.does(uitd, Operation.MANUAL_ALARM)
    house.person(house.only(), State.CLOSED)
    house.passes(3600)
    house.does(uitd, Operation.MANUAL_ALARM)
    assert house.only().grade is Grade.II


def test_the_button_told_as_a_state_with_its_operation_resets_nothing():
    house = House()
    uitd = house.transmitter()
    house.says(uitd, Condition.MANUAL_ALARM, operations=int(Operation.MANUAL_ALARM | Operation.RESET))
    assert house.case.points[uitd.address].conditions == Condition.MANUAL_ALARM
    assert house.only().grade is Grade.II


def test_the_site_may_answer_when_the_detector_is_normal_again():
    house = House()
    panel, smoke = house.panel(), house.point("烟感")
    house.says(smoke, FIRE)
    house.passes(20)
    house.says(smoke)
    house.does(panel, Operation.CONFIRM)
    house.passes(600)
    assert house.only().grade is Grade.II


def test_a_reset_after_the_detector_is_normal_again_is_before_verification_all_the_same():
    house = House()
    panel, smoke = house.panel(), house.point("烟感")
    house.says(smoke, FIRE)
    house.says(smoke)
    house.does(panel, Operation.RESET)
    assert "reset_unverified" in house.only().flags


def test_operations_of_another_device_do_not_concern_the_incident():
    house = House()
    house.says(house.point("烟感"), FIRE)
    stranger = house.transmitter(address="790300000009")
    house.does(stranger, Operation.CONFIRM)
    assert house.hushed == [Why.OPERATION_IGNORED]


def test_the_panels_fire_bit_gone_clears_the_fires_told_before_it():
    house = House()
    panel, smoke = house.panel(), house.point("烟感")
    house.says(smoke, FIRE | Condition.FAULT)
    house.says(panel, FIRE)
    house.says(panel)
    assert house.case.points[smoke.address].conditions == Condition.FAULT
    assert len(house.said(Cleared)) == 2
    assert (smoke.number, int(Condition.FAULT)) in house.verdict.conditions
    assert len(house.desk) == 1


def test_a_panel_that_never_had_the_fire_bit_clears_nothing_by_being_normal():
    house = House()
    panel, smoke = house.panel(), house.point("烟感")
    house.says(smoke, FIRE)
    house.says(panel)
    assert house.case.points[smoke.address].conditions == FIRE


def test_a_fire_told_again_after_a_day_of_silence_is_new_though_nobody_said_that_it_cleared():
    house = House()
    smoke = house.point("烟感")
    house.says(smoke, FIRE)
    house.person(house.only(), State.CLOSED)
    for _ in range(5):
        house.passes(6 * 3600)
        house.says(smoke, FIRE)
        assert house.hushed == [Why.STILL_STANDING]
    house.passes(25 * 3600)
    house.says(smoke, FIRE)
    assert house.only().grade is Grade.II


def test_a_fire_told_again_after_the_reset_was_pressed_stands_though_the_reset_arrives_last():
    house = House()
    panel, smoke = house.panel(), house.point("烟感")
    house.says(smoke, FIRE)
    reset = house.status(panel, Condition.NONE)
    reset.signal.kind, reset.signal.known, reset.signal.operations = 3, 0, int(Operation.RESET)
    house.says(smoke, FIRE)
    house.hears([reset])
    assert house.case.points[smoke.address].conditions == FIRE


def test_what_was_heard_under_a_clock_far_ahead_does_not_make_the_next_word_old():
    house = House()
    smoke = house.point("烟感")
    house.now += 3600 * SECOND
    house.says(smoke, FIRE)
    set_right = house.now - 3600 * SECOND
    back = house.status(smoke, Condition.NONE)
    back.signal.received_at = back.signal.at = set_right
    verdict = decide(house.case, house.context, [back], house.policy, set_right)
    assert [type(change) for change in verdict.changes] == [Cleared]
    late = decide(house.case, house.context, [back], house.policy, house.now)
    assert late.changes == (), "heard before, judged after: the fire stands"
