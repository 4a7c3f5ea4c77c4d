"""Asking: a connection a host, its units one after the other, each at its own pace.

Enters: registered devices (`ask`), again whenever they change. Leaves: signals to intake. A host that cannot be reached
and a unit that does not answer are asked ever more seldom, up to `rest_most_s`, and the others at their pace; a lost
link is said once. Addresses pass the guard of outward addresses at every connection. Absent: writing. Nothing is ever
written to a device: what protects a building is not set from afar by a protocol without proof of who speaks.
"""

import asyncio
import heapq
import logging
from collections import Counter
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

import structlog
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusException

from zhigan.gateways.intake import Intake
from zhigan.gateways.modbus.model import HOSTS_MAX, UNITS_MAX, Host, Target, Terms, target
from zhigan.gateways.modbus.translate import Told, link, translate
from zhigan.protocols.modbus import Maps, Read, understand
from zhigan.runtime.clock import Clock
from zhigan.runtime.guard import Guard, Shut
from zhigan.vocabulary.signals import Signal

_NO_ANSWER: Final = frozenset({0x0A, 0x0B})
"""A gateway's exceptions: the way to the unit is not there, or the unit behind it is silent."""
_log = structlog.get_logger("gateways.modbus")
logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # who is away is told by us, in counts and links


class Poller:
    """`ask(devices)` as often as they change; `await run()` for ever."""

    def __init__(self, intake: Intake, clock: Clock, maps: Maps, guard: Guard, terms: Terms) -> None:
        self.tally: Counter[str] = Counter()
        self.connected = 0
        self.clock = clock
        self.guard = guard
        self.terms = terms
        self.slots = asyncio.Semaphore(terms.at_once)
        self._intake = intake
        self._maps = maps
        self._wanted: dict[Host, tuple[Target, ...]] = {}
        self._changed = asyncio.Event()
        self.told: dict[str, Told] = {}

    def ask(self, devices: Sequence[tuple[str, str]]) -> None:
        """(address, profile) of all of them."""
        hosts: dict[Host, list[Target]] = {}
        for address, profile in devices:
            found = target(address, profile, self._maps)
            if isinstance(found, str):
                self.tally["misregistered"] += 1
                _log.warning("a Modbus device cannot be asked", address=address, profile=profile, why=found)
            elif len(hosts.get(found.host, ())) >= UNITS_MAX or (len(hosts) >= HOSTS_MAX and found.host not in hosts):
                self.tally["too_many"] += 1
                _log.warning("too many Modbus devices", address=address, units_max=UNITS_MAX, hosts_max=HOSTS_MAX)
            else:
                hosts.setdefault(found.host, []).append(found)
        wanted = {host: tuple(targets) for host, targets in hosts.items()}
        if wanted != self._wanted:
            self._wanted = wanted
            self._changed.set()

    async def run(self) -> None:
        running: dict[Host, tuple[tuple[Target, ...], asyncio.Task[None]]] = {}
        async with asyncio.TaskGroup() as tasks:
            while True:
                await self._changed.wait()
                self._changed.clear()
                wanted = self._wanted
                for host in [h for h, (targets, _) in running.items() if wanted.get(h) != targets]:
                    running.pop(host)[1].cancel()
                for host, targets in wanted.items():
                    if host not in running:
                        task = tasks.create_task(Line(self, host, targets).run(), name=f"modbus {host.host}")
                        running[host] = targets, task

    async def offers(self, of: Target, signals: list[Signal]) -> None:
        """Waits where intake has too much already: a device is asked again when there is room."""
        if self._intake.crowded:
            room = asyncio.Event()
            self._intake.when_relieved(room.set)
            await room.wait()
        self._intake.offer(of.address, signals, 0, self, of.address, self.clock.micros())
        self.tally["signals"] += len(signals)

    def confirm(self, receipts: list[str]) -> None:
        """Kept; nobody waits for it."""

    def refuse(self, receipts: list[str]) -> None:
        """Not kept: states are told anew with the next round."""
        self.tally["refused"] += len(receipts)
        for address in receipts:
            self.told.pop(address, None)


class _Asked:
    """How a unit has answered lately."""

    __slots__ = ("missed", "up")

    def __init__(self) -> None:
        self.missed = 0
        self.up: bool | None = None


