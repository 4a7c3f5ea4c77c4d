"""GB/T 45839, 5.10.4: of a fire, whoever is concerned is told within 15 s by at least two kinds of message, whichever
one provider is down; and what the policy says of those who are not to be called."""

from typing import NamedTuple

import pytest

from support.site import Unit
from support.telling import Telling
from zhigan.outlets.notify.rules import FLOOR_S
from zhigan.vocabulary.roles import Role

PARTS = {
    "control_room": "13900000101",
    "fire_safety_manager": "13900000102",
    "property": "13900000103",
    "station": "13900000104",
    "grid_worker": "13900000105",
    "household": "13900000106",
}
OFF, STANDS_IN, OTHER = "13900000109", "13900000110", "13900000111"
ACCOUNTS = {Role.UNIT: "manager", Role.PROPERTY: "property", Role.STATION: "station", Role.GRID: "grid"}
NIGHTS = {"weekdays": [1, 2, 3, 4, 5, 6, 7], "from_minute": 1320, "until_minute": 360}
TOLD = ("sent", "delivered", "answered")


class Case(NamedTuple):
    """`alone`: by how many kinds somebody is told who has a telephone and nothing else."""

    down: str
    mode: str
    alone: int


CASES = [
    Case("", "ok", 2),
    Case("aliyun-sms", "refused", 2),
    Case("aliyun-sms", "limited", 2),
    Case("tencent", "broken", 2),
    Case("aliyun-voice", "limited", 1),
    Case("aliyun-voice", "silent", 1),
    Case("aliyun-sms", "silent", 1),
]
"""There is one provider of calls: without it, a telephone alone hears a text. A text that may have been taken is asked
about for 25 s before another provider repeats it."""


async def peopled(telling: Telling) -> Unit:
    """Every part by telephone; those who have the app besides, each with a number of their own."""
    school = await telling.site(contacts=tuple(PARTS.items()))
    code = (await (await telling.city.person(Role.ADMIN)).get(f"/units/{school.id}")).json()["code"]
    for n, role in enumerate(ACCOUNTS):
        account = await telling.city.web.account(f"app-{role.value}", role, f"unit:{code}")
        await telling.city.web.pool.execute(
            "update access.account set phone = $2, display_name = $3 where id = $1::uuid",
            account, f"1390000020{n}", f"app-{role.value}",
        )  # fmt: skip
    return school


async def kinds(telling: Telling) -> dict[str, set[str]]:
    """By person: the kinds of message that a provider took in time, or the app's inbox holds."""
    found: dict[str, set[str]] = {}
    for incident in await telling.city.desk():
        for n in await telling.proof(incident):
            if n["state"] in TOLD:
                found.setdefault(n["person"], set()).add(n["channel"])
    return found


def planned(case: Case) -> object:
    marks = [pytest.mark.impatient] if case.mode == "silent" else []
    return pytest.param(case, marks=marks, id=f"{case.down or 'none'}-{case.mode}")


@pytest.mark.parametrize("case", [planned(case) for case in CASES])
async def test_every_part_is_told_of_red_in_time_by_two_kinds(telling: Telling, case: Case) -> None:
    school = await peopled(telling)
    telling.providers.modes = {case.down: case.mode}
    await school.head(floor=3, point=1).smokes()
    await school.head(floor=3, point=2).smokes()  # a second detector: red
    await telling.carries()
    await telling.passes(FLOOR_S - 1, step=5)
    assert [row.grade for row in await telling.city.desk()] == ["I"]
    told = await kinds(telling)
    alone = {name: told.get(name, set()) for n, role in enumerate(PARTS, start=1) if (name := f"{role}{n}")}
    assert all(len(by) >= case.alone for by in alone.values()), alone
    assert all(by & {"voice", "sms"} for by in alone.values()), alone


async def test_who_has_the_app_keeps_two_kinds_at_orange_too_and_is_not_called(telling: Telling) -> None:
    school = await peopled(telling)
    telling.providers.modes = {"aliyun-voice": "limited", "aliyun-sms": "limited"}
    await school.head(floor=3, point=1).smokes()
    await telling.carries()
    await telling.passes(FLOOR_S - 1, step=5)
    [incident] = await telling.city.desk()
    told = await kinds(telling)
    assert incident.grade == "II"
    for role in (Role.UNIT, Role.PROPERTY, Role.STATION):
        assert told[f"app-{role.value}"] == {"app", "sms"}, "the policy's app, and a text beside it"


async def test_a_manager_who_has_only_a_telephone_is_texted_at_orange_and_called_where_he_is_the_site(
    telling: Telling,
) -> None:
    """policy.md, II: voice and SMS to the site, which is the control room or the household; without either the manager
    stands for it. Beside them the manager is told quietly: by the app, else by a text, never by a call at 3 a.m."""
    manager, control = PARTS["fire_safety_manager"], PARTS["control_room"]
    staffed = await telling.site(contacts=(("control_room", control), ("fire_safety_manager", manager)))
    small = await telling.site(name="小店", contacts=(("fire_safety_manager", OTHER),))
    for unit in (staffed, small):
        await unit.head(floor=1, point=1).smokes()
    await telling.carries()
    assert (len(telling.calls(control)), len(telling.texts(control))) == (1, 1)
    assert (len(telling.calls(manager)), len(telling.texts(manager))) == (0, 1)
    assert (len(telling.calls(OTHER)), len(telling.texts(OTHER))) == (1, 1)


async def test_by_on_call_hours_the_one_who_stands_in_is_told_by_two_kinds(telling: Telling) -> None:
    """Noon: one of the control room is off and replaced, the first of the station is off and the second is not."""
    school = await telling.site(contacts=(("station", OTHER),))
    replaced = await telling.contact(school, "control_room", OFF)
    hours = {**NIGHTS, "replacement_name": "白班", "replacement_phone": STANDS_IN}
    await telling.city.asks(f"/on-call/contacts/{replaced}", hours)
    off = await telling.contact(school, "station", PARTS["station"])
    await telling.city.asks(f"/on-call/contacts/{off}", NIGHTS)
    await school.head(floor=3, point=1).smokes()
    await school.head(floor=3, point=2).smokes()
    await telling.carries()
    for phone in (STANDS_IN, OTHER):
        assert (len(telling.calls(phone)), len(telling.texts(phone)) >= 1) == (1, True)
    for phone in (OFF, PARTS["station"]):
        assert telling.calls(phone) == telling.texts(phone) == []
