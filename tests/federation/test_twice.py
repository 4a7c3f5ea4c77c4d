"""A device that reaches the city by a way of its own and through a joined platform: one device, one incident."""

from typing import Any

import msgspec
import pytest

from federation.test_joining import at
from support.happenings import alarm, incident_id, opened
from support.joined import Side, by_id
from zhigan.federation import rules
from zhigan.federation.model import Likely
from zhigan.incidents.model import Joined, Opened
from zhigan.registry.documents import DeviceDoc
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import Owned, Scope, parse

SERIAL, UNIT = "SN-2026-000119", "S-1"
OURS, THEIRS = 1, 2
IMEI = "490154203237518"


def burns(side: Side, number: int, unit: str, device: str, component: str = "1.1.40.3") -> Opened:
    now = side.clock.micros()
    one = msgspec.structs.replace(alarm(number, at=now), device_id=device, component=component)
    return msgspec.structs.replace(opened(number, at=now), place=at(unit, UNIT), alarms=(one,))


async def twice(city: Side, school: Side, **more: object) -> tuple[str, str, str, str]:
    """One device with one number on both books: (unit and device here, unit and device there)."""
    unit, below = await city.unit(UNIT), await school.unit(UNIT)
    ours = await city.device(unit, "0119000000C1", serial=SERIAL)
    theirs = await school.device(below, "0119000000A1", **({"serial": SERIAL.lower()} | more))
    await school.joins(city)
    await school.rises()
    return unit, ours, below, theirs


async def pairs(city: Side) -> list[Any]:
    platform = (await city.platforms())[0]["id"]
    return list((await city.get(f"/federation/platforms/{platform}/twins"))["items"])


async def living(city: Side) -> set[str]:
    return {row["id"] for row in (await city.get("/devices"))["items"] if row["state"] != "retired"}


async def test_told_from_below_it_goes_on_inside_our_own(city: Side, school: Side) -> None:
    unit, ours, below, theirs = await twice(city, school)
    assert await living(city) == {ours}
    (pair,) = await pairs(city)
    assert (pair["state"], pair["why"], pair["here"]["id"], pair["there"]["id"]) == ("one", "serial", ours, theirs)
    await city.happens(burns(city, OURS, unit, ours))
    await school.happens(burns(school, THEIRS, below, theirs))
    await school.rises()
    (row,) = await city.incidents()
    assert row["id"] == incident_id(OURS) and row["came_from"] == [] and "also_below" in row["flags"]
    assert row["alarm_count"] == 1, "one detector counts once"
    whole = await city.get(f"/incidents/{row['id']}")
    assert whole["merged"] == [incident_id(THEIRS)] and {a["device"]["id"] for a in whole["alarms"]} == {ours}

    # what follows below is seen on ours: another detector's alarm, and a confirmation
    more = msgspec.structs.replace(alarm(THEIRS, 7, at=school.clock.micros()), device_id=None, component="1.1.40.9")
    await school.happens(Joined(incident=incident_id(THEIRS), alarm=more, at=school.clock.micros()))
    await school.post(f"/incidents/{incident_id(THEIRS)}/confirm", {"basis": "on_site"}, Role.DUTY)
    await school.rises()
    (row,) = await city.incidents()
    assert (row["state"], row["grade"], row["alarm_count"]) == ("confirmed", "I", 2)

    # and what people do with ours is told below, as a line
    await city.post(f"/incidents/{row['id']}/note", {"note": "已派消防车"}, Role.DUTY)
    await city.speaks()
    assert await school.hears() == 1
    line = (await school.get(f"/incidents/{incident_id(THEIRS)}"))["timeline"][-1]
    assert (line["what"], line["detail"]["note"]) == ("upper_said", "已派消防车")
    asked = await city.post(f"/federation/asks/{row['id']}", {"ask": "verify"}, Role.DUTY)
    assert asked == {"platform": "教育局平台"}
    for side in (city, school):
        assert await side.broken() is None


async def test_what_came_from_below_first_goes_into_ours_when_ours_is_opened(city: Side, school: Side) -> None:
    """The direct way is slower, or was dead for a while: until then the copy stands alone."""
    unit, ours, below, theirs = await twice(city, school)
    await school.happens(burns(school, THEIRS, below, theirs))
    await school.rises()
    (row,) = await city.incidents()
    assert row["id"] == incident_id(THEIRS) and row["came_from"] == ["教育局平台"]
    await city.post(f"/incidents/{row['id']}/accept", {}, Role.DUTY)
    await city.happens(burns(city, OURS, unit, ours, "1.1.40.8"))
    await city.speaks()
    assert len(await city.incidents()) == 2, "another detector is another matter"
    same = msgspec.structs.replace(alarm(OURS, 3, at=city.clock.micros()), device_id=ours, component="1.1.40.3")
    await city.happens(Joined(incident=incident_id(OURS), alarm=same, at=city.clock.micros()))
    await city.speaks()
    (row,) = await city.incidents()
    assert row["id"] == incident_id(OURS) and row["state"] == "verifying", "whoever has it keeps it"
    await school.rises()
    assert [one["id"] for one in await city.incidents()] == [incident_id(OURS)]
    assert await city.broken() is None


