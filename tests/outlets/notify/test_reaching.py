"""Contacts prove that they can be reached: asked by day, by a link or a key, once a number; who does not is a row."""

import secrets
from datetime import timedelta
from urllib.parse import urlencode

import msgspec
import pytest

from support.providers import Taken
from support.telling import Telling
from zhigan.desks.monthly import rules as months
from zhigan.outlets.notify import proof_rules
from zhigan.outlets.notify.reaching import Asker
from zhigan.outlets.notify.worker import Courier
from zhigan.processes.monthly import lumps
from zhigan.vocabulary.moments import SHANGHAI
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import Scope

DAY = 86_400


@pytest.fixture
def asking(telling: Telling) -> Telling:
    """The same city, with templates for proofs."""
    settings = msgspec.structs.replace(telling.desk.settings, aliyun_proof_template="PROOF", aliyun_proof_call="CALL")
    web = telling.city.web
    asker = Asker(web.pool, web.clock, telling.desk.choice, settings)
    telling.courier = Courier(
        web.pool, web.clock, telling.desk.planner, telling.desk.delivery, telling.desk.choice, asker
    )
    return telling


async def at(telling: Telling, hour: int, days: int = 0) -> None:
    """So many days later, at an hour of Ji'an."""
    clock = telling.city.web.clock
    then = (clock.now().astimezone(SHANGHAI) + timedelta(days=days)).replace(hour=hour, minute=30, second=0)
    clock.set(int(then.timestamp() * 1_000_000))


async def asks(telling: Telling) -> int:
    asked = await telling.courier.ask_contacts()
    await telling.courier.watch_contacts()
    await telling.city.settles()
    return asked


async def states(telling: Telling) -> dict[str, str]:
    admin = await telling.city.web.person(f"reader{secrets.token_hex(4)}", Role.ADMIN)
    return {c["phone"]: c["state"] for c in (await admin.get("/contacts")).json()["items"]}


async def rows(telling: Telling) -> list[tuple[str, bool]]:
    found = await telling.city.web.pool.fetch(
        "select flags, closed_at is null as open from incidents.incident where grade = 3 order by opened_at, id"
    )
    return [(r["flags"][0], r["open"]) for r in found]


async def reports(telling: Telling, taken: Taken, *, voice: bool = False, **more: object) -> None:
    kind = "aliyun-voice" if voice else "aliyun-sms"
    told = (
        {"call_id": taken.id, "out_id": taken.request, "status_code": "200000", **more}
        if voice
        else {"phone_number": taken.to, "success": True, "biz_id": taken.id, "out_id": taken.request, **more}
    )
    query = urlencode({"token": "receipts-secret"})
    answer = await telling.city.web.client().post(f"/receipts/{kind}?{query}", content=msgspec.json.encode([told]))
    assert answer.status_code == 200, answer.text


async def test_ninety_days_of_one_unit(asking: Telling) -> None:
    await asking.site(contacts=(("fire_safety_manager", "13800000001"), ("tenant", "13800000002"),
                                ("control_room", "0796-8222119"), ("landlord", "13800000001")))  # fmt: skip
    assert await asks(asking) == 0, "the term has just begun"
    await at(asking, 3, days=77)
    assert await asks(asking) == 0, "nobody is asked at night"
    await at(asking, 10)
    assert await asks(asking) == 3, "one asking a number"
    assert await asks(asking) == 0
    texts = {t.to: t for t in asking.texts()}
    assert set(texts) == {"13800000001", "13800000002"} and [c.to for c in asking.calls()] == ["07968222119"]
    token = texts["13800000001"].values["code"]
    assert len(token) == 22

    # Delivered is no proof; the page of the link and a key are.
    await reports(asking, texts["13800000002"])
    await reports(asking, asking.calls()[0], voice=True, dtmf="1")
    web = asking.city.web.client()
    shown = (await web.get(f"/public/contact-proofs/{token}")).json()
    assert shown["state"] == "open" and {p["role"] for p in shown["places"]} == {"fire_safety_manager", "landlord"}
    assert "138" not in msgspec.json.encode(shown).decode()
    assert (await web.post(f"/public/contact-proofs/{token}", json={"mine": True})).json()["state"] == "proven"
    assert (await web.post(f"/public/contact-proofs/{token}", json={"mine": False})).json()["state"] == "proven"
    assert (await web.get("/public/contact-proofs/AAAAAAAAAAAAAAAAAAAAAA")).status_code == 404
    assert await states(asking) == {
        "138****0001": "reachable", "138****0002": "due", "079****2119": "reachable"}  # fmt: skip

    # Who lets two weeks pass is unproven, and a row.
    await at(asking, 11, days=15)
    await asks(asking)
    assert (await states(asking))["138****0002"] == "unproven"
    assert await rows(asking) == [("contact_unproven", True)]
    assert (await web.get(f"/public/contact-proofs/{token}")).status_code == 404, "the link is over"
    admin = await asking.city.web.person("later", Role.ADMIN)
    [late] = (await admin.get("/contacts?state=unproven")).json()["items"]
    assert (await admin.post(f"/contacts/{late['id']}/verify")).status_code == 200
    await asks(asking)
    assert await rows(asking) == [("contact_unproven", False)]
    assert await asks(asking) == 0

    # The next term begins with the proof.
    await at(asking, 10, days=62)
    assert await asks(asking) == 2
    async with asking.city.web.pool.acquire() as conn:
        now = asking.city.web.clock.now()
        month = months.month(f"{now.astimezone(SHANGHAI):%Y-%m}", now)
        assert month is not None
        measured = await lumps(conn, Scope(), month, asking.city.web.clock.now())
    assert [(g.met, g.due) for g in measured["contacts"]] == [(4, 4)]


