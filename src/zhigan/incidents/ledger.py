"""Changes worked into rows: what a batch of decisions makes of incidents, alarms and timelines. Pure.

Enters: the touched rows as they stand (locked by the store), changes in the order in which they were decided. Leaves:
rows with their version counted once, alarms to insert and to mark, timeline lines chained by hash, the events' types.
Absent: SQL, and any judgement of grades; only what two merged incidents make together is settled here.

A change that speaks to a merged incident reaches the one it went into. One that needs a live incident and finds it
closed raises `VersionLost`: somebody acted meanwhile, and the engine must look again.
"""

from collections.abc import Iterable
from typing import assert_never

import msgspec

from zhigan.incidents.model import (
    PLATFORM,
    AlarmRow,
    Belated,
    Change,
    Cleared,
    Counted,
    Ended,
    Joined,
    Merged,
    Moved,
    Opened,
    Place,
    Raised,
    Reason,
    Remarked,
    State,
)
from zhigan.incidents.rows import Row, born, iso
from zhigan.incidents.rules import Line, chain
from zhigan.vocabulary.events import EventType
from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.scopes import Owned

PROGRESS = tuple(State)
"""How far people have come with an incident, least first."""

SPENT = "countdown_spent"
"""Flag: the time to verify is over, the micro station has been sent."""

_encode = msgspec.json.Encoder(order="deterministic").encode


class VersionLost(Exception):
    """The incident is not as the engine believed (`found` 0: there is none). Nothing has been written."""

    def __init__(self, incident: str, expected: int | None, found: int) -> None:
        super().__init__(f"incident {incident} stands at version {found}, not {expected}")
        self.incident = incident
        self.expected = expected
        self.found = found


class SlotTaken(Exception):
    """Another open incident holds the slot. Nothing has been written."""

    def __init__(self, slot: str, incident_id: str) -> None:
        super().__init__(f"slot {slot} is held by incident {incident_id}")
        self.slot = slot
        self.incident_id = incident_id


class Entry(msgspec.Struct, frozen=True):
    """A sealed line."""

    line: Line
    prev_hash: bytes
    hash: bytes


class Mark(msgspec.Struct):
    """What to set on an alarm that is there already; None leaves it."""

    count: int | None = None
    last_at: int | None = None
    cleared_at: int | None = None
    stands: bool = False  # it came back: a clearing before `last_at` is void


class _Pending(msgspec.Struct):
    incident: str
    what: str
    detail: dict[str, object]
    listed: list[object] | None = None


