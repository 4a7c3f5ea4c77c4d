"""The application: the rooms' handlers under `/api/v1`, the platform's own addresses, web pages, one form of refusal.

Enters: controllers, the database, the clock, how tokens are checked, what "ready" means. Leaves: an ASGI application.
Absent: the server (processes) and every room by name.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from litestar import Controller, Litestar, Router
from litestar.config.compression import CompressionConfig
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.types import ControllerRouterHandler

import zhigan
from zhigan.runtime.clock import Clock
from zhigan.webapi import health, openapi, problems, webpages
from zhigan.webapi.armour import dresser
from zhigan.webapi.authentication import UNCOMPRESSED, Authenticate, Gate, provide_principal
from zhigan.webapi.database import Database
from zhigan.webapi.masking import veil

BASE = "/api/v1"
BODY_LIMIT = 4 * 1024 * 1024
STATIC = Path(zhigan.__file__).parent / "static"


def build(
    handlers: Sequence[type[Controller]],
    db: Database,
    clock: Clock,
    authenticate: Authenticate,
    *,
    ready: Mapping[str, health.Readiness],
    metrics: health.Exposition,
    dependencies: Mapping[str, object] | None = None,
    outside: Sequence[ControllerRouterHandler] = (),
    static: Path = STATIC,
    pictures: str = "",
) -> Litestar:
    """`dependencies` are further objects that handlers ask for by name; `outside` stands beside `/api/v1`.

    `pictures` is the address of the map's ground where it lies elsewhere.
    """
    return Litestar(
        route_handlers=[
            Router(BASE, route_handlers=list(handlers)),
            *health.handlers(ready, metrics),
            *outside,
            webpages.handler(static),
        ],
        guards=[Gate(authenticate)],
        dependencies={
            "principal": Provide(provide_principal),
            **{name: given(thing) for name, thing in {"db": db, "clock": clock, **(dependencies or {})}.items()},
        },
        exception_handlers={
            problems.Problem: problems.on_problem,
            HTTPException: problems.on_http,
            Exception: problems.on_bug,
        },
        after_request=veil,
        before_send=[dresser(pictures)],
        compression_config=CompressionConfig(
            backend="gzip", minimum_size=1024, gzip_compress_level=5, exclude_opt_key=UNCOMPRESSED
        ),
        request_max_body_size=BODY_LIMIT,
        openapi_config=openapi.config("智赣119 zhigan119", zhigan.__version__),
        debug=False,
    )


def given(thing: object) -> Provide:
    """A dependency that is simply there."""

    def provide() -> Any:
        return thing

    return Provide(provide, sync_to_thread=False)
