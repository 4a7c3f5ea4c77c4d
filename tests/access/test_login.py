"""The way in: sessions, and how guessers are slowed down without shutting the owner out. Time is moved by hand."""

import asyncio

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.web import PASSWORD, Web
from zhigan.access import rules, store
from zhigan.access.model import Failures
from zhigan.vocabulary.moments import SECOND
from zhigan.vocabulary.roles import Role

THIEF = "203.0.113.7"
HOME = "10.0.0.9"

IDLE_S, LIFE_S = 12 * 3600, 14 * 86_400  # as delivered (access.setting)


async def log_in(web: Web, password: str = PASSWORD, name: str = "anna", address: str = HOME) -> httpx.Response:
    async with web.client(address=address) as client:
        return await client.post("/login", json={"username": name, "password": password})


async def test_a_login_gives_a_cookie_and_a_token(web: Web) -> None:
    await web.account("anna", Role.DUTY, "area:360802")
    async with web.client() as client:
        entered = await client.post("/login", json={"username": "Anna", "password": PASSWORD})
        assert entered.status_code == 200
        cookie = entered.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=lax" in cookie and "path=/" in cookie and "secure" not in cookie
        me = (await client.get("/me")).json()
        assert me["name"] == "anna" and me["role"] == "duty" and me["scope"] == "area:360802"
        assert "incidents.work" in me["may"] and "accounts.manage" not in me["may"]
    async with web.client(entered.json()["token"]) as bearer:
        assert (await bearer.get("/me")).status_code == 200
        assert (await bearer.post("/logout")).status_code == 204
        assert (await bearer.get("/me")).status_code == 401


async def test_over_https_the_cookie_is_secure(web: Web) -> None:
    await web.account("anna", Role.DUTY)
    transport = httpx.ASGITransport(web.app)
    async with httpx.AsyncClient(transport=transport, base_url="https://city/api/v1") as client:
        entered = await client.post("/login", json={"username": "anna", "password": PASSWORD})
    assert "secure" in entered.headers["set-cookie"].lower()


async def test_no_table_holds_password_or_token(web: Web) -> None:
    await web.account("anna", Role.DUTY)
    token = (await log_in(web)).json()["token"]
    async with web.pool.acquire() as conn:
        for table in ("account", "session", "audit", "attempt", "familiar"):
            rows = await conn.fetch(f"select t::text as row from access.{table} t")
            assert not any(token in r["row"] or PASSWORD in r["row"] for r in rows)
        assert (await conn.fetchval("select password from access.account")).startswith("$argon2id$")


async def test_a_wrong_password_and_an_unknown_name_are_told_alike(web: Web) -> None:
    await web.account("anna", Role.DUTY)
    wrong, unknown = await log_in(web, "wrong"), await log_in(web, "wrong", name="nobody")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json() and "set-cookie" not in wrong.headers


async def test_a_session_ends_when_idle_and_at_its_end(web: Web) -> None:
    await web.account("anna", Role.DUTY)
    token = (await log_in(web)).json()["token"]
    async with web.client(token) as client:
        for _ in range(30):
            web.clock.advance(IDLE_S - 1)
            answer = (await client.get("/me")).status_code
            if answer == 401:
                break
        assert answer == 401, "a session in use ends after its life"
        lived = web.clock.micros()
        token = (await log_in(web)).json()["token"]
    async with web.client(token) as client:
        web.clock.advance(IDLE_S + 1)
        assert (await client.get("/me")).status_code == 401, "an idle one ends earlier"
        assert web.clock.micros() - lived < LIFE_S * SECOND
    async with web.pool.acquire() as conn:
        await store.tidy(conn, web.clock.now())
        assert await conn.fetchval("select count(*) from access.session") == 0


async def test_a_guesser_is_held_back_then_refused_then_forgotten(web: Web) -> None:
    await web.account("anna", Role.DUTY)
    answers = [(await log_in(web, f"guess {n}", address=THIEF)) for n in range(12)]
    assert [a.status_code for a in answers] == [401] * 5 + [429] * 7
    assert web.pauses == [0.25, 0.5, 1.0], "the third answer on is held back"
    assert (
        answers[-1].headers["retry-after"] == "2" and answers[-1].headers["content-type"] == "application/problem+json"
    )
    assert (await log_in(web, PASSWORD, address=THIEF)).status_code == 429, "the right password too, from there"
    web.clock.advance(2)
    assert (await log_in(web, "guess", address=THIEF)).status_code == 401
    assert (await log_in(web, "guess", address=THIEF)).headers["retry-after"] == "4"
    web.clock.advance(rules.FORGET / SECOND)
    assert (await log_in(web, PASSWORD, address=THIEF)).status_code == 200


async def test_guesses_at_once_do_not_slip_past_the_count(web: Web) -> None:
    await web.account("anna", Role.DUTY)
    answers = await asyncio.gather(*(log_in(web, f"guess {n}", address=THIEF) for n in range(20)))
    assert sorted(a.status_code for a in answers) == [401] * 5 + [429] * 15


async def test_the_owner_comes_in_while_strangers_guess(web: Web) -> None:
    await web.account("anna", Role.DUTY)
    assert (await log_in(web)).status_code == 200
    for n in range(30):
        assert (await log_in(web, "guess", address=f"203.0.113.{n}")).status_code in (401, 429)
    assert (await log_in(web, address="203.0.113.99")).status_code == 429, "from a new place the name is being guessed"
    assert (await log_in(web)).status_code == 200, "from a place that is known the owner is not held up"


async def test_from_a_new_place_the_owner_waits_a_minute_at_most(web: Web) -> None:
    await web.account("anna", Role.DUTY)
    for n in range(200):
        await log_in(web, "guess", address=f"203.0.{n // 250}.{n % 250}")
        web.clock.advance(10)
    web.clock.advance(rules.LONGEST_WAIT)
    assert (await log_in(web, address="198.51.100.1")).status_code == 200


async def test_one_address_cannot_try_every_name(web: Web) -> None:
    for n in range(40):
        await log_in(web, "guess", name=f"name{n}", address=THIEF)
    await web.account("anna", Role.DUTY)
    refused = await log_in(web, address=THIEF)
    assert refused.status_code == 429
    assert (await log_in(web, address=HOME)).status_code == 200


async def test_an_own_account_does_not_wash_an_address_clean(web: Web) -> None:
    await web.account("anna", Role.DUTY)
    for n in range(60):
        await log_in(web, "guess", name=f"name{n}", address=THIEF)
        if n % 3 == 0:
            await log_in(web, name="anna", address=THIEF)
    assert (await log_in(web, "guess", name="other", address=THIEF)).status_code == 429


@given(st.integers(0, 1000), st.integers(0, 10_000))
def test_a_hurdle_never_lasts(count: int, passed: int) -> None:
    failures = Failures(count, 0)
    hurdle = rules.hurdle(failures, passed * SECOND)
    assert 0 <= hurdle.wait <= rules.LONGEST_WAIT and 0 <= hurdle.pause <= 1.0
    assert rules.hurdle(failures, (passed + rules.LONGEST_WAIT) * SECOND).wait == 0
    if count < rules.REFUSE_FROM:
        assert hurdle.wait == 0


@pytest.mark.parametrize("body", [{}, {"username": "a"}, {"username": 1, "password": "x"}, []])
async def test_a_wrong_login_body_is_a_problem(web: Web, body: object) -> None:
    async with web.client() as client:
        answer = await client.post("/login", json=body)
    assert answer.status_code == 400 and answer.headers["content-type"] == "application/problem+json"
