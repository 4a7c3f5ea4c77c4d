"""A real nats-server for tests, with JetStream on a folder and every acknowledgement on disk."""

import asyncio
import signal as unix
import socket
import sysconfig
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

CONFIG = """
listen: "127.0.0.1:{port}"
jetstream {{ store_dir: "{folder}", sync_interval: always, max_file_store: 1GB }}
"""


class Nats:
    """A nats-server on a folder; `kill` is SIGKILL, `start` again is the same port and store."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    async def start(self) -> None:
        config = self._folder / "nats.conf"
        config.write_text(CONFIG.format(port=self.port, folder=self._folder / "store"))
        binary = Path(sysconfig.get_path("scripts")) / "nats-server"
        log = (self._folder / "nats.log").open("ab")
        self._process = await asyncio.create_subprocess_exec(binary, "-c", config, stdout=log, stderr=log)
        log.close()
        async with asyncio.timeout(30):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except OSError:
                    await asyncio.sleep(0.02)
                    continue
                writer.close()
                await writer.wait_closed()
                return

    async def stop(self, how: int = unix.SIGTERM) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            await self._process.wait()
            self._process = None


@asynccontextmanager
async def server(folder: Path) -> AsyncGenerator[Nats]:
    nats = Nats(folder)
    await nats.start()
    try:
        yield nats
    finally:
        await nats.stop()
