"""Phases against one another, a night against the circuit's own nights, lines against their limits."""

from hypothesis import given
from hypothesis import strategies as st

from zhigan.desks.electrical import trends
from zhigan.desks.electrical.model import Channel
from zhigan.desks.electrical.rules import Drift
from zhigan.desks.electrical.trends import CURRENT, DRIFT, IMBALANCE, NIGHT_LOAD, SOON, VOLTAGE, Line, Night
from zhigan.history.rules import Reading
from zhigan.vocabulary.metrics import BY_NAME
from zhigan.vocabulary.moments import MINUTE

AT = 1_795_320_000_000_000


def channel(number: int, metric: int, phase: str, conditions: int = 0) -> Channel:
    return Channel(
        circuit="c", metric=metric, phase=phase, device_id=str(number), device=f"{phase}相", number=number, parent=None,
        gateway="lwm2m", address=f"ep/{number}", conditions=conditions, seen=True, limit_at=None,
        limit_by=None, limit_set=None,
    )  # fmt: skip


def three(metric: int, conditions: int = 0) -> list[Channel]:
    return [channel(n, metric, phase, conditions) for n, phase in enumerate("abc", start=1)]


def read(metric: int, *values: float, apart: int = 0) -> dict[tuple[int, int], Reading]:
    return {(n, metric): Reading(AT + n * apart, AT, v) for n, v in enumerate(values, start=1)}


def test_phases_apart_are_found_with_their_figures_and_only_under_load():
    found = trends.imbalance(three(CURRENT), read(CURRENT, 20.0, 21.0, 6.0), 40.0)
    assert found is not None
    assert (found.bits, found.device.phase) == (IMBALANCE, "a")
    assert dict(found.facts)["percent"] == 61.7
    assert dict(found.facts)["c"] == "6.0 A"
    even = trends.imbalance(three(CURRENT), read(CURRENT, 20.0, 21.0, 19.0), 40.0)
    assert even is not None
    assert even.bits == 0
    assert trends.imbalance(three(CURRENT), read(CURRENT, 2.0, 2.1, 0.6), 40.0) is None, "three lamps"
    assert trends.imbalance(three(CURRENT), read(CURRENT, 20.0, 21.0), 40.0) is None, "a phase is not heard"
    assert trends.imbalance(three(CURRENT), read(CURRENT, 20.0, 21.0, 6.0, apart=2 * MINUTE), 40.0) is None
    assert trends.imbalance(three(CURRENT), read(CURRENT, 20.0, 21.0, 6.0), None) is None, "no rating, no load"


def test_voltage_is_judged_by_its_standard_and_a_dead_line_by_none():
    found = trends.imbalance(three(VOLTAGE), read(VOLTAGE, 230.0, 220.0, 205.0), None)
    assert found is not None
    assert (found.bits, dict(found.facts)["source"]) == (IMBALANCE, "GB/T 15543-2008")
    assert trends.imbalance(three(VOLTAGE), read(VOLTAGE, 0.4, 0.0, 0.1), None) is None


@given(st.lists(st.floats(5, 40), min_size=3, max_size=3))
def test_what_stands_goes_later_than_it_comes(values: list[float]):
    came = trends.imbalance(three(CURRENT), read(CURRENT, *values), 20.0)
    stays = trends.imbalance(three(CURRENT, IMBALANCE), read(CURRENT, *values), 20.0)
    assert (came is None) == (stays is None)
    if came is not None and stays is not None:
        assert came.bits <= stays.bits
        percent = trends.unbalanced(values)
        assert (came.bits != 0) == (percent >= 50.0)
        assert (stays.bits != 0) == (percent >= 40.0)


def test_a_night_is_unusual_only_against_the_circuits_own_nights():
    nights = [4.0, 4.4, 3.8, 4.1, 4.2, 3.9, 4.0, 9.0]
    known = trends.night_of(nights, 40.0)
    assert known is not None
    assert (known.usual, known.bound, known.nights) == (4.05, 8.05, 8), "one night of guests bends nothing"
    assert trends.night_of(nights[:6], 40.0) is None
    own, table = three(CURRENT), {(1, CURRENT): known, (2, CURRENT): known}
    loud = trends.night_load(own, read(CURRENT, 4.0, 12.5, 4.0), table, night=True)
    assert loud is not None
    assert loud.bits == NIGHT_LOAD
    assert dict(loud.facts) == {"load": "12.5 A", "usual": "4.0 A", "bound": "8.1 A", "nights": 8}
    usual = trends.night_load(own, read(CURRENT, 4.0, 5.0, 4.0), table, night=True)
    assert usual is not None
    assert usual.bits == 0
    by_day = trends.night_load(own, read(CURRENT, 4.0, 30.0, 4.0), table, night=False)
    assert by_day is not None
    assert by_day.bits == 0
    assert trends.night_load(own, {}, table, night=True) is None, "not heard, not judged"
    assert trends.night_load(own, read(CURRENT, 4.0), {}, night=True) is None


@given(st.lists(st.floats(0, 100), min_size=7, max_size=28), st.floats(0, 50))
def test_the_bound_follows_the_load(nights: list[float], more: float):
    one, other = trends.night_of(nights, 40.0), trends.night_of([v + more for v in nights], 40.0)
    assert isinstance(one, Night)
    assert isinstance(other, Night)
    assert one.bound >= one.usual + 4.0
    assert other.bound >= one.bound - 1e-6


def test_what_meets_its_limit_first_is_told_and_a_week_is_graver():
    heat = BY_NAME["temperature"].number
    device = channel(1, heat, "a")
    later = Line(device, Drift(1.0, 0.5, 1.5, 50.0, 20.0, 13.3, 40.0), 70.0, "GB 14287.3")
    sooner = Line(device, Drift(2.0, 1.5, 2.5, 58.0, 6.0, 4.8, None), 70.0, "GB 14287.3")
    found = trends.drifting(device, [later, sooner])
    assert (found.bits, found.of) == (DRIFT | SOON, DRIFT | SOON)
    assert dict(found.facts)["days"] == 6.0
    assert "latest" not in dict(found.facts)
    assert trends.drifting(device, [later]).bits == DRIFT
    assert trends.drifting(device, []).bits == 0
    edge = Line(device, Drift(1.0, 0.5, 1.5, 62.0, 8.0, 5.3, 16.0), 70.0, "GB 14287.3")
    assert trends.drifting(device, [edge]).bits == DRIFT
    assert trends.drifting(channel(1, heat, "a", DRIFT | SOON), [edge]).bits == DRIFT | SOON
