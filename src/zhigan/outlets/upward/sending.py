"""Sending upward: one request at a time to one platform, in order, until it has acknowledged it.

Enters: pool, clock, vault, the wire. Leaves: documents sent; what was acknowledged marked and counted, in one
transaction, so that a process that dies goes on where the platform above last said yes. A device's master data go
before its first state. A record that is refused is set aside with the reason and holds up nothing; one that does not
answer, or lets us in no more, is tried again with growing pauses, and what waits keeps its time (补传). Absent: what
is to be told (planning.py).
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from time import perf_counter

import msgspec
import structlog

from zhigan.access.vault import Vault
from zhigan.outlets.upward import figures, forms, rules, store
from zhigan.outlets.upward.forms import Map
from zhigan.outlets.upward.model import Device, Item, Kind, Target
from zhigan.outlets.upward.planning import map_of
from zhigan.outlets.upward.store import SQL
from zhigan.protocols.couriers.model import Answer, Request, Said
from zhigan.runtime.clock import Clock
from zhigan.runtime.outward import Outward, Unanswered, Unheard
from zhigan.runtime.pg import Pool

PAGE = 200
"""Devices of which it is told between two looks for states."""
DAYS = 7
"""So far back days are reconciled."""
_log = structlog.get_logger("outlets.upward")


class Fate(StrEnum):
    IDLE = "idle"
    MORE = "more"
    FAILED = "failed"


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One request and what came of it. `after_s`: when it wants to be asked again."""

    answer: Answer
    status: int | None = None
    ms: int = 0
    after_s: float | None = None
    url: str = ""
    request: bytes = b""
    body: bytes = b""


class _Held(msgspec.Struct):
    """What is known of a target between two steps; a new process knows nothing and loses nothing."""

    token: str = ""
    until: datetime | None = None
    singly: int = 0  # so many of the next states go one by one: together they were refused


