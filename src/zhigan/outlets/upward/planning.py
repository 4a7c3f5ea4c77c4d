"""What the event log and the look through the registry put down for the platforms above.

Enters: events with the owner's connection in the transaction that moves the cursor; stretches of the registry; spans of
time that are told anew. Leaves: changes of devices' standing for each target, once each; devices whose master data are
to be told. A paused target's wait for it. Absent: sending.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from uuid import UUID

from zhigan.access.vault import Vault
from zhigan.bus.log import Event
from zhigan.incidents import states
from zhigan.incidents.documents import DeviceAlarm
from zhigan.outlets.upward import forms, rules, store
from zhigan.outlets.upward.forms import Map
from zhigan.outlets.upward.model import Target
from zhigan.outlets.upward.rules import WORD_OF
from zhigan.outlets.upward.store import SQL
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft, EventType

OF_INCIDENTS = frozenset(
    {
        EventType.INCIDENT_OPENED, EventType.INCIDENT_CHANGED, EventType.INCIDENT_RESPONDED,
        EventType.INCIDENT_MERGED, EventType.INCIDENT_CLOSED,
    }
)  # fmt: skip
OF_DEVICES = frozenset({EventType.DEVICE_CHANGED, EventType.DEVICE_DISCOVERED})
STRETCH = 5000
LOOK_EVERY = timedelta(minutes=10)
"""Not every change of the registry is an event: so often all of it is looked through."""
ANEW = 500
FIRST = str(UUID(int=0))


class Planner:
    def __init__(self, clock: Clock, vault: Vault) -> None:
        self._clock, self.vault = clock, vault

    async def follow(self, conn: Connection, events: Sequence[Event]) -> list[Draft]:
        targets = await store.targets(conn, self.vault)
        if not targets:
            return []
        incidents = sorted({e.subject for e in events if e.type in OF_INCIDENTS})
        await self._put_down(conn, targets, await states.of_incidents(conn, incidents))
        devices = [e.subject for e in events if e.type in OF_DEVICES]
        units = [e.subject for e in events if e.type is EventType.UNIT_CHANGED]
        if units:
            devices += [r["id"] for r in await conn.fetch(SQL.devices_of_units, units)]
        if devices:
            await self._stir(conn, targets, sorted(set(devices)))
        return []

    async def _put_down(self, conn: Connection, targets: Sequence[Target], alarms: Sequence[DeviceAlarm]) -> None:
        alarms = [alarm for alarm in alarms if alarm.condition in WORD_OF]
        if not alarms:
            return
        told = await store.last_of(conn, [t.id for t in targets], [alarm.id for alarm in alarms])
        fresh = [a for a in alarms if any(rules.happened(a, told[t.id].get(a.id)) for t in targets)]
        if not fresh:
            return
        devices = sorted({alarm.device_id for alarm in fresh})
        owned = {r["id"]: r for r in await conn.fetch(SQL.owned, devices)}
        standing: dict[str, list[DeviceAlarm]] = {}
        for each in await states.of_devices(conn, devices, min(alarm.raised_at for alarm in fresh)):
            standing.setdefault(each.device_id, []).append(each)
        now = self._clock.now()
        for target in targets:
            made = map_of(target.map)
            if made is None or made.status is None:
                continue
            mine = [a for a in fresh if (r := owned.get(a.device_id)) is not None and store.held(target, r)]
            found = rules.changes(mine, told[target.id], standing)
            await store.put_down(conn, target.id, [c for c in found if forms.can_say(made, c.word)], now)

    async def _stir(self, conn: Connection, targets: Sequence[Target], devices: Sequence[str]) -> None:
        owned = await conn.fetch(SQL.owned, devices)
        for target in targets:
            mine = [r["id"] for r in owned if store.held(target, r)]
            if mine:
                await conn.execute(SQL.mark_stale, target.id, mine)

    async def look(self, conn: Connection, target: Target) -> bool:
        """A stretch of the registry: what is told otherwise than it stands. True where more is to be looked through."""
        row = await conn.fetchrow(SQL.scanning, target.id)
        now = self._clock.now()
        if row is None or (
            row["scanned"] == 0 and row["scanned_at"] is not None and now - row["scanned_at"] < LOOK_EVERY
        ):
            return False
        rows = await conn.fetch(SQL.looked, target.id, row["scanned"], STRETCH)
        mine = {r["id"]: r["digest"] for r in rows if not r["gone"] and not r["stale"] and store.held(target, r)}
        stand = await store.master(conn, list(mine), people=target.people)
        other = [id_ for id_, device in stand.items() if device.digest != mine[id_]]
        if other:
            await conn.execute(SQL.mark_stale, target.id, other)
        over = len(rows) < STRETCH
        began = now if row["scanned"] == 0 else None
        await conn.execute(SQL.scanned, target.id, 0 if over else rows[-1]["number"], began)
        return not over

    async def anew(self, conn: Connection) -> bool:
        """What people asked to be told again, or from before the target was made; some of it. True where more waits."""
        rows = await conn.fetch(SQL.replaying)
        for row in rows:
            [target] = await store.targets(conn, self.vault, row["id"])
            alarms = await states.between(
                conn, row["replay_from"], row["replay_to"], row["replay_after"] or FIRST, ANEW
            )
            await self._put_down(conn, [target], alarms)
            await conn.execute(SQL.replayed, target.id, alarms[-1].id if len(alarms) == ANEW else None)
        return bool(rows)


@lru_cache(maxsize=128)
def map_of(text: str) -> Map | None:
    made = forms.checked(text)
    return made if isinstance(made, Map) else None
