"""A fifth of a street gone silent is one row, whose units' rows go into it, and which ends when they are back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.engine import Engine, running
from zhigan.alarms import streets
from zhigan.alarms.engine import POLICY_V1
from zhigan.registry import places
from zhigan.runtime.clock import HandClock
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.ids import born
from zhigan.vocabulary.moments import MINUTE, to_datetime
from zhigan.vocabulary.signals import Signal, SignalKind

COMMUNITY = "360802001001"
OFFLINE = int(Condition.OFFLINE)


@pytest.fixture
async def engine(dsn: str, tmp_path: Path, hand_clock: HandClock) -> AsyncIterator[Engine]:
    async with running(dsn, tmp_path / "spool", hand_clock) as engine:
        await places.settle(engine.connections[0])
        for number in range(10):
            await _shop(engine, number)
        yield engine


async def _shop(engine: Engine, number: int) -> None:
    """A small unit with one device, heard a moment ago."""
    conn, at = engine.connections[0], to_datetime(engine.clock.micros())
    unit, device = born(0, "unit", number), born(0, "device", number)
    await conn.execute(
        "insert into registry.unit"
        " (id, code, name, premises, class, area_code, area, community, created_at, changed_at)"
        " values ($1, $2, $2, 'other', 4, '360802', '360802', $3, $4, $4)",
        unit, f"SHOP{number}", COMMUNITY, at,
    )  # fmt: skip
    await conn.execute(
        "insert into registry.device (id, unit_id, gateway, address, type, class, state, name, created_at, changed_at)"
        " values ($1, $2, 'gb26875', $3, 'transmission_device', 'transmission_device', 'in_service', $3, $4, $4)",
        device, unit, _address(number), at,
    )  # fmt: skip
    await conn.execute(
        "update registry.device_now set seen_at = $2 where number = (select number from registry.device where id = $1)",
        device, at,
    )  # fmt: skip


def _address(number: int) -> str:
    return f"{number:012X}"


def _link(engine: Engine, number: int, conditions: int) -> Signal:
    return Signal("gb26875", _address(number), int(SignalKind.STATUS), 0, engine.clock.micros(), conditions, OFFLINE)


async def _look(engine: Engine) -> int:
    changes, cases = await streets.look(engine.connections[0], POLICY_V1, engine.clock.micros())
    for key in cases:
        engine.worker.look_again(key)
    await engine.ring()
    return changes


async def _rows(engine: Engine) -> list[tuple[str, int]]:
    found = await engine.rows(
        "select place, grade from incidents.incident where state <> 'closed' and merged_into is null order by place"
    )
    return [(r["place"], r["grade"]) for r in found]


async def test_one_silent_shop_is_its_own_matter(engine: Engine) -> None:
    await engine.hear(_link(engine, 0, OFFLINE))
    assert await _look(engine) == 0


async def test_three_of_ten_devices_of_a_street_are_one_row_until_they_are_back(engine: Engine) -> None:
    await engine.hear(*[_link(engine, number, OFFLINE) for number in range(3)])
    assert len(await _rows(engine)) == 3
    assert await _look(engine) == 4
    assert [grade for _, grade in await _rows(engine)] == [3]
    assert await _look(engine) == 0

    await engine.hear(_link(engine, 3, OFFLINE))
    assert await _look(engine) == 2, "the next one goes into the street's row, which says how many they are now"
    assert len(await _rows(engine)) == 1
    (told,) = await engine.rows("select reasons from incidents.incident where case_key like 'street:%'")
    assert '"count": 4' in told["reasons"]

    await engine.hear(*[_link(engine, number, 0) for number in range(3)])
    assert await _look(engine) == 1
    assert await _rows(engine) == []


async def test_what_fell_silent_long_apart_is_no_street_row(engine: Engine) -> None:
    conn = engine.connections[0]
    long_ago = to_datetime(engine.clock.micros() - 60 * MINUTE)
    await conn.execute("update registry.device_now set seen_at = $1", long_ago)
    for number in range(3):
        await engine.hear(_link(engine, number, OFFLINE))
    await conn.execute("update registry.device_now set seen_at = $1", long_ago)
    assert await _look(engine) == 0
