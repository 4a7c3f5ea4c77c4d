"""A partner's receiver: a stranger over HTTP, on a real socket, that checks what it is sent with its own means.

Enters: requests. Leaves: what it got, with whether the signature held, by an HMAC written here from the text of
Standard Webhooks and from nothing of the platform's.
"""

import asyncio
import base64
import hashlib
import hmac
import json
from typing import Any, NamedTuple


class Got(NamedTuple):
    id: str
    type: str
    body: bytes
    signed: bool
    answered: int

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def batch(self) -> list[dict[str, Any]]:
        return json.loads(self.body)


class Receiver:
    """`says`: the status of its next answers, the last one for ever; `holds`: it takes in, and does not answer."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.secret = ""
        self.says = [204]
        self.retry_after = ""
        self.heard = asyncio.Event()
        self.answers = asyncio.Event()
        self.answers.set()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    @property
    def ids(self) -> list[str]:
        return [got.id for got in self.got]

    @property
    def events(self) -> list[dict[str, Any]]:
        return [got.event for got in self.got if got.answered < 300]

    async def hears(self, state: str) -> None:
        """Until it was told of an incident in that state."""
        while not any(got.event["data"]["event"]["state"] == state for got in self.got):
            self.heard.clear()
            await self.heard.wait()

    async def open(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/hook"

    async def close(self) -> None:
        self.answers.set()
        assert self._server is not None
        self._server.close()
        for task in self._open:
            task.cancel()
        if self._open:
            await asyncio.wait(self._open)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            while line := await reader.readline():
                assert line.startswith(b"POST /hook"), line
                headers: dict[str, str] = {}
                while (line := await reader.readline()).strip():
                    name, _, value = line.decode().partition(":")
                    headers[name.lower()] = value.strip()
                body = await reader.readexactly(int(headers["content-length"]))
                writer.write(await self._answer(headers, body))
                await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            self._open.discard(task)

    async def _answer(self, headers: dict[str, str], body: bytes) -> bytes:
        status = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        self.got.append(Got(headers["webhook-id"], headers["content-type"], body, self._holds(headers, body), status))
        self.heard.set()
        await self.answers.wait()
        more = f"retry-after: {self.retry_after}\r\n" if self.retry_after else ""
        return f"HTTP/1.1 {status} X\r\n{more}content-length: 0\r\n\r\n".encode()

    def _holds(self, headers: dict[str, str], body: bytes) -> bool:
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        said = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
        wanted = base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()
        return f"v1,{wanted}" in headers["webhook-signature"].split(" ")
