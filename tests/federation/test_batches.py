"""What the city takes from a platform below, and what it refuses: whole, with its reason, counted, nothing applied."""

import asyncio
from typing import Any

import pytest

from support.joined import Side
from support.peer import Peer, stranger
from zhigan.federation.api_peers import MOST_BYTES, MOST_EVENTS
from zhigan.vocabulary.moments import to_micros

UNIT = "01a20169-0000-7000-8000-000000000001"
BURNS = "01a20169-0000-7000-8000-000000000002"


@pytest.fixture
async def peer(city: Side) -> Any:
    code = await city.invites()
    made = await asyncio.to_thread(Peer, city.url, code, clock=city.clock)
    yield made
    made.close()


def unit(**more: object) -> dict[str, object]:
    made = {"id": UNIT, "code": "S-1", "name": "一中", "premises": "crowded", "class": 2, "area_code": "360802"}
    return {**made, "area": "360802", **more}


def burning(city: Side, **more: object) -> dict[str, object]:
    at = to_micros(city.clock.now())
    made = {"id": BURNS, "version": 1, "opened_at": at, "received_at": at, "last_signal_at": at, "state": "open"}
    return {**made, "place": {"unit_id": UNIT, "text": "三层走廊"}, **more}


async def refused(city: Side) -> int:
    return (await city.get(f"/federation/platforms/{(await city.platforms())[0]['id']}"))["days"][0]["refused"]


async def test_what_is_forged_replayed_torn_or_too_large_applies_nothing(city: Side, peer: Peer) -> None:
    first = peer.event({"units": [unit()]})

    async def answers(status: int, code: str, events: Any, **how: Any) -> None:
        answer = await asyncio.to_thread(peer.send, events, **how)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text

    await answers(401, "federation.signature", [first], secret=stranger())
    await answers(401, "federation.signature", [first], forged="v1,AAAA")
    await answers(401, "federation.signature", [first], at=int(city.clock.now().timestamp()) - 301)
    await answers(400, "federation.batch", "no list")
    await answers(400, "federation.batch", [{"id": 1}])
    await answers(400, "federation.empty", [])
    await answers(400, "federation.foreign", [{**first, "source": "/platforms/else"}])
    await answers(400, "federation.foreign", [{**first, "specversion": "0.3"}])
    await answers(400, "federation.numbers", [{**first, "sequence": "١"}])
    await answers(400, "federation.events", [first] * (MOST_EVENTS + 1))
    await answers(409, "federation.position", [{**first, "previous": "7", "sequence": "8"}])
    second = peer.event({"units": [unit(name="二中")]}, step=2)
    await answers(409, "federation.position", [second, first])
    await answers(409, "federation.position", [first, peer.event({}, step=3)])
    large = await asyncio.to_thread(peer.post, b"[" + b" " * MOST_BYTES + b"]")
    assert large.status_code == 413
    assert (await city.get("/units"))["items"] == [] and peer.position == 0
    assert await refused(city) == 10

    assert (await asyncio.to_thread(peer.send, [first, second])).status_code == 200
    assert peer.position == 2
    again = await asyncio.to_thread(peer.send, [first, second])
    assert again.status_code == 409 and again.json()["position"] == 2
    assert [u["name"] for u in (await city.get("/units"))["items"]] == ["二中"]


async def test_an_older_and_a_newer_platform_are_understood(city: Side, peer: Peer) -> None:
    """1.0 sent no counts; a newer one sends kinds of events, fields and words that are not known here."""
    newer = burning(city, kind="quake", grade=1, hue="violet", reasons=[{"why": "tremor", "facts": {}}])
    batch = [
        peer.event({"units": [unit(colour="red")], "swimming_pools": [1]}),
        peer.event({"anything": []}, type_="tide.turned", step=2),
        peer.event({"incidents": [newer]}, type_="incident.opened", step=3),
        peer.event({"now": to_micros(city.clock.now()), "head": 3}, type_="platform.alive", step=4, sequence="3"),
    ]
    assert (await asyncio.to_thread(peer.send, batch)).status_code == 200
    (row,) = await city.incidents()
    assert (row["kind"], row["grade"], row["unit"]["name"]) == ("fire", "I", "一中")
    (platform,) = await city.platforms()
    assert platform["protocol"] == "1.0" and platform["whole"] is None and platform["error"] == ""


async def test_one_event_that_cannot_be_kept_holds_up_no_fire(city: Side, peer: Peer) -> None:
    batch = [
        peer.event({"units": [unit()]}),
        peer.event({"units": [unit(id="01a20169-0000-7000-8000-000000000009", code="S-9", name="\x00")]}, step=2),
        peer.event({"incidents": [{"id": 7}]}, type_="incident.opened", step=3),
        peer.event({"incidents": [burning(city)]}, type_="incident.opened", step=4),
    ]
    assert (await asyncio.to_thread(peer.send, batch)).status_code == 200
    assert [row["id"] for row in await city.incidents()] == [BURNS]
    (platform,) = await city.platforms()
    day = (await city.get(f"/federation/platforms/{platform['id']}"))["days"][0]
    assert (day["events"], day["applied"], day["unread"]) == (4, 2, 2) and platform["error"]


async def test_another_platforms_fire_cannot_be_claimed(city: Side, peer: Peer) -> None:
    await asyncio.to_thread(
        peer.send, [peer.event({"units": [unit()]}), peer.event({"incidents": [burning(city)]}, step=2)]
    )
    code = await city.invites("other", "另一平台")
    other = await asyncio.to_thread(Peer, city.url, code, clock=city.clock)
    stolen = burning(city, state="closed", closed_at=1, outcome="false_alarm")
    answer = await asyncio.to_thread(other.send, [other.event({"units": [unit(name="改名")], "incidents": [stolen]})])
    other.close()
    assert answer.status_code == 200
    (row,) = await city.incidents()
    assert row["state"] == "open" and row["unit"]["name"] == "一中"
    assert await city.broken() is None


async def test_a_platform_that_falls_silent_is_a_row_until_it_speaks(city: Side, peer: Peer) -> None:
    await asyncio.to_thread(peer.send, [peer.event({"units": [unit()]})])
    assert await city.watch.look() == 0
    city.clock.advance(301)
    assert await city.watch.look() == 1
    assert await city.watch.look() == 1
    (row,) = (await city.get("/attention"))["items"]
    assert row["reasons"][0]["why"] == "platform_silent" and "教育局平台" in row["reasons"][0]["zh"]
    assert (await city.platforms())[0]["state"] == "silent"
    await asyncio.to_thread(peer.send, [peer.event({})])
    assert await city.watch.look() == 0
    assert (await city.get(f"/attention/{row['id']}"))["state"] == "closed"
