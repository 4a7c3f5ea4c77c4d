"""The centre's books: the register of alarms, filled in by what happened and by the steps that people took."""

import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.city import HANDLERS, City, living
from zhigan.desks.shifts import api_register
from zhigan.incidents.press import Press
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.roles import Role


@pytest.fixture
async def city(dsn: str, pool: Pool, tmp_path: Path, hand_clock: HandClock) -> AsyncIterator[City]:
    handlers = [*HANDLERS, *api_register.handlers]
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
