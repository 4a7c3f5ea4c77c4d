"""Relays and meters at a Modbus TCP port, as behind a gateway of a serial line: real registers, real answers.

Enters: a city's mains, where to listen. Leaves: answers to whoever asks (pymodbus' server); registers that follow the
load of the day. The first relay's insulation leaks over its limit for some minutes now and then. Absent: who asks.
"""

import asyncio
import math
import random
from collections.abc import Callable
from typing import Final

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from citysim.city import City
from citysim.clock import micros
from citysim.mains import Mains

PERIOD_S: Final = 5.0
DAY_S: Final = 86_400
LEAKS_EVERY_S: Final = 1800
LEAKS_FOR_S: Final = 180
LIMIT_MA: Final = 300
_WRITE: Final = 16
_SHIFT: Final = (1.0, 1.06, 0.94)


class Meters:
    def __init__(self, city: City, host: str, port: int, *, seed: int, say: Callable[[str], None]) -> None:
        self._mains = city.mains
        self._where = (host, port)
        self._chance = random.Random(seed + 7)
        self._say = say
        self._began = micros()

    async def live(self) -> None:
        devices = [device for each in self._mains for device in (_relay(each.number), _meter(each.meter))]
        server = ModbusTcpServer(devices, address=self._where)
        try:
            await server.serve_forever(background=True)
            self._say(f"Modbus: {len(devices)} meters at {self._where[0]}:{self._where[1]}")
            while True:
                for each in self._mains:
                    await self._turn(server, each)
                await asyncio.sleep(PERIOD_S)
        finally:
            await server.shutdown()

    async def _turn(self, server: ModbusTcpServer, each: Mains) -> None:
        leak = self._leak(each)
        await server.async_setValues(each.number, _WRITE, 0, [leak])
        await server.async_setValues(each.number, _WRITE, 27, [2 if leak >= LIMIT_MA else 0])
        load = 0.4 + 0.2 * math.sin(micros() / 1_000_000 / DAY_S * math.tau + each.number)
        amperes = [each.rating_a * load * shift + self._chance.uniform(-2, 2) for shift in _SHIFT]
        volts = [224.0 - 5.0 * load + self._chance.uniform(-0.8, 0.8) for _ in _SHIFT]
        registers = [*(round(v * 10) for v in volts), *(round(a * 100) for a in amperes)]
        await server.async_setValues(each.meter, _WRITE, 97, registers)
        await server.async_setValues(each.meter, _WRITE, 119, [round(5000 + self._chance.uniform(-3, 3))])

    def _leak(self, each: Mains) -> int:
        since = (micros() - self._began) / 1_000_000 % LEAKS_EVERY_S
        leaking = each.number == 1 and since >= LEAKS_EVERY_S - LEAKS_FOR_S
        return round((345.0 if leaking else 42.0 + 3 * each.number) + self._chance.uniform(-4, 4))


def _relay(number: int) -> SimDevice:
    """Value, settings, state: registers between them do not exist, as at the relay."""
    return SimDevice(id=number, simdata=[_registers(0, 1), _registers(8, 2), _registers(24, 7)])


def _meter(number: int) -> SimDevice:
    return SimDevice(id=number, simdata=[_registers(97, 6), _registers(119, 1)])


def _registers(address: int, count: int) -> SimData:
    return SimData(address, values=[0] * count, datatype=DataType.REGISTERS)
