"""Metrics: every process's figures on one page, each name once, and a process that hangs is not up."""

import asyncio
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.parser import text_string_to_metric_families

from support.processes import until
from zhigan.runtime import metrics
from zhigan.runtime.clock import HandClock

Key = tuple[str, tuple[tuple[str, str], ...]]


def registry(frames: int) -> CollectorRegistry:
    own = CollectorRegistry()
    Counter("zhigan_frames", "Frames taken", ["gateway"], registry=own).labels("gb26875").inc(frames)
    Histogram("zhigan_alarm_seconds", "Frame in to screen", buckets=(0.1, 3.0), registry=own).observe(0.05)
    return own


def read(text: bytes) -> dict[Key, float]:
    families = list(text_string_to_metric_families(text.decode()))
    assert len({f.name for f in families}) == len(families)
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for f in families for s in f.samples}


def test_figures_of_all_processes_stand_side_by_side(tmp_path: Path, hand_clock: HandClock) -> None:
    metrics.write(tmp_path / "hot.metrics", metrics.collect("hot", hand_clock.micros(), registry(5)))
    own = registry(2)
    Gauge("zhigan_sessions", "Open sessions", registry=own).set(float("inf"))
    found = read(metrics.exposition(tmp_path, "web", hand_clock.micros(), own))
    assert found["zhigan_frames_total", (("gateway", "gb26875"), ("process", "hot"))] == 5
    assert found["zhigan_frames_total", (("gateway", "gb26875"), ("process", "web"))] == 2
    assert found["zhigan_sessions", (("process", "web"),)] == float("inf")
    assert found["zhigan_alarm_seconds_bucket", (("le", "0.1"), ("process", "hot"))] == 1
    assert found["zhigan_process_up", (("process", "hot"),)] == 1
    assert found["zhigan_process_up", (("process", "web"),)] == 1


def test_stale_figures_are_left_out_and_shown_as_not_up(tmp_path: Path, hand_clock: HandClock) -> None:
    metrics.write(tmp_path / "hot.metrics", metrics.collect("hot", hand_clock.micros(), registry(5)))
    hand_clock.advance(16)
    found = read(metrics.exposition(tmp_path, "web", hand_clock.micros(), registry(2)))
    assert ("zhigan_frames_total", (("gateway", "gb26875"), ("process", "hot"))) not in found
    assert found["zhigan_process_up", (("process", "hot"),)] == 0


@pytest.mark.parametrize("content", [b"", b"\xc1", b"\x93\xa1a\x01\x02"])
def test_a_broken_file_does_not_break_the_page(tmp_path: Path, hand_clock: HandClock, content: bytes) -> None:
    (tmp_path / "hot.metrics").write_bytes(content)
    found = read(metrics.exposition(tmp_path, "web", hand_clock.micros(), registry(2)))
    assert found["zhigan_process_up", (("process", "hot"),)] == 0


async def test_a_process_writes_and_takes_its_figures_away(tmp_path: Path, hand_clock: HandClock) -> None:
    folder = tmp_path / "metrics"
    writing = asyncio.create_task(metrics.write_forever(folder, "hot", hand_clock, registry(1)))
    await until(lambda: [f.process for f in metrics.others(folder, hand_clock.micros())] == ["hot"])
    writing.cancel()
    await asyncio.wait([writing])
    assert list(folder.iterdir()) == []


async def test_a_folder_that_cannot_be_written_does_not_end_the_counting(tmp_path: Path, hand_clock: HandClock) -> None:
    blocked = tmp_path / "metrics"
    blocked.write_text("a file where the folder should be")
    writing = asyncio.create_task(metrics.write_forever(blocked, "hot", hand_clock, registry(1)))
    await asyncio.wait([writing], timeout=0.1)
    assert not writing.done()
    blocked.unlink()
    writing.cancel()
    await asyncio.wait([writing])
    assert writing.cancelled()
