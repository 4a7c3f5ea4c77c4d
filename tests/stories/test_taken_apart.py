"""Two fires that were taken for one: the desk takes them apart, and they stay apart."""

import pytest

from support.city import City
from support.rows import Row
from support.site import Unit
from zhigan.bus import log
from zhigan.vocabulary.roles import Role


async def one_of_two_floors(city: City) -> tuple[Unit, Row]:
    """Floors 5 and 6 smoke at once: corroborated, one incident of two loci."""
    tower = await city.unit("阳明大厦", premises="crowded", floors=12, heads=3)
    await tower.head(floor=5, point=1).smokes()
    await city.passes(seconds=2)
    await tower.head(floor=6, point=1).smokes()
    (incident,) = await city.desk()
    return tower, await city.reads(incident)


def on_floor(row: Row, floor: int) -> list[str]:
    return [alarm.id for alarm in row.alarms if alarm.device.name.startswith(f"{floor}层")]


async def split(city: City, row: Row, status: int = 200, role: Role = Role.DUTY, **body: object) -> dict[str, object]:
    """`alarms` or `merged`, and `note`; the incident that came out."""
    return await city.asks(f"/incidents/{row.id}/split", body, role, status)


async def test_chosen_alarms_go_on_as_an_incident_of_their_own(city: City) -> None:
    tower, both = await one_of_two_floors(city)
    out = await split(city, both, alarms=on_floor(both, 6), note="六层是另一处")
    first, second = await city.desk()
    assert (first.id, second.id) == (both.id, out["id"])
    assert [len(row.alarms) for row in (first, second)] == [1, 1]
    assert (second.grade, second.state, out["split_from"]) == ("I", "open", both.id)
    assert "6" in second.view.place
    told = {line.what: line for row in (first, second) for line in row.view.timeline}
    assert (told["split"].who, told["split"].incident) == ("duty-" + day(city), first.id)
    assert told["split"].detail["into"] == second.id
    assert told["split"].detail["note"] == told["separated"].detail["note"] == "六层是另一处"
    assert (told["separated"].incident, told["separated"].detail["incident"]) == (second.id, first.id)
    assert "6层感烟1" in str(told["split"].detail["alarms"]) and "5层" not in str(told["split"].detail["alarms"])
    async with city.web.pool.acquire() as conn:
        seen = {(e.type.value, e.subject) for e in (await log.read(conn, 0, 1000))[-4:]}
    assert {("incident.opened", second.id), ("incident.changed", first.id)} <= seen
    await tower.head(floor=6, point=2).smokes()
    await tower.head(floor=5, point=2).smokes()
    first, second = [await city.reads(row) for row in await city.desk()]
    assert [heads(row) for row in (first, second)] == [{"5层感烟1", "5层感烟2"}, {"6层感烟1", "6层感烟2"}]
    await city.restarts()
    await tower.head(floor=6, point=1).clears()
    await tower.head(floor=6, point=3).smokes()
    first, second = await city.desk()
    assert [len(row.alarms) for row in (first, second)] == [2, 3]
    assert [a.device.name for a in second.alarms if a.cleared_at] == ["6层感烟1"]


async def test_what_was_found_first_may_be_what_leaves(city: City) -> None:
    tower, both = await one_of_two_floors(city)
    out = await split(city, both, alarms=on_floor(both, 5))
    await tower.head(floor=5, point=2).smokes()
    await tower.head(floor=6, point=2).smokes()
    rows = {row.id: row for row in await city.desk()}
    assert heads(rows[both.id]) == {"6层感烟1", "6层感烟2"}
    assert heads(rows[str(out["id"])]) == {"5层感烟1", "5层感烟2"}
    assert "6" in rows[both.id].view.place


async def test_a_merged_incident_comes_out_again_under_its_own_id(city: City) -> None:
    tower, both = await one_of_two_floors(city)
    (merged,) = both.view.merged
    await tower.head(floor=6, point=2).smokes()
    out = await split(city, both, merged=merged)
    rows = {row.id: row for row in await city.desk()}
    assert set(rows) == {both.id, merged} and out["id"] == merged
    assert heads(rows[merged]) == {"6层感烟1", "6层感烟2"}
    await tower.head(floor=6, point=3).smokes()
    assert {row.id: len(row.alarms) for row in await city.desk()} == {both.id: 1, merged: 3}
    assert "separated" in (await city.reads(rows[merged])).told
    again = await city.asks(f"/incidents/{merged}/merge", {"into": both.id}, Role.DUTY, 200)
    assert again["merged"] == [merged]
    assert len(await city.desk()) == 1


async def test_the_one_that_came_out_is_closed_by_itself_and_nothing_opens_while_its_fire_stands(city: City) -> None:
    tower, both = await one_of_two_floors(city)
    city.engine_stands_still()
    out = await split(city, both, alarms=on_floor(both, 6))
    await city.asks(f"/incidents/{out['id']}/dismiss", {"cause": "U1"}, Role.DUTY, 200)
    city.judging = True
    await city.settles()
    await tower.head(floor=6, point=1).smokes()
    assert [row.id for row in await city.desk()] == [both.id]
    await tower.head(floor=6, point=1).clears()
    assert "cleared" not in (await city.reads(both)).told


@pytest.mark.parametrize("chosen", ["all", "same place", "foreign", "none", "both ways", "nonsense"])
async def test_what_cannot_be_taken_apart_is_refused(city: City, chosen: str) -> None:
    tower, both = await one_of_two_floors(city)
    await tower.head(floor=6, point=2).smokes()
    both = await city.reads(both)
    sixth = on_floor(both, 6)
    cases: dict[str, tuple[dict[str, object], int, str]] = {
        "all": ({"alarms": [a.id for a in both.alarms]}, 409, "stay"),
        "same place": ({"alarms": sixth[:1]}, 409, "one place"),
        "foreign": ({"alarms": [both.id]}, 409, "not any more"),
        "none": ({}, 400, "alarms"),
        "both ways": ({"alarms": sixth, "merged": both.id}, 400, "alarms"),
        "nonsense": ({"alarms": ["6层"]}, 400, "alarms"),
    }
    body, status, why = cases[chosen]
    refused = await city.asks(f"/incidents/{both.id}/split", body, Role.DUTY, status)
    assert why in str(refused["detail"])
    assert len(await city.desk()) == 1
    assert (await city.reads(both)).view.version == both.view.version


async def test_who_may_split_and_who_does_not_see_it(city: City) -> None:
    _, both = await one_of_two_floors(city)
    await split(city, both, 403, Role.SUPERVISOR, alarms=on_floor(both, 6))
    stranger = await city.web.person("stranger", Role.DUTY, "area:360803")
    answer = await stranger.post(f"/incidents/{both.id}/split", json={"alarms": on_floor(both, 6)})
    assert answer.status_code == 404


async def test_split_twice_at_once_the_second_is_told_who_was_quicker(city: City) -> None:
    _, both = await one_of_two_floors(city)
    await split(city, both, alarms=on_floor(both, 6))
    late = await split(city, both, 409, Role.LEAD, alarms=on_floor(both, 6))
    assert late["last"] == {"who": "duty-" + day(city), "what": "split", "at": city.clock.now().isoformat()}
    assert "duty-" in str(late["detail"])


def heads(row: Row) -> set[str]:
    return {alarm.device.name for alarm in row.alarms}


def day(city: City) -> str:
    return str(city.clock.micros() // 86_400_000_000)
