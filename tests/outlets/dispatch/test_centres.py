"""Command centres as records: who makes, changes, sees them; what is wrong is said with its place; secrets stay in."""

import random
from datetime import timedelta

from support.handing import THEIRS, TOKEN, Handing
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.roles import Role


async def test_made_changed_and_retired_by_an_administrator_only(handing: Handing) -> None:
    target = await handing.target()
    assert TOKEN not in str(target) and THEIRS not in str(target) and target["secret"] and target["feedback_secret"]
    duty, admin = await handing.city.person(Role.DUTY), await handing.city.person(Role.ADMIN)
    path = f"/dispatch/targets/{target['id']}"
    body = {"name": "县119", "adapter": "json", "url": handing.url, "version": target["version"], "areas": ["360802"]}
    assert (await duty.put(path, json=body)).status_code == 403 and (await duty.delete(path)).status_code == 403
    assert (await duty.post(f"{path}/test", json={})).status_code == 403
    changed = (await admin.put(path, json=body)).json()
    assert (changed["name"], changed["secret"], changed["map_version"]) == ("县119", True, 1)
    late = await admin.put(path, json={**body, "name": "又改"})
    assert late.status_code == 409 and late.json()["code"] == "dispatch.changed"
    map_ = changed["map"].replace('"to": "BZ"', '"to": "BEIZHU"')
    again = (await admin.put(path, json={**body, "version": changed["version"], "map": map_, "secret": ""})).json()
    assert (again["map_version"], again["secret"]) == (2, False)
    assert [m["version"] for m in (await admin.get(f"{path}/maps")).json()["items"]] == [2, 1]
    assert (await admin.delete(path)).status_code == 204 and (await admin.get(path)).status_code == 404


async def test_what_is_wrong_is_said_with_its_place(handing: Handing) -> None:
    admin = await handing.city.person(Role.ADMIN)
    good = {"name": "x", "adapter": "json", "url": "https://centre.test/119"}
    for change, field, code in (
        ({"url": "ftp://x"}, "url", "dispatch.url"),
        ({"url": "https://a:b@x/"}, "url", "dispatch.url"),
        ({"url": "http://169.254.169.254/latest"}, "url", "dispatch.url"),
        ({"proof": "signature", "secret": "not a key at all"}, "secret", "dispatch.key"),
        ({"secret": "short"}, "secret", "dispatch.secret"),
        ({"map": "{"}, "map", "map.json"),
        (
            {"map": '{"format":1,"adapter":"json","fields":[{"to":"JQDJDM","from":"kind"}]}'},
            "map.fields[0].to",
            "map.grade",
        ),
    ):
        answer = await admin.post("/dispatch/targets", json={**good, **change})
        assert answer.status_code == 400, (change, answer.text)
        errors = {e["field"]: e["code"] for e in answer.json()["errors"]}
        assert errors.get(field) == code, (change, errors)
    assert (await admin.post("/dispatch/targets", json=good)).status_code == 201
    assert (await admin.post("/dispatch/targets", json=good)).json()["code"] == "dispatch.name"


async def test_a_district_sees_its_own_centre_and_makes_none_beyond(handing: Handing) -> None:
    city = await handing.target("市119")
    mine = await handing.target("吉州119", areas=["360802"])
    both = await handing.target("两区119", areas=["360802", "360803"])
    here = await handing.city.web.person("jizhou", Role.ADMIN, "area:360802")
    assert [t["id"] for t in (await here.get("/dispatch/targets")).json()["items"]] == [mine["id"]]
    for other in (city, both):
        assert (await here.get(f"/dispatch/targets/{other['id']}")).status_code == 404
    body = {"name": "外区", "adapter": "json", "url": handing.url}
    for areas in ([], ["360803"], ["3608"]):
        assert (await here.post("/dispatch/targets", json={**body, "areas": areas})).status_code == 403
    assert (await here.post("/dispatch/targets", json={**body, "areas": ["360802"]})).status_code == 201
    industry = await handing.city.web.person("school", Role.OPERATOR, "area:360802+industry:education")
    assert (await industry.get("/dispatch/targets")).json()["items"] == []


async def test_no_secret_stands_in_any_table_or_exchange(handing: Handing, pool: Pool) -> None:
    target = await handing.target()
    row = await handing.fire()
    await handing.confirms(row)
    await handing.carries()
    await handing.says(target, handing.centre.got[0], "22", handing.city.clock.now())
    for table in ("dispatch.target", "dispatch.exchange", "dispatch.hand_over", "dispatch.map", "access.audit"):
        text = str(await pool.fetch(f"select x::text from {table} x"))
        assert TOKEN not in text and THEIRS not in text and TOKEN.encode().hex() not in text, table


