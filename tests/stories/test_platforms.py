"""Other makers' platforms report to the city: from their documents to the row at the desk, each device once."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.carrier import Carrier, pushing, smoke
from support.city import HANDLERS, City, living
from support.site import Unit, fit
from zhigan.gateways.platforms import api as platforms_api
from zhigan.gateways.platforms.api_door import Doorway
from zhigan.gateways.platforms.watching import SourceWatch
from zhigan.processes import platforms
from zhigan.protocols.carriers.relayed import Word
from zhigan.registry.shapes import NewDevice
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.moments import DAY, SECOND, to_datetime
from zhigan.vocabulary.roles import Role

CODE = "ABCD01250611A0000000100"
SHANGHAI_H = 8 * 3600 * SECOND


class Town:
    """A city to which platforms report, beside a carrier whose line their words take."""

    def __init__(self, city: City, carrier: Carrier) -> None:
        self.city = city
        self.carrier = carrier
        self.stranger = city.web.client()

    async def joins(self, slug: str = "acme", adapter: str = "gbt45839", **more: object) -> tuple[str, str]:
        """Its id and its secret."""
        body = {"slug": slug, "name": f"{slug} 消防云", "adapter": adapter, **more}
        made: Any = await self.city.asks("/platforms", body)
        return made["platform"]["id"], made["secret"]

    async def says(
        self, secret: str, path: str, body: object, slug: str = "acme", headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """What another platform sends, and what it hears."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = headers or {"authorization": f"Bearer {secret}"}
        answer = await self.stranger.post(f"/platforms/{slug}/push/{path}", content=content, headers=head)
        await self.city.settles()
        return answer

    async def gets(self, path: str) -> Any:
        answer = await (await self.city.person(Role.ADMIN)).get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def puts(self, path: str, body: object, status: int = 200) -> Any:
        answer = await (await self.city.person(Role.ADMIN)).put(path, json=body)
        assert answer.status_code == status, answer.text
        await self.city.settles()
        return answer.json() if answer.content else None

    def when(self, back_s: float = 0) -> str:
        """As Annex D writes times: local, without an offset."""
        return to_datetime(self.city.clock.micros() - int(back_s * SECOND) + SHANGHAI_H).strftime("%Y-%m-%d %H:%M:%S")

    def status(self, serial: str, status: int, back_s: float = 0, **more: object) -> dict[str, object]:
        return {
            "company": "ABCD", "serial": serial, "status": status, "signalStrength": -88, "batteryPercentage": 91,
            "datetime": self.when(back_s), **more,
        }  # fmt: skip


def install(serial: str, unit: str, **more: object) -> dict[str, object]:
    return {
        "company": "ABCD", "serial": serial, "name": "客厅烟感", "netType": "01",
        "categoryName": "独立式感烟火灾探测报警器",
        "client": unit, "address": "井冈山大道1号", "deviceAddress": "3栋1203室客厅", "productingDate": "2025-06-11",
        "longitude": 114.98, "latitude": 27.11, "activeTime": "2025-07-01 08:00:00", "organizationName": "滨江物业",
        "area": "360802", "responsible": "王工", "mobile": "13800001234", **more,
    }  # fmt: skip


@pytest.fixture
async def town(dsn: str, pool: Pool, tmp_path: Path, hand_clock: HandClock) -> AsyncIterator[Town]:
    ready: asyncio.Future[Doorway] = asyncio.get_running_loop().create_future()

    async def carry(words: Sequence[Word]) -> None:
        await (await ready).carry(words)

    handlers = [*HANDLERS, *platforms_api.handlers]
    more = {"doorway": Doorway(carry)}
    async with (
        living(dsn, pool, tmp_path, hand_clock, handlers, more) as city,
        pushing(city.platform.intake, city.clock, tmp_path / "run") as carrier,
    ):
        ready.set_result(platforms.doorway(carrier.line))
        yield Town(city, carrier)


