"""The working copy of a case during one call: copied where it is written, so that the case given stays as it was.

Enters: a case, its context, the policy, the moment. Leaves: the next case, and what is to be told. Absent: any rule.
A dict of the case is copied once a call, when first written; points and open incidents likewise, one by one.
"""

import heapq
from collections.abc import Sequence
from copy import copy
from typing import Literal

from zhigan.alarms.engine.model import Case, Context, Group, Measured, Near, Open, Point, Seen, Subject, zones
from zhigan.alarms.engine.policy import Policy
from zhigan.incidents.model import Change, Reason, Why
from zhigan.vocabulary.moments import HOUR, MINUTE, SECOND
from zhigan.vocabulary.moments import night as is_night
from zhigan.vocabulary.premises import PremisesClass

Shelf = Literal[
    "points", "open", "where", "desks", "near", "resets", "merged", "groups", "latched", "impaired", "shut", "tested",
    "timers", "forget",
]  # fmt: skip
_SHELVES: tuple[Shelf, ...] = (
    "points", "open", "where", "desks", "near", "resets", "merged", "groups", "latched", "impaired", "shut", "tested",
    "timers", "forget",
)  # fmt: skip


_TEST_MEMORY = 600 * SECOND


def key_of(subject: Subject) -> str:
    """Points are keyed by address; those of other gateways carry its name, since addresses repeat between gateways."""
    return subject.address if subject.gateway == "gb26875" else f"{subject.gateway}:{subject.address}"


