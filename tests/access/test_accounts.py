"""Accounts over HTTP and from the command line, and the trail they leave."""

import asyncpg
import httpx
import pytest

from support.taken import unmarked
from support.web import PASSWORD, Web
from zhigan.access import command, rules, store
from zhigan.vocabulary.roles import ACCOUNT_ROLES, AUDIT_ROLES, Role
from zhigan.vocabulary.scopes import Scope
from zhigan.webapi.audit import audit
from zhigan.webapi.principal import Principal


async def new(
    client: httpx.AsyncClient, name: str, role: str = "duty", scope: str = "city", **more: object
) -> httpx.Response:
    body = {"name": name, "role": role, "scope": scope, "password": PASSWORD, **more}
    return await client.post("/accounts", json=body)


async def test_an_account_is_made_changed_disabled(web: Web) -> None:
    admin = await web.person("root", Role.ADMIN)
    made = await new(admin, "anna", scope="area:360802+industry:education", display_name="安娜", phone="13800000000")
    assert made.status_code == 201 and "password" not in made.text and "argon2" not in made.text
    account = made.json()
    assert account["scope"] == "area:360802+industry:education" and account["display_name"] == "安娜"
    assert (await new(admin, "ANNA")).status_code == 409
    where = f"/accounts/{account['id']}"
    async with web.client() as anna:
        assert (await anna.post("/login", json={"username": "anna", "password": PASSWORD})).status_code == 200
        assert (await anna.get("/me")).status_code == 200
        changed = await admin.patch(where, json={"role": "lead"})
        assert changed.json()["role"] == "lead" and changed.json()["scope"] == account["scope"]
        assert (await anna.get("/me")).status_code == 401, "a changed role ends what was open"
        assert (await anna.post("/login", json={"username": "anna", "password": PASSWORD})).status_code == 200
        assert (await admin.patch(where, json={"disabled": True})).json()["disabled_at"]
        assert (await anna.get("/me")).status_code == 401
        assert (await anna.post("/login", json={"username": "anna", "password": PASSWORD})).status_code == 401
        assert (await admin.patch(where, json={"disabled": False})).json()["disabled_at"] is None
        assert (await admin.post(f"{where}/password", json={"password": "another 119 word"})).status_code == 204
        assert (await anna.post("/login", json={"username": "anna", "password": PASSWORD})).status_code == 401
        assert (await anna.post("/login", json={"username": "anna", "password": "another 119 word"})).status_code == 200


async def test_ones_own_password_and_sessions(web: Web) -> None:
    anna = await web.person("anna", Role.DUTY)
    other = await web.client().post("/login", json={"username": "anna", "password": PASSWORD})
    assert len((await anna.get("/me/sessions")).json()) == 2
    wrong = await anna.post("/me/password", json={"current": "x", "password": "another 119 word"})
    assert wrong.status_code == 403
    weak = await anna.post("/me/password", json={"current": PASSWORD, "password": "short"})
    assert weak.status_code == 400 and weak.json()["errors"][0]["field"] == "password"
    done = await anna.post("/me/password", json={"current": PASSWORD, "password": "another 119 word"})
    assert done.status_code == 204
    assert (await anna.get("/me")).status_code == 200
    assert (await web.client(other.json()["token"]).get("/me")).status_code == 401


async def test_who_may_manage_accounts_and_read_the_trail(web: Web) -> None:
    for role in Role:
        client = await web.person(f"p-{role.value}", role)
        assert ((await new(client, f"a-{role.value}")).status_code == 201) is (role in ACCOUNT_ROLES)
        assert ((await client.get("/accounts")).status_code == 200) is (role in ACCOUNT_ROLES | {Role.AUDITOR})
        assert ((await client.get("/audit")).status_code == 200) is (role in AUDIT_ROLES)


