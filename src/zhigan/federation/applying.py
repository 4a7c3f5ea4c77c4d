"""Documents from below worked into our own tables: units, then buildings, then devices, then incidents.

Enters: what events brought, the owner's connection. Leaves: copies, links from their ids there to ours, event drafts.
A unit that we have already under the same code stays ours and the incidents hang on it; everything else of the lower
one keeps the id it was born with. Left out and counted: what lies outside the scope of the invitation, what another
platform told us of first, and what has come through us or through its sender before: a loop. What is told of a device
that reports to us as well is told of ours (twins.py). Absent: positions.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec

from zhigan.commands import store as commands
from zhigan.commands.model import State as CommandState
from zhigan.federation import rules, store, twins
from zhigan.federation.model import CommandDoc, Lower, Self, Told
from zhigan.federation.store import SQL, Link
from zhigan.incidents import copies as incidents
from zhigan.incidents import uniting
from zhigan.incidents.copies import Copied, Known
from zhigan.incidents.documents import IncidentDoc
from zhigan.incidents.model import Place, State
from zhigan.registry import copies as registry
from zhigan.registry.copies import Owner
from zhigan.registry.documents import BuildingDoc, DeviceDoc, UnitDoc
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft
from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.scopes import holds

Doc = TypeVar("Doc", UnitDoc, BuildingDoc, DeviceDoc, IncidentDoc)


class Done(msgspec.Struct):
    applied: int = 0
    skipped: int = 0
    drafts: list[Draft] = []


class _Batch(msgspec.Struct, kw_only=True):
    """The last document of each thing; what is known of them; what is to be remembered."""

    units: dict[str, UnitDoc]
    buildings: dict[str, BuildingDoc]
    devices: dict[str, DeviceDoc]
    incidents: dict[str, IncidentDoc]
    paths: dict[str, list[str]]
    links: dict[tuple[str, str], Link]
    foreign: frozenset[tuple[str, str]]
    twins: dict[str, str] = {}
    """Devices that we have ourselves, by their id there."""
    made: list[Link] = []
    skipped: int = 0


class Applier:
    def __init__(self, clock: Clock, lower: Lower, own: Self) -> None:
        self._clock, self._lower, self._own = clock, lower, own

    async def apply(self, conn: Connection, messages: Sequence[Told]) -> Done:
        """In the caller's transaction. The caller appends the drafts as its last act."""
        batch = await self._gathered(conn, messages)
        now = self._clock.now()
        await self._units(conn, batch, now)
        await self._buildings(conn, batch, now)
        await self._devices(conn, batch, now)
        drafts = await self._incidents(conn, batch)
        for told in messages:
            for doc in told.commands:
                await self._command(conn, doc)
        await store.put_links(conn, self._lower.id, batch.made)
        return Done(applied=len(messages), skipped=batch.skipped, drafts=drafts)

    async def _gathered(self, conn: Connection, messages: Sequence[Told]) -> _Batch:
        units = _last(messages, lambda told: told.units)
        buildings = _last(messages, lambda told: told.buildings)
        devices = _last(messages, lambda told: told.devices)
        found = _last(messages, lambda told: told.incidents)
        paths = {id_: path for told in messages for id_, path in told.paths.items()}
        wanted = [("unit", i) for i in units] + [("building", i) for i in buildings] + [("device", i) for i in devices]
        wanted += [("incident", i) for i in found]
        own = list(wanted)
        for doc in buildings.values():
            wanted.append(("unit", doc.unit_id))
        for doc in devices.values():
            wanted += _named(("unit", doc.unit_id), ("building", doc.building_id), ("device", doc.parent_id))
        for doc in found.values():
            wanted += _named(("unit", doc.place.unit_id), ("building", doc.place.building_id))
            wanted += _named(("incident", doc.merged_into), *(("device", a.device_id) for a in doc.alarms))
        links = await store.links(conn, self._lower.id, list(dict.fromkeys(wanted)))
        unknown = [key for key in own if key not in links]
        rows = await conn.fetch(SQL.elsewhere, self._lower.id, [k[1] for k in unknown], [k[0] for k in unknown])
        return _Batch(
            units=units, buildings=buildings, devices=devices, incidents=found, paths=paths, links=links,
            foreign=frozenset((row["kind"], row["here"]) for row in rows),
        )  # fmt: skip

    # -- what is not taken

    def _strange(self, batch: _Batch, kind: str, id_: str) -> bool:
        """A loop, or told by somebody else first."""
        path = batch.paths.get(id_, [])
        looped = self._own.id in path or self._lower.platform in path
        if looped or (kind, id_) in batch.foreign:
            batch.skipped += 1
            return True
        return False

    def _link(self, batch: _Batch, kind: str, there: str, here: str, *, mine: bool = False) -> Link:
        path = [*batch.paths.get(there, []), self._lower.platform]
        link = Link(kind=kind, there=there, here=here, path=path, mine=mine)
        if (before := batch.links.get((kind, there))) is None or (before.here, before.path) != (here, path):
            batch.made.append(link)
        batch.links[(kind, there)] = link
        return link

    # -- the registry

    async def _units(self, conn: Connection, batch: _Batch, now: datetime) -> None:
        if not batch.units:
            return
        areas = await registry.areas(conn)
        standing = await registry.units_by_code(conn, [doc.code for doc in batch.units.values()])
        put: list[UnitDoc] = []
        for doc in batch.units.values():
            known = batch.links.get(("unit", doc.id))
            if self._strange(batch, "unit", doc.id):
                continue
            if doc.area not in areas or not holds(self._lower.scope, doc.owned()):
                batch.skipped += 1
                continue
            there = standing.get(doc.code)
            if known is None and there is not None:
                self._link(batch, "unit", doc.id, there, mine=True)
            elif known is None or not known.mine:
                self._link(batch, "unit", doc.id, doc.id)
                put.append(msgspec.structs.replace(doc, came_from=[*doc.came_from, self._lower.name]))
        await registry.put_units(conn, put, now)

    async def _buildings(self, conn: Connection, batch: _Batch, now: datetime) -> None:
        placed = [(doc, link) for doc in batch.buildings.values() if (link := batch.links.get(("unit", doc.unit_id)))]
        batch.skipped += len(batch.buildings) - len(placed)
        standing = await registry.buildings_by_code(conn, [(unit.here, doc.code) for doc, unit in placed])
        put: list[BuildingDoc] = []
        for doc, unit in placed:
            known = batch.links.get(("building", doc.id))
            if self._strange(batch, "building", doc.id):
                continue
            there = standing.get((unit.here, doc.code))
            if known is None and there is not None:
                self._link(batch, "building", doc.id, there, mine=True)
            elif known is None or not known.mine:
                self._link(batch, "building", doc.id, doc.id)
                came_from = [*doc.came_from, self._lower.name]
                put.append(msgspec.structs.replace(doc, unit_id=unit.here, came_from=came_from))
        await registry.put_buildings(conn, put, now)

    async def _devices(self, conn: Connection, batch: _Batch, now: datetime) -> None:
        put: list[DeviceDoc] = []
        placed: list[tuple[DeviceDoc, str]] = []
        for doc in batch.devices.values():
            unit = batch.links.get(("unit", doc.unit_id or ""))
            if unit is None:
                batch.skipped += 1
                continue
            if self._strange(batch, "device", doc.id):
                continue
            self._link(batch, "device", doc.id, doc.id)
            placed.append((doc, unit.here))
            put.append(self._device(batch, doc, unit))
        await twins.look(conn, self._lower.id, self._lower.scope, placed, now)
        wholes = [doc.parent_id or doc.id for doc in put]
        twice = {row["there"] for row in await conn.fetch(SQL.parts_of_twins, wholes)} if put else set[str]()
        for doc in put:
            if (doc.parent_id or doc.id) in twice and doc.state != "replaced":
                doc.state = "retired"  # the one of our own stands for it
        await registry.put_devices(conn, put, now)

    def _device(self, batch: _Batch, doc: DeviceDoc, unit: Link) -> DeviceDoc:
        building = batch.links.get(("building", doc.building_id or ""))
        parent = batch.links.get(("device", doc.parent_id or ""))
        at = doc.address if doc.gateway == registry.GATEWAY else f"{doc.gateway}:{doc.address}"
        return msgspec.structs.replace(
            doc, gateway=registry.GATEWAY, address=f"{self._lower.slug}:{at}", unit_id=unit.here,
            building_id=None if building is None else building.here, parent_id=None if parent is None else parent.here,
            came_from=[*doc.came_from, self._lower.name],
        )  # fmt: skip

    # -- what was asked of it

    async def _command(self, conn: Connection, doc: CommandDoc) -> None:
        """Only of a device of this very platform; what went another way meanwhile stays there."""
        known = await commands.one(conn, doc.id)
        links = [] if known is None else await conn.fetch(SQL.devices_below, [known.device_id])
        if not any(link["lower"] == self._lower.id for link in links):
            return
        try:
            state = CommandState(doc.state)
            await commands.mark(conn, doc.id, state, doc.detail[:300], self._clock.micros(), self._lower.name)
        except (commands.IllegalMove, ValueError):
            return

    # -- what happened

    async def _incidents(self, conn: Connection, batch: _Batch) -> list[Draft]:
        if not batch.incidents:
            return []
        units = {link.here for (kind, _), link in batch.links.items() if kind == "unit"}
        buildings = {link.here for (kind, _), link in batch.links.items() if kind == "building"}
        owners = await registry.owners(conn, sorted(units))
        names = await registry.building_names(conn, sorted(buildings))
        named = {a.device_id for doc in batch.incidents.values() for a in doc.alarms if a.device_id is not None}
        batch.twins = await twins.of_copies(conn, sorted(named))
        found: list[Copied] = []
        for doc in batch.incidents.values():
            if self._strange(batch, "incident", doc.id):
                continue
            place = self._place(batch, doc, owners, names)
            if place is None:
                batch.skipped += 1
                continue
            found.append(self._copied(batch, doc, place))
        drafts = await incidents.keep(conn, found, self._own.id, self._clock.micros())
        for each in found:
            link = self._link(batch, "incident", each.doc.id, each.here)
            link.version, link.state, link.grade = each.doc.version, each.doc.state, each.doc.grade
            link.lines = each.lines
            batch.made = [kept for kept in batch.made if kept is not link] + [link]
        return await self._united(conn, batch, found, drafts)

    async def _united(
        self, conn: Connection, batch: _Batch, found: Sequence[Copied], drafts: list[Draft]
    ) -> list[Draft]:
        """What is told of a device of ours goes on inside our own incident at once: nobody sees a second row."""
        pairs = sorted({(ours, there) for there, ours in batch.twins.items()})
        joined = await uniting.unite(conn, pairs, self._clock.micros())
        told = {draft.subject for draft in joined}
        return [draft for draft in drafts if draft.subject not in told] + joined

    def _copied(self, batch: _Batch, doc: IncidentDoc, place: Place) -> Copied:
        known = batch.links.get(("incident", doc.id))
        into = batch.links.get(("incident", doc.merged_into or ""))
        survivor = doc.merged_into if into is None and doc.merged_into in batch.incidents else into and into.here
        shared: set[str] = set()
        for alarm in doc.alarms:
            device = batch.links.get(("device", alarm.device_id or ""))
            twin = batch.twins.get(alarm.device_id or "")
            shared |= set() if twin is None else {alarm.id}
            alarm.device_id = twin or (None if device is None else device.here)
        return Copied(
            doc=doc, here=doc.id if known is None else known.here, fresh=mint(self._clock), place=place,
            came_from=(*doc.came_from, self._lower.name), lines=0 if known is None else known.lines,
            known=None if known is None else Known(_state(known.state), Grade(known.grade or 4), known.lines),
            merged_into=survivor, shared=frozenset(shared),
        )  # fmt: skip

    def _place(
        self, batch: _Batch, doc: IncidentDoc, owners: dict[str, Owner], names: dict[str, tuple[str, str]]
    ) -> Place | None:
        """None: of a unit that is not in the scope. Without a unit it belongs to what the scope names."""
        there = doc.place
        if there.unit_id is None:
            owned = rules.default_owned(self._lower.scope)
            return Place(text=there.text, lon=there.lon, lat=there.lat, owned=owned)
        unit = batch.links.get(("unit", there.unit_id))
        owner = None if unit is None else owners.get(unit.here)
        if owner is None:
            return None
        building = batch.links.get(("building", there.building_id or ""))
        code, name = names.get(building.here, ("", "")) if building else ("", "")
        return Place(
            unit_id=owner.id, unit_code=owner.code, unit_name=owner.name,
            building_id=None if building is None else building.here, building_code=code, building_name=name,
            text=there.text, lon=there.lon, lat=there.lat, owned=owner.owned,
        )  # fmt: skip


def _last(messages: Iterable[Told], of: Callable[[Told], list[Doc]]) -> dict[str, Doc]:
    found: dict[str, Doc] = {}
    for told in messages:
        for doc in of(told):
            found.pop(doc.id, None)
            found[doc.id] = doc
    return found


def _named(*keys: tuple[str, str | None]) -> list[tuple[str, str]]:
    return [(kind, id_) for kind, id_ in keys if id_ is not None]


def _state(text: str) -> State:
    try:
        return State(text)
    except ValueError:
        return State.OPEN
