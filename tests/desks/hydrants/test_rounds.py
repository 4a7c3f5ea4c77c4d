"""Field work at hydrants: a round, what was found, a place put right by a picture, a repair accepted by another."""

import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from desks.site import JPEG, OUTSIDE, made
from support.web import Web
from zhigan.desks.hydrants import api, rules
from zhigan.incidents import api as incidents_api
from zhigan.incidents.press import Press
from zhigan.incidents.shelf import Shelf
from zhigan.registry import api as registry_api
from zhigan.registry import places
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.roles import INSPECTION_ROLES, REGISTRY_ROLES, Role

LON, LAT = 114.98, 27.11


@pytest.fixture
async def web(pool: Pool, hand_clock: HandClock, tmp_path: Path) -> Web:
    async with pool.acquire() as conn:
        await places.settle(conn)
    given = {"shelf": Shelf(tmp_path / "files"), "press": Press(), "importable": {}}
    return Web(pool, hand_clock, [*api.handlers, *registry_api.handlers, *incidents_api.handlers], tmp_path, given)


@pytest.fixture
async def ids(web: Web) -> dict[str, str]:
    """Three hydrants of 吉州区, two of them the water company's."""
    admin = await web.person("admin", Role.ADMIN)
    found: dict[str, str] = {}
    for n, owner in enumerate(("吉安水务", "吉安水务", "市政")):
        body = {"code": f"H{n}", "lon": LON + n / 1000, "lat": LAT, "area_code": "360802", "owner": owner}
        found[f"H{n}"] = (await made(admin, "/hydrants", body))["id"]
    return found


def fresh() -> str:
    return str(UUID(bytes=secrets.token_bytes(16), version=4))


def day(web: Web, more: int = 1) -> str:
    return (web.clock.now() + timedelta(days=more)).date().isoformat()


async def visit(person: httpx.AsyncClient, hydrant: str, wanted: int = 201, **more: object) -> dict[str, Any]:
    body = {"id": fresh(), "passed": True, "good": ["caps"], **more}
    answer = await person.post(f"/hydrants/{hydrant}/visits", json=body)
    assert answer.status_code == wanted, answer.text
    return {**answer.json(), "id": body["id"]}


async def pictured(person: httpx.AsyncClient, hydrant: str, of: str) -> dict[str, Any]:
    answer = await person.post(f"/hydrants/{hydrant}/visits/{of}/photo", files={"file": ("a.jpg", JPEG)})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_round_goes_on_as_hydrants_are_seen_and_is_overdue_the_day_after(web: Web, ids: dict[str, str]) -> None:
    office = await web.person("office", Role.OPERATOR, "area:360802")
    new = {"name": "四季度巡查", "area": "360802", "owner": "吉安水务", "due_on": day(web)}
    round_ = await made(office, "/hydrant-rounds", new)
    assert [s["code"] for s in round_["stops"]] == ["H0", "H1"] and round_["checklist"] == list(rules.CHECKLIST)
    worker = await web.person("worker", Role.INSPECTOR, "area:360802")
    await visit(worker, ids["H0"], round_id=round_["id"])
    [seen] = (await worker.get("/hydrant-rounds", params={"state": "open"})).json()["items"]
    assert (seen["total"], seen["seen"], seen["wrong"], seen["state"]) == (2, 1, 0, "open")
    web.clock.advance(3 * 86400)
    office = await web.person("office2", Role.OPERATOR, "area:360802")
    worker = await web.person("worker2", Role.INSPECTOR, "area:360802")
    assert [r["id"] for r in (await worker.get("/hydrant-rounds?state=overdue")).json()["items"]] == [round_["id"]]
    await visit(worker, ids["H1"], round_id=round_["id"], passed=False, good=[], bad=["leak"])
    one = (await worker.get(f"/hydrant-rounds/{round_['id']}")).json()
    assert (one["state"], one["wrong"], [s["passed"] for s in one["stops"]]) == ("done", 1, [True, False])
    await visit(worker, ids["H2"], 400, round_id=round_["id"])
    wrong = {"name": "x", "area": "360802", "due_on": day(web, -2)}
    assert (await office.post("/hydrant-rounds", json=wrong)).status_code == 400
    none = {"name": "x", "area": "360802", "owner": "无人", "due_on": day(web)}
    assert (await office.post("/hydrant-rounds", json=none)).status_code == 400
    assert len((await office.get("/hydrant-rounds")).json()["items"]) == 1, "a round to nothing is not left behind"
    again = await made(office, "/hydrant-rounds", {**new, "due_on": day(web)})
    assert (await office.post(f"/hydrant-rounds/{again['id']}/end")).json()["state"] == "ended"
    assert (await office.post(f"/hydrant-rounds/{again['id']}/end")).status_code == 409


