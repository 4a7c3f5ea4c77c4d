"""`quiet` may only say yes when `decide` would change nothing."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from support.judging import DAY, EVERYTHING, House
from zhigan.alarms.engine import POLICY_V1, Seen, decide, quiet
from zhigan.vocabulary import electrical
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.moments import SECOND
from zhigan.vocabulary.signals import Flag, Signal, SignalKind

BITS = [c for c in Condition if c]
conditions = st.lists(st.sampled_from(BITS), max_size=3).map(lambda found: int(sum(set(found))))
types = st.sampled_from(["smoke", "gas", "electrical_monitor", "pump", "valve", "water_level", "hydrant"])
readings = st.lists(
    st.tuples(st.sampled_from([1, 3, 4, 5, 6, 7, 10, 11, 14, 99]), st.floats(-60, 400) | st.just(float("nan"))),
    max_size=3,
)
signals = st.one_of(
    st.tuples(st.just(SignalKind.STATUS), conditions, st.sampled_from([EVERYTHING, 0x1FF, 1]), st.just([])),
    st.tuples(st.just(SignalKind.READINGS), st.just(0), st.just(0), readings),
    st.tuples(
        st.just(SignalKind.LINK), st.sampled_from([0, 1 << 31]), st.sampled_from([0, 1 << 31]), st.just([(0, 1.0)])
    ),
    st.tuples(st.sampled_from([SignalKind.INFO, SignalKind.SEEN]), st.just(0), st.just(0), st.just([])),
)


owns = st.sampled_from([(), electrical.current(40.0), electrical.voltage(220.0), (electrical.heat(50.0, "x"),)])


@settings(max_examples=600, deadline=None)
@given(types, owns, st.lists(conditions, max_size=3), readings, signals, st.sampled_from([0, Flag.LATE]))
def test_what_is_quiet_changes_nothing(
    type_: str, own, before: list[int], values: list[tuple[int, float]], spoken, flags: int
):
    house = House()
    who = house.point("x", type_, floor=1, own=own)
    for bits in before:
        house.says(who, Condition(bits))
        house.passes(1)
    for metric, value in values:
        house.reads(who, metric, value)
    kind, said, known, read = spoken
    at = house.heard()
    signal = Signal(
        who.gateway, who.address, int(kind), at, at, said, known,
        metrics=tuple(m for m, _ in read), values=tuple(v for _, v in read), flags=int(flags),
    )  # fmt: skip
    point = house.case.points.get(who.address)
    now = 0 if point is None else point.conditions
    if quiet(signal, now, POLICY_V1.bounds(type_, own)):
        verdict = decide(house.case, house.context, [Seen(signal, who)], POLICY_V1, at)
        assert verdict.changes == ()
        assert verdict.conditions == ()
        assert msgspec.msgpack.encode(verdict.case) == msgspec.msgpack.encode(house.case)


def test_what_most_devices_say_most_of_the_time_is_quiet():
    house = House()
    who = house.point("x", "electrical_monitor")
    bounds = POLICY_V1.bounds("electrical_monitor")
    normal = Signal("gb26875", who.address, int(SignalKind.STATUS), DAY, DAY, 0, EVERYTHING)
    values = Signal("gb26875", who.address, int(SignalKind.READINGS), DAY, DAY, metrics=(1, 5), values=(31.0, 80.0))
    info = Signal("gb26875", who.address, int(SignalKind.INFO), DAY, DAY, text="v1.2")
    assert quiet(normal, 0, bounds)
    assert quiet(values, 0, bounds)
    assert quiet(info, 0, bounds)
    fault = int(Condition.FAULT)
    assert quiet(msgspec.structs.replace(normal, conditions=fault), fault, bounds)


def test_what_may_matter_is_never_quiet():
    house = House()
    who = house.point("x", "electrical_monitor")
    bounds = POLICY_V1.bounds("electrical_monitor")
    status = Signal("gb26875", who.address, int(SignalKind.STATUS), DAY, DAY, 0, EVERYTHING)
    fire, duty, offline = int(Condition.FIRE), int(Condition.DUTY_MISSED), int(Condition.OFFLINE)
    assert not quiet(msgspec.structs.replace(status, conditions=fire), 0, bounds)
    assert not quiet(msgspec.structs.replace(status, conditions=fire), fire, bounds)
    assert not quiet(msgspec.structs.replace(status, conditions=duty), duty, bounds)
    assert not quiet(status, fire, bounds)
    assert not quiet(status, offline, bounds)
    assert not quiet(msgspec.structs.replace(status, kind=int(SignalKind.OPERATION), operations=1), 0, bounds)
    reading = Signal("gb26875", who.address, int(SignalKind.READINGS), DAY, DAY, metrics=(1,), values=(56.0,))
    assert not quiet(reading, 0, bounds)
    assert not quiet(msgspec.structs.replace(reading, values=(20.0,)), int(Condition.NEAR_LIMIT), bounds)


def test_a_point_that_is_unsettled_is_never_quiet_for_status_and_readings():
    """The worker gives -1 while a transaction that may change the point is under way."""
    bounds = POLICY_V1.bounds("smoke")
    status = Signal("gb26875", "a", int(SignalKind.STATUS), DAY, DAY, 0, EVERYTHING)
    reading = Signal("gb26875", "a", int(SignalKind.READINGS), DAY, DAY + SECOND, metrics=(1,), values=(20.0,))
    assert not quiet(status, -1, bounds)
    assert not quiet(reading, -1, bounds)