async def test_a_fire_told_by_a_platform_is_at_the_desk_in_its_unit_and_ends_with_normal(town: Town) -> None:
    tower = await town.city.unit("滨江小区3栋", premises="high_rise_residential", floors=18)
    id_, secret = await town.joins()
    assert (await town.says(secret, "Install_info", install(CODE, "滨江小区"))).json() == {"success": 1}
    (name,) = (await town.gets(f"/platforms/{id_}/units"))["items"]
    assert (name["name"], name["devices"], name["unit_id"]) == ("滨江小区", 1, None)
    said = await town.puts(f"/platforms/{id_}/units", {"name": "滨江小区", "unit_id": tower.id})
    assert said == {"adopted": 1, "refused": []}
    assert (await town.says(secret, "status_info", town.status(CODE, 2))).json() == {"success": 1}
    (incident,) = await town.city.desk()
    assert (incident.grade, incident.kind, incident.unit) == ("II", "fire", "滨江小区3栋")
    assert incident.alarms[0].device.name == "客厅烟感"
    await town.city.passes(seconds=90)
    await town.says(secret, "status_info", town.status(CODE, 1))
    (incident,) = await town.city.desk()
    assert incident.alarms[0].cleared_at is not None
    (device,) = (await town.gets(f"/platforms/{id_}/devices"))["items"]
    assert (device["status"], device["device"], device["life"]) == ("normal", "客厅烟感", "in_service")
    assert "13800001234" not in json.dumps(await town.gets(f"/platforms/{id_}/devices"))
    await town.says(secret, "Install_info", install(CODE + "1", "滨江小区"))
    assert (await town.gets(f"/platforms/{id_}/devices?q={CODE}1"))["items"][0]["device"] == "客厅烟感"


async def test_a_fire_of_a_device_that_nobody_matched_is_at_the_desk_all_the_same(town: Town) -> None:
    _, secret = await town.joins()
    await town.says(secret, "status_info", town.status("X1", 2, categoryName="可燃气体探测器"))
    (incident,) = await town.city.desk()
    assert (incident.kind, incident.unit, incident.view.place) == ("gas", "", "X1")
    await town.says(secret, "status_info", town.status("X2", 2))
    assert {row.kind for row in await town.city.desk()} == {"gas", "fire"}


async def test_a_device_that_reaches_the_city_twice_is_one_device_and_one_incident(town: Town) -> None:
    tower: Unit = await town.city.unit("滨江小区3栋", premises="high_rise_residential", floors=18)
    await fit(
        town.city,
        [
            NewDevice(
                unit_id=tower.id, building_id=tower.building_id, name="1203室", type="smoke", gateway="ctwing",
                address="d1203", floor="12", flat="1203", serial=CODE,
            )
        ],
    )  # fmt: skip
    id_, secret = await town.joins()
    await town.carrier.says(smoke("d1203", town.city.clock.micros(), 1))
    await town.city.passes(seconds=3)
    await town.says(secret, "status_info", town.status(CODE, 2))
    (incident,) = await town.city.desk()
    assert [alarm.device.name for alarm in incident.alarms] == ["1203室"]
    (device,) = (await town.gets(f"/platforms/{id_}/devices"))["items"]
    assert (device["gateway"], device["address"], device["device"]) == ("ctwing", "d1203", "1203室")
    # by hand, where no serial stands in our books
    await town.says(secret, "status_info", town.status("their-77", 3))
    await town.puts(f"/platforms/{id_}/same", {"serial": "their-77", "device_id": device["device_id"]})
    await town.says(secret, "status_info", town.status("their-77", 2, -1))
    (again,) = await town.city.desk()
    assert again.id == incident.id and len(again.alarms) == 1


