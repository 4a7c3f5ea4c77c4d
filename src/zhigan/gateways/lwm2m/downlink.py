"""Commands to LwM2M devices: they wait until the device is awake, are sent in its window, and followed to their proof.

Enters: orders that people were allowed to give (commands.store), signs that a device woke (server). Leaves: what became
of each: `sent` before the first datagram, so that nothing is ever sent twice by two runs; `acknowledged` by the
device's 2.xx; `confirmed` when reading back proves it; `failed` with the reason. A device that
queues is asked for only while it is awake, and the order waits for it until it expires. Absent: who may ask, how long
an order lives (commands.rules).
"""

import asyncio
import contextlib
from typing import Final, assert_never

from zhigan.commands import store
from zhigan.commands.line import Connect, Line
from zhigan.commands.model import Name, Order, SetParameters, State
from zhigan.gateways.lwm2m.exchanges import Answer, Ask, Ending, accept
from zhigan.gateways.lwm2m.model import GATEWAY, PLAIN, Registration, observable
from zhigan.gateways.lwm2m.orders_tables import ASKED_MAX, CLOCK, CLOCK_WITHIN_S, CURRENT, OBSERVED_MAX, WAYS, Way
from zhigan.gateways.lwm2m.server import Server
from zhigan.protocols.coap import Code, Option, dotted, uint
from zhigan.protocols.lwm2m import (
    BY_NUMBER,
    Format,
    LwM2MError,
    Path,
    Resource,
    Value,
    decode,
    encode_value,
    parse_path,
    resource_of,
    write_path,
)
from zhigan.protocols.lwm2m.values import of_plain, of_text
from zhigan.runtime.clock import Clock
from zhigan.runtime.listen import Listener
from zhigan.runtime.pg import UNAVAILABLE, Connection
from zhigan.vocabulary.moments import SECOND

LOOK_AGAIN_S: Final = 10.0
AT_ONCE: Final = 200
PARAMETERS_MAX: Final = 16


class _Fails(Exception):
    """The command cannot be done; the text says why."""


