"""A real S3 server for tests: SeaweedFS with its gateway, on loopback, one bucket and one key."""

import asyncio
import json
import secrets
import signal as unix
import sysconfig
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from support.platform import free_port
from support.processes import until

BUCKET = "city"
STARTS_S = 60.0
QUIET = (
    "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false", "-master.volumeSizeLimitMB=64", "-volume.max=8",
    "-filer", "-s3", "-s3.port.iceberg=0", "-s3.port.lance=0", "-debug.port=0",
)  # fmt: skip
PORTS = ("master.port", "volume.port", "filer.port", "s3.port")


class S3:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "data").mkdir(parents=True)
        self._ports = {name: free_port() for part in PORTS for name in (part, f"{part}.grpc")}
        self.key, self.secret = f"K{secrets.token_hex(8)}", secrets.token_hex(20)
        self._process: asyncio.subprocess.Process | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._ports['s3.port']}"

    async def start(self) -> None:
        one = {"name": "zhigan", "credentials": [{"accessKey": self.key, "secretKey": self.secret}]}
        config = self._folder / "s3.json"
        config.write_text(json.dumps({"identities": [{**one, "actions": ["Read", "Write", "List"]}]}))
        ports = [f"-{name}={port}" for name, port in self._ports.items()]
        log = (self._folder / "weed.log").open("ab")
        self._process = await asyncio.create_subprocess_exec(
            Path(sysconfig.get_path("scripts")) / "weed", "server", f"-dir={self._folder / 'data'}",
            f"-s3.config={config}", *QUIET, *ports, stdout=log, stderr=log, env={"HOME": str(self._folder)},
        )  # fmt: skip
        log.close()
        await until(self._serves, STARTS_S)

    async def _serves(self) -> bool:
        """The gateway lets nobody in without a key, and the bucket stands."""
        made = f"http://127.0.0.1:{self._ports['filer.port']}/buckets/{BUCKET}/"
        async with httpx.AsyncClient(trust_env=False) as client:
            try:
                return (await client.get(self.endpoint)).status_code == 403 and (await client.post(made)).is_success
            except httpx.TransportError:
                return False

    async def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(unix.SIGKILL)
            await self._process.wait()
            self._process = None


@asynccontextmanager
async def server(folder: Path) -> AsyncGenerator[S3]:
    s3 = S3(folder)
    await s3.start()
    try:
        yield s3
    finally:
        await s3.stop()
