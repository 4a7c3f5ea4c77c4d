"""The cases in memory: loaded when first touched, held by one judge at a time, let go when committed.

Enters: case keys. Leaves: cases under a lock (`hold`). A case touched by a batch that is not yet committed is not
read by another before the commit (design.md, decision 4): the lock is kept until the transaction has ended, and after a
failed one the case is forgotten, so that the next judge reads what storage really holds.
Absent: judging, and writing (store.py, worker.py).
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager

from zhigan.alarms import store
from zhigan.alarms.engine.model import Case
from zhigan.runtime.pg import Connection

MOST_CASES = 50_000
"""Cases kept in memory; the least lately used leave first and are read again when needed."""


class _Slot:
    __slots__ = ("case", "lock", "users")

    def __init__(self) -> None:
        self.case: Case | None = None
        self.lock = asyncio.Lock()
        self.users = 0


class Held:
    """Cases that belong to the holder until the block ends; `cases` is replaced by what was committed."""

    __slots__ = ("_settled", "cases")

    def __init__(self, cases: dict[str, Case]) -> None:
        self.cases = cases
        self._settled = False

    def settle(self, committed: dict[str, Case]) -> None:
        """The transaction is through: these are the cases now."""
        self.cases.update(committed)
        self._settled = True

    @property
    def settled(self) -> bool:
        return self._settled


class Cases:
    def __init__(self) -> None:
        self._slots: OrderedDict[str, _Slot] = OrderedDict()
        self.stale: set[str] = set()
        """Keys on which people have acted since: to be refreshed before the next judgement."""

    def __len__(self) -> int:
        return len(self._slots)

    def forget_all(self) -> None:
        for slot in self._slots.values():
            slot.case = None

    @asynccontextmanager
    async def hold(self, conn: Connection, keys: Iterable[str]) -> AsyncGenerator[Held]:
        """Lock the cases (in sorted order, so that two holders never wait in a ring) and read the missing ones."""
        ordered = sorted(set(keys))
        slots = [self._slot(key) for key in ordered]
        locked: list[_Slot] = []
        try:
            for slot in slots:
                await slot.lock.acquire()
                locked.append(slot)
            missing = [key for key, slot in zip(ordered, slots, strict=True) if slot.case is None]
            if missing:
                found = await store.cases(conn, missing)
                for key in missing:
                    self._slots[key].case = found.get(key) or Case(key=key)
            held = Held({key: slot.case for key, slot in zip(ordered, slots, strict=True) if slot.case is not None})
            try:
                yield held
            finally:
                for key, slot in zip(ordered, slots, strict=True):
                    slot.case = held.cases[key] if held.settled else None
        finally:
            for slot in locked:
                slot.lock.release()
            for slot in slots:
                slot.users -= 1
            self._shrink()

    def _slot(self, key: str) -> _Slot:
        slot = self._slots.get(key)
        if slot is None:
            slot = self._slots[key] = _Slot()
        else:
            self._slots.move_to_end(key)
        slot.users += 1
        return slot

    def _shrink(self) -> None:
        while len(self._slots) > MOST_CASES:
            key, slot = next(iter(self._slots.items()))
            if slot.users:
                return
            del self._slots[key]
