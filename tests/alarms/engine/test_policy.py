"""The policy is a document: it reads back, and what is wrong is said with its place."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zhigan.alarms.engine import POLICY_V1, PolicyError, Subject
from zhigan.alarms.engine.policy import write
from zhigan.alarms.engine.policy_checks import read
from zhigan.alarms.engine.printed import printed
from zhigan.incidents.model import Why
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.metrics import BY_NAME as METRICS
from zhigan.vocabulary.premises import PremisesClass
from zhigan.vocabulary.refusals import recognise


def test_version_1_reads_back_as_it_was_written():
    assert read(write(POLICY_V1)) == POLICY_V1


def _document(change: Callable[[dict[str, Any]], object]) -> str:
    document = json.loads(write(POLICY_V1))
    change(document)
    return json.dumps(document)


def _fire(document: dict[str, Any]) -> dict[str, Any]:
    return next(r for r in document["rules"] if r["on"] == ["fire"])


WRONG: tuple[tuple[Callable[[dict[str, Any]], object], str], ...] = (
    (lambda d: _fire(d).update(grade=3), "at least II"),
    (lambda d: _fire(d).update(hold_s=5), "a fire is never held"),
    (lambda d: _fire(d).update(on=["smoke"]), "no condition is called 'smoke'"),
    (lambda d: _fire(d).update(types=["toaster"]), "no device type is called 'toaster'"),
    (lambda d: _fire(d).update(gravity=1), "gravity"),
    (lambda d: _fire(d).update(lasts={"seconds": 9, "grade": 3, "why": "gas_lasting"}), "must be graver"),
    (lambda d: _fire(d).update(group="street"), "loop, unit or nothing"),
    (lambda d: d["rules"][0].update(on=[]), "at least one condition"),
    (lambda d: d["echoes"][0].update(beside="dogs"), "no rule names the family 'dogs'"),
    (lambda d: d["echoes"][0].update(reach="galaxy"), "not 'galaxy'"),
    (lambda d: d["limits"][0].update(metric="mood"), "no metric is called 'mood'"),
    (lambda d: d["limits"][0].update(near=1.2), "between 0 and 1"),
    (lambda d: d["limits"][0].update(back=-1), "not negative"),
    (lambda d: d["plausible"][0].update(low=2000), "low must be below high"),
    (lambda d: d["countdowns"].pop("S3"), "missing for S3"),
    (lambda d: d["countdowns"]["S1"].update(verify_day_s=0), "between 1 and 3600"),
    (lambda d: d.update(impaired_factor=0), "above 0"),
    (lambda d: d["groups"]["loop"].update(least=1), "at least 2 points"),
    (lambda d: d["flap"].update(times=1), "flap"),
    (lambda d: d.update(resettable=["nothing"]), "no condition is called 'nothing'"),
    (lambda d: d["rules"][0].update(grade="red"), "rules[0].grade"),
    (
        lambda d: d.update(rules=[r for r in d["rules"] if "fire" not in r["on"] or r.get("types")]),
        "fire needs a row",
    ),
    (lambda d: d.update(districts={"3608": {}}), "six digits"),
    (lambda d: d.update(districts={"360802": {"limits": {"gas/gas_low": 26}}}), "between 15 and 25"),
    (lambda d: d.update(districts={"360802": {"limits": {"level/no_water": 0.05}}}), "between 0.1 and"),
    (lambda d: d.update(districts={"360802": {"limits": {"mood": 1}}}), "no limit of that name"),
    (lambda d: d.update(districts={"360802": {"graver": {"offline": 4}}}), "not less grave than in the city, III"),
    (lambda d: d.update(districts={"360802": {"countdowns": {"S1": _times(61, 30)}}}), "between 30 and 60"),
    (lambda d: d.update(tightening={"least_time": 0}), "a share above 0"),
    (lambda d: d.update(repeat_told_s=""), "repeat_told_s: a whole number"),
)


@pytest.mark.parametrize(("change", "words"), WRONG)
def test_a_wrong_document_is_refused_in_words(change: Callable[[dict[str, Any]], object], words: str):
    with pytest.raises(PolicyError) as caught:
        read(_document(change))
    assert words in str(caught.value)
    said = recognise(caught.value.wanted)
    assert said is not None or "unknown field" in str(caught.value) or "Invalid" in str(caught.value)


@pytest.mark.parametrize(
    ("grade", "times", "words"),
    [
        ("I", (30, 60, 90), "I: II alone"),
        ("II", (30, 20, 90), "operator_s: between 30 and 180 seconds"),
        ("II", (30, 60, 181), "county_s: between 60 and 180 seconds"),
        ("II", (-1, 60, 90), "room_s: between 0 and 180 seconds"),
    ],
)
def test_a_level_passes_on_no_sooner_than_the_one_below_it(grade: str, times: tuple[int, int, int], words: str):
    with pytest.raises(PolicyError, match=words):
        read(_document(lambda d: d.update(first_handler={grade: _levels(*times)})))


def _levels(room: int, operator: int, county: int) -> dict[str, int]:
    return {"room_s": room, "operator_s": operator, "county_s": county}


def _times(day: int, night: int) -> dict[str, int]:
    return {"verify_day_s": day, "verify_night_s": night, "answer_day_s": 180, "answer_night_s": 90}


def test_a_district_is_stricter_where_it_says_so_and_as_the_city_elsewhere():
    strict = {
        "limits": {"gas/gas_low": 20},
        "graver": {"shield": 2},
        "countdowns": {"S1": _times(30, 20)},
    }
    policy = read(_document(lambda d: d.update(districts={"360802": strict})))
    here, elsewhere = policy.of("360802"), policy.of("360803")
    assert elsewhere == policy
    shield = int(Condition.SHIELD)
    head = Subject(number=1, address="A/1.1.40.1", type="smoke", system="1.1", component="1.1.40.1")
    for place, grade in ((here, Grade.II), (elsewhere, Grade.IV)):
        found = place.rule(shield, head, PremisesClass.S3, night=False)
        assert found is not None and found.grade is grade
    assert here.countdown_of[PremisesClass.S1].verify_day_s == 30
    assert here.countdown_of[PremisesClass.S2] == policy.countdown_of[PremisesClass.S2]
    gas = METRICS["gas"].number
    assert (here.limits_of("gas")[gas][0].at, elsewhere.limits_of("gas")[gas][0].at) == (20, 25)
    assert policy.bounds("gas")[gas][1] == 16, "a reading is looked at wherever a district might mean it"


def test_no_json_is_refused():
    with pytest.raises(PolicyError):
        read("{")


def test_every_condition_has_a_row_or_is_known_to_be_recorded_only():
    recorded = {
        Condition.SUPERVISORY, Condition.STARTED, Condition.FEEDBACK, Condition.DELAY, Condition.CONFIG_CHANGED,
        Condition.TEST_MODE, Condition.CLOCK_WRONG,
    }  # fmt: skip
    rows = {name for rule in POLICY_V1.rules if rule.row for name in rule.on}
    assert {c.name.lower() for c in Condition if c.name} - rows == {c.name.lower() for c in recorded if c.name}


def test_no_row_can_make_a_fire_less_than_ii():
    for rule in POLICY_V1.rules:
        if "fire" in rule.on:
            assert rule.grade <= Grade.II
            assert rule.hold_s == 0


def test_bounds_are_tighter_than_every_limit_of_the_type():
    bounds = POLICY_V1.bounds("gas")
    assert bounds[4] == (-5, 20.0)
    assert POLICY_V1.bounds("electrical_monitor")[1][1] == 56.0
    assert POLICY_V1.bounds("smoke")[1][1] == 1000
    assert POLICY_V1.tightest[1][1] == 56.0
    assert POLICY_V1.bounds("water_pressure")[10][0] == 0.10


def test_figures_of_policy_md_stand_in_version_1():
    assert [(n, c.verify_day_s, c.verify_night_s) for n, c in POLICY_V1.countdowns.items()] == [
        ("S1", 60, 30), ("S2", 90, 60), ("S3", 60, 45), ("S4", 90, 60),
    ]  # fmt: skip
    assert [c.answer_night_s for c in POLICY_V1.countdowns.values()] == [90, 180, 180, 180]
    assert {c.answer_day_s for c in POLICY_V1.countdowns.values()} == {180}
    second = next(e for e in POLICY_V1.echoes if e.why is Why.SECOND_DEVICE)
    assert (second.window_s, second.grade) == (300, Grade.I)
    assert POLICY_V1.again_after_reset_s == 600
    assert POLICY_V1.single_restored_s == 120
    assert POLICY_V1.late_s == 600


def test_the_page_about_the_policy_shows_version_1_as_it_is():
    page = (Path(__file__).parents[3] / "docs" / "policy.md").read_text(encoding="utf-8")
    assert page.endswith(printed(POLICY_V1)), "print it anew: python -m zhigan.alarms.engine.printed"
