"""One notifier an incident: whichever desk answers for it, and however many couriers there are, each is told once."""

from collections import Counter

from support.processes import Child, until
from support.telling import Telling
from zhigan.desks.handling.worker import Handling
from zhigan.processes.standing import in_force
from zhigan.runtime.clock import SystemClock
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.moments import SECOND
from zhigan.vocabulary.roles import Role

CONTROL, MANAGER, PROPERTY = "13900000002", "13900000001", "13900000003"
AROUND = (("control_room", CONTROL), ("fire_safety_manager", MANAGER), ("property", PROPERTY))
COURIERS = """
select count(*) filter (where granted) as works, count(*) filter (where not granted) as waits from pg_locks
where locktype = 'advisory' and (classid::bigint << 32) + objid::bigint = 134588863545368
  and database = (select oid from pg_database where datname = current_database())
"""


def messages(telling: Telling) -> Counter[tuple[str, str, str]]:
    """Who was told by what, of which place; posts (robots, webhook) apart."""
    people = [t for t in telling.providers.taken if t.way in ("sms", "voice")]
    return Counter((t.way, t.to, t.values["place"]) for t in people)


async def _burns(telling: Telling, name: str, *, passed_on: bool) -> list[tuple[float, str, str]]:
    """What people are told in the two minutes in which the incident goes from desk to desk, and when."""
    handling = Handling(telling.city.web.pool, telling.city.clock, in_force)
    school = await telling.site(name, contacts=AROUND)
    telling.providers.taken.clear()
    await school.head(floor=3, point=1).smokes()
    said: list[tuple[float, str, str]] = []
    levels: list[int] = []
    for second in range(0, 121, 5):
        await telling.carries()
        while await handling.read():
            pass
        await handling.keep_time()
        heard, told = len(said), [t for t in telling.providers.taken if t.way in ("sms", "voice")]
        said += sorted((second, t.way, t.to) for t in told[heard:])
        async with telling.city.web.pool.acquire() as conn:
            levels += [r["level"] for r in await conn.fetch("select level from handling.holding")]
        await telling.city.passes(seconds=5)
    assert sorted(set(levels)) == ([1, 2, 3] if passed_on else [])
    return said


async def test_an_incident_that_goes_from_desk_to_desk_tells_nobody_again(telling: Telling) -> None:
    """The same fire, with nobody signed in below the city, and then passed on by an operator's and a county's desk."""
    alone = await _burns(telling, "一中", passed_on=False)
    (row,) = await telling.city.desk()
    closing = {"cause": "U1"}
    person = await telling.city.person(Role.LEAD)
    assert (await person.post(f"/incidents/{row.id}/dismiss", json=closing)).is_success
    await telling.passes(3700, step=60)  # no limit of the hour is left
    async with (
        await telling.city.web.person("operator", Role.OPERATOR, "area:360802") as operator,
        await telling.city.web.person("county", Role.DUTY, "area:360802") as county,
    ):
        await operator.get("/me")
        await county.get("/me")
        passed = await _burns(telling, "二中", passed_on=True)
    assert passed == alone != [], "two desks more, and nobody is told more often or at another time"
    at_once = Counter((way, to) for second, way, to in passed if second == 0)
    assert set(at_once.values()) == {1} and at_once["voice", CONTROL] == at_once["sms", CONTROL] == 1


async def test_two_couriers_tell_everybody_once_and_the_second_takes_over(
    telling: Telling, pool: Pool, dsn: str
) -> None:
    """Two processes on one database, as two installations of `zhigan serve` have them; the one that works is killed."""
    clock = telling.city.clock
    clock.advance((SystemClock().micros() - clock.micros()) / SECOND)  # the processes live by the real clock
    first = await telling.site("一中", contacts=AROUND)
    second = await telling.site("二中", contacts=(("control_room", "13900000012"),))

    async def couriers(works: int, waits: int) -> bool:
        async with pool.acquire() as conn:
            return tuple(await conn.fetchrow(COURIERS) or ()) == (works, waits)

    async def handed(place: str, *, least: int) -> bool:
        await telling.city.settles()
        return sum(n for (_, _, told), n in messages(telling).items() if place in told) >= least

    arguments = (dsn, telling.providers.url)
    async with await Child.python("courier_process", *arguments) as one:
        await until(lambda: couriers(1, 0))
        await until(lambda: _began(pool))
        async with await Child.python("courier_process", *arguments):
            await until(lambda: couriers(1, 1))
            await first.head(floor=3, point=1).smokes()
            await until(lambda: handed("一中", least=4))
            one.process.kill()
            await one.ended()
            await until(lambda: couriers(1, 0))
            await second.head(floor=3, point=1).smokes()
            await until(lambda: handed("二中", least=2))
    told = messages(telling)
    assert set(told.values()) == {1}, told
    assert {(way, to) for way, to, place in told if "一中" in place} >= {("voice", CONTROL), ("sms", CONTROL)}
    assert telling.providers.forged == []


async def _began(pool: Pool) -> bool:
    """The courier has its cursor: what comes now is told of."""
    async with pool.acquire() as conn:
        return bool(await conn.fetchval("select exists (select from bus.position where reader = 'notify')"))