async def test_exchanges_are_found_narrowed_and_taken_away(handing: Handing) -> None:
    target = await handing.target()
    for name in ("吉州一中", "吉州二中"):
        await handing.confirms(await handing.fire(name))
        await handing.carries()
    await handing.says(target, handing.centre.got[0], "22", handing.city.clock.now())
    duty = await handing.city.person(Role.DUTY)

    async def found(**asked: str) -> list[str]:
        return [e["words"] for e in (await duty.get("/dispatch/exchanges", params=asked)).json()["items"]]

    assert len(await found()) == 3 and len(await found(direction="in")) == 1
    [one] = await found(q="二中 火灾")
    assert "吉州二中" in one and await found(q="100%") == []
    assert len(await found(q=handing.centre.got[0].number)) == 2, "what went out, and what came in of it"
    [first, *_] = (await duty.get("/dispatch/exchanges", params={"act": "alert"})).json()["items"]
    whole = (await duty.get(f"/dispatch/exchanges/{first['id']}")).json()
    assert "JQ_TYWYSBM" in whole["request"] and "JQBH" in whole["answer"]
    sheet = (await duty.get("/dispatch/exchanges/export", params={"q": "二中"})).text
    assert "吉州二中" in sheet and "吉州一中" not in sheet
    unit = await handing.city.web.person("unit", Role.UNIT, "city")
    assert (await unit.get("/dispatch/exchanges")).status_code == 403
    figures = (await duty.get("/dispatch/figures")).json()
    assert (figures["count"], figures["within"], figures["limit_ms"]) == (2, 2, 3000) and figures["p99_ms"] <= 3000


async def test_feedback_in_any_order_ends_alike(handing: Handing) -> None:
    """Seeded orders with repeats: what stands at the end depends on none of them, and the state never goes back."""
    target = await handing.target()
    chance, ended = random.Random(119), set[str]()
    for n in range(6):
        row = await handing.fire(f"学校{n}")
        await handing.confirms(row)
        await handing.carries()
        got = handing.centre.got[-1]
        words = [(stage, k) for k, stage in enumerate(("受理", "20", "22", "23", "控制", "25"))]
        words += chance.sample(words, 3)
        chance.shuffle(words)
        now, states = handing.city.clock.now(), list[str]()
        for stage, minute in words:
            assert (await handing.says(target, got, stage, now + timedelta(minutes=minute))).status_code == 200
            states.append((await handing.city.reads(row)).state)
        assert states == ["responding"] * len(words)
        panel = await handing.panel(row)
        ended.add(str([(f["stage"], f["vehicles"], f["text"]) for f in panel["feedback"]]))
        assert (await handing.told(row)).count("feedback") == 6
    assert len(ended) == 1


async def test_a_word_before_the_receipt_is_a_receipt(handing: Handing) -> None:
    """Its answer was lost, its engines go: nobody telephones, nothing is sent again."""
    target = await handing.target(answer_s=0.5)
    handing.centre.mode = handing.centre.mode.__class__.LATE
    row = await handing.fire()
    await handing.confirms(row)
    await handing.carries()
    [got] = handing.centre.got
    assert (await handing.says(target, got, "20", handing.city.clock.now())).status_code == 200
    await handing.passes(30)
    panel = await handing.panel(row)
    assert panel["hand_overs"][0]["state"] == "acknowledged" and panel["calls"] == []
    assert (await handing.city.reads(row)).state == "responding" and got.times == 1


async def test_what_goes_into_another_incident_is_answered_there(handing: Handing) -> None:
    target = await handing.target()
    school = await handing.city.unit("吉州一中", floors=6, heads=2)
    first = await handing.fire(unit=school)
    await handing.confirms(first)
    await handing.carries()
    [got] = handing.centre.got
    handing.city.clock.advance(400)
    await school.head(floor=5, point=1).smokes()
    [other] = [row for row in await handing.city.desk() if row.id != first.id]
    duty = await handing.city.person(Role.DUTY)
    merged = await duty.post(f"/incidents/{first.id}/merge", json={"into": other.id})
    assert merged.status_code == 200, merged.text
    await handing.carries()
    assert len(handing.of("alert")) == 1, "the fire that went in was handed over already"
    assert (await handing.says(target, got, "22", handing.city.clock.now())).status_code == 200
    assert [f["stage"] for f in (await handing.panel(other))["feedback"]] == ["arrival"]
