"""One transmission device on one line: connects, heartbeats, uploads, waits for each confirmation (GB/T 26875.3, 6.5).

Enters: objects to upload (`tell`), frames of the centre. Leaves: frames, byte for byte the same when sent again. After
three resends without confirmation the line counts as broken: it reconnects and goes on with what is still unconfirmed,
fires first. What the centre denies four times is dropped: it will never be taken.
Absent: what happens in the building (panel holds it, life and stories decide it).
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from heapq import heappop, heappush

import msgspec

from citysim.city import Beat, Site
from citysim.clock import micros
from citysim.panel import OP_DUTY, Panel
from citysim.wire import Target, Wire, connect
from zhigan.protocols import gb26875 as gb
from zhigan.protocols.gb26875 import build

CENTRE = "000000000000"
PATIENCE_S = 10.0
RESENDS = 3
OUTBOX_BOUND = 2000
BACK_OFF_S = (1.0, 30.0)
OBJECTS_A_FRAME = {1: 100, 2: 20, 3: 60}
SECOND = 1_000_000
MAX_SERIAL = 0xFFFF


class Tally(msgspec.Struct):
    """What this device, or a city of them, lived through."""

    connected: int = 0
    sent: int = 0
    confirmed: int = 0
    resent: int = 0
    denied: int = 0
    dropped: int = 0
    asked: int = 0
    """Requests and controls of the centre that were answered."""
    duty_checks: int = 0


class Message(msgspec.Struct, order=True):
    """Something to be confirmed. Ordered by urgency, then by age."""

    urgency: int
    number: int
    command: int
    adu: bytes
    serial: int = -1
    frame: bytes = b""
    confirmed: bool = False


Attendant = Callable[[int], Awaitable[bool]]
"""The person on duty: given a duty check's minutes, takes the time it takes and says whether the key was pressed."""


