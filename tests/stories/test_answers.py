"""People on site answer: what the policy makes of it. The desk sees every answer; none closes anything by itself."""

import pytest

from support.city import City
from support.rows import Row
from support.site import BATTERY, MAINS, NORMAL
from zhigan.vocabulary.roles import Role


async def smokes(city: City, premises: str = "low_rise_residential") -> Row:
    home = await city.unit("滨江小区", premises=premises, floors=6, heads=2)
    await home.head(floor=3, point=1).smokes()
    (incident,) = await city.desk()
    return incident


async def answers(city: City, row: Row, kind: str, role: Role = Role.PROPERTY, **more: object) -> dict[str, object]:
    return await city.asks(f"/incidents/{row.id}/responses", {"kind": kind, **more}, role)


@pytest.mark.parametrize("kind", ["acknowledged", "on_the_way", "arrived", "no_fire"])
async def test_whoever_answers_in_time_keeps_it_orange(city: City, kind: str) -> None:
    incident = await smokes(city)
    await city.passes(seconds=60)
    said = await answers(city, incident, kind)
    await city.passes(minutes=10)
    (row,) = await city.desk()
    row = await city.reads(row)
    assert (row.grade, row.state, "no_answer" in row.whys) == ("II", "open", False)
    assert [(r.id, r.kind, r.role) for r in row.view.responses] == [(said["id"], kind, "property")]
    assert "answered" in row.view.flags and ("site_no_fire" in row.view.flags) is (kind == "no_fire")
    assert row.view.answer_by is None
    assert [line.detail["response"] for line in row.view.timeline if line.what == "responded"] == [kind]


async def test_nobody_there_is_no_answer_and_sends_the_station_at_once(city: City) -> None:
    incident = await smokes(city)
    await answers(city, incident, "not_there")
    row = await city.reads(incident)
    assert {"help_wanted", "station_sent"} <= set(row.view.flags) and "answered" not in row.view.flags
    await city.passes(seconds=175)
    row = await city.reads(incident)
    assert "remarked" not in {line.what for line in row.view.timeline}  # sent once, not again by the countdown
    await city.passes(seconds=10)
    (row,) = await city.desk()
    assert row.grade == "I" and "no_answer" in row.whys


async def test_somebody_on_site_says_that_it_burns(city: City) -> None:
    incident = await smokes(city)
    await answers(city, incident, "no_fire")
    await answers(city, incident, "fire", Role.STATION, note="三楼厨房明火")
    (row,) = await city.desk()
    row = await city.reads(row)
    assert (row.grade, row.state, row.kind) == ("I", "open", "fire")
    assert "现场station" in row.view.reasons[0].zh and row.view.reasons[0].why == "site_fire"
    assert {"site_fire", "site_no_fire"} <= set(row.view.flags)
    await city.passes(minutes=5)
    await city.step(row, "confirm", basis="on_site")
    assert (await city.reads(row)).state == "confirmed"


async def test_an_attention_row_that_burns_comes_to_the_desk(city: City) -> None:
    school = await city.unit("吉州实验小学", premises="crowded", floors=4, heads=2)
    await school.panel_says(NORMAL | MAINS)
    await school.panel_says(NORMAL | MAINS | BATTERY)
    waiting = next(row for row in await city.attention() if "power_both" in row.whys)
    await answers(city, waiting, "fire", Role.UNIT)
    await city.passes(seconds=2)
    (row,) = await city.desk()
    assert (row.id, row.grade, row.kind) == (waiting.id, "I", "fire") and "site_fire" in row.whys


async def test_after_a_restart_the_answer_still_holds(city: City) -> None:
    incident = await smokes(city)
    await answers(city, incident, "arrived", Role.OWNER)
    await city.restarts()
    await city.passes(minutes=10)
    assert [row.grade for row in await city.desk()] == ["II"]
