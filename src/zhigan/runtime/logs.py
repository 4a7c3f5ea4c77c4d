"""Logs: events with fields, one line each on standard error; JSON for machines, colours for a terminal.

Enters: structlog calls of ours, `logging` calls of the libraries. Leaves: lines with time, level, process, event.
Secrets do not leave: fields with a telling name and passwords inside URLs are struck out, in every field and trace.
Absent: files and rotation (the service manager's business).
"""

import logging
import re
import sys
from collections.abc import Mapping
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

STRUCK = "***"
_TELLING = re.compile(
    r"passw|secret|token|cookie|^(proxy-)?authorization$|credential|private_key|(^|_)(dsn|psk)(_|$)", re.I
)
_IN_URL = re.compile(r"(?P<head>\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s/@]+(?=@)", re.I)
_IN_QUERY = re.compile(r"(?P<head>[?&](?:token|password|access_token)=)[^\s&\"']+", re.I)
_CHATTY = ("asyncio", "httpx", "httpcore", "pgqueuer", "uvicorn.access", "nats", "aiomqtt")


def strike(value: object) -> object:
    """The value without what must not be read: passwords in URLs, fields with a telling name."""
    if isinstance(value, str):
        return _IN_QUERY.sub(rf"\g<head>{STRUCK}", _IN_URL.sub(rf"\g<head>{STRUCK}", value))
    if isinstance(value, Mapping):
        fields = cast(Mapping[object, object], value)
        return {k: STRUCK if v and _TELLING.search(str(k)) else strike(v) for k, v in fields.items()}
    if isinstance(value, list | tuple):
        return [strike(v) for v in cast(list[object], value)]
    return value


def _strike_event(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    return cast(EventDict, strike(event))


def configure(level: str, form: str, *, process: str = "", stream: TextIO | None = None) -> None:
    """`form`: `json`, `console`, or `auto` (a terminal decides)."""
    out = stream or sys.stderr
    console = form == "console" or (form == "auto" and out.isatty())
    structlog.contextvars.clear_contextvars()
    if process:
        structlog.contextvars.bind_contextvars(process=process)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.format_exc_info,
        _strike_event,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *(p for p in shared if not isinstance(p, structlog.stdlib.ExtraAdder)),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(console, out)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _renderer(console: bool, out: TextIO) -> Processor:
    if console:
        return structlog.dev.ConsoleRenderer(colors=out.isatty())
    return structlog.processors.JSONRenderer(ensure_ascii=False)