async def test_nobody_gives_more_than_he_has(web: Web) -> None:
    county = await web.person("county", Role.ADMIN, "area:360802")
    for scope in (
        "city",
        "area:3608",
        "area:360803",
        "area:360802,360803",
        "industry:health",
        "community:360802001001",
    ):
        assert (await new(county, "x", scope=scope)).status_code == 403, scope
    for n, scope in enumerate(("area:360802", "area:360802+industry:health", "area:360802+unit:U1")):
        assert (await new(county, f"ok{n}", scope=scope)).status_code == 201, scope
    made = (await county.get("/accounts?q=ok0")).json()["items"][0]
    assert (await county.patch(f"/accounts/{made['id']}", json={"scope": "city"})).status_code == 403
    city = await web.account("boss", Role.OPERATOR)
    assert (await county.get(f"/accounts/{city}")).status_code == 404
    assert (await county.patch(f"/accounts/{city}", json={"disabled": True})).status_code == 404
    assert (await county.post(f"/accounts/{city}/password", json={"password": PASSWORD})).status_code == 404
    names = [a["name"] for a in (await county.get("/accounts")).json()["items"]]
    assert names == ["county", "ok0", "ok1", "ok2"]


async def test_the_three_are_separate(web: Web) -> None:
    """三员分立: admin names neither security nor auditors, and nobody changes his own rights."""
    admin, security = await web.person("root", Role.ADMIN), await web.person("guard", Role.SECURITY)
    for role in ("security", "auditor"):
        assert (await new(admin, f"a-{role}", role=role)).status_code == 403
        assert (await new(security, f"s-{role}", role=role)).status_code == 201
    auditor = (await admin.get("/accounts?q=s-auditor")).json()["items"][0]
    assert (await admin.patch(f"/accounts/{auditor['id']}", json={"disabled": True})).status_code == 403
    assert (await admin.patch(f"/accounts/{auditor['id']}", json={"role": "duty"})).status_code == 403
    me = (await admin.get("/me")).json()
    assert (await admin.patch(f"/accounts/{me['id']}", json={"role": "security"})).status_code == 403


async def test_wrong_fields_are_named(web: Web) -> None:
    admin = await web.person("root", Role.ADMIN)
    for body, field in (
        ({"name": "a b"}, "name"),
        ({"name": ""}, "name"),
        ({"role": "king"}, "role"),
        ({"scope": "planet:earth"}, "scope"),
        ({"scope": "area:xx"}, "scope"),
        ({"password": "short"}, "password"),
        ({"password": "aaaaaaaaaaaa"}, "password"),
        ({"display_name": "a\nb"}, "display_name"),
    ):
        answer = (
            await new(admin, "anna", **{k: v for k, v in body.items() if k != "name"})
            if "name" not in body
            else (await new(admin, str(body["name"])))
        )
        assert answer.status_code == 400 and [e["field"] for e in answer.json()["errors"]] == [field], body


async def test_accounts_are_paged(web: Web) -> None:
    admin = await web.person("root", Role.ADMIN)
    for n in range(7):
        await web.account(f"u{n}", Role.DUTY, "area:360802")
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        page = (await admin.get(f"/accounts?limit=3&cursor={cursor}")).json()
        seen += [a["name"] for a in page["items"]]
        cursor = page["next"]
    assert seen == ["root", *(f"u{n}" for n in range(7))]


async def test_the_trail_tells_who_what_from_where_and_is_not_rewritten(web: Web) -> None:
    admin, auditor = await web.person("root", Role.ADMIN), await web.person("audit", Role.AUDITOR)
    await new(admin, "anna", scope="area:360802")
    await web.client(address="203.0.113.7").post("/login", json={"username": "anna", "password": "wrong"})
    await web.client().post("/login", json={"username": "what I typed", "password": "wrong"})
    trail = (await auditor.get("/audit")).json()["items"]
    assert [(e["action"], e["subject"]) for e in trail] == [
        ("login.failed", "unknown name"), ("login.failed", "anna"), ("account.created", "anna"),
    ]  # fmt: skip
    assert trail[1]["address"] == "203.0.113.7" and trail[2]["name"] == "root"
    assert trail[2]["detail"] == {"role": "duty", "scope": "area:360802"}
    assert len((await auditor.get("/audit?action=login")).json()["items"]) == 2
    assert len((await auditor.get("/audit?name=ROOT&action=account.created")).json()["items"]) == 1
    assert (await auditor.get("/audit", params={"since": "2030-01-01T00:00:00+08:00"})).json()["items"] == []
    assert (await auditor.get("/audit", params={"since": "2030-01-01T00:00:00"})).status_code == 400
    page = (await auditor.get("/audit?limit=2")).json()
    rest = (await auditor.get(f"/audit?limit=2&cursor={page['next']}")).json()
    assert len(rest["items"]) == 1 and rest["next"] is None
    county = await web.person("county-audit", Role.AUDITOR, "area:360802")
    assert {e["name"] for e in (await county.get("/audit")).json()["items"]} == {"anna"}
    for statement in ("delete from access.audit", "update access.audit set name = 'x'", "truncate access.audit"):
        async with web.pool.acquire() as conn:
            with pytest.raises(asyncpg.RaiseError, match="append-only"):
                await conn.execute(statement)


