"""Commands to devices that speak GB/T 26875.3: taken when they are asked for, sent, and followed to their proof.

Enters: orders that people were allowed to give (commands.store). Leaves: what became of each: `sent`, `acknowledged`
by the device's command 3, `confirmed` only with proof (the answer read, the clock seen right, the key of a duty check
pressed), or `failed` with the reason. The standard knows few controls; what it has none for fails at once and never
pretends. Absent: who may ask (commands.rules) and resends (orders).
"""

import asyncio
from typing import assert_never

from zhigan.commands import store
from zhigan.commands.line import Connect, Line
from zhigan.commands.model import CheckDuty, Name, Order, State
from zhigan.gateways.gb26875.server import Server
from zhigan.gateways.gb26875.terms import Outcome, duty_until
from zhigan.gateways.gb26875.translate import GATEWAY
from zhigan.protocols.gb26875 import Object, ReadComponent, ReadDevice, ReadSystem, Type
from zhigan.runtime.clock import Clock
from zhigan.runtime.listen import Listener
from zhigan.runtime.pg import UNAVAILABLE

LOOK_AGAIN_S = 10.0
RETRY_S = 0.5
AT_ONCE = 100

_FAILURES = {
    Outcome.DENIED: "the device refused (command 6)",
    Outcome.NO_ANSWER: "the device did not answer",
    Outcome.UNREACHABLE: "the device is not connected",
}


class Downlink:
    """`run()` beside the server."""

    def __init__(self, server: Server, clock: Clock, dsn: str, connect: Connect, duty_minutes: int = 10) -> None:
        self._server = server
        self._clock = clock
        self._dsn = dsn
        self._duty_minutes = duty_minutes
        self._line = Line(connect, clock)

    async def run(self) -> None:
        async with (
            Listener(self._dsn, "zhigan_command", name="zhigan downlink") as listener,
            asyncio.TaskGroup() as carrying,
        ):
            for order, since in await self.unanswered():
                carrying.create_task(self.resume(order, since), name=f"command {order.id}")
            while True:
                await listener.wait(LOOK_AGAIN_S)
                for order in await self.take():
                    carrying.create_task(self.carry(order), name=f"command {order.id}")

    async def close(self) -> None:
        await self._line.close()

    async def take(self) -> list[Order]:
        """What waits; nothing while the database does not answer (the next look comes)."""
        try:
            return await self._line.ask(lambda c: store.take(c, GATEWAY, None, self._clock.micros(), AT_ONCE))
        except UNAVAILABLE as error:
            self._line.drop(error)
            return []

    async def unanswered(self) -> list[tuple[Order, int]]:
        """Duty checks of a run before this one; asked for until the database answers, for nobody else ends them."""
        while True:
            try:
                return await self._line.ask(lambda c: store.duties(c, GATEWAY))
            except UNAVAILABLE as error:
                self._line.drop(error)
            await asyncio.sleep(RETRY_S)

    async def resume(self, order: Order, since: int) -> None:
        """The key is waited for as long as was said to the device. What ran out while nobody listened is no absence."""
        minutes = self._minutes(order)
        if duty_until(minutes, since) <= self._clock.micros():
            await self._mark(order, State.FAILED, "the platform was not there when the time ran out")
        else:
            await self._await_key(order, minutes, self._server.expect_key(order.root, minutes, since))

    async def carry(self, order: Order) -> None:
        """From taken to its end."""
        match order.name:
            case Name.SYNC_CLOCK:
                await self._sync_clock(order)
            case Name.QUERY_STATE:
                await self._query_state(order)
            case Name.CHECK_DUTY:
                await self._check_duty(order)
            case Name.SILENCE | Name.SELF_TEST | Name.SET_PARAMETERS | Name.CLOSE_VALVE | Name.CUT_POWER:
                await self._mark(order, State.FAILED, "GB/T 26875.3 has no such command")
            case _:
                assert_never(order.name)

    async def _sync_clock(self, order: Order) -> None:
        if not await self._sent(order):
            return
        outcome = await self._server.sync_clock(order.root)
        if not await self._acknowledged(order, outcome):
            return
        asked_at = self._clock.micros()
        if await self._server.request(order.root, [ReadDevice(Type.READ_DEVICE_CLOCK)]) is Outcome.DONE:
            if self._server.clock_right(order.root, asked_at):
                await self._mark(order, State.CONFIRMED, "the device's clock is within 5 s")
            else:
                await self._mark(order, State.FAILED, "the device confirmed, but its clock is still wrong")

    async def _query_state(self, order: Order) -> None:
        wanted = _wanted(order.address)
        if wanted is None:
            await self._mark(order, State.FAILED, f"{order.address} names no system or component")
        elif await self._sent(order):
            outcome = await self._server.request(order.root, [wanted])
            if outcome is Outcome.DONE:
                await self._mark(order, State.CONFIRMED, "answered")
            else:
                await self._mark(order, State.FAILED, _FAILURES[outcome])

    async def _check_duty(self, order: Order) -> None:
        minutes = self._minutes(order)
        if not await self._sent(order):
            return
        outcome, answered = await self._server.check_duty(order.root, minutes)
        if await self._acknowledged(order, outcome) and answered is not None:
            await self._await_key(order, minutes, answered)

    def _minutes(self, order: Order) -> int:
        asked = order.arguments.minutes if isinstance(order.arguments, CheckDuty) else None
        return min(max(asked or self._duty_minutes, 1), 255)

    async def _await_key(self, order: Order, minutes: int, answered: asyncio.Future[bool]) -> None:
        try:
            there = await asyncio.shield(answered)
        except asyncio.CancelledError:
            if not answered.cancelled():
                raise  # it is we who are cancelled
            await self._mark(order, State.FAILED, "a newer duty check took its place")
            return
        if there:
            await self._mark(order, State.CONFIRMED, "the key was pressed")
        else:
            await self._mark(order, State.FAILED, f"nobody pressed the key within {minutes} minutes")

    async def _sent(self, order: Order) -> bool:
        """A device that cannot be reached fails here, at sending."""
        if not self._server.reachable(order.root):
            await self._mark(order, State.FAILED, _FAILURES[Outcome.UNREACHABLE])
            return False
        return await self._mark(order, State.SENT, "")

    async def _acknowledged(self, order: Order, outcome: Outcome) -> bool:
        if outcome is Outcome.DONE:
            return await self._mark(order, State.ACKNOWLEDGED, "")
        await self._mark(order, State.FAILED, _FAILURES[outcome])
        return False

    async def _mark(self, order: Order, state: State, detail: str) -> bool:
        try:
            return await self._line.mark(order.id, state, detail)
        except UNAVAILABLE as error:
            self._line.drop(error)
            return False


def _wanted(address: str) -> Object | None:
    """What to ask for, by the form of the address: the device, a system of it, or a component."""
    _, slash, behind = address.partition("/")
    if not slash:
        return ReadDevice(Type.READ_DEVICE_STATUS)
    parts = behind.split(".")
    if not all(part.isdecimal() for part in parts):
        return None
    numbers = [int(part) for part in parts]
    if any(number > 255 for number in numbers[:3]) or any(number >= 1 << 32 for number in numbers):
        return None
    if len(numbers) == 2:
        return ReadSystem(Type.READ_SYSTEM_STATUS, *numbers)
    if len(numbers) == 4:
        return ReadComponent(Type.READ_COMPONENT_STATUS, numbers[0], numbers[1], numbers[3])
    return None
