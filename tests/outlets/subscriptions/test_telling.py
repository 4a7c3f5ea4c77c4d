"""Stories: what happens is told to partners, in order, signed, once it is theirs; who is down is told later."""

import asyncio
import re
import sys
from collections.abc import Callable
from xml.etree import ElementTree

import httpx

from outlets.subscriptions.conftest import EVERY, PASSWORD, Telling
from support.platform import ROOT
from support.receiver import Receiver
from zhigan.outlets.subscriptions.delivery import Fate
from zhigan.protocols import cap
from zhigan.vocabulary.roles import Role

Receivers = Callable[[], Receiver]
PHONE = re.compile(rb"(?<!\d)1[3-9]\d{9}(?!\d)")
ATOM = "{http://www.w3.org/2005/Atom}"


async def test_a_fire_goes_out_signed_and_in_order_through_retries(telling: Telling, receivers: Receivers) -> None:
    receiver = receivers()
    partner = await telling.partner()
    sub = await telling.subscribes(partner, receiver)
    receiver.says = [503, 500, 204]
    row = await telling.smokes("吉州一中 13800138000")
    assert await telling.carries() == [Fate.FAILED]
    assert await telling.carries() == [Fate.LATER], "it waits its pause"
    assert (await telling.stands(sub))["state"] == "retrying"
    telling.city.clock.advance(6)
    assert await telling.carries() == [Fate.FAILED]
    await telling.city.step(row, "confirm", basis="on_site")
    telling.city.clock.advance(16)
    assert await telling.carries() == [Fate.IDLE]
    assert all(got.signed for got in receiver.got) and not any(PHONE.search(got.body) for got in receiver.got)
    assert receiver.ids[0] == receiver.ids[1] == receiver.ids[2], "however often it is sent, it is the same message"
    sequences = [int(event["sequence"]) for event in receiver.events]
    assert sequences == sorted(set(sequences)) and len(sequences) >= 2
    first, last = receiver.events[0], receiver.events[-1]
    assert (first["specversion"], first["source"]) == ("1.0", "http://platform.test")
    assert first["type"] == "cn.zhigan119.incident.opened.v1" and first["data"]["event"]["state"] == "open"
    assert last["data"]["incident"]["state"] == "confirmed" and last["data"]["incident"]["basis"] == "on_site"
    assert last["subject"] == f"incident/{row.id}" and last["data"]["nature"] == "actual"
    stands = await telling.stands(sub)
    assert (stands["state"], stands["failures"], stands["behind"]) == ("active", 0, 0)
    admin = await telling.admin()
    path = f"/partners/{partner['id']}/deliveries"
    failed = (await admin.get(path, params={"ok": "false"})).json()["items"]
    assert [(d["status"], d["attempt"]) for d in failed] == [(500, 2), (503, 1)]
    whole = (await admin.get(f"{path}/{failed[0]['id']}")).json()
    assert "incident.opened" in whole["request"] and "whsec" not in whole["request"]
    assert (await admin.get(path, params={"q": "吉州一中", "limit": 2})).json()["next"]
    text = (await admin.get(f"{path}/export")).text
    assert text.count("警情") >= 4 and "E" in text.splitlines()[-1]
    [listed] = (await admin.get("/partners", params={"q": "智慧"})).json()["items"]
    assert (listed["day_failed"], listed["failing"], listed["subscriptions"]) == (2, 0, 1)


