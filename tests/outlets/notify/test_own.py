"""A sub-platform's own rules: more people are told within its scope, and nobody whom the city tells is told less."""

from datetime import UTC, datetime, timedelta

import httpx
import msgspec
import pytest

from support.telling import Telling
from zhigan.access.api_hosted import Opened
from zhigan.outlets.notify import own, rules
from zhigan.outlets.notify.escalation_tables import ESCALATION
from zhigan.outlets.notify.model import Hours, Person, Way, Who
from zhigan.registry import places
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import Owned, parse

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
HERE, THERE = "360802001001", "360802001002"
MANAGER, CONTROL, WORKER, OFFICER = "13900000001", "13900000002", "13900000003", "13900000004"
AROUND = (("fire_safety_manager", MANAGER), ("control_room", CONTROL))
RULE = own.OwnRule(
    id="r", hosted="h", name="网格员先知道", kinds=(Kind.FIRE,), grades=(Grade.II,), hours=None, parts=(Who.GRID,),
    accounts=(), ways=(Way.VOICE, Way.APP), after=0, since=NOW, scope=parse(f"community:{HERE}"), kind="community",
)  # fmt: skip


def changed(**other: object) -> own.OwnRule:
    return type(RULE)(**{f: other.get(f, getattr(RULE, f)) for f in RULE.__struct_fields__})


def test_the_city_s_rows_stand_as_they_were_and_come_first() -> None:
    table = own.laid(ESCALATION, [RULE, changed(id="s", grades=(Grade.I, Grade.III))])
    for grade in Grade:
        assert table[grade][: len(ESCALATION[grade])] == ESCALATION[grade]
        assert all(own.own(f"{grade.name}.{row.key}") for row in table[grade][len(ESCALATION[grade]) :])
        assert not any(own.own(f"{grade.name}.{row.key}") for row in ESCALATION[grade])
    assert [len(table[g]) - len(ESCALATION[g]) for g in Grade] == [1, 1, 1, 0]


def test_a_rule_speaks_only_of_its_kinds_its_scope_and_what_began_after_it() -> None:
    inside, outside = Owned(area="360802", community=HERE), Owned(area="360802", community=THERE)
    assert own.concerned([RULE], Kind.FIRE, inside, NOW) == [RULE]
    assert not own.concerned([RULE], Kind.GAS, inside, NOW)
    assert not own.concerned([RULE], Kind.FIRE, outside, NOW)
    assert not own.concerned([RULE], Kind.FIRE, inside, NOW - timedelta(seconds=1))


def test_its_hours_pass_midnight() -> None:
    night = changed(hours=Hours(22 * 60, 6 * 60))  # of Ji'an: eight hours ahead of UTC
    assert [own.awake(night, NOW + timedelta(hours=h)) for h in (0, 1, 2, 9, 10)] == [False, False, True, True, False]


def test_nobody_is_told_again_by_what_the_city_told_him() -> None:
    grid = Person(holder="phone:1", name="李", who=Who.GRID, ways=((Way.VOICE, "1"), (Way.SMS, "1"), (Way.APP, "a")))
    chosen = [Person(holder="account:x", name="王", who=Who.COMMUNITY, ways=((Way.APP, "x"),)), grid]
    assert own.people(RULE, [grid], chosen) == [grid, chosen[0]], "each once"
    open_ways = frozenset(Way)
    had = {"phone:1": frozenset({Way.VOICE})}
    assert list(own.telling(RULE.ways, [grid], open_ways, had, insist=True)) == [(grid, Way.APP)]
    assert rules.audience(own.row(RULE), [grid]) == [grid]


async def opened(telling: Telling, community: str, slug: str) -> tuple[str, httpx.AsyncClient]:
    """A community's sub-platform, and its administrator."""
    body = {
        "slug": slug, "kind": "community", "name": f"{slug}社区消防", "scope": f"community:{community}",
        "administrator": {"name": f"{slug}.admin", "phone": OFFICER},
    }  # fmt: skip
    made = msgspec.convert(await telling.city.asks("/hosted", body), Opened)
    web = telling.city.web
    entered = await web.client().post("/login", json={"username": f"{slug}.admin", "password": made.password})
    return made.hosted.id, web.client(entered.json()["token"])


@pytest.fixture
async def community(telling: Telling) -> tuple[str, httpx.AsyncClient]:
    async with telling.city.web.pool.acquire() as conn:
        await places.settle(conn)
    telling.city.it_is(10)
    return await opened(telling, HERE, "beimen")


FORM = {"name": "网格员先知道", "kinds": ["fire"], "grades": ["II"], "parts": ["grid"], "ways": ["voice", "sms", "app"]}


