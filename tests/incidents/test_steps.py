"""Steps of people: one at a time on a row, each a version, chained lines and an event."""

import asyncio

import pytest

from support.happenings import NOON, SECOND, incident_id, opened, raised
from zhigan.incidents.model import Actor, Merged, Reason, State, Why
from zhigan.incidents.proof import verify
from zhigan.incidents.rules import Ask, NotYours, Step, Wanting
from zhigan.incidents.store import NoIncident, Overtaken, VersionLost, apply, step
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.events import EventType
from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.ids import born
from zhigan.vocabulary.roles import Role

LI = Actor("li", "李某", Role.DUTY)
WANG = Actor("wang", "王某", Role.LEAD)


@pytest.fixture
async def incident(pool: Pool) -> str:
    async with pool.acquire() as conn, conn.transaction():
        await apply(conn, [opened(1)], NOON)
    return incident_id(1)


async def lines(conn, incident):
    rows = await conn.fetch(
        "select who, what, detail from incidents.timeline where incident = $1 order by seq", incident
    )
    return [(r["who"], r["what"]) for r in rows]


async def take(pool, incident, what, ask=None, actor=LI, now=NOON, seen=None):
    async with pool.acquire() as conn, conn.transaction():
        return await step(conn, incident, what, ask or Ask(), actor, now, seen)


async def test_accept_confirm_dispatch_close(pool, incident):
    accepted = await take(pool, incident, Step.ACCEPT, now=NOON + SECOND)
    assert (accepted.row.state, accepted.row.claimed_name, accepted.row.version) == (State.VERIFYING, "李某", 2)
    confirmed = await take(pool, incident, Step.CONFIRM, Ask(basis="video", note="看到明火"), WANG)
    assert (confirmed.row.state, confirmed.row.grade, confirmed.row.claimed_name) == (State.CONFIRMED, Grade.I, "李某")
    assert confirmed.row.reasons[0].why is Why.CONFIRMED
    await take(pool, incident, Step.DISPATCH)
    closed = await take(pool, incident, Step.CLOSE, Ask(outcome="fire", cause="F2"))
    assert closed.draft.type is EventType.INCIDENT_CLOSED
    assert (closed.row.state, closed.row.outcome, closed.row.cause, closed.row.version) == ("closed", "fire", "F2", 5)
    noted = await take(pool, incident, Step.NOTE, Ask(note="复盘"))
    assert (noted.draft.type, noted.row.outcome, noted.draft.body["version"]) == (EventType.INCIDENT_CHANGED, "fire", 6)
    async with pool.acquire() as conn:
        assert await lines(conn, incident) == [
            ("platform", "opened"),
            ("李某", "accepted"),
            ("王某", "confirmed"),
            ("李某", "dispatched"),
            ("李某", "closed"),
            ("李某", "noted"),
        ]
        assert await verify(conn) is None


async def test_dismiss_straight_from_open_accepts_in_the_same_step(pool, incident):
    done = await take(pool, incident, Step.DISMISS, Ask(cause="U1"))
    assert (done.row.state, done.row.outcome, done.row.claimed_name, done.row.version) == (
        "closed",
        "false_alarm",
        "李某",
        2,
    )
    async with pool.acquire() as conn:
        assert [what for _, what in await lines(conn, incident)] == ["opened", "accepted", "dismissed"]
        assert await verify(conn) is None


async def test_of_many_who_accept_at_one_instant_one_has_it_and_the_others_are_told_who(pool, incident):
    async def accept(number: int):
        try:
            return await take(pool, incident, Step.ACCEPT, actor=Actor(f"a{number}", f"值班{number}", Role.DUTY))
        except Overtaken as late:
            return late

    answers = await asyncio.gather(*(accept(n) for n in range(8)))
    won = [a for a in answers if not isinstance(a, Overtaken)]
    lost = [a for a in answers if isinstance(a, Overtaken)]
    assert (len(won), len(lost)) == (1, 7)
    assert {a.row.claimed_name for a in lost} == {won[0].row.claimed_name}
    async with pool.acquire() as conn:
        assert len(await lines(conn, incident)) == 2
        assert await conn.fetchval("select version from incidents.incident") == 2


async def test_two_verdicts_at_one_instant_leave_one(pool, incident):
    async def judge(what: Step, ask: Ask, actor: Actor):
        try:
            return await take(pool, incident, what, ask, actor)
        except Overtaken as late:
            return late

    answers = await asyncio.gather(
        judge(Step.CONFIRM, Ask(basis="phone"), LI), judge(Step.DISMISS, Ask(cause="U2"), WANG)
    )
    assert sum(isinstance(a, Overtaken) for a in answers) == 1


async def test_a_step_decided_on_an_old_picture_is_refused(pool, incident):
    await take(pool, incident, Step.ACCEPT, actor=WANG)
    with pytest.raises(Overtaken) as late:
        await take(pool, incident, Step.DISMISS, Ask(cause="U1"), seen=State.OPEN)
    assert late.value.row.claimed_name == "王某"


async def test_a_refused_step_changes_nothing(pool, incident):
    for what, ask, actor, refusal in (
        (Step.RELEASE, Ask(), LI, Overtaken),
        (Step.CLOSE, Ask(outcome="fire"), LI, Overtaken),
        (Step.CONFIRM, Ask(basis="unverifiable"), LI, NotYours),
        (Step.DISMISS, Ask(), LI, Wanting),
        (Step.ACCEPT, Ask(), Actor("x", "x", Role.UNIT), NotYours),
    ):
        with pytest.raises(refusal):
            await take(pool, incident, what, ask, actor)
    with pytest.raises(NoIncident):
        await take(pool, born(NOON, "nothing"), Step.ACCEPT)
    async with pool.acquire() as conn:
        assert await conn.fetchval("select version from incidents.incident") == 1
        assert await conn.fetchval("select count(*) from incidents.timeline") == 1


async def test_a_person_and_the_engine_do_not_overwrite_each_other(pool, incident):
    """The engine decided on version 1; a person accepted meanwhile: the engine looks again, the claim stays."""
    await take(pool, incident, Step.ACCEPT)
    async with pool.acquire() as conn:
        with pytest.raises(VersionLost):
            async with conn.transaction():
                await apply(conn, [raised(1, Grade.I)], NOON, {incident: 1})
        async with conn.transaction():
            await apply(conn, [raised(1, Grade.I)], NOON, {incident: 2})
        stored = await conn.fetchrow("select state, grade, claimed_name, version from incidents.incident")
    assert tuple(stored) == ("verifying", 1, "李某", 3)


async def test_steps_on_a_merged_incident_are_told_where_it_went(pool, incident):
    async with pool.acquire() as conn, conn.transaction():
        merged = Merged(incident=incident, into=incident_id(2), reason=Reason(Why.SPREAD), at=NOON)
        await apply(conn, [opened(2), merged], NOON)
    with pytest.raises(Overtaken) as late:
        await take(pool, incident, Step.ACCEPT)
    assert late.value.row.merged_into == incident_id(2)


async def test_the_engine_is_told_which_case_moved(pool, incident):
    told: asyncio.Queue[str] = asyncio.Queue()

    def hear(_connection: object, _pid: int, _channel: str, payload: str) -> None:
        told.put_nowait(payload)

    async with pool.acquire() as listener:
        await listener.add_listener("zhigan_case", hear)
        await take(pool, incident, Step.ACCEPT)
        try:
            assert await asyncio.wait_for(told.get(), 30) == "case-1"
        finally:
            await listener.remove_listener("zhigan_case", hear)
