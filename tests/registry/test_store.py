"""The registry under the hot path: contexts, discovery by several at once, what devices are in now, silence."""

import asyncio
import time

from hypothesis import given
from hypothesis import strategies as st

from zhigan.registry import model, models, places, rules, store, units
from zhigan.registry.checks import UnitRecord
from zhigan.registry.model import DeviceState, NowRow, Sighting
from zhigan.registry.pinyin import searchable
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Connection, Pool
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.devices import DEVICE_CLASSES
from zhigan.vocabulary.events import EventType
from zhigan.vocabulary.moments import SECOND, to_datetime

ROOT = "7903000000AB"
OFFLINE = int(Condition.OFFLINE)


def a_unit(code: str, class_: int = 2, now: int = 0, **more: object) -> UnitRecord:
    record = UnitRecord(
        id=units.fresh_id(to_datetime(now)), code=code, name=f"单位{code}", premises="crowded", class_=class_,
        class_override=None, area_code="360802", area="360802", community="", industry="education", grid="", station="",
        firm="", org="", tags=[], uscc="", ownership="", supervised_by="", address="", lon=114.99, lat=27.11, phone="",
        closed_hours="", pinyin=searchable(code),
    )  # fmt: skip
    for name, value in more.items():
        setattr(record, name, value)
    return record


async def add_unit(conn: Connection, clock: HandClock, code: str = "U1", class_: int = 2, **more: object) -> str:
    record = a_unit(code, class_, clock.micros(), **more)
    return (await units.add(conn, [record], clock.now()))[code]


def parts(count: int, at: int, root: str = ROOT) -> list[Sighting]:
    return [Sighting("gb26875", f"{root}/1.1.40.{n}", "smoke", f"{n}号", at) for n in range(count)]


async def test_discovery_takes_the_transmission_device_too_and_inherits(pool: Pool, hand_clock: HandClock) -> None:
    at = hand_clock.micros()
    async with pool.acquire() as conn:
        unit = await add_unit(conn, hand_clock)
        (root,) = await store.discover(conn, [("gb26875", ROOT, "", "", at)])
        assert root.type == "transmission_device" and root.unit_id is None and root.fresh
        await conn.execute("update registry.device set unit_id = $1::uuid where id = $2::uuid", unit, root.id)
        seen = await store.discover(conn, parts(3, at))
        assert {c.unit_id for c in seen} == {unit} and {c.parent for c in seen} == {root.number}
        assert {c.state for c in seen} == {DeviceState.DISCOVERED} and all(c.fresh for c in seen)
        assert {c.owned.industry for c in seen} == {"education"} and {c.place for c in seen} == {"0号", "1号", "2号"}
        again = await store.discover(conn, parts(3, at))
        assert {c.id for c in again} == {c.id for c in seen} and not any(c.fresh for c in again)
        draft = rules.discovered(seen[0], at)
        assert draft.type is EventType.DEVICE_DISCOVERED and draft.owned == seen[0].owned


async def test_a_part_whose_device_comes_later_finds_it(pool: Pool, hand_clock: HandClock) -> None:
    """Registered before its transmission device was heard or registered: linked when that one appears."""
    at = hand_clock.micros()
    async with pool.acquire() as conn:
        unit = await add_unit(conn, hand_clock)
        await conn.execute(
            "insert into registry.device (id, gateway, address, unit_id, type, class, state, created_at, changed_at) "
            "values (gen_random_uuid(), 'gb26875', $1, $2::uuid, 'smoke', 'component', 'in_service', $3, $3)",
            f"{ROOT}/1.1.40.7", unit, hand_clock.now(),
        )  # fmt: skip
        (root,) = await store.discover(conn, [Sighting("gb26875", ROOT, "", "", at)])
        (part,) = await store.contexts(conn, [("gb26875", f"{ROOT}/1.1.40.7")])
        assert part.parent == root.number and part.parent_address == ROOT and part.unit_id == unit


