"""A device that gives false alarms again and again becomes work by itself; what became work counts no more."""

from datetime import timedelta

import pytest

from support.city import City
from support.rows import Row
from support.site import Point
from zhigan.desks.upkeep.repeated import Repeated
from zhigan.processes.standing import in_force
from zhigan.vocabulary.roles import Role


@pytest.fixture
async def head(city: City) -> Point:
    school = await city.unit("实验小学食堂", floors=1, heads=2)
    return school.head(floor=1, point=1)


@pytest.fixture
def repeated(city: City) -> Repeated:
    return Repeated(city.web.pool, city.clock, in_force)


async def false_alarm(head: Point, cause: str) -> None:
    city = head.unit.city
    await head.smokes()
    (fire,) = await city.desk()
    await city.step(fire, "dismiss", cause=cause)
    await head.clears()
    await city.passes(minutes=30)


async def found(city: City, repeated: Repeated) -> list[Row]:
    while await repeated.read():
        pass
    return [row for row in await city.tasks() if "repeated_false" in row.view.flags]


async def test_three_in_thirty_days_are_one_task_and_the_next_counts_anew(
    city: City, head: Point, repeated: Repeated
) -> None:
    for cause in ("U1", "E3", "H1"):
        await false_alarm(head, cause)
    assert await found(city, repeated) == [], "pressed by accident says nothing of the detector"
    await false_alarm(head, "U1")
    (task,) = await found(city, repeated)
    assert task.view.grade == "IV"
    assert "30 天内 3 次（E3、U1、U1）" in task.view.reasons[0].zh
    care = task.view.work
    assert care is not None and care.owner.kind == "unit" and care.owner.name == "实验小学食堂"
    assert care.due_at == task.view.received_at + timedelta(hours=48)
    await false_alarm(head, "U1")
    assert len(await found(city, repeated)) == 1
    (task,) = await found(city, repeated)
    assert len((await city.reads(task)).view.timeline) == 1, "one more alone adds nothing"


async def test_a_detector_that_was_taped_over_is_work_at_once(city: City, head: Point, repeated: Repeated) -> None:
    await false_alarm(head, "H6")
    (task,) = await found(city, repeated)
    assert "1 次" in task.view.reasons[0].zh


async def test_what_is_older_than_thirty_days_no_longer_counts(city: City, head: Point, repeated: Repeated) -> None:
    await false_alarm(head, "U1")
    await false_alarm(head, "U1")
    city.clock.advance(31 * 86400)
    await false_alarm(head, "U1")
    assert await found(city, repeated) == []


async def test_the_policy_decides_how_often_in_how_many_days_and_by_what(
    city: City, head: Point, repeated: Repeated
) -> None:
    admin = await city.person(Role.ADMIN)
    draft = (await admin.post("/policies", json={"based_on": 1})).json()
    policy = draft["policy"]
    assert policy["repeats"] == {"times": 3, "days": 30, "letters": "UED", "at_once": ["H6", "D9"]}
    for wrong, place in (
        ({"times": 1}, "times"), ({"days": 0}, "days"), ({"letters": "UF"}, "letters"), ({"at_once": ["F1"]}, "at_once")
    ):  # fmt: skip
        body = {"revision": 1, "policy": {**policy, "repeats": {**policy["repeats"], **wrong}}}
        refused = (await admin.put("/policies/2", json=body)).json()
        assert refused["errors"][0]["field"] == f"policy.repeats.{place}"
        assert refused["errors"][0]["code"]
    policy["repeats"] = {"times": 2, "days": 7, "letters": "UH", "at_once": []}
    kept = await admin.put("/policies/2", json={"revision": 1, "policy": policy})
    await city.asks("/policies/2/activate", {"revision": kept.json()["head"]["revision"]}, Role.LEAD, 200)
    await false_alarm(head, "E3")
    await false_alarm(head, "U1")
    assert await found(city, repeated) == [], "dust does not count by this policy"
    await false_alarm(head, "H1")
    (task,) = await found(city, repeated)
    assert "7 天内 2 次（H1、U1）" in task.view.reasons[0].zh
