"""A cut under everything that may happen to it: two people, a countdown, a fire, crashes, late words, time.

The machine is the product's own rules over one row, as the store keeps it; whatever order things come in, these hold:
it is sent at most once, never without a second person, never before its countdown is over or what stands against it is
asked, never behind its expiry or its consent; and what has ended stays so.
"""

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from zhigan.commands import rules
from zhigan.commands.model import Command, CutPower, Name, State, Target
from zhigan.vocabulary.moments import HOUR, MINUTE, SECOND
from zhigan.vocabulary.roles import Role

NOW = 1_795_320_000_000_000
KIND = rules.KINDS[Name.CUT_POWER]
PEOPLE = {"lead": Role.LEAD, "operator": Role.OPERATOR, "unit": Role.UNIT, "duty": Role.DUTY, "grid": Role.GRID}
WORDS = (State.ACKNOWLEDGED, State.CONFIRMED, State.FAILED)
ENDED = (State.CONFIRMED, State.FAILED, State.CANCELLED)


class Cut(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.target = Target(
            id="d", gateway="mqtt", address="b1", label="空开", type="breaker", circuit="c", load_class="third",
            feeds=("sockets",), cut_by="业主", cut_until=NOW + HOUR, measured=True,
        )  # fmt: skip
        self.sent: list[int] = []
        self.released_at: int | None = None
        self.ended: State | None = None

    @initialize(requester=st.sampled_from(("lead", "operator", "unit")), measured=st.booleans())
    def asked(self, requester: str, measured: bool) -> None:
        state = rules.begins(KIND, self.target, PEOPLE[requester], self.now)
        self.row = Command(
            id="x", version=1, device_id="d", gateway="mqtt", address="b1", device="空开", name=Name.CUT_POWER,
            arguments=CutPower("冒烟"), state=state, detail="", requested_by=requester, requested_name=requester,
            requested_at=self.now, expires_at=rules.deadline(KIND, self.target, self.now), changed_at=self.now,
            history=(), measured=measured, circuit="c",
        )  # fmt: skip

    def becomes(self, state: State, **fields: object) -> None:
        assert rules.legal(self.row.state, state)
        if state in ENDED:
            self.ended = state
        self.row = msgspec.structs.replace(self.row, state=state, changed_at=self.now, held=False, **fields)
        if "due_at" in fields:
            self.row = msgspec.structs.replace(self.row, held=True)

    @rule(seconds=st.sampled_from((1, 14, 15, 16, 60, 119, 121, 600)))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds * SECOND

    @rule(who=st.sampled_from(sorted(PEOPLE)))
    def somebody_approves(self, who: str) -> None:
        try:
            rules.approves(self.row, self.target, who, PEOPLE[who], self.now)
        except rules.Refusal:
            return
        assert who != self.row.requested_by
        self.becomes(
            State.PENDING, approved_by=who, due_at=self.now + KIND.countdown,
            expires_at=rules.approved_until(KIND, self.target, self.now),
        )  # fmt: skip

    @rule(who=st.sampled_from(sorted(PEOPLE)))
    def somebody_stops(self, who: str) -> None:
        try:
            rules.cancels(self.row, who, PEOPLE[who], self.now)
        except rules.Refusal:
            return
        self.becomes(State.CANCELLED)

    @rule()
    def the_worker_looks(self) -> None:
        """As `desks.electrical.worker` does: at the end of the countdown, and only then."""
        if self.row.state is not State.PENDING or not self.row.held or (self.row.due_at or 0) > self.now:
            return
        try:
            rules.releases(self.row, self.target, self.now)
        except rules.Refusal:
            self.becomes(State.CANCELLED)
            return
        self.released_at = self.now
        self.row = msgspec.structs.replace(self.row, held=False)

    @rule(crashes=st.booleans())
    def a_gateway_sends(self, crashes: bool) -> None:
        """`sent` is written before the first byte: who crashes between the two has sent nothing, and nobody will."""
        if not rules.may_go(self.row, self.now):
            return
        self.becomes(State.SENT)
        if not crashes:
            self.sent.append(self.now)

    @rule(word=st.sampled_from(WORDS))
    def the_device_answers(self, word: State) -> None:
        after = rules.proves(self.row, word)
        if after is not self.row.state and self.sent and rules.legal(self.row.state, after):
            self.becomes(after)

    @rule(dead=st.booleans())
    def it_is_measured(self, dead: bool) -> None:
        if self.row.state is State.ACKNOWLEDGED and self.row.measured:
            self.becomes(State.CONFIRMED if dead else State.FAILED)

    @rule()
    def it_expires(self) -> None:
        if self.row.expires_at <= self.now and rules.legal(self.row.state, State.EXPIRED):
            self.becomes(State.EXPIRED)

    @rule(what=st.sampled_from(("consent", "fire", "pump", "class", "gone")))
    def something_changes(self, what: str) -> None:
        change = {
            "consent": {"cut_until": self.now},
            "fire": {"burning": True},
            "pump": {"feeds": ("sockets", "fire_pump")},
            "class": {"load_class": "second"},
            "gone": {"gone": True},
        }[what]
        self.target = msgspec.structs.replace(self.target, **change)

    @invariant()
    def it_was_sent_once_at_most(self) -> None:
        assert len(self.sent) <= 1

    @precondition(lambda self: self.sent)
    @invariant()
    def and_only_as_two_people_said(self) -> None:
        row, sent = self.row, self.sent[0]
        assert row.approved_by is not None
        assert row.approved_by != row.requested_by
        assert row.due_at is not None
        assert self.released_at is not None
        assert row.due_at <= self.released_at <= sent < row.expires_at
        assert row.expires_at <= row.due_at + rules.CUT_VALID
        assert row.expires_at <= NOW + HOUR

    @precondition(lambda self: self.ended is not None)
    @invariant()
    def what_has_ended_stays(self) -> None:
        assert self.row.state is self.ended

    @precondition(lambda self: getattr(self, "row", None) is not None and self.row.measured)
    @invariant()
    def a_measured_cut_is_confirmed_by_nothing_else(self) -> None:
        assert rules.proves(self.row, State.CONFIRMED) is State.ACKNOWLEDGED


Cut.TestCase.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
TestCut = Cut.TestCase


def test_a_circuit_that_feeds_what_must_not_die_is_never_cut() -> None:
    safe = Target(
        id="d", gateway="mqtt", address="b", label="", type="breaker", circuit="c", load_class="third",
        feeds=("sockets",), cut_by="业主", cut_until=NOW + MINUTE,
    )  # fmt: skip
    rules.cuttable(safe, NOW)
    against = {
        "feeds": [(), ("fire_pump",), ("sockets", "medical"), ("lighting", "emergency_lighting"), ("不认识的",)],
        "load_class": ["first", "second", ""],
        "burning": [True],
        "gone": [True],
        "cut_by": [""],
        "cut_until": [None, NOW],
    }
    for field, values in against.items():
        for value in values:
            try:
                rules.cuttable(msgspec.structs.replace(safe, **{field: value}), NOW)
            except rules.Impossible:
                continue
            raise AssertionError(f"{field}={value} may be cut")
