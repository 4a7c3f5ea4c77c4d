"""Three levels: the city tells the province what it was told, with the way it came; nothing ever goes round."""

import msgspec

from federation.test_joining import at
from support.happenings import incident_id, opened
from support.joined import Side, by_id
from support.peer import SOURCE
from zhigan.federation import joining, sending, store, wire
from zhigan.federation.model import Told
from zhigan.vocabulary.roles import Role


async def test_a_schools_fire_reaches_the_province_by_the_city(city: Side, school: Side, province: Side) -> None:
    unit = await school.unit("S-1")
    device = await school.device(unit, "0119000000A1")
    await city.unit("C-1")
    await city.joins(province, "jian", "吉安市")
    await school.joins(city)
    await school.happens(msgspec.structs.replace(opened(1, at=school.clock.micros()), place=at(unit, "S-1")))
    await school.rises()
    await city.rises()
    copy = await province.get(f"/incidents/{incident_id(1)}")
    assert copy["came_from"] == ["教育局平台", "吉安市"] and copy["unit"]["id"] == unit
    assert copy["timeline"][0]["detail"]["origin"]["platform"] == "教育局平台"
    assert {u["code"] for u in (await province.get("/units"))["items"]} == {"S-1", "C-1"}
    assert (await province.get(f"/devices/{device}"))["address"] == "jian:school:gb26875:0119000000A1"

    await school.post(f"/incidents/{incident_id(1)}/confirm", {"basis": "on_site"}, Role.DUTY)
    await school.rises()
    await city.rises()
    assert (await province.get(f"/incidents/{incident_id(1)}"))["state"] == "confirmed"
    for side in (school, city, province):
        assert await side.broken() is None


async def test_nothing_goes_back_where_it_came_from(city: Side, school: Side, province: Side) -> None:
    """Even were the three joined in a ring, by a database put together wrongly."""
    unit = await school.unit("S-1")
    await school.joins(city)
    await school.happens(msgspec.structs.replace(opened(1, at=school.clock.micros()), place=at(unit, "S-1")))
    await school.rises()
    await city.joins(province, "jian", "吉安市")
    async with city.pool.acquire() as conn:
        upper = await store.upper(conn, city.federation.vault)
        me = await joining.own(conn, city.clock)
        assert upper is not None
        back = msgspec.structs.replace(upper, platform=(await _own(school)))
        batch = await sending.batch(conn, back, me, city.clock.micros(), None)
    events = wire.batch(batch.body)
    assert all(event.source == SOURCE + me.id for event in events)
    assert not any(wire.read(event.data, Told).incidents or wire.read(event.data, Told).units for event in events)
    await city.rises()
    assert set(by_id(await province.incidents())) == {incident_id(1)}


async def _own(side: Side) -> str:
    async with side.pool.acquire() as conn:
        return (await joining.own(conn, side.clock)).id
