"""Commands to devices behind a broker: published once, followed by the device's own answer.

Enters: orders that people were allowed to give (commands.store), and what devices answered or said. Leaves: `sent` when
the broker has it, then the states that the device answers with; a device whose profile has no answers proves a silence
or a test by saying so. While the broker is away a command waits for it, at most as long as it lives. That it is about
to be published is written down before: after a crash it is not published again. Absent: who may ask (commands.rules).
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from zhigan.commands import store
from zhigan.commands.line import Connect, Line
from zhigan.commands.model import Name, Order, State
from zhigan.commands.rules import worded
from zhigan.gateways.mqtt.broker import Broker
from zhigan.gateways.mqtt.translate import GATEWAY
from zhigan.protocols.mqtt import Ack, Profiles
from zhigan.registry import models as registry
from zhigan.runtime.clock import Clock
from zhigan.runtime.listen import Listener
from zhigan.runtime.pg import UNAVAILABLE
from zhigan.vocabulary.conditions import Operation
from zhigan.vocabulary.moments import SECOND, to_datetime

LOOK_AGAIN_S: Final = 10.0
AGAIN: Final = 5 * SECOND
AT_ONCE: Final = 100
FOLLOWED: Final = 2_000
TOLD_MAX: Final = 50_000
OWN: Final = "zhigan"
"""The profile of a device that has not spoken yet."""

_log = structlog.get_logger("gateways.mqtt.downlink")
_STATES: Final = {
    "acknowledged": State.ACKNOWLEDGED,
    "confirmed": State.CONFIRMED,
    "failed": State.FAILED,
}
_PROOFS: Final = {
    Name.SILENCE: Operation.SILENCE,
    Name.SELF_TEST: Operation.SELF_TEST | Operation.TEST,
}


class Downlink:
    """`follow(broker)` once, then `run()` beside it. It is the taker's onlooker."""

    def __init__(self, profiles: Profiles, clock: Clock, dsn: str, connect: Connect) -> None:
        self.foreign = 0
        """Answers to commands that were not the device's."""
        self._profiles = profiles
        self._clock = clock
        self._dsn = dsn
        self._line = Line(connect, clock)
        self._broker: Broker | None = None
        self._listener: Listener | None = None
        self._open: dict[str, dict[str, Name]] = {}
        self._spoken: dict[str, str] = {}
        self._told: asyncio.Queue[Callable[[], Awaitable[object]]] = asyncio.Queue(TOLD_MAX)

    def follow(self, broker: Broker) -> None:
        self._broker = broker
        broker.on_up = self.wake

    def speaks(self, address: str, profile: str) -> None:
        self._spoken[address] = profile
        if len(self._spoken) == 1:
            self._later(self._keep_spoken)

    def answered(self, ack: Ack) -> None:
        self._later(lambda: self.hear(ack))

    def said(self, address: str, operations: int) -> None:
        for command, name in self._open.get(address, {}).items():
            proof = _PROOFS.get(name)
            if name is Name.QUERY_STATE or (proof is not None and operations & proof):
                self._later(lambda c=command: self._line.mark(c, State.CONFIRMED, "the device says so"))

    async def run(self) -> None:
        async with (
            Listener(self._dsn, "zhigan_command", name="zhigan mqtt") as listener,
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(self._tell(), name="mqtt answers")
            self._listener = listener
            while True:
                await listener.wait(LOOK_AGAIN_S)
                try:
                    for order in await self._due():
                        tasks.create_task(self._carry(order), name=f"command {order.id}")
                    await self.look()
                except UNAVAILABLE as error:
                    self._line.drop(error)

    def wake(self) -> None:
        """There may be something to publish: the broker is back."""
        if self._listener is not None:
            self._listener.wake()

    async def close(self) -> None:
        await self._line.close()

    async def hear(self, ack: Ack) -> None:
        """A device answers for itself only: another's command is none of its business."""
        try:
            command = await self._line.ask(lambda c: store.one(c, ack.command))
        except ValueError:
            command = None
        if command is None or command.gateway != GATEWAY or command.address.partition("/")[0] != ack.address:
            self.foreign += 1
            _log.info("an answer to no command of this device", address=ack.address)
            return
        await self._line.mark(command.id, _STATES[ack.state], ack.detail)

    async def look(self) -> None:
        """Whose words are waited for: also after a restart."""
        now = self._clock.micros()
        waiting = await self._line.ask(lambda c: store.carried(c, GATEWAY, now, FOLLOWED))
        self._open = {}
        for order, _, _ in waiting:
            self._open.setdefault(order.root, {})[order.id] = order.name

    async def carry(self, order: Order) -> None:
        known = await self._line.ask(lambda c: registry.carriage(c, GATEWAY, order.root))
        until = to_datetime(order.expires_at).isoformat()
        product = known.product or OWN
        letter = self._profiles.letter(product, order.root, order.id, order.name.value, worded(order.arguments), until)
        if order.name is Name.CUT_POWER and not self._profiles.answers_by_id(product):
            letter = None  # a broker may keep it for a device that is away: without id and expiry it would cut later
        if letter is None:
            await self._line.mark(
                order.id, State.FAILED, f"devices of the profile {known.product} take no {order.name}"
            )
            return
        if order.handed_at is not None:
            await self._handed(order)
            return
        broker, now = self._broker, self._clock.micros()
        if broker is None or not broker.connected.is_set():
            await self._line.ask(lambda c: store.not_handed(c, order.id, now + AGAIN))
            return
        if not await self._line.ask(lambda c: store.handing(c, order.id, now)):
            return
        if await broker.publish(letter.topic, letter.payload, (order.expires_at - now) // SECOND) is False:
            await self._line.ask(lambda c: store.not_handed(c, order.id, now + AGAIN))
        else:
            await self._handed(order)

    async def _handed(self, order: Order) -> None:
        """The broker has it, or may have it: in both cases it is the device's turn."""
        await self._line.ask(lambda c: store.handed(c, order.id, order.id, self._clock.micros()))
        self._open.setdefault(order.root, {})[order.id] = order.name

    async def _due(self) -> list[Order]:
        return await self._line.ask(lambda c: store.take(c, GATEWAY, None, self._clock.micros(), AT_ONCE))

    async def _carry(self, order: Order) -> None:
        try:
            await self.carry(order)
        except UNAVAILABLE as error:
            self._line.drop(error)

    async def _keep_spoken(self) -> None:
        """Which profile a device speaks, so that a restart knows how to answer it."""
        spoken, self._spoken = self._spoken, {}
        try:
            await self._line.ask(
                lambda c: registry.carry(c, [(GATEWAY, a, profile, "") for a, profile in spoken.items()])
            )
        except UNAVAILABLE:
            self._spoken = spoken | self._spoken
            raise

    def _later(self, act: Callable[[], Awaitable[object]]) -> None:
        if not self._told.full():
            self._told.put_nowait(act)

    async def _tell(self) -> None:
        while True:
            await self._line.surely(await self._told.get())
