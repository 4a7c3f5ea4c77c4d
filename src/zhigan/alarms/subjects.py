"""Who spoke: the registry's entries of the devices that are heard, kept in memory while they are.

Enters: addresses as signals carry them. Leaves: `Known` entries — the subject for the engine, its number for history,
the case it belongs to, what it is in now, when it was last heard. Unknown addresses are discovered by the registry.
Loaded when first heard, so that a start with a million rows costs nothing. Absent: what silence means (silence.py).
"""

from collections.abc import Iterable, Sequence

from zhigan.alarms.engine.model import Subject
from zhigan.alarms.framing import case_key, locus, registered
from zhigan.registry import rules
from zhigan.registry import store as registry
from zhigan.registry.model import DeviceContext, Sighting
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.signals import Signal

ASK_AT_ONCE = 500
MOST_KNOWN = 400_000
NOBODY = 0
"""The number of what lies beyond the registry's bounds: kept and judged, but not taken up."""
UNSETTLED = -1
"""`Known.conditions` while a transaction that may change them is under way: nothing is quiet then."""

Key = tuple[str, str]


class Known:
    __slots__ = ("case_key", "conditions", "metrics", "number", "seen_at", "subject", "unit_id")

    def __init__(self, subject: Subject, case: str, unit_id: str | None, conditions: int) -> None:
        self.subject = subject
        self.number = subject.number
        self.case_key = case
        self.unit_id = unit_id
        self.conditions = conditions
        self.metrics: frozenset[int] = frozenset()
        self.seen_at = 0


class Subjects:
    def __init__(self) -> None:
        self._known: dict[str, dict[str, Known]] = {}
        self._count = 0
        self.heard: dict[int, int] = {}
        """Devices heard since the last flush: number → received_at (µs)."""

    def __len__(self) -> int:
        return self._count

    def of(self, gateway: str) -> dict[str, Known]:
        """Address → entry. Read-only for callers; complete for all addresses given to `resolve`."""
        return self._known.setdefault(gateway, {})

    async def resolve(self, conn: Connection, signals: Sequence[Signal]) -> list[DeviceContext]:
        """Make every address in `signals` known. Returns those that the registry had never heard of."""
        wanted = self._missing(signals)
        if not wanted:
            return []
        if self._count > MOST_KNOWN:
            self.forget_all()
            wanted = self._missing(signals)
        keys = list(wanted)
        for begin in range(0, len(keys), ASK_AT_ONCE):
            for row in await registry.contexts(conn, keys[begin : begin + ASK_AT_ONCE]):
                self._learn(row)
                wanted.pop((row.gateway, row.address), None)
        return await self._discover(conn, wanted) if wanted else []

    async def _discover(self, conn: Connection, wanted: dict[Key, Sighting]) -> list[DeviceContext]:
        async with conn.transaction():
            rows = await registry.discover(conn, list(wanted.values()))
        for row in rows:
            self._learn(row)
            wanted.pop((row.gateway, row.address), None)
        for sighting in wanted.values():
            self._learn_nobody(sighting)
        return [row for row in rows if row.fresh]

    def _missing(self, signals: Iterable[Signal]) -> dict[Key, Sighting]:
        missing: dict[Key, Sighting] = {}
        for signal in signals:
            known = self.of(signal.gateway)
            if signal.address and signal.address not in known:
                key = (signal.gateway, signal.address)
                missing[key] = Sighting(*key, signal.type, signal.text, signal.received_at)
            for address in signal.points:
                if address not in known:
                    missing.setdefault((signal.gateway, address), Sighting(signal.gateway, address, "", "", signal.at))
        return missing

    def _learn(self, row: DeviceContext) -> None:
        subject = Subject(
            number=row.number,
            address=row.address,
            gateway=row.gateway,
            device_id=row.id,
            registered=registered(row),
            parent=row.parent_address,
            type=row.type,
            name=row.name,
            component=row.address.partition("/")[2],
            system=rules.system_of(row.address).partition("/")[2],
            locus=locus(row),
            offline_class=row.device_class,
            place_text=row.place,
            in_service=row.state not in ("planned", "delivered", "suspended", "replaced", "retired"),
        )
        self._put(subject, Known(subject, case_key(row), row.unit_id, row.conditions))

    def _learn_nobody(self, sighting: Sighting) -> None:
        subject = Subject(
            number=NOBODY,
            address=sighting.address,
            gateway=sighting.gateway,
            registered=False,
            parent=sighting.address.partition("/")[0],
            type=sighting.type or "other",
            component=sighting.address.partition("/")[2],
        )
        root = rules.root_of(sighting.gateway, sighting.address)
        self._put(subject, Known(subject, f"stranger:{sighting.gateway}:{root}", None, 0))

    def _put(self, subject: Subject, known: Known) -> None:
        table = self.of(subject.gateway)
        self._count += subject.address not in table
        table[subject.address] = known

    def settle(self, known: Known, conditions: int) -> None:
        known.conditions = conditions

    def forget(self, entries: Iterable[Known]) -> None:
        """What was being judged when the transaction failed: read again what storage holds."""
        for known in entries:
            self._drop(known)

    def forget_unit(self, unit_ids: frozenset[str]) -> None:
        """The registry changed there."""
        for table in self._known.values():
            for known in [k for k in table.values() if k.unit_id in unit_ids]:
                self._drop(known)

    def forget_strangers(self) -> None:
        """Something was registered: what had no unit may have one now."""
        for table in self._known.values():
            for known in [k for k in table.values() if k.unit_id is None]:
                self._drop(known)

    def forget_all(self) -> None:
        self._known.clear()
        self._count = 0

    def _drop(self, known: Known) -> None:
        if self.of(known.subject.gateway).pop(known.subject.address, None) is not None:
            self._count -= 1
