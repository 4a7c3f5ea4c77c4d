"""Stand-alone detectors behind carriers: from a push over HTTP to the row at the desk, and to its end."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from citysim import city as simulated
from citysim import push as simulated_push
from support.carrier import SECRET, Carrier, gas, ocean, pushing, smoke
from support.city import City
from support.site import Unit, fit
from zhigan.gateways.carriers.models import Models
from zhigan.processes import prepare
from zhigan.registry import models as registry_models
from zhigan.registry.shapes import NewDevice
from zhigan.runtime.pg import Connection, Pool
from zhigan.vocabulary.metrics import BY_NUMBER
from zhigan.vocabulary.moments import DAY, SECOND

FIRE, MUTED, LOW, FAULT, NORMAL, TAMPER, REMOVED_BACK, TEST = 1, 2, 4, 5, 7, 10, 11, 14


class Town:
    """A city with a carrier before it."""

    def __init__(self, city: City, carrier: Carrier) -> None:
        self.city = city
        self.carrier = carrier

    @property
    def now(self) -> int:
        return self.city.clock.micros()

    async def hears(self, *bodies: bytes, carrier: str = "ctwing") -> None:
        for body in bodies:
            await self.carrier.says(body, carrier)
        await self.city.settles()

    async def flats(self, *flats: str, type_: str = "smoke") -> Unit:
        """A tower of homes with a detector in each of these flats: device d<flat>."""
        tower = await self.city.unit("滨江小区3栋", premises="high_rise_residential", floors=18)
        await fit(self.city, [self._detector(tower, flat, type_) for flat in flats])
        return tower

    def _detector(self, tower: Unit, flat: str, type_: str) -> NewDevice:
        return NewDevice(
            unit_id=tower.id, building_id=tower.building_id, name=f"{flat}室{type_}", type=type_, gateway="ctwing",
            address=f"d{flat}", floor=flat[:-2], flat=flat,
        )  # fmt: skip

    async def kept(self) -> int:
        async with self.city.web.pool.acquire() as conn:
            return await conn.fetchval("select count(*) from history.signal where kind = 1 and conditions & 1 <> 0")


@asynccontextmanager
async def _before(city: City, folder: Path) -> AsyncGenerator[Town]:
    async with pushing(city.platform.intake, city.clock, folder / "run") as carrier:
        yield Town(city, carrier)


@pytest.fixture
async def town(city: City, tmp_path: Path) -> AsyncIterator[Town]:
    async with _before(city, tmp_path) as town:
        yield town


async def test_a_fire_in_a_flat_is_at_the_desk_and_is_closed(town: Town) -> None:
    await town.flats("1203", "1204")
    await town.hears(smoke("d1203", town.now, FIRE))
    (incident,) = await town.city.desk()
    assert (incident.grade, incident.kind, incident.unit) == ("II", "fire", "滨江小区3栋")
    assert "1203" in incident.view.place
    assert incident.alarms[0].device.name == "1203室smoke"
    await town.city.passes(seconds=90)
    await town.hears(smoke("d1203", town.now, NORMAL))
    (incident,) = await town.city.desk()
    assert incident.alarms[0].cleared_at is not None
    await town.city.step(incident, "dismiss", cause="U1")
    assert await town.city.desk() == []
    assert (await town.city.reads(incident)).view.outcome == "false_alarm"


async def test_a_second_detector_in_the_same_flat_makes_it_red_and_the_next_flat_too(town: Town) -> None:
    await town.flats("1203", "1204")
    await town.hears(smoke("d1203", town.now, FIRE))
    await town.city.passes(seconds=30)
    await town.hears(smoke("d1204", town.now, FIRE))
    (incident,) = await town.city.desk()
    assert incident.grade == "I" and "second_device" in incident.whys


async def test_what_the_carrier_repeats_is_counted_once_even_days_and_a_restart_later(
    city: City, tmp_path: Path
) -> None:
    async with _before(city, tmp_path) as town:
        await town.flats("1203")
        body = smoke("d1203", town.now, FIRE)
        await town.hears(body, body)
        (incident,) = await city.desk()
        await town.hears(smoke("d1203", town.now + SECOND, NORMAL))
        await city.step(incident, "dismiss", cause="U1")
    await city.passes(minutes=10)
    await city.restarts()
    city.clock.advance(DAY / SECOND)
    async with _before(city, tmp_path) as town:
        await town.hears(body, body)
        assert await city.desk() == []
        assert await town.kept() == 1
        await town.hears(smoke("d1203", town.now, FIRE))
        assert len(await city.desk()) == 1


async def test_disorder_puts_nothing_back_and_loses_no_fire(town: Town) -> None:
    await town.flats("1203", "1204")
    start = town.now
    await town.city.passes(minutes=2)
    await town.hears(smoke("d1203", start + 60 * SECOND, FIRE), smoke("d1203", start + 30 * SECOND, NORMAL))
    (incident,) = await town.city.desk()
    assert incident.alarms[0].cleared_at is None, "an older 'normal' that came later cleared a fire"
    await town.hears(smoke("d1204", start + 90 * SECOND, NORMAL), smoke("d1204", start + 80 * SECOND, FIRE))
    assert sum(len(row.alarms) for row in await town.city.desk()) == 2, "a fire that came after its end was lost"


async def test_the_press_of_a_test_button_is_no_alarm(town: Town) -> None:
    await town.flats("1203")
    await town.hears(smoke("d1203", town.now, TEST))
    assert await town.city.desk() == []
    assert await town.city.attention() == []
    await town.hears(ocean("h9", "20261122T040000Z", {"devState": 5, "electricQuantity": 80}), carrier="huawei")
    assert await town.city.desk() == []


async def test_muting_is_told_on_the_incident_and_ends_nothing(town: Town) -> None:
    await town.flats("1203")
    await town.hears(smoke("d1203", town.now, FIRE), smoke("d1203", town.now + SECOND, MUTED))
    (incident,) = await town.city.desk()
    assert incident.alarms[0].cleared_at is None
    lines = (await town.city.reads(incident)).view.timeline
    assert any("silence" in str(line.detail) for line in lines)


async def test_low_battery_fault_and_tamper_are_work_and_end_by_themselves(town: Town) -> None:
    await town.flats("1203", "1204", "1205")
    await town.hears(
        smoke("d1203", town.now, LOW, Battery_Level=9),
        smoke("d1204", town.now, FAULT),
        smoke("d1205", town.now, TAMPER),
    )
    assert sorted((row.grade, row.kind) for row in await town.city.tasks()) == [
        ("IV", "fault"), ("IV", "fault"), ("IV", "tamper"),
    ]  # fmt: skip
    await town.hears(smoke("d1203", town.now + SECOND, NORMAL, Battery_Level=100))
    await town.hears(smoke("d1204", town.now + SECOND, NORMAL), smoke("d1205", town.now + SECOND, REMOVED_BACK))
    assert await town.city.tasks() == []
    assert await town.city.desk() == []


async def test_gas_low_is_yellow_then_orange_high_is_orange(town: Town) -> None:
    await town.flats("1203", "0801", type_="gas")
    await town.hears(gas("d1203", town.now, 1, 12.0))
    assert [(row.grade, row.kind) for row in await town.city.attention()] == [("III", "gas")]
    assert await town.city.desk() == []
    await town.hears(gas("d0801", town.now, 2, 55.0))
    assert [(row.grade, row.kind) for row in await town.city.desk()] == [("II", "gas")]
    await town.city.passes(seconds=130)
    assert {(row.grade, row.kind) for row in await town.city.desk()} == {("II", "gas")}
    assert sum(len(row.alarms) for row in await town.city.desk()) >= 2


async def test_a_fire_from_nobody_known_is_at_the_desk_as_unregistered(town: Town) -> None:
    await town.hears(smoke("stray", town.now, FIRE))
    (incident,) = await town.city.desk()
    assert (incident.grade, incident.view.flags) == ("II", ["unregistered"])
    client = await town.city.person()
    (device,) = (await client.get("/devices", params={"state": "discovered"})).json()["items"]
    assert (device["gateway"], device["address"], device["type"], device["place"]) == ("ctwing", "stray", "smoke", "")


async def test_readings_are_kept_by_their_names(town: Town, pool: Pool) -> None:
    await town.flats("1203")
    await town.hears(smoke("d1203", town.now, NORMAL, Battery_Level=77, RSRP=103, TData=26))
    async with pool.acquire() as conn:
        (row,) = await conn.fetch(
            'select s.metrics, s."values" from history.signal s join registry.device d on d.number = s.device'
            " where s.kind = 2 and d.address = 'd1203'"
        )
    told = {BY_NUMBER[metric].name: value for metric, value in zip(row["metrics"], row["values"], strict=True)}
    assert told == {"battery": 77.0, "signal_strength": -103.0, "temperature": 26.0, "snr": 1.0}


async def _told(conn: Connection, town: Town) -> None:
    """What the hot process does every few seconds."""

    async def connect() -> Connection:
        return conn

    tell = Models(connect)
    for (gateway, address), model in town.carrier.recognised.models.items():
        tell.recognised(gateway, address, model)
    await tell.tell(conn)


async def test_a_device_is_missed_by_the_period_of_its_model(town: Town, pool: Pool) -> None:
    """Two electrical monitors behind one carrier: by its class one may be silent for three hours, by its model the
    other for fifteen minutes."""
    tower = await town.city.unit("阳明大厦", premises="crowded", floors=3)
    news = [
        NewDevice(unit_id=tower.id, name=name, type="electrical_monitor", gateway="ctwing", address=name)
        for name in ("plain", "often")
    ]
    await fit(town.city, news)
    async with pool.acquire() as conn:
        rows = prepare.device_models()
        await registry_models.settle(conn, rows)
        often = next(row for row in rows if row.device_class == "electrical_4g")
        town.carrier.recognised.recognised("ctwing", "often", often.name)
        await _told(conn, town)
        asked = "select d.address, n.patience from registry.device d join registry.device_now n using (number)"
        patience = {row["address"]: row["patience"] for row in await conn.fetch(asked)}
    assert (patience["plain"], patience["often"]) == (10_800, 900)
    await town.hears(smoke("plain", town.now, NORMAL), smoke("often", town.now, NORMAL))
    await town.city.passes(minutes=20)
    assert [row.alarms[0].device.name for row in await town.city.tasks() if row.kind == "link"] == ["often"]
    await town.hears(smoke("often", town.now, NORMAL))
    assert [row for row in await town.city.tasks() if row.kind == "link"] == []


async def test_an_electrical_monitors_channels_are_parts_of_it(town: Town) -> None:
    tower = await town.city.unit("阳明大厦", premises="crowded", floors=3)
    await fit(
        town.city,
        [NewDevice(unit_id=tower.id, name="配电箱", type="electrical_monitor", gateway="huawei", address="e1")],
    )
    await town.hears(ocean("e1", "20261122T035959Z", {"00": 0, "01": 1, "0F": 412.0, "13": 31.5}), carrier="huawei")
    (row,) = await town.city.attention()
    assert (row.grade, row.kind, row.unit) == ("III", "electrical", "阳明大厦")
    client = await town.city.person()
    parts = (await client.get("/devices", params={"type": "electrical_monitor"})).json()["items"]
    assert {part["address"] for part in parts} == {"e1", "e1/residual-1", "e1/temperature-1"}
    assert all(part["unit_id"] == tower.id for part in parts)


async def test_smoke_in_a_simulated_home_comes_by_push_to_the_desk_and_repeats_count_once(town: Town) -> None:
    """The simulator as the carrier: its story, its address with the secret, against the platform's own door."""
    home = simulated.build(119, 24).homes[0]
    tower = await town.city.unit("滨江小区3栋", premises="low_rise_residential", floors=6)
    place = {"name": home.name, "floor": "1", "flat": home.flat, "place": home.place}
    await fit(
        town.city,
        [NewDevice(unit_id=tower.id, type="smoke", gateway="ctwing", address=home.address, **place)],
    )
    address = f"http://127.0.0.1:{town.carrier.port}/api/v1/ingest/ctwing?token="
    carrier, stranger = simulated_push.Carrier(address + SECRET), simulated_push.Carrier(address + "no", again_s=0)
    try:
        assert not await stranger.carries(home, simulated_push.FIRE, 80, 41)
        assert (stranger.pushed.taken, stranger.pushed.repeated, stranger.pushed.dropped) == (0, 3, 1)
        assert await town.city.desk() == []
        body = simulated_push.report(home, simulated_push.FIRE, 80, 41, town.now // 1000)
        await town.hears(body, body)
        (incident,) = await town.city.desk()
        assert (incident.grade, incident.kind, incident.alarms[0].device.name) == ("II", "fire", home.name)
        assert await town.kept() == 1
        assert await carrier.carries(home, simulated_push.TEST, 80, 22)
        assert (carrier.pushed.taken, carrier.pushed.repeated) == (1, 0)
    finally:
        await carrier.close()
        await stranger.close()
