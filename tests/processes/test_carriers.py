"""The whole platform behind a carrier: what was answered is there once, whoever is killed; refusals are counted."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from support import wreck
from support.carrier import SECRET, ctwing, smoke
from support.platform import Platform
from zhigan.runtime.clock import SystemClock

pytestmark = pytest.mark.timeout(180)
CLOCK = SystemClock()
DEVICES = 120
AGAIN_S = 60.0


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    running = Platform(tmp_path_factory.mktemp("carriers") / "data", database_url="", ctwing_token=SECRET)
    running.start()
    yield running
    assert running.stop() == 0


@pytest.fixture
async def client(platform: Platform) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=platform.url, timeout=20)


def body(device: str, status: int = 7) -> bytes:
    return smoke(device, CLOCK.micros(), status, Cell_ID=device)


async def push(client: httpx.AsyncClient, said: bytes, token: str = SECRET) -> int:
    """The answer's status; 0 where there was none."""
    try:
        return (await client.post("/api/v1/ingest/ctwing", params={"token": token}, content=said)).status_code
    except httpx.HTTPError:
        return 0


async def until_taken(client: httpx.AsyncClient, said: bytes) -> None:
    """As a carrier does: again until 200."""
    async with asyncio.timeout(AGAIN_S):
        while True:
            if await push(client, said) == 200:
                return
            await asyncio.sleep(0.1)


def raw(said: bytes) -> bytes:
    """What history keeps of it: the service's data as it stood."""
    begin = said.index(b'"serviceData": ') + len(b'"serviceData": ')
    return said[begin : said.index(b"}", begin) + 1]


@pytest.mark.parametrize("victim", ["hot", "platform"])
async def test_what_was_answered_is_there_once_after_a_kill(
    platform: Platform, client: httpx.AsyncClient, victim: str
) -> None:
    """Killed in the middle of pushes; the carrier then sends everything again, what was answered and what was not."""
    begun = CLOCK.micros()
    said = [body(f"{victim}{n}", 1 if n % 10 == 0 else 7) for n in range(DEVICES)]
    first = asyncio.gather(*(push(client, one) for one in said[: DEVICES // 2]))
    await until_taken(client, said[-1])
    await asyncio.to_thread(wreck.kill, platform, victim)
    await first
    await asyncio.gather(*(until_taken(client, one) for one in said))
    await asyncio.gather(*(until_taken(client, one) for one in said))
    (await wreck.caught_up(platform, begun, [raw(one) for one in said])).holds_once([raw(one) for one in said])
    await client.aclose()


async def test_replayed_forged_cut_off_and_huge_pushes_are_counted(
    platform: Platform, client: httpx.AsyncClient
) -> None:
    said = body("counted", 1)
    assert [await push(client, said) for _ in range(3)] == [200, 200, 200]
    assert await push(client, said, "a-forged-secret") == 401
    assert await push(client, said[:50]) == 400
    assert await push(client, ctwing("", 0, {})) == 400
    assert await push(client, b"x" * (10 << 20)) == 413
    wanted = (
        'zhigan_carrier_pushes_total{carrier="ctwing",outcome="bad_token",process="web"}',
        'zhigan_carrier_pushes_total{carrier="ctwing",outcome="bad_json",process="web"}',
        'zhigan_carrier_pushes_total{carrier="ctwing",outcome="bad_field",process="web"}',
        'zhigan_carrier_pushes_total{carrier="ctwing",outcome="too_large",process="web"}',
        'zhigan_intake_duplicates_total{process="hot"}',
    )
    async with asyncio.timeout(20):
        while True:
            figures = dict(_figures((await client.get("/metrics")).text))
            if all(figures.get(name, 0) >= 1 for name in wanted):
                break
            await asyncio.sleep(0.2)
    assert figures[wanted[-1]] >= 2
    await client.aclose()


def _figures(text: str) -> Iterator[tuple[str, float]]:
    for line in text.splitlines():
        name, _, value = line.rpartition(" ")
        if name and not name.startswith("#"):
            with contextlib.suppress(ValueError):
                yield name, float(value)


def test_the_line_s_key_is_ours_alone(platform: Platform) -> None:
    note = Path(platform.folder) / "run" / "carriers.door"
    assert note.stat().st_mode & 0o077 == 0
