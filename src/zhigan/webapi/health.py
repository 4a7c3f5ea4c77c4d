"""`/healthz` alive, `/readyz` ready to take signals, `/metrics`. What ready means is told from outside, by name."""

from collections.abc import Awaitable, Callable, Mapping

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from zhigan.webapi.authentication import PUBLIC

Readiness = Callable[[], Awaitable[str | None]]
"""None: ready. Otherwise the reason why not, in words."""

Exposition = Callable[[], Awaitable[tuple[bytes, str]]]
"""The metrics page and its content type."""


class Health(msgspec.Struct, frozen=True):
    status: str
    checks: dict[str, str] = {}


def handlers(ready: Mapping[str, Readiness], metrics: Exposition) -> list[HTTPRouteHandler]:
    @get("/healthz", opt=PUBLIC, operation_id="isAlive", tags=["platform"], sync_to_thread=False)
    def is_alive() -> Health:
        return Health("alive")

    @get("/readyz", opt=PUBLIC, operation_id="isReady", tags=["platform"])
    async def is_ready() -> Response[Health]:
        checks = {name: await check() or "ready" for name, check in ready.items()}
        ok = all(found == "ready" for found in checks.values())
        return Response(Health("ready" if ok else "not ready", checks), status_code=200 if ok else 503)

    @get("/metrics", opt=PUBLIC, operation_id="readMetrics", tags=["platform"], media_type="text/plain")
    async def read_metrics() -> Response[bytes]:
        body, content_type = await metrics()
        return Response(body, headers={"content-type": content_type})

    return [is_alive, is_ready, read_metrics]
