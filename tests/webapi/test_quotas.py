"""A source that pushes beyond its measure is told to come again; nobody else is slowed down."""

from typing import Any

import pytest
from prometheus_client import REGISTRY

from zhigan.runtime.clock import HandClock
from zhigan.webapi.quotas import Buckets, Measured, Message, Receive, Scope, Send, source_of


def push(
    path: str = "/api/v1/platforms/acme/push/status_info", secret: str = "right", host: str = "203.0.113.7"
) -> Scope:
    headers = [(b"authorization", f"Bearer {secret}".encode())]
    return {"type": "http", "path": path, "headers": headers, "client": (host, 1), "query_string": b""}


class Asked:
    """What stands behind, and what was answered in front of it."""

    def __init__(self, clock: HandClock, rate: float) -> None:
        self.taken = 0
        self.door = Measured(self._behind, Buckets(rate, clock))

    async def _behind(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.taken += 1

    async def says(self, scope: Scope) -> dict[str, Any]:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            raise AssertionError("a body was read")

        await self.door(scope, receive, send)
        return {} if not sent else {**sent[0], "headers": dict(sent[0]["headers"]), "body": sent[1]["body"]}


async def test_beyond_its_measure_a_source_is_told_when_to_come_again(hand_clock: HandClock) -> None:
    asked = Asked(hand_clock, 2)
    before = REGISTRY.get_sample_value("zhigan_pushes_limited_total", {"door": "platforms"}) or 0
    for _ in range(20):
        assert await asked.says(push()) == {}
    answer = await asked.says(push())
    assert (answer["status"], answer["headers"][b"retry-after"]) == (429, b"1")
    assert b'"code":"throttled"' in answer["body"]
    assert REGISTRY.get_sample_value("zhigan_pushes_limited_total", {"door": "platforms"}) == before + 1
    for other in (push(secret="wrong"), push(host="203.0.113.8"), push("/api/v1/platforms/other/push/x")):
        assert await asked.says(other) == {}  # whoever guesses at secrets stops nobody but himself
    hand_clock.advance(1)
    assert await asked.says(push()) == {} and await asked.says(push()) == {}
    assert (await asked.says(push()))["status"] == 429
    assert asked.taken == 25


@pytest.mark.parametrize("path", ["/api/v1/platforms", "/api/v1/platforms/0190/units", "/api/v1/incidents", "/healthz"])
async def test_what_people_ask_is_not_measured_here(path: str) -> None:
    assert source_of(push(path)) is None


async def test_a_slow_measure_says_so_and_none_lets_all_pass(hand_clock: HandClock) -> None:
    slow, none = Buckets(0.1, hand_clock), Buckets(0, hand_clock)
    assert [slow.take("a"), slow.take("a")] == [0, 10]
    assert {none.take("a") for _ in range(1000)} == {0}


async def test_the_number_of_sources_is_bounded(hand_clock: HandClock) -> None:
    few = Buckets(0.1, hand_clock, most=3)
    for source in "abcd":
        assert few.take(source) == 0
    assert few.take("d") > 0 and few.take("a") == 0
