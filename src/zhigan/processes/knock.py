"""Knocking at our own web process, as `serve` does until it is ready.

Enters: settings and a path. Leaves: whether it answers 200. A line of HTTP by hand: an HTTP client's import would take
longer than the start that it watches.
"""

import asyncio
from contextlib import suppress
from ipaddress import ip_address

from zhigan.runtime.settings import Settings

PATIENCE_S = 2.0


async def answers(settings: Settings, path: str) -> bool:
    host = settings.http.host
    with suppress(ValueError):
        host = "127.0.0.1" if ip_address(host).is_unspecified else host
    try:
        async with asyncio.timeout(PATIENCE_S):
            reader, writer = await asyncio.open_connection(host, settings.http.port)
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nHost: {settings.http}\r\nConnection: close\r\n\r\n".encode())
                return (await reader.readline()).startswith(b"HTTP/1.1 200")
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
