"""The web process: the HTTP interface, the live feed, the web pages. Slow things live here: hashing, lists, exports.

Enters: settings and the database's address. Leaves: HTTP on ZHIGAN_HTTP. Absent: devices and judging (the hot process).
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg
import httpx
import structlog
import uvicorn
from litestar import Litestar
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from zhigan.access import api as access_api
from zhigan.access.login import Doorkeeper
from zhigan.access.passwords import Passwords
from zhigan.commands import api as commands_api
from zhigan.history import api as history_api
from zhigan.incidents import api as incidents_api
from zhigan.outlets.live import api as live_api
from zhigan.outlets.live.tailer import Tailer
from zhigan.registry import api as registry_api
from zhigan.runtime import metrics
from zhigan.runtime.clock import Clock, SystemClock
from zhigan.runtime.pg import Pool
from zhigan.runtime.settings import Settings
from zhigan.webapi import app as applications
from zhigan.webapi.database import Database

_log = structlog.get_logger("processes.web")
POOL_MAX = 16
HANDLERS = [
    *access_api.handlers,
    *registry_api.handlers,
    *history_api.handlers,
    *incidents_api.handlers,
    *commands_api.handlers,
]


async def answers(settings: Settings, path: str) -> bool:
    """Does our own web process answer 200 there?"""
    host = settings.http.host if settings.http.host not in ("0.0.0.0", "::") else "127.0.0.1"
    try:
        async with httpx.AsyncClient(timeout=2.0) as client:
            return (await client.get(f"http://{host}:{settings.http.port}{path}")).status_code == 200
    except httpx.HTTPError:
        return False
