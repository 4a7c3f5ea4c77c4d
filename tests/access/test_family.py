"""Family sharing: who may share what, how an invitation is taken, and that nothing outlives what it rests on."""

from datetime import timedelta

import httpx

from access.test_login_code import PHONE, ask
from support.web import PASSWORD, Web
from zhigan.access.family import MOST, NOTHING
from zhigan.vocabulary.roles import Role


async def seen(web: Web, name: str) -> str:
    return await web.pool.fetchval("select scope from access.account where name = $1", name)


async def invited(owner: httpx.AsyncClient, **more: str) -> dict[str, str]:
    answer = await owner.post("/family", json={"label": "妈妈", **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def joined(web: Web, code: str, name: str = "mama", password: str = PASSWORD) -> httpx.Response:
    async with web.client() as street:
        return await street.post(
            "/family/invitations/join", json={"code": code, "username": name, "password": password}
        )


async def by_text_message(web: Web) -> httpx.AsyncClient:
    await ask(web)
    code = web.phones.received[-1][1]
    async with web.client() as street:
        entered = await street.post("/login/code/confirm", json={"phone": PHONE, "code": code})
    assert entered.status_code == 200, entered.text
    return web.client(entered.json()["token"])


async def test_a_code_makes_an_account_that_sees_what_the_owner_sees(web: Web) -> None:
    owner = await web.person("home", Role.OWNER, "unit:A,B")
    member = await invited(owner)
    assert len(member["code"]) == 8 and member["accepted_at"] is None
    kept = await web.pool.fetchval("select row_to_json(f)::text from access.family f")
    assert member["code"] not in kept, "only its digest is kept"
    async with web.client() as street:
        offer = await street.post("/family/invitations/offer", json={"code": member["code"].lower()})
        assert offer.json()["owner"] == "home"
    entered = await joined(web, member["code"])
    assert entered.status_code == 200, entered.text
    assert await seen(web, "mama") == "unit:A,B"
    async with web.client(entered.json()["token"]) as mama:
        me = (await mama.get("/me")).json()
        assert (me["role"], me["scope"]) == ("owner", "unit:A,B")
        family = (await mama.get("/family")).json()
        assert (family["units"], [s["owner"] for s in family["shares"]]) == ([], ["home"])
        assert (await mama.post("/family", json={"label": "x"})).json()["code"] == "family.nothing", "not hers to share"
    assert (await joined(web, member["code"], "other")).status_code == 404, "once"
    shown = (await owner.get("/family")).json()["members"]
    assert [(m["label"], m["name"], m["code"]) for m in shown] == [("妈妈", "mama", "")]


async def test_a_share_that_is_ended_is_over_at_once(web: Web) -> None:
    owner = await web.person("home", Role.OWNER, "unit:A")
    member = await invited(owner)
    token = (await joined(web, member["code"])).json()["token"]
    stranger = await web.person("else", Role.OWNER, "unit:A")
    assert (await stranger.delete(f"/family/{member['id']}")).status_code == 404
    assert (await owner.delete(f"/family/{member['id']}")).status_code == 204
    async with web.client(token) as mama:
        assert (await mama.get("/me")).status_code == 401
    assert await seen(web, "mama") == NOTHING
    assert await web.pool.fetchval("select disabled_at is not null from access.account where name = 'mama'")
    trail = await web.pool.fetch("select action, name from access.audit where action like 'family.%' order by id")
    assert [(r["action"], r["name"]) for r in trail] == [
        ("family.invited", "home"), ("family.joined", "mama"), ("family.ended", "home"),
    ]  # fmt: skip


async def test_who_has_a_home_of_his_own_keeps_it(web: Web) -> None:
    """And what he was given is not his to give on."""
    first, second = await web.person("one", Role.OWNER, "unit:A"), await web.person("two", Role.OWNER, "unit:B")
    son = await web.person("son", Role.OWNER, "unit:S")
    shares = [await invited(first), await invited(second)]
    for share in shares:
        taken = await son.post("/family/invitations/take", json={"code": share["code"]})
        assert taken.status_code == 200, taken.text
    assert await seen(web, "son") == "unit:A,B,S"
    again = await invited(first)
    refused = await son.post("/family/invitations/take", json={"code": again["code"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "family.already")
    assert (await first.post("/family/invitations/take", json={"code": again["code"]})).json()["code"] == "family.own"
    onward = await invited(son)
    await joined(web, onward["code"], "friend")
    assert await seen(web, "friend") == "unit:S"
    await son.delete(f"/family/{shares[0]['id']}")
    assert await seen(web, "son") == "unit:B,S"
    assert (await son.get("/me")).status_code == 200, "who leaves by himself stays signed in"


async def test_what_the_owner_loses_his_relatives_lose(web: Web) -> None:
    """The database sees to it, whoever changes the owner's account."""
    owner = await web.person("home", Role.OWNER, "unit:A,B")
    await joined(web, (await invited(owner))["code"])
    office = await web.person("office", Role.ADMIN)
    account = await web.pool.fetchval("select id::text from access.account where name = 'home'")
    moved = await office.patch(f"/accounts/{account}", json={"scope": "unit:B,C"})
    assert moved.status_code == 200, moved.text
    assert await seen(web, "mama") == "unit:B", "what came since was never shared"
    for statement, expected in (
        ("update access.account set disabled_at = now() where name = 'home'", NOTHING),
        ("update access.account set disabled_at = null where name = 'home'", "unit:B"),
        ("update access.account set role = 'unit' where name = 'home'", NOTHING),
        ("update access.account set role = 'owner' where name = 'home'", "unit:B"),
        ("update access.account set scope = 'unit:M' where name = 'mama'", "unit:B,M"),
        ("update access.account set scope = 'city' where name = 'home'", "unit:M"),
    ):
        await web.pool.execute(statement)
        assert await seen(web, "mama") == expected, statement


async def test_a_number_is_proved_before_anything_is_shared_with_it(web: Web) -> None:
    owner = await web.person("home", Role.OWNER, "unit:A")
    member = await invited(owner, phone="+86 139 0000 0001")
    assert (member["code"], member["phone"]) == ("", "139****0001")
    account = await web.pool.fetchrow("select name, scope, role from access.account where phone = $1", PHONE)
    assert account is not None and (account["scope"], account["role"]) == (NOTHING, "owner")
    mama = await by_text_message(web)
    [offer] = (await mama.get("/family")).json()["shares"]
    assert (offer["owner"], offer["accepted_at"]) == ("home", None)
    other = await web.person("other", Role.OWNER, "unit:Z")
    assert (await other.post(f"/family/{offer['id']}/accept")).status_code == 404, "another's number"
    assert (await mama.post(f"/family/{offer['id']}/accept")).status_code == 200
    assert (await mama.get("/me")).json()["scope"] == "unit:A"
    assert (await mama.delete(f"/family/{offer['id']}")).status_code == 204
    web.clock.advance(61)
    await invited(owner, phone=PHONE)
    assert await web.pool.fetchval("select count(*) from access.account where phone = $1", PHONE) == 1, "hers, reopened"
    await by_text_message(web)


async def test_the_answer_does_not_tell_whose_number_it_is(web: Web) -> None:
    await web.account("boss", Role.SUPERVISOR)
    await web.pool.execute("update access.account set phone = '13900000007' where name = 'boss'")
    owner = await web.person("home", Role.OWNER, "unit:A")
    told = [await invited(owner, phone=p) for p in ("13900000007", "13900000008")]
    assert [set(t) - {"x"} for t in told] == [set(told[0])] * 2
    assert await web.pool.fetchval("select scope from access.account where name = 'boss'") == "city"
    for bad in ("0796 8221191", "139"):
        assert (await owner.post("/family", json={"label": "x", "phone": bad})).json()["code"] == "value.phone"


async def test_what_is_a_sub_platforms_stays_there(web: Web) -> None:
    owner, guest = await web.person("home", Role.OWNER, "unit:A"), await web.person("guest", Role.OWNER, "unit:G")
    member = await invited(owner)
    hosted = await web.pool.fetchval(
        "insert into access.hosted (id, slug, kind, name, short_name, scope, start_page, created_at, created_by, "
        "changed_at) values (gen_random_uuid(), 'x', 'community', 'x', 'x', 'unit:G', '', $1, 'x', $1) returning id",
        web.clock.now(),
    )
    await web.pool.execute("update access.account set hosted = $1 where name = 'guest'", hosted)
    taken = await guest.post("/family/invitations/take", json={"code": member["code"]})
    given = await guest.post("/family", json={"label": "x"})
    assert [(a.status_code, a.json()["code"]) for a in (taken, given)] == [(409, "family.hosted")] * 2
    assert await seen(web, "guest") == "unit:G"


async def test_limits(web: Web) -> None:
    owner = await web.person("home", Role.OWNER, "unit:A")
    members = [await invited(owner) for _ in range(MOST)]
    full = await owner.post("/family", json={"label": "x"})
    assert (full.status_code, full.json()["code"]) == (409, "family.full")
    web.clock.advance(timedelta(days=7).total_seconds())
    assert (await joined(web, members[0]["code"])).status_code == 404, "a week"
    assert (await joined(web, members[0]["code"], password="short")).status_code == 400
    await web.pool.execute(
        "update access.session set seen_at = $1, expires_at = $2", web.clock.now(), web.clock.now() + timedelta(days=1)
    )
    for role in set(Role) - {Role.OWNER, Role.PARTNER}:
        person = await web.person(f"x-{role}", role)
        assert (await person.get("/family")).status_code == 403
        assert (await person.post("/family", json={"label": "x"})).status_code == 403


async def test_codes_are_not_guessed(web: Web) -> None:
    async with web.client() as street:
        answers = [
            (await street.post("/family/invitations/offer", json={"code": f"AAAA{n:04d}"})).status_code
            for n in range(8)
        ]
    assert answers[:5] == [404] * 5 and 429 in answers
