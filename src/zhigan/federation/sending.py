"""Our log as the platform above is told of it: pages behind its position, made into batches that follow one another.

Enters: the upper platform's row, the event log. Leaves: a signed body with where it begins and ends; or a word that
nothing is new. What an event speaks of is read when it is sent: of several events of one thing in a batch the last
brings it. What is not the upper one's (outside the agreed scope, come from it, or through it) is passed over; the chain
of `previous` closes over it. Absent: HTTP (worker.py).
"""

from collections.abc import Sequence
from importlib.metadata import version

import msgspec

from zhigan.bus import log
from zhigan.bus.log import Event
from zhigan.federation import rules, store
from zhigan.federation.model import (
    ALIVE,
    LOST,
    PROTOCOL,
    TYPE,
    Alive,
    CloudEvent,
    CommandDoc,
    Counts,
    Lost,
    Self,
    Told,
    Upper,
)
from zhigan.federation.store import SQL
from zhigan.federation.wire import encode, joined
from zhigan.incidents import copies as incidents
from zhigan.incidents.documents import IncidentDoc
from zhigan.registry import copies as registry
from zhigan.registry.documents import BuildingDoc, DeviceDoc, UnitDoc
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft, EventType
from zhigan.vocabulary.moments import to_datetime
from zhigan.vocabulary.scopes import Owned

PAGE = 500
MOST_BYTES = 1024 * 1024
"""Of a batch; the last event may go beyond it."""
GATHERED = 300
"""Changed rows of the registry that one event names."""
INCIDENTS = frozenset(
    {
        EventType.INCIDENT_OPENED, EventType.INCIDENT_CHANGED, EventType.INCIDENT_RESPONDED,
        EventType.INCIDENT_MERGED, EventType.INCIDENT_CLOSED,
    }
)  # fmt: skip
FIRST = frozenset({EventType.INCIDENT_OPENED, EventType.INCIDENT_MERGED})
"""By which an incident may be told of for the first time: a copy may go into one of our own as it comes."""
GOING = INCIDENTS | {EventType.STATE_TOLD, EventType.COMMAND_CHANGED}
VERSION = version("zhigan119")


class Batch(msgspec.Struct, frozen=True):
    """From `after` to `upto`; `full` where more is waiting."""

    body: bytes
    after: int
    upto: int
    events: int
    full: bool
    lost: int


class _Things(msgspec.Struct, kw_only=True):
    """What stands behind a page's ids, as far as it is the upper one's."""

    incidents: dict[str, IncidentDoc]
    units: dict[str, UnitDoc]
    buildings: dict[str, BuildingDoc]
    devices: dict[str, DeviceDoc]
    commands: dict[str, CommandDoc]
    paths: dict[str, list[str]]


async def gather(conn: Connection, now: int) -> Draft | None:
    """What changed in the registry, as an event. The caller appends it in the same transaction."""
    found = await registry.gather(conn, GATHERED)
    return told_anew(found, now) if found else None


def told_anew(ids: dict[str, list[str]], now: int) -> Draft:
    return Draft(EventType.STATE_TOLD, "", now, {f"{kind}s": listed for kind, listed in ids.items()})


async def batch(conn: Connection, upper: Upper, own: Self, now: int, counts: Counts | None) -> Batch:
    """In one snapshot, so that what is told together belongs together."""
    after = upper.position
    page = await log.read(conn, after, PAGE)
    head = max(await log.last(conn), after)
    things = await _things(conn, upper, page)
    made, lost, size = _Chain(own, after), 0, 0
    if page and page[0].id > after + 1:  # the log was cut behind us
        lost = page[0].id - after - 1
        made.add(f"lost-{after + 1}", LOST, page[0].id - 1, "", "", encode(Lost(after + 1, page[0].id - 1)))
    upto, last = after + lost, _last(page)
    for event in page:
        if event.type in GOING and (told := _told(event, last, things)) is not None:
            body = encode(told)
            size += len(body)
            subject = event.type.partition(".")[0] + (f"/{event.subject}" if event.subject else "")
            made.add(str(event.id), f"{TYPE}{event.type}.v1", event.id, subject, _time(event.received_at), body)
        upto = event.id
        if size > MOST_BYTES:
            break
    waiting = head - upto
    oldest = None if waiting == 0 or not page else page[-1].received_at
    alive = Alive(
        now=now, name=own.name, version=VERSION, protocol=PROTOCOL, head=head, waiting=waiting, oldest_at=oldest,
        lost=upper.lost + lost, down=upper.down, counts=counts,
    )  # fmt: skip
    made.add(f"alive-{upto}-{now}", ALIVE, upto, "", _time(now), encode(alive))
    return Batch(joined(made.events), after, upto, len(made.events) - 1, waiting > 0, lost)


class _Chain:
    """Events, each naming the one before it."""

    def __init__(self, own: Self, at: int) -> None:
        self._source, self._at = rules.source(own.id), at
        self.events: list[bytes] = []

    def add(self, id_: str, type_: str, sequence: int, subject: str, time: str, data: bytes) -> None:
        event = CloudEvent(
            specversion="1.0", id=id_, source=self._source, type=type_, subject=subject, time=time,
            sequence=str(sequence), previous=str(self._at), data=msgspec.Raw(data),
        )  # fmt: skip
        self.events.append(encode(event))
        self._at = sequence