async def test_discovery_by_several_at_once_makes_each_device_once(pool: Pool, hand_clock: HandClock) -> None:
    at = hand_clock.micros()

    async def discover(turn: int) -> set[str]:
        wanted = parts(60, at) + [Sighting("ctwing", f"D-{n}", "smoke", "", at) for n in range(40)]
        async with pool.acquire() as conn, conn.transaction():
            return {c.id for c in await store.discover(conn, wanted[turn:] + wanted[:turn])}

    found = await asyncio.gather(*(discover(turn * 7) for turn in range(8)))
    assert len(found[0]) == 100 and all(f == found[0] for f in found)
    async with pool.acquire() as conn:
        assert await conn.fetchval("select count(*) from registry.device") == 101


async def test_discovery_is_bounded(pool: Pool, hand_clock: HandClock) -> None:
    at = hand_clock.micros()
    async with pool.acquire() as conn:
        seen = await store.discover(conn, parts(50, at), parts_max=20)
        assert len(seen) == 20
        assert len(await store.discover(conn, parts(60, at), parts_max=20)) == 20, "known ones are still answered"
        strangers = [Sighting("gb26875", f"{n:012x}", "", "", at) for n in range(30)]
        assert len(await store.discover(conn, strangers, strangers_max=11)) == 10, "the first device counts"
        assert await store.discover(conn, parts(2, at, "ffffffffffff"), strangers_max=11) == []
        poisonous = [Sighting("gb26875", ROOT, "", "a\x00b", at)]
        assert len(await store.discover(conn, poisonous)) == 1


async def test_contexts_of_the_living_only(pool: Pool, hand_clock: HandClock) -> None:
    at = hand_clock.micros()
    async with pool.acquire() as conn:
        (first,) = await store.discover(conn, [Sighting("ctwing", "D-1", "smoke", "", at)])
        await conn.execute("update registry.device set state = 'retired' where id = $1::uuid", first.id)
        assert await store.contexts(conn, [("ctwing", "D-1"), ("ctwing", "D-2")]) == []
        (second,) = await store.discover(conn, [Sighting("ctwing", "D-1", "smoke", "", at)])
        assert second.id != first.id


async def test_what_a_device_is_in_now(pool: Pool, hand_clock: HandClock) -> None:
    at = hand_clock.micros()
    async with pool.acquire() as conn:
        seen = await store.discover(conn, parts(2, at))
        numbers = sorted(c.number for c in seen)
        await store.update_now(conn, [NowRow(numbers[0], 5, at, (3, 1)), NowRow(numbers[1], 0, at)])
        await store.update_now(conn, [NowRow(numbers[0], 4, at - 9, (2,))])
        await store.touch(conn, numbers, [at - 5, at + 7])
        now = {c.number: c for c in await store.contexts(conn, [("gb26875", c.address) for c in seen])}
        assert (now[numbers[0]].conditions, now[numbers[0]].seen_at, now[numbers[0]].metrics) == (4, at, (1, 2, 3))
        assert (now[numbers[1]].conditions, now[numbers[1]].seen_at) == (0, at + 7)


async def test_a_sign_of_life_under_a_clock_that_ran_far_ahead_does_not_hide_silence(
    pool: Pool, hand_clock: HandClock
) -> None:
    at = hand_clock.micros()
    async with pool.acquire() as conn:
        seen, other = (await store.discover(conn, parts(2, at)))[-2:]
        await store.touch(conn, [seen.number, other.number], [at + 86_400 * SECOND] * 2)
        await store.touch(conn, [seen.number], [at + 9])
        await store.update_now(conn, [NowRow(other.number, 0, at + 9)])
        now = await store.contexts(conn, [("gb26875", c.address) for c in (seen, other)])
        assert [c.seen_at for c in now] == [at + 9, at + 9]