async def test_closed_here_what_goes_on_below_is_seen_again(city: Side, school: Side) -> None:
    unit, ours, below, theirs = await twice(city, school)
    await city.happens(burns(city, OURS, unit, ours))
    await school.happens(burns(school, THEIRS, below, theirs))
    await school.rises()
    await city.post(f"/incidents/{incident_id(OURS)}/dismiss", {"cause": "U1"}, Role.DUTY)
    more = msgspec.structs.replace(alarm(THEIRS, 7, at=school.clock.micros()), device_id=theirs, component="1.1.40.3")
    await school.happens(Joined(incident=incident_id(THEIRS), alarm=more, at=school.clock.micros()))
    await school.rises()
    open_ = [row for row in await city.incidents() if row["state"] == "open"]
    assert len(open_) == 1 and open_[0]["came_from"] == ["教育局平台"]
    again = await city.get(f"/incidents/{open_[0]['id']}")
    assert [one["id"] for one in again["alarms"]] == [more.id]


async def test_the_province_sees_one_too(city: Side, school: Side, province: Side) -> None:
    await city.joins(province, "jian", "吉安市")
    unit, ours, below, theirs = await twice(city, school)
    await city.happens(burns(city, OURS, unit, ours))
    await school.happens(burns(school, THEIRS, below, theirs))
    await school.rises()
    await city.rises()
    (row,) = await province.incidents()
    assert row["id"] == incident_id(OURS) and row["came_from"] == ["吉安市"]
    assert await living(province) == {ours}
    platform = (await city.platforms())[0]
    await school.uplink.send(counting=True)
    assert (await city.get(f"/federation/platforms/{platform['id']}"))["whole"] is True


async def test_what_is_not_certain_waits_for_a_person(city: Side, school: Side) -> None:
    unit, ours, below, theirs = await twice(city, school, maker="甲厂")
    assert [one["state"] for one in await pairs(city)] == ["one"]
    path = f"/federation/platforms/{(await city.platforms())[0]['id']}/twins"
    apart = {"there": theirs, "here": ours, "same": False}
    assert (await (await city.person(Role.DUTY)).post(path, json=apart)).status_code == 403
    admin = await city.person()
    assert (await admin.post(path, json=apart)).status_code == 204
    assert await living(city) == {ours, theirs}
    await school.rises()
    await school.happens(burns(school, THEIRS, below, theirs))
    await city.happens(burns(city, OURS, unit, ours))
    await school.rises()
    await city.speaks()
    assert set(by_id(await city.incidents())) == {incident_id(OURS), incident_id(THEIRS)}
    assert (await admin.post(path, json={**apart, "same": True})).status_code == 204
    assert [row["id"] for row in await city.incidents()] == [incident_id(OURS)]
    (pair,) = await pairs(city)
    assert (pair["state"], pair["why"]) == ("one", "person") and pair["said_by"].startswith("admin")
    assert await living(city) == {ours}
    wrong = await admin.post(path, json={**apart, "here": theirs})
    assert wrong.status_code == 404


async def test_ours_registered_later_is_found(city: Side, school: Side) -> None:
    unit, below = await city.unit(UNIT), await school.unit(UNIT)
    theirs = await school.device(below, "0119000000A1", serial=SERIAL)
    await school.joins(city)
    await school.rises()
    assert await living(city) == {theirs}
    ours = await city.device(unit, "0119000000C1", serial=SERIAL)
    await city.watch.look_for_twins()
    assert await living(city) == {ours}


def likely(**more: str) -> Likely:
    given = {"id": "c", "unit_id": "u", "maker": "", "type": "smoke", "serial": SERIAL, "gateway": "ctwing"}
    return Likely(**{**given, "address": "x", **more}, owned=Owned(area="360802"))


@pytest.mark.parametrize(
    ("told", "ours", "scope", "found"),
    [
        ({}, {}, "city", ("one", "serial")),
        ({"maker": "甲厂"}, {"maker": "乙厂"}, "city", ("perhaps", "maker")),
        ({}, {"unit_id": "v"}, "city", ("perhaps", "unit")),
        ({}, {"type": "heat"}, "city", ("perhaps", "type")),
        ({"serial": "00001"}, {"serial": "00001"}, "city", ("perhaps", "short")),
        ({"serial": "", "address": IMEI}, {"serial": IMEI}, "city", ("one", "imei")),
        ({"serial": IMEI}, {"serial": "", "address": IMEI}, "city", ("one", "imei")),
        ({}, {}, "area:360803", None),
    ],
)
def test_only_what_is_certain_is_paired_by_itself(
    told: dict[str, str], ours: dict[str, str], scope: str, found: tuple[str, str] | None
) -> None:
    doc = DeviceDoc(**{"id": "t", "gateway": "ctwing", "address": "y", "type": "smoke", "serial": SERIAL} | told)
    pairs = rules.same(doc, "u", [likely(**ours)], parse(scope))
    assert [(pair.state, pair.why) for pair in pairs] == ([] if found is None else [found])


def test_two_of_one_number_are_a_question() -> None:
    doc = DeviceDoc(id="t", gateway="ctwing", address="y", type="smoke", serial=SERIAL)
    pairs = rules.same(doc, "u", [likely(), likely(id="d")], Scope())
    assert [pair.state for pair in pairs] == ["perhaps", "perhaps"]
    assert rules.imei(IMEI) and not rules.imei(IMEI[:-1] + "7")
