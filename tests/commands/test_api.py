"""Commands from outside: asked, approved by a second person, taken by a gateway, proven; and what stands against it."""

import asyncio
from datetime import timedelta

import pytest

from support.premises import breaker, device
from zhigan.bus import log
from zhigan.commands import store
from zhigan.commands.model import Nothing, State
from zhigan.desks.electrical import worker
from zhigan.desks.electrical.interlock import CircuitInterlock
from zhigan.vocabulary.ids import born
from zhigan.vocabulary.roles import Role


async def states(pool, command):
    async with pool.acquire() as conn:
        events = await log.read(conn, 0, 100)
        assert await log.verify(conn) is None
    return [e.body["state"] for e in events if e.subject == command]


async def test_a_command_goes_down_and_its_proof_comes_back(web, pool, hand_clock):
    target = await device(pool)
    duty = await web.person("duty", Role.DUTY)
    given = await duty.post(f"/devices/{target}/commands", json={"command": "query_state", "arguments": {}})
    assert given.status_code == 202
    command = given.json()["id"]
    assert given.json()["state"] == "pending"
    async with pool.acquire() as conn:
        orders = await store.take(conn, "gb26875", ["000000000001"], hand_clock.micros())
        assert [(o.id, o.root, o.arguments) for o in orders] == [(command, "000000000001", Nothing())]
        assert await store.take(conn, "gb26875", None, hand_clock.micros()) == []
        assert await store.mark(conn, command, State.SENT, "", hand_clock.micros())
        assert not await store.mark(conn, command, State.SENT, "", hand_clock.micros())
        await store.mark(conn, command, State.ACKNOWLEDGED, "", hand_clock.micros())
        await store.mark(conn, command, State.CONFIRMED, "状态已上报", hand_clock.micros())
    seen = (await duty.get(f"/commands/{command}")).json()
    assert (seen["state"], seen["detail"], seen["version"]) == ("confirmed", "状态已上报", 4)
    assert [p["state"] for p in seen["history"]] == ["pending", "sent", "acknowledged", "confirmed"]
    assert await states(pool, command) == ["pending", "sent", "acknowledged", "confirmed"]
    async with pool.acquire() as conn:
        audited = await conn.fetch("select action, role from access.audit where subject = $1 order by id", command)
    assert [tuple(r) for r in audited] == [
        ("command.pending", "duty"),
        ("command.sent", "platform"),
        ("command.acknowledged", "platform"),
        ("command.confirmed", "platform"),
    ]


async def test_what_no_gateway_can_reach_fails_at_sending(web, pool, hand_clock):
    target = await device(pool)
    duty = await web.person("duty", Role.DUTY)
    command = (await duty.post(f"/devices/{target}/commands", json={"command": "sync_clock"})).json()["id"]
    async with pool.acquire() as conn:
        await store.take(conn, "gb26875", None, hand_clock.micros())
        await store.mark(conn, command, State.FAILED, "not connected", hand_clock.micros())
        with pytest.raises(store.IllegalMove):
            await store.mark(conn, command, State.SENT, "", hand_clock.micros())
    assert (await duty.get(f"/commands/{command}")).json()["state"] == "failed"


async def test_a_lease_ends_when_its_holder_has_died(web, pool, hand_clock):
    target = await device(pool)
    duty = await web.person("duty", Role.DUTY)
    command = (await duty.post(f"/devices/{target}/commands", json={"command": "self_test"})).json()["id"]
    async with pool.acquire() as one, pool.acquire() as other:
        found = await asyncio.gather(
            store.take(one, "gb26875", None, hand_clock.micros()),
            store.take(other, "gb26875", None, hand_clock.micros()),
        )
        assert sorted(len(orders) for orders in found) == [0, 1]
        assert (await duty.post(f"/commands/{command}/cancel", json={})).status_code == 409
        hand_clock.advance(31)
        assert [o.id for o in await store.take(one, "gb26875", None, hand_clock.micros())] == [command]


