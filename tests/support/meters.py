"""Meters at a real Modbus TCP port (pymodbus' server), whose registers a test turns."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice


class Meters:
    def __init__(self, port: int) -> None:
        self.port = port
        self.server: ModbusTcpServer | None = None

    def address(self, unit: int) -> str:
        return f"127.0.0.1:{self.port}:{unit}"

    async def opens(self, units: Mapping[int, Mapping[int, int]]) -> None:
        """Unit → its registers; a register that is not named does not exist."""
        devices = [
            SimDevice(id=unit, simdata=[SimData(a, values=v, datatype=DataType.REGISTERS) for a, v in held.items()])
            for unit, held in units.items()
        ]
        self.server = ModbusTcpServer(devices, address=("127.0.0.1", self.port))
        await self.server.serve_forever(background=True)
        if not self.port:
            self.port = self.server.transport.sockets[0].getsockname()[1]

    async def turns(self, unit: int, register: int, value: int) -> None:
        assert self.server is not None
        await self.server.async_setValues(unit, 16, register, [value])

    async def closes(self) -> None:
        if self.server is not None:
            await self.server.shutdown()
            self.server = None


@asynccontextmanager
async def meters(units: Mapping[int, Mapping[int, int]]) -> AsyncGenerator[Meters]:
    made = Meters(0)
    await made.opens(units)
    try:
        yield made
    finally:
        await made.closes()
        await asyncio.sleep(0)