class Ledger:
    """One batch. `rows` are those that exist; more are born in it."""

    def __init__(self, rows: Iterable[Row], now: int) -> None:
        self.rows: dict[str, Row] = {row.id: row for row in rows}
        self.now = now
        self.newborn: dict[str, Row] = {}
        self.touched: dict[str, EventType] = {}
        self.alarms: list[tuple[str, AlarmRow]] = []
        self.marks: dict[str, Mark] = {}
        self.gone: dict[str, str] = {}
        self.displaced: dict[str, Owned] = {}
        """Rows that stand elsewhere now → whose they were."""
        self._slots = {row.id: row.slot for row in self.rows.values() if row.holds_slot}
        self._pending: list[_Pending] = []

    def work(self, change: Change) -> None:
        if isinstance(change, Joined | Counted | Cleared):
            self._alarmed(change)
        else:
            self._changed_row(change)

    def _alarmed(self, change: Joined | Counted | Cleared) -> None:
        match change:
            case Joined():
                self._joined(change)
            case Counted():
                self._counted(change)
            case Cleared():
                self._cleared(change)

    def _changed_row(self, change: Opened | Raised | Merged | Remarked | Ended | Moved | Belated) -> None:
        match change:
            case Opened():
                self._opened(change)
            case Raised():
                self._raised(change)
            case Merged():
                self._merged(change)
            case Remarked():
                self._remarked(change)
            case Ended():
                self._ended(change)
            case Moved():
                self._moved(change)
            case Belated():
                self._belated(change)
            case _:
                assert_never(change)

    def seal(self) -> list[Entry]:
        """Versions and hashes, once the batch is whole."""
        for incident in self.touched:
            self.rows[incident].version += 1
        return [self._entry(pending) for pending in self._pending]

    def taken(self) -> dict[str, str]:
        """Slots that this batch newly takes: slot → incident. Of two in one batch the first has it."""
        found: dict[str, str] = {}
        for row in self._changed():
            if row.holds_slot and self._slots.get(row.id) != row.slot:
                if row.slot in found:
                    raise SlotTaken(row.slot, found[row.slot])
                found[row.slot] = row.id
        return found

    def freeing(self) -> list[Row]:
        """Rows that give a slot back; written first."""
        return [r for r in self._changed() if r.id in self._slots and not r.holds_slot]

    def staying(self) -> list[Row]:
        return [
            r for r in self._changed() if r.id not in self.newborn and not (r.id in self._slots and not r.holds_slot)
        ]

    def _changed(self) -> list[Row]:
        return [self.rows[incident] for incident in self.touched]

    def _entry(self, pending: _Pending) -> Entry:
        row = self.rows[pending.incident]
        row.seq += 1
        line = Line(row.id, row.seq, self.now, PLATFORM, pending.what, _encode(pending.detail).decode())
        prev, row.hash = row.hash, chain(row.hash, line)
        return Entry(line, prev, row.hash)

    def _find(self, incident: str) -> Row:
        row = self.rows.get(incident)
        if row is None:
            raise VersionLost(incident, None, 0)
        return row if row.merged_into is None else self._find(row.merged_into)

    def _live(self, incident: str) -> Row:
        row = self._find(incident)
        if row.state is State.CLOSED:
            raise VersionLost(incident, None, row.version)
        return row

    def _heard(self, row: Row, at: int) -> None:
        row.last_signal_at = max(row.last_signal_at, at)
        self._touch(row)

    def _touch(self, row: Row, type_: EventType = EventType.INCIDENT_CHANGED) -> None:
        if type_ is not EventType.INCIDENT_CHANGED:
            self.touched[row.id] = type_
        else:
            self.touched.setdefault(row.id, type_)

    def _write(self, row: Row, what: str, at: int, **detail: object) -> None:
        self._pending.append(_Pending(row.id, what, {"at": iso(at), **detail}))

    def _list(self, row: Row, what: str, at: int, alarm: object, **detail: object) -> None:
        """Lines that say the same of many alarms are one line: a panel reset is one act, not three hundred."""
        last = self._pending[-1] if self._pending else None
        listed = {"at": iso(at), **detail}
        if last is not None and last.listed is not None and (last.incident, last.what) == (row.id, what):
            same = {k: v for k, v in last.detail.items() if k != "alarms"} == listed
            if same:
                last.listed.append(alarm)
                return
        alarms: list[object] = [alarm]
        self._pending.append(_Pending(row.id, what, {**listed, "alarms": alarms}, alarms))

    def _opened(self, change: Opened) -> None:
        if change.incident in self.rows:
            raise VersionLost(change.incident, 0, self.rows[change.incident].version)
        row = born(change, self.now)
        self.rows[row.id] = self.newborn[row.id] = row
        self.alarms.extend((row.id, alarm) for alarm in change.alarms)
        self._touch(row, EventType.INCIDENT_OPENED)
        self._write(
            row,
            "opened",
            change.at,
            grade=row.grade.name,
            kind=row.kind.value,
            reasons=_told(change.reasons),
            alarms=[_shown(a) for a in change.alarms],
        )

    def _joined(self, change: Joined) -> None:
        row = self._live(change.incident)
        row.alarm_count += 1
        self.alarms.append((row.id, change.alarm))
        self._heard(row, change.at)
        self._list(row, "joined", change.at, _shown(change.alarm))

    def _counted(self, change: Counted) -> None:
        """No line: a detector that repeats itself for hours would drown what people did. The alarm keeps the count."""
        mark = self.marks.setdefault(change.alarm, Mark())
        mark.count, mark.last_at, mark.cleared_at, mark.stands = change.count, change.at, None, True
        self._heard(self._find(change.incident), change.at)

    def _cleared(self, change: Cleared) -> None:
        row = self._find(change.incident)
        mark = self.marks.setdefault(change.alarm, Mark())
        mark.cleared_at, mark.stands = change.at, False
        self._heard(row, change.at)
        self._list(row, "cleared", change.at, change.alarm, reason=_told((change.reason,))[0])

    def _raised(self, change: Raised) -> None:
        """What a person's step has said already (confirmed is I) is not said twice: no line, no version."""
        row = self._live(change.incident)
        before, image = row.grade, msgspec.structs.replace(row)
        row.grade = min(row.grade, change.grade)
        row.argue(change.reasons)
        row.slot = change.slot or row.slot
        row.kind = change.kind or row.kind
        row.verify_by = row.verify_by if change.verify_by is None else change.verify_by
        row.answer_by = row.answer_by if change.answer_by is None else change.answer_by
        if row == image:
            return
        if row.grade <= Grade.II and not row.desk:
            _to_the_desk(row)
        self._touch(row)
        self._write(
            row,
            "raised",
            change.at,
            **{"from": before.name},
            grade=row.grade.name,
            kind=row.kind.value,
            reasons=_told(change.reasons),
        )

    def _merged(self, change: Merged) -> None:
        row, into = self._live(change.incident), self._live(change.into)
        if row.id == into.id:
            return
        row.merged_into = into.id
        self.gone[row.id] = into.id
        for other in self.rows.values():
            if other.merged_into == row.id:
                other.merged_into = into.id
        absorb(into, row)
        into.concede((*row.reasons, change.reason))
        self._touch(row, EventType.INCIDENT_MERGED)
        self._touch(into)
        self._write(row, "merged", change.at, into=into.id, reason=_told((change.reason,))[0])
        self._write(into, "absorbed", change.at, incident=row.id, reason=_told((change.reason,))[0])

    def _remarked(self, change: Remarked) -> None:
        row = self._find(change.incident)
        if change.flag is not None:
            row.flag(change.flag)
        if change.spends_countdown:
            row.flag(SPENT)
        self._touch(row)
        self._write(row, "remarked", change.at, reason=_told((change.reason,))[0])

    def _ended(self, change: Ended) -> None:
        row = self._live(change.incident)
        if row.desk:  # raised meanwhile: a desk row is closed by a person only
            raise VersionLost(change.incident, None, row.version)
        row.state, row.outcome, row.closed_at = State.CLOSED, change.outcome, self.now
        self._touch(row, EventType.INCIDENT_CLOSED)
        self._write(row, "closed", change.at, outcome=change.outcome.value, reason=_told((change.reason,))[0])

    def _belated(self, change: Belated) -> None:
        row = self._live(change.incident)
        if row.state is not State.OPEN or row.grade is not Grade.II:  # somebody has it: it stays theirs
            raise VersionLost(change.incident, None, row.version)
        row.grade, row.desk, row.slot = Grade.III, False, change.slot
        row.verify_by = row.answer_by = None
        row.flag("late")
        row.argue((change.reason,))
        self._touch(row)
        self._write(row, "belated", change.at, grade=row.grade.name, reason=_told((change.reason,))[0])

    def _moved(self, change: Moved) -> None:
        row = self._live(change.incident)
        self.displaced.setdefault(row.id, row.place.owned)
        row.case_key, row.slot, row.locus = change.case_key, change.slot, change.locus
        self._touch(row)
        self._write(row, "moved", change.at, **relocated(row, change.place))