async def test_power_is_cut_by_two_people(web, pool, hand_clock):
    until = hand_clock.now() + timedelta(hours=1)
    target = await breaker(pool, cut_until=until)
    lead, operator = await web.person("lead", Role.LEAD), await web.person("operator", Role.OPERATOR)
    body = {"command": "cut_power", "arguments": {"reason": "配电箱冒烟"}}
    asked = (await lead.post(f"/devices/{target}/commands", json=body)).json()
    assert asked["state"] == "awaiting_approval"
    async with pool.acquire() as conn:
        assert await store.take(conn, "mqtt", None, hand_clock.micros()) == []
    path = f"/commands/{asked['id']}/approve"
    assert (await lead.post(path, json={})).status_code == 403
    duty = await web.person("duty", Role.DUTY)
    assert (await duty.post(path, json={})).status_code == 403
    approved = await operator.post(path, json={"note": "业主已到场"})
    assert (approved.status_code, approved.json()["state"]) == (200, "pending")
    assert approved.json()["approved_by"]["name"] == "operator"
    assert (await operator.post(path, json={})).status_code == 409
    assert (await lead.post(path, json={})).status_code == 403
    async with pool.acquire() as conn:
        assert await store.take(conn, "mqtt", None, hand_clock.micros()) == []
    hand_clock.advance(15)
    assert await worker.release(web.db, CircuitInterlock(hand_clock), hand_clock.micros()) == 1
    async with pool.acquire() as conn:
        assert [o.id for o in await store.take(conn, "mqtt", None, hand_clock.micros())] == [asked["id"]]
    assert await states(pool, asked["id"]) == ["awaiting_approval", "pending"]


async def test_a_consent_that_ran_out_meanwhile_stops_the_approval(web, pool, hand_clock):
    target = await breaker(pool, cut_until=hand_clock.now() + timedelta(minutes=5))
    lead, operator = await web.person("lead", Role.LEAD), await web.person("operator", Role.OPERATOR)
    body = {"command": "cut_power", "arguments": {"reason": "冒烟"}}
    command = (await lead.post(f"/devices/{target}/commands", json=body)).json()["id"]
    hand_clock.advance(301)
    assert (await operator.post(f"/commands/{command}/approve", json={})).status_code == 409


async def test_of_two_who_approve_at_one_instant_one_did(web, pool, hand_clock):
    target = await breaker(pool, cut_until=hand_clock.now() + timedelta(hours=1))
    lead = await web.person("lead", Role.LEAD)
    body = {"command": "cut_power", "arguments": {"reason": "冒烟"}}
    command = (await lead.post(f"/devices/{target}/commands", json=body)).json()["id"]
    others = [await web.person(f"operator{n}", Role.OPERATOR) for n in range(4)]
    answers = await asyncio.gather(*(o.post(f"/commands/{command}/approve", json={}) for o in others))
    assert sorted(a.status_code for a in answers) == [200, 409, 409, 409]


@pytest.mark.parametrize(
    ("fields", "arguments", "status"),
    [
        ({}, {"reason": "冒烟"}, 202),
        ({}, {}, 400),
        ({"load_class": ""}, {"reason": "冒烟"}, 409),
        ({"load_class": "fire_pump"}, {"reason": "冒烟"}, 409),
        ({"cut_by": "", "cut_until": None}, {"reason": "冒烟"}, 409),
        ({"type": "electrical_monitor"}, {"reason": "冒烟"}, 409),
    ],
)
async def test_cut_power_and_what_stands_against_it(web, pool, hand_clock, fields, arguments, status):
    target = await breaker(pool, **({"cut_until": hand_clock.now() + timedelta(hours=1)} | fields))
    unit = await web.person("unit", Role.UNIT, "unit:U1")
    answer = await unit.post(f"/devices/{target}/commands", json={"command": "cut_power", "arguments": arguments})
    assert answer.status_code == status, answer.text


async def test_silence_without_a_basis_is_a_conflict(web, pool):
    target = await device(pool)
    owner = await web.person("owner", Role.OWNER, "unit:U1")
    path = f"/devices/{target}/commands"
    assert (await owner.post(path, json={"command": "silence", "arguments": {}})).status_code == 409
    good = {"command": "silence", "arguments": {"basis": "person_confirms"}}
    assert (await owner.post(path, json=good)).status_code == 202
    assert (await owner.post(path, json={"command": "query_state"})).status_code == 403
    assert (await owner.post(path, json={"command": "open_valve"})).status_code == 400