class Sender:
    def __init__(self, pool: Pool, clock: Clock, vault: Vault, wire: Outward) -> None:
        self._pool, self._clock, self._vault, self._wire = pool, clock, vault, wire
        self._held: dict[str, _Held] = {}
        self._running: dict[str, asyncio.Task[None]] = {}

    async def close(self) -> None:
        for task in list(self._running.values()):
            task.cancel()
        if self._running:
            await asyncio.wait(self._running.values())
        await self._wire.close()

    # -- rounds

    async def round(self) -> int:
        """Begins with every target that is due and at rest; how many were begun."""
        now = self._clock.now()
        async with self._pool.acquire() as conn:
            targets = await store.targets(conn, self._vault)
        begun = [t for t in targets if t.id not in self._running and _due(t, now)]
        for target in begun:
            self._running[target.id] = task = asyncio.create_task(self._drain(target.id))
            task.add_done_callback(lambda done, id_=target.id: self._done(id_, done))
        return len(begun)

    async def settled(self) -> None:
        """Until nothing is under way: for stories."""
        while self._running:
            await asyncio.wait(list(self._running.values()))
            await asyncio.sleep(0)

    def _done(self, target: str, task: asyncio.Task[None]) -> None:
        self._running.pop(target, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            figures.poisoned.inc()
            _log.error("reporting upward failed; it is tried again", target=target, exc_info=error)

    async def _drain(self, target: str) -> None:
        while await self.step(target) is Fate.MORE:
            pass

    # -- one step

    async def step(self, id_: str) -> Fate:
        """The next that is to be told: states, with the master data of their devices before them; then other devices;
        then days that are over."""
        async with self._pool.acquire() as conn:
            found = await store.targets(conn, self._vault, id_)
        target = found[0] if found else None
        made = None if target is None else map_of(target.map)
        if target is None or made is None or not _due(target, self._clock.now()):
            return Fate.IDLE
        held = self._held.setdefault(id_, _Held())
        for step in (self._states, self._devices, self._counts):
            fate = await step(target, made, held)
            if fate is not Fate.IDLE:
                return fate
        return Fate.IDLE

    async def _states(self, target: Target, made: Map, held: _Held) -> Fate:
        if made.status is None:
            return Fate.IDLE
        stuck = target.failures >= rules.STUCK
        most = 2 if stuck else 1 if held.singly else made.status.most
        async with self._pool.acquire() as conn:
            items = await store.waiting(conn, target.id, most, None if stuck else target.upto)
            if made.status.most > 1 and items and items[-1].id != target.upto and not stuck:
                await conn.execute(SQL.under_way, target.id, items[-1].id)
        if not items:
            return Fate.IDLE
        ids = list(dict.fromkeys(item.device for item in items))
        if made.install is not None and (fate := await self._install(target, made, held, ids, only_new=True)):
            return fate
        async with self._pool.acquire() as conn:
            devices = await store.master(conn, ids, people=target.people)
        if stuck and len(items) == 2:
            return await self._past(target, made, held, items, devices)
        return await self._tell(target, made, held, items[:1] if stuck else items, devices)

    async def _past(
        self, target: Target, made: Map, held: _Held, items: Sequence[Item], devices: dict[str, Device]
    ) -> Fate:
        """It failed over the first, time and again: if it takes the second, the first is what it cannot digest."""
        first, second = items
        tried = await self._say(target, made, held, Kind.STATUS, _facts(target, [second], devices), f"{second.id}")
        if tried.answer.said is not Said.TAKEN:
            return await self._failed(target, tried)
        now = self._clock.now()
        async with self._pool.acquire() as conn, conn.transaction():
            await store.done(conn, target.id, [first.id], "refused", target_said(target), now)
            await store.done(conn, target.id, [second.id], "told", "", now)
            await conn.execute(SQL.acknowledged, target.id, now)
        return Fate.MORE

    async def _tell(
        self, target: Target, made: Map, held: _Held, items: Sequence[Item], devices: dict[str, Device]
    ) -> Fate:
        known = [item for item in items if item.device in devices]
        key = f"{items[0].id}-{items[-1].id}"
        tried = await self._say(target, made, held, Kind.STATUS, _facts(target, known, devices), key)
        said = tried.answer.said
        if said is Said.REFUSED and len(items) > 1:
            held.singly = len(items)
            return Fate.MORE
        if said not in (Said.TAKEN, Said.REFUSED):
            return await self._failed(target, tried)
        now = self._clock.now()
        state, why = ("told", "") if said is Said.TAKEN else ("refused", told_of(tried.answer))
        async with self._pool.acquire() as conn, conn.transaction():
            await store.done(conn, target.id, [item.id for item in items], state, why, now)
            if said is Said.TAKEN:
                await conn.execute(SQL.acknowledged, target.id, now)
        held.singly = max(0, held.singly - len(items))
        figures.told.labels(Kind.STATUS.value).inc(len(items) if said is Said.TAKEN else 0)
        return Fate.MORE

    # -- devices

    async def _devices(self, target: Target, made: Map, held: _Held) -> Fate:
        if made.install is None:
            return Fate.IDLE
        async with self._pool.acquire() as conn:
            ids = [r["device"] for r in await conn.fetch(SQL.stale, target.id, PAGE)]
        if not ids:
            return Fate.IDLE
        return await self._install(target, made, held, ids) or Fate.MORE

    async def _install(
        self, target: Target, made: Map, held: _Held, ids: Sequence[str], *, only_new: bool = False
    ) -> Fate | None:
        """None: all of it is told, or refused for good."""
        async with self._pool.acquire() as conn:
            if only_new:
                known = {r["device"]: r for r in await conn.fetch(SQL.standing_of, target.id, list(ids))}
                ids = [id_ for id_ in ids if id_ not in known or known[id_]["stale"]]
            if not ids:
                return None
            stand = await store.master(conn, ids, people=target.people)
            mine = [d for d in stand.values() if rules.holds(target, d.area, d.industry, d.gateway, d.address)]
            gone = sorted(set(ids) - {d.id for d in mine})
            await conn.execute(SQL.mark_stale, target.id, [d.id for d in mine])
            if gone:
                await conn.execute(SQL.unstale, target.id, gone)
        most = made.install.most if made.install is not None else 1
        mine.sort(key=lambda device: device.number)
        for n in range(0, len(mine), most):
            if (fate := await self._told(target, made, held, mine[n : n + most])) is not None:
                return fate
        return None

    async def _told(self, target: Target, made: Map, held: _Held, devices: Sequence[Device]) -> Fate | None:
        facts = [forms.device_facts(device, target) for device in devices]
        tried = await self._say(target, made, held, Kind.INSTALL, facts, rules.key(devices))
        said = tried.answer.said
        if said is Said.REFUSED and len(devices) > 1:
            for device in devices:
                if (fate := await self._told(target, made, held, [device])) is not None:
                    return fate
            return None
        if said not in (Said.TAKEN, Said.REFUSED):
            return await self._failed(target, tried)
        now = self._clock.now()
        async with self._pool.acquire() as conn, conn.transaction():
            refused = "" if said is Said.TAKEN else told_of(tried.answer)
            await store.installed(conn, target.id, devices, refused, now)
            if said is Said.TAKEN:
                await conn.execute(SQL.acknowledged, target.id, now)
        figures.told.labels(Kind.INSTALL.value).inc(len(devices) if said is Said.TAKEN else 0)
        return None

    # -- days

    async def _counts(self, target: Target, made: Map, held: _Held) -> Fate:
        if made.counts is None:
            return Fate.IDLE
        now = self._clock.now()
        async with self._pool.acquire() as conn:
            day = await store.uncounted(conn, target.id, now, DAYS)
        if day is None:
            return Fate.IDLE
        tried = await self._say(target, made, held, Kind.COUNTS, [forms.counts_facts(day)], f"counts-{day.day}")
        said = tried.answer.said
        if said not in (Said.TAKEN, Said.REFUSED):
            return await self._failed(target, tried)
        async with self._pool.acquire() as conn, conn.transaction():
            told_at = now if said is Said.TAKEN else None
            why = "" if said is Said.TAKEN else told_of(tried.answer)
            await conn.execute(
                SQL.counted, target.id, datetime.fromisoformat(day.day).date(), day.devices, told_at, why
            )
            if said is Said.TAKEN:
                await conn.execute(SQL.acknowledged, target.id, now)
        return Fate.MORE

    # -- the wire

    async def trial(self, target: Target, made: Map, device: Device | None) -> Attempt:
        """The login, and the master data of one device: what is told anyway, and harmless twice."""
        held = _Held()
        if device is None or made.install is None:
            if made.login is None:
                return Attempt(answer=Answer(Said.REFUSED, code="nothing", text=""))
            return await self._enter(target, made, held) or Attempt(answer=Answer(Said.TAKEN, code="login"))
        return await self._say(target, made, held, Kind.INSTALL, [forms.device_facts(device, target)], device.id)

    async def _say(
        self, target: Target, made: Map, held: _Held, kind: Kind, facts: Sequence[dict[str, object]], key: str
    ) -> Attempt:
        for again in (True, False):
            if made.login is not None and (refused := await self._enter(target, made, held)) is not None:
                tried = refused
                break
            shown = {"token": held.token, "account": target.account}
            body = forms.document(made, kind, [{**each, **shown} for each in facts])
            tried = await self._ask(target, made, forms.request(target, made, kind, body, key, held.token))
            if made.login is None or tried.status != 401 or not again:
                break
            held.token = ""  # it held no more: once anew
        figures.answers.labels(target.adapter.value, kind.value, tried.answer.said.value).inc()
        return tried

    async def _enter(self, target: Target, made: Map, held: _Held) -> Attempt | None:
        """None: we have a token."""
        now = self._clock.now()
        request = forms.login(target, made)
        if request is None or made.login is None or (held.token and held.until is not None and now < held.until):
            return None
        tried = await self._ask(target, made, request, reading=False)
        token = forms.token(made, tried.body) if tried.status is not None and 200 <= tried.status < 300 else ""
        if token:
            held.token, held.until = token, now + timedelta(minutes=made.login.minutes)
            return None
        said = tried.answer
        code = "login" if tried.status is None or 200 <= tried.status < 300 else f"login_{tried.status}"
        # Whatever it says of our password, what waits is not refused by that: somebody mends it, and it is told.
        answer = said if tried.status is None else Answer(Said.UNREACHED, code=code, text=said.text)
        return msgspec.structs.replace(tried, answer=answer, request=b"", body=b"")

    async def _ask(self, target: Target, made: Map, request: Request, *, reading: bool = True) -> Attempt:
        began = perf_counter()
        status: int | None = None
        after_s: float | None = None
        body = b""
        try:
            status, headers, body = await self._wire.ask(
                request.method, request.url, request.headers, request.body, target.answer_s
            )
            told = forms.answer(made, status, body)
            answer = told if reading else Answer(Said.UNREACHED, code=str(status), text=told.text)
            after = headers.get("retry-after", "")
            after_s = float(after) if after.isdigit() else None
        except Unheard as error:
            answer = Answer(Said.UNREACHED, code=str(error))
        except Unanswered as error:
            answer = Answer(Said.UNKNOWN, code=str(error))
        ms = round((perf_counter() - began) * 1000)
        return Attempt(
            answer=answer, status=status, ms=ms, after_s=after_s, url=request.url, request=request.body, body=body
        )

    async def _failed(self, target: Target, tried: Attempt) -> Fate:
        now = self._clock.now()
        due = now + rules.pause(target.failures + 1, tried.after_s)
        async with self._pool.acquire() as conn:
            await conn.execute(SQL.failed, target.id, now, told_of(tried.answer), due)
        return Fate.FAILED


def _due(target: Target, now: datetime) -> bool:
    return not target.paused and (target.due_at is None or target.due_at <= now)


def _facts(target: Target, items: Sequence[Item], devices: dict[str, Device]) -> list[dict[str, object]]:
    return [forms.status_facts(devices[item.device], target, item) for item in items if item.device in devices]


def told_of(answer: Answer) -> str:
    return " ".join(part for part in (answer.said.value, answer.code, answer.text) if part).replace("\x00", "�")[:300]


def target_said(target: Target) -> str:
    """What it failed with over a record that it cannot digest."""
    return f"{Said.UNKNOWN} failed {target.failures}"
