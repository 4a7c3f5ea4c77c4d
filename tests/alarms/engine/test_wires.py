"""Circuits judged by limits of their own: voltage, current, short circuit, and what the watch has found."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from support.judging import House
from zhigan.alarms.engine import POLICY_V1, Locus
from zhigan.alarms.engine.policy import PolicyError
from zhigan.alarms.engine.policy_checks import check
from zhigan.incidents.model import Why
from zhigan.incidents.words import sentence
from zhigan.vocabulary import electrical as std
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.limits import Limit
from zhigan.vocabulary.metrics import BY_NAME
from zhigan.vocabulary.moments import HOUR
from zhigan.vocabulary.signals import Flag

VOLTAGE, CURRENT, HEAT = (BY_NAME[n].number for n in ("voltage", "current", "temperature"))


def phase(house: House, own: tuple[Limit, ...], name: str = "A相"):
    return house.point(name, "electrical_monitor", floor=1, own=own)


def said(house: House, why: Why) -> str:
    return "；".join(sentence(r) for r in house.only().reasons if r.why is why)


def test_a_voltage_outside_its_band_for_a_minute_is_work_with_figures_limit_and_source():
    house = House()
    who = phase(house, std.voltage(220.0))
    house.reads(who, VOLTAGE, 240.0)
    assert (house.open, house.hushed) == ([], [Why.HELD])
    house.passes(59)
    assert house.open == []
    house.passes(1)
    row = house.only()
    assert (row.grade, row.kind, row.desk) == (Grade.IV, Kind.ELECTRICAL, False)
    assert "电压 240 V，限值 235.4 V，依据 GB/T 12325-2008" in said(house, Why.NEAR_LIMIT)
    house.reads(who, VOLTAGE, 234.0)
    assert house.open, "hysteresis: 1 % of the nominal voltage"
    house.reads(who, VOLTAGE, 230.0)
    assert house.open == []


def test_too_low_a_voltage_is_one_but_a_line_that_is_off_is_none():
    house = House()
    who = phase(house, std.voltage(220.0))
    house.reads(who, VOLTAGE, 190.0)
    house.passes(60)
    assert "下限 198 V" in said(house, Why.NEAR_LIMIT)
    house.reads(who, VOLTAGE, 0.3)
    assert house.open == []


def test_a_dip_shorter_than_its_hold_is_nothing():
    house = House()
    who = phase(house, std.voltage(220.0))
    house.reads(who, VOLTAGE, 190.0)
    house.passes(30)
    house.reads(who, VOLTAGE, 220.0)
    house.passes(600)
    assert house.changes == []


def test_between_two_phases_the_nominal_voltage_is_another():
    house = House()
    who = phase(house, std.voltage(380.0))
    house.reads(who, VOLTAGE, 385.0)
    house.passes(600)
    assert house.changes == []


def test_a_motor_that_starts_is_no_alarm_and_a_short_circuit_is_one_at_once():
    house = House()
    who = phase(house, std.current(40.0))
    house.reads(who, CURRENT, 200.0)
    house.passes(20)
    house.reads(who, CURRENT, 20.0)
    assert house.changes == []
    house.reads(who, CURRENT, 410.0)
    assert (house.only().grade, house.whys()) == (Grade.III, {Why.ELECTRICAL_LIMIT})
    assert "短路" in said(house, Why.ELECTRICAL_LIMIT)
    assert "电流 410 A，限值 400 A，依据 GB 10963.1" in said(house, Why.ELECTRICAL_LIMIT)


def test_over_its_rating_for_a_minute_is_iii():
    house = House()
    who = phase(house, std.current(40.0))
    house.reads(who, CURRENT, 41.0)
    house.passes(60)
    assert house.only().grade is Grade.III
    assert "限值 40 A，依据 额定值" in said(house, Why.ELECTRICAL_LIMIT)
    assert "by its rating" in sentence(house.only().reasons[0], "en")


def test_the_devices_own_word_for_a_short_circuit_waits_for_nothing():
    house = House()
    house.says(phase(house, std.current(40.0)), Condition.SHORT_CIRCUIT)
    assert house.only().grade is Grade.III


def test_arc_by_word_with_heat_by_reading_is_ii():
    house = House()
    house.says(house.point("电弧", "electrical_monitor", floor=1), Condition.ARC)
    house.reads(house.point("测温", "electrical_monitor", floor=1), HEAT, 72.0)
    assert (house.only().grade, house.only().desk) == (Grade.II, True)


def test_what_somebody_set_for_a_point_stands_instead_of_the_policy_and_names_who():
    house = House()
    who = phase(house, (std.heat(90.0, "王工 2026-11-30"),))
    house.reads(who, HEAT, 71.0)
    assert house.changes == []
    house.reads(who, HEAT, 91.0)
    assert "限值 90 °C，依据 王工 2026-11-30" in said(house, Why.ELECTRICAL_LIMIT)


def test_what_the_watch_finds_stands_with_its_figures_and_goes_by_its_word():
    house = House()
    who = phase(house, ())
    facts = (("what", "current"), ("percent", 58.3), ("limit_percent", 50.0), ("source", "practice"), ("a", "20.0 A"))
    known = int(Condition.IMBALANCE)
    house.says(who, Condition.IMBALANCE, known=known, flags=int(Flag.JUDGED), facts=facts)
    assert house.open == []
    house.passes(300)
    assert "三相电流不平衡 58.3%(限值 50%，经验值):A 相 20.0 A" in said(house, Why.IMBALANCE)
    house.says(who, Condition.NONE, known=known, flags=int(Flag.JUDGED))
    assert house.open == []


def test_a_drift_within_a_week_of_its_limit_is_iii_and_says_when_and_how_sure():
    house = House()
    who = phase(house, ())
    facts = (
        ("metric", "temperature"), ("value", 61.2), ("unit", "°C"), ("limit", 70.0), ("source", "GB 14287.3"),
        ("days", 5.5), ("soonest", 4.1), ("slope", "1.60 °C"), ("latest", 8.0),
    )  # fmt: skip
    both = int(Condition.DRIFT | Condition.LIMIT_SOON)
    house.says(who, Condition.DRIFT, known=both, flags=int(Flag.JUDGED), facts=facts)
    assert (house.only().grade, house.only().kind) == (Grade.IV, Kind.ELECTRICAL)
    house.says(who, Condition(both), known=both, flags=int(Flag.JUDGED), facts=facts)
    assert house.only().grade is Grade.III
    words = said(house, Why.LIMIT_SOON)
    for part in ("约 5.5 天后", "最早 4.1 天", "最晚 8 天", "每天升高 1.60 °C", "温度 61.2 °C，限值 70 °C"):
        assert part in words
    house.says(who, Condition.NONE, known=both, flags=int(Flag.JUDGED))
    assert house.open == []


def test_our_own_word_of_a_silent_device_is_no_sign_of_life():
    house = House()
    who = house.alone("回路", "electrical_monitor", locus=Locus("B", 1))
    house.says(who, Condition.OFFLINE, known=int(Condition.OFFLINE))
    before = house.only().id
    house.says(who, Condition.DRIFT, known=int(Condition.DRIFT), flags=int(Flag.JUDGED))
    assert before in [row.id for row in house.open]


def test_no_document_holds_anything_urgent():
    held = Limit(metric="gas", condition="gas_high", at=50, back=5, hold_s=5)
    with pytest.raises(PolicyError, match="nothing urgent is held"):
        check(structs.replace(POLICY_V1, limits=(held,)))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1200), st.integers(1, 400)), min_size=1, max_size=12))
def test_a_current_is_told_exactly_when_it_lasted_or_is_a_short_circuit(steps: list[tuple[float, int]]):
    """Against a plain reckoning of the same limits: 40 A, back 2 A, a minute; 400 A, at once."""
    house = House(at=1_795_320_000_000_000 - 9 * HOUR)
    who = phase(house, (structs.replace(std.current(40.0)[0], near=None), std.current(40.0)[1]))
    over_since: int | None = None
    for value, seconds in steps:
        house.reads(who, CURRENT, value)
        if value >= 40.0 and over_since is None:
            over_since = house.now
        elif value <= 38.0:
            over_since = None
        house.passes(seconds)
        point = house.case.points.get(who.address)
        bits = 0 if point is None else point.conditions
        raised = {b for b, a in (point.alarms if point else {}).items() if a.phase in (1, 2)}
        assert bool(bits & Condition.OVER_CURRENT) == (over_since is not None)
        lasted = over_since is not None and house.now - over_since >= 60_000_000
        assert (int(Condition.OVER_CURRENT) in raised) == lasted or _flaps(house, who)
        if value >= 400.0:
            assert int(Condition.SHORT_CIRCUIT) in raised


def _flaps(house: House, who) -> bool:
    return any(a.phase == 2 for a in house.case.points[who.address].alarms.values())