class Downlink:
    """`run()` beside the server."""

    def __init__(self, server: Server, clock: Clock, dsn: str, connect: Connect) -> None:
        self._server = server
        self._clock = clock
        self._dsn = dsn
        self._line = Line(connect, clock)
        self._work = asyncio.Event()
        self._carrying: set[str] = set()
        self._turns: dict[str, asyncio.Lock] = {}
        server.awake = self._work.set

    async def run(self) -> None:
        async with (
            Listener(self._dsn, "zhigan_command", name="zhigan lwm2m downlink") as listener,
            asyncio.TaskGroup() as carrying,
        ):
            carrying.create_task(self._listen(listener), name="lwm2m commands")
            while True:
                await self._work.wait()
                self._work.clear()
                for order in await self.take():
                    carrying.create_task(self.carry(order), name=f"command {order.id}")

    async def close(self) -> None:
        await self._line.close()

    async def _listen(self, listener: Listener) -> None:
        while True:
            await listener.wait(LOOK_AGAIN_S)
            self._work.set()

    async def take(self) -> list[Order]:
        """What can be sent now; the others wait, and their devices' waking is awaited."""
        try:
            orders = await self._line.ask(self._due)
        except UNAVAILABLE as error:
            self._line.drop(error)
            return []
        return [order for order in orders if order.id not in self._carrying]

    async def _due(self, conn: Connection) -> list[Order]:
        now = self._clock.micros()
        roots = await store.waiting(conn, GATEWAY, now)
        self._server.wanted = roots
        awake = [root for root in roots if self._is_awake(root, now)]
        orders = await store.take(conn, GATEWAY, awake, now, AT_ONCE) if awake else []
        return orders + await store.take(conn, PLAIN, None, now, AT_ONCE)

    def _is_awake(self, root: str, now: int) -> bool:
        registration = self._server.book.by_endpoint.get(root)
        return registration is not None and self._server.is_awake(registration, now)

    async def carry(self, order: Order) -> None:
        """From taken to its end; of one device one after the other, so that each reads back what itself wrote."""
        self._carrying.add(order.id)
        turn = self._turns.setdefault(order.root, asyncio.Lock())
        try:
            async with turn:
                await self._carry_one(order)
        finally:
            self._carrying.discard(order.id)

    async def _carry_one(self, order: Order) -> None:
        if order.gateway == PLAIN:
            await self._mark(order, State.FAILED, "a plain CoAP device takes no commands")
            return
        registration = self._server.book.by_endpoint.get(order.root)
        if registration is None:
            return  # gone this very moment; the order is due again when its lease ends
        try:
            await self._carry(order, registration)
        except _Fails as failure:
            await self._mark(order, State.FAILED, str(failure))

    async def _carry(self, order: Order, registration: Registration) -> None:
        match order.name:
            case Name.SYNC_CLOCK:
                await self._sync_clock(order, registration)
            case Name.QUERY_STATE:
                await self._query_state(order, registration)
            case Name.SILENCE | Name.CLOSE_VALVE:
                await self._set(order, registration, [_way(order, registration)])
            case Name.SET_PARAMETERS:
                await self._set(order, registration, _parameters(order, registration))
            case Name.CUT_POWER:
                await self._set(order, registration, [_way(order, registration)])
                await self._measured(registration)
            case Name.SELF_TEST | Name.CHECK_DUTY:
                raise _Fails("no LwM2M object of the device does this")
            case _:
                assert_never(order.name)

    async def _sync_clock(self, order: Order, registration: Registration) -> None:
        now = self._clock.micros() // SECOND
        if not await self._mark(order, State.SENT, ""):
            return
        await self._written(order, registration, [(CLOCK, now)])
        said = await self._value(registration, CLOCK)
        behind = self._clock.micros() // SECOND - said if isinstance(said, int) else None
        if behind is None or abs(behind) > CLOCK_WITHIN_S:
            raise _Fails("the device took the time, but its clock is still wrong")
        await self._mark(order, State.CONFIRMED, f"the device's clock is within {CLOCK_WITHIN_S} s")

    async def _query_state(self, order: Order, registration: Registration) -> None:
        """What it answers goes the way of all signals."""
        paths = _meant(order, observable(registration.objects, ASKED_MAX))
        if not paths:
            raise _Fails("the device named no object that could be read")
        if not await self._mark(order, State.SENT, ""):
            return
        answered = 0
        for path in paths:
            answer = await self._read(registration, path)
            answered += answer.code >> 5 == 2
        if not answered:
            raise _Fails("the device refused every reading")
        await self._mark(order, State.CONFIRMED, f"answered ({answered} of {len(paths)} objects)")

    async def _set(self, order: Order, registration: Registration, values: list[tuple[Path, Value]]) -> None:
        if not await self._mark(order, State.SENT, ""):
            return
        await self._written(order, registration, values)
        for path, value in values:
            said = await self._value(registration, path)
            if said is not None and said != value:
                raise _Fails(f"the device took {write_path(path)}, but it still reads {said}")
        await self._mark(order, State.CONFIRMED, "read back")

    async def _measured(self, registration: Registration) -> None:
        """What it answers goes the way of all signals; whoever does not answer is heard when he next reports."""
        for path in observable(registration.objects, OBSERVED_MAX):
            if path[0] == CURRENT:
                with contextlib.suppress(_Fails):
                    await self._read(registration, path)

    async def _written(self, order: Order, registration: Registration, values: list[tuple[Path, Value]]) -> None:
        for path, value in values:
            format_, payload = encode_value(path, value)
            options = ((int(Option.CONTENT_FORMAT), uint(format_)),)
            answer = await self._ask(registration, Code.PUT, path, options=options, payload=payload)
            if answer.code >> 5 != 2:
                raise _Fails(f"the device refused {write_path(path)} ({dotted(answer.code)})")
        await self._mark(order, State.ACKNOWLEDGED, "")

    async def _value(self, registration: Registration, path: Path) -> Value | None:
        """None where the device lets it be written, but not read."""
        answer = await self._read(registration, path)
        if answer.code >> 5 != 2:
            return None
        format_ = answer.format if answer.format >= 0 else Format.TEXT
        try:
            records = decode(format_, path, answer.payload, self._clock.micros())
        except LwM2MError:
            return None
        return next((record.value for record in records if record.path[:3] == path), None)

    async def _read(self, registration: Registration, path: Path) -> Answer:
        options = accept(registration.version) if len(path) < 3 else ()
        return await self._ask(registration, Code.GET, path, options=options, values=True)

    async def _ask(
        self, registration: Registration, code: Code, path: Path, *, options: tuple[tuple[int, bytes], ...] = (),
        payload: bytes = b"", values: bool = False,
    ) -> Answer:  # fmt: skip
        told: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        def done(answer: Answer) -> None:
            if not told.done():
                told.set_result(answer)

        ask = Ask(registration, code, path, done, options=options, payload=payload, values=values)
        self._server.exchanges.give(ask, self._clock.micros())
        answer = await told
        if answer.ending is not Ending.ANSWERED:
            raise _Fails(answer.ending.value)
        return answer

    async def _mark(self, order: Order, state: State, detail: str) -> bool:
        """False where it is not ours to go on: it went another way, or somebody else said so before."""
        try:
            return await self._line.mark(order.id, state, detail)
        except UNAVAILABLE as error:
            self._line.drop(error)
            return False


