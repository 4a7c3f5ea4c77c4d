"""An incident as it stands in the table: the image that changes and steps are worked on, and what it says outward.

Enters: what the engine opened, or a stored record. Leaves: the row to write, and the body of its event (the contract's
live data). Absent: SQL, and the reasons in words (words.py).
"""

from datetime import datetime
from functools import lru_cache

import msgspec
from asyncpg import Record

from zhigan.incidents.model import Basis, Opened, Outcome, Place, Reason, State
from zhigan.incidents.rules import GENESIS, Queue, queue_of
from zhigan.vocabulary.events import Draft, EventType
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.moments import to_datetime, to_micros
from zhigan.vocabulary.scopes import DIMENSIONS as OWNED
from zhigan.vocabulary.scopes import Owned

_reasons = msgspec.json.Decoder(tuple[Reason, ...])


class Row(msgspec.Struct, kw_only=True):
    """Mutable on purpose: one batch works several changes into it before it is written once."""

    id: str
    version: int
    grade: Grade
    kind: Kind
    state: State
    slot: str
    case_key: str
    locus: str
    place: Place
    reasons: tuple[Reason, ...]
    flags: tuple[str, ...]
    opened_at: int
    received_at: int
    last_signal_at: int
    desk: bool
    verify_by: int | None = None
    answer_by: int | None = None
    outcome: Outcome | None = None
    cause: str | None = None
    basis: Basis | None = None
    claimed_by: str | None = None
    claimed_name: str | None = None
    claimed_at: int | None = None
    confirmed_at: int | None = None
    closed_at: int | None = None
    merged_into: str | None = None
    split_from: str | None = None
    alarm_count: int = 0
    seq: int = 0
    hash: bytes = GENESIS
    owner: str = ""
    owner_name: str = ""
    due_at: int | None = None
    came_from: tuple[str, ...] = ()
    """The platforms whose copy it is, birth place first; none: it arose here."""

    @property
    def queue(self) -> Queue:
        return queue_of(self.desk, self.grade)

    @property
    def holds_slot(self) -> bool:
        return self.state is not State.CLOSED and self.merged_into is None

    def unflag(self, name: str) -> None:
        self.flags = tuple(flag for flag in self.flags if flag != name)

    def flag(self, name: str) -> None:
        if name not in self.flags:
            self.flags = (*self.flags, name)

    def argue(self, reasons: tuple[Reason, ...]) -> None:
        """New reasons stand first; the same reason said again replaces the old."""
        said = {r.why for r in reasons}
        self.reasons = (*reasons, *(r for r in self.reasons if r.why not in said))

    def concede(self, reasons: tuple[Reason, ...]) -> None:
        """Reasons that come with a merged incident stand last."""
        said = {r.why for r in self.reasons}
        self.reasons = (*self.reasons, *(r for r in reasons if r.why not in said))


def born(change: Opened, now: int) -> Row:
    """An incident's first image; `version` is counted when the batch is sealed."""
    return Row(
        id=change.incident,
        version=0,
        grade=change.grade,
        kind=change.kind,
        state=State.OPEN,
        slot=change.slot,
        case_key=change.case_key,
        locus=change.locus,
        place=change.place,
        reasons=change.reasons,
        flags=change.flags,
        opened_at=change.at,
        received_at=change.received_at,
        last_signal_at=max((a.received_at for a in change.alarms), default=now),
        desk=change.grade <= Grade.II,
        verify_by=change.verify_by,
        answer_by=change.answer_by,
        alarm_count=len(change.alarms),
    )


def read(record: Record) -> Row:
    """A stored record; times as whole microseconds."""
    return Row(
        id=str(record["id"]),
        version=record["version"],
        grade=Grade(record["grade"]),
        kind=Kind(record["kind"]),
        state=State(record["state"]),
        slot=record["slot"],
        case_key=record["case_key"],
        locus=record["locus"],
        place=_place(record),
        reasons=_reasons.decode(record["reasons"]),
        flags=tuple(record["flags"]),
        opened_at=to_micros(record["opened_at"]),
        received_at=to_micros(record["received_at"]),
        last_signal_at=to_micros(record["last_signal_at"]),
        desk=record["desk"],
        verify_by=_micros(record["verify_by"]),
        answer_by=_micros(record["answer_by"]),
        outcome=Outcome(record["outcome"]) if record["outcome"] else None,
        cause=record["cause"],
        basis=Basis(record["basis"]) if record["basis"] else None,
        claimed_by=record["claimed_by"],
        claimed_name=record["claimed_name"],
        claimed_at=_micros(record["claimed_at"]),
        confirmed_at=_micros(record["confirmed_at"]),
        closed_at=_micros(record["closed_at"]),
        merged_into=_text(record["merged_into"]),
        split_from=_text(record["split_from"]),
        alarm_count=record["alarm_count"],
        seq=record["seq"],
        hash=record["hash"],
        owner=record["owner"],
        owner_name=record["owner_name"],
        due_at=_micros(record["due_at"]),
        came_from=tuple(record["came_from"]),
    )


def _place(record: Record) -> Place:
    return Place(
        unit_id=_text(record["unit_id"]),
        unit_code=record["unit_code"],
        unit_name=record["unit_name"],
        building_id=_text(record["building_id"]),
        building_code=record["building_code"],
        building_name=record["building_name"],
        text=record["place"],
        lon=record["lon"],
        lat=record["lat"],
        owned=Owned(**{d: record[d] for d in OWNED}),
    )


def _micros(instant: datetime | None) -> int | None:
    return None if instant is None else to_micros(instant)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def draft(row: Row, type_: EventType, now: int) -> Draft:
    """The event of a touched incident: the contract's live data, and the queue it stands in."""
    place = row.place
    unit = None
    if place.unit_id is not None:
        unit = {"id": place.unit_id, "code": place.unit_code, "name": place.unit_name}
    body: dict[str, object] = {
        "id": row.id,
        "version": row.version,
        "grade": row.grade.name,
        "kind": row.kind.value,
        "state": row.state.value,
        "unit": unit,
        "opened_at": iso(row.opened_at),
        "last_signal_at": iso(row.last_signal_at),
        "alarms": row.alarm_count,
        "queue": row.queue.value,
    }
    if row.merged_into is not None:
        body["merged_into"] = row.merged_into
    if row.came_from:
        body["came_from"] = list(row.came_from)
    return Draft(type_, row.id, now, body, place.owned)


def leaves(row: Row, was: Owned, now: int) -> Draft:
    """For those who could see it until now: it went out of their scope. Where to is not theirs to know."""
    return Draft(EventType.INCIDENT_LEFT, row.id, now, {"id": row.id, "version": row.version}, was)


@lru_cache(maxsize=8192)
def iso(micros: int) -> str:
    return to_datetime(micros).isoformat()
