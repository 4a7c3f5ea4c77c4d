"""What the accounts and audit pages ask for beyond single accounts: ended sessions, the trail as a file."""

import csv
import io

from support.taken import unmarked
from support.web import PASSWORD, Web
from zhigan.vocabulary.roles import ACCOUNT_ROLES, AUDIT_ROLES, Role
from zhigan.webapi import downloads


def rows(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff"), "office programs need the mark"
    return list(csv.DictReader(io.StringIO("\n".join(unmarked(text.removeprefix("\ufeff"))))))


async def test_sessions_are_ended_by_who_manages_the_account(web: Web) -> None:
    anna = await web.person("anna", Role.DUTY, "area:360802")
    id_ = (await anna.get("/me")).json()["id"]
    county = await web.person("county", Role.ADMIN, "area:360803")
    assert (await county.delete(f"/accounts/{id_}/sessions")).status_code == 404
    for role in Role:
        client = await web.person(f"p-{role.value}", role)
        answer = await client.delete(f"/accounts/{id_}/sessions")
        assert answer.status_code == (204 if role in ACCOUNT_ROLES else 403), role
    assert (await anna.get("/me")).status_code == 401
    assert (await web.client().post("/login", json={"username": "anna", "password": PASSWORD})).status_code == 200
    admin = await web.person("root", Role.ADMIN)
    trail = (await admin.get("/audit?action=account.sessions_ended&subject=anna")).json()["items"]
    assert {e["name"] for e in trail} == {"p-admin", "p-security"}


async def test_the_trail_is_exported_as_it_is_seen(web: Web) -> None:
    admin = await web.person("root", Role.ADMIN)
    for n in range(3):
        body = {"name": f"=cmd{n}", "role": "duty", "scope": "area:360802", "password": PASSWORD}
        assert (await admin.post("/accounts", json=body)).status_code == 201
    await web.person("elsewhere", Role.ADMIN, "area:360803")
    seen = (await admin.get("/audit?action=account")).json()["items"]
    answer = await admin.get("/audit/export.csv?action=account")
    assert answer.headers["content-type"].startswith("text/csv")
    exported = rows(answer.text)
    assert [int(r["id"]) for r in exported] == [e["id"] for e in seen]
    assert [r["subject"] for r in exported] == ["'=cmd2", "'=cmd1", "'=cmd0"], "no cell is run as a formula"
    assert exported[0]["at"].endswith("+08:00")
    for role in Role:
        client = await web.person(f"e-{role.value}", role)
        assert ((await client.get("/audit/export.csv")).status_code == 200) is (role in AUDIT_ROLES)
    county = await web.person("county", Role.AUDITOR, "area:360803")
    assert [r["name"] for r in rows((await county.get("/audit/export.csv")).text)] == ["county"]
    assert (await admin.get("/audit?action=audit.exported")).json()["items"][0]["name"] == "county"


async def test_an_export_goes_on_over_many_batches(web: Web, monkeypatch) -> None:
    monkeypatch.setattr(downloads, "BATCH", 2)
    admin = await web.person("root", Role.ADMIN)
    for n in range(5):
        await web.client().post("/login", json={"username": "nobody", "password": f"wrong {n}"})
    exported = rows((await admin.get("/audit/export.csv?action=login.failed")).text)
    assert len(exported) == 5 and len({r["id"] for r in exported}) == 5


def test_a_formula_is_defused_and_figures_stay() -> None:
    assert [downloads.cell(v) for v in ("=1+1", "@x", "-1", "+86 138", "-x", "-1", None, True, ["a", "b"], 1.5)] == [
        "'=1+1", "'@x", "-1", "+86 138", "'-x", "-1", "", "true", "a;b", "1.5",
    ]  # fmt: skip
