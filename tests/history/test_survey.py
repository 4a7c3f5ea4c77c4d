"""One metric of everything in sight, over HTTP: on both sides of the seam, what came late included, nothing else."""

import random
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from desks.site import made
from support.engine import running
from support.web import Web
from zhigan.history import api, moving, rolling, store
from zhigan.history.archive import Archive
from zhigan.registry import api as registry_api
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool
from zhigan.vocabulary import metrics
from zhigan.vocabulary.moments import DAY, HOUR, MINUTE, to_datetime, to_micros
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.signals import Flag, Signal, SignalKind

CURRENT, HEAT = metrics.BY_NAME["residual_current"].number, metrics.BY_NAME["temperature"].number
Said = dict[str, list[tuple[int, float]]]


def told(name: str, at: int, current: float, flags: int = 0) -> Signal:
    return Signal(
        "mqtt", name, int(SignalKind.READINGS), 0, at, metrics=(CURRENT, HEAT), values=(current, 20.0), flags=flags
    )  # fmt: skip


async def devices(web: Web) -> dict[str, str]:
    """Two circuits of one unit, one of another: ids by their addresses."""
    admin = await web.person("admin", Role.ADMIN)
    ids: dict[str, str] = {}
    for unit, names in (("U1", ("one", "two")), ("U2", ("three",))):
        house = {"code": unit, "name": unit, "premises": "crowded", "area_code": "360802", "lon": 114.98, "lat": 27.11}
        ids[unit] = (await made(admin, "/units", house))["id"]
        for name in names:
            body = {
                "unit_id": ids[unit],
                "type": "electrical_monitor",
                "gateway": "mqtt",
                "address": name,
                "name": name,
            }
            ids[name] = (await made(admin, "/devices", body))["id"]
    return ids


def expected(said: Said, names: tuple[str, ...], ids: dict[str, str], step: int) -> dict[int, tuple[float, str, int]]:
    """Each step's highest, whose it is, and how many readings."""
    found: dict[int, list[tuple[float, str]]] = defaultdict(list)
    for name in names:
        for at, value in said[name]:
            east = 8 * HOUR if step == DAY else 0
            found[(at + east) // step * step - east].append((value, ids[name]))
    return {begin: (*max(values), len(values)) for begin, values in found.items()}


@pytest.mark.parametrize("moved", [False, True])
async def test_a_survey_is_that_of_the_readings_in_sight(
    dsn: str, pool: Pool, tmp_path: Path, hand_clock: HandClock, moved: bool
) -> None:
    archive = Archive(tmp_path / "archive")
    handlers = [*registry_api.handlers, *api.handlers]
    web = Web(pool, hand_clock, handlers, tmp_path, {"archive": archive})
    ids = await devices(web)
    dice, said = random.Random(5), Said()
    async with running(dsn, tmp_path / "spool", hand_clock) as engine:
        conn = await engine.connect()
        for _ in range(60):
            hand_clock.advance(dice.randrange(600, 80_000))
            await store.prepare(conn, hand_clock.micros())
            now = hand_clock.micros()
            for name in ("one", "two", "three"):
                said.setdefault(name, []).append((now, round(dice.uniform(5, 290), 1)))
            await engine.hear(*(told(name, *said[name][-1]) for name in said))
        early = said["two"][3][0]
        for turn in range(2):
            hand_clock.advance(2 * 3600)
            while (await rolling.roll(conn, hand_clock.micros())).more:
                pass
            if moved:
                await moving.move(conn, archive, hand_clock.micros(), 9, 400)
            if turn == 0:  # late, into a day that has moved
                said["two"].append((early + MINUTE, 299.0))
                await engine.hear(told("two", *said["two"][-1], int(Flag.LATE)))
        files = await conn.fetchval("select count(*) from history.moved where kind = 'hourly'")
        assert (files > 10) == moved
    span = {"from": to_datetime(early - 5 * DAY).isoformat(), "metric": "residual_current"}
    unit = await web.person("owner", Role.UNIT, "unit:U1")
    city = await web.person("duty", Role.DUTY)
    asked = (
        (unit, {}, ("one", "two")),
        (city, {}, ("one", "two", "three")),
        (city, {"unit_id": ids["U2"]}, ("three",)),
        (unit, {"unit_id": ids["U2"]}, ()),
    )
    for who, more, names in asked:
        for step in (HOUR, DAY):
            answer = await who.get("/readings", params={**span, **more, "step": step // 1_000_000})
            assert answer.status_code == 200, answer.text
            seen = answer.json()
            told_ = {
                to_micros(datetime.fromisoformat(s["at"])): (s["max"], s["device_id"], s["count"])
                for s in seen["steps"]
            }
            assert told_ == expected(said, names, ids, step)
            assert seen["devices"] == len(names)
            best = {name: max((v, -at) for at, v in said[name]) for name in names}
            assert [d["device"] for d in seen["ranked"]] == sorted(names, key=lambda name: best[name][0], reverse=True)
            assert [d["max"] for d in seen["ranked"]] == sorted((b[0] for b in best.values()), reverse=True)
    lowest = (await city.get("/readings", params={**span, "order": "lowest", "limit": 1})).json()["ranked"]
    assert [d["min"] for d in lowest] == [min(v for line in said.values() for _, v in line)]
    too_long = (hand_clock.now() - timedelta(days=401)).isoformat()
    for wrong in ({"metric": "x"}, {"step": 60}, {"order": "up"}, {"from": too_long}):
        assert (await city.get("/readings", params=span | wrong)).status_code == 400, wrong
    archive.close()
