"""What the security administrator decides about entering, and sealed secrets: the database alone opens nothing."""

import base64
import stat
from pathlib import Path

import asyncpg
import pytest

from support.web import PASSWORD, Web
from zhigan.access import command, factor, totp
from zhigan.access.login import Doorkeeper
from zhigan.access.vault import FILE, Vault, VaultError
from zhigan.runtime.pg import Pool
from zhigan.runtime.settings import SettingError, Settings
from zhigan.vocabulary.roles import Role

DECIDED = {"idle_minutes": 30, "life_days": 2, "shortest_password": 12, "factor_roles": ["security", "admin"]}


async def _log_in(web: Web, name: str, code: str = "") -> tuple[int, dict[str, object]]:
    async with web.client() as client:
        answer = await client.post("/login", json={"username": name, "password": PASSWORD, "code": code})
        return answer.status_code, answer.json()


async def test_what_is_decided_binds_at_once_and_stands_in_the_trail(web: Web) -> None:
    security = await web.person("sec", Role.SECURITY)
    duty = await web.person("duty", Role.DUTY)
    auditor = await web.person("aud", Role.AUDITOR)
    before = (await security.get("/security")).json()
    assert (before["idle_minutes"], before["life_days"], before["shortest_password"]) == (720, 14, 8)
    assert before["factor_roles"] == [] and before["changed_at"] is None
    assert {"role": "duty", "accounts": 1, "with_factor": 0} in before["enrolled"]
    web.clock.advance(60 * 60)
    assert (await duty.get("/me")).json()["shortest_password"] == 8

    after = await security.put("/security", json=DECIDED)
    assert after.status_code == 200, after.text
    assert (after.json()["changed_by"], after.json()["factor_roles"]) == ("sec", ["admin", "security"])
    assert (await duty.get("/me")).json()["shortest_password"] == 12
    web.clock.advance(29 * 60)
    assert (await duty.get("/me")).status_code == 200
    web.clock.advance(31 * 60)
    assert (await duty.get("/me")).status_code == 401, "unused for longer than is decided now"
    assert (await auditor.get("/me")).status_code == 401

    token = (await _log_in(web, "aud"))[1]["token"]
    async with web.client(str(token)) as client:
        rows = (await client.get("/audit?action=security")).json()["items"]
        assert [(r["action"], r["name"]) for r in rows] == [("security.changed", "sec")]
        assert rows[0]["detail"]["life_days"] == [14, 2] and rows[0]["detail"]["factor_roles"] == [
            [],
            ["admin", "security"],
        ]
        for _ in range(130):
            web.clock.advance(25 * 60)
            if (await client.get("/me")).status_code == 401:
                break
        else:
            pytest.fail("a session in use outlived its days")


async def test_passwords_are_as_long_as_is_decided_wherever_one_is_set(web: Web) -> None:
    security = await web.person("sec", Role.SECURITY)
    assert (await security.put("/security", json={**DECIDED, "factor_roles": []})).status_code == 200
    short = {"name": "new", "role": "duty", "password": "only 9 ch"}
    refused = await security.post("/accounts", json=short)
    assert refused.status_code == 400
    assert refused.json()["errors"] == [
        {"field": "password", "expected": "at least 12 characters", "code": "password.short", "params": {"least": "12"}}
    ]
    made = await security.post("/accounts", json={**short, "password": "twelve letters"})
    assert made.status_code == 201
    reset = await security.post(f"/accounts/{made.json()['id']}/password", json={"password": "only 9 ch"})
    assert reset.status_code == 400
    own = await security.post("/me/password", json={"current": PASSWORD, "password": "only 9 ch"})
    assert own.status_code == 400


async def test_who_may_see_and_decide(web: Web) -> None:
    assert (await (await web.person("aud", Role.AUDITOR)).get("/security")).status_code == 200
    assert (await (await web.person("aud2", Role.AUDITOR)).put("/security", json=DECIDED)).status_code == 403
    assert (await (await web.person("duty", Role.DUTY)).get("/security")).status_code == 403
    assert (await (await web.person("duty2", Role.DUTY)).put("/security", json=DECIDED)).status_code == 403
    county = await web.person("county", Role.SECURITY, "area:360802")
    refused = await county.put("/security", json=DECIDED)
    assert (refused.status_code, refused.json()["code"]) == (403, "account.whole_city")
    async with web.client() as nobody:
        assert (await nobody.get("/security")).status_code == 401


@pytest.mark.parametrize(
    "wrong", [{"idle_minutes": 14}, {"idle_minutes": 10_081}, {"life_days": 0}, {"life_days": 91},
              {"shortest_password": 7}, {"shortest_password": 65}, {"factor_roles": ["king"]}],
)  # fmt: skip
async def test_nothing_is_decided_out_of_bounds(web: Web, wrong: dict[str, object]) -> None:
    security = await web.person("sec", Role.SECURITY)
    assert (await security.put("/security", json={**DECIDED, **wrong})).status_code == 400
    assert (await security.get("/security")).json()["changed_at"] is None


