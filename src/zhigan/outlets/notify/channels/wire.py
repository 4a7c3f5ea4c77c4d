"""HTTP as channels use it: one attempt, with its end known in five words.

Enters: a request ready for the wire. Leaves: status and body, or what the network's failure means: nobody reached
(surely not taken) or no answer (may have been taken). Absent: retries.
"""

import logging
from collections.abc import Mapping
from typing import NamedTuple

import httpx

from zhigan.protocols.couriers.model import Answer, Request, Said

ANSWER_S = 5.0
CONNECT_S = 3.0
MOST_BYTES = 256 * 1024
logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log addresses, with numbers and keys in them


class Failed(Exception):
    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.code)
        self.answer = answer


class Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


class Wire:
    def __init__(self, answer_s: float = ANSWER_S) -> None:
        self.answer_s = answer_s
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(answer_s, connect=CONNECT_S),
            limits=httpx.Limits(max_connections=100, max_keepalive_connections=40),
            follow_redirects=False,
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def call(self, request: Request) -> tuple[int, bytes]:
        """Raises `Failed`."""
        reply = await self.ask(request)
        return reply.status, reply.body

    async def ask(self, request: Request) -> Reply:
        """Raises `Failed`."""
        try:
            async with self._client.stream(
                request.method, request.url, headers=request.headers, content=request.body
            ) as answer:
                body = b""
                async for chunk in answer.aiter_bytes():
                    body += chunk
                    if len(body) > MOST_BYTES:
                        raise Failed(Answer(Said.UNKNOWN, code="too_long"))
                return Reply(answer.status_code, answer.headers, body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
            raise Failed(Answer(Said.UNREACHED, code=type(error).__name__)) from error
        except httpx.TimeoutException as error:
            raise Failed(Answer(Said.UNKNOWN, code="timeout")) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Failed(Answer(Said.UNKNOWN, code=type(error).__name__)) from error