async def test_what_is_sent_again_counts_once_and_what_comes_late_keeps_its_time(town: Town) -> None:
    tower = await town.city.unit("滨江小区3栋")
    id_, secret = await town.joins()
    await town.says(secret, "Install_info", install("S1", "滨江小区"))
    await town.puts(f"/platforms/{id_}/units", {"name": "滨江小区", "unit_id": tower.id})
    body = town.status("S1", 2, back_s=3 * DAY / SECOND)
    for _ in range(3):
        assert (await town.says(secret, "status_info", body)).status_code == 200
    async with town.city.web.pool.acquire() as conn:
        rows = await conn.fetch("select at, received_at from history.signal where conditions & 1 <> 0")
    assert len(rows) == 1
    assert (rows[0]["received_at"] - rows[0]["at"]).days == 3
    (day,) = (await town.gets(f"/platforms/{id_}/days"))["items"]
    assert (day["states"], day["alarms"], day["late"], day["agrees"]) == (3, 3, 3, None)
    told = {"day": day["day"], "alarms": 3, "faults": 1, "devices": 1}
    assert (await town.says(secret, "counts", told)).status_code == 200
    (day,) = (await town.gets(f"/platforms/{id_}/days"))["items"]
    assert (day["their_faults"], day["our_devices"], day["agrees"]) == (1, 1, False)
    await town.says(secret, "counts", told | {"faults": 0})
    assert (await town.gets(f"/platforms/{id_}/days"))["items"][0]["agrees"] is True


async def test_one_bad_record_is_named_and_the_others_are_taken(town: Town) -> None:
    id_, secret = await town.joins()
    batch = [town.status("S1", 2), town.status("S2", 9), {"status": 1}, town.status("S3", 2, datetime="gestern")]
    answer = await town.says(secret, "status_info", batch)
    assert answer.status_code == 200
    assert [line.split(":")[0] for line in answer.json()["refused"]] == [
        "record[1].status", "record[2].serial", "record[3].at",
    ]  # fmt: skip
    assert len(await town.city.desk()) == 1
    assert (await town.says(secret, "status_info", town.status("S9", 9))).json()["success"] == 0
    assert (await town.says(secret, "status_info", b"{no json")).status_code == 400
    assert (await town.says(secret, "Install_info", install("S 1", "滨江小区"))).status_code == 400
    refusals = (await town.gets(f"/platforms/{id_}/refusals"))["items"]
    assert len(refusals) == 6 and {line["code"] for line in refusals} == {
        "platform.unread", "platform.status", "platform.time", "platform.serial", "value.required",
    }  # fmt: skip
    assert [line["params"] for line in refusals if line["code"] == "platform.time"] == [{"got": "gestern"}]
    assert "138****1234" in json.dumps(refusals) and "13800001234" not in json.dumps(refusals)
    assert (await town.gets(f"/platforms/{id_}"))["refused"] == 5


async def test_nobody_else_is_heard(town: Town) -> None:
    _, secret = await town.joins(areas=["360802"])
    await town.joins("far", hosts=["203.0.113.0/24"])
    fire = town.status("S1", 2)
    for slug, shown in (("acme", "wrong"), ("acme", ""), ("none", secret), ("far", secret)):
        assert (
            await town.says(shown, "status_info", fire, slug, {"authorization": f"Bearer {shown}"})
        ).status_code == 401
    assert (await town.says(secret, "elsewhere", fire)).status_code == 404
    assert (await town.says(secret, "status_info", b"x" * (1 << 20) + b"y")).status_code == 413
    assert (await town.says(secret, "status_info", [fire] * 1001)).status_code == 413
    assert await town.city.desk() == []


async def test_a_platform_speaks_only_of_its_own_ground(town: Town) -> None:
    """A serial that stands elsewhere on our books, and a unit elsewhere, are not its."""
    tower = await town.city.unit("滨江小区3栋")
    await fit(
        town.city,
        [NewDevice(unit_id=tower.id, name="别处", type="smoke", gateway="ctwing", address="d1", serial=CODE)],
    )
    id_, secret = await town.joins(areas=["360821"])
    await town.says(secret, "Install_info", install(CODE, "滨江小区"))
    (device,) = (await town.gets(f"/platforms/{id_}/devices"))["items"]
    assert (device["gateway"], device["address"]) == ("platform", f"acme:{CODE}")
    said = await town.puts(f"/platforms/{id_}/units", {"name": "滨江小区", "unit_id": tower.id})
    assert said["adopted"] == 0 and len(said["refused"]) == 1
    (ours,) = [d for d in (await town.gets("/devices"))["items"] if d["address"] == "d1"]
    await town.puts(f"/platforms/{id_}/same", {"serial": CODE, "device_id": ours["id"]}, 400)