async def test_silence_by_class_and_back(pool: Pool, hand_clock: HandClock) -> None:
    at = hand_clock.micros()
    async with pool.acquire() as conn:
        await models.bound(conn, 48 * 3600)  # a city of its own patience; the standard's has its test at health
        await add_unit(conn, hand_clock, "S1", 1)
        unit = await add_unit(conn, hand_clock, "S2", 2)
        seen = await store.discover(
            conn,
            [Sighting("gb26875", ROOT, "", "", at), *parts(1, at), Sighting("ctwing", "D-1", "smoke", "", at)],
        )
        await store.discover(conn, [Sighting("ctwing", "never", "smoke", "", at)])
        await store.touch(conn, [c.number for c in seen], [at] * 3)

        async def lost(seconds: float) -> set[str]:
            return {s.address for s in (await store.silent(conn, at + int(seconds * SECOND))).lost}

        assert await lost(180) == set() and await lost(181) == {ROOT}, "its parts have no silence of their own"
        assert await lost(172_801) == {ROOT, "D-1"}
        detector = next(c for c in seen if c.address == "D-1")
        place = (
            "update registry.device set unit_id = (select id from registry.unit where code = $2) where id = $1::uuid"
        )
        await conn.execute(place, detector.id, "S1")
        assert await lost(129_601) == {ROOT, "D-1"}, "36 h in S1"
        await conn.execute("update registry.unit set class = 3 where code = 'S1'")
        assert await lost(129_601) == {ROOT}, "and 48 h when the unit's class changes"
        await conn.execute(place, detector.id, "S2")
        await store.update_now(conn, [NowRow(detector.number, OFFLINE, at)])
        assert await lost(172_801) == {ROOT}, "told once"
        await store.touch(conn, [detector.number], [at + 172_900 * SECOND])
        silences = await store.silent(conn, at + 172_901 * SECOND)
        assert [s.address for s in silences.back] == ["D-1"] and silences.back[0].unit_id == unit
        await conn.execute("update registry.device set state = 'suspended' where address = $1", ROOT)
        assert await lost(999_999) == set()


async def test_units_as_the_engine_sees_them(pool: Pool, hand_clock: HandClock) -> None:
    at = hand_clock.micros()
    async with pool.acquire() as conn:
        await places.settle(conn)
        unit = await add_unit(conn, hand_clock, community="360802001001")
        (root,) = await store.discover(conn, [Sighting("gb26875", ROOT, "", "", at)])
        await conn.execute(
            "update registry.device set unit_id = $1::uuid, state = 'in_service' where id = $2::uuid", unit, root.id
        )
        others = [
            Sighting("gb26875", f"{ROOT}/11.2.40.1", "smoke", "", at),
            Sighting("gb26875", f"{ROOT}/1.1", "", "", at),
        ]
        await store.discover(conn, parts(5, at) + others)
        known = (await store.unit_context(conn, [unit], at))[unit]
        assert known.points == {f"{ROOT}/1.1": 5, f"{ROOT}/11.2": 1} and known.devices == 1
        assert known.street == "360802001" and known.premises_class == 2
        assert await store.street_devices(conn, ["360802001", "360802002"]) == {"360802001": 1}


async def test_places_settle_once_and_keep_what_people_changed(pool: Pool) -> None:
    async with pool.acquire() as conn:
        assert await places.settle(conn) == 2967
        await places.give(conn, "360802001001", "360871")
        assert await places.settle(conn) == 0
        assert (
            await places.community(conn, "360802001001") or places.Community("", "", "", "", "", "")
        ).area == "360871"


async def test_the_classes_in_the_database_are_those_of_the_vocabulary(pool: Pool) -> None:
    async with pool.acquire() as conn:
        rows = await conn.fetch("select name, period_s, late_s, offline_s, offline_s1_s from registry.device_class")
    words = {(c.name, c.period_s, c.late_s, c.offline_s, c.offline_s1_s) for c in DEVICE_CLASSES}
    assert {tuple(r) for r in rows} == words


