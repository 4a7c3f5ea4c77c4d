"""Anything may be said, in any order, at any time, by anybody: what must hold all the same."""

from collections import Counter

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from support.judging import DAY, NIGHT, PANEL, House
from zhigan.alarms.engine import POLICY_V1, Case, Context, Locus, Seen, Subject, decide
from zhigan.alarms.engine.book import Book
from zhigan.alarms.engine.model import SETTLING, STANDS, TESTED
from zhigan.alarms.engine.raising import covering
from zhigan.incidents.model import Remarked, State, Why
from zhigan.vocabulary.conditions import Condition, Operation
from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.moments import SECOND
from zhigan.vocabulary.premises import PremisesClass
from zhigan.vocabulary.signals import Signal, SignalKind

FIRES = int(Condition.FIRE | Condition.MANUAL_ALARM | Condition.DISCHARGE)
SAID = (
    Condition.NONE, Condition.FIRE, Condition.FIRE, Condition.FAULT, Condition.SHIELD, Condition.GAS_LOW,
    Condition.GAS_LOW | Condition.GAS_HIGH, Condition.WATER_FLOW, Condition.OFFLINE, Condition.TAMPER,
    Condition.CABLE_TEMPERATURE, Condition.ARC, Condition.STARTED, Condition.FEEDBACK, Condition.PUMP_OFF,
    Condition.MAINS_FAULT, Condition.MAINS_FAULT | Condition.BACKUP_FAULT, Condition.DUTY_MISSED, Condition.SUPERVISORY,
    Condition.FIRE | Condition.FAULT, Condition.DISCHARGE, Condition.NO_WATER, Condition.VIDEO_FIRE,
)  # fmt: skip


def subjects(house: House) -> list[Subject]:
    return [
        house.point("烟感11", floor=11),
        house.point("烟感12", floor=12),
        house.point("烟感13", floor=13),
        house.point("烟感20", floor=20),
        house.point("烟感?", "other", registered=False),
        house.point("手报", "manual_call_point", floor=12),
        house.point("模块", "module", floor=12),
        house.point("燃气1", "gas", floor=11),
        house.point("燃气2", "gas", floor=20),
        house.point("水流", "water_flow", floor=12),
        house.point("水泵", "pump", floor=-1),
        house.point("阀", "valve", floor=11),
        house.point("电气", "electrical_monitor", floor=12),
        house.alone("1号"),
        house.alone("2号"),
        house.alone("摄像机", "camera", locus=Locus("B", 12)),
        house.panel(),
        house.transmitter(),
    ]


