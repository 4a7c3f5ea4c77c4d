"""The engine's batches: written once, whole or not at all, one open incident a slot."""

import asyncio

import asyncpg
import pytest

from support.happenings import NOON, SECOND, alarm_id, counted, incident_id, joined, opened, raised
from zhigan.incidents.model import Cleared, Ended, Merged, Outcome, Reason, Remarked, State, Why
from zhigan.incidents.proof import verify
from zhigan.incidents.store import SlotTaken, VersionLost, apply, open_of_case, standing
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.events import EventType
from zhigan.vocabulary.grades import Grade, Kind


async def row(conn: asyncpg.Connection, number: int) -> asyncpg.Record:
    found = await conn.fetchrow("select * from incidents.incident where id = $1", incident_id(number))
    assert found is not None
    return found


async def lines(conn: asyncpg.Connection, number: int) -> list[str]:
    found = await conn.fetch(
        "select what from incidents.timeline where incident = $1 order by seq", incident_id(number)
    )
    return [r["what"] for r in found]


@pytest.fixture
async def conn(pool: Pool):
    async with pool.acquire() as connection, connection.transaction():
        yield connection


async def test_an_opened_incident_is_a_row_its_alarm_and_one_line(conn):
    drafts = await apply(conn, [opened(1)], NOON)
    assert [d.type for d in drafts] == [EventType.INCIDENT_OPENED]
    body = drafts[0].body
    assert (body["id"], body["version"], body["grade"], body["kind"], body["state"], body["alarms"], body["queue"]) == (
        incident_id(1),
        1,
        "II",
        "fire",
        "open",
        1,
        "desk",
    )
    assert body["unit"] == {"id": opened(1).place.unit_id, "code": "U1", "name": "某某单位1"}
    assert drafts[0].owned.area == "360802"
    stored = await row(conn, 1)
    assert (stored["version"], stored["queue"], stored["alarm_count"], stored["unit"]) == (1, "desk", 1, "U1")
    assert await conn.fetchval("select count(*) from incidents.alarm") == 1
    assert await lines(conn, 1) == ["opened"]


async def test_one_batch_counts_the_version_once_and_keeps_the_order(conn):
    await apply(conn, [opened(1)], NOON)
    changes = [joined(1, 1), joined(1, 2), raised(1, Grade.I), counted(1, 4, NOON + SECOND)]
    drafts = await apply(conn, changes, NOON, {incident_id(1): 1})
    stored = await row(conn, 1)
    assert (stored["version"], stored["grade"], stored["alarm_count"]) == (2, 1, 3)
    assert len(drafts) == 1
    assert await lines(conn, 1) == ["opened", "joined", "raised"]
    assert await conn.fetchval("select count from incidents.alarm where id = $1", alarm_id(1)) == 4
    assert await verify(conn) is None


async def test_a_grade_is_never_lowered(conn):
    await apply(conn, [opened(1), raised(1, Grade.I)], NOON)
    await apply(conn, [raised(1, Grade.III, Why.RESTORED)], NOON)
    assert (await row(conn, 1))["grade"] == 1


async def test_a_reset_of_many_points_is_one_line(conn):
    await apply(conn, [opened(1), joined(1, 1), joined(1, 2)], NOON)
    reset = Reason(Why.RESET)
    cleared = [Cleared(incident=incident_id(1), alarm=alarm_id(1, p), at=NOON, reason=reset) for p in range(3)]
    await apply(
        conn, [*cleared, Remarked(incident=incident_id(1), reason=reset, at=NOON, flag="reset_unverified")], NOON
    )
    assert await lines(conn, 1) == ["opened", "joined", "cleared", "remarked"]
    stored = await row(conn, 1)
    assert (stored["state"], stored["flags"]) == ("open", ["reset_unverified"])
    assert await conn.fetchval("select count(*) from incidents.alarm where cleared_at is not null") == 3


