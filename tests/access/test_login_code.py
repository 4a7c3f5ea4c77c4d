"""Signing in by text message: who is sent a code, how long and how often it opens, and what nobody learns."""

import httpx
import pytest

from access.test_second_factor import code_of, enrolled
from support.web import PASSWORD, Web
from zhigan.access.codes import PASSWORD_ROLES, number
from zhigan.access.passwords import LOCKED
from zhigan.vocabulary.roles import Role

PHONE = "13900000001"


async def owner(web: Web, name: str = "home", role: Role = Role.OWNER, phone: str = "+86 139-0000-0001") -> str:
    account = await web.account(name, role)
    await web.pool.execute("update access.account set phone = $2 where id = $1::uuid", account, phone)
    return account


async def ask(web: Web, phone: str = PHONE, address: str = "10.0.0.9") -> httpx.Response:
    async with web.client(address=address) as client:
        answer = await client.post("/login/code", json={"phone": phone})
    await web.codes.settled()
    return answer


async def confirm(web: Web, code: str, factor: str = "", phone: str = PHONE) -> httpx.Response:
    async with web.client() as client:
        return await client.post("/login/code/confirm", json={"phone": phone, "code": code, "second_factor": factor})


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def received(web: Web) -> str:
    """The newest code, asked for now."""
    assert (await ask(web)).status_code == 202
    return web.phones.received[-1][1]


async def trail(web: Web) -> list[tuple[str, str]]:
    rows = await web.pool.fetch("select action, subject from access.audit order by id")
    return [(r["action"], r["subject"]) for r in rows]