async def test_nothing_of_another_district_goes_out(telling: Telling, receivers: Receivers) -> None:
    here, there = receivers(), receivers()
    await telling.subscribes(await telling.partner("本区", "area:360802"), here)
    other = await telling.partner("邻区", "area:360803")
    await telling.subscribes(other, there)
    row = await telling.smokes()
    assert await telling.carries() == [Fate.IDLE, Fate.IDLE]
    assert here.events and not there.got
    ours, theirs = await telling.client("p-本区"), await telling.client("p-邻区")
    feed = (await ours.get("/cap")).text
    assert row.id in feed and row.id not in (await theirs.get("/cap")).text
    [link] = re.findall(r"/cap/([\w-]+)", feed.partition("<entry>")[2])[:1]
    assert (await ours.get(f"/cap/{link}")).status_code == 200
    assert (await theirs.get(f"/cap/{link}")).status_code == 404
    assert (await theirs.get("/partners")).status_code == 403, "a machine reads no page of people's"
    district = await telling.city.web.person("district", Role.ADMIN, "area:360802")
    assert [p["name"] for p in (await district.get("/partners")).json()["items"]] == ["本区"]
    assert (await district.get(f"/partners/{other['id']}")).status_code == 404
    beyond = {"name": "n", "kind": "police", "account": "p-n", "scope": "area:3608"}
    assert (await district.post("/partners", json=beyond)).status_code == 403
    taken = {"name": "n", "kind": "police", "account": "p-邻区"}
    assert (await district.post("/partners", json=taken)).status_code == 400
    # The account's scope is the partner's, as it is now.
    account = other["account"]["id"]
    await (await telling.admin()).patch(f"/accounts/{account}", json={"scope": "area:360802"})
    await telling.city.step(row, "accept")
    await telling.carries()
    assert [e["data"]["incident"]["id"] for e in there.events] == [row.id]


async def test_filters_and_batches(telling: Telling, receivers: Receivers) -> None:
    confirmed, batched, none = receivers(), receivers(), receivers()
    partner = await telling.partner()
    await telling.subscribes(
        partner, confirmed, name="确认", confirmed=True, what=["incident_opened", "incident_closed"]
    )
    await telling.subscribes(partner, batched, name="成批", batch=50)
    await telling.subscribes(partner, none, name="燃气", kinds=["gas"])
    row = await telling.smokes()
    await telling.carries()
    assert not confirmed.got and not none.got
    await telling.city.step(row, "confirm", basis="video")
    await telling.city.step(row, "close", outcome="fire")
    await telling.carries()
    states = [event["data"]["event"]["state"] for event in confirmed.events]
    assert states == ["confirmed", "closed"], "once it is confirmed it is opened for them"
    batch = batched.got[-1]
    assert batch.type.startswith("application/cloudevents-batch+json") and isinstance(batch.batch, list)
    assert len({e["id"] for got in batched.got for e in got.batch}) == sum(len(got.batch) for got in batched.got)
    assert len(batched.got) < len([e for got in batched.got for e in got.batch]), "several in one message"


async def test_who_is_killed_between_sending_and_knowing_sends_the_same_again(
    telling: Telling, receivers: Receivers, dsn: str
) -> None:
    receiver = receivers()
    sub = await telling.subscribes(await telling.partner(), receiver, batch=50)
    first = await telling.smokes()
    receiver.answers.clear()
    dying = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "support.telling_process", dsn, sub["id"], cwd=ROOT / "tests"
    )
    await receiver.heard.wait()
    dying.kill()  # the partner has it, and nobody here knows
    await dying.wait()
    receiver.answers.set()
    assert (await telling.stands(sub))["sent"] == 0
    await telling.city.step(first, "accept")  # more has happened since: it does not slip into the same message
    await telling.carries()
    assert receiver.got[0].id == receiver.got[1].id and len(receiver.got) == 3
    assert [e["id"] for e in receiver.got[0].batch] == [e["id"] for e in receiver.got[1].batch]
    told = {e["id"] for got in receiver.got for e in got.batch}
    assert len(told) == (await telling.stands(sub))["sent"], "nothing is lost, and doubles are seen by their id"


