"""The centre's books: the register of alarms and the routines, filled in by what happened and by what people did."""

import io
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from desks.site import PNG
from support.city import HANDLERS, City, living
from support.site import NORMAL, Unit
from zhigan.desks.routines import api as routines_api
from zhigan.desks.routines import rules, worker
from zhigan.desks.shifts import api_register
from zhigan.incidents.press import Press
from zhigan.runtime.clock import HandClock
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.roles import Role


@pytest.fixture
async def city(dsn: str, pool: Pool, tmp_path: Path, hand_clock: HandClock) -> AsyncIterator[City]:
    handlers = [*HANDLERS, *api_register.handlers, *routines_api.handlers]
    async with living(dsn, pool, tmp_path, hand_clock, handlers=handlers, more={"press": Press()}) as city:
        yield city


async def test_an_alarm_stands_in_the_register_with_who_did_what_and_when(city: City) -> None:
    tower = await city.unit("阳明大厦", premises="crowded", floors=12, heads=4)
    await tower.head(floor=3, point=1).smokes()
    (incident,) = await city.desk()
    await city.step(incident, "accept")
    await city.passes(seconds=40)
    await city.step(incident, "confirm", basis="video", note="走廊有烟")
    await city.passes(seconds=20)
    await city.step(incident, "dispatch")
    await city.passes(minutes=30)
    await city.step(incident, "close", outcome="fire", cause="F2", role=Role.LEAD)
    await tower.head(floor=9, point=1).smokes()
    duty = await city.person()
    [fresh, old] = (await duty.get("/alarm-register")).json()["items"]
    assert (fresh["accepted_at"], fresh["state"], fresh["recorder"]) == (None, "open", "")
    assert (old["how"], old["outcome"], old["cause"], old["note"]) == ("video", "fire", "F2", "走廊有烟")
    times = [old[key] for key in ("received_at", "accepted_at", "verified_at", "reported_at", "closed_at")]
    assert times == sorted(times) and len(set(times)) >= 4
    assert old["accepted_by"] == old["verified_by"] == old["reported_by"] != old["recorder"] != ""
    first = await duty.get("/alarm-register", params={"limit": 1})
    rest = await duty.get("/alarm-register", params={"limit": 1, "cursor": first.json()["next"]})
    assert [first.json()["items"], rest.json()["items"]] == [[fresh], [old]]
    seen = {"q": "阳明", "until": fresh["received_at"]}
    assert [r["id"] for r in (await duty.get("/alarm-register", params=seen)).json()["items"]] == [old["id"]]
    sheet = (await duty.get("/alarm-register/export.csv", params=seen)).text
    assert old["id"] in sheet and fresh["id"] not in sheet
    book = await duty.get("/alarm-register/export.xlsx", params={**seen, "lang": "en"})
    words = zipfile.ZipFile(io.BytesIO(book.content)).read("xl/sharedStrings.xml").decode()
    assert "走廊有烟" in words and "small, put out on site" in words
    paper = await duty.get("/alarm-register/report.pdf", params=seen)
    assert paper.content.startswith(b"%PDF"), paper.text
    outside = await city.web.person("outside", Role.DUTY, "area:360803")
    assert (await outside.get("/alarm-register")).json()["items"] == []


async def days_pass(city: City, days: int, tower: Unit, hour: int = 2) -> None:
    """Each day the device says at some hour what it sees, by its own clock, and the platform looks."""
    for _ in range(days):
        city.clock.advance(86_400)
        await tower.device_says(NORMAL)
        await city.settles()
        city.clock.advance(hour)
        await worker.look(city.web.db, city.clock.now())


async def routine(city: City, **asked: str) -> dict[str, Any]:
    answer = await (await city.person()).get("/routines", params=asked)
    assert answer.status_code == 200, answer.text
    [unit] = answer.json()["items"]
    return unit


async def overdue(city: City) -> list[str]:
    return sorted(
        str(row.view.reasons[0].facts["routine"]) for row in await city.tasks() if "routine" in row.view.flags
    )


