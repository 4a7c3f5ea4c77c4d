"""Replacement at one place: the old device ends, the new one goes on, both linked; what is behind follows."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from support.web import Web
from zhigan.registry import store
from zhigan.registry.model import Sighting
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.roles import Role

JIZHOU = {"premises": "crowded", "area_code": "360802", "lon": 114.99, "lat": 27.11}
ROOT, NEW_ROOT = "790300000001", "790300000002"


async def made(client: httpx.AsyncClient, path: str, body: Mapping[str, object]) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
async def operator(web: Web) -> httpx.AsyncClient:
    return await web.person("op", Role.OPERATOR)


@pytest.fixture
async def smoke(operator: httpx.AsyncClient) -> dict[str, Any]:
    unit = await made(operator, "/units", {"code": "U1", "name": "一", **JIZHOU})
    body = {"unit_id": unit["id"], "name": "走廊烟感", "type": "smoke", "gateway": "ctwing", "address": "D-1"}
    return await made(operator, "/devices", {**body, "floor": "3", "serial": "OLD", "maker": "甲厂"})


async def test_the_place_goes_on_and_both_know_of_each_other(
    web: Web, operator: httpx.AsyncClient, smoke: dict[str, Any]
) -> None:
    web.clock.advance(60)
    given = {"address": "D-2", "serial": "NEW", "why": "到期"}
    new = await made(operator, f"/devices/{smoke['id']}/replace", given)
    assert new["id"] != smoke["id"]
    assert (new["name"], new["floor"], new["unit_id"]) == ("走廊烟感", "3", smoke["unit_id"])
    assert (new["serial"], new["maker"], new["state"]) == ("NEW", "", "in_service")
    old = (await operator.get(f"/devices/{smoke['id']}")).json()
    assert (old["state"], old["address"]) == ("replaced", "D-1")
    web.clock.advance(60)
    third = await made(operator, f"/devices/{new['id']}/replace", {"address": "D-1"})
    for each in (smoke, new, third):
        chain = (await operator.get(f"/devices/{each['id']}/chain")).json()["items"]
        assert [c["id"] for c in chain] == [third["id"], new["id"], smoke["id"]]
    assert [c["until"] is None for c in chain] == [True, False, False]
    assert (chain[1]["since"], chain[2]["why"], chain[2]["ended_by"]) == (chain[2]["until"], "到期", "op")
    admin = await web.person("aud", Role.ADMIN)
    acts = [e["action"] for e in (await admin.get("/audit")).json()["items"]]
    assert acts.count("device.replaced") == 2


async def test_a_device_alone_is_a_chain_of_one(operator: httpx.AsyncClient, smoke: dict[str, Any]) -> None:
    chain = (await operator.get(f"/devices/{smoke['id']}/chain")).json()["items"]
    assert [(c["id"], c["until"]) for c in chain] == [(smoke["id"], None)]


async def test_the_same_address_may_go_on_and_a_taken_one_may_not(
    operator: httpx.AsyncClient, smoke: dict[str, Any]
) -> None:
    other = {"unit_id": smoke["unit_id"], "name": "乙", "type": "smoke", "gateway": "ctwing", "address": "D-7"}
    await made(operator, "/devices", other)
    refused = await operator.post(f"/devices/{smoke['id']}/replace", json={"address": "D-7"})
    assert refused.status_code == 409
    assert (await operator.get(f"/devices/{smoke['id']}")).json()["state"] == "in_service", "nothing half done"
    new = await made(operator, f"/devices/{smoke['id']}/replace", {"address": "D-1", "serial": "NEW"})
    assert new["address"] == "D-1"
    again = await operator.post(f"/devices/{smoke['id']}/replace", json={"address": "D-8"})
    assert again.status_code == 409, "what is replaced is not replaced twice"


async def test_parts_follow_a_transmission_device_with_their_ids(
    web: Web, operator: httpx.AsyncClient, smoke: dict[str, Any]
) -> None:
    body = {"unit_id": smoke["unit_id"], "name": "装置", "type": "transmission_device", "gateway": "gb26875"}
    root = await made(operator, "/devices", {**body, "address": ROOT})
    part = await made(operator, "/devices", {**body, "type": "smoke", "address": f"{ROOT}/1.1.40.5", "name": "烟"})
    now = web.clock.micros()
    async with web.pool.acquire() as conn, conn.transaction():  # the new one has spoken before anybody registered it
        seen = [Sighting("gb26875", a, t, "", now) for a, t in (
            (NEW_ROOT, "transmission_device"), (f"{NEW_ROOT}/1.1.40.5", "smoke"), (f"{NEW_ROOT}/1.1.40.6", "smoke"),
        )]  # fmt: skip
        await store.discover(conn, seen)
    refused = await operator.post(f"/devices/{root['id']}/replace", json={"address": "X", "gateway": "ctwing"})
    assert refused.status_code == 400 and "gateway" in refused.text
    new = await made(operator, f"/devices/{root['id']}/replace", {"address": NEW_ROOT})
    after = (await operator.get(f"/devices/{part['id']}")).json()
    assert (after["address"], after["parent_id"], after["name"]) == (f"{NEW_ROOT}/1.1.40.5", new["id"], "烟")
    listed = (await operator.get("/devices", params={"parent_id": new["id"]})).json()["items"]
    assert sorted((d["address"], d["state"]) for d in listed) == [
        (f"{NEW_ROOT}/1.1.40.5", "in_service"), (f"{NEW_ROOT}/1.1.40.5", "retired"),
        (f"{NEW_ROOT}/1.1.40.6", "discovered"),
    ]  # fmt: skip


async def test_the_database_knows_the_bits_of_silence(web: Web, smoke: dict[str, Any]) -> None:
    quiet = int(Condition.SHIELD | Condition.TEST_MODE)
    async with web.pool.acquire() as conn:
        text = await conn.fetchval("select pg_get_functiondef('registry.keep_quiet'::regproc)")
        assert text.count(str(quiet)) == 2
        text = await conn.fetchval("select pg_get_functiondef('registry.quiet_devices'::regproc)")
        assert f"conditions & {quiet} " in text
        number = await conn.fetchval("select number from registry.device where id = $1::uuid", smoke["id"])

        async def say(conditions: Condition) -> object:
            web.clock.advance(60)
            await conn.execute(
                "update registry.device_now set conditions = $2, seen_at = $3 where number = $1",
                number, int(conditions), web.clock.now(),
            )  # fmt: skip
            return await conn.fetchval("select quiet_since from registry.device_now where number = $1", number)

        assert await say(Condition.FAULT) is None
        since = await say(Condition.SHIELD)
        assert since == web.clock.now()
        assert await say(Condition.SHIELD | Condition.FAULT) == since
        assert await say(Condition.FAULT) is None