async def test_one_slow_partner_slows_nobody_else(telling: Telling, receivers: Receivers, dsn: str) -> None:
    slow, swift = receivers(), receivers()
    await telling.subscribes(await telling.partner("慢"), slow)
    await telling.subscribes(await telling.partner("快"), swift)
    slow.answers.clear()
    async with asyncio.TaskGroup() as tasks:
        courier = tasks.create_task(telling.subscriber.run(dsn))
        row = await telling.smokes()
        await slow.hears("open")  # it has taken the message in, and says nothing
        await swift.hears("open")
        await telling.city.step(row, "confirm", basis="on_site")
        await swift.hears("confirmed")
        assert len(slow.got) == 1 and not slow.answers.is_set(), "it still thinks about the first"
        slow.answers.set()
        telling.city.clock.advance(6)  # should it have been given up meanwhile: then it is told again
        await slow.hears("confirmed")
        courier.cancel()
    sequences = [int(event["sequence"]) for event in slow.events]
    assert sequences == sorted(sequences) and set(sequences) == {int(e["sequence"]) for e in swift.events}


async def test_gone_failing_paused_replayed(telling: Telling, receivers: Receivers) -> None:
    gone, down = receivers(), receivers()
    partner = await telling.partner()
    ended = await telling.subscribes(partner, gone, name="不要了")
    failing = await telling.subscribes(partner, down, name="故障")
    gone.says, down.says = [410], [429]
    down.retry_after = "40"
    row = await telling.smokes()
    began = telling.city.clock.now()
    assert sorted(await telling.carries()) == sorted([Fate.OFF, Fate.FAILED])
    assert (await telling.stands(ended))["state"] == "gone" and len(gone.got) == 1
    telling.city.clock.advance(30)
    assert await telling.carries() == [Fate.LATER], "as long as it asked for"
    for _ in range(8):
        telling.city.clock.advance(120)
        await telling.carries()
    assert (await telling.stands(failing))["state"] == "failing"
    assert await telling.subscriber.watch.look() == 2 and await telling.subscriber.watch.look() == 2
    rows = [r for r in (await (await telling.admin()).get("/attention")).json()["items"] if r["kind"] == "link"]
    assert len(rows) == 2 and any("故障" in r["reasons"][0]["zh"] for r in rows)
    down.says, gone.says, down.retry_after = [200], [200], ""
    await telling.posts(f"/subscriptions/{failing['id']}/resume")
    await telling.posts(f"/subscriptions/{ended['id']}/resume")
    assert await telling.carries() == [Fate.IDLE, Fate.IDLE]
    assert await telling.subscriber.watch.look() == 0
    assert (await (await telling.admin()).get("/attention?state=open")).json()["items"] == []
    # Paused, it sleeps; resumed, it goes on where it was.
    await telling.posts(f"/partners/{partner['id']}/pause")
    assert (await telling.stands(failing))["state"] == "stopped"
    had = len(down.events)
    await telling.city.step(row, "accept")
    telling.city.clock.advance(7 * 86_400)
    assert await telling.carries() == [] and len(down.events) == had
    await telling.posts(f"/partners/{partner['id']}/resume")
    await telling.carries()
    assert len(down.events) > had
    ids = [event["id"] for event in down.events]
    await telling.posts(f"/subscriptions/{failing['id']}/replay", {"since": began.isoformat()})
    await telling.carries()
    assert [event["id"] for event in down.events][len(ids) :] == ids, "again, with the ids they had"
    tried = await telling.posts(f"/subscriptions/{failing['id']}/test")
    assert (tried["ok"], tried["act"]) == (True, "test") and down.events[-1]["data"]["nature"] == "test"
    old = down.secret
    renewed = await telling.posts(f"/subscriptions/{failing['id']}/secret")
    assert renewed["secret"] != old
    for down.secret in (old, renewed["secret"]):
        await telling.posts(f"/subscriptions/{failing['id']}/test")
        assert down.got[-1].signed, "for a day both sign"
    telling.city.clock.advance(86_400 + 1)
    down.secret = old
    await telling.posts(f"/subscriptions/{failing['id']}/test")
    assert not down.got[-1].signed


