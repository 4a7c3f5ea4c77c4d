"""Commands to devices behind carriers: handed to the carrier once, and followed to their proof.

Enters: orders that people were allowed to give (commands.store), the carriers' pushes of what became of them, and what
the devices say themselves. Leaves: `sent` when the carrier has it (its id is kept), `acknowledged` when the device got
it, `confirmed` with the device's own answer, or `failed` and `expired` with the reason. That a letter is about to be
handed is written down before the call: after a time-out or a crash the carrier is asked for what it has, and only what
it does not have is handed again. Absent: who may ask (commands.rules), HTTP (clients), makers' words (orders).
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from functools import partial
from typing import Final

import structlog

from zhigan.commands import store
from zhigan.commands.line import Connect, Line
from zhigan.commands.model import Name, Order, State
from zhigan.commands.rules import worded
from zhigan.gateways.carriers.clients import Api
from zhigan.gateways.carriers.counts import Tally
from zhigan.gateways.carriers.orders import Book, Unspeakable, told
from zhigan.protocols.carriers import Report
from zhigan.protocols.carriers.calls.model import CallError, Carried, Doubt, Letter
from zhigan.registry import models as registry
from zhigan.runtime.clock import Clock
from zhigan.runtime.listen import Listener
from zhigan.runtime.pg import UNAVAILABLE
from zhigan.vocabulary.conditions import Operation
from zhigan.vocabulary.moments import MINUTE, SECOND

GATEWAYS: Final = ("ctwing", "onenet", "huawei")
LOOK_AGAIN_S: Final = 10.0
AT_ONCE: Final = 100
FOLLOWED: Final = 2_000
AGAIN: Final = 10 * SECOND
SETTLED: Final = MINUTE
"""A carrier's list shows what it was handed this long ago."""
EMPTY_LOOKS: Final = 2
QUIET: Final = 5 * MINUTE
"""A command without a word for so long is asked about: carriers drop pushes while they are cross with us."""
EARLY_MAX: Final = 2_000
ANSWERS_MAX: Final = 20_000

_log = structlog.get_logger("gateways.carriers.downlink")
_RESULTS: Final[dict[str, tuple[State, str]]] = {
    "DELIVERED": (State.ACKNOWLEDGED, ""),
    "1": (State.ACKNOWLEDGED, ""),
    "SUCCESSFUL": (State.CONFIRMED, "the device answered"),
    "SUCCESS": (State.CONFIRMED, "the device answered"),
    "2": (State.CONFIRMED, "the device answered"),
    "FAILED": (State.FAILED, "the carrier says that it failed"),
    "FAIL": (State.FAILED, "the carrier says that it failed"),
    "EXPIRED": (State.EXPIRED, "the device did not wake in time"),
    "TIMEOUT": (State.EXPIRED, "the device got it and did not answer in time"),
}
"""What carriers say; SENT and whatever else is not the end. After `expired` a late answer is still believed."""
_PROOFS: Final = {
    Name.SILENCE: Operation.SILENCE,
    Name.SELF_TEST: Operation.SELF_TEST | Operation.TEST,
}


