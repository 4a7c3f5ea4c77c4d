"""The office's side: channels tested, a broken one shown; on-call hours; speech; the app's inbox and its live feed."""

import asyncio
import io
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import msgspec

from support.providers import Providers
from support.telling import Telling
from zhigan.access.codes import Codes
from zhigan.outlets.notify import audience, rules, selftest, texts
from zhigan.outlets.notify.desk import Desk
from zhigan.outlets.notify.feed import Feed, Stream
from zhigan.outlets.notify.model import Who
from zhigan.registry import places
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import Owned

CONTROL, SECOND = "13900000002", "13900000004"


async def test_a_channel_that_breaks_is_seen_before_a_fire_and_closes_when_it_is_mended(telling: Telling) -> None:
    clock, pool = telling.city.clock, telling.city.web.pool
    assert await selftest.test_all(pool, telling.desk.choice, clock.now()) == 0
    assert telling.providers.of("sms") == telling.providers.of("voice") == [], "nobody is told of a test"
    wrong = msgspec.structs.replace(
        telling.desk.settings, aliyun_key_id="somebody-else", aliyun_url="http://127.0.0.1:9"
    )
    broken = Desk(pool, clock, wrong)
    for _ in range(2):
        await selftest.test_all(pool, broken.choice, clock.now())
    rows = [r for r in await telling.city.attention() if "channel_down" in r.view.flags]
    assert sorted(r.view.place for r in rows) == ["sms aliyun", "voice aliyun"], "one row each, however often"
    admin = await telling.city.person(Role.ADMIN)
    shown = {(c["channel"], c["provider"]): c for c in (await admin.get("/notifications/channels")).json()["items"]}
    assert shown["sms", "aliyun"]["ok"] is False and shown["sms", "tencent"]["ok"] is True
    assert shown["email", ""]["needs"] == ["ZHIGAN_SMTP_URL"]
    assert (shown["voice", "aliyun"]["apart_s"], shown["voice", "aliyun"]["hourly"]) == (60, 5)
    assert {c["apart_s"] for (way, _), c in shown.items() if way == "robot"} == {3}
    assert (await admin.post("/notifications/channels/sms/aliyun/test")).status_code == 204
    assert (await admin.post("/notifications/channels/sms/nobody/test")).status_code == 404
    assert (
        await (await telling.city.person(Role.LEAD)).post("/notifications/channels/sms/aliyun/test")
    ).status_code == 403
    assert (await (await telling.city.person(Role.OWNER)).get("/notifications/channels")).status_code == 403
    assert [r.view.place for r in await telling.city.attention() if "channel_down" in r.view.flags] == ["voice aliyun"]
    await telling.carries()
    assert telling.providers.of("sms") == [], "nobody is told of telling"
    await broken.close()


async def test_outside_his_hours_the_replacement_is_called(telling: Telling) -> None:
    school = await telling.site()
    contact = await telling.contact(school, "control_room", CONTROL)
    night = {"weekdays": [1, 2, 3, 4, 5, 6, 7], "from_minute": 1320, "until_minute": 360}
    body = {**night, "replacement_name": "白班", "replacement_phone": SECOND}
    made = await telling.city.asks(f"/on-call/contacts/{contact}", body)
    admin = await telling.city.person(Role.ADMIN)
    [shown] = (await admin.get(f"/on-call/units/{school.id}")).json()["items"]
    assert shown["now"] == "replaced" and shown["shifts"][0]["id"] == made["id"]
    await school.head(floor=3, point=1).smokes()
    await telling.carries()
    assert (len(telling.calls(SECOND)), len(telling.calls(CONTROL))) == (1, 0), "it is noon"
    elsewhere = await telling.city.web.person("elsewhere", Role.SUPERVISOR, "area:360803")
    assert (await elsewhere.get(f"/on-call/units/{school.id}")).status_code == 404
    assert (await elsewhere.delete(f"/on-call/contacts/{contact}/{made['id']}")).status_code == 404
    duty = await telling.city.person(Role.DUTY)
    assert (await duty.delete(f"/on-call/contacts/{contact}/{made['id']}")).status_code == 403
    assert (await admin.delete(f"/on-call/contacts/{contact}/{made['id']}")).status_code == 204
    assert (await admin.post(f"/on-call/contacts/{contact}", json={**body, "weekdays": [8]})).status_code == 400