class Line:
    """One host for as long as it is wanted."""

    def __init__(self, poller: Poller, host: Host, targets: Sequence[Target]) -> None:
        self._poller = poller
        self._host = host
        self._targets = targets
        self._asked = {each.address: _Asked() for each in targets}

    async def run(self) -> None:
        terms = self._poller.terms
        rest = terms.rest_least_s
        while True:
            client = await self._connected()
            if client is None:
                for each in self._targets:
                    await self._missed(each)
                await asyncio.sleep(rest)
                rest = min(rest * 2, terms.rest_most_s)
                continue
            rest = terms.rest_least_s
            self._poller.connected += 1
            try:
                await self._rounds(client)
            finally:
                self._poller.connected -= 1
                client.close()

    async def _connected(self) -> AsyncModbusTcpClient | None:
        poller = self._poller
        try:
            async with poller.slots, asyncio.timeout(poller.terms.connect_s):
                pinned = urlsplit((await poller.guard.pin(self._host.url)).url)
                client = AsyncModbusTcpClient(
                    pinned.hostname or "", port=self._host.port, timeout=poller.terms.answer_s, retries=0,
                    reconnect_delay=0,
                )  # fmt: skip
                if await client.connect():
                    return client
        except Shut:
            poller.tally["shut"] += 1
            _log.warning("a Modbus address lies where we do not go", host=self._host.host, port=self._host.port)
            return None
        except (OSError, ModbusException) as error:  # also: in no time
            _log.debug("a Modbus host is away", host=self._host.host, error=type(error).__name__)
        poller.tally["unreachable"] += 1
        return None

    async def _rounds(self, client: AsyncModbusTcpClient) -> None:
        """Until the connection is lost."""
        loop = asyncio.get_running_loop()
        due = [(loop.time(), n) for n in range(len(self._targets))]
        while client.connected:
            at, n = heapq.heappop(due)
            each = self._targets[n]
            await asyncio.sleep(max(0.0, at - loop.time()))
            if not await self._round(client, each):
                await self._missed(each)
            missed = self._asked[each.address].missed
            pause = min(each.every_s * 2 ** min(missed, 8), max(each.every_s, self._poller.terms.rest_most_s))
            heapq.heappush(due, (max(at + pause, loop.time()), n))

    async def _round(self, client: AsyncModbusTcpClient, of: Target) -> bool:
        """False: it did not answer."""
        poller = self._poller
        registers: dict[tuple[int, int], int] = {}
        for read in of.by.reads:
            words = await self._read(client, of, read)
            if words is None:
                return False
            registers |= {(read.function, read.address + n): word for n, word in enumerate(words)}
        poller.tally["rounds"] += 1
        now = poller.clock.micros()
        signals, told = translate(
            of.address, of.by, understand(of.by, registers), poller.told.get(of.address, Told()), now
        )
        poller.told[of.address] = told
        asked = self._asked[of.address]
        if asked.up is not True:
            signals.insert(0, link(of.address, of.by, True, now))
        asked.missed, asked.up = 0, True
        if signals:
            await poller.offers(of, signals)
        return True

    async def _read(self, client: AsyncModbusTcpClient, of: Target, read: Read) -> list[int] | None:
        """None: no answer. Nothing: the device has no such registers."""
        ask = client.read_holding_registers if read.function == 3 else client.read_input_registers
        try:
            answer = await ask(read.address, count=read.count, device_id=of.unit)
        except ConnectionException:
            self._poller.tally["lost"] += 1
            return None
        except ModbusException:
            self._poller.tally["unanswered"] += 1
            return None
        if answer.isError():
            self._poller.tally["exceptions"] += 1
            return None if getattr(answer, "exception_code", 0) in _NO_ANSWER else []
        words = list(answer.registers)
        return words if len(words) == read.count else []

    async def _missed(self, of: Target) -> None:
        asked = self._asked[of.address]
        asked.missed += 1
        if asked.missed >= self._poller.terms.misses and asked.up is not False:
            was, asked.up = asked.up, False
            self._poller.told.pop(of.address, None)
            if was:
                await self._poller.offers(of, [link(of.address, of.by, False, self._poller.clock.micros())])
