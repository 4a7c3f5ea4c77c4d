"""The flood view over HTTP: what is one row with a count, what never is, and that counts keep to one's scope."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from msgspec import structs

from support.happenings import NOON, SECOND, incident_id, opened
from support.web import Web
from zhigan.incidents import reading
from zhigan.incidents.flooding import FLOOD
from zhigan.incidents.model import Change, Reason, Why
from zhigan.incidents.store import apply
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.roles import Role

MANY = FLOOD + 1


def rows(first: int, count: int, grade: Grade, kind: Kind, why: Why, area: str = "360802") -> list[Change]:
    return [
        structs.replace(opened(n, grade=grade, kind=kind, area=area, at=NOON + n * SECOND), reasons=(Reason(why),))
        for n in range(first, first + count)
    ]


async def put(pool: Pool, changes: Sequence[Change]) -> None:
    async with pool.acquire() as conn, conn.transaction():
        await apply(conn, changes, NOON)


async def into_one_building(pool: Pool, numbers: Sequence[int]) -> None:
    async with pool.acquire() as conn:
        await conn.execute(
            "update incidents.incident set unit_id = $2::uuid, unit_name = '一院' where id = any ($1::uuid[])",
            [incident_id(n) for n in numbers], incident_id(99_999),
        )  # fmt: skip


async def flood(client: httpx.AsyncClient, queue: str) -> Any:
    answer = await client.get("/incidents/flood", params={"queue": queue})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def ids(client: httpx.AsyncClient, path: str) -> set[str]:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return {item["id"] for item in answer.json()["items"]}


async def test_a_power_cut_in_a_district_is_one_row_that_opens_into_all_of_its_rows(web: Web, pool: Pool) -> None:
    await put(pool, rows(0, MANY, Grade.III, Kind.FAULT, Why.POWER_FAULT))
    await put(pool, rows(50, FLOOD, Grade.III, Kind.FAULT, Why.POWER_FAULT, area="360803"))
    anna = await web.person("anna", Role.DUTY)
    seen = await flood(anna, "attention")
    [group] = seen["groups"]
    assert (group["level"], group["area"], group["why"], group["count"]) == ("area", "360802", "power_fault", MANY)
    assert (group["units"], group["unit"], group["grade"]) == (MANY, None, "III")
    assert seen["open"] == MANY + FLOOD
    assert {item["id"] for item in seen["items"]} == {incident_id(n) for n in range(50, 50 + FLOOD)}
    inside = await ids(anna, "/attention?open=true&brief=true&area=360802&kind=fault&why=power_fault")
    assert inside == {incident_id(n) for n in range(MANY)}


async def test_what_is_not_common_to_a_district_is_one_row_a_building(web: Web, pool: Pool) -> None:
    await put(pool, rows(0, 2 * MANY, Grade.IV, Kind.FACILITY, Why.FAULT))
    await into_one_building(pool, range(MANY))
    anna = await web.person("anna", Role.DUTY)
    seen = await flood(anna, "task")
    [group] = seen["groups"]
    assert (group["level"], group["unit"]["name"], group["count"], group["units"]) == ("building", "一院", MANY, 1)
    assert len(seen["items"]) == MANY, "the other six stand in as many buildings"
    there = f"/tasks?open=true&unit_id={incident_id(99_999)}&building_id=none&kind=facility&why=fault"
    assert await ids(anna, there) == {incident_id(n) for n in range(MANY)}


@pytest.mark.parametrize(("kind", "why"), [(Kind.FIRE, Why.POWER_FAULT), (Kind.FAULT, Why.LATE_FIRE)])
async def test_a_fire_never_stands_inside_a_group(web: Web, pool: Pool, kind: Kind, why: Why) -> None:
    await put(pool, rows(0, MANY, Grade.III, kind, why))
    await into_one_building(pool, range(MANY))
    seen = await flood(await web.person("anna", Role.DUTY), "attention")
    assert seen["groups"] == []
    assert len(seen["items"]) == MANY


async def test_counts_are_exact_and_keep_to_the_scope(web: Web, pool: Pool) -> None:
    await put(pool, [opened(1), opened(2, area="360803")])
    await put(pool, rows(100, 7, Grade.III, Kind.FAULT, Why.POWER_FAULT))
    await put(pool, rows(200, 3, Grade.IV, Kind.FAULT, Why.FAULT, area="360803"))
    async with pool.acquire() as conn:
        await conn.execute("update incidents.incident set state = 'closed', closed_at = opened_at where id = $1::uuid",
                           incident_id(100))  # fmt: skip
    expected = {"city": (2, 6, 3), "area:360802": (1, 6, 0), "area:360803": (1, 0, 3), "industry:health": (0, 0, 0)}
    for scope, (desk, attention, task) in expected.items():
        client = await web.person(f"p-{scope}", Role.DUTY, scope)
        counts = (await client.get("/incidents/counts")).json()
        assert counts == {"desk": desk, "attention": attention, "task": task}, scope
        seen = await flood(client, "attention")
        assert (seen["open"], len(seen["groups"])) == (attention, int(attention > 0)), scope
    assert (await web.client().get("/incidents/counts")).status_code == 401
    assert (await web.client().get("/incidents/flood?queue=task")).status_code == 401
    city = await web.person("city", Role.DUTY)
    assert (await city.get("/incidents/flood?queue=desk")).status_code == 400
    assert (await city.get(f"/tasks?why={'x' * 61}")).status_code == 400


@pytest.mark.parametrize("looked", [1, 2000])
async def test_words_find_what_is_open_and_what_is_closed_long_ago(
    web: Web, pool: Pool, monkeypatch: pytest.MonkeyPatch, looked: int
) -> None:
    """Among the newest as by the index of words."""
    monkeypatch.setattr(reading, "LOOKED", looked)
    await put(pool, [opened(n, at=NOON + n * SECOND) for n in range(20)])
    async with pool.acquire() as conn:
        await conn.execute(
            "update incidents.incident set state = 'closed', closed_at = opened_at, place = 'B座100%'"
            " where id <> $1::uuid", incident_id(17),
        )  # fmt: skip
    anna = await web.person("anna", Role.DUTY)
    questions: dict[str, set[int]] = {
        "单位17": {17}, "单位3": {3}, "某某 单位12": {12}, "b座": set(range(20)) - {17}, "100%": set(range(20)) - {17},
        "10_%": set(), "没有": set(), incident_id(5): {5}, incident_id(5)[:30]: {5}, incident_id(5).upper(): {5},
    }  # fmt: skip
    for q, numbers in questions.items():
        found = await ids(anna, f"/incidents?brief=true&q={quote(q)}")
        if q == incident_id(5)[:30]:
            assert incident_id(5) in found
        else:
            assert found == {incident_id(n) for n in numbers}, q
    assert await ids(anna, f"/incidents?brief=true&open=true&q={quote('单位')}") == {incident_id(17)}
    first = (await anna.get(f"/incidents?brief=true&limit=7&q={quote('b座')}")).json()
    second = await ids(anna, f"/incidents?brief=true&limit=100&q={quote('b座')}&cursor={first['next']}")
    assert len(second) == 12
    assert second.isdisjoint(item["id"] for item in first["items"])
    far = await web.person("far", Role.DUTY, "area:360803")
    assert await ids(far, f"/incidents?brief=true&q={quote('单位')}") == set()
