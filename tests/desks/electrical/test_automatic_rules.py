"""An automatic cut: never unless everything holds, whatever readings and circumstances come together."""

from itertools import pairwise

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from zhigan.commands.model import Target
from zhigan.desks.electrical.automatic_rules import (
    BELIEVED,
    BROKEN,
    GAP,
    HEARD_WITHIN,
    LATE,
    REST,
    Agreement,
    Ground,
    Limit,
    Series,
    held,
    judge,
    mode,
)  # fmt: skip
from zhigan.history.rules import Reading
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.metrics import BY_NAME
from zhigan.vocabulary.moments import DAY, HOUR, MINUTE, SECOND

NOW = 1_795_320_000_000_000
RESIDUAL = BY_NAME["residual_current"].number
LIMIT, HOLD = 500.0, 2 * MINUTE
TARGET = Target(
    id="d", gateway="mqtt", address="b1", label="空开", type="breaker", circuit="c", load_class="third",
    feeds=("sockets",), cut_by="业主", cut_until=NOW + HOUR, measured=True,
)  # fmt: skip
AGREED = Agreement(
    id="a", circuit="c", limits=(Limit(RESIDUAL, LIMIT),), hold=HOLD, begun_at=NOW - 20 * DAY, asked_at=NOW - DAY,
    asker="one", until=NOW + DAY, approved_at=NOW - HOUR, approver="two",
)  # fmt: skip
FINE = Ground(TARGET, NOW + HOUR, False)


def told(*values, step=MINUTE, end=NOW, late=0):
    first = end - step * (len(values) - 1)
    return [Reading(first + n * step, first + n * step + late, v) for n, v in enumerate(values)]


def judged(readings, agreement=AGREED, ground=FINE, conditions=0, state="live", now=NOW):
    return judge(agreement, ground, [Series(RESIDUAL, "", conditions, readings)], state, now)


def but(base, **choices):
    """As it stands, but for at most two of its fields."""
    changes = [st.tuples(st.just(name), st.sampled_from(values)) for name, values in choices.items()]
    return st.lists(st.one_of(changes), max_size=2).map(lambda made: msgspec.structs.replace(base, **dict(made)))


targets = but(
    TARGET, type=("smoke",), gone=(True,), load_class=("general", "second", ""), measured=(False,), circuit=("",),
    feeds=(("sockets", "lift"), ()), burning=(True,), cut_until=(NOW, None), cut_by=("",),
)  # fmt: skip
agreements = but(
    AGREED, approved_at=(None, NOW + 1), until=(NOW, None), ended_at=(NOW - 1,), tripped_at=(NOW - REST, NOW - REST + 1)
)
grounds = st.builds(
    Ground,
    st.one_of(targets, targets, st.none()),
    st.sampled_from((NOW + 1, NOW + HOUR, NOW, None)),
    st.sampled_from((False, False, False, True)),
)
readings = st.lists(
    st.builds(
        lambda step, late, value: (step, late, value),
        st.sampled_from((MINUTE,) * 5 + (SECOND, GAP, GAP + 1)),
        st.sampled_from((0,) * 9 + (SECOND, LATE, LATE + 1)),
        st.sampled_from((500.0, 29_999.0) + (650.0,) * 18 + (499.9, 0.0, 30_001.0, float("nan"), float("inf"))),
    ),
    min_size=2,
    max_size=8,
).map(lambda told: _backwards(told))


def _backwards(told_):
    at, made = NOW, []
    for step, late, value in told_:
        made.append(Reading(at, at + late, value))
        at -= step
    return made


