"""An industry's own installation joins the city: the invitation, what comes up, and how it ends."""

import msgspec

from support.happenings import alarm, incident_id, opened, place
from support.joined import Side, by_id
from zhigan.federation.worker import Fate
from zhigan.incidents.model import Joined, Place
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import Owned


def at(unit: str, code: str, industry: str = "") -> Place:
    owned = Owned(area="360802", unit=code, industry=industry)
    return msgspec.structs.replace(place(1), unit_id=unit, unit_code=code, unit_name=f"{code}单位", owned=owned)


async def test_what_stands_and_what_happens_comes_up(city: Side, school: Side) -> None:
    unit = await school.unit("S-1", industry="education")
    device = await school.device(unit, "0119000000A1")
    before = msgspec.structs.replace(opened(1, at=school.clock.micros()), place=at(unit, "S-1", "education"))
    await school.happens(before)
    await school.joins(city)
    await school.happens(
        msgspec.structs.replace(
            opened(2, at=school.clock.micros()), place=at(unit, "S-1", "education"),
            alarms=(msgspec.structs.replace(alarm(2), device_id=device),),
        )
    )  # fmt: skip
    assert await school.rises() > 2

    found = by_id(await city.incidents())
    assert set(found) == {incident_id(1), incident_id(2)}
    copy = found[incident_id(2)]
    assert copy["came_from"] == ["教育局平台"] and copy["unit"]["code"] == "S-1" and copy["state"] == "open"
    whole = await city.get(f"/incidents/{incident_id(2)}")
    assert whole["alarms"][0]["device"]["id"] == device
    assert whole["timeline"][0]["detail"]["origin"] == {"platform": "教育局平台", "seq": 1}
    units = (await city.get("/units"))["items"]
    assert [u["code"] for u in units] == ["S-1"]
    kept = await city.get(f"/devices/{device}")
    assert kept["gateway"] == "federation" and kept["address"] == "school:gb26875:0119000000A1"

    platform = (await city.platforms())[0]
    assert platform["state"] == "live" and platform["behind"] == 0
    await school.uplink.send(counting=True)
    platform = (await city.platforms())[0]
    assert platform["told"] == {"units": 1, "devices": 1} == platform["held"] and platform["whole"] is True
    above = await school.get("/federation/upper")
    assert above["upper"]["behind"] == 0 and above["upper"]["called"] == "教育局平台"
    assert await city.broken() is None and await school.broken() is None


async def test_steps_below_are_steps_above_until_somebody_above_acts(city: Side, school: Side) -> None:
    unit = await school.unit("S-1")
    await school.joins(city)
    await school.happens(msgspec.structs.replace(opened(1, at=school.clock.micros()), place=at(unit, "S-1")))
    await school.rises()
    here = f"/incidents/{incident_id(1)}"
    await school.post(f"{here}/accept", {}, Role.DUTY)
    await school.rises()
    copy = await city.get(here)
    assert copy["state"] == "verifying" and copy["claimed_by"]["name"].startswith("duty")
    await city.post(f"{here}/confirm", {"basis": "phone"}, Role.DUTY)
    await school.post(f"{here}/dismiss", {"cause": "U1"}, Role.DUTY)
    await school.rises()
    copy = await city.get(here)
    assert copy["state"] == "confirmed" and "closed_there" in copy["flags"]
    assert [line["what"] for line in copy["timeline"]] == ["opened", "accepted", "confirmed", "dismissed"]
    assert (await school.get(here))["state"] == "closed"
    assert await city.broken() is None


async def test_what_the_city_closed_never_keeps_the_next_alarm_down(city: Side, school: Side) -> None:
    """A peer's known flaw: the cloud clears an alarm, and the edge can raise no further one."""
    unit = await school.unit("S-1")
    await school.joins(city)
    await school.happens(msgspec.structs.replace(opened(1, at=school.clock.micros()), place=at(unit, "S-1")))
    await school.rises()
    await city.post(f"/incidents/{incident_id(1)}/dismiss", {"cause": "U1"}, Role.DUTY)
    assert (await school.get(f"/incidents/{incident_id(1)}"))["state"] == "open"
    more = msgspec.structs.replace(alarm(1, 7, at=school.clock.micros()))
    await school.happens(Joined(incident=incident_id(1), alarm=more, at=school.clock.micros()))
    await school.rises()
    rows = await city.incidents()
    states = {row["state"]: row["id"] for row in rows}
    assert states["closed"] == incident_id(1) and states["open"] != incident_id(1)
    again = await city.get(f"/incidents/{states['open']}")
    assert [a["id"] for a in again["alarms"]] == [more.id] and again["came_from"] == ["教育局平台"]
    await school.post(f"/incidents/{incident_id(1)}/accept", {}, Role.DUTY)
    await school.rises()
    assert (await city.get(f"/incidents/{again['id']}"))["state"] == "verifying"
    assert await city.broken() is None


async def test_only_what_the_invitation_names_comes_in(city: Side, school: Side) -> None:
    inside = await school.unit("S-1", industry="education")
    outside = await school.unit("H-1", industry="health")
    await school.joins(city, scope="industry:education")
    now = school.clock.micros()
    await school.happens(
        msgspec.structs.replace(opened(1, at=now), place=at(inside, "S-1", "education")),
        msgspec.structs.replace(opened(2, at=now), place=at(outside, "H-1", "health")),
        msgspec.structs.replace(opened(3, at=now), place=Place(text="未登记装置")),
    )
    await school.rises()
    assert set(by_id(await city.incidents())) == {incident_id(1), incident_id(3)}
    assert [u["code"] for u in (await city.get("/units"))["items"]] == ["S-1"]
    seen = await city.get("/incidents", Role.INDUSTRY, "industry:education")
    assert set(by_id(seen["items"])) == {incident_id(1), incident_id(3)}


