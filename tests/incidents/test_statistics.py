"""Counts by kind, area and type of device, with what it was and how long it took; only of one's own scope."""

from datetime import timedelta

import pytest

from incidents.test_api import happen
from support.happenings import SECOND, alarm, incident_id, opened
from support.taken import unmarked
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.moments import to_datetime
from zhigan.vocabulary.roles import Role

PATH = "/statistics/incidents"


async def rows(person, **asked):
    answer = await person.get(PATH, params=asked)
    assert answer.status_code == 200, answer.text
    return {row["code"]: row for row in answer.json()["items"]}


async def test_what_it_was_and_how_long_it_took(web, pool, hand_clock):
    start = hand_clock.micros()
    await happen(
        pool,
        *(opened(n, at=start) for n in (1, 2, 3)),
        opened(4, kind=Kind.GAS, at=start),
        opened(5, grade=Grade.IV, kind=Kind.FAULT, at=start),
        opened(6, area="360803", at=start),
    )
    duty, lead = await web.person("duty", Role.DUTY), await web.person("lead", Role.LEAD)
    hand_clock.advance(10)
    for number in (1, 2):
        assert (await duty.post(f"/incidents/{incident_id(number)}/accept", json={})).status_code == 200
    hand_clock.advance(50)
    assert (await duty.post(f"/incidents/{incident_id(1)}/dismiss", json={"cause": "U1"})).status_code == 200
    confirmed = await duty.post(f"/incidents/{incident_id(2)}/confirm", json={"basis": "on_site"})
    assert confirmed.status_code == 200, confirmed.text
    hand_clock.advance(240)
    closed = await lead.post(f"/incidents/{incident_id(2)}/close", json={"outcome": "fire"})
    assert closed.status_code == 200, closed.text
    by_kind = await rows(duty, queue="desk")
    fire = by_kind["fire"]
    assert (fire["total"], fire["open"], fire["fires"], fire["false_alarms"]) == (4, 2, 1, 1)
    assert (fire["accept_s"], fire["handle_s"]) == (10, 180), "the median of 60 s and of 300 s"
    assert (by_kind["gas"]["total"], by_kind["gas"]["accept_s"]) == (1, None)
    assert "fault" not in by_kind and (await rows(duty))["fault"]["total"] == 1
    by_area = await rows(duty, by="area")
    assert (by_area["360802"]["total"], by_area["360803"]["total"]) == (5, 1)
    assert (await rows(duty, until=to_datetime(start).isoformat())) == {}
    answer = await duty.get(f"{PATH}/export.csv", params={"by": "area", "encoding": "utf-8"})
    sheet = unmarked(answer.text)
    assert len(sheet) == 3 and sheet[0].startswith("code,name,total")
    outside = await web.person("out", Role.ADMIN, "area:360803")
    assert [row["total"] for row in (await rows(outside)).values()] == [1]
    assert (await rows(await web.person("none", Role.ADMIN, "area:360871"))) == {}


async def test_the_type_and_the_time_until_it_was_well_again(web, pool, hand_clock):
    await happen(pool, opened(1, at=hand_clock.micros()), opened(2, at=hand_clock.micros()))
    device = alarm(1).device_id
    async with pool.acquire() as conn:
        now = hand_clock.now()
        await conn.execute(
            "insert into registry.device (id, gateway, address, type, class, state, area, created_at, changed_at)"
            " values ($1, 'ctwing', 'd1', 'smoke', 'nb_battery', 'in_service', '360802', $2, $2)", device, now,
        )  # fmt: skip
        await conn.execute(
            "update incidents.alarm set cleared_at = raised_at + interval '90 seconds' where device_id = $1", device
        )
    by_type = await rows(await web.person("duty", Role.DUTY), by="type")
    assert (by_type["smoke"]["total"], by_type["smoke"]["restore_s"]) == (1, 90)
    assert (by_type[""]["total"], by_type[""]["restore_s"]) == (1, None)


@pytest.mark.parametrize("asked", [
    {"by": "moon"}, {"queue": "all"}, {"since": "2026-01-01T00:00:00"}, {"until": "yesterday"},
])  # fmt: skip
async def test_what_cannot_be_asked_is_said(web, asked):
    assert (await (await web.person("duty", Role.DUTY)).get(PATH, params=asked)).status_code == 400


async def test_a_year_is_the_most(web, pool, hand_clock):
    await happen(pool, opened(1, at=hand_clock.micros() - 400 * 86_400 * SECOND), opened(2, at=hand_clock.micros()))
    long_ago = (hand_clock.now() - timedelta(days=500)).isoformat()
    assert [row["total"] for row in (await rows(await web.person("duty", Role.DUTY), since=long_ago)).values()] == [1]
