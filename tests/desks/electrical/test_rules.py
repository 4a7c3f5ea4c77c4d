"""The line through daily maxima: robust, and silent where nothing stands out."""

from hypothesis import given
from hypothesis import strategies as st

from zhigan.desks.electrical.bounds import Bound, limits
from zhigan.desks.electrical.rules import drift, level
from zhigan.vocabulary.electrical import STANDARDS

WAVE = (0.0, 1.0, -1.0, 0.5, -0.5, 0.8, -0.8, 0.2, -0.3, 0.6)


def days(slope, start=40.0, noise=1.0, n=10):
    return [(float(d), start + slope * d + noise * WAVE[d % len(WAVE)]) for d in range(n)]


def test_a_steady_rise_reaches_its_limit_when_it_should():
    found = drift(days(1.0), 70.0)
    assert found is not None
    assert 0.8 < found.low <= found.per_day <= found.high < 1.3
    assert found.soonest <= found.days <= (found.latest or 1e9)
    assert abs(found.days - (70 - 49) / 1.0) < 3


def test_one_broken_day_bends_nothing():
    broken = days(1.0)
    broken[4] = (4.0, 250.0)
    found = drift(broken, 70.0)
    assert found is not None
    assert abs(found.per_day - 1.0) < 0.3


@given(st.lists(st.floats(20, 60), min_size=5, max_size=30))
def test_what_is_told_is_in_order_and_finite(values):
    found = drift([(float(d), v) for d, v in enumerate(values)], 70.0)
    if found is not None:
        assert 0 < found.low <= found.per_day <= found.high
        assert 0 < found.soonest <= found.days
        assert found.latest is None or found.days <= found.latest


def test_nothing_stands_out_and_so_nothing_is_told():
    assert drift(days(0.0), 70.0) is None
    assert drift(days(-1.0), 70.0) is None
    assert drift(days(1.0, n=4), 70.0) is None
    assert drift(days(0.01, noise=0.001), 70.0) is None, "in years"
    assert drift(days(1.0, start=80.0), 70.0) is None, "over its limit already: an alarm's business"


def test_a_quantity_beside_its_limits():
    voltage = limits(Bound("voltage", "a", 3, None), STANDARDS)
    assert [level(v, voltage) for v in (180.0, 220.0, 236.0)] == ["over", "normal", "over"]
    current = limits(Bound("current", "b", 3, 40.0), STANDARDS)
    assert [level(v, current) for v in (10.0, 33.0, 41.0, None)] == ["normal", "near", "over", "unknown"]
    assert limits(Bound("current", "b", 3, None), STANDARDS).high is None
    leak = limits(Bound("residual_current", "", 3, None), STANDARDS)
    assert (leak.high, leak.near, leak.source) == (300.0, 240.0, "GB 50116-2013")
    own = limits(Bound("residual_current", "", 3, None, 450.0, "王工 2026-11-30"), STANDARDS)
    assert (own.high, own.near, own.source) == (450.0, 360.0, "王工 2026-11-30")
