"""Devices adopted, or moved to another unit, while their fire stands: the incident goes along, and it is one."""

import httpx

from support.city import City
from support.rows import Row
from support.site import FIRE, NORMAL, Unit
from support.transmitter import Transmitter
from zhigan.bus import log
from zhigan.protocols.gb26875 import ComponentStatus
from zhigan.vocabulary.roles import Role


def smoke(device: Transmitter, number: int, bits: int) -> ComponentStatus:
    return ComponentStatus(1, 1, 40, number, bits, f"感烟{number}", device.believes())


async def says(city: City, device: Transmitter, number: int, bits: int) -> None:
    await device.says(smoke(device, number, bits))
    await city.settles()


async def unregistered_fire(city: City) -> tuple[Transmitter, Row]:
    stranger = await city.stranger()
    await says(city, stranger, 1, NORMAL | FIRE)
    (incident,) = await city.desk()
    assert incident.unit == "" and "unregistered" in incident.flags
    return stranger, incident


async def patched(city: City, path: str, **body: object) -> None:
    answer: httpx.Response = await (await city.person(Role.ADMIN)).patch(path, json=body)
    assert answer.status_code == 200, answer.text
    await city.settles()


async def seen_by(city: City, name: str, scope: str) -> set[str]:
    person = await city.web.person(name, Role.DUTY, scope)
    return {row["id"] for row in (await person.get("/incidents?open=true")).json()["items"]}


async def test_an_adopted_device_takes_its_fire_into_the_unit(city: City) -> None:
    stranger, fire = await unregistered_fire(city)
    market = await city.unit("中心商城", premises="crowded", floors=4)
    await market.registers(stranger)
    (row,) = await city.desk()
    assert (row.id, row.unit, row.building) == (fire.id, "中心商城", "中心商城")
    assert "unregistered" not in row.flags
    whole = await city.reads(row)
    (line,) = [line for line in whole.view.timeline if line.what == "moved"]
    assert line.who == "platform" and "中心商城" in str(line.detail["to"])
    await says(city, stranger, 1, NORMAL | FIRE)
    assert [r.id for r in await city.desk()] == [fire.id]
    await says(city, stranger, 1, NORMAL)
    assert (await city.reads(row)).alarms[0].cleared_at is not None
    await city.restarts()
    await says(city, stranger, 2, NORMAL | FIRE)
    assert len(await city.desk()) == 1


async def test_adopted_while_the_engine_stood_still(city: City) -> None:
    stranger, fire = await unregistered_fire(city)
    market = await city.unit("中心商城", premises="crowded", floors=4)
    city.engine_stands_still()
    await market.registers(stranger)
    await says(city, stranger, 1, NORMAL)
    await city.restarts()
    (row,) = await city.desk()
    assert (row.id, row.unit) == (fire.id, "中心商城")
    assert (await city.reads(row)).alarms[0].cleared_at is not None


async def test_a_fire_that_the_unit_has_already_takes_it_in(city: City) -> None:
    market = await city.unit("中心商城", premises="crowded", floors=4)
    point = await market.has("smoke", "一层感烟")
    await point.smokes()
    (first,) = await city.desk()
    await city.passes(minutes=20)
    stranger = await city.stranger()
    await says(city, stranger, 1, NORMAL | FIRE)
    assert len(await city.desk()) == 2
    await market.registers(stranger)
    (row,) = await city.desk()
    assert row.id == first.id and len(row.alarms) == 2
    assert {"absorbed", "merged", "moved"} <= set((await city.reads(row)).told)


async def two_units(city: City) -> tuple[Unit, Unit]:
    old = await city.unit("老楼", premises="crowded", floors=4, heads=1)
    return old, await city.unit("新楼", premises="crowded", floors=4)


async def test_a_device_that_moves_takes_all_that_stands_and_leaves_the_rest(city: City) -> None:
    old, new = await two_units(city)
    second = await old.has_device()
    await says(city, second, 7, NORMAL | FIRE | 4)
    await old.head(floor=4, point=1).fails()
    (fire,) = await city.desk()
    assert len(await city.tasks()) == 2
    found = (await (await city.person()).get("/devices", params={"q": second.address})).json()["items"]
    (device,) = [d for d in found if d["address"] == second.address]
    await patched(city, f"/devices/{device['id']}", unit_id=new.id, building_id=new.building_id)
    (row,) = await city.desk()
    assert (row.id, row.unit, row.building) == (fire.id, "新楼", "新楼")
    assert sorted(task.unit for task in await city.tasks()) == ["新楼", "老楼"]
    await says(city, second, 7, NORMAL)
    assert [task.unit for task in await city.tasks()] == ["老楼"]
    assert (await city.reads(row)).alarms[0].cleared_at is not None


async def test_one_of_two_burning_devices_moves(city: City) -> None:
    old, new = await two_units(city)
    second = await old.has_device()
    await old.head(floor=1, point=1).smokes()
    await says(city, second, 7, NORMAL | FIRE)
    (fire,) = await city.desk()
    found = (await (await city.person()).get("/devices", params={"q": second.address})).json()["items"]
    (device,) = [d for d in found if d["address"] == second.address]
    await patched(city, f"/devices/{device['id']}", unit_id=new.id, building_id=new.building_id)
    rows = {row.unit: row for row in await city.desk()}
    assert set(rows) == {"老楼", "新楼"} and rows["老楼"].id == fire.id
    cleared = [a.device.name for a in (await city.reads(rows["老楼"])).alarms if a.cleared_at]
    assert len(cleared) == 1 and "感烟7" in cleared[0]
    await says(city, second, 7, NORMAL)
    assert (await city.reads(rows["新楼"])).alarms[0].cleared_at is not None


async def test_incidents_follow_their_unit_into_another_scope(city: City) -> None:
    market = await city.unit("中心商城", premises="crowded", floors=4, heads=1)
    await market.head(floor=1, point=1).smokes()
    await market.head(floor=2, point=1).smokes()
    (fire,) = await city.desk()
    assert await seen_by(city, "old", "area:360802") == {fire.id}
    assert await seen_by(city, "new", "area:360803") == set()
    await patched(city, f"/units/{market.id}", area_code="360803", name="新区商城")
    assert await seen_by(city, "old2", "area:360802") == set()
    assert await seen_by(city, "new2", "area:360803") == {fire.id}
    (row,) = await city.desk()
    assert row.unit == "新区商城" and "moved" in (await city.reads(row)).told
    newcomer = await city.web.person("new3", Role.DUTY, "area:360803")
    whole = (await newcomer.get(f"/incidents/{fire.id}")).json()
    assert len(whole["alarms"]) == 2 and "merged" in [line["what"] for line in whole["timeline"]]
    async with city.web.pool.acquire() as conn:
        told = [(e.type.value, e.owned.area) for e in await log.read(conn, 0, 1000) if e.subject == fire.id]
    assert told[-2:] == [("incident.left", "360802"), ("incident.changed", "360803")]