async def test_a_unit_that_both_know_stays_the_citys(city: Side, school: Side) -> None:
    ours = await city.unit("S-1", name="市里的名字")
    theirs = await school.unit("S-1", name="平台的名字")
    await school.joins(city)
    await school.happens(msgspec.structs.replace(opened(1, at=school.clock.micros()), place=at(theirs, "S-1")))
    await school.rises()
    units = (await city.get("/units"))["items"]
    assert [(u["id"], u["name"]) for u in units] == [(ours, "市里的名字")]
    assert (await city.get(f"/incidents/{incident_id(1)}"))["unit"]["id"] == ours


async def test_a_code_opens_once_and_not_for_ever(city: Side, school: Side, province: Side) -> None:
    code = await city.invites()
    listed = (await city.get("/federation/invitations"))["items"]
    assert code not in str(listed)
    admin = await school.person()
    wrong = await admin.post("/federation/upper", json={"url": city.url, "code": "abcde-abcde-abcde-abcde-abcde"})
    assert wrong.status_code == 409 and wrong.json()["code"] == "federation.refuses"
    shut = await admin.post("/federation/upper", json={"url": "http://169.254.169.254", "code": code})
    assert shut.status_code == 409 and shut.json()["code"] == "federation.shut"
    assert (await admin.post("/federation/upper", json={"url": city.url, "code": code.upper()})).status_code == 200
    other = await (await province.person()).post("/federation/upper", json={"url": city.url, "code": code})
    assert other.status_code == 409
    late = await city.invites("late", hours=1)
    city.clock.advance(3601)
    other = await (await province.person()).post("/federation/upper", json={"url": city.url, "code": late})
    assert other.status_code == 409


async def test_either_side_ends_it(city: Side, school: Side) -> None:
    await school.joins(city)
    await school.rises()
    platform = (await city.platforms())[0]
    await city.post(f"/federation/platforms/{platform['id']}/revoke", {})
    assert (await school.uplink.send()).fate is Fate.ENDED
    assert (await school.get("/federation/upper"))["upper"]["left_by"] == "zhigan119"
    assert (await school.uplink.send()).fate is Fate.NOBODY
    await school.joins(city, "again")
    unit = await school.unit("S-1")
    await school.happens(msgspec.structs.replace(opened(1, at=school.clock.micros()), place=at(unit, "S-1")))
    await school.rises()
    assert len(await city.incidents()) == 1 and (await city.platforms())[0]["slug"] == "again"
    answer = await (await school.person()).delete("/federation/upper")
    assert answer.status_code == 200
    assert (await city.platforms())[0]["state"] == "revoked"


async def test_nobody_joins_below_himself(city: Side, school: Side) -> None:
    await school.joins(city)
    code = await school.invites("loop", "环")
    looped = await (await city.person()).post("/federation/upper", json={"url": school.url, "code": code})
    assert looped.status_code == 409
    own = await city.invites("own", "自己")
    assert (
        await (await city.person()).post("/federation/upper", json={"url": city.url, "code": own})
    ).status_code == 409


async def test_people_of_a_part_see_their_part_of_it(city: Side, school: Side) -> None:
    await school.joins(city, scope="area:360802")
    assert len((await city.get("/federation/platforms", Role.LEAD, "area:360802"))["items"]) == 1
    assert (await city.get("/federation/platforms", Role.LEAD, "area:360803"))["items"] == []
    id_ = (await city.platforms())[0]["id"]
    stranger = await city.person(Role.LEAD, "area:360803")
    assert (await stranger.get(f"/federation/platforms/{id_}")).status_code == 404
    assert (await stranger.post(f"/federation/platforms/{id_}/revoke")).status_code == 404
    lead = await city.person(Role.LEAD, "area:360802")
    assert (await lead.post(f"/federation/platforms/{id_}/revoke")).status_code == 403
    assert (await lead.post("/federation/invitations", json={"slug": "x", "name": "x"})).status_code == 403


async def test_lists_say_where_a_thing_comes_from_and_are_narrowed_to_it(city: Side, school: Side) -> None:
    ours, theirs = await city.unit("C-1"), await school.unit("S-1")
    devices = {await city.device(ours, "0119000000C1"): [], await school.device(theirs, "0119000000A1"): ["教育局平台"]}
    await school.joins(city)
    here, there = opened(1, at=city.clock.micros()), opened(2, at=school.clock.micros())
    await city.happens(msgspec.structs.replace(here, place=at(ours, "C-1")))
    await school.happens(msgspec.structs.replace(there, place=at(theirs, "S-1")))
    await school.rises()
    for path, own, copied in (
        ("/units", ours, theirs), ("/devices", *devices), ("/incidents", incident_id(1), incident_id(2)),
    ):  # fmt: skip
        for origin, found in (("none", {own: []}), ("教育局平台", {copied: ["教育局平台"]}), ("nobody", {})):
            rows = (await city.get(f"{path}?origin={origin}"))["items"]
            assert {row["id"]: row["came_from"] for row in rows} == found, (path, origin)
