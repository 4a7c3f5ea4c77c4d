"""The water of the streets: a zone without pressure is one event, and a hydrant that runs for nothing is warned of."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.engine import Engine, running
from zhigan.alarms import water
from zhigan.alarms.engine import POLICY_V1
from zhigan.runtime.clock import HandClock
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.ids import born
from zhigan.vocabulary.metrics import BY_NAME
from zhigan.vocabulary.moments import MINUTE, to_datetime
from zhigan.vocabulary.signals import Signal, SignalKind

PRESSURE, TEMPERATURE, TILT = (BY_NAME[name].number for name in ("pressure", "temperature", "tilt"))
RUNS = int(Condition.WATER_FLOW)


@pytest.fixture
async def engine(dsn: str, tmp_path: Path, hand_clock: HandClock) -> AsyncIterator[Engine]:
    async with running(dsn, tmp_path / "spool", hand_clock) as engine:
        for unit in range(2):
            await engine.connections[0].execute(
                "insert into registry.unit"
                " (id, code, name, premises, class, area_code, area, created_at, changed_at)"
                " values ($1, $2, $2, 'road', 4, '360802', '360802', $3, $3)",
                born(0, "unit", unit), f"WATER{unit}", to_datetime(hand_clock.micros()),
            )  # fmt: skip
        for number in range(10):
            await _hydrant(engine, number)
        yield engine


async def _hydrant(engine: Engine, number: int) -> None:
    """Of two firms by turns, all of one supply zone, with a gauge each."""
    conn, at = engine.connections[0], to_datetime(engine.clock.micros())
    device = born(0, "gauge", number)
    gauge = await conn.fetchval(
        "insert into registry.device (id, unit_id, gateway, address, type, class, state, name, created_at, changed_at)"
        " values ($1, $2, 'mqtt', $3, 'hydrant', 'hydrant_nb', 'in_service', $3, $4, $4) returning number",
        device, born(0, "unit", number % 2), f"g{number}", at,
    )  # fmt: skip
    await conn.execute(
        "insert into registry.hydrant (id, code, lon, lat, area_code, area, zone, device, created_at, changed_at)"
        " values ($1, $2, $3, 27.11, '360802', '360802', '城北', $4, $5, $5)",
        born(0, "hydrant", number), f"XHS{number}", 114.99 + number / 1000, gauge, at,
    )  # fmt: skip


def _reads(engine: Engine, number: int, metric: int, value: float) -> Signal:
    at = engine.clock.micros()
    return Signal("mqtt", f"g{number}", int(SignalKind.READINGS), 0, at, metrics=(metric,), values=(value,))


def _runs(engine: Engine, number: int, conditions: int) -> Signal:
    return Signal("mqtt", f"g{number}", int(SignalKind.STATUS), 0, engine.clock.micros(), conditions, RUNS)


async def _look(engine: Engine) -> int:
    changes, cases = await water.look(engine.connections[0], POLICY_V1, engine.clock.micros())
    for key in cases:
        engine.worker.look_again(key)
    await engine.ring()
    return changes


async def _rows(engine: Engine) -> list[tuple[str, int]]:
    found = await engine.rows(
        "select case_key, place, grade from incidents.incident"
        " where state <> 'closed' and merged_into is null order by case_key"
    )
    return [(r["case_key"].partition(":")[0], r["grade"]) for r in found]


async def test_a_zone_that_loses_its_pressure_is_one_event_across_units(engine: Engine) -> None:
    await engine.hear(_reads(engine, 0, PRESSURE, 0.05))
    assert await _look(engine) == 0, "one hydrant is its own matter"
    await engine.hear(*[_reads(engine, number, PRESSURE, 0.05) for number in range(1, 4)])
    assert {name for name, _ in await _rows(engine)} == {"unit"}
    assert await _look(engine) > 0
    assert await _rows(engine) == [("zone", 3)]
    (row,) = await engine.rows("select place, flags, reasons from incidents.incident where case_key like 'zone:%'")
    assert row["place"] == "城北" and row["flags"] == ["water_status"] and '"count": 4' in row["reasons"]
    assert await _look(engine) == 0
    await engine.hear(_reads(engine, 4, PRESSURE, 0.01))
    await _look(engine)
    assert await _rows(engine) == [("zone", 3)], "the next one goes into the zone's row"
    await engine.hear(*[_reads(engine, number, PRESSURE, 0.3) for number in range(5)])
    assert await _look(engine) == 1
    assert await _rows(engine) == []


async def test_what_was_low_long_apart_is_no_zone(engine: Engine) -> None:
    for number in range(4):
        await engine.hear(_reads(engine, number, PRESSURE, 0.05))
        engine.clock.advance(40 * 60)
    assert await _look(engine) == 0


async def test_a_hydrant_that_runs_is_no_fire_and_is_warned_of_where_nothing_explains_it(engine: Engine) -> None:
    conn = engine.connections[0]
    await engine.hear(_runs(engine, 0, RUNS))
    await engine.ring()
    assert await _rows(engine) == [], "not the water flow that means a fire"
    assert await _look(engine) == 1
    assert await _rows(engine) == [("running", 3)]
    assert await _look(engine) == 0
    await engine.hear(_runs(engine, 0, 0))
    assert await _look(engine) == 1 and await _rows(engine) == []

    at = engine.clock.micros()
    await conn.execute(
        "insert into registry.test_mode (id, unit_id, devices, purpose, person, starts_at, ends_at, area)"
        " values ($1, $2, array[$3::uuid], '冲洗', '水务', $4, $5, '360802')",
        born(0, "test"), born(0, "unit", 1), born(0, "gauge", 1), to_datetime(at), to_datetime(at + 60 * MINUTE),
    )  # fmt: skip
    await engine.hear(_runs(engine, 1, RUNS), _runs(engine, 3, RUNS))
    assert await _look(engine) == 1, "one is announced, the other of the same unit is not"


async def test_a_fire_near_explains_water_that_runs(engine: Engine) -> None:
    await engine.connections[0].execute("update registry.unit set lon = 114.991, lat = 27.111")
    fire = Signal(
        "gb26875", "0000000000AA", int(SignalKind.STATUS), 0, engine.clock.micros(), int(Condition.FIRE),
        int(Condition.FIRE), type="smoke",
    )  # fmt: skip
    await engine.connections[0].execute(
        "insert into registry.device (id, unit_id, gateway, address, type, class, state, name, created_at, changed_at)"
        " values ($1, $2, 'gb26875', '0000000000AA', 'smoke', 'nb_smoke', 'in_service', '', $3, $3)",
        born(0, "smoke"), born(0, "unit", 0), to_datetime(engine.clock.micros()),
    )  # fmt: skip
    await engine.hear(fire)
    await engine.hear(_runs(engine, 0, RUNS), _runs(engine, 9, RUNS))
    assert await _look(engine) == 1, "the one 800 m away is not explained by it"


@pytest.mark.parametrize(
    ("metric", "value", "said"), [(TEMPERATURE, 1.5, "frost"), (PRESSURE, 1.2, "surge"), (TILT, 30.0, "damaged")]
)
async def test_frost_surge_and_tilt_are_read(engine: Engine, metric: int, value: float, said: str) -> None:
    await engine.hear(_reads(engine, 0, metric, value))
    assert [r["condition"] for r in await engine.rows("select condition from incidents.alarm")] == [said]