async def test_an_alarm_that_comes_back_stands_again(conn):
    await apply(conn, [opened(1)], NOON)
    gone = Cleared(incident=incident_id(1), alarm=alarm_id(1), at=NOON, reason=Reason(Why.RESTORED))
    await apply(conn, [gone], NOON)
    await apply(conn, [counted(1, 2, NOON + SECOND)], NOON)
    assert await conn.fetchval("select cleared_at from incidents.alarm") is None


async def test_a_taken_slot_stops_the_whole_batch(conn):
    await apply(conn, [opened(1)], NOON)
    with pytest.raises(SlotTaken) as refused:
        await apply(conn, [opened(2), opened(3, slot="desk:locus-1")], NOON)
    assert (refused.value.slot, refused.value.incident_id) == ("desk:locus-1", incident_id(1))
    assert await conn.fetchval("select count(*) from incidents.incident") == 1
    assert await conn.fetchval("select count(*) from incidents.timeline") == 1


async def test_a_slot_twice_in_one_batch_is_refused(conn):
    with pytest.raises(SlotTaken):
        await apply(conn, [opened(1), opened(2, slot="desk:locus-1")], NOON)
    assert await conn.fetchval("select count(*) from incidents.incident") == 0


async def test_a_slot_given_back_in_the_same_batch_is_free(conn):
    await apply(conn, [opened(1, grade=Grade.IV, kind=Kind.FAULT)], NOON)
    ended = Ended(incident=incident_id(1), outcome=Outcome.OTHER, reason=Reason(Why.RESTORED), at=NOON)
    drafts = await apply(conn, [ended, opened(2, grade=Grade.IV, kind=Kind.FAULT, slot="fault:locus-1")], NOON)
    assert [d.type for d in drafts] == [EventType.INCIDENT_CLOSED, EventType.INCIDENT_OPENED]
    assert (await row(conn, 1))["outcome"] == "other"


async def test_a_moved_version_stops_the_whole_batch(conn):
    await apply(conn, [opened(1)], NOON)
    await apply(conn, [joined(1, 1)], NOON)
    with pytest.raises(VersionLost) as lost:
        await apply(conn, [opened(2), joined(1, 2)], NOON, {incident_id(1): 1})
    assert (lost.value.incident, lost.value.expected, lost.value.found) == (incident_id(1), 1, 2)
    assert await conn.fetchval("select count(*) from incidents.incident") == 1


async def test_the_same_opening_again_is_refused_not_doubled(conn):
    await apply(conn, [opened(1)], NOON)
    with pytest.raises(VersionLost):
        await apply(conn, [opened(1, slot="desk:elsewhere")], NOON)
    assert await conn.fetchval("select count(*) from incidents.incident") == 1


async def test_nothing_joins_a_closed_incident(conn):
    await apply(conn, [opened(1, grade=Grade.IV)], NOON)
    await apply(
        conn, [Ended(incident=incident_id(1), outcome=Outcome.OTHER, reason=Reason(Why.RESTORED), at=NOON)], NOON
    )
    with pytest.raises(VersionLost):
        await apply(conn, [joined(1, 1)], NOON)


async def test_a_desk_row_never_closes_by_itself(conn):
    await apply(conn, [opened(1)], NOON)
    with pytest.raises(VersionLost):
        ended = Ended(incident=incident_id(1), outcome=Outcome.OTHER, reason=Reason(Why.RESTORED), at=NOON)
        await apply(conn, [ended], NOON)


async def test_an_attention_row_that_is_raised_comes_open_to_the_desk(conn):
    await apply(conn, [opened(1, grade=Grade.III, kind=Kind.ELECTRICAL)], NOON)
    await conn.execute("update incidents.incident set state = 'verifying', claimed_by = 'x', claimed_name = '维保'")
    await apply(conn, [raised(1, Grade.II, Why.ELECTRICAL_OVER, slot="desk:locus-1")], NOON)
    stored = await row(conn, 1)
    assert (stored["queue"], stored["state"], stored["claimed_by"], stored["slot"]) == (
        "desk",
        "open",
        None,
        "desk:locus-1",
    )


