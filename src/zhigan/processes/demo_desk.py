"""The demo's city desk has a calendar: two teams, twelve hours each, day and night in turn every fortnight; and one of
its homes a micro fire station, to whose people the demo's station account belongs.

Enters: a signed-in administrator, the accounts of the two teams, the station's unit. Leaves: the desk and its shifts,
the station; where there is one already, or no calendar can be laid out, nothing is changed.
"""

from collections.abc import Sequence
from datetime import timedelta

import httpx

from zhigan.runtime.clock import SystemClock
from zhigan.vocabulary.moments import SHANGHAI

NAME = "市级值班台"
AHEAD = timedelta(days=61)
STATION = "JA-ST-1"


async def laid_out(admin: httpx.AsyncClient, teams: Sequence[Sequence[str]]) -> None:
    made = await admin.post("/shift-desks", json={"name": NAME, "scope": "city", "hours": 12})
    if made.status_code != 201:
        return
    desk = made.json()["id"]
    people = (await admin.get(f"/shift-desks/{desk}/people")).json()["items"]
    accounts = {person["name"]: person["account_id"] for person in people}
    sitting = [[accounts[name] for name in team if name in accounts] for team in teams]
    today = SystemClock().now().astimezone(SHANGHAI).date()
    plan = {"from_day": f"{today}", "until_day": f"{today + AHEAD}", "teams": sitting, "run": 14}
    await admin.post(f"/shift-desks/{desk}/rotation", json=plan)
    await _begun(admin, desk, sitting)


async def _begun(admin: httpx.AsyncClient, desk: str, sitting: Sequence[Sequence[str]]) -> None:
    """A calendar plans what has not begun; who sits there now is put down by hand: the team that is not next."""
    now = next(each for each in (await admin.get("/shift-desks/now")).json()["items"] if each["desk_id"] == desk)
    following = {person["account_id"] for person in now["next"]}
    team = next((team for team in sitting if not following & set(team)), ())
    for account in team if not now["people"] else ():
        duty = {"day": now["day"], "slot": now["slot"], "account_id": account}
        await admin.post(f"/shift-desks/{desk}/duties", json=duty)


async def stationed(admin: httpx.AsyncClient, home: str, phone: str) -> None:
    """The station stands where the home is, and looks after it."""
    there = (await admin.get("/units", params={"code": home})).json()["items"]
    if not there or there[0]["lon"] is None:
        return
    unit = there[0]
    new = {
        "kind": "station", "code": STATION, "name": f"{unit['name']}微型消防站", "area_code": unit["reporting_area"],
        "lon": unit["lon"], "lat": unit["lat"],
    }  # fmt: skip
    made = await admin.post("/organisations", json=new)
    if made.status_code != 201:
        return
    member = {"name": "站员", "post": "站员", "phone": phone}
    await admin.post(f"/organisations/{made.json()['id']}/members", json=member)
    await admin.patch(f"/units/{unit['id']}", json={"station": STATION})
