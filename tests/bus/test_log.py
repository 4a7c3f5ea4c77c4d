"""The event log: gapless under concurrency, nothing missed by a cursor, every tampering found, retention honest."""

import asyncio
import random
from datetime import timedelta

import asyncpg
import pytest

from zhigan.bus import log
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Connection, Pool
from zhigan.vocabulary.events import Draft, EventType
from zhigan.vocabulary.moments import DAY
from zhigan.vocabulary.scopes import Owned, parse, show


def draft(n: int, owned: Owned | None = None, at: int = 1_795_320_000_123_456) -> Draft:
    body: dict[str, object] = {"n": n, "名": "灭火器\x00", "a": [1.5, None]}
    return Draft(EventType.INCIDENT_CHANGED, f"incident-{n}", at + n, body, owned or Owned(unit=f"U{n % 3}"))


async def write(pool: Pool, count: int, received: int, start: int = 0) -> list[int]:
    async with pool.acquire() as connection, connection.transaction():
        return await log.append(connection, [draft(start + n) for n in range(count)], received)


async def test_what_is_appended_is_read_back_whole(pool: Pool, hand_clock: HandClock) -> None:
    owned = Owned("360802", "360802001001", "education", "G1", "U1", "S1", "F1", "O1")
    given = draft(7, owned)
    async with pool.acquire() as connection:
        assert await log.last(connection) == 0
        assert await log.append(connection, [], hand_clock.micros()) == []
        assert await log.append(connection, [given], hand_clock.micros()) == [1]
        [event] = await log.read(connection, 0, 10)
        assert await log.last(connection) == 1
        assert await log.read(connection, 1, 10) == []
    assert (event.id, event.type, event.subject, event.at) == (1, given.type, given.subject, given.at)
    assert (event.received_at, event.body, event.owned) == (hand_clock.micros(), given.body, owned)


async def test_pages_are_bounded_and_in_order(pool: Pool, hand_clock: HandClock) -> None:
    assert await write(pool, 2_500, hand_clock.micros()) == list(range(1, 2_501))
    async with pool.acquire() as connection:
        page = await log.read(connection, 1_000, 700)
    assert [e.id for e in page] == list(range(1_001, 1_701))


async def test_few_and_many_at_once_are_links_of_one_chain(pool: Pool, dsn: str, hand_clock: HandClock) -> None:
    """Many events go another way into the table (COPY) than a few."""
    heard: asyncio.Queue[str] = asyncio.Queue()
    listener = await asyncpg.connect(dsn)
    await listener.add_listener(log.CHANNEL, lambda *given: heard.put_nowait(str(given[-1])))
    for start, count in ((0, 1), (1, 40), (41, 2)):
        await write(pool, count, hand_clock.micros(), start)
    assert [await asyncio.wait_for(heard.get(), 10) for _ in range(3)] == ["1", "41", "43"]
    await listener.close()
    async with pool.acquire() as connection:
        assert await log.verify(connection) is None
        events = await log.read(connection, 0, 100)
    assert [(e.id, e.subject, e.body, e.owned, e.at) for e in events] == [
        (n + 1, draft(n).subject, draft(n).body, draft(n).owned, draft(n).at) for n in range(43)
    ]


async def test_a_rollback_leaves_no_gap(pool: Pool, hand_clock: HandClock) -> None:
    await write(pool, 2, hand_clock.micros())
    async with pool.acquire() as connection:
        with pytest.raises(ZeroDivisionError):
            async with connection.transaction():
                await log.append(connection, [draft(9)], hand_clock.micros())
                raise ZeroDivisionError
    assert await write(pool, 1, hand_clock.micros()) == [3]
    async with pool.acquire() as connection:
        assert await log.verify(connection) is None


async def test_commits_wake_the_listeners_with_the_last_id(pool: Pool, dsn: str, hand_clock: HandClock) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    listener = await asyncpg.connect(dsn)

    def hear(*given: object) -> None:
        heard.put_nowait(str(given[-1]))

    await listener.add_listener(log.CHANNEL, hear)
    await write(pool, 5, hand_clock.micros())
    assert await asyncio.wait_for(heard.get(), 30) == "5"
    await listener.close()


async def test_eight_writers_and_plain_cursors_miss_nothing(pool: Pool, hand_clock: HandClock) -> None:
    """Sequence order would not be commit order here: every writer dawdles, some roll back."""
    chance = random.Random(119)
    total, done = 0, asyncio.Event()

    async def writer(n: int) -> None:
        nonlocal total
        for turn in range(25):
            size, spoiled = chance.choice([1, 1, 3, 40]), chance.random() < 0.2
            async with pool.acquire() as connection:
                transaction = connection.transaction()
                await transaction.start()
                await connection.execute("select pg_sleep($1)", chance.random() / 500)
                await log.append(connection, [draft(n * 1_000 + turn)] * size, hand_clock.micros())
                if spoiled:
                    await transaction.rollback()
                else:
                    await transaction.commit()
                    total += size

    async def reader(limit: int) -> list[int]:
        seen: list[int] = []
        async with pool.acquire() as connection:
            while True:
                ended = done.is_set()
                page = await log.read(connection, seen[-1] if seen else 0, limit)
                seen += [e.id for e in page]
                if not page and ended:
                    return seen
                await asyncio.sleep(0)

    readers = [asyncio.create_task(reader(limit)) for limit in (1_000, 7)]
    await asyncio.gather(*(writer(n) for n in range(8)))
    done.set()
    for seen in await asyncio.gather(*readers):
        assert seen == list(range(1, total + 1))
    async with pool.acquire() as connection:
        assert await log.verify(connection) is None