async def test_merged_incidents_go_on_as_one(conn):
    await apply(conn, [opened(1, at=NOON - SECOND), opened(2), opened(3), raised(1, Grade.I)], NOON)
    spread = Reason(Why.SPREAD)
    first = Merged(incident=incident_id(1), into=incident_id(2), reason=spread, at=NOON)
    drafts = await apply(conn, [first, joined(1, 1)], NOON)
    assert {d.type for d in drafts} == {EventType.INCIDENT_MERGED, EventType.INCIDENT_CHANGED}
    survivor = await row(conn, 2)
    assert (survivor["grade"], survivor["alarm_count"]) == (1, 3)
    assert survivor["opened_at"] == (await row(conn, 1))["opened_at"]
    await apply(conn, [Merged(incident=incident_id(2), into=incident_id(3), reason=spread, at=NOON)], NOON)
    found = {s.id: s.merged_into for s in await standing(conn, [incident_id(n) for n in (1, 2, 3)])}
    assert found == {incident_id(1): incident_id(3), incident_id(2): incident_id(3), incident_id(3): None}
    assert await verify(conn) is None


async def test_a_merge_keeps_what_people_have_done(conn):
    await apply(conn, [opened(1), opened(2)], NOON)
    await conn.execute(
        "update incidents.incident set state = 'confirmed', claimed_by = 'a', claimed_name = '李' where id = $1",
        incident_id(1),
    )
    merged = Merged(incident=incident_id(1), into=incident_id(2), reason=Reason(Why.SPREAD), at=NOON)
    await apply(conn, [merged], NOON)
    survivor = await row(conn, 2)
    assert (survivor["state"], survivor["claimed_name"]) == ("confirmed", "李")


async def test_the_open_incidents_of_cases_are_told(conn):
    await apply(conn, [opened(1), opened(2, grade=Grade.IV)], NOON)
    await apply(
        conn, [Ended(incident=incident_id(2), outcome=Outcome.OTHER, reason=Reason(Why.RESTORED), at=NOON)], NOON
    )
    found = await open_of_case(conn, ["case-1", "case-2", "case-3"])
    assert [(s.id, s.state, s.case_key, s.slot) for s in found] == [
        (incident_id(1), State.OPEN, "case-1", "desk:locus-1")
    ]


async def test_two_writers_of_one_slot_make_one_incident(pool):
    """The second waits for the first's commit, then is told who has it; nothing of its batch remains."""
    refusals: list[SlotTaken] = []

    async def writer(number: int) -> None:
        async with pool.acquire() as conn, conn.transaction():
            try:
                await apply(conn, [opened(number, slot="desk:tower"), opened(number + 100)], NOON)
            except SlotTaken as refused:
                refusals.append(refused)

    await asyncio.gather(*(writer(n) for n in range(8)))
    async with pool.acquire() as conn:
        held = await conn.fetch("select id from incidents.incident where slot = 'desk:tower'")
        assert len(held) == 1
        assert len(refusals) == 7
        assert {r.incident_id for r in refusals} == {str(held[0]["id"])}
        assert await conn.fetchval("select count(*) from incidents.incident") == 2
        assert await verify(conn) is None


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        ("update incidents.timeline set detail = '{}' where seq = 2", "words"),
        ("update incidents.timeline set who = 'nobody' where seq = 1", "words"),
        ("update incidents.timeline set at = at + interval '1 microsecond' where seq = 2", "words"),
        ("delete from incidents.timeline where seq = 1", "missing"),
        ("delete from incidents.timeline where seq = 2", "does not end"),
        ("delete from incidents.timeline", "does not end"),
        ("delete from incidents.incident", "without its incident"),
        ("update incidents.timeline set hash = prev_hash where seq = 1", "words"),
    ],
)
async def test_tampering_is_found(conn, damage, fault):
    await apply(conn, [opened(1), joined(1, 1)], NOON)
    assert await verify(conn) is None
    await conn.execute(damage)
    broken = await verify(conn)
    assert broken is not None
    assert broken.incident == incident_id(1)
    assert fault in broken.fault
