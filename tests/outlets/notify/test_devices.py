"""One's own telephones and browsers: registered, told, listed, revoked; a second one rings beside the first."""

import pytest

from support.makers import Browser
from support.telling import Telling
from zhigan.access.vault import Vault
from zhigan.outlets.notify.keys import webpush_key
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool
from zhigan.runtime.settings_notify import NotifySettings
from zhigan.vocabulary.roles import Role


async def test_each_of_ones_devices_is_told_and_opens_the_alarm(whole: Telling) -> None:
    school = await whole.site(contacts=())
    code = (await (await whole.city.person(Role.ADMIN)).get(f"/units/{school.id}")).json()["code"]
    manager = await whole.city.web.person("manager", Role.UNIT, f"unit:{code}")
    offered = (await manager.get("/me/push")).json()
    assert offered["key"] and offered["kinds"] == ["browser", "huawei", "xiaomi", "oppo", "vivo"]
    for token in ("first-token", "second-token"):
        body = {"kind": "xiaomi", "token": token, "name": token}
        assert (await manager.post("/me/push", json=body)).status_code == 201
    given = Browser()
    whole.providers.makers.browser = given
    subscription = given.subscription(f"{whole.providers.url}/push/mine")
    made = await manager.post("/me/push", json={"kind": "browser", "subscription": subscription})
    assert made.status_code == 201, made.text
    await school.head(floor=3, point=1).smokes()
    await whole.carries()
    assert sorted(t.to for t in whole.providers.of("push")) == ["first-token", "second-token"]
    [shown] = whole.providers.of("webpush")
    [incident] = await whole.city.desk()
    assert shown.values["incident"] == incident.id and "火灾报警" in shown.values["title"]
    proof = [n for n in await whole.proof(incident) if n["channel"] in ("push", "webpush")]
    assert {(n["channel"], n["state"], n["proves"]) for n in proof} == {
        ("push", "sent", True), ("webpush", "sent", False),
    }  # fmt: skip
    assert all(n["provider_id"] for n in proof)
    assert "token" not in str([n["address"] for n in proof]) and "/push/" not in str(proof)


async def test_a_second_telephone_that_rings_is_enough(whole: Telling) -> None:
    """The old telephone is gone: it is dropped, and no SMS is sent for it while the new one rings."""
    school = await whole.site(contacts=())
    code = (await (await whole.city.person(Role.ADMIN)).get(f"/units/{school.id}")).json()["code"]
    manager = await whole.city.web.person("manager", Role.UNIT, f"unit:{code}")
    await whole.city.web.pool.execute("update access.account set phone = '13900000055' where name = 'manager'")
    for kind in ("oppo", "vivo"):
        await manager.post("/me/push", json={"kind": kind, "token": f"{kind}-token"})
    whole.providers.modes["oppo"] = "gone"
    await school.head(floor=3, point=1).smokes()
    await whole.carries()
    assert [d["kind"] for d in (await manager.get("/me/push")).json()["items"]] == ["vivo"]
    [step] = await whole.city.web.pool.fetch(
        "select count(*) as n from notify.notification where channel = 'sms' and fallback_of is not null"
    )
    assert step["n"] == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "huawei", "token": "short"}, "token"),
        ({"kind": "browser"}, "subscription"),
        ({"kind": "browser", "subscription": "http://10.0.0.1/push"}, "subscription.endpoint"),
        ({"kind": "browser", "subscription": "https://fcm.googleapis.com.evil.example/x"}, "subscription.endpoint"),
        ({"kind": "browser", "subscription": "https://me@fcm.googleapis.com:8443/x"}, "subscription.endpoint"),
    ],
)
async def test_what_is_no_device_is_refused(telling: Telling, body: dict[str, object], field: str) -> None:
    if isinstance(body.get("subscription"), str):
        body = {**body, "subscription": Browser().subscription(str(body["subscription"]))}
    answer = await (await telling.city.person(Role.LEAD)).post("/me/push", json=body)
    assert answer.status_code == 400 and answer.json()["errors"][0]["field"] == field
    good = {"kind": "browser", "subscription": Browser().subscription("https://fcm.googleapis.com/fcm/send/x")}
    off = await (await telling.city.person(Role.LEAD)).post("/me/push", json=good)
    assert (off.status_code, off.json()["code"]) == (409, "push.off"), "no key, no browsers"


async def test_devices_are_ones_own(whole: Telling) -> None:
    me, other = await whole.city.person(Role.LEAD), await whole.city.person(Role.DUTY)
    made = (await me.post("/me/push", json={"kind": "huawei", "token": "my-phone-token", "name": "我的手机"})).json()
    assert (made["kind"], made["name"]) == ("huawei", "我的手机")
    assert (await other.get("/me/push")).json()["items"] == []
    assert (await other.delete(f"/me/push/{made['id']}")).status_code == 404
    taken = (await other.post("/me/push", json={"kind": "huawei", "token": "my-phone-token"})).json()
    assert taken["id"] == made["id"] and (await me.get("/me/push")).json()["items"] == [], "the phone changed hands"
    assert (await other.delete(f"/me/push/{made['id']}")).status_code == 204
    acts = await whole.city.web.pool.fetch(
        "select action from access.audit where action like 'push.%' order by at, action"
    )
    assert [r["action"] for r in acts] == ["push.registered", "push.registered", "push.revoked"]


async def test_our_own_key_is_made_once_and_kept_sealed(pool: Pool, hand_clock: HandClock) -> None:
    vault, settings = Vault(b"one"), NotifySettings(webpush_subject="mailto:a@b.example")
    first = await webpush_key(pool, vault, settings, hand_clock)
    again = await webpush_key(pool, vault, settings, hand_clock)
    assert first is not None and again is not None and first.public == again.public and len(first.public) == 87
    kept = await pool.fetchval("select sealed from notify.key")
    assert first.raw not in bytes(kept)
    assert await webpush_key(pool, Vault(b"another"), settings, hand_clock) is None, (
        "sealed elsewhere: off, not replaced"
    )
    assert await webpush_key(pool, vault, NotifySettings(), hand_clock) is None