class Anything(RuleBasedStateMachine):
    @initialize(premises=st.sampled_from(PremisesClass), at=st.sampled_from([DAY, NIGHT]))
    def begin(self, premises: PremisesClass, at: int) -> None:
        self.house = House(premises, at, devices=18, loops={f"{PANEL}/1.1": 12})
        self.subjects = subjects(self.house)
        self.late: list[Seen] = []
        self.gravest: dict[str, Grade] = {}
        self.closed: set[str] = set()

    @rule(who=st.integers(0, 17), said=st.sampled_from(SAID))
    def says(self, who: int, said: Condition) -> None:
        self.house.says(self.subjects[who], said)

    @rule(many=st.lists(st.tuples(st.integers(0, 17), st.sampled_from(SAID)), min_size=2, max_size=6))
    def batch(self, many: list[tuple[int, Condition]]) -> None:
        self.house.hears([self.house.status(self.subjects[who], said) for who, said in many])

    @rule(who=st.integers(0, 17), said=st.sampled_from(SAID))
    def is_held_up(self, who: int, said: Condition) -> None:
        self.late.append(self.house.status(self.subjects[who], said))

    @rule()
    def held_up_arrives(self) -> None:
        if self.late:
            self.house.hears([self.late.pop(0)])

    @rule(who=st.integers(0, 17), said=st.sampled_from(SAID), age=st.sampled_from([30, 900, 7200]))
    def comes_late(self, who: int, said: Condition, age: int) -> None:
        self.house.says(self.subjects[who], said, age=age)

    @rule(value=st.sampled_from([20.0, 60.0, 71.0, 80.0, 95.0, 3000.0]))
    def reads(self, value: float) -> None:
        self.house.reads(self.subjects[12], 1, value)

    @rule(who=st.sampled_from([16, 17]), operations=st.integers(1, 255))
    def does(self, who: int, operations: int) -> None:
        self.house.does(self.subjects[who], operations & ~int(Operation.MANUAL_ALARM) or int(Operation.RESET))

    @rule(seconds=st.sampled_from([0.5, 5, 19, 20, 61, 121, 181, 301, 601, 4000]))
    def time_passes(self, seconds: float) -> None:
        self.house.passes(seconds)

    @rule(
        which=st.integers(0, 9), state=st.sampled_from([State.VERIFYING, State.CONFIRMED, State.CLOSED, State.CLOSED])
    )
    def somebody_acts(self, which: int, state: State) -> None:
        if self.house.open:
            row = self.house.open[which % len(self.house.open)]
            if row.desk or state is State.CLOSED:
                self.house.person(row, state)
                if state is State.CLOSED:
                    self.closed.add(row.id)
                self.house.passes(0)

    @rule(whole=st.booleans())
    def test_begins(self, whole: bool) -> None:
        self.house.test(whole=whole, addresses=() if whole else (self.subjects[1].address, self.subjects[5].address))
        self.house.hears([])  # the registry tells the worker, which asks again

    @rule()
    def test_is_over(self) -> None:
        self.house.test_ends()

    @invariant()
    def the_engine_and_the_rows_agree(self) -> None:
        known = {o.id: (o.grade, o.kind, o.slot) for o in self.house.case.open.values()}
        assert known == {r.id: (r.grade, r.kind, r.slot) for r in self.house.open}

    @invariant()
    def one_open_desk_incident_a_locus(self) -> None:
        loci = Counter(locus for o in self.house.case.open.values() if o.desk for locus in o.loci)
        assert all(n == 1 for n in loci.values()), loci
        for id_ in self.house.case.where.values():
            assert id_ in self.house.case.open
        for ids in self.house.case.desks.values():
            assert all(i in self.house.case.open for i in ids)

    @invariant()
    def no_fire_is_lost(self) -> None:
        book = Book(self.house.case, self.house.context, POLICY_V1, [], self.house.now)
        for point in self.house.case.points.values():
            bits = point.told & FIRES
            while bits:
                bit = bits & -bits
                bits ^= bit
                alarm = point.alarms[bit]
                if alarm.phase == TESTED:
                    assert covering(book, point.subject) is not None
                else:
                    assert alarm.phase in (STANDS, SETTLING)
                    living = book.living(alarm.incident)
                    assert living or alarm.incident in self.house.rows
                    assert living or self._ended_in(alarm.incident) in self.closed

    def _ended_in(self, incident: str) -> str:
        row = self.house.rows[incident]
        return row.id if row.merged_into is None else self._ended_in(row.merged_into)

    @invariant()
    def grades_are_never_lowered(self) -> None:
        for row in self.house.rows.values():
            assert row.grade <= self.gravest.get(row.id, Grade.IV)
            self.gravest[row.id] = row.grade

    @invariant()
    def counts_are_true(self) -> None:
        case = self.house.case
        book = Book(case, self.house.context, POLICY_V1, [], self.house.now)
        alarms = [a for p in case.points.values() for a in p.alarms.values() if a.phase in (STANDS, SETTLING)]
        live = Counter(book.living(a.incident) for a in alarms)
        for incident in case.open.values():
            assert incident.live == live[incident.id], incident
        assert sum(case.impaired.values()) == sum(a.protects for a in alarms)
        members = Counter(a.group for a in alarms if a.group)
        for key, group in case.groups.items():
            assert len(group.members) == len(group.onsets)
            assert len(group.members) <= members[key]
        for system, keys in case.latched.items():
            assert all(case.points[k].latched == system for k in keys)

    def teardown(self) -> None:
        """When everything is normal and every row is closed, nothing is left to remember."""
        house = getattr(self, "house", None)
        if house is None:
            return
        house.test_ends()
        for subject in self.subjects:
            house.says(subject)
        house.reads(self.subjects[12], 1, 20.0)
        for row in house.open:
            house.person(row, State.CLOSED)
        house.passes(3 * 86400)
        assert house.open == []
        assert house.case.idle, house.case
        assert house.case == Case(key=house.case.key, tests=house.case.tests)


