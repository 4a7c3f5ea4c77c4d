"""The second factor: the RFC's own vectors, enrolling, entering, codes that open once, roles that must have one."""

import base64
import hashlib

import httpx
import pytest

from support.web import PASSWORD, Web
from zhigan.access import totp
from zhigan.vocabulary.roles import ACCOUNT_ROLES, Role

SEED = b"12345678901234567890"


@pytest.mark.parametrize(
    ("at", "code"),
    [(59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"), (1234567890, "89005924"),
     (2000000000, "69279037"), (20000000000, "65353130")],
)  # fmt: skip
def test_the_vectors_of_rfc_6238(at: int, code: str) -> None:
    assert totp.hotp(SEED, totp.step_at(at), 8) == code
    assert totp.step_of(SEED, code[2:], at) == at // 30
    assert totp.step_of(SEED, code[2:], at + 60) is None and totp.step_of(SEED, code[2:], at + 30) == at // 30


def test_the_vectors_of_rfc_4226() -> None:
    codes = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]
    assert [totp.hotp(SEED, counter) for counter in range(10)] == codes


def code_of(web: Web, secret: str) -> str:
    raw = base64.b32decode(secret + "=" * (-len(secret) % 8))
    return totp.hotp(raw, totp.step_at(web.clock.micros() // 1_000_000))


async def enter(web: Web, name: str, code: str | None = None, password: str = PASSWORD) -> httpx.Response:
    body = {"username": name, "password": password} | ({} if code is None else {"code": code})
    async with web.client() as client:
        return await client.post("/login", json=body)


async def enrolled(web: Web, client: httpx.AsyncClient) -> tuple[str, list[str]]:
    """(secret, recovery codes)."""
    assert (await client.post("/me/second-factor", json={"current": "wrong"})).status_code == 403
    made = (await client.post("/me/second-factor", json={"current": PASSWORD})).json()
    assert made["secret"] in made["uri"]
    assert (await client.post("/me/second-factor/confirm", json={"code": "000000"})).status_code == 400
    done = await client.post("/me/second-factor/confirm", json={"code": code_of(web, made["secret"])})
    assert done.status_code == 200, done.text
    return made["secret"], done.json()["recovery_codes"]


async def test_a_code_is_asked_for_once_enrolled_and_opens_once(web: Web) -> None:
    anna = await web.person("anna", Role.DUTY)
    assert (await enter(web, "anna")).status_code == 200, "off until somebody wants it"
    secret, _ = await enrolled(web, anna)
    assert (await anna.get("/me/second-factor")).json() == {
        "enabled": True, "required": False, "recovery_codes_left": 10,
    }  # fmt: skip
    bare = await enter(web, "anna")
    assert bare.status_code == 401 and bare.json()["second_factor"] is True and "enrolment" not in bare.json()
    assert "second_factor" not in (await enter(web, "anna", password="wrong word 1")).json(), "nothing to a guesser"
    used = code_of(web, secret)
    assert (await enter(web, "anna", used)).status_code == 401, "it proved the enrolment and is spent"
    web.clock.advance(30)
    fresh = code_of(web, secret)
    assert (await enter(web, "anna", f"{fresh[:3]} {fresh[3:]}")).status_code == 200
    assert (await enter(web, "anna", fresh)).status_code == 401
    again = await anna.post("/me/second-factor", json={"current": PASSWORD})
    assert again.status_code == 409 and secret not in again.text, "a proven secret is never shown again"


async def test_recovery_codes_open_once_and_only_digests_are_kept(web: Web) -> None:
    anna = await web.person("anna", Role.DUTY)
    _, codes = await enrolled(web, anna)
    assert len(set(codes)) == 10
    assert (await enter(web, "anna", codes[0].lower().replace("-", " "))).status_code == 200
    assert (await enter(web, "anna", codes[0])).status_code == 401
    assert (await anna.get("/me/second-factor")).json()["recovery_codes_left"] == 9
    kept = {bytes(r["digest"]) for r in await web.pool.fetch("select digest from access.recovery_code")}
    assert kept == {hashlib.sha256(c.replace("-", "").encode()).digest() for c in codes[1:]}
    fresh = (await anna.post("/me/second-factor/recovery-codes", json={"current": PASSWORD})).json()["recovery_codes"]
    assert (await enter(web, "anna", codes[1])).status_code == 401
    assert (await enter(web, "anna", fresh[0])).status_code == 200
    admin = await web.person("root", Role.ADMIN)
    trail = [e["action"] for e in (await admin.get("/audit?action=factor")).json()["items"]]
    assert trail.count("factor.recovery_used") == 2 and {"factor.enrolled", "factor.codes_renewed"} <= set(trail)


async def test_guessed_codes_are_slowed_like_passwords(web: Web) -> None:
    anna = await web.person("anna", Role.DUTY)
    await enrolled(web, anna)
    for _ in range(20):
        assert (await enter(web, "anna")).status_code == 401, "a right password without a code is no guess"
    answers = [(await enter(web, "anna", f"{n:06}")).status_code for n in range(8)]
    assert 429 in answers and answers[:4] == [401] * 4
    web.clock.advance(15 * 60)
    slowed = await web.person("boris", Role.DUTY)
    guesses = [(await slowed.post("/me/second-factor", json={"current": f"x{n}"})).status_code for n in range(8)]
    assert guesses[0] == 403 and guesses[-1] == 429, "an open screen is no licence to guess the password"


async def test_a_role_that_must_have_one_is_enrolled_at_the_door(web: Web) -> None:
    security = await web.person("guard", Role.SECURITY)
    assert (await security.get("/second-factor/roles")).json() == {"roles": []}
    anna = await web.person("anna", Role.DUTY)
    set_ = await security.put("/second-factor/roles", json={"roles": ["duty", "lead"]})
    assert set_.json() == {"roles": ["duty", "lead"]}
    assert (await anna.get("/me")).status_code == 200, "who sits at a desk is not put out"
    asked = (await enter(web, "anna")).json()
    secret = asked["enrolment"]["secret"]
    assert (await enter(web, "anna", "000000")).status_code == 401
    entered = await enter(web, "anna", code_of(web, secret))
    assert entered.status_code == 200 and len(entered.json()["recovery_codes"]) == 10
    asked = (await enter(web, "anna")).json()
    assert asked["second_factor"] is True and "enrolment" not in asked
    assert (await anna.post("/me/second-factor/remove", json={"current": PASSWORD})).status_code == 409
    await security.put("/second-factor/roles", json={"roles": []})
    assert (await anna.post("/me/second-factor/remove", json={"current": PASSWORD})).status_code == 204
    assert "recovery_codes" not in (await enter(web, "anna")).json()


async def test_who_may_reset_and_require(web: Web) -> None:
    anna = await web.person("anna", Role.DUTY, "area:360802")
    await enrolled(web, anna)
    where = f"/accounts/{(await anna.get('/me')).json()['id']}/second-factor"
    county = await web.person("county", Role.ADMIN, "area:360803")
    assert (await county.delete(where)).status_code == 404
    assert (await county.put("/second-factor/roles", json={"roles": ["duty"]})).status_code == 403
    for role in Role:
        client = await web.person(f"p-{role.value}", role)
        may = role in ACCOUNT_ROLES
        assert (await client.put("/second-factor/roles", json={"roles": []})).status_code == (200 if may else 403)
        assert (await client.get("/second-factor/roles")).status_code == (200 if may else 403)
        assert (await client.delete(where)).status_code == (204 if may else 403), role
    assert (await enter(web, "anna")).status_code == 200