def _time(micros: int) -> str:
    return to_datetime(micros).isoformat()


def _last(page: Sequence[Event]) -> dict[str, int]:
    """Incident → the last event of the page that speaks of it."""
    return {event.subject: event.id for event in page if event.type in INCIDENTS}


def _listed(event: Event, kind: str) -> list[str]:
    return msgspec.convert(event.body.get(kind, []), list[str])


async def _things(conn: Connection, upper: Upper, page: Sequence[Event]) -> _Things:
    said = [event for event in page if event.type is EventType.STATE_TOLD]
    named = {kind: [i for e in said for i in _listed(e, kind)] for kind in ("units", "buildings", "devices")}
    whole = [i for e in said for i in _listed(e, "incidents")]
    told = await incidents.documents(conn, list({*_last(page), *whole}))
    opened = {event.subject for event in page if event.type in FIRST} | set(whole)
    for doc in (told[id_] for id_ in opened if id_ in told):
        named["units"] += [doc.place.unit_id] if doc.place.unit_id else []
        named["buildings"] += [doc.place.building_id] if doc.place.building_id else []
        named["devices"] += [alarm.device_id for alarm in doc.alarms if alarm.device_id]
    units = await registry.units(conn, named["units"])
    buildings = await registry.buildings(conn, named["buildings"])
    devices = await registry.devices(conn, named["devices"])
    ids = [*told, *(d.id for d in units), *(d.id for d in buildings), *(d.id for d in devices)]
    paths = await store.paths(conn, ids, ("unit", "building", "device", "incident"))
    above = {d.unit_id for d in buildings} | {d.unit_id for d in devices if d.unit_id is not None}
    above |= {d.place.unit_id for d in told.values() if d.place.unit_id is not None}
    owned = {id_: owner.owned for id_, owner in (await registry.owners(conn, sorted(above))).items()}

    def goes(id_: str, unit: str | None, known: Owned | None = None) -> bool:
        """Within the scope, and neither from the upper one nor through it."""
        inside = known or owned.get(unit or "")
        return upper.platform not in paths.get(id_, ()) and rules.goes(upper.scope, inside, unit is not None)

    return _Things(
        incidents={i: d for i, d in told.items() if goes(i, d.place.unit_id)},
        units={d.id: d for d in units if goes(d.id, d.id, d.owned())},
        buildings={d.id: d for d in buildings if goes(d.id, d.unit_id)},
        devices={d.id: d for d in devices if d.unit_id is not None and goes(d.id, d.unit_id)},
        commands=await _commands(conn, upper, page),
        paths=paths,
    )  # fmt: skip


async def _commands(conn: Connection, upper: Upper, page: Sequence[Event]) -> dict[str, CommandDoc]:
    """What became of the upper one's commands, by our id and by its own: others' are none of its business."""
    changed = {e.subject: e for e in page if e.type is EventType.COMMAND_CHANGED}
    refused = [i for e in page if e.type is EventType.STATE_TOLD for i in _listed(e, "commands")]
    if not changed and not refused:
        return {}
    found: dict[str, CommandDoc] = {}
    for row in await conn.fetch(SQL.orders, upper.id, list(changed), refused):
        if (event := changed.get(row["here"] or "")) is not None:
            state, detail = str(event.body.get("state", "")), str(event.body.get("detail", ""))
            found[row["here"]] = CommandDoc(id=row["there"], state=state, detail=detail)
        else:
            found[row["there"]] = CommandDoc(id=row["there"], state=row["state"], detail=row["detail"])
    return found


def _told(event: Event, last: dict[str, int], things: _Things) -> Told | None:
    """None where nothing of it is the upper one's. What is opened brings along what it names: the registry's own event
    may come later."""
    told = Told()
    if event.type is EventType.COMMAND_CHANGED:
        doc = things.commands.get(event.subject)
        return None if doc is None else Told(commands=[doc])
    if event.type is EventType.STATE_TOLD:
        told.commands = [things.commands[i] for i in _listed(event, "commands") if i in things.commands]
        told.units = [things.units[i] for i in _listed(event, "units") if i in things.units]
        told.buildings = [things.buildings[i] for i in _listed(event, "buildings") if i in things.buildings]
        told.devices = [things.devices[i] for i in _listed(event, "devices") if i in things.devices]
        found = [things.incidents[i] for i in _listed(event, "incidents") if i in things.incidents]
    else:
        found = [things.incidents[event.subject]] if event.subject in things.incidents else []
        if not found:
            return None
        told.body = event.body
    if event.type is EventType.STATE_TOLD or event.type in FIRST:
        _bring_along(told, found, things)
    if event.type is EventType.STATE_TOLD or last.get(event.subject) == event.id:
        told.incidents = found
    ids = [d.id for d in (*told.units, *told.buildings, *told.devices, *told.incidents)]
    told.paths = {i: things.paths[i] for i in ids if i in things.paths}
    return told if ids or told.body or told.commands else None


def _bring_along(told: Told, found: Sequence[IncidentDoc], things: _Things) -> None:
    for doc in found:
        told.units += [things.units[i] for i in (doc.place.unit_id,) if i in things.units]
        told.buildings += [things.buildings[i] for i in (doc.place.building_id,) if i in things.buildings]
        told.devices += [things.devices[a.device_id] for a in doc.alarms if a.device_id in things.devices]