async def test_a_batch_of_contexts_is_one_quick_query(pool: Pool, hand_clock: HandClock) -> None:
    """The bound is wide, for a busy machine; the benchmark tells the figure."""
    at = hand_clock.micros()
    async with pool.acquire() as conn:
        sightings = [s for n in range(20) for s in parts(250, at, f"{n:012x}")]
        await store.discover(conn, sightings)
        await conn.execute("analyze registry.device, registry.device_now")
        keys = [(s.gateway, s.address) for s in sightings[::10]]
        took: list[float] = []
        for _ in range(7):
            begun = time.perf_counter()
            assert len(await store.contexts(conn, keys)) == 500
            took.append(time.perf_counter() - begun)
    assert min(took) < 0.2


def test_loci_go_from_the_flat_outward() -> None:
    assert rules.locus("u", "b", "12", "东", "1203", "d") == "b:b|flat:1203"
    assert rules.locus("u", "b", "12", "东", "", "d") == "b:b|comp:12:东"
    assert rules.locus("u", "b", "12", "", "", "d") == "b:b|floor:12"
    assert rules.locus("u", "b", "", "", "", "d") == "b:b" and rules.locus("u", None, "", "", "", "d") == "u:u"
    assert (
        rules.locus("u", None, "", "", "501", "d") == "u:u|flat:501"
        and rules.locus(None, None, "", "", "", "d") == "d:d"
    )


def test_places_in_words() -> None:
    assert rules.place_text("", "3号楼", "12", "东侧走廊", "") == "3号楼 12层 东侧走廊"
    assert rules.place_text("12层东侧走廊", "3号楼", "12", "", "") == "3号楼 12层东侧走廊"
    assert rules.place_text("3号楼大厅", "3号楼", "", "", "") == "3号楼大厅"


async def test_a_test_mode_covers_what_it_names(pool: Pool, hand_clock: HandClock) -> None:
    at = hand_clock.micros()
    async with pool.acquire() as conn:
        device, other = sorted(await store.discover(conn, parts(2, at)), key=lambda c: c.address)

    def mode(**more: tuple[str, ...]) -> model.TestMode:
        named = {"devices": (), "systems": (), **more}
        return model.TestMode(id="t", building_id=None, purpose="p", person="q", starts_at=at, ends_at=at + 60, **named)

    assert rules.in_test(mode(), device, at) and not rules.in_test(mode(), device, at + 60)
    assert rules.in_test(mode(systems=(f"{ROOT}/1.1",)), device, at)
    assert not rules.in_test(mode(systems=(f"{ROOT}/1.11", f"{ROOT}/1.1.4")), device, at)
    assert rules.in_test(mode(devices=(device.id,)), device, at) and not rules.in_test(
        mode(devices=(device.id,)), other, at
    )


@given(st.integers(0, 2**44 - 1), st.booleans())
def test_every_state_of_a_device_has_one_word(bits: int, seen: bool) -> None:
    word = rules.condition_word(bits, seen)
    assert word in {w for w, _ in rules.CONDITION_WORDS} | {rules.NORMAL, rules.NEVER_SEEN}
    assert (word == "alarm") == bool(bits & rules.ALARMS)
    assert (
        sum(
            1 << c.value.bit_length() - 1 for c in Condition if c.name and c.name.lower() in rules.condition_names(bits)
        )
        == bits
    )


async def test_contexts_are_looked_up_one_by_one_though_nobody_has_counted_the_registry(
    pool: Pool, hand_clock: HandClock
) -> None:
    """A registry just imported has no statistics; sorting all of it for one batch made a fire wait for 100 ms."""
    at = hand_clock.micros()
    async with pool.acquire() as conn:
        await store.discover(conn, [("gb26875", ROOT, "", "", at)])
        await store.discover(conn, parts(2_000, at), parts_max=5_000)
        known = [
            c.address for c in await store.contexts(conn, [("gb26875", f"{ROOT}/1.1.40.{n}") for n in (0, 7, 9999)])
        ]
        assert sorted(known) == [f"{ROOT}/1.1.40.0", f"{ROOT}/1.1.40.7"]
        plan = await conn.fetch(
            "explain " + store.SQL.contexts, ["gb26875"] * 500, [f"{ROOT}/1.1.40.{n}" for n in range(500)]
        )
    assert "device_address" in str(plan) and "Seq Scan on device " not in str(plan)
