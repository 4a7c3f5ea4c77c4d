"""Trying a policy on what was: the signals of one case judged again from the beginning, and the rows that would have
come of it.

Enters: a case's context, what was heard in order, a policy, and how people are taken to have dealt with rows. Leaves:
one `Tried` a row that would have stood by itself. Absent: what people really did then: they did it to rows that another
policy would not have opened. Both policies are tried with the same people, so that only the policies differ.
"""

from collections.abc import Iterator, Sequence

import msgspec

from zhigan.alarms.engine.decide import decide
from zhigan.alarms.engine.model import ANSWERED, Case, Context, Open, Seen, Verdict
from zhigan.alarms.engine.policy import Policy
from zhigan.incidents.model import Change, Merged, Opened, Raised, Standing, State
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.moments import SECOND


class People(msgspec.Struct, frozen=True, kw_only=True):
    """`answered_s`: until the site answers a row of the desk. `handled_s`: until a row is closed, from the last time
    that its grade rose, and never before its last alarm has gone, unless it has stood for `most_s`."""

    answered_s: int = 60
    handled_s: int = 1800
    most_s: int = 14400


class Tried(msgspec.Struct, frozen=True, array_like=True):
    """A row that would have stood. `grade`: the gravest it reached; `desk`: it would have come to the desk."""

    opened_at: int
    grade: Grade
    kind: Kind
    desk: bool


class _Row(msgspec.Struct):
    opened_at: int
    grade: Grade
    kind: Kind
    desk: bool
    told_at: int


def tried(context: Context, seen: Sequence[Seen], policy: Policy, until: int, people: People) -> list[Tried]:
    trial = _Trial(context, policy, people)
    for one in seen:
        trial.reach(one.signal.received_at)
        trial.judge((one,), one.signal.received_at)
    trial.reach(until)
    return [Tried(r.opened_at, r.grade, r.kind, r.desk) for r in trial.rows.values()]


class _Trial:
    def __init__(self, context: Context, policy: Policy, people: People) -> None:
        self.context, self.policy, self.people = context, policy.of(context.place.owned.area), people
        self.case = Case(key=context.case_key)
        self.due: int | None = None
        self.rows: dict[str, _Row] = {}

    def reach(self, t: int) -> None:
        """Timers and people, in their order, up to that moment."""
        while (moment := min(self._moments(), default=t)) < t:
            self.judge((), moment, [self._acted(o, moment) for o in self.case.open.values() if self._when(o) <= moment])

    def judge(self, seen: Sequence[Seen], now: int, standing: Sequence[Standing] = ()) -> None:
        verdict = decide(self.case, self.context, seen, self.policy, now, standing)
        self._note(verdict, now)
        self.case, self.due = verdict.case, verdict.due_at

    def _moments(self) -> Iterator[int]:
        if self.due is not None:
            yield self.due
        for known in self.case.open.values():
            yield self._when(known)

    def _when(self, known: Open) -> int:
        """When people act on it next."""
        row = self.rows[known.id]
        if known.desk and not known.marks & ANSWERED and known.answer_by is not None:
            return known.desk_at + self.people.answered_s * SECOND
        handled = row.told_at + self.people.handled_s * SECOND
        return max(handled, row.opened_at + self.people.most_s * SECOND) if known.live > 0 else handled

    def _acted(self, known: Open, now: int) -> Standing:
        row = self.rows[known.id]
        answers = known.desk and not known.marks & ANSWERED and known.answer_by is not None
        closes = not answers and now >= row.told_at + self.people.handled_s * SECOND
        return Standing(
            id=known.id, version=0, state=State.CLOSED if closes else known.state, grade=known.grade, slot=known.slot,
            case_key=self.case.key, kind=known.kind, flags=("answered",) if answers else (),
        )  # fmt: skip

    def _note(self, verdict: Verdict, now: int) -> None:
        for change in verdict.changes:
            self._told(change, now)
        for known in verdict.case.open.values():
            row = self.rows[known.id]
            row.grade, row.desk, row.kind = min(row.grade, known.grade), known.desk, known.kind

    def _told(self, change: Change, now: int) -> None:
        if isinstance(change, Opened):
            self.rows[change.incident] = _Row(now, change.grade, change.kind, change.slot.startswith("desk:"), now)
        elif isinstance(change, Merged):
            self.rows.pop(change.incident, None)  # it stands on in the other
        elif isinstance(change, Raised) and change.incident in self.rows:
            row = self.rows[change.incident]
            row.grade, row.told_at = min(row.grade, change.grade), now
