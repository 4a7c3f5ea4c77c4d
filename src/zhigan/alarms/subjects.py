"""Who spoke: the registry's entries of the devices that are heard, kept in memory while they are.

Enters: addresses as signals carry them. Leaves: `Known` entries — the subject for the engine, its number for history,
the case it belongs to, what it is in now, when it was last heard. Unknown addresses are discovered by the registry.
Loaded when first heard, so that a start with a million rows costs nothing. Absent: what silence means (silence.py).
"""

from collections import deque
from collections.abc import Iterable, Sequence
from sys import intern

from zhigan.alarms.engine.model import Subject
from zhigan.alarms.engine.policy import Policy
from zhigan.alarms.framing import case_key, locus, registered
from zhigan.registry import rules
from zhigan.registry import store as registry
from zhigan.registry.model import DeviceContext, Sighting
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.devices import BY_NAME as DEVICE_TYPES
from zhigan.vocabulary.limits import Limit
from zhigan.vocabulary.signals import Signal

ASK_AT_ONCE = 500
MOST_KNOWN = 600_000
MOST_INTRODUCED = 20_000
NOBODY = 0
"""The number of what lies beyond the registry's bounds: kept and judged, but not taken up."""
UNSETTLED = -1
"""`Known.conditions` while a transaction that may change them is under way: nothing is quiet then."""

Key = tuple[str, str]
_NONE: frozenset[int] = frozenset()
_NO_BOUNDS: dict[int, tuple[float, float]] = {}
_SAY_WHERE = frozenset({"gb26875", "report"})


class Known:
    """Lean, for there are hundreds of thousands: what a quiet signal needs. `subject`: there when loud lately."""

    __slots__ = (
        "_bounds", "_by", "address", "case_key", "conditions", "gateway", "metrics", "normal_at", "number", "own",
        "parent", "subject", "type",
    )  # fmt: skip

    def __init__(self, subject: Subject, case: str, conditions: int) -> None:
        self.number = subject.number
        self.gateway = intern(subject.gateway)
        self.address = subject.address
        self.parent = intern(subject.parent)
        self.type = intern(subject.type)
        self.case_key = intern(case)
        self.conditions = conditions
        self.metrics: frozenset[int] = _NONE
        self.normal_at = 0
        self.subject: Subject | None = None
        self.own: tuple[Limit, ...] = subject.own
        self._bounds = _NO_BOUNDS
        self._by: Policy | None = None

    def bounds(self, policy: Policy) -> dict[int, tuple[float, float]]:
        """In which its readings say nothing new; looked up once a policy."""
        if self._by is not policy:
            self._by, self._bounds = policy, policy.bounds(self.type, self.own)
        return self._bounds


class Subjects:
    def __init__(self) -> None:
        self._known: dict[str, dict[str, Known]] = {}
        self._count = 0
        self._introduced: deque[Known] = deque()
        self.heard: dict[int, int] = {}
        """Devices heard since the last flush: number → received_at (µs)."""
        self.forgotten = 0
        """Goes up with each entry that is dropped: whoever awaited something compares it."""

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

    def lacks(self, signals: Iterable[Signal]) -> bool:
        return bool(self._missing(signals))

    def _missing(self, signals: Iterable[Signal]) -> dict[Key, Sighting]:
        missing: dict[Key, Sighting] = {}
        for signal in signals:
            known = self.of(signal.gateway)
            if signal.address and signal.address not in known:
                key = (signal.gateway, signal.address)
                missing[key] = Sighting(*key, signal.type, _place(signal), signal.received_at)
            for address in signal.points:
                if address not in known:
                    missing.setdefault((signal.gateway, address), Sighting(signal.gateway, address, "", "", signal.at))
        return missing

    def _learn(self, row: DeviceContext) -> None:
        subject = subject_of(row)
        table = self.of(row.gateway)
        known = table.get(row.address)
        if known is None or known.number != row.number or known.case_key != case_key(row):
            known = Known(subject, case_key(row), row.conditions)
            self._put(known)
        self._introduce(known, subject)

    def _learn_nobody(self, sighting: Sighting) -> None:
        subject = Subject(
            number=NOBODY,
            address=sighting.address,
            gateway=sighting.gateway,
            registered=False,
            parent=sighting.address.partition("/")[0],
            type=sighting.type or "other",
            name=_called(sighting.type or "other", sighting.address),
            component=sighting.address.partition("/")[2],
        )
        root = rules.root_of(sighting.gateway, sighting.address)
        known = Known(subject, f"stranger:{sighting.gateway}:{root}", 0)
        known.subject = subject  # nobody could be asked for it again
        self._put(known)

    def _put(self, known: Known) -> None:
        table = self.of(known.gateway)
        self._count += known.address not in table
        table[known.address] = known

    async def introduce(self, conn: Connection, entries: Iterable[Known]) -> None:
        """Who was quiet for long is asked for again: who it is, where, by what name today."""
        unknown = [(k.gateway, k.address) for k in entries if k.subject is None]
        for begin in range(0, len(unknown), ASK_AT_ONCE):
            for row in await registry.contexts(conn, unknown[begin : begin + ASK_AT_ONCE]):
                self._learn(row)

    def _introduce(self, known: Known, subject: Subject) -> None:
        if known.subject is None:
            self._introduced.append(known)
            if len(self._introduced) > MOST_INTRODUCED:
                self._introduced.popleft().subject = None
        known.subject = subject

    def refresh(self, known: Known) -> None:
        """The entry may have been read anew while its case was judged: it takes what was committed."""
        current = self.of(known.gateway).get(known.address)
        if current is not None and current is not known:
            current.conditions = known.conditions

    def forget(self, entries: Iterable[Known]) -> None:
        """What was being judged when the transaction failed: read again what storage holds."""
        for known in entries:
            self._drop(known)

    def forget_unit(self, unit_ids: frozenset[str]) -> None:
        """The registry changed there."""
        cases = {f"unit:{id_}" for id_ in unit_ids}
        for table in self._known.values():
            for known in [k for k in table.values() if k.case_key in cases]:
                self._drop(known)

    def forget_strangers(self) -> None:
        """Something was registered: what had no unit may have one now."""
        for table in self._known.values():
            for known in [k for k in table.values() if not k.case_key.startswith("unit:")]:
                self._drop(known)

    def forget_all(self) -> None:
        self._known.clear()
        self._count = 0
        self.forgotten += 1

    def _drop(self, known: Known) -> None:
        if self.of(known.gateway).pop(known.address, None) is not None:
            self._count -= 1
            self.forgotten += 1


def _place(signal: Signal) -> str:
    """What a panel writes beside a component is where it is, and so is what a caller says; of others it is a remark."""
    return signal.text if signal.gateway in _SAY_WHERE else ""


def subject_of(row: DeviceContext) -> Subject:
    """The registry's entry as the engine needs it."""
    return Subject(
        number=row.number,
        address=row.address,
        gateway=row.gateway,
        device_id=row.id,
        registered=registered(row),
        parent=row.parent_address,
        type=row.type,
        name=row.name or _called(row.type, row.place or row.address),
        component=row.address.partition("/")[2],
        system=rules.system_of(row.address).partition("/")[2],
        locus=locus(row),
        offline_class=row.device_class,
        place_text=row.place,
        in_service=row.state not in ("planned", "delivered", "suspended", "replaced", "retired"),
        own=row.own,
    )


def _called(type_: str, where: str) -> str:
    """What nobody has named: its type in the field's word, and where it is or at which address."""
    known = DEVICE_TYPES.get(type_)
    return f"{known.zh if known else type_} {where}"