class Book:
    __slots__ = (
        *_SHELVES, "case", "changes", "context", "now", "numbers", "policy", "seen", "silent", "spoke", "t", "tests",
        "_calm", "_mine", "_night", "_owned",
    )  # fmt: skip

    def __init__(self, case: Case, context: Context, policy: Policy, seen: Sequence[Seen], t: int) -> None:
        self.case = case
        self.context = context
        self.policy = policy
        self.seen = seen
        self.t = self.now = t
        self.points = case.points
        self.open = case.open
        self.where = case.where
        self.desks = case.desks
        self.near = case.near
        self.resets = case.resets
        self.merged = case.merged
        self.groups = case.groups
        self.latched = case.latched
        self.impaired = case.impaired
        self.shut = case.shut
        self.tested = case.tested
        self.timers = case.timers
        self.forget = case.forget
        self.tests = case.tests
        self.changes: list[Change] = []
        self.silent: list[tuple[str, Reason]] = []
        self.spoke: dict[str, None] = {}
        self.numbers: dict[str, int] = {}
        self._owned: set[str] = set()
        self._mine: set[tuple[str, str]] = set()
        self._night: tuple[int, bool] = (-1, False)
        self._calm: dict[str, int] | None = None

    def owns(self, shelf: Shelf) -> None:
        if shelf not in self._owned:
            self._owned.add(shelf)
            setattr(self, shelf, getattr(self, shelf).copy())

    def tell(self, change: Change) -> None:
        self.changes.append(change)

    def hush(self, subject: Subject, why: Why, **facts: str | int | float) -> None:
        self.silent.append((subject.address, Reason(why, dict(facts))))

    def point(self, key: str) -> Point:
        """The point, to be changed."""
        if ("point", key) in self._mine:
            return self.points[key]
        self.owns("points")
        self._mine.add(("point", key))
        point = self.points[key] = copy(self.points[key])
        point.alarms = point.alarms.copy()
        point.metrics = point.metrics.copy()
        return point

    def begin(self, key: str, subject: Subject) -> Point:
        """The point, to be changed; new when everything of it was normal."""
        if key in self.points:
            point = self.point(key)
            point.subject = subject
            return point
        self.owns("points")
        self._mine.add(("point", key))
        point = self.points[key] = Point(subject)
        return point

    def drop_if_normal(self, key: str) -> None:
        point = self.points.get(key)
        if point is not None and not (point.told or point.alarms or point.metrics or point.noted):
            self.numbers[key] = point.subject.number
            if point.latched:
                self.unlatch(point.latched, key)
            self.owns("points")
            self._mine.discard(("point", key))
            del self.points[key]
            if key in self.shut:
                self.owns("shut")
                del self.shut[key]

    def latch(self, system: str, key: str) -> None:
        """It stands with something that a reset of this system clears."""
        self.point(key).latched = system
        self._own_latch(system)[key] = 1

    def unlatch(self, system: str, key: str) -> None:
        shelf = self._own_latch(system)
        shelf.pop(key, None)
        if not shelf:
            del self.latched[system]
            self._mine.discard(("latch", system))

    def _own_latch(self, system: str) -> dict[str, int]:
        if ("latch", system) not in self._mine:
            self.owns("latched")
            self._mine.add(("latch", system))
            self.latched[system] = self.latched.get(system, {}).copy()
        return self.latched[system]

    def measure(self, key: str, metric: int, measured: Measured | None) -> None:
        point = self.point(key)
        if measured is None:
            point.metrics.pop(metric, None)
        else:
            point.metrics[metric] = measured

    def incident(self, id_: str) -> Open:
        """An open incident, to be changed."""
        if ("incident", id_) in self._mine:
            return self.open[id_]
        self.owns("open")
        self._mine.add(("incident", id_))
        found = self.open[id_] = copy(self.open[id_])
        return found

    def add(self, incident: Open) -> None:
        self.owns("open")
        self._mine.add(("incident", incident.id))
        self.open[incident.id] = incident

    def living(self, id_: str) -> str | None:
        """The open incident that `id_` is or went into."""
        if id_ in self.open:
            return id_
        into = self.merged.get(id_)
        return into if into in self.open else None

    def group(self, key: str) -> Group:
        if ("group", key) in self._mine:
            return self.groups[key]
        self.owns("groups")
        self._mine.add(("group", key))
        found = self.groups.get(key)
        group = self.groups[key] = Group() if found is None else copy(found)
        group.members = group.members.copy()
        group.onsets = group.onsets.copy()
        return group

    def drop_group(self, key: str) -> None:
        self.owns("groups")
        self._mine.discard(("group", key))
        del self.groups[key]

    def wake(self, at: int, what: str, whom: str) -> None:
        self.owns("timers")
        heapq.heappush(self.timers, (at, what, whom))

    def forget_at(self, at: int, what: str) -> None:
        self.owns("forget")
        heapq.heappush(self.forget, (at, what))

    def note(self, family: str, key: str, subject: Subject, incident: str) -> None:
        """Keep it as company for what comes next: two devices a zone are enough: one of them is another."""
        if ("near", family) not in self._mine:
            self.owns("near")
            self._mine.add(("near", family))
            self.near[family] = self.near.get(family, {}).copy()
        shelf = self.near[family]
        if not shelf:
            self.forget_at(self.t + self.policy.echo_memory.get(family, _TEST_MEMORY), f"near|{family}")
        entry = Near(key, self.t, incident, shown(subject))
        for zone in zones(subject.locus)[0]:
            for other in shelf.get(zone, ()):
                if other.point != key:
                    shelf[zone] = (entry, other)
                    break
            else:
                shelf[zone] = (entry,)

    def forget_near(self, family: str) -> None:
        """Drop the zones of a family in which nothing can be company any more; look again when the next one is due."""
        shelf = self.near.get(family)
        if shelf is None:
            return
        memory = self.policy.echo_memory.get(family, _TEST_MEMORY)
        left = {zone: entries for zone, entries in shelf.items() if entries[0].at + memory > self.t}
        self.owns("near")
        self._mine.add(("near", family))
        if left:
            self.near[family] = left
            self.forget_at(min(entries[0].at for entries in left.values()) + memory, f"near|{family}")
        else:
            del self.near[family]
            self._mine.discard(("near", family))

    @property
    def night(self) -> bool:
        """22–06; in S4 the closed hours, where they are known."""
        if self._night[0] != self.t:
            self._night = (self.t, self._is_night())
        return self._night[1]

    def _is_night(self) -> bool:
        context = self.context
        if context.premises is PremisesClass.S4 and context.closed_hours:
            minute = (self.t + 8 * HOUR) // MINUTE % 1440
            return any(a <= minute < b if a <= b else minute >= a or minute < b for a, b in context.closed_hours)
        return is_night(self.t)

    def calm_after(self, key: str) -> int:
        """When the batch says of this point that there is no alarm (received_at; 0: it does not): for late fires."""
        if self._calm is None:
            self._calm = {
                key_of(s.subject): s.signal.received_at
                for s in self.seen
                if s.signal.known & 1 and not s.signal.conditions & 1
            }
        return self._calm.get(key, 0)

    def close(self) -> Case:
        """The case as it is now; the very one that was given when nothing was written."""
        if not self._owned and self.tests is self.case.tests:
            return self.case
        return Case(
            key=self.case.key,
            points=self.points,
            open=self.open,
            where=self.where,
            desks=self.desks,
            near=self.near,
            resets=self.resets,
            merged=self.merged,
            groups=self.groups,
            latched=self.latched,
            impaired=self.impaired,
            shut=self.shut,
            tested=self.tested,
            tests=self.tests,
            timers=self.timers,
            forget=self.forget,
        )


def shown(subject: Subject) -> str:
    """A device in a sentence: its name, or type and address where it has none."""
    return subject.name or f"{subject.type} {subject.address}"