TestAnything = Anything.TestCase
TestAnything.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)

STEPS = st.lists(
    st.tuples(st.integers(0, 17), st.sampled_from(SAID), st.sampled_from([0.2, 3, 25, 100, 400])),
    min_size=2,
    max_size=25,
)


@settings(max_examples=80, deadline=None)
@given(STEPS, st.data())
def test_it_makes_no_difference_how_the_stream_is_cut(steps: list[tuple[int, Condition, float]], data: st.DataObject):
    house = House()
    house.subjects = subjects(house)
    seen: list[Seen] = []
    for who, said, pause in steps:
        house.now += int(pause * SECOND)
        seen.append(house.status(house.subjects[who], said))
    whole = decide(Case(key="unit:1"), house.context, seen, POLICY_V1, house.now)
    cut = data.draw(st.integers(1, len(seen) - 1))
    first = decide(Case(key="unit:1"), house.context, seen[:cut], POLICY_V1, seen[cut - 1].signal.received_at)
    second = decide(first.case, house.context, seen[cut:], POLICY_V1, house.now)
    assert first.changes + second.changes == whole.changes
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(second.case), type=Case).open == whole.case.open


@settings(max_examples=50, deadline=None)
@given(STEPS, st.randoms())
def test_a_batch_is_judged_in_the_order_in_which_it_was_heard(steps: list[tuple[int, Condition, float]], chance):
    house = House()
    house.subjects = subjects(house)
    seen = [house.status(house.subjects[who], said) for who, said, _ in steps]
    mixed = list(seen)
    chance.shuffle(mixed)
    straight = decide(Case(key="unit:1"), house.context, seen, POLICY_V1, house.now)
    assert decide(Case(key="unit:1"), house.context, mixed, POLICY_V1, house.now) == straight


def test_ten_thousand_points_in_one_case_are_judged_in_a_straight_line():
    """A storm in one case: every signal costs about the same, however many came before (counted, not timed)."""
    context = Context(case_key="unit:1", devices=10_000)
    homes = [
        Subject(
            number=n, address=f"ep{n}", gateway="lwm2m", type="smoke", locus=Locus("", None, "", "", f"lwm2m:ep{n}")
        )
        for n in range(10_000)
    ]
    seen = [
        Seen(Signal("lwm2m", s.address, int(SignalKind.STATUS), DAY + s.number, DAY, 1, 1), s) for s in homes
    ]  # fmt: skip
    verdict = decide(Case(key="unit:1"), context, seen, POLICY_V1, DAY + 10_000)
    assert len(verdict.changes) == 10_000
    assert len(verdict.case.open) == 10_000


def test_what_is_said_again_after_it_was_forgotten_is_told_however_the_stream_is_cut():
    """Found by the test above, once in thousands: a cut swept what the whole still held against the second start."""
    house = House()
    fan, smoke = house.point("风机", "other", floor=12), house.point("烟感12", floor=12)
    seen: list[Seen] = []
    for who, said, pause in (
        (smoke, Condition.FIRE, 3), (fan, Condition.STARTED, 3), (fan, Condition.NONE, 3),
        (smoke, Condition.FIRE, POLICY_V1.remember_s + 1), (fan, Condition.STARTED, 3),
    ):  # fmt: skip
        house.now += pause * SECOND
        seen.append(house.status(who, said))
    whole = decide(Case(key="unit:1"), house.context, seen, POLICY_V1, house.now)
    started = [change for change in whole.changes if isinstance(change, Remarked) and change.reason.why == Why.STARTED]
    assert len(started) == 2
    for cut in range(1, len(seen)):
        first = decide(Case(key="unit:1"), house.context, seen[:cut], POLICY_V1, seen[cut - 1].signal.received_at)
        second = decide(first.case, house.context, seen[cut:], POLICY_V1, house.now)
        assert first.changes + second.changes == whole.changes, cut