async def test_the_command_line_adds_users(web: Web) -> None:
    async with web.pool.acquire() as conn:
        id_ = await command.add_user(conn, web.clock, name="anna", role="duty", scope="area:360802", password=PASSWORD)
        found = await store.by_id(conn, id_)
        assert found is not None and found.account.scope == "area:360802"
        for wrong, field in (
            ({"name": "anna"}, "name"),
            ({"role": "king"}, "role"),
            ({"scope": "area"}, "scope"),
            ({"password": ""}, "password"),
        ):
            asked = {"name": "bert", "role": "duty", "scope": "city", "password": PASSWORD, **wrong}
            with pytest.raises(command.Refused, match=field):
                await command.add_user(conn, web.clock, **asked)
        await audit(conn, Principal("", "x", Role.ADMIN, Scope(), ""), web.clock.now(), "a.b", "c", {"d": [1]})
        assert (await conn.fetchval("select detail from access.audit where action = 'a.b'")) == '{"d": [1]}'


def test_every_role_reads_and_the_tables_name_every_act() -> None:
    assert all(rules.may(role, rules.Act.READ) for role in Role)
    assert set(rules.MAY) == set(rules.Act)


async def test_accounts_are_filtered_sorted_and_taken_out_as_they_are_seen(web: Web) -> None:
    admin = await web.person("adm", Role.ADMIN)
    county = await web.person("county", Role.ADMIN, "area:360802")
    for name in ("anna", "Berta", "carla"):
        await web.account(name, Role.DUTY, "area:360802")
    gone = (await admin.get("/accounts?q=berta")).json()["items"][0]["id"]
    assert (await admin.patch(f"/accounts/{gone}", json={"disabled": True})).status_code == 200

    async def names(query: str) -> list[str]:
        return [a["name"] for a in (await admin.get(f"/accounts?{query}")).json()["items"]]

    assert await names("role=duty") == ["anna", "Berta", "carla"]
    assert await names("role=duty&sort=-name") == ["carla", "Berta", "anna"]
    assert await names("role=duty&disabled=true") == ["Berta"]
    assert await names("role=duty&disabled=false&sort=-name") == ["carla", "anna"]
    first = (await admin.get("/accounts?role=duty&sort=-name&limit=2")).json()
    rest = (await admin.get(f"/accounts?role=duty&sort=-name&limit=2&cursor={first['next']}")).json()
    assert [a["name"] for a in first["items"] + rest["items"]] == ["carla", "Berta", "anna"]
    wrong = await admin.get("/accounts?sort=phone")
    assert wrong.status_code == 400 and wrong.json()["errors"][0]["field"] == "sort"

    taken = await county.get("/accounts/export.csv?sort=-name")
    lines = unmarked(taken.content.decode("utf-8-sig"))
    assert [line.split(",")[0] for line in lines] == ["name", "county", "carla", "Berta", "anna"], "no adm: beyond"
    assert "argon2" not in taken.text
    assert (await (await web.person("duty", Role.DUTY)).get("/accounts/export.csv")).status_code == 403
    trail = (await admin.get("/audit?action=account.exported")).json()["items"]
    assert [(e["name"], e["subject"]) for e in trail] == [("county", "accounts")]