async def test_a_place_is_put_right_when_its_picture_is_there_and_the_old_one_is_kept(
    web: Web, ids: dict[str, str]
) -> None:
    worker = await web.person("worker", Role.INSPECTOR, "area:360802")
    told = await visit(worker, ids["H0"], lon=LON + 0.002, lat=LAT, accuracy_m=6)
    assert (await worker.get(f"/hydrants/{ids['H0']}")).json()["lon"] == LON, "not yet: nothing proves it"
    for _ in range(2):
        page = await pictured(worker, ids["H0"], told["id"])
    assert (page["visits"][0]["was_lon"], page["visits"][0]["photo"]) == (LON, True)
    assert (await worker.get(f"/hydrants/{ids['H0']}")).json()["lon"] == LON + 0.002
    async with web.pool.acquire() as conn:
        trail = await conn.fetch("select action, detail from access.audit where action = 'hydrant.moved'")
    assert len(trail) == 1 and str(LON) in trail[0]["detail"]
    await visit(worker, ids["H0"], 400, lon=LON + 1, lat=LAT)
    await visit(worker, ids["H0"], 400, lon=LON, lat=LAT, accuracy_m=300)
    await visit(worker, ids["H0"], 400, lon=LON)
    unit = await web.person("unit", Role.GRID, "area:360802")
    await visit(unit, ids["H0"], 403, lon=LON, lat=LAT)
    await visit(unit, ids["H0"])


async def test_a_defect_is_one_task_until_another_person_accepts_its_repair(web: Web, ids: dict[str, str]) -> None:
    worker = await web.person("worker", Role.INSPECTOR, "area:360802")
    for bad in (["leak"], ["caps"]):
        told = await visit(worker, ids["H1"], passed=False, good=[], bad=bad, state="no_water")
    assert (await worker.get(f"/hydrants/{ids['H1']}")).json()["now"] == "no_water"
    firm = await web.person("firm", Role.MAINTAINER, "area:360802")
    [task] = (await firm.get("/tasks")).json()["items"]
    assert (task["kind"], task["flags"]) == ("hydrant", ["inspected"])
    repair = {"accepts": task["id"], "state": "usable"}
    await visit(worker, ids["H1"], 409, **repair)
    await firm.post(f"/incidents/{task['id']}/files", files={"file": ("p.jpg", JPEG + b"mended")})
    finished = await firm.post(f"/tasks/{task['id']}/finish", json={"cause": "D3", "note": "已换密封"})
    assert finished.status_code == 200, finished.text
    told = (await firm.get(f"/hydrants/{ids['H1']}/visits")).json()
    assert [v["repair"]["state"] for v in told["visits"]] == ["repaired", "repaired"]
    await visit(firm, ids["H1"], 403, **repair)
    await visit(worker, ids["H2"], 400, **repair)
    await visit(worker, ids["H1"], 400, passed=False, good=[], bad=["leak"], accepts=task["id"])
    web.clock.advance(1)
    accepted = await visit(worker, ids["H1"], **repair)
    assert accepted["visits"][-1]["repair"]["state"] == "repaired", "without a picture nothing is accepted"
    page = await pictured(worker, ids["H1"], accepted["id"])
    assert {(v["repair"]["state"], v["repair"]["accepted_by"]) for v in page["visits"][1:]} == {("accepted", "worker")}
    assert (await worker.get(f"/hydrants/{ids['H1']}")).json()["now"] == "usable"


async def test_what_a_phone_sends_again_is_the_same_visit(web: Web, ids: dict[str, str]) -> None:
    worker = await web.person("worker", Role.INSPECTOR, "area:360802")
    body = {"id": fresh(), "passed": False, "bad": ["leak"], "at": web.clock.now().isoformat()}
    for wanted in (201, 200):
        answer = await worker.post(f"/hydrants/{ids['H0']}/visits", json=body)
        assert (answer.status_code, len(answer.json()["visits"])) == (wanted, 1)
    other = await web.person("other", Role.INSPECTOR, "area:360802")
    assert (await other.post(f"/hydrants/{ids['H0']}/visits", json=body)).status_code == 404
    assert len((await worker.get("/tasks")).json()["items"]) == 1


async def test_outside_the_scope_there_is_neither_round_nor_hydrant(web: Web, ids: dict[str, str]) -> None:
    office = await web.person("office", Role.OPERATOR)
    round_ = await made(office, "/hydrant-rounds", {"name": "巡查", "area": "360802", "due_on": day(web)})
    told = await visit(office, ids["H0"])
    await pictured(office, ids["H0"], told["id"])
    for n, scope in enumerate(OUTSIDE):
        stranger = await web.person(f"s{n}", Role.OPERATOR, scope)
        assert (await stranger.get("/hydrant-rounds")).json()["items"] == []
        for path in (f"/hydrant-rounds/{round_['id']}", f"/hydrants/{ids['H0']}/visits",
                     f"/hydrants/{ids['H0']}/visits/{told['id']}/photo"):  # fmt: skip
            assert (await stranger.get(path)).status_code == 404, path
        await visit(stranger, ids["H0"], 404)
        assert (await stranger.post(f"/hydrant-rounds/{round_['id']}/end")).status_code == 404
    for role in Role:
        if role in (Role.ADMIN, Role.SECURITY, Role.AUDITOR):
            continue
        person = await web.person(f"r-{role.value}", role)
        await visit(person, ids["H0"], 201 if role in INSPECTION_ROLES else 403)
        ends = await person.post(f"/hydrant-rounds/{round_['id']}/end")
        assert ends.status_code in ((200, 409) if role in REGISTRY_ROLES else (403,))