@pytest.mark.parametrize(
    ("typed", "plain"),
    [("+86 139-0000-0001", PHONE), ("0086 13900000001", PHONE), (PHONE, PHONE), ("+852 5123 4567", "+85251234567"),
     ("0796 8221191", None), ("", None), ("139", None), ("1" * 500, None)],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(typed: str, plain: str | None) -> None:
    assert number(typed) == plain


async def test_the_database_reads_numbers_alike(web: Web) -> None:
    for typed in ("+86 139-0000-0001", "0086 13900000001", PHONE, "+852 5123 4567"):
        assert await web.pool.fetchval("select access.number($1)", typed) == number(typed)


async def test_a_code_opens_once_and_stands_nowhere(web: Web) -> None:
    account = await owner(web)
    asked = await ask(web, "139 0000 0001")
    assert (asked.status_code, asked.json()) == (202, {"lasts_s": 300, "again_s": 60})
    [(phone, code)] = web.phones.received
    assert phone == PHONE and len(code) == 6 and code.isdigit()
    kept = await web.pool.fetchval("select row_to_json(c)::text || phone::text || code::text from access.login_code c")
    assert code not in kept and PHONE not in kept
    entered = await confirm(web, f"{code[:3]} {code[3:]}")
    assert entered.status_code == 200, entered.text
    assert "HttpOnly" in entered.headers["set-cookie"] and entered.json()["token"] in entered.headers["set-cookie"]
    async with web.client(entered.json()["token"]) as client:
        assert (await client.get("/me")).json()["id"] == account
    assert (await confirm(web, code)).status_code == 401, "once"
    assert await trail(web) == [
        ("login.code_sent", "home"), ("login.succeeded", "home"), ("login.code_failed", "home"),
    ]  # fmt: skip
    noted = await web.pool.fetchval("select string_agg(e::text, ' ') from access.audit e")
    assert PHONE not in noted and code not in noted


async def test_nobody_learns_whose_number_it_is(web: Web) -> None:
    """Same words, and answered before anybody has looked: no provider's time is in it."""
    await owner(web)
    web.phones.line.clear()
    async with web.client() as client:
        known = await client.post("/login/code", json={"phone": PHONE})
        unknown = await client.post("/login/code", json={"phone": "13900000002"})
    assert web.phones.received == [], "the provider is still being asked"
    web.phones.line.set()
    await web.codes.settled()
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    assert [phone for phone, _ in web.phones.received] == [PHONE]
    again = [await ask(web), await ask(web, "13900000002")]
    assert [(a.status_code, a.headers["retry-after"]) for a in again] == [(429, "60"), (429, "60")]
    bad = [await confirm(web, "x", phone=p) for p in (PHONE, "13900000002")]
    assert [(b.status_code, b.json()["code"]) for b in bad] == [(401, "login.code_wrong")] * 2
    assert (await ask(web, "0796 8221191")).json()["code"] == "value.phone"


async def test_a_code_lasts_five_minutes(web: Web) -> None:
    await owner(web)
    code = await received(web)
    web.clock.advance(300)
    assert (await confirm(web, code)).status_code == 401
    fresh = await received(web)
    web.clock.advance(299)
    assert (await confirm(web, fresh)).status_code == 200


async def test_five_tries_and_the_code_is_dead(web: Web) -> None:
    await owner(web)
    code = await received(web)
    for _ in range(5):
        assert (await confirm(web, wrong(code))).status_code == 401
        web.clock.advance(3)
    web.clock.advance(60)
    assert (await confirm(web, code)).json()["code"] == "login.code_wrong"
    web.clock.advance(60)
    fresh = await received(web)
    assert (await confirm(web, fresh)).status_code == 200, "a new code has its own five"


async def test_a_code_a_minute_and_five_an_hour(web: Web) -> None:
    await owner(web)
    for _ in range(5):
        await received(web)
        web.clock.advance(59)
        refused = await ask(web)
        assert (refused.status_code, refused.json()["code"]) == (429, "login.wait")
        web.clock.advance(60)
    full = await ask(web)
    assert (full.status_code, full.headers["retry-after"]) == (429, str(3600 - 5 * 119))
    web.clock.advance(3600 - 5 * 119)
    await received(web)
    assert len(web.phones.received) == 6


async def test_an_address_that_asks_for_many_numbers_is_slowed(web: Web) -> None:
    answers = [await ask(web, f"139000001{at:02d}") for at in range(31)]
    assert [a.status_code for a in answers] == [202] * 30 + [429]
    assert (await ask(web, "13900000199", address="10.0.0.8")).status_code == 202


@pytest.mark.parametrize("role", sorted(PASSWORD_ROLES))
async def test_who_has_great_rights_needs_a_password(web: Web, role: Role) -> None:
    await owner(web, role=role)
    assert (await ask(web)).status_code == 202 and web.phones.received == []


async def test_only_the_one_account_in_use_is_sent_a_code(web: Web) -> None:
    account, other = await owner(web), await owner(web, "other", Role.UNIT, PHONE)
    await ask(web)
    assert web.phones.received == [], "two: nobody can say whose"
    web.clock.advance(60)
    await web.pool.execute("update access.account set disabled_at = $2 where id = $1::uuid", other, web.clock.now())
    code = await received(web)
    await web.pool.execute("update access.account set phone = '13900000009' where id = $1::uuid", account)
    assert (await confirm(web, code)).status_code == 401, "the number is his no more"
    await web.pool.execute(
        "update access.account set phone = $2, password = $3 where id = $1::uuid", account, PHONE, LOCKED
    )
    web.clock.advance(60)
    await ask(web)
    assert len(web.phones.received) == 1, "waits for its first password"


async def test_the_second_factor_is_asked_for_after_the_code(web: Web) -> None:
    home = await web.person("home", Role.OWNER)
    await web.pool.execute("update access.account set phone = $1", PHONE)
    secret, _ = await enrolled(web, home)
    web.clock.advance(30)
    code = await received(web)
    for _ in range(6):
        bare = await confirm(web, code)
        assert bare.status_code == 401 and bare.json()["second_factor"] is True, "a right code is no guess"
    assert (await confirm(web, code, wrong(code_of(web, secret)))).json()["code"] == "factor.code_wrong"
    assert (await confirm(web, wrong(code), code_of(web, secret))).json()["code"] == "login.code_wrong"
    entered = await confirm(web, code, code_of(web, secret))
    assert entered.status_code == 200, entered.text


async def test_a_text_message_alone_enrols_nobody(web: Web) -> None:
    """Whoever holds the telephone would hold the second factor too: the password is asked for first."""
    await owner(web)
    await web.pool.execute(
        "insert into access.second_factor_role (role, since, set_by) values ('owner', $1, 'x')", web.clock.now()
    )
    code = await received(web)
    for factor in ("", "123456"):
        refused = await confirm(web, code, factor)
        assert (refused.status_code, refused.json()["code"]) == (401, "login.enrol_by_password"), refused.text
        assert "enrolment" not in refused.json()
    assert await web.pool.fetchval("select count(*) from access.second_factor") == 0
    assert await web.pool.fetchval("select count(*) from access.session") == 0
    async with web.client() as client:
        asked = await client.post("/login", json={"username": "home", "password": PASSWORD})
    assert asked.json()["enrolment"], "by the password he may"


async def test_off_until_a_provider_is_set_up(web: Web) -> None:
    await owner(web)
    web.phones.on = False
    async with web.client() as client:
        assert (await client.get("/login/ways")).json() == {"code": False}
        assert (await client.post("/login", json={"username": "home", "password": PASSWORD})).status_code == 200
    refused = [await ask(web), await confirm(web, "123456")]
    assert [(r.status_code, r.json()["code"]) for r in refused] == [(409, "login.code_off")] * 2


async def test_what_no_provider_took_is_in_the_trail(web: Web) -> None:
    await owner(web)
    web.phones.takes = False
    assert (await ask(web)).status_code == 202
    assert await trail(web) == [("login.code_unsent", "home")]