@settings(max_examples=600)
@given(
    readings,
    st.one_of(st.just(AGREED), agreements),
    st.one_of(st.just(FINE), grounds),
    st.sampled_from((0, 0, 0, int(Condition.IMPLAUSIBLE), BROKEN)),
    st.sampled_from(("live", "live", "unknown", "dead")),
)
def test_it_never_cuts_unless_everything_holds(told_, agreement, ground, conditions, state):
    trip = judged(told_, agreement, ground, conditions, state)
    if trip is None or not trip.cuts:
        return
    assert agreement.approved_at is not None and agreement.approved_at <= NOW < (agreement.until or 0)
    assert agreement.ended_at is None and agreement.approver != agreement.asker
    assert agreement.tripped_at is None or NOW - agreement.tripped_at >= REST
    target = ground.target
    assert target is not None and (target.type, target.load_class, target.gone) == ("breaker", "third", False)
    assert target.feeds == ("sockets",) and target.circuit and target.measured and not target.burning
    assert target.cut_by and (target.cut_until or 0) > NOW
    assert (ground.named_until or 0) > NOW and not ground.burning
    assert conditions == 0 and state != "dead"
    run = sorted((r for r in told_ if r.received_at - r.at <= LATE and r.received_at <= NOW), key=lambda r: r.at)
    counted = [r for r in run if r.at >= trip.held.since]
    assert len(counted) >= 2 and all(LIMIT <= r.value <= BELIEVED["residual_current"] for r in counted)
    assert counted[-1].at - counted[0].at >= HOLD and NOW - counted[-1].received_at <= HEARD_WITHIN
    assert all(b.at - a.at <= GAP for a, b in pairwise(counted))


def test_what_holds_over_the_limit_is_cut_and_said():
    trip = judged(told(120.0, 510.0, 700.0, 640.0))
    assert trip is not None and trip.cuts
    assert trip.said == "automatic: residual_current 640.0 mA >= 500 mA, 3 readings in 120 s, highest 700.0"


def test_the_hold_is_counted_reading_by_reading():
    assert judged(told(600.0, 600.0)) is None, "too short"
    assert judged(told(600.0, 600.0, 499.0, 600.0, 600.0)) is None, "fallen below in between"
    assert judged(told(600.0, 600.0, step=11 * MINUTE)) is None, "nobody measured in between"
    assert judged(told(600.0, 600.0, 600.0, late=LATE + 1)) is None, "old news"
    assert judged(told(600.0, 600.0, 600.0, end=NOW - HEARD_WITHIN - 1)) is None, "nothing since"
    assert judged(told(600.0, 600.0, 31_000.0)) is None, "no wire leaks thirty amperes"
    assert held(told(600.0, 600.0, 600.0), RESIDUAL, LIMIT, HOLD, NOW).readings == 3


def test_a_rehearsal_tells_when_it_would_have_cut_and_cuts_nothing():
    rehearsal = msgspec.structs.replace(AGREED, approved_at=None, asked_at=None, asker=None)
    over = told(600.0, 600.0, 600.0)
    nobody = Ground(msgspec.structs.replace(TARGET, cut_by="", cut_until=None), None, False)
    trip = judged(over, rehearsal, nobody)
    assert mode(rehearsal, NOW) == "rehearsal" and trip is not None
    assert (trip.cuts, trip.live, trip.against) == (False, False, "")
    burning = judged(over, rehearsal, FINE._replace(burning=True))
    assert burning is not None and "open fire" in burning.against
    assert judged(over, msgspec.structs.replace(rehearsal, tripped_at=NOW - REST + 1)) is None, "told a while ago"


def test_live_and_refused_says_why():
    over = told(600.0, 600.0, 600.0)
    for ground, conditions, words in (
        (FINE._replace(burning=True), 0, "open fire"),
        (FINE._replace(named_until=None), 0, "consent"),
        (FINE, int(Condition.IMPLAUSIBLE), "sensor"),
        (FINE._replace(target=msgspec.structs.replace(TARGET, measured=False)), 0, "not measured"),
        (FINE._replace(target=msgspec.structs.replace(TARGET, load_class="general")), 0, "third-class"),
    ):
        trip = judged(over, AGREED, ground, conditions)
        assert trip is not None and not trip.cuts and words in trip.against, trip
    assert mode(AGREED, NOW + DAY) == "rehearsal", "its time is over: it cuts nothing and shows again"