async def workers(telling: Telling, unit: str) -> list[str]:
    place = audience.Place("i", unit, Owned(area="360802", grid="G9"))
    async with telling.city.web.pool.acquire() as conn:
        people = (await audience.around(conn, [place], [], telling.city.clock.now()))["i"]
    return [p.name for p in rules.in_order(Who.GRID, people)]


async def test_a_grid_worker_has_hours_and_somebody_is_always_rung(telling: Telling) -> None:
    async with telling.city.web.pool.acquire() as conn:
        await places.settle(conn)
        community = await conn.fetchval("select min(code) from registry.community where area = '360802'")
    school = await telling.site()
    admin = await telling.city.person(Role.ADMIN)
    grid = await telling.city.asks("/grids", {"code": "G9", "name": "九网格", "community": community})
    moved = await admin.post(f"/grids/{grid['id']}/units", json={"add": [school.id]})
    assert moved.status_code == 200, moved.text
    early, late = [
        await telling.city.asks(f"/organisations/{grid['id']}/members", {"name": name, "phone": phone, "order": order})
        for order, (name, phone) in enumerate((("早班", CONTROL), ("夜班", SECOND)), 1)
    ]
    every = {"weekdays": [1, 2, 3, 4, 5, 6, 7]}
    noon = await telling.city.asks(
        f"/on-call/members/{early['id']}", {**every, "from_minute": 480, "until_minute": 1200}
    )
    await telling.city.asks(f"/on-call/members/{late['id']}", {**every, "from_minute": 1200, "until_minute": 480})
    shown = (await admin.get(f"/on-call/organisations/{grid['id']}")).json()["items"]
    assert [(p["name"], p["kind"], p["now"]) for p in shown] == [
        ("早班", "member", "on_call"),
        ("夜班", "member", "off"),
    ]
    assert await workers(telling, school.id) == ["早班"], "it is noon"
    elsewhere = await telling.city.web.person("elsewhere", Role.COMMUNITY, "area:360803")
    assert (await elsewhere.get(f"/on-call/organisations/{grid['id']}")).status_code == 404
    assert (await elsewhere.delete(f"/on-call/members/{early['id']}/{noon['id']}")).status_code == 404
    station = await telling.city.person(Role.OWNER)
    assert (await station.post(f"/on-call/members/{early['id']}", json=noon)).status_code == 403
    assert (await admin.delete(f"/on-call/members/{early['id']}/{noon['id']}")).status_code == 204
    await telling.city.asks(f"/on-call/members/{early['id']}", {**every, "from_minute": 0, "until_minute": 60})
    assert await workers(telling, school.id) == ["早班", "夜班"], "outside all hours everybody is"


async def test_gas_is_announced_in_its_own_words(telling: Telling) -> None:
    home = await telling.site(premises="low_rise_residential")
    await (await home.has("gas", "厨房燃气", floor=2, flat="0201")).leaks()
    [incident] = await telling.city.desk()
    answer = await (await telling.city.person()).get(f"/incidents/{incident.id}/speech.wav")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("audio/wav")
    with wave.open(io.BytesIO(answer.content)) as sound:
        assert sound.getnframes() / sound.getframerate() > 5, "some seconds of speech"
    desk = await (await telling.city.person()).get(f"/incidents/{incident.id}/speech.wav?audience=desk")
    assert desk.status_code == 200 and desk.content != answer.content
    said = texts.call(Grade.II, Kind.GAS, "吉州一中", "2层")
    assert said.startswith("橙色预警，燃气泄漏报警，吉州一中，2层") and "不要开关任何电器" in said
    assert texts.call(Grade.I, Kind.FIRE, "", "") == "红色预警，火灾报警，未登记单位。"
    outside = await telling.city.web.person("outside", Role.DUTY, "area:360803")
    assert (await outside.get(f"/incidents/{incident.id}/speech.wav")).status_code == 404
    assert (await outside.get(f"/incidents/{incident.id}/notifications")).status_code == 404
    assert (await outside.get(f"/incidents/{incident.id}/escalation")).status_code == 404


