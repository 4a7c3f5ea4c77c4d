"""Logs: one JSON line an event, ours and the libraries'; nothing secret in any of them."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from zhigan.runtime import logs


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def lines(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_an_event_is_one_line_with_its_fields(out: io.StringIO) -> None:
    logs.configure("info", "json", process="hot", stream=out)
    structlog.get_logger("zhigan.test").info("frame taken", address="790300000000", 单位="学校\n二行")
    structlog.get_logger("zhigan.test").debug("unseen")
    logging.getLogger("asyncpg").warning("slow %s", "query", extra={"rows": 3})
    first, second = lines(out)
    assert (first["event"], first["level"], first["process"], first["单位"]) == (
        "frame taken",
        "info",
        "hot",
        "学校\n二行",
    )
    assert (second["event"], second["level"], second["logger"], second["rows"]) == (
        "slow query",
        "warning",
        "asyncpg",
        3,
    )
    assert all(str(line["timestamp"]).endswith("Z") for line in (first, second))


def test_no_secret_comes_out(out: io.StringIO) -> None:
    logs.configure("debug", "json", stream=out)
    url = "postgresql://zhigan:geheim@/zhigan?host=%2Fx"
    try:
        raise ValueError(f"cannot connect to {url}")
    except ValueError:
        structlog.get_logger().exception(
            f"no database at {url}",
            password="geheim",
            headers={"Authorization": "Bearer geheim", "Host": "h"},
            urls=[url, "/ingest/ctwing?token=geheim&x=1"],
            dsn=url,
        )
    logging.getLogger("uvicorn").error("push to %s refused", "/ingest/onenet?a=1&token=geheim")
    text = out.getvalue()
    assert "geheim" not in text
    assert "postgresql://zhigan:***@/zhigan?host=%2Fx" in text
    assert "?token=***&x=1" in text
    assert '"Host": "h"' in text
    assert "ValueError: cannot connect" in text


@pytest.mark.parametrize(
    ("value", "struck"),
    [
        ("https://host/path:1@x", "https://host/path:1@x"),
        ("nats://a:b@h:4222", "nats://a:***@h:4222"),
        ({"token": ""}, {"token": ""}),
        ({"cut_authorisation": 1}, {"cut_authorisation": 1}),
        ({"session_token": "x", "a": ("b", 1)}, {"session_token": "***", "a": ["b", 1]}),
        (119, 119),
    ],
)
def test_only_what_is_secret_is_struck(value: object, struck: object) -> None:
    assert logs.strike(value) == struck


def test_a_console_is_for_people(out: io.StringIO) -> None:
    logs.configure("info", "console", stream=out)
    structlog.get_logger().info("ready", port=8119)
    assert "ready" in out.getvalue()
    assert "port=8119" in out.getvalue()