async def test_a_dead_number_is_tried_last_and_is_a_row(asking: Telling) -> None:
    school = await asking.site(
        contacts=(("fire_safety_manager", "13800000001"), ("fire_safety_manager", "13800000002"))
    )
    await school.head(floor=3, point=1).smokes()
    await asking.carries()
    [text] = asking.texts("13800000001")
    await reports(asking, text, success=False, err_code="MOBILE_NOT_ON_SERVICE", err_msg="停机")
    assert (await states(asking))["138****0001"] == "due", "a bill unpaid passes"
    await reports(asking, text, success=False, err_code="MK:0001", err_msg="空号")
    assert (await states(asking))["138****0001"] == "dead"
    await asks(asking)
    assert ("contact_dead", True) in await rows(asking)
    admin = await asking.city.web.person("office", Role.ADMIN)
    [gone] = (await admin.get("/contacts?state=dead")).json()["items"]
    assert gone["dead_why"] == "MK:0001 空号"

    # The next alarm calls the other first.
    before = len(asking.calls("13800000002"))
    await asking.passes(3600, 600)
    await school.head(floor=5, point=2).smokes()
    await asking.carries()
    assert len(asking.calls("13800000002")) > before

    # Nobody left: one row for the unit instead; another number ends it.
    await asking.city.web.pool.execute("update registry.contact set dead_at = now(), dead_why = 'x'")
    await asks(asking)
    standing = [flag for flag, is_open in await rows(asking) if is_open and flag.startswith(("contact", "unit"))]
    assert standing == ["unit_unreachable"]
    changed = await admin.patch(f"/contacts/{gone['id']}", json={"phone": "13800000009"})
    assert changed.json()["state"] == "due"
    await asks(asking)
    standing = [flag for flag, is_open in await rows(asking) if is_open and flag.startswith(("contact", "unit"))]
    assert standing == ["contact_dead"], "the other number of the unit"


async def test_whoever_is_not_meant_says_so(asking: Telling) -> None:
    await asking.site(contacts=(("tenant", "13800000002"),))
    await at(asking, 10, days=80)
    assert await asks(asking) == 1
    token = asking.texts()[0].values["code"]
    answer = await asking.city.web.client().post(f"/public/contact-proofs/{token}", json={"mine": False})
    assert answer.json()["state"] == "refused"
    await asks(asking)
    assert await states(asking) == {"138****0002": "dead"} and await rows(asking) == [("unit_unreachable", True)]


async def test_a_city_of_old_contacts_is_not_asked_in_one_morning(asking: Telling) -> None:
    await asking.site()
    [unit] = await asking.city.web.pool.fetch("select id from registry.unit")
    await asking.city.web.pool.executemany(
        "insert into registry.contact (id, unit_id, role, name, phone, created_at, changed_at, proof_due_at) "
        "values (gen_random_uuid(), $1, 'tenant', 'x', $2, $3, $3, $3)",
        [(unit["id"], f"137{n:08d}", asking.city.web.clock.now()) for n in range(200)],
    )
    await at(asking, 9, days=1)
    assert await asks(asking) == 20, "so many at once"
    passed = proof_rules.quota(asking.city.web.clock.now(), proof_rules.A_DAY)
    assert passed == 250