async def test_the_inbox_holds_what_the_app_did_not_show(telling: Telling) -> None:
    school = await telling.site()
    code = (await (await telling.city.person(Role.ADMIN)).get(f"/units/{school.id}")).json()["code"]
    owner = await telling.city.web.person("unit-manager", Role.UNIT, f"unit:{code}")
    await school.head(floor=3, point=1).smokes()
    await telling.carries()
    [mine] = (await owner.get("/notifications/inbox")).json()["items"]
    assert "火灾报警" in mine["text"] and (mine["read"], mine["over"]) == (False, False)
    stranger = await telling.city.web.person("stranger", Role.UNIT, "unit:OTHER")
    assert (await stranger.get("/notifications/inbox")).json()["items"] == []
    assert (await stranger.post(f"/notifications/{mine['id']}/read")).status_code == 404
    assert (await owner.post(f"/notifications/{mine['id']}/read")).status_code == 204
    [incident] = await telling.city.desk()
    proof = [n for n in await telling.proof(incident) if n["channel"] == "app" and n["role"] == "manager"]
    assert {(n["state"], n["reply"]) for n in proof} == {("answered", "read")}


@asynccontextmanager
async def listening(telling: Telling, dsn: str, account: str) -> AsyncIterator[list[bytes]]:
    """An open app: what its stream has been sent."""
    feed, said, gone = Feed(), list[bytes](), asyncio.Event()

    async def send(message: dict[str, object]) -> None:
        said.append(bytes(message.get("body", b"")))

    async def receive() -> dict[str, object]:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def still() -> bool:
        return True

    stream = Stream(feed, telling.city.web.db, telling.city.clock, account, still)
    tasks = [asyncio.create_task(feed.run(dsn)), asyncio.create_task(stream({}, receive, send))]
    try:
        yield said
    finally:
        gone.set()
        await asyncio.wait([tasks[1]])
        tasks[0].cancel()
        await asyncio.wait(tasks)


async def test_an_open_app_hears_it_live_and_that_is_delivery(telling: Telling, dsn: str, providers: Providers) -> None:
    school = await telling.site()
    account = await telling.city.web.account("lead-on-duty", Role.DUTY)
    async with listening(telling, dsn, account) as said:
        await asyncio.sleep(0)
        await school.head(floor=3, point=1).smokes()
        for _ in range(40):  # the feed's own listening begins in its own time: what comes before it stays in the inbox
            await telling.passes(31)
            if any(b"event: notification" in chunk for chunk in said):
                break
        assert any(b"event: notification" in chunk for chunk in said)
    [incident] = await telling.city.desk()
    assert "delivered" in {n["state"] for n in await telling.proof(incident) if n["channel"] == "app"}


async def test_a_sign_in_code_goes_by_whichever_provider_takes_it(telling: Telling) -> None:
    chosen = msgspec.structs.replace(telling.desk.settings, aliyun_code_template="CODE", tencent_code_template="78")
    desk = Desk(telling.city.web.pool, telling.city.clock, chosen)
    telling.providers.modes["aliyun-sms"] = "refused"
    assert await desk.code("+86 139-0000-0009", "123456")
    [taken] = telling.providers.of("sms")
    assert (taken.provider, taken.to, taken.values["what"]) == ("tencent", "13900000009", "123456")
    assert desk.texts_codes and not telling.desk.texts_codes, "no template, no codes"
    telling.providers.modes["tencent"] = "limited"
    assert not await desk.code("13900000009", "123457")
    await desk.close()


async def test_a_code_asked_for_opens_the_phone_app(telling: Telling) -> None:
    web = telling.city.web
    chosen = msgspec.structs.replace(telling.desk.settings, aliyun_code_template="CODE")
    desk = Desk(web.pool, telling.city.clock, chosen)
    codes = Codes(web.db, telling.city.clock, web.door, desk)
    account = await web.account("home", Role.OWNER)
    await web.pool.execute("update access.account set phone = '139 0000 0018' where id = $1::uuid", account)
    await codes.ask("+8613900000018", "10.0.0.9")
    await codes.settled()
    [sent] = telling.providers.of("sms")
    assert sent.to == "13900000018"
    entered = await codes.enter("13900000018", sent.values["code"], "10.0.0.9", "story")
    assert entered.principal.id == account
    await codes.close()
    await desk.close()


async def test_ways_are_ones_own(telling: Telling) -> None:
    me = await telling.city.person(Role.SUPERVISOR)
    made = (await me.post("/notifications/ways", json={"channel": "email", "address": "someone@example.org"})).json()
    assert made["address"] == "s***@example.org"
    assert [w["id"] for w in (await me.get("/notifications/ways")).json()["items"]] == [made["id"]]
    other: httpx.AsyncClient = await telling.city.person(Role.LEAD)
    assert (await other.delete(f"/notifications/ways/{made['id']}")).status_code == 404
    assert (await me.delete(f"/notifications/ways/{made['id']}")).status_code == 204