async def test_cap_messages_follow_one_another(telling: Telling, receivers: Receivers) -> None:
    receiver = receivers()
    partner = await telling.partner()
    await telling.subscribes(partner, receiver, form="cap")
    row = await telling.smokes()
    await telling.carries()
    await telling.city.step(row, "accept")
    await telling.city.step(row, "confirm", basis="on_site")
    await telling.carries()
    lead = await telling.city.person(Role.LEAD)
    body = {"outcome": "false_alarm", "cause": "U1", "note": "油烟"}
    assert (await lead.post(f"/incidents/{row.id}/close", json=body)).status_code == 200
    await telling.carries()
    sent = [cap.read(got.body) for got in receiver.got]  # raises where the schema does not hold
    assert [a.message_type for a in sent] == ["Alert", "Update", "Cancel"], "accepting tells a partner nothing"
    assert all(got.signed and got.type.startswith("application/cap+xml") for got in receiver.got)
    assert [got.id for got in receiver.got] == [a.identifier for a in sent]
    assert sent[1].references[0].identifier == sent[0].identifier
    assert [r.identifier for r in sent[2].references] == [sent[0].identifier, sent[1].identifier]
    assert (sent[0].status, sent[0].infos[0].severity, sent[1].infos[0].certainty) == ("Actual", "Severe", "Observed")
    machine = await telling.client("p-智慧吉安")
    first = await machine.get("/cap", params={"limit": 2})
    assert first.headers["content-type"].startswith("application/atom+xml")
    again = await machine.get("/cap", params={"limit": 2}, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    read = await _entries(machine, first)
    assert [a.message_type for a in read] == ["Cancel", "Update", "Alert"]
    assert read[1].references[0].identifier == read[2].identifier
    assert read[0].references[-1].identifier == read[1].identifier
    assert [a.incidents for a in read] == [row.id] * 3


async def _entries(machine: httpx.AsyncClient, page: httpx.Response) -> list[cap.Alert]:
    """All pages, as any reader of Atom goes through them."""
    found: list[cap.Alert] = []
    while True:
        tree = ElementTree.fromstring(page.content)
        for link in tree.findall(f"{ATOM}entry/{ATOM}link"):
            found.append(cap.read((await machine.get(_here(link.attrib["href"]))).content))
        more = [each for each in tree.findall(f"{ATOM}link") if each.attrib["rel"] == "next"]
        if not more:
            return found
        page = await machine.get(_here(more[0].attrib["href"]))


def _here(href: str) -> str:
    assert href.startswith("http://platform.test/api/v1/cap")
    return href.removeprefix("http://platform.test/api/v1")


async def test_where_a_request_may_go(telling: Telling, receivers: Receivers) -> None:
    partner = await telling.partner()
    path = f"/partners/{partner['id']}/subscriptions"
    admin = await telling.admin()
    for url in (
        "ftp://a.example/x", "http://user:word@a.example/", "http://169.254.169.254/latest", "http://10.0.0.7/",
        "http://[::1]/", "https://[fd00::1]/", "http://2130706433.example/#x", "http://0x0a000001/", "file:///etc/passwd",
        "http://100.64.0.1/", "http://[::ffff:10.0.0.1]/",
    ):  # fmt: skip
        answer = await admin.post(path, json={"name": "n", "url": url, "what": EVERY})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "url"), url
    duty = await telling.city.person(Role.DUTY)
    assert (await duty.get("/partners")).status_code == 403
    lead = await telling.city.person(Role.LEAD)
    assert (await lead.post(path, json={"name": "n", "url": "https://a.example", "what": EVERY})).status_code == 403
    weak = {"name": "n", "kind": "city", "account": "p-weak", "password": "short"}
    assert (await admin.post("/partners", json=weak)).status_code == 400
    other = {"name": "n", "kind": "city", "account": "p-智慧吉安", "password": PASSWORD}
    assert (await admin.post("/partners", json=other)).status_code == 400
