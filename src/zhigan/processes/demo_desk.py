"""The demo's city desk has a calendar: two teams, twelve hours each, day and night in turn every fortnight.

Enters: a signed-in administrator, the accounts of the two teams. Leaves: the desk and its shifts; where there is one
already, or no calendar can be laid out, nothing is changed.
"""

from collections.abc import Sequence
from datetime import timedelta

import httpx

from zhigan.runtime.clock import SystemClock
from zhigan.vocabulary.moments import SHANGHAI

NAME = "市级值班台"
AHEAD = timedelta(days=61)


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