def _part(order: Order) -> Path:
    """`ENDPOINT/3338.1` means that instance."""
    return parse_path("/" + order.address.partition("/")[2].replace(".", "/"))[:2]


def _meant(order: Order, paths: list[Path]) -> list[Path]:
    part = _part(order)
    return [path for path in paths if path[: len(part)] == part] if part else paths


def _way(order: Order, registration: Registration) -> tuple[Path, Value]:
    for way in WAYS[order.name]:
        for path in _meant(order, [path for path in registration.objects if path[0] == way.object]):
            instance = path[1] if len(path) > 1 else 0
            if _fits(way, registration, instance):
                return (way.object, instance, way.resource), way.value
    raise _Fails("the device named no object that does this")


def _fits(way: Way, registration: Registration, instance: int) -> bool:
    told = registration.memory.applications.get(f"{way.object}.{instance}", "")
    return not way.application or told == way.application


def _parameters(order: Order, registration: Registration) -> list[tuple[Path, Value]]:
    """By path (`/3418/0/18`) or by the resource's name; only what is marked as settable."""
    if not isinstance(order.arguments, SetParameters) or len(order.arguments.parameters) > PARAMETERS_MAX:
        raise _Fails(f"1 to {PARAMETERS_MAX} parameters")
    found: list[tuple[Path, Value]] = []
    for name, given in order.arguments.parameters.items():
        path, resource = _named(name, registration)
        try:
            value = of_text(resource.kind, given) if isinstance(given, str) else of_plain(resource.kind, given)
        except LwM2MError as error:
            raise _Fails(f"{name}: {error.detail}") from None
        found.append((path, value))
    return found


def _named(name: str, registration: Registration) -> tuple[Path, Resource]:
    paths: list[Path] = []
    if name.startswith("/"):
        try:
            paths = [parse_path(name)]
        except LwM2MError as error:
            raise _Fails(error.detail) from None
    else:
        for path in registration.objects:
            described = BY_NUMBER.get(path[0])
            numbers = [r.number for r in described.resources if r.name == name] if described else []
            paths += [(path[0], path[1] if len(path) > 1 else 0, number) for number in numbers]
    for path in paths:
        resource = resource_of(path)
        if resource is not None and resource.settable and len(path) == 3:
            return path, resource
    raise _Fails(f"{name} is no parameter that may be set from here")
