"""Clocks and fresh ids."""

import uuid

from zhigan.runtime.clock import Clock, HandClock, SystemClock
from zhigan.runtime.ids import mint
from zhigan.vocabulary.moments import to_datetime, to_micros


def test_the_system_clock_agrees_with_itself() -> None:
    clock: Clock = SystemClock()
    before, now, after = clock.micros(), to_micros(clock.now()), clock.micros()
    assert before <= now <= after


def test_a_hand_clock_stands_still_until_moved(hand_clock: HandClock) -> None:
    start = hand_clock.micros()
    assert hand_clock.micros() == start
    hand_clock.advance(1.5)
    assert hand_clock.micros() == start + 1_500_000
    hand_clock.set(7)
    assert hand_clock.now() == to_datetime(7)


def test_minted_ids_are_uuid7_of_their_moment_and_differ(hand_clock: HandClock) -> None:
    ids = [mint(hand_clock) for _ in range(1_000)]
    assert len(set(ids)) == 1_000
    for text in ids:
        id_ = uuid.UUID(text)
        assert (id_.version, id_.variant) == (7, uuid.RFC_4122)
        assert id_.int >> 80 == hand_clock.micros() // 1000