class Downlink:
    """`run()` beside the taker, which tells `answered` and `said`."""

    def __init__(self, apis: Mapping[str, Api], book: Book, clock: Clock, dsn: str, connect: Connect) -> None:
        self.tally = Tally()
        self._apis = apis
        self._book = book
        self._clock = clock
        self._dsn = dsn
        self._line = Line(connect, clock)
        self._answers: asyncio.Queue[tuple[str, str, str]] = asyncio.Queue(ANSWERS_MAX)
        self._proved: asyncio.Queue[tuple[str, str]] = asyncio.Queue(ANSWERS_MAX)
        self._early: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._empty_looks: dict[str, int] = {}
        self._asked: dict[str, int] = {}
        self._open: dict[tuple[str, str], dict[str, Name]] = {}

    async def run(self) -> None:
        async with (
            Listener(self._dsn, "zhigan_command", name="zhigan carriers") as listener,
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(self._hear(), name="carriers' answers")
            tasks.create_task(self._prove(), name="devices' proofs")
            tasks.create_task(self._follow(), name="carriers asked")
            while True:
                await listener.wait(LOOK_AGAIN_S)
                for order in await self._due():
                    tasks.create_task(self._carry(order), name=f"command {order.id}")

    async def close(self) -> None:
        for api in self._apis.values():
            await api.close()
        await self._line.close()

    async def round(self) -> None:
        """What is due is handed; what has been quiet for long is asked about."""
        await asyncio.gather(*(self._carry(order) for order in await self._due()))
        await self.ask()

    async def _follow(self) -> None:
        while True:
            try:
                await self.ask()
            except UNAVAILABLE as error:
                self._line.drop(error)
            await asyncio.sleep(LOOK_AGAIN_S)

    async def _due(self) -> list[Order]:
        """Nothing while the database does not answer: the next look comes."""
        now = self._clock.micros()
        try:
            return [
                order
                for gateway in GATEWAYS
                for order in await self._line.ask(lambda c, g=gateway: store.take(c, g, None, now, AT_ONCE))
            ]
        except UNAVAILABLE as error:
            self._line.drop(error)
            return []

    async def _carry(self, order: Order) -> None:
        """One that the database stops ends its lease, and is asked about before it is handed again."""
        try:
            await self.carry(order)
        except UNAVAILABLE as error:
            self._line.drop(error)

    def answered(self, gateway: str, report: Report) -> None:
        """A carrier's push; a full queue drops it, for what became of a command is asked for as well."""
        if report.command and not self._answers.full():
            self._answers.put_nowait((gateway, report.command, report.result.upper()))

    def said(self, gateway: str, address: str, operations: int) -> None:
        waiting = self._open.get((gateway, address))
        if not waiting:
            return
        for command, name in waiting.items():
            proof = _PROOFS.get(name)
            if not self._proved.full() and (name is Name.QUERY_STATE or (proof is not None and operations & proof)):
                self._proved.put_nowait((command, "the device reported" if proof is None else "the device says so"))

    async def carry(self, order: Order) -> None:
        """From taken to handed, or to the reason why not."""
        api = self._apis.get(order.gateway)
        if api is None:
            await self._line.mark(order.id, State.FAILED, f"no access to {order.gateway}'s interface is set")
            return
        try:
            letter = await self._letter(order)
        except Unspeakable as error:
            await self._line.mark(order.id, State.FAILED, str(error))
            return
        if order.handed_at is not None:
            await self._reconcile(api, order, letter, order.handed_at)
        elif await self._line.ask(lambda c: store.handing(c, order.id, self._clock.micros())):
            await self._hand(api, order, letter)

    async def hear(self, gateway: str, outside_id: str, result: str) -> None:
        """One answer of a carrier. It may come before we know the id under which the carrier has it."""
        command = await self._line.ask(lambda c: store.by_outside(c, gateway, outside_id))
        if command is None:
            self._early[gateway, outside_id] = result
            if len(self._early) > EARLY_MAX:
                self._early.popitem(last=False)
            return
        await self._result(command, result)

    async def _hand(self, api: Api, order: Order, letter: Letter) -> None:
        try:
            carried = await api.hand(letter)
        except CallError as error:
            self.tally.add(order.gateway, f"hand_{error.doubt.value}")
            await self._not_handed(api, order, error)
        else:
            self.tally.add(order.gateway, "handed")
            await self._handed(order, carried)

    async def _not_handed(self, api: Api, order: Order, error: CallError) -> None:
        if error.doubt is Doubt.UNKNOWN:
            _log.warning("a carrier may have a command", command=order.id, gateway=order.gateway, reason=error.reason)
        elif error.doubt is Doubt.NOT_TAKEN:
            again = self._clock.micros() + AGAIN
            await self._line.ask(lambda c: store.not_handed(c, order.id, again))
            _log.info("a command waits", command=order.id, gateway=order.gateway, reason=error.reason)
        else:
            await self._line.mark(order.id, State.FAILED, error.reason)

    async def _handed(self, order: Order, carried: Carried) -> None:
        self._empty_looks.pop(order.id, None)
        await self._line.ask(lambda c: store.handed(c, order.id, carried.id, self._clock.micros()))
        self._open.setdefault((order.gateway, order.root), {})[order.id] = order.name
        early = self._early.pop((order.gateway, carried.id), "")
        for result in (carried.result.upper(), early):
            await self._result(order.id, result)

    async def _reconcile(self, api: Api, order: Order, letter: Letter, since: int) -> None:
        """The carrier may have it: it is asked, and handed the letter again only when its list is without it."""
        try:
            if not api.lists(letter):
                return
            found = await api.find(letter, since)
        except CallError as error:
            _log.info("a carrier cannot be asked now", command=order.id, reason=error.reason)
            return
        ids = [one.id for one in found]
        known = await self._line.ask(lambda c: store.known_outside(c, order.gateway, ids))
        for one in found:
            if one.id not in known:
                self.tally.add(order.gateway, "found")
                await self._handed(order, one)
                return
        now = self._clock.micros()
        looks = self._empty_looks[order.id] = self._empty_looks.get(order.id, 0) + 1
        if looks >= EMPTY_LOOKS and now - since >= SETTLED:
            del self._empty_looks[order.id]
            self.tally.add(order.gateway, "not_found")
            await self._line.ask(lambda c: store.not_handed(c, order.id, now))

    async def ask(self) -> None:
        """Also fills in, after a restart, whose devices' words are waited for."""
        for gateway in GATEWAYS:
            now = self._clock.micros()
            waiting = await self._line.ask(lambda c, g=gateway, n=now: store.carried(c, g, n, FOLLOWED))
            for key in [k for k in self._open if k[0] == gateway]:
                del self._open[key]
            for order, _, since in waiting:
                self._open.setdefault((gateway, order.root), {})[order.id] = order.name
                api = self._apis.get(gateway)
                last = max(since, self._asked.get(order.id, 0))
                if api is not None and now - last >= QUIET:
                    self._asked[order.id] = now
                    await self._look(api, order)
        if len(self._asked) > EARLY_MAX:
            self._asked.clear()

    async def _look(self, api: Api, order: Order) -> None:
        try:
            letter = await self._letter(order)
            if api.lists(letter):
                await self._result(order.id, (await api.look(letter, order.outside_id or "")).upper())
        except (CallError, Unspeakable) as error:
            _log.info("a carrier cannot be asked now", command=order.id, reason=str(error))

    async def _letter(self, order: Order) -> Letter:
        known = await self._line.ask(lambda c: registry.carriage(c, order.gateway, order.root))
        left = (order.expires_at - self._clock.micros()) // SECOND
        return Letter(
            device=order.root,
            product=known.product,
            name=known.name,
            told=told(self._book, known.product, known.model, order.name.value, worded(order.arguments)),
            ttl_s=max(left, 1),
            mark=f"zhigan-{order.id.replace('-', '')[-16:]}",
        )

    async def _result(self, command: str, result: str) -> None:
        found = _RESULTS.get(result)
        if found is not None:
            await self._line.mark(command, *found)

    async def _hear(self) -> None:
        while True:
            await self._line.surely(partial(self.hear, *await self._answers.get()))

    async def _prove(self) -> None:
        while True:
            command, why = await self._proved.get()
            await self._line.surely(partial(self._line.mark, command, State.CONFIRMED, why))
