"""区域联防: the nearest micro fire stations are told of a red alarm after five minutes, verified or not."""

from support.telling import Telling
from zhigan.vocabulary.roles import Role

CONTROL, NEAR, ACROSS, FAR, THIRD = "13900000002", "13900000021", "13900000022", "13900000023", "13900000024"
STATIONS = (
    ("ST-2", "同县微型消防站", "360802", 114.999, NEAR), ("ST-3", "对岸微型消防站", "360803", 114.985, ACROSS),
    ("ST-4", "远县微型消防站", "360829", 115.4, FAR), ("ST-5", "同县第三站", "360802", 115.02, THIRD),
)  # fmt: skip


async def burns(telling: Telling) -> None:
    for code, name, area, lon, phone in STATIONS:
        new = {"kind": "station", "code": code, "name": name, "area_code": area, "phone": phone}
        await telling.city.asks("/organisations", {**new, "lon": lon, "lat": 27.113})
    school = await telling.site(contacts=(("control_room", CONTROL),), lon=114.98, lat=27.113)
    await school.head(floor=3, point=1).smokes()
    await telling.carries()
    await telling.passes(190)  # nobody has answered for 180 s: red, and not verified
    [incident] = await telling.city.desk()
    assert (incident.grade, incident.state) == ("I", "open")


def rung(telling: Telling) -> list[str]:
    return sorted({c.to for c in telling.calls() if c.to in (NEAR, ACROSS, FAR, THIRD)})


async def test_the_two_nearest_are_called_across_the_border_of_an_unverified_alarm(telling: Telling) -> None:
    await burns(telling)
    await telling.passes(280)
    assert rung(telling) == [], "not before five minutes of red"
    await telling.passes(25)
    assert rung(telling) == [NEAR, ACROSS]
    [incident] = await telling.city.desk()
    proof = [n for n in await telling.proof(incident) if n["role"] == "neighbour_station"]
    assert {n["person"] for n in proof} == {"同县微型消防站", "对岸微型消防站"}


async def test_an_answer_ends_it_and_a_confirmed_fire_does_not(telling: Telling) -> None:
    await burns(telling)
    await telling.presses(telling.calls(CONTROL)[-1], "2")
    await telling.passes(400, step=20)
    assert rung(telling) == [], "it ends on acknowledgement"
    [incident] = await telling.city.desk()
    await telling.city.step(incident, "accept")
    await telling.city.step(incident, "confirm", Role.LEAD, basis="on_site", cause="F1")
    await telling.passes(20)
    assert rung(telling) == [NEAR, ACROSS], "burning in earnest: whoever stands in is told"
