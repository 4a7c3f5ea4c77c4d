"""A number is shown to whom needs it, and that it was is written; everywhere else it stays masked."""

from pathlib import Path

import httpx
import pytest

from support.happenings import NOON, incident_id, opened
from support.web import Web
from zhigan.bus import log
from zhigan.desks.numbers import api
from zhigan.incidents import api as incidents_api
from zhigan.incidents.press import Press
from zhigan.incidents.shelf import Shelf
from zhigan.incidents.store import apply
from zhigan.processes.numbers import lent
from zhigan.registry import api as registry_api
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.roles import Role

ALL = f"/incidents/{incident_id(1)}/numbers"
STEP = f"/incidents/{incident_id(1)}"
OWNER, COMES = "13900001234", "13911112222"


@pytest.fixture
def web(pool: Pool, hand_clock: HandClock, tmp_path: Path) -> Web:
    handlers = [*api.handlers, *incidents_api.handlers, *registry_api.handlers]
    given = {"shelf": Shelf(tmp_path / "files"), "press": Press(), "numbers": lent()}
    return Web(pool, hand_clock, handlers, tmp_path, given)


@pytest.fixture
async def contact(web: Web) -> dict[str, str]:
    async with web.pool.acquire() as conn, conn.transaction():
        await log.append(conn, await apply(conn, [opened(1)], NOON), NOON)
    admin = await web.person("admin", Role.ADMIN)
    unit_id = (await _unit(admin))["id"]
    await web.pool.execute("update incidents.incident set unit_id = $1::uuid", unit_id)
    made = await admin.post(f"/units/{unit_id}/contacts", json={"role": "owner", "name": "主人", "phone": OWNER})
    assert made.status_code == 201 and made.json()["phone"] == "139****1234"
    return made.json()


async def _unit(admin: httpx.AsyncClient) -> dict[str, str]:
    place = {"premises": "crowded", "area_code": "360802", "lon": 114.98, "lat": 27.11}
    return (await admin.post("/units", json={"code": "U1", "name": "一", **place})).json()


async def ask(client: httpx.AsyncClient, contact: dict[str, str], **more: str) -> httpx.Response:
    return await client.post("/numbers", json={"kind": "contact", "id": contact["id"], **more})


async def trail(web: Web) -> list[dict]:
    auditor = await web.person(f"auditor-{len(web.pauses)}", Role.AUDITOR)
    web.pauses.append(0)
    return (await auditor.get("/audit?action=number.shown")).json()["items"]


async def test_who_needs_it_is_shown_it_and_the_auditor_reads_so(web: Web, contact: dict[str, str]) -> None:
    duty, office = await web.person("duty", Role.DUTY), await web.person("office", Role.OPERATOR)
    assert (await ask(duty, contact)).json()["number"] == OWNER, "calling people is the desk's work: no reason asked"
    silent = await ask(office, contact)
    assert silent.status_code == 400 and silent.json()["errors"][0]["field"] == "reason"
    assert (await ask(office, contact, reason="核对联系方式")).json()["number"] == OWNER
    assert (await ask(office, contact, incident_id=incident_id(1))).json()["number"] == OWNER
    lines = await trail(web)
    assert [(e["name"], e["subject"], e["detail"].get("reason")) for e in reversed(lines)] == [
        ("duty", contact["id"], None), ("office", contact["id"], "核对联系方式"), ("office", contact["id"], None),
    ]  # fmt: skip
    assert lines[0]["detail"]["incident"] == incident_id(1)
    assert all(e["detail"]["phone"] == "139****1234" for e in lines)


async def test_an_auditor_and_a_machine_are_shown_none(web: Web, contact: dict[str, str]) -> None:
    for role in (Role.AUDITOR, Role.PARTNER):
        client = await web.person(role.value, role)
        assert (await ask(client, contact, reason="核对")).status_code == 403
        assert (await client.post(ALL, json={})).status_code == 403
    assert await trail(web) == []


async def test_outside_the_scope_there_is_nothing_to_show(web: Web, contact: dict[str, str]) -> None:
    other = await web.person("other", Role.DUTY, "area:360803")
    nothing = {**contact, "id": "019d0000-0000-7000-8000-00000000dead"}
    assert (await ask(other, contact)).json() == (await ask(other, nothing)).json()
    assert (await other.post(ALL, json={})).status_code == 404
    nobody = await web.person("station", Role.STATION)
    account = {"kind": "account", "id": (await nobody.get("/me")).json()["id"], "reason": "核对"}
    assert (await nobody.post("/numbers", json=account)).status_code == 200, "one's own"
    assert (await (await web.person("x", Role.STATION)).post("/numbers", json=account)).status_code == 404


async def test_everybody_of_an_alarm_at_once(web: Web, contact: dict[str, str]) -> None:
    station = await web.person("station", Role.STATION, "area:360802")
    await web.pool.execute("update access.account set phone = $1 where name = 'station'", COMES)
    duty = await web.person("duty", Role.DUTY)
    numbers = {e["number"] for e in (await duty.post(ALL, json={})).json()["items"]}
    assert numbers == {OWNER, COMES}
    closed = await duty.post(f"{STEP}/dismiss", json={"cause": "U1"})
    assert closed.status_code == 200, closed.text
    assert (await duty.post(ALL, json={})).status_code == 200
    late = await station.post(ALL, json={})
    assert late.status_code == 400, "the alarm is over: say why"
    assert (await station.post(ALL, json={"reason": "复查"})).status_code == 200
    assert [len(e["detail"]["people"]) for e in await trail(web)] == [2, 2, 2]


async def test_nobody_takes_the_whole_book_away(web: Web, contact: dict[str, str], hand_clock: HandClock) -> None:
    duty = await web.person("duty", Role.DUTY)
    for _ in range(100):
        assert (await ask(duty, contact)).status_code == 200
    assert (await ask(duty, contact)).status_code == 429
    assert (await ask(duty, contact, incident_id=incident_id(1))).status_code == 200, "an alarm is never made to wait"
    hand_clock.advance(3601)
    assert (await ask(duty, contact)).status_code == 200


async def test_a_list_that_comes_back_changes_nothing_and_numbers_are_found_whole(
    web: Web, contact: dict[str, str]
) -> None:
    office = await web.person("office", Role.OPERATOR)
    path = f"/contacts/{contact['id']}"
    assert (await office.patch(path, json={"phone": "139****1234", "order": 2})).status_code == 200
    assert (await ask(office, contact, reason="核对")).json()["number"] == OWNER
    assert (await office.patch(path, json={"phone": "139****9999"})).status_code == 400
    for q, found in ((OWNER, 1), ("1234", 1), ("1390000", 0), ("0000", 0), ("主人 1234", 1)):
        items = (await office.get("/contacts", params={"q": q})).json()["items"]
        assert len(items) == found, q
