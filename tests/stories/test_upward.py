"""Another maker's platform stands above the city: it is told of devices and their states in its own form, each once."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from support.above import Above, Got, well
from support.city import HANDLERS, living
from support.platform import ROOT
from support.processes import until
from support.reporting import Reporting
from zhigan.access.vault import Vault
from zhigan.outlets.upward import api
from zhigan.outlets.upward.default_tables import REST
from zhigan.outlets.upward.desk import Upward
from zhigan.outlets.upward.worker import Reporter
from zhigan.runtime.clock import HandClock
from zhigan.runtime.guard import NEAR, Guard
from zhigan.runtime.outward import Outward
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.roles import Role

TYPES = {"longitude": float, "latitude": float, "status": int}
DAY_S = 86_400


@pytest.fixture
def above() -> Iterator[Above]:
    made = Above()
    yield made
    made.close()


@pytest.fixture
async def reporting(dsn: str, pool: Pool, tmp_path: Path, hand_clock: HandClock) -> AsyncIterator[Reporting]:
    upward = Upward(pool, hand_clock, Vault(b"story"), Outward(guard=Guard(NEAR)))
    handlers = [*HANDLERS, *api.handlers]
    async with living(dsn, pool, tmp_path, hand_clock, handlers, {"upward": upward}) as city:
        yield Reporting(city, upward)
    await upward.close()


async def test_devices_and_states_stand_on_the_wire_as_annex_d_names_them(reporting: Reporting, above: Above) -> None:
    unit = await reporting.city.unit("吉州一中", floors=1, heads=1, address="井冈山大道1号")
    target = await reporting.target(above.url)
    await reporting.carries()
    installs = {record["name"]: record for record in above.of("/Install_info")}
    head = installs[unit.head(1, 1).name]
    assert head["client"] == "吉州一中" and head["categoryName"] == "感烟火灾探测器" and head["area"] == "360802"
    assert all(isinstance(head[name], kind) for name, kind in TYPES.items() if name in head)
    assert "mobile" not in head and all(
        got.headers["authorization"] == "Bearer a-secret-of-theirs" for got in above.got
    )
    await unit.head(1, 1).smokes()
    at = reporting.when()
    await reporting.carries()
    [fire] = above.of("/status_info")
    assert {name: fire[name] for name in ("serial", "status", "datetime")} == {
        "serial": head["serial"], "status": 2, "datetime": at,
    }  # fmt: skip
    seen = await reporting.seen(target)
    assert (seen["state"], seen["waiting"], seen["alarms"], seen["untold"]) == ("level", 0, 1, 0)
    before = len(above.got)
    await reporting.carries()
    assert len(above.got) == before  # nothing is said twice
    assert "a-secret" not in json.dumps(seen)


async def test_an_outage_loses_nothing_and_what_comes_late_has_its_own_time(reporting: Reporting, above: Above) -> None:
    unit = await reporting.city.unit("吉州一中", floors=2, heads=2)
    target = await reporting.target(above.url)
    await reporting.carries()
    above.manner = lambda got: (503, {}, b"down")
    said: list[tuple[str, int]] = []
    for floor, point in ((1, 1), (2, 1), (2, 2)):
        await unit.head(floor, point).smokes()
        said.append((reporting.when(), 2))
        await reporting.carries()
        await reporting.city.passes(seconds=40)
    assert (await reporting.seen(target))["state"] == "failing"
    assert (await reporting.seen(target))["failed"].startswith("unknown 503")
    heard = len(above.got)
    await reporting.carries()
    assert len(above.got) - heard <= 1  # it is not hammered
    above.manner = well
    above.got.clear()
    await reporting.passes(90)
    assert [(r["datetime"], r["status"]) for r in above.of("/status_info")] == said
    assert (await reporting.seen(target))["waiting"] == 0


async def test_whoever_dies_after_it_was_heard_says_it_again_and_nothing_else(
    reporting: Reporting, above: Above
) -> None:
    """The line is cut after the platform above has heard; then a process that knows nothing goes on."""
    unit = await reporting.city.unit("吉州一中", floors=1, heads=2)
    await reporting.target(above.url)
    await reporting.carries()
    above.manner = lambda got: None
    await unit.head(1, 1).smokes()
    await reporting.carries()
    await unit.head(1, 2).smokes()
    await reporting.reads()
    above.manner = well
    other = Upward(reporting.city.web.pool, reporting.city.clock, Vault(b"story"), Outward(guard=Guard(NEAR)))
    reporter = Reporter(reporting.city.web.pool, reporting.city.clock, other.planner, other.sender)
    reporting.city.clock.advance(5)
    await reporter.sender.round()
    await reporter.sender.settled()
    await other.close()
    told = [got for got in above.got if got.path == "/status_info"]
    keys = [got.headers["idempotency-key"] for got in told]
    assert [got.body for got in told[:2]] == [told[0].body] * 2 and keys[0] == keys[1]
    assert len({got.json["serial"] for got in told}) == 2 and len(told) == 3


@pytest.mark.parametrize("told", ["/device", "/event"])
async def test_who_is_killed_between_sending_and_knowing_sends_the_same_again(
    reporting: Reporting, above: Above, dsn: str, told: str
) -> None:
    """In a form whose messages hold many: what came later does not slip into the one that it may have already."""
    answers = Event()

    def slow(got: Got) -> tuple[int, dict[str, str], object]:
        answers.wait()
        return 200, {}, {"code": 0}

    above.manner = slow
    map_ = json.dumps({name: part for name, part in REST.items() if name != "login"})
    unit = await reporting.city.unit("吉州一中", floors=1, heads=2)
    target = await reporting.target(above.url, adapter="rest", map=map_, answer_s=30)
    if told == "/event":
        answers.set()
        await reporting.carries()
        answers.clear()
        above.got.clear()
    await unit.head(1, 1).smokes()
    await reporting.reads()
    dying = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "support.reporting_process", dsn, target["id"], cwd=ROOT / "tests"
    )
    await until(lambda: bool(above.got))
    dying.kill()  # the platform above has it, and nobody here knows
    await dying.wait()
    answers.set()
    assert (await reporting.seen(target))["waiting"] == 1
    await (await reporting.city.unit("吉州二中", floors=1, heads=1)).head(1, 1).smokes()
    await unit.head(1, 2).smokes()
    await reporting.carries()
    assert above.got[0].path == told
    of_key: dict[str, set[bytes]] = {}
    for got in above.got:
        of_key.setdefault(got.headers["idempotency-key"], set()).add(got.body)
    assert [len(bodies) for bodies in of_key.values()] == [1] * len(of_key), "one key, one message"
    states = [(r["ID"], r["TIME"]) for got in above.got if got.path == "/event" for r in got.json["DATA"]]
    assert len(set(states)) == 3 and len(states) == (4 if told == "/event" else 3), "nothing is lost, one came twice"
    seen = await reporting.seen(target)
    assert (seen["alarms"], seen["waiting"], seen["untold"]) == (3, 0, 0)


async def test_a_record_that_is_refused_is_set_aside_with_its_reason(reporting: Reporting, above: Above) -> None:
    unit = await reporting.city.unit("吉州一中", floors=1, heads=2)
    target = await reporting.target(above.url)
    await reporting.carries()
    await unit.head(1, 1).smokes()
    await unit.head(1, 2).smokes()
    first = {r["name"]: r["serial"] for r in above.of("/Install_info")}[unit.head(1, 1).name]

    def picky(got: Got) -> tuple[int, dict[str, str], object]:
        bad = got.json["serial"] == first
        return 200, {}, {"success": 0, "msg": "serial unknown"} if bad else {"success": 1}

    above.manner = picky
    await reporting.carries()
    [refused] = await reporting.listed(target, "refused")
    assert (refused["said"], refused["word"], refused["unit"]) == ("refused 0 serial unknown", "alarm", "吉州一中")
    seen = await reporting.seen(target)
    assert (seen["waiting"], seen["refused"], seen["alarms"]) == (0, 1, 1)
    above.manner = well
    reporting.city.clock.advance(1)
    since, until = reporting.city.clock.now(), reporting.city.clock.now()
    span = {"since": since.replace(hour=0).isoformat(), "until": until.isoformat()}
    await reporting.city.asks(f"/upward/targets/{target['id']}/replay", span, Role.OPERATOR, 202)
    above.got.clear()
    reporting.city.clock.advance(1)
    await reporting.carries()
    assert len(above.of("/status_info")) >= 1 and (await reporting.seen(target))["refused"] == 0


async def test_one_that_it_cannot_digest_does_not_stop_the_others(reporting: Reporting, above: Above) -> None:
    unit = await reporting.city.unit("吉州一中", floors=1, heads=2)
    target = await reporting.target(above.url)
    await reporting.carries()
    first = {r["name"]: r["serial"] for r in above.of("/Install_info")}[unit.head(1, 1).name]
    above.manner = lambda got: (500, {}, b"") if got.json["serial"] == first else well(got)
    await unit.head(1, 1).smokes()
    await reporting.city.passes(seconds=5)
    await unit.head(1, 2).smokes()
    for _ in range(8):
        await reporting.passes(70)
    seen = await reporting.seen(target)
    assert (seen["waiting"], seen["refused"], seen["state"]) == (0, 1, "level")


async def test_it_waits_as_long_as_it_is_told_and_while_it_is_paused(reporting: Reporting, above: Above) -> None:
    unit = await reporting.city.unit("吉州一中", floors=1, heads=1)
    target = await reporting.target(above.url)
    await reporting.carries()
    above.manner = lambda got: (429, {"retry-after": "300"}, {"success": 0})
    await unit.head(1, 1).smokes()
    await reporting.carries()
    above.manner = well
    above.got.clear()
    await reporting.passes(200)
    assert above.got == []
    await reporting.city.asks(f"/upward/targets/{target['id']}/pause", {"paused": True}, Role.OPERATOR, 200)
    await reporting.passes(200)
    assert above.got == [] and (await reporting.seen(target))["state"] == "paused"
    await reporting.city.asks(f"/upward/targets/{target['id']}/pause", {"paused": False}, Role.OPERATOR, 200)
    await reporting.carries()
    assert len(above.of("/status_info")) == 1


async def test_a_rest_platform_is_logged_in_to_told_in_batches_and_its_day_is_reconciled(
    reporting: Reporting, above: Above
) -> None:
    unit = await reporting.city.unit("吉州一中", floors=1, heads=2)
    tokens = iter(("t1", "t2", "t3", "t4"))
    now = {"token": ""}
    taken: list[int] = []

    def rest(got: Got) -> tuple[int, dict[str, str], object]:
        if got.path == "/login":
            assert got.json == {"USERID": "jian", "PASSWORD": "a-secret-of-theirs"}
            now["token"] = next(tokens)
            return 200, {}, {"code": 0, "TOKEN": now["token"]}
        good = got.headers["authorization"] == now["token"]
        if good and got.path == "/event":
            taken.extend(row["STATE"] for row in got.json["DATA"])
        return (200, {}, {"code": 0}) if good else (401, {}, {"code": 1})

    above.manner = rest
    target = await reporting.target(above.url, adapter="rest", account="jian")
    await unit.head(1, 1).smokes()
    await unit.head(1, 2).smokes()
    await reporting.carries()
    assert taken == [2, 2] and len(above.of("/event")) == 1
    now["token"] = "ended"  # it forgot us: once anew, and nothing is lost
    await reporting.city.passes(seconds=40)
    await unit.head(1, 1).clears()
    await reporting.carries()
    assert taken == [2, 2, 1] and now["token"] == "t2"
    reporting.city.clock.advance(DAY_S)
    await reporting.carries()
    [told] = above.of("/counts")
    assert (told["ALARMS"], told["FAULTS"]) == (2, 0) and told["DEVICES"] >= 3
    day = next(d for d in await reporting.listed(target, "days") if d["day"] == told["DAY"])
    assert day["told_at"] is not None and day["alarms"] == 2


async def test_it_is_told_of_its_own_ground_only_and_changes_are_told_again(reporting: Reporting, above: Above) -> None:
    here = await reporting.city.unit("吉州一中", floors=1, heads=1)
    there = await reporting.city.unit("青原一中", floors=1, heads=1, area_code="360803")
    target = await reporting.target(above.url, areas=["360803"])
    await here.head(1, 1).smokes()
    await there.head(1, 1).smokes()
    await reporting.carries()
    assert {record["client"] for record in above.of("/Install_info")} == {"青原一中"}
    assert len(above.of("/status_info")) == 1
    client = await reporting.city.person(Role.ADMIN)
    unit = (await client.get(f"/units/{there.id}")).json()
    above.got.clear()
    answer = await client.patch(f"/units/{there.id}", json={"name": "青原中学", "version": unit.get("version", 0)})
    assert answer.status_code == 200, answer.text
    await reporting.carries()
    assert {record["client"] for record in above.of("/Install_info")} == {"青原中学"}
    other = await reporting.city.web.person("jizhou", Role.SUPERVISOR, "area:360802")
    assert (await other.get("/upward/targets")).json()["items"] == []
    assert (await other.get(f"/upward/targets/{target['id']}")).status_code == 404


async def test_a_trial_shows_what_was_answered_and_a_bad_map_every_fault(reporting: Reporting, above: Above) -> None:
    await reporting.city.unit("吉州一中", floors=1, heads=1)
    target = await reporting.target(above.url)
    tried: Any = await reporting.city.asks(f"/upward/targets/{target['id']}/test", {}, Role.OPERATOR, 200)
    assert (tried["said"], tried["status"], json.loads(tried["answer"])) == ("taken", 200, {"success": 1})
    above.manner = lambda got: (403, {}, {"success": 0, "msg": "who are you"})
    tried = await reporting.city.asks(f"/upward/targets/{target['id']}/test", {}, Role.OPERATOR, 200)
    assert (tried["said"], tried["code"], tried["text"]) == ("unreached", "403", "who are you")
    map_ = {"format": 1, "form": "xml", "status": {"path": "s", "fields": [{"to": "a b", "from": "colour"}]}}
    client = await reporting.city.person(Role.ADMIN)
    faults = (await client.post("/upward/maps/check", json={"map": json.dumps(map_)})).json()["faults"]
    assert [fault["field"] for fault in faults] == [
        "status.path", "status.element", "status.fields[0].to", "status.fields[0].from",
    ]  # fmt: skip
    for url in ("https://user:pw@host/", "http://169.254.169.254/"):
        answer = await client.post("/upward/targets", json={"name": "x", "adapter": "rest", "url": url, "map": "{"})
        assert answer.status_code == 400 and answer.json()["errors"][0]["field"] == "url"
