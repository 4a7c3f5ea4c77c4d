"""Logs: events with fields, one line each on standard error; JSON for machines, colours for a terminal.

Enters: structlog calls of ours, `logging` calls of the libraries. Leaves: lines with time, level, process, event.
Secrets do not leave: fields with a telling name and passwords inside URLs are struck out, in every field and trace.
In `folder`, where one is given, the same as JSON, one file a process and day (UTC), kept as long as security decided
(access/keeping.py). Absent: compressing, and sending elsewhere (the service manager's business).
"""

import contextlib
import logging
import re
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
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


def configure(
    level: str, form: str, *, process: str = "", stream: TextIO | None = None, folder: Path | None = None
) -> None:
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
    if folder is not None:
        daily = Daily(folder, process or "zhigan")
        daily.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                foreign_pre_chain=shared,
                processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(False, out)],
            )
        )
        root.handlers.append(daily)
    root.setLevel(level.upper())
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _renderer(console: bool, out: TextIO) -> Processor:
    if console:
        return structlog.dev.ConsoleRenderer(colors=out.isatty())
    return structlog.processors.JSONRenderer(ensure_ascii=False)


class Daily(logging.Handler):
    """One file a day, opened when there is something to say. A full disk costs the line, never the process."""

    def __init__(self, folder: Path, process: str) -> None:
        super().__init__()
        self._folder, self._process = folder, process
        self._day: date | None = None
        self._file: TextIO | None = None

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._of(datetime.fromtimestamp(record.created, UTC).date()).write(self.format(record) + "\n")
        except (OSError, ValueError):
            self.close_file()

    def _of(self, day: date) -> TextIO:
        if self._file is None or day != self._day:
            self.close_file()
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = self._folder / f"{self._process}-{day.isoformat()}.jsonl"
            self._file, self._day = path.open("a", encoding="utf-8", buffering=1), day
        return self._file

    def close_file(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None

    def close(self) -> None:
        self.close_file()
        super().close()


def files(folder: Path) -> list[tuple[date, Path]]:
    """The daily files that there are, by their day."""
    found: list[tuple[date, Path]] = []
    for path in folder.glob("*-????-??-??.jsonl"):
        with contextlib.suppress(ValueError):
            found.append((date.fromisoformat(path.stem[-10:]), path))
    return sorted(found)
