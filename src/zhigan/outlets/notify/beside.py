"""Told of what is no alarm: a station's people of a drill (拉动演练), a unit's of a duty check (查岗).

Enters: events of the log that say so, a connection in a transaction, `now`. Leaves: notifications, each on a chain of
its own that is over from the beginning: nothing escalates, nothing is asked again, no incident knows of it. Absent:
what is said (texts.py), sending (delivery.py), what becomes of a drill or a check (desks).
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from zhigan.bus.log import Event
from zhigan.outlets.notify import audience, rules, store
from zhigan.outlets.notify.escalation_tables import LOUD, PLAIN
from zhigan.outlets.notify.model import Chain, Draft, Person, Purpose, Row, Way, Which, Who
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import EventType
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.ids import born
from zhigan.vocabulary.moments import to_micros
from zhigan.vocabulary.scopes import Owned

DRILL = Row(key="drill", after=0, whom=(Who.STATION,), by=LOUD, which=Which.ALL, purpose=Purpose.DRILL)
"""As an alarm calls a station."""
CHECK = Row(
    key="duty_check", after=0, whom=(Who.CONTROL_ROOM, Who.MANAGER), by=PLAIN, which=Which.ALL,
    purpose=Purpose.DUTY_CHECK,
)  # fmt: skip
ROWS = {EventType.DRILL_STARTED: DRILL, EventType.DUTY_CHECK_ASKED: CHECK}
LATEST_S = 600
"""A courier that was away for longer tells nobody: what was asked for is over, or nearly."""


class _Said(msgspec.Struct):
    name: str = ""
    place: str = ""
    unit_id: str | None = None


_said = msgspec.json.Decoder(_Said)


async def tell(
    conn: Connection, events: Sequence[Event], roster: audience.Roster, open_ways: frozenset[Way], now: datetime
) -> None:
    micros = to_micros(now)
    asked = [e for e in events if e.type in ROWS and micros - e.at <= LATEST_S * 1_000_000]
    if not asked:
        return
    places = [audience.Place(e.subject, _body(e).unit_id, _ground(e)) for e in asked]
    people = await audience.around(conn, places, (), now, roster)
    for event in asked:
        row, chain = ROWS[EventType(event.type)], _chain(event, now)
        drafts = [
            draft for person in rules.audience(row, people[event.subject])
            for draft in _drafts(chain, row, person, open_ways, now)
        ]  # fmt: skip
        await store.keep(conn, [chain])
        await store.put_down(conn, drafts, now)


def _body(event: Event) -> _Said:
    return _said.decode(msgspec.json.encode(event.body))


def _ground(event: Event) -> Owned:
    """A drill is its station's alone, not everybody's within whose district it lies."""
    return Owned(station=event.owned.station) if event.type is EventType.DRILL_STARTED else event.owned


def _chain(event: Event, now: datetime) -> Chain:
    said = _body(event)
    return Chain(
        incident=event.subject, grade=Grade.IV, kind=Kind.DUTY, flags=(), state="closed", unit_id=said.unit_id,
        unit_name=said.name, place=said.place, class_=4, opened_at=now, started_at=now, closed_at=now,
    )  # fmt: skip


def _drafts(chain: Chain, row: Row, person: Person, open_ways: frozenset[Way], now: datetime) -> list[Draft]:
    return [
        Draft(
            id=born(to_micros(now), chain.incident, row.key, person.holder, way, address), incident=chain.incident,
            step=row.key, grade=chain.grade, holder=person.holder, person=person.name, role=person.who, channel=way,
            address=address, place_key=f"{row.key}:{chain.incident}", purpose=row.purpose, due_at=now,
        )
        for way in rules.ways(row.by, person, open_ways)
        for address in person.addresses(way)
    ]  # fmt: skip
