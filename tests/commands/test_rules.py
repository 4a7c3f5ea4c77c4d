"""Commands: who gives which, what may be cut, and how a command goes on."""

from itertools import product

import pytest

from zhigan.commands.model import CutPower, Measured, Name, SetParameters, Silence, State, Target
from zhigan.commands.rules import (
    KINDS,
    MOVES,
    READING_AGE,
    Impossible,
    NotYours,
    Wanting,
    arguments_of,
    begins,
    below,
    deadline,
    kind_of,
    legal,
    root,
)
from zhigan.vocabulary.moments import HOUR, MINUTE, SECOND
from zhigan.vocabulary.roles import Role

NOW = 1_795_320_000_000_000
COMMANDERS = {"duty", "lead", "operator", "supervisor", "admin"}
CUTTERS = {"lead", "operator", "supervisor", "unit"}


def target(**over):
    breaker = {
        "id": "d",
        "gateway": "mqtt",
        "address": "b1",
        "label": "空开",
        "type": "breaker",
        "load_class": "general",
        "cut_by": "业主",
        "cut_until": NOW + HOUR,
    }
    return Target(**(breaker | over))


@pytest.mark.parametrize(("name", "role"), list(product(Name, Role)))
def test_every_command_and_role(name, role):
    may = {
        Name.CUT_POWER: CUTTERS,
        Name.SILENCE: COMMANDERS | {"owner"},
        Name.SELF_TEST: COMMANDERS | {"owner"},
    }.get(name, COMMANDERS)
    if role.value in may:
        first = begins(KINDS[name], target(), role, NOW)
        assert first is (State.AWAITING_APPROVAL if name is Name.CUT_POWER else State.PENDING)
    else:
        with pytest.raises(NotYours):
            begins(KINDS[name], target(), role, NOW)


@pytest.mark.parametrize(
    "load",
    [
        *("", "fire_pump", "smoke_exhaust", "emergency_lighting", "broadcast", "control_room", "lift"),
        *("door_release", "medical", "security", "telecom"),
    ],
)
def test_what_serves_people_in_a_fire_is_never_cut(load):
    with pytest.raises(Impossible):
        begins(KINDS[Name.CUT_POWER], target(load_class=load), Role.LEAD, NOW)


@pytest.mark.parametrize(
    "over",
    [
        {"type": "smoke"},
        {"cut_by": ""},
        {"cut_until": None},
        {"cut_until": NOW},
        {"cut_until": NOW - 1},
        {"gone": True},
    ],
)
def test_power_is_not_cut_without_a_breaker_and_a_consent_that_stands(over):
    with pytest.raises(Impossible):
        begins(KINDS[Name.CUT_POWER], target(**over), Role.LEAD, NOW)


@pytest.mark.parametrize("load", ["general", "third"])
def test_ordinary_loads_may_be_cut(load):
    assert begins(KINDS[Name.CUT_POWER], target(load_class=load), Role.UNIT, NOW) is State.AWAITING_APPROVAL


@pytest.mark.parametrize("basis", [None, "", "habit", 3])
def test_silence_needs_a_basis(basis):
    with pytest.raises(Impossible):
        arguments_of(KINDS[Name.SILENCE], {} if basis is None else {"basis": basis})


def test_arguments_take_the_commands_form():
    assert arguments_of(KINDS[Name.SILENCE], {"basis": "video_clear"}) == Silence("video_clear")
    assert arguments_of(KINDS[Name.CUT_POWER], {"reason": "冒烟"}) == CutPower("冒烟")
    assert arguments_of(KINDS[Name.SET_PARAMETERS], {"parameters": {"period": 60}}) == SetParameters({"period": 60})


@pytest.mark.parametrize(
    ("name", "given"),
    [
        (Name.CUT_POWER, {}),
        (Name.CUT_POWER, {"reason": "  "}),
        (Name.SYNC_CLOCK, {"to": 1}),
        (Name.CHECK_DUTY, {"minutes": 0}),
        (Name.CHECK_DUTY, {"minutes": 256}),
        (Name.CHECK_DUTY, {"minutes": "ten"}),
        (Name.SET_PARAMETERS, {}),
        (Name.SET_PARAMETERS, {"parameters": {}}),
    ],
)
def test_wrong_arguments_are_named(name, given):
    with pytest.raises(Wanting):
        arguments_of(KINDS[name], given)


def test_an_unknown_command_is_named_and_none_opens_a_valve():
    for name in ("open_valve", "close_power", ""):
        with pytest.raises(Wanting):
            kind_of(name)


def test_every_state_has_its_moves_and_ended_ones_stay():
    assert set(MOVES) == set(State)
    for state in (State.CONFIRMED, State.FAILED, State.CANCELLED):
        assert not any(legal(state, after) for after in State)
    assert not any(legal(state, State.AWAITING_APPROVAL) for state in State)
    assert not legal(State.AWAITING_APPROVAL, State.SENT)
    assert not legal(State.SENT, State.CANCELLED)
    assert legal(State.EXPIRED, State.CONFIRMED)


def test_a_cut_does_not_outlive_its_consent():
    soon = target(cut_until=NOW + MINUTE)
    assert deadline(KINDS[Name.CUT_POWER], soon, NOW) == NOW + MINUTE
    assert deadline(KINDS[Name.SILENCE], soon, NOW) == NOW + 2 * MINUTE


def test_the_root_holds_the_connection():
    assert root("790300000000/1.1.40.131082") == "790300000000"
    assert root("790300000000") == "790300000000"


@pytest.mark.parametrize(
    ("type_", "measured", "why"),
    [
        ("flame", Measured(0.0, NOW), "No alarm threshold"),
        ("smoke", Measured(), "no smoke within 5 minutes"),
        ("smoke", Measured(0.01, NOW - READING_AGE - 1), "no smoke within 5 minutes"),
        ("smoke", Measured(0.05, NOW - SECOND), "0.05, is not below 0.05"),
        ("smoke", Measured(0.01, NOW - 2 * SECOND, NOW - SECOND), "its alarm after its last smoke"),
        ("smoke", Measured(0.01, NOW - SECOND, NOW - SECOND - 1), "its alarm after its last smoke"),
        ("heat", Measured(54.0, NOW), "not below 54"),
        ("gas", Measured(25.0, NOW), "not below 5"),
    ],
)
def test_below_threshold_rests_on_a_fresh_reading_behind_the_last_alarm(type_, measured, why):
    with pytest.raises(Impossible, match=why):
        below(target(type=type_), measured, NOW)


def test_a_reading_below_the_threshold_is_kept_as_the_basis():
    said = below(target(type="smoke"), Measured(0.012, NOW - 40 * SECOND, NOW - MINUTE), NOW)
    assert said == "smoke 0.012 dB/m < 0.05 dB/m, 40 s"
    assert below(target(type="heat"), Measured(26.5, NOW - READING_AGE), NOW).startswith("temperature 26.5 °C < 54 °C")
