"""Every reason is a sentence in both languages."""

import re

import pytest

from zhigan.incidents.model import Reason, Why
from zhigan.incidents.words import condition, sentence, span
from zhigan.incidents.words_tables import CONDITIONS, OPERATIONS, SENTENCES
from zhigan.vocabulary.conditions import Condition, Operation

ALL_FACTS: dict[str, str | int | float] = {
    "device": "烟感1", "other": "烟感2", "seconds": 90, "minutes": 12, "count": 11, "of": 100, "percent": 11,
    "metric": "temperature", "value": 75.5, "unit": "°C", "limit": 70, "days": 3.4, "condition": "pump_off",
    "operation": "silence", "verify_s": 45, "answer_s": 90, "until": 1_795_320_000_000_000, "person": "王工",
    "purpose": "维保",
}  # fmt: skip


@pytest.mark.parametrize("why", Why)
def test_every_reason_reads_with_all_facts_and_with_none(why: Why):
    for facts in (ALL_FACTS, {}):
        zh, en = sentence(Reason(why, facts), "zh"), sentence(Reason(why, facts), "en")
        for text in (zh, en):
            assert text and not re.search(r"[{}\[\]]", text), text
        assert re.search(r"[\u4e00-\u9fff]", zh)
        assert not re.search(r"[\u4e00-\u9fff]", re.sub("烟感1|烟感2|王工|维保", "", en)), en


def test_every_reason_has_a_row_and_no_row_is_without_a_reason():
    assert set(SENTENCES) == set(Why)


def test_every_condition_and_operation_has_its_words():
    assert set(CONDITIONS) == {(c.name or "").lower() for c in Condition if c}
    assert set(OPERATIONS) == {(o.name or "").lower() for o in Operation if o}


def test_figures_stand_in_the_sentence():
    second = Reason(Why.SECOND_DEVICE, {"device": "烟感2", "other": "烟感1", "seconds": 90})
    assert sentence(second) == "烟感2与烟感1在 1 分 30 秒内先后报警，相互印证"
    assert sentence(second, "en") == "烟感2 and 烟感1 both report fire within 1 min 30 s: two independent devices"
    limit = {
        "device": "配电箱",
        "condition": "cable_temperature",
        "metric": "temperature",
        "value": 75.5,
        "unit": "°C",
        "limit": 70,
    }
    assert (
        sentence(Reason(Why.ELECTRICAL_LIMIT, limit)) == "配电箱电气火灾监控报警:线缆温度超限(温度 75.5 °C，限值 70 °C)"
    )
    many = Reason(Why.MANY_SHIELDED, {"count": 11, "of": 100, "percent": 11})
    assert sentence(many, "en") == "11 of 100 points of the loop are shielded (11 %)"


def test_a_fact_that_is_missing_leaves_no_hole():
    assert sentence(Reason(Why.NO_ANSWER)) == "现场无人应答"
    assert sentence(Reason(Why.TEST_MODE)) == "测试中，不作警情处理"
    tested = Reason(Why.TEST_MODE, {"until": 1_795_320_000_000_000, "person": "王工", "purpose": ""})
    assert sentence(tested) == "测试中，不作警情处理(至 12:00，王工)"


def test_spans_of_time():
    assert [span(s, True) for s in (0, 45, 60, 90, 3600, 7500)] == [
        "0 秒",
        "45 秒",
        "1 分",
        "1 分 30 秒",
        "1 小时",
        "2 小时 5 分",
    ]
    assert span(7500, False) == "2 h 5 min"


def test_a_condition_by_name():
    assert condition("pump_off") == "水泵停用"
    assert condition("pump_off", "en") == "pump off"
    assert condition("something_new") == "something_new"
