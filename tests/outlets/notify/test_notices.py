"""GB/T 45839, 5.10.4: besides alarms people are told of faults, of their end, and of devices that were scrapped."""

from typing import Any

import httpx

from support.site import Unit
from support.telling import Telling
from zhigan.vocabulary.roles import Role


async def managed(telling: Telling) -> tuple[Unit, httpx.AsyncClient]:
    school = await telling.site(contacts=())
    code = (await (await telling.city.person(Role.ADMIN)).get(f"/units/{school.id}")).json()["code"]
    return school, await telling.city.web.person("manager", Role.UNIT, f"unit:{code}")


async def inbox(manager: httpx.AsyncClient) -> list[dict[str, Any]]:
    return (await manager.get("/notifications/inbox")).json()["items"]


async def test_a_fault_and_its_end_are_told_with_kind_place_and_time(telling: Telling) -> None:
    school, manager = await managed(telling)
    head = school.head(floor=3, point=1)
    await head.fails()
    await telling.carries()
    [fault] = await inbox(manager)
    assert fault["text"].startswith("蓝色预警 设备故障：吉州一中") and "3" in fault["text"] and "月" in fault["text"]
    await head.clears()
    await telling.passes(120, step=30)
    restored = [m for m in await inbox(manager) if m["purpose"] == "cleared"]
    assert len(restored) == 1 and restored[0]["text"].startswith("设备故障已恢复：吉州一中")


async def retired(telling: Telling, unit: Unit, many: int) -> list[str]:
    """So many detectors, registered and taken out of service for good."""
    admin = await telling.city.person(Role.ADMIN)
    ids: list[str] = []
    for n in range(many):
        body = {
            "unit_id": unit.id, "name": f"走廊烟感{n}", "type": "smoke", "gateway": "ctwing", "floor": 2,
            "address": f"scrap-{n}",
        }  # fmt: skip
        ids.append(str((await telling.city.asks("/devices", body))["id"]))
    for id_ in ids:
        changed = await admin.patch(f"/devices/{id_}", json={"state": "retired"})
        assert changed.status_code == 200, changed.text
    return ids


async def test_a_scrapped_device_is_told_and_is_work_until_another_is_fitted(telling: Telling) -> None:
    school, manager = await managed(telling)
    await telling.courier.begin()
    await retired(telling, school, 1)
    await telling.carries()
    [told] = await inbox(manager)
    assert told["text"].startswith("蓝色预警 设备报废：吉州一中"), told
    [task] = [t for t in await telling.city.tasks() if "scrapped" in t.view.flags]
    assert "走廊烟感0" in task.view.reasons[0].zh and "请安排更换" in task.view.reasons[0].zh
    await telling.carries()
    assert len(await inbox(manager)) == 1


async def test_many_scrapped_at_once_are_one_row_of_their_unit(telling: Telling) -> None:
    school, manager = await managed(telling)
    await telling.courier.begin()
    await retired(telling, school, 8)
    await telling.carries()
    tasks = [t for t in await telling.city.tasks() if "scrapped" in t.view.flags]
    assert len(tasks) == 1 and "等 8 台" in tasks[0].view.reasons[0].zh
    assert len(await inbox(manager)) == 1