def relocated(row: Row, place: Place) -> dict[str, object]:
    """The row stands at `place` now; what its line says of it."""
    was, row.place = row.place, place
    if place.unit_id is not None:
        row.flags = tuple(f for f in row.flags if f != "unregistered")
    return {"from": _named(was), "to": _named(place)}


def _named(place: Place) -> dict[str, str]:
    named = {"unit": place.unit_name, "building": place.building_name, "place": place.text, "area": place.owned.area}
    return {name: text for name, text in named.items() if text}


def _to_the_desk(row: Row) -> None:
    """Whoever worked on it as a task is not the desk: the desk begins with an open row."""
    row.desk = True
    if row.state in (State.VERIFYING, State.DONE):
        row.state, row.claimed_by, row.claimed_name, row.claimed_at = State.OPEN, None, None, None


def absorb(into: Row, row: Row) -> None:
    """The survivor is at least as grave, as old and as far as what went into it."""
    into.alarm_count += row.alarm_count
    outdo(into, row)


def outdo(into: Row, row: Row) -> None:
    """As `absorb`, whose alarms are counted already."""
    into.grade = min(into.grade, row.grade)
    into.opened_at = min(into.opened_at, row.opened_at)
    into.received_at = min(into.received_at, row.received_at)
    into.last_signal_at = max(into.last_signal_at, row.last_signal_at)
    into.verify_by = _sooner(into.verify_by, row.verify_by)
    into.answer_by = _sooner(into.answer_by, row.answer_by)
    for name in row.flags:
        into.flag(name)
    if into.grade <= Grade.II and not into.desk:
        _to_the_desk(into)
    if row.desk and State.CLOSED is not row.state and PROGRESS.index(row.state) > PROGRESS.index(into.state):
        into.state, into.basis, into.confirmed_at = row.state, row.basis, row.confirmed_at
        into.claimed_by, into.claimed_name, into.claimed_at = row.claimed_by, row.claimed_name, row.claimed_at


def _sooner(one: int | None, other: int | None) -> int | None:
    given = [t for t in (one, other) if t is not None]
    return min(given, default=None)


def _told(reasons: Iterable[Reason]) -> list[dict[str, object]]:
    return [{"why": r.why.value, "facts": r.facts} for r in reasons]


def _shown(alarm: AlarmRow) -> dict[str, object]:
    return {"id": alarm.id, "device": alarm.device, "component": alarm.component, "condition": alarm.condition}