# ------------------------------------------------------------ the vault


def test_what_is_sealed_opens_with_its_key_for_its_account_whole_or_not_at_all() -> None:
    vault = Vault(b"one")
    sealed = vault.seal(b"secret", "anna")
    assert vault.open(sealed, "anna") == b"secret" and b"secret" not in sealed
    assert vault.seal(b"secret", "anna") != sealed, "a nonce of its own each time"
    assert vault.open(sealed, "berta") is None and Vault(b"two").open(sealed, "anna") is None
    assert vault.open(sealed[:-1] + bytes([sealed[-1] ^ 1]), "anna") is None
    assert vault.open(b"", "anna") is None and vault.open(sealed[:5], "anna") is None
    assert Vault(b"two").key != vault.key == Vault(b"one").key


def test_the_key_is_made_once_readable_by_its_owner_only(tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = Vault.of(data, None)
    assert stat.S_IMODE((data / FILE).stat().st_mode) == 0o600
    assert Vault.of(data, None).key == first.key and [p.name for p in data.iterdir()] == [FILE]
    assert Vault.of(data, "k" * 32).key != first.key, "the operator's own goes before"
    assert Vault.of(tmp_path / "other", None).key != first.key
    (data / FILE).write_text("cut")
    with pytest.raises(VaultError, match="put back its copy"):
        Vault.of(data, None)


def test_an_own_key_is_long_and_never_shown() -> None:
    assert repr(Settings.load({"ZHIGAN_SECRET_KEY": "k" * 32}).secret_key) == "Secret(***)"
    with pytest.raises(SettingError, match="ZHIGAN_SECRET_KEY wants a secret of at least 32"):
        Settings.load({"ZHIGAN_SECRET_KEY": "short"})


async def _enrolled(web: Web, name: str) -> tuple[bytes, list[str]]:
    person = await web.person(name, Role.DUTY)
    made = (await person.post("/me/second-factor", json={"current": PASSWORD})).json()
    secret = base64.b32decode(made["secret"] + "=" * (-len(made["secret"]) % 8))
    confirmed = await person.post("/me/second-factor/confirm", json={"code": _code(web, secret)})
    return secret, confirmed.json()["recovery_codes"]


def _code(web: Web, secret: bytes) -> str:
    return totp.hotp(secret, totp.step_at(web.clock.micros() // 1_000_000))


async def _rows(pool: Pool) -> list[asyncpg.Record]:
    async with pool.acquire() as conn:
        return await conn.fetch("select account::text, secret, key from access.second_factor")


async def test_no_secret_lies_open_in_the_database_and_rows_from_before_are_sealed(web: Web) -> None:
    secret, _ = await _enrolled(web, "anna")
    row = (await _rows(web.pool))[0]
    assert secret not in row["secret"] and row["key"] == web.door.vault.key
    async with web.pool.acquire() as conn:  # as migration 0009 left it
        await conn.execute("update access.second_factor set secret = $1, key = '', step = 0", secret)
        async with conn.transaction():
            assert await factor.seal_all(conn, web.door.vault) == 1
            assert await factor.seal_all(conn, web.door.vault) == 0
    assert (await _rows(web.pool))[0]["secret"] != secret
    assert (await _log_in(web, "anna", _code(web, secret)))[0] == 200


async def test_with_another_key_only_recovery_codes_open_and_a_person_is_told(web: Web) -> None:
    secret, codes = await _enrolled(web, "anna")
    web.clock.advance(30)
    restored = Doorkeeper(web.db, web.clock, web.passwords, Vault(b"another machine"))
    held, web.door.vault = web.door.vault, restored.vault
    status, told = await _log_in(web, "anna", _code(web, secret))
    assert (status, told["code"]) == (401, "factor.sealed")
    assert (await _log_in(web, "anna", codes[0]))[0] == 200
    web.door.vault = held
    assert (await _log_in(web, "anna", _code(web, secret)))[0] == 200


async def test_the_command_line_opens_the_way_when_nobody_of_security_enters(web: Web) -> None:
    await _enrolled(web, "anna")
    async with web.pool.acquire() as conn:
        assert await command.reset_factor(conn, web.clock, "Anna")
        assert not await command.reset_factor(conn, web.clock, "anna")
        with pytest.raises(command.Refused, match="no such account"):
            await command.reset_factor(conn, web.clock, "nobody")
        trail = await conn.fetch("select name, action, subject from access.audit where action = 'factor.reset'")
    assert [tuple(r) for r in trail] == [("command line", "factor.reset", "anna")]
    assert (await _log_in(web, "anna"))[0] == 200