async def test_outside_the_scope_nothing_exists(web, pool):
    target = await device(pool)
    inside, outside = await web.person("in", Role.LEAD), await web.person("out", Role.LEAD, "area:360803")
    command = (await inside.post(f"/devices/{target}/commands", json={"command": "sync_clock"})).json()["id"]
    assert (await outside.post(f"/devices/{target}/commands", json={"command": "sync_clock"})).status_code == 404
    assert (await outside.get(f"/commands/{command}")).status_code == 404
    assert (await outside.post(f"/commands/{command}/cancel", json={})).status_code == 404
    assert (await outside.post(f"/commands/{command}/approve", json={})).status_code == 404
    assert (await outside.get("/commands")).json()["items"] == []
    assert (await outside.get(f"/commands?device_id={target}")).json()["items"] == []
    stranger = await web.person("stranger", Role.COMMUNITY, "area:360803")
    assert (await stranger.post(f"/devices/{target}/commands", json={"command": "nonsense"})).status_code == 404
    for wrong in ("nothing", born(1, "none")):
        assert (await inside.get(f"/commands/{wrong}")).status_code == 404
        assert (await inside.post(f"/devices/{wrong}/commands", json={"command": "sync_clock"})).status_code == 404


async def test_cancelled_by_anyone_involved(web, pool):
    target = await device(pool)
    owner = await web.person("owner", Role.OWNER, "unit:U1")
    supervisor = await web.person("supervisor", Role.SUPERVISOR)
    community = await web.person("community", Role.COMMUNITY)
    given = [
        (await owner.post(f"/devices/{target}/commands", json={"command": "self_test"})).json()["id"] for _ in "ab"
    ]
    assert (await community.post(f"/commands/{given[0]}/cancel", json={})).status_code == 403
    assert (await owner.post(f"/commands/{given[0]}/cancel")).json()["state"] == "cancelled"
    assert (await supervisor.post(f"/commands/{given[1]}/cancel", json={})).json()["state"] == "cancelled"
    assert (await owner.post(f"/commands/{given[0]}/cancel", json={})).status_code == 409


async def test_what_waits_too_long_expires_and_a_late_answer_is_believed(web, pool, hand_clock):
    target = await device(pool)
    duty = await web.person("duty", Role.DUTY)
    waiting = (await duty.post(f"/devices/{target}/commands", json={"command": "query_state"})).json()["id"]
    sent = (await duty.post(f"/devices/{target}/commands", json={"command": "sync_clock"})).json()["id"]
    async with pool.acquire() as conn:
        await store.mark(conn, sent, State.SENT, "", hand_clock.micros())
        assert await store.expire(conn, hand_clock.micros()) == 0
        hand_clock.advance(601)
        assert await store.take(conn, "gb26875", None, hand_clock.micros()) == []
        assert await store.expire(conn, hand_clock.micros()) == 2
        assert await store.expire(conn, hand_clock.micros()) == 0
        await store.mark(conn, sent, State.CONFIRMED, "", hand_clock.micros())
        with pytest.raises(store.IllegalMove):
            await store.mark(conn, waiting, State.SENT, "", hand_clock.micros())
    assert (await duty.get(f"/commands/{waiting}")).json()["state"] == "expired"
    assert await states(pool, sent) == ["pending", "sent", "expired", "confirmed"]


async def test_commands_of_a_device_page_by_page(web, pool, hand_clock):
    target, other = await device(pool, 1), await device(pool, 2)
    duty = await web.person("duty", Role.DUTY)
    for n in range(5):
        hand_clock.advance(1)
        await duty.post(f"/devices/{target if n else other}/commands", json={"command": "sync_clock"})
    first = (await duty.get(f"/commands?device_id={target}&limit=3")).json()
    second = (await duty.get(f"/commands?device_id={target}&limit=3&cursor={first['next']}")).json()
    seen = [c["requested_at"] for c in first["items"] + second["items"]]
    assert (len(seen), seen, second["next"]) == (4, sorted(seen, reverse=True), None)
    assert (await duty.get("/commands?state=sent")).json()["items"] == []
    assert (await duty.get("/commands?cursor=nonsense")).status_code == 400
    assert (await duty.get("/commands?device_id=x")).status_code == 400


async def test_the_gateway_is_told_when_there_is_something_to_take(web, pool):
    told: asyncio.Queue[str] = asyncio.Queue()

    def hear(_connection: object, _pid: int, _channel: str, payload: str) -> None:
        told.put_nowait(payload)

    target = await device(pool)
    duty = await web.person("duty", Role.DUTY)
    async with pool.acquire() as listener:
        await listener.add_listener("zhigan_command", hear)
        command = (await duty.post(f"/devices/{target}/commands", json={"command": "sync_clock"})).json()["id"]
        try:
            assert await asyncio.wait_for(told.get(), 30) == command
        finally:
            await listener.remove_listener("zhigan_command", hear)
