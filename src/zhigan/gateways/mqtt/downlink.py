"""Commands to devices behind a broker: published once, followed by the device's own answer.

Enters: orders that people were allowed to give (commands.store), and what devices answered or said. Leaves: `sent` when
the broker has it, then the states that the device answers with; a device whose profile has no answers proves a silence
or a test by saying so. While the broker is away a command waits for it, at most as long as it lives. That it is about
to be published is written down before: after a crash it is not published again. Absent: who may ask (commands.rules).
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import structlog

from zhigan.commands import store
from zhigan.commands.model import CloseValve, Name, Order, SetParameters, Silence, State
from zhigan.gateways.mqtt.broker import Broker
from zhigan.gateways.mqtt.translate import GATEWAY
from zhigan.protocols.mqtt import Ack, Profiles
from zhigan.registry import models as registry
from zhigan.runtime.clock import Clock
from zhigan.runtime.listen import Listener
from zhigan.runtime.pg import UNAVAILABLE, Connection
from zhigan.vocabulary.conditions import Operation
from zhigan.vocabulary.moments import SECOND, to_datetime

LOOK_AGAIN_S: Final = 10.0
AGAIN: Final = 5 * SECOND
AT_ONCE: Final = 100
FOLLOWED: Final = 2_000
TOLD_MAX: Final = 50_000
RETRY_S: Final = 1.0
OWN: Final = "zhigan"
"""The profile of a device that has not spoken yet."""

T = TypeVar("T")
Connect = Callable[[], Awaitable[Connection]]
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
        self._profiles = profiles
        self._clock = clock
        self._dsn = dsn
        self._connect = connect
        self._conn: Connection | None = None
        self._speaking = asyncio.Lock()
        self._broker: Broker | None = None
        self._listener: Listener | None = None
        self._open: dict[str, dict[str, Name]] = {}
        self._spoken: dict[str, str] = {}
        self._told: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue(TOLD_MAX)

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
                self._later(lambda c=command: self._mark(c, State.CONFIRMED, "the device says so"))

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
                    self._drop(error)

    def wake(self) -> None:
        """There may be something to publish: the broker is back."""
        if self._listener is not None:
            self._listener.wake()

    async def close(self) -> None:
        if self._conn is not None:
            await self._conn.close()
            self._conn = None

    async def hear(self, ack: Ack) -> None:
        """A device answers for itself only: another's command is none of its business."""
        try:
            command = await self._with(lambda c: store.one(c, ack.command))
        except ValueError:
            command = None
        if command is None or command.gateway != GATEWAY or command.address.partition("/")[0] != ack.address:
            _log.info("an answer to no command of this device", address=ack.address)
            return
        await self._mark(command.id, _STATES[ack.state], ack.detail)

    async def look(self) -> None:
        """Whose words are waited for: also after a restart."""
        now = self._clock.micros()
        waiting = await self._with(lambda c: store.carried(c, GATEWAY, now, FOLLOWED))
        self._open = {}
        for order, _, _ in waiting:
            self._open.setdefault(order.root, {})[order.id] = order.name

    async def carry(self, order: Order) -> None:
        known = await self._with(lambda c: registry.carriage(c, GATEWAY, order.root))
        until = to_datetime(order.expires_at).isoformat()
        letter = self._profiles.letter(
            known.product or OWN, order.root, order.id, order.name.value, _arguments(order), until
        )
        if letter is None:
            await self._mark(order.id, State.FAILED, f"devices of the profile {known.product} take no {order.name}")
            return
        if order.handed_at is not None:
            await self._handed(order)
            return
        broker, now = self._broker, self._clock.micros()
        if broker is None or not broker.connected.is_set():
            await self._with(lambda c: store.not_handed(c, order.id, now + AGAIN))
            return
        if not await self._with(lambda c: store.handing(c, order.id, now)):
            return
        if await broker.publish(letter.topic, letter.payload, (order.expires_at - now) // SECOND) is False:
            await self._with(lambda c: store.not_handed(c, order.id, now + AGAIN))
        else:
            await self._handed(order)

    async def _handed(self, order: Order) -> None:
        """The broker has it, or may have it: in both cases it is the device's turn."""
        await self._with(lambda c: store.handed(c, order.id, order.id, self._clock.micros()))
        self._open.setdefault(order.root, {})[order.id] = order.name

    async def _due(self) -> list[Order]:
        return await self._with(lambda c: store.take(c, GATEWAY, None, self._clock.micros(), AT_ONCE))

    async def _carry(self, order: Order) -> None:
        try:
            await self.carry(order)
        except UNAVAILABLE as error:
            self._drop(error)

    async def _keep_spoken(self) -> None:
        """Which profile a device speaks, so that a restart knows how to answer it."""
        spoken, self._spoken = self._spoken, {}
        try:
            await self._with(lambda c: registry.carry(c, [(GATEWAY, a, profile, "") for a, profile in spoken.items()]))
        except UNAVAILABLE:
            self._spoken = spoken | self._spoken
            raise

    def _later(self, act: Callable[[], Awaitable[None]]) -> None:
        if not self._told.full():
            self._told.put_nowait(act)

    async def _tell(self) -> None:
        while True:
            act = await self._told.get()
            while True:
                try:
                    await act()
                except UNAVAILABLE as error:
                    self._drop(error)
                    await asyncio.sleep(RETRY_S)
                else:
                    break

    async def _mark(self, command: str, state: State, detail: str) -> None:
        try:
            await self._with(lambda c: store.mark(c, command, state, detail, self._clock.micros()))
        except (store.IllegalMove, store.NoCommand) as error:
            _log.info("a command went another way meanwhile", command=command, reason=str(error))

    async def _with(self, act: Callable[[Connection], Awaitable[T]]) -> T:
        async with self._speaking:
            if self._conn is None or self._conn.is_closed():
                self._conn = await self._connect()
            return await act(self._conn)

    def _drop(self, error: Exception) -> None:
        _log.warning("the database does not answer; commands wait", error=f"{type(error).__name__}: {error}")
        self._conn = None


def _arguments(order: Order) -> dict[str, object]:
    match order.arguments:
        case Silence(basis=basis):
            return {"basis": basis.value}
        case SetParameters(parameters=parameters):
            return dict(parameters)
        case CloseValve(reason=reason):
            return {"reason": reason}
        case _:
            return {}