class Device:
    def __init__(
        self,
        site: Site,
        target: Target,
        tally: Tally,
        *,
        patience_s: float = PATIENCE_S,
        clock_error_s: float = 0.0,
        attendant: Attendant | None = None,
    ) -> None:
        self.site = site
        self.panel = Panel(site)
        self.tally = tally
        self.clock_error = round(clock_error_s * SECOND)
        self.online = asyncio.Event()
        self._line = asyncio.Event()
        self._line.set()
        self._target = target
        self._patience_s = patience_s
        self._attendant = attendant
        self._wire: Wire | None = None
        self._outbox: list[Message] = []
        self._filled = asyncio.Event()
        self._flying: Message | None = None
        self._landed = asyncio.Event()
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._serial = -1
        self._number = 0
        self._duties: set[asyncio.Task[None]] = set()

    def now(self) -> int:
        """The device's own idea of the time."""
        return micros() + self.clock_error

    @property
    def waiting(self) -> int:
        return len(self._outbox)

    async def settled(self) -> None:
        """Until everything told so far is confirmed (or dropped)."""
        await self._quiet.wait()

    def tell(self, objects: Sequence[gb.Object], urgent: bool = False) -> None:
        """Upload objects of one type, split into as many frames as they need."""
        if not objects:
            return
        type_ = gb.encode_adu(objects[:1], described=not self.site.plain)[0]
        step = OBJECTS_A_FRAME.get(type_, 1)
        for first in range(0, len(objects), step):
            adu = gb.encode_adu(objects[first : first + step], described=not self.site.plain)
            self._post(gb.Command.SEND, adu, 0 if urgent else 1)

    def cut(self) -> None:
        """The line breaks; it comes back by itself."""
        if self._wire:
            self._wire.close()

    def lose_line(self) -> None:
        """The line breaks and stays broken until somebody mends it."""
        self._line.clear()
        self.cut()

    def mend_line(self) -> None:
        self._line.set()

    def _post(self, command: int, adu: bytes, urgency: int) -> None:
        if len(self._outbox) >= OUTBOX_BOUND:
            self._outbox.remove(max(self._outbox))
            self._outbox.sort()
            self.tally.dropped += 1
        self._number += 1
        heappush(self._outbox, Message(urgency, self._number, command, adu))
        self._quiet.clear()
        self._filled.set()

    async def run(self) -> None:
        """For as long as the city lives."""
        pause = BACK_OFF_S[0]
        while True:
            await self._line.wait()
            try:
                async with asyncio.timeout(self._patience_s):
                    self._wire = await connect(self._target, self._received)
            except (OSError, TimeoutError):
                await asyncio.sleep(pause * random.uniform(0.7, 1.3))
                pause = min(pause * 2, BACK_OFF_S[1])
                continue
            pause = BACK_OFF_S[0]
            self.tally.connected += 1
            self.online.set()
            try:
                await self._live(self._wire)
            finally:
                self.online.clear()
                self._wire.close()
                self._wire = None
            await asyncio.sleep(pause * random.uniform(0.2, 1.0))

    async def _live(self, wire: Wire) -> None:
        """One connection, until it breaks or three resends stay unanswered."""
        if not self._outbox:
            self.tell([self.panel.device(self.now())])
        beating = asyncio.create_task(self._beat())
        talking = asyncio.create_task(self._talk(wire))
        closed = asyncio.create_task(wire.closed.wait())
        try:
            await asyncio.wait((talking, closed), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (beating, talking, closed):
                task.cancel()
            await asyncio.gather(beating, talking, closed, return_exceptions=True)
            if self._flying and not self._flying.confirmed:
                heappush(self._outbox, self._flying)
            self._flying = None

    async def _beat(self) -> None:
        """A heartbeat only says something when nothing else did."""
        while True:
            await asyncio.sleep(self.site.heartbeat_s * random.uniform(0.9, 1.1))
            if self._outbox:
                continue
            match self.site.beat:
                case Beat.STATUS:
                    self.tell([self.panel.device(self.now())])
                case Beat.EMPTY:
                    self._post(gb.Command.SEND, b"", 1)
                case Beat.SEVEN:
                    self._post(7, b"", 1)

    async def _talk(self, wire: Wire) -> None:
        while True:
            while not self._outbox:
                self._quiet.set()
                self._filled.clear()
                await self._filled.wait()
            self._flying = heappop(self._outbox)
            if not await self._exchange(wire, self._flying):
                return

    async def _exchange(self, wire: Wire, message: Message) -> bool:
        """Send, wait, send again; the same bytes each time. False: the line is broken."""
        denied = False
        if not message.frame:
            self._serial = (self._serial + 1) & MAX_SERIAL
            message.serial = self._serial
            message.frame = build.frame(
                message.command, message.serial, self.site.address, CENTRE, self.now(), message.adu
            )
        for attempt in range(1 + RESENDS):
            self._landed.clear()
            wire.send(message.frame)
            self.tally.sent += 1
            self.tally.resent += attempt > 0
            try:
                async with asyncio.timeout(self._patience_s):
                    await self._landed.wait()
            except TimeoutError:
                continue
            if message.confirmed:
                self.tally.confirmed += 1
                return True
            denied = True
            await asyncio.sleep(min(1.0, self._patience_s))
        self.tally.dropped += denied
        return denied

    def _received(self, event: gb.Event) -> None:
        if isinstance(event, gb.Fault):
            return
        match event.command:
            case gb.Command.CONFIRM | gb.Command.DENY:
                self._judge(event)
            case gb.Command.CONTROL:
                self._obey(event)
            case gb.Command.REQUEST:
                self._answer(event)
            case _:
                pass

    def _judge(self, reply: gb.Frame) -> None:
        flying = self._flying
        if flying and reply.serial == flying.serial:
            flying.confirmed = reply.command == gb.Command.CONFIRM
            self.tally.denied += not flying.confirmed
            self._landed.set()

    def _obey(self, frame: gb.Frame) -> None:
        """Confirm at once, then do it: the confirmation means delivered, not done."""
        self.tally.asked += 1
        for what in gb.decode_adu(frame.adu).objects:
            match what:
                case gb.SyncClock(at=int() as at):
                    self.clock_error = at - micros()
                case gb.CheckDuty(minutes=minutes):
                    self.tally.duty_checks += 1
                    self._on_duty(minutes)
                case _:
                    pass
        self._reply(gb.confirm(frame, self.now()))

    def _on_duty(self, minutes: int) -> None:
        if self._attendant is None:
            return
        task = asyncio.create_task(self._press(self._attendant, minutes))
        self._duties.add(task)
        task.add_done_callback(self._duties.discard)

    async def _press(self, attendant: Attendant, minutes: int) -> None:
        if await attendant(minutes):
            self.tell(self.panel.operate_device(self.now(), OP_DUTY))

    def _answer(self, frame: gb.Frame) -> None:
        self.tally.asked += 1
        found = self.panel.answer(gb.decode_adu(frame.adu).objects, self.now())
        self._reply(build.respond(frame, self.now(), found) if found else gb.deny(frame, self.now()))

    def _reply(self, frame: bytes | None) -> None:
        if frame and self._wire:
            self._wire.send(frame)