async def test_a_stale_snapshot_fails_instead_of_breaking_the_chain(pool: Pool, hand_clock: HandClock) -> None:
    async with pool.acquire() as connection:
        with pytest.raises(asyncpg.UniqueViolationError):
            async with connection.transaction(isolation="repeatable_read"):
                await connection.fetchval("select 1")
                await write(pool, 1, hand_clock.micros())
                await log.append(connection, [draft(2)], hand_clock.micros())
        assert await log.verify(connection) is None


TAMPERINGS = {
    "body": ("update bus.event set body = '{}' where id = 4", 4),
    "subject": ("update bus.event set subject = 'another' where id = 5", 5),
    "at": ("update bus.event set at = at + interval '1 microsecond' where id = 6", 6),
    "received_at": ("update bus.event set received_at = received_at - interval '1 hour' where id = 2", 2),
    "type": ("update bus.event set type = 'incident.closed' where id = 1", 1),
    "scope": ("update bus.event set unit = 'U9' where id = 3", 3),
    "hash": ("update bus.event set hash = sha256('x') where id = 7", 7),
    "middle gone": ("delete from bus.event where id = 5", 5),
    "beginning gone": ("delete from bus.event where id <= 3", 1),
    "sealed tail gone": ("delete from bus.event where id >= 8", 8),
    "all gone": ("delete from bus.event", 1),
    "order": ("update bus.event set id = case id when 4 then 100 else id end where id = 4", 4),
}


@pytest.mark.parametrize("name", list(TAMPERINGS))
async def test_tampering_is_found_at_its_first_link(pool: Pool, hand_clock: HandClock, name: str) -> None:
    statement, first = TAMPERINGS[name]
    await write(pool, 10, hand_clock.micros())
    async with pool.acquire() as connection:
        await log.seal(connection, hand_clock.now())
        assert await log.verify(connection) is None
        await connection.execute(statement)
        broken = await log.verify(connection)
    assert broken is not None
    assert broken.id == first


async def test_a_forged_event_with_a_fitting_hash_breaks_the_next_link(pool: Pool, hand_clock: HandClock) -> None:
    await write(pool, 6, hand_clock.micros())
    async with pool.acquire() as connection:
        kept = await connection.fetch("select * from bus.event where id > 3 order by id")
        await connection.execute("delete from bus.event where id > 3")
        await log.append(connection, [draft(99)], hand_clock.micros())
        await connection.executemany(
            "insert into bus.event select ($1::bus.event).*", [(tuple(r.values()),) for r in kept if r["id"] > 4]
        )
        broken = await log.verify(connection)
    assert broken is not None
    assert broken.id == 5


async def test_retention_forgets_whole_days_and_the_chain_holds(pool: Pool, hand_clock: HandClock) -> None:
    for day in range(3):
        await write(pool, 4, hand_clock.micros() + day * DAY, start=day * 4)
    async with pool.acquire() as connection:
        await log.seal(connection, hand_clock.now())
        later = hand_clock.now() + timedelta(days=3)
        assert await log.forget(connection, hand_clock.now(), later) == 0
        assert await log.forget(connection, hand_clock.now() + timedelta(hours=30), later) == 8
        assert await log.verify(connection) is None
        assert [e.id for e in await log.read(connection, 0, 100)] == [9, 10, 11, 12]
        assert await log.forget(connection, later, later) == 4
        assert await log.verify(connection) is None
        assert await log.last(connection) == 12
    assert await write(pool, 1, hand_clock.micros()) == [13]
    async with pool.acquire() as connection:
        assert await log.verify(connection) is None
        await connection.execute("delete from bus.event")
        await log.append(connection, [draft(1)], hand_clock.micros())
        assert await log.verify(connection) is None
        await connection.execute("update bus.seal set hash = sha256('x')")
        assert await log.verify(connection) == log.BrokenLink(13, "does not follow the event before it")


async def bind(connection: Connection, scope: str) -> None:
    terms = parse(scope).terms
    listed = ", ".join(f'"{k}": {list(v)}' for k, v in terms.items()).replace("'", '"')
    await connection.execute("set local role zhigan_person")
    await connection.execute("select set_config('zhigan.scope', $1, true)", "{" + listed + "}")


@pytest.mark.parametrize("scope", ["city", "unit:U1", "unit:U0,U2", "area:3608", "industry:education+unit:U1"])
async def test_a_person_reads_what_the_scope_holds(pool: Pool, hand_clock: HandClock, scope: str) -> None:
    await write(pool, 30, hand_clock.micros())
    expected = {"city": range(30), "unit:U1": range(1, 30, 3)}.get(scope, [])
    if scope == "unit:U0,U2":
        expected = [n for n in range(30) if n % 3 != 1]
    async with pool.acquire() as connection, connection.transaction():
        await bind(connection, scope)
        page = await log.read_bound(connection, parse(scope), 5, 25, 100)
        assert [e.id for e in page] == [n + 1 for n in expected if 5 < n + 1 <= 25]
        net = await log.read(connection, 5, 100)
        assert [e.id for e in net] == [n + 1 for n in expected if n + 1 > 5], show(parse(scope))


async def test_a_person_cannot_write(pool: Pool, hand_clock: HandClock) -> None:
    async with pool.acquire() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with connection.transaction():
                await bind(connection, "city")
                await log.append(connection, [draft(1)], hand_clock.micros())
