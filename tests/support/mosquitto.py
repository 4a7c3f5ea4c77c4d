"""A real mosquitto for tests: a port and a folder of its own, and clients that are devices."""

import asyncio
import signal as unix
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

BINARY = "/usr/sbin/mosquitto"
CONFIG = """
listener {port} 127.0.0.1
persistence true
persistence_location {folder}/
autosave_on_changes true
autosave_interval 1
max_inflight_messages 0
user root
{more}
"""


class Mosquitto:
    def __init__(self, folder: Path, more: str = "allow_anonymous true") -> None:
        self.folder = folder
        self._more = more
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.folder.mkdir(exist_ok=True)
        config = self.folder / "mosquitto.conf"
        config.write_text(CONFIG.format(port=self.port, folder=self.folder, more=self._more))
        with (self.folder / "mosquitto.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(BINARY, "-c", str(config), stdout=log, stderr=log)
        async with asyncio.timeout(30):
            await self._answering()

    async def stop(self, how: int = unix.SIGTERM) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            await self._process.wait()
            self._process = None

    async def _answering(self) -> None:
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            await writer.wait_closed()
            return


@asynccontextmanager
async def broker(folder: Path, more: str = "allow_anonymous true") -> AsyncGenerator[Mosquitto]:
    mosquitto = Mosquitto(folder, more)
    await mosquitto.start()
    try:
        yield mosquitto
    finally:
        await mosquitto.stop()


class Device:
    """An MQTT client with a session: publishes with a confirmation, keeps what it hears."""

    def __init__(self, port: int, name: str, *, password: str = "", ca: Path | None = None) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.refusal = ""
        self._loop = asyncio.get_running_loop()
        self._up = asyncio.Event()
        self._subscribed = asyncio.Event()
        self._waiting: dict[int, asyncio.Future[bool]] = {}
        self._port = port
        self._client = Client(
            CallbackAPIVersion.VERSION2, f"device-{name}", protocol=MQTTProtocolVersion.MQTTv311, clean_session=False
        )
        if password:
            self._client.username_pw_set(name, password)
        if ca is not None:
            self._client.tls_set(str(ca))
        self._client.on_connect = lambda _c, _u, _f, reason, _p: self._safely(self._connected, str(reason))
        self._client.on_subscribe = lambda _c, _u, _m, _r, _p: self._safely(self._subscribed.set)
        self._client.on_publish = lambda _c, _u, mid, _r, _p: self._safely(self._published, mid)
        self._client.on_message = self._message

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._client.connect, "127.0.0.1", self._port)
        self._client.loop_start()
        async with asyncio.timeout(20):
            await self._up.wait()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Returns when the broker has it."""
        sent = self._client.publish(topic, payload, qos=1, retain=retain)
        if not sent.is_published():
            done = self._waiting.setdefault(sent.mid, self._loop.create_future())
            async with asyncio.timeout(20):
                await done

    async def hears(self, topic: str) -> None:
        self._client.subscribe(topic, qos=1)
        async with asyncio.timeout(20):
            await self._subscribed.wait()

    def _safely(self, act: Callable[..., object], *arguments: object) -> None:
        self._loop.call_soon_threadsafe(act, *arguments)

    def _connected(self, reason: str) -> None:
        self.refusal = "" if reason == "Success" else reason
        self._up.set()

    def _published(self, mid: int) -> None:
        done = self._waiting.setdefault(mid, self._loop.create_future())
        if not done.done():
            done.set_result(True)

    def _message(self, _c: Client, _u: object, message: MQTTMessage) -> None:
        self._safely(self.heard.append, (message.topic, bytes(message.payload)))