async def test_xml_of_gbt_26875_8_and_a_login_of_the_provincial_shape(town: Town) -> None:
    _, secret = await town.joins("xml", "gb26875_8")
    document = (
        '<publish xmlns="urn:x"><sbzt><sbbh>A7</sbbh><zt>2</zt><fssj>'
        f"{town.when()}</fssj><sblx>感烟</sblx></sbzt></publish>"
    )
    answer = await town.says(secret, "publish", document.encode(), "xml")
    assert answer.status_code == 200 and "<code>0</code>" in answer.text
    assert len(await town.city.desk()) == 1
    _, secret = await town.joins("rest", "rest")
    wrong = await town.says("", "login", {"USERID": "rest", "PASSWORD": "guess"}, "rest", {"x": "y"})
    assert wrong.status_code == 401
    came = await town.says("", "login", {"USERID": "rest", "PASSWORD": secret}, "rest", {"x": "y"})
    token = came.json()["TOKEN"]
    event = {"DATA": [{"ID": "E5", "STATE": "2", "TIME": town.when()}]}
    assert (await town.says("", "event", event, "rest", {"authorization": token})).json() == {"code": 0}
    assert len(await town.city.desk()) == 2
    town.city.clock.advance(61 * 60)
    assert (await town.says("", "event", event, "rest", {"authorization": token})).status_code == 401
    assert (await town.says("", "event", event, "rest", {"authorization": token[:-3]})).status_code == 401


async def test_its_silence_is_seen_and_its_gap_is_kept(town: Town) -> None:
    id_, secret = await town.joins(silent_s=600)
    assert (await town.gets(f"/platforms/{id_}"))["state"] == "never"
    await town.says(secret, "status_info", town.status("S1", 1, back_s=2))
    seen = await town.gets(f"/platforms/{id_}")
    assert (seen["state"], seen["lag_s"]) == ("live", pytest.approx(2, abs=1))
    await town.city.passes(minutes=11)
    assert (await town.gets(f"/platforms/{id_}"))["state"] == "silent"
    (gap,) = (await town.gets(f"/platforms/{id_}/gaps"))["items"]
    assert gap["ended_at"] is None
    watch = SourceWatch(town.city.web.pool, town.city.clock)
    assert [await watch.look(), await watch.look()] == [1, 1]
    (row,) = await town.city.attention()
    assert (row.grade, row.kind, row.view.place) == ("III", "link", "acme 消防云")
    await town.says(secret, "status_info", town.status("S1", 1))
    (gap,) = (await town.gets(f"/platforms/{id_}/gaps"))["items"]
    assert gap["ended_at"] is not None
    assert await watch.look() == 0 and await town.city.attention() == []
    assert (await town.gets(f"/platforms/{id_}"))["state"] == "live"


async def test_a_secret_made_anew_ends_the_old_one_and_a_retired_platform_is_not_heard(town: Town) -> None:
    id_, old = await town.joins()
    new = (await town.city.asks(f"/platforms/{id_}/secret", {}, status=200))["secret"]
    assert (await town.says(old, "status_info", town.status("S1", 1))).status_code == 401
    assert (await town.says(str(new), "status_info", town.status("S1", 1))).status_code == 200
    assert (await (await town.city.person(Role.ADMIN)).delete(f"/platforms/{id_}")).status_code == 204
    assert (await town.says(str(new), "status_info", town.status("S1", 1))).status_code == 401


async def test_a_map_that_does_not_hold_is_refused_with_every_fault(town: Town) -> None:
    admin = await town.city.person(Role.ADMIN)
    map_ = {
        "form": "json",
        "status": {"path": "s", "fields": {"serial": "a", "color": "b"}, "words": {"status": {"1": "on fire"}}},
    }
    answer = await admin.post(
        "/platforms", json={"slug": "bad", "name": "b", "adapter": "rest", "map": json.dumps(map_)}
    )
    assert answer.status_code == 400
    assert [e["field"] for e in answer.json()["errors"]] == [
        "map.status.fields.status", "map.status.fields.color", "map.status.words.status.1",
    ]  # fmt: skip
