"""A gateway as a process of its own, to be killed: `python -m gateways.gateway_process FOLDER` prints its port."""

import asyncio
import sys
from pathlib import Path

import uvloop

from zhigan.bus.spool import Spool
from zhigan.gateways.gb26875.server import Server
from zhigan.gateways.gb26875.terms import NoDirectory, Terms
from zhigan.gateways.intake import Intake
from zhigan.runtime.clock import SystemClock


async def serve(folder: Path) -> None:
    clock = SystemClock()
    intake = Intake(await Spool.open(folder / "spool"), clock)
    await intake.refill()
    server = Server(intake, clock, NoDirectory(), Terms(frames_per_second=1_000_000))
    _, port = await server.start("127.0.0.1", 0)
    print(port, flush=True)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(intake.run())
        tasks.create_task(server.run())


if __name__ == "__main__":
    uvloop.run(serve(Path(sys.argv[1])))