async def test_a_month_of_routines_fills_itself_in(city: City) -> None:
    tower = await city.unit("阳明大厦", premises="crowded", floors=12, heads=4)
    start = rules.today(city.clock.now())
    await days_pass(city, 3, tower)
    seen = await routine(city, month=f"{start:%Y-%m}")
    done = [rules.today(city.clock.now()) - timedelta(days=n) for n in (2, 1, 0)]
    first = start.replace(day=1)
    words = list(zip(seen["link"], seen["clock"], strict=True))
    states = {first + timedelta(days=n): word for n, word in enumerate(words)}
    assert {states[day] for day in done if day in states} == {("ok", "ok")}
    assert await overdue(city) == [], "nothing was due before the device stood"
    window = rules.half_month(rules.today(city.clock.now()))
    city.it_is(2)
    await days_pass(city, (window.end - rules.today(city.clock.now())).days + 17, tower)
    assert await overdue(city) == [], "nobody is woken for it"
    city.it_is(10)
    await worker.look(city.web.db, city.clock.now())
    assert await overdue(city) == ["fire_test"]
    test = await city.asks("/tests", {"unit_id": tower.id, "purpose": "月检", "minutes": 60})
    await tower.head(floor=3, point=1).smokes()
    await tower.head(floor=3, point=1).clears()
    city.clock.advance(5)
    await worker.look(city.web.db, city.clock.now())
    seen = await routine(city)
    [proof] = seen["tests"]
    assert proof["by_platform"] and proof["proof"].startswith(f"test:{test['id']} device:") and seen["overdue"] == []
    assert await overdue(city) == [], "made good, the task ends by itself"
    await city.passes(hours=2)
    for _ in range(2):
        city.clock.advance(86_400)
    sound = await city.unit("白鹭洲小学", premises="crowded", floors=3, heads=1)
    await sound.device_says(NORMAL)
    await city.settles()
    await worker.look(city.web.db, city.clock.now())
    assert await overdue(city) == [], "a day on which the platform heard nobody accuses nobody"
    for _ in range(2):
        city.clock.advance(86_400)
        await sound.device_says(NORMAL)
        await city.settles()
        await worker.look(city.web.db, city.clock.now())
    assert await overdue(city) == ["clock", "link"], "one unit has been silent for a day"


async def test_what_people_did_stands_with_their_words(city: City) -> None:
    tower = await city.unit("阳明大厦", premises="crowded", floors=3, heads=1)
    duty, today_ = await city.person(), rules.today(city.clock.now())
    body = {
        "id": mint(city.clock),
        "kind": "fire_test",
        "day": str(today_),
        "words": "手报试验，正常",
        "unit_id": tower.id,
    }
    assert (await duty.post("/routines/records", json=body)).status_code == 201
    assert (await duty.post("/routines/records", json=body)).status_code == 200, "sent again it is the same one"
    files = {"file": ("t.png", PNG, "image/png")}
    taken = await duty.post(f"/routines/records/{body['id']}/photo", files=files)
    assert taken.json()["photo"], taken.text
    assert (await duty.get(f"/routines/records/{body['id']}/photo")).content == PNG
    assert [r["words"] for r in (await routine(city))["tests"]] == ["手报试验，正常"]
    sheet = await duty.get("/routines/export.csv")
    assert "fire_test" in sheet.text and "person" in sheet.text
    centre = {"id": mint(city.clock), "kind": "integration", "day": str(today_), "words": "与119联调完成"}
    assert (await duty.post("/routines/records", json=centre)).status_code == 201
    assert [r["words"] for r in (await duty.get("/routines/integration")).json()["done"]] == ["与119联调完成"]
    outside = await city.web.person("outside", Role.DUTY, "area:360803")
    assert (await outside.get("/routines")).json()["items"] == []
    for wanted in (body, centre):
        assert (await outside.post("/routines/records", json={**wanted, "id": mint(city.clock)})).status_code == 404
    for one in (body["id"], centre["id"]):
        assert (await outside.get(f"/routines/records/{one}/photo")).status_code == 404
    assert (await outside.get("/routines/integration")).status_code == 404
