"""The platform's own page: what it measures is there, what it cannot know is said to be unknown, secrets never show."""

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from support.web import Web
from zhigan.bus.spool import Spool
from zhigan.desks.platform import api
from zhigan.history import store as history
from zhigan.processes.bus_figures import SpoolFigures
from zhigan.runtime import metrics
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool
from zhigan.runtime.settings import Settings
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.signals import Lane, Signal, SignalKind


@pytest.fixture
def web(pool: Pool, hand_clock: HandClock, tmp_path: Path) -> Web:
    settings = Settings.load({
        "ZHIGAN_DATA": str(tmp_path), "ZHIGAN_SECRET_KEY": "k" * 40, "ZHIGAN_MAP_APPROVAL": "GS(2024)0650",
        "ZHIGAN_CTWING_TOKEN": "very-secret",
    })  # fmt: skip
    return Web(pool, hand_clock, api.handlers, tmp_path, api.provided(settings))


async def test_a_platform_without_its_hot_process_still_answers_and_says_so(web: Web) -> None:
    admin = await web.person("adm", Role.ADMIN)
    told = (await admin.get("/platform")).json()
    heard = {each["name"]: each["heard_at"] for each in told["processes"]}
    assert heard["hot"] is None and heard["web"] is not None
    assert [(lane["lane"], lane["last"], lane["waiting"]) for lane in told["lanes"]] == [
        ("urgent", None, None), ("bulk", None, None),
    ]  # fmt: skip
    assert told["devices_connected"] is None and told["quarantined"] is None
    assert 0 < told["disk"]["free"] <= told["disk"]["total"]
    assert told["kept"]["days"] == 0 and told["kept"]["database_bytes"] > 1_000_000


async def test_what_waits_between_disk_and_judgement_is_counted(web: Web, tmp_path: Path) -> None:
    spool = await Spool.open(tmp_path / "spool")
    now = web.clock.micros()
    for serial in range(3):
        await spool.publish([(Lane.URGENT, [Signal("gb26875", f"79030000000{serial}", SignalKind.STATUS, now, now)])])
    registry = CollectorRegistry()
    registry.register(SpoolFigures(spool))
    metrics.write(tmp_path / "run" / "hot.metrics", metrics.collect("hot", now, registry))
    async with web.pool.acquire() as conn:
        await history.prepare(conn, now)
        await conn.execute("insert into bus.position (reader, lane, position) values ('engine', 0, 1)")
    admin = await web.person("adm", Role.OPERATOR)
    told = (await admin.get("/platform")).json()
    assert {each["name"] for each in told["processes"] if each["heard_at"]} == {"hot", "web"}
    assert told["lanes"][0] == {"lane": "urgent", "last": 3, "taken": 1, "waiting": 2}
    assert told["lanes"][1] == {"lane": "bulk", "last": 0, "taken": 0, "waiting": 0}
    assert (told["kept"]["days"], told["kept"]["ahead"]) == (5, 3)
    await spool.close()
    web.clock.advance(60)
    assert (await admin.get("/platform")).json()["lanes"][0]["last"] is None, "old figures are none"


async def test_settings_are_shown_with_their_variable_and_secrets_only_as_set(web: Web) -> None:
    admin = await web.person("adm", Role.SECURITY)
    answer = await admin.get("/platform")
    shown = {s["name"]: (s["value"], s["variable"]) for s in answer.json()["settings"]}
    assert shown["http"] == ("127.0.0.1:8119", "ZHIGAN_HTTP")
    assert shown["secret_key"][0] == shown["ctwing_token"][0] == "set" and shown["mqtt"] == ("", "ZHIGAN_MQTT")
    assert "very-secret" not in answer.text and "kkkk" not in answer.text


async def test_who_may_look(web: Web) -> None:
    for role in Role:
        async with await web.person(role.value, role, "area:360802") as person:
            assert (await person.get("/platform")).status_code == (200 if role in api.LOOKERS else 403), role
            about = (await person.get("/about")).json()
            assert about["version"] and about["map_approval"] == "GS(2024)0650"
    async with web.client() as nobody:
        assert (await nobody.get("/about")).status_code == 401
        assert (await nobody.get("/platform")).status_code == 401
