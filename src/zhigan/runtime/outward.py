"""HTTP outward, one attempt at a time, with its end told apart: answered, surely not heard, perhaps heard.

Enters: a request ready for the wire and how long its answer may take. Leaves: status and body; `Unheard` where nobody
was reached, `Unanswered` where it may have been taken. No redirect is followed: where something is sent is the
operator's decision. With a `Guard` it goes only where people's addresses may lead. Absent: retries, and
what an answer means.
"""

import logging
from collections.abc import Mapping
from typing import NamedTuple

import httpx

from zhigan.runtime.guard import Guard, Pinned, Shut

ANSWER_S = 5.0
CONNECT_S = 3.0
REST_S = 2.0
"""A connection that rested longer is not used again: the other side may be closing it at that very moment (5 s is
usual), and then nobody can tell whether what was sent on it was taken."""
MOST_BYTES = 256 * 1024
logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log addresses, with numbers and keys in them


class Unheard(Exception):
    """Nobody answered the door: surely not taken."""


class Unanswered(Exception):
    """It may have been taken."""


class Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


def _patience(answer_s: float) -> httpx.Timeout:
    return httpx.Timeout(answer_s, connect=min(answer_s, CONNECT_S))


class Outward:
    def __init__(self, answer_s: float = ANSWER_S, rest_s: float = REST_S, guard: Guard | None = None) -> None:
        self._patience, self._guard = _patience(answer_s), guard
        self._client = httpx.AsyncClient(
            limits=httpx.Limits(max_connections=100, max_keepalive_connections=40, keepalive_expiry=rest_s),
            follow_redirects=False,
        )

    def fits(self, url: str) -> bool:
        """For forms: it would go there, as far as that can be told without asking anybody."""
        return self._guard is None or self._guard.fits(url)

    async def close(self) -> None:
        await self._client.aclose()

    async def ask(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, answer_s: float | None = None
    ) -> Reply:
        """Raises `Unheard` and `Unanswered`."""
        patience = self._patience if answer_s is None else _patience(answer_s)
        pinned = await self._pinned(url)
        try:
            async with self._client.stream(
                method,
                pinned.url,
                headers=dict(headers) | ({"host": pinned.host} if pinned.host else {}),
                content=body,
                timeout=patience,
                extensions={"sni_hostname": pinned.name} if pinned.name else None,
            ) as answer:
                taken = b""
                async for chunk in answer.aiter_bytes():
                    taken += chunk
                    if len(taken) > MOST_BYTES:
                        raise Unanswered("too_long")
                return Reply(answer.status_code, answer.headers, taken)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
            raise Unheard(type(error).__name__) from error
        except httpx.TimeoutException as error:
            raise Unanswered("timeout") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unanswered(type(error).__name__) from error

    async def _pinned(self, url: str) -> Pinned:
        if self._guard is None:
            return Pinned(url, "", "")
        try:
            return await self._guard.pin(url)
        except Shut as error:
            raise Unheard("address_shut") from error
        except (OSError, UnicodeError) as error:
            raise Unheard("name_unknown") from error
