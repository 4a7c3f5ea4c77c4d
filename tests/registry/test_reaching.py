"""Contacts that can be reached: who verified, for how long it holds, and what another number undoes."""

from datetime import timedelta

import httpx
import pytest

from support.web import Web
from zhigan.runtime.clock import HandClock
from zhigan.vocabulary.roles import Role

UNIT = {"code": "R-1", "name": "平安出租楼", "premises": "crowded", "area_code": "360802"}


@pytest.fixture
async def admin(web: Web) -> httpx.AsyncClient:
    return await web.person("admin", Role.ADMIN)


async def _there(admin: httpx.AsyncClient, role: str = "landlord", phone: str = "13800000001") -> dict[str, str]:
    unit = (await admin.get("/units?code=R-1")).json()["items"] or [(await admin.post("/units", json=UNIT)).json()]
    made = await admin.post(f"/units/{unit[0]['id']}/contacts", json={"role": role, "name": role, "phone": phone})
    assert made.status_code == 201, made.text
    return made.json()


async def _states(admin: httpx.AsyncClient) -> dict[str, str]:
    return {c["name"]: c["state"] for c in (await admin.get("/contacts")).json()["items"]}


async def test_who_was_called_is_verified_for_ninety_days(
    admin: httpx.AsyncClient, web: Web, hand_clock: HandClock
) -> None:
    made = await _there(admin)
    assert made["state"] == "due" and made["verified_at"] is None
    for role, allowed in ((Role.DUTY, 200), (Role.LEAD, 200), (Role.AUDITOR, 403), (Role.UNIT, 403)):
        scope = "city" if role is not Role.UNIT else "unit:R-1"
        someone = await web.person(f"p-{role}", role, scope)
        assert (await someone.post(f"/contacts/{made['id']}/verify")).status_code == allowed, role
    seen = (await admin.get(f"/units/{made['unit_id']}")).json()["contacts"][0]
    assert (seen["state"], seen["verified_by"], seen["verified_how"]) == ("reachable", "p-lead", "desk")
    hand_clock.advance(timedelta(days=89, hours=23).total_seconds())
    admin = await web.person("later", Role.ADMIN)
    assert await _states(admin) == {"landlord": "reachable"}
    hand_clock.advance(3600)
    assert await _states(admin) == {"landlord": "due"}
    assert (await admin.get("/contacts?state=reachable")).json()["items"] == []
    assert len((await admin.get(f"/contacts?state=due&unit_id={made['unit_id']}")).json()["items"]) == 1
    assert (await admin.get("/contacts?state=happy")).status_code == 400


async def test_another_number_is_not_verified_yet(admin: httpx.AsyncClient, web: Web) -> None:
    made = await _there(admin)
    await admin.post(f"/contacts/{made['id']}/verify")
    same = (await admin.patch(f"/contacts/{made['id']}", json={"phone": "+86 13800000001", "role": "tenant"})).json()
    assert same["state"] == "reachable", "the same number, otherwise written"
    async with web.pool.acquire() as conn:
        await conn.execute("update registry.contact set dead_at = $1, dead_why = 'x'", web.clock.now())
    assert await _states(admin) == {"landlord": "dead"}
    other = (await admin.patch(f"/contacts/{made['id']}", json={"phone": "13800000002"})).json()
    assert (other["state"], other["verified_at"], other["dead_at"], other["dead_why"]) == ("due", None, None, "")


async def test_the_list_goes_out_with_its_filters(admin: httpx.AsyncClient) -> None:
    for role in ("landlord", "sub_landlord", "tenant", "child_of_elderly"):
        made = await _there(admin, role, f"1380000000{len(role) % 10}")
    await admin.post(f"/contacts/{made['id']}/verify")
    out = await admin.get("/export/contacts?state=reachable&columns=name,state,verified_by&encoding=utf-8")
    assert out.text.splitlines()[:2] == ["name,state,verified_by", "child_of_elderly,reachable,admin"]
    assert "landlord" not in (await admin.get("/export/contacts?state=reachable&encoding=utf-8")).text