async def test_the_grid_worker_is_told_too_and_the_others_as_before(
    telling: Telling, community: tuple[str, httpx.AsyncClient]
) -> None:
    """At orange the city's table tells the site; the community's own rule its grid worker and its administrator."""
    id_, mine = community
    grid = await mine.post("/grids", json={"code": "G1", "name": "一网格", "community": HERE})
    member = {"name": "李网格", "phone": WORKER}
    made = await mine.post(f"/organisations/{grid.json()['id']}/members", json=member)
    assert made.status_code == 201, made.text
    me = (await mine.get("/me")).json()
    added = await mine.post(f"/hosted/{id_}/rules", json={**FORM, "accounts": [me["id"]]})
    assert added.status_code == 201, added.text
    house = await telling.site("北门小区", contacts=AROUND, community=HERE, grid="G1")
    ask = {"unit_id": house.id, "kind": "fire", "grade": "II"}
    expected = (await mine.post(f"/hosted/{id_}/rules/preview", json=ask)).json()["items"]
    by_rule = {p["person"]: p["ways"] for p in expected if p["rule"]}
    assert by_rule == {"李网格": ["voice", "sms"], "beimen.admin": ["voice", "sms", "app"]}
    assert {p["person"] for p in expected if not p["rule"]} >= {"control_room2", "fire_safety_manager1"}
    elsewhere = await telling.site("南门小区", contacts=(("control_room", MANAGER),), community=THERE)

    await house.head(floor=3, point=1).smokes()
    await telling.carries()
    assert [c.to for c in telling.calls(CONTROL)] == [CONTROL] and len(telling.texts(CONTROL)) == 1, "as before"
    assert len(telling.calls(WORKER)) == 1 and len(telling.calls(OFFICER)) == 1
    [incident] = await telling.city.desk()
    phones = (await mine.get(f"/incidents/{incident.id}/phones")).json()["items"]
    [line] = [p for p in phones if p["person"] == "李网格"]
    assert line["phone"] == "139****0003" and line["kind"] == "member" and line["verified_at"] is None
    assert {(t["channel"], t["own"]) for t in line["told"]} == {("voice", True), ("sms", True)}
    await telling.passes(30)
    assert len(telling.calls(WORKER)) == 1, "once"
    await elsewhere.head(floor=3, point=1).smokes()
    await telling.carries()
    assert len(telling.calls(WORKER)) == 1 and len(telling.calls(OFFICER)) == 1, "not its scope"
    await telling.presses(telling.calls(WORKER)[0], "2")
    await telling.carries()
    assert (await telling.escalation(incident))["answered_how"] == "no_fire", "he is a grid worker of the house"


async def test_a_rule_reaches_no_further_than_its_sub_platform(
    telling: Telling, community: tuple[str, httpx.AsyncClient]
) -> None:
    id_, mine = community
    other_id, other = await opened(telling, THERE, "nanmen")
    kept = (await mine.post(f"/hosted/{id_}/rules", json=FORM)).json()["id"]
    for method, path, body in (
        ("GET", "", None), ("POST", "", FORM), ("PUT", f"/{kept}", FORM), ("DELETE", f"/{kept}", None),
        ("POST", "/preview", {"unit_id": kept}),
    ):  # fmt: skip
        answer = await other.request(method, f"/hosted/{id_}/rules{path}", json=body)
        assert answer.status_code == 404, (method, path)
    assert (await other.put(f"/hosted/{other_id}/rules/{kept}", json=FORM)).status_code == 404, "nor by its own address"
    foreign = (await mine.get("/me")).json()["id"]
    wrong = {**FORM, "accounts": [foreign], "parts": ["desk"], "grades": ["II", "III"], "from_minute": 5}
    fields = {e["field"] for e in (await other.post(f"/hosted/{other_id}/rules", json=wrong)).json()["errors"]}
    assert fields == {"accounts", "parts", "ways", "until_minute"}
    house = await telling.site("北门小区", community=HERE)
    assert (await other.post(f"/hosted/{other_id}/rules/preview", json={"unit_id": house.id})).status_code == 404
    duty = await telling.city.web.person("beimen.duty", Role.DUTY, f"community:{HERE}")
    assert (await duty.post(f"/hosted/{id_}/rules", json=FORM)).status_code == 403
    assert (await mine.delete(f"/hosted/{id_}/rules/{kept}")).status_code == 204
    trail = await telling.city.person(Role.ADMIN)
    assert [a["action"] for a in (await trail.get("/audit", params={"subject": "beimen"})).json()["items"]] == [
        "own_rule.removed", "own_rule.kept", "hosted.opened",
    ]  # fmt: skip


async def test_what_its_people_read_stops_nothing_of_the_city_s(
    telling: Telling, community: tuple[str, httpx.AsyncClient]
) -> None:
    """Yellow: who does not read within ten minutes is called. That somebody else read it is no reason not to."""
    id_, mine = community
    me = (await mine.get("/me")).json()["id"]
    form = {**FORM, "kinds": [], "grades": ["III"], "parts": [], "accounts": [me], "ways": ["app"]}
    assert (await mine.post(f"/hosted/{id_}/rules", json=form)).status_code == 201
    house = await telling.site("北门小区", contacts=AROUND, community=HERE)
    await (await house.has("electrical_monitor", "配电箱")).smokes()
    await telling.carries()
    assert [r.grade for r in await telling.city.attention()] == ["III"]
    inbox = (await mine.get("/notifications/inbox")).json()["items"]
    assert inbox, "the administrator was told"
    assert (await mine.post(f"/notifications/{inbox[0]['id']}/read")).status_code in (200, 204)
    await telling.passes(11 * 60, step=30)
    assert len(telling.calls(MANAGER)) == 1
