"""Metrics: each process counts for itself; the web process shows them all on one `/metrics`.

Enters: prometheus_client's counters, gauges, histograms. Leaves: the Prometheus text. A process that serves no HTTP
writes its figures into a file of the data folder every few seconds, renamed into place; who answers `/metrics` adds
the files of the living to its own figures, with the label `process`. A file needs no port and no socket path, and a
process that hangs shows as one that is not up. Absent: names of metrics (each room declares its own, at its top).
"""

import asyncio
import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import REGISTRY, Collector

from zhigan.runtime.clock import Clock
from zhigan.vocabulary.moments import SECOND

PERIOD = 2.0
STALE = 15 * SECOND
_SUFFIX = ".metrics"

LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0, 10.0, 20.0)
"""Seconds; with the field's own limits in it: 3 s to the command centre, 10 and 20 s to the screen."""


class Sample(msgspec.Struct, array_like=True):
    name: str
    labels: dict[str, str]
    value: float


class Family(msgspec.Struct, array_like=True):
    name: str
    help: str
    type: str
    samples: list[Sample]


class Figures(msgspec.Struct):
    process: str
    at: int
    families: list[Family]


def latency(name: str, documentation: str, labels: Iterable[str] = ()) -> Histogram:
    return Histogram(name, documentation, tuple(labels), buckets=LATENCY_BUCKETS)


def collect(process: str, at: int, registry: CollectorRegistry = REGISTRY) -> Figures:
    families = [
        Family(m.name, m.documentation, m.type, [Sample(s.name, dict(s.labels), s.value) for s in m.samples])
        for m in registry.collect()
    ]
    return Figures(process, at, families)


async def write_forever(folder: Path, process: str, clock: Clock, registry: CollectorRegistry = REGISTRY) -> None:
    """Runs beside the work of a process without HTTP; ends by cancellation, and takes its figures away."""
    path = folder / f"{process}{_SUFFIX}"
    try:
        while True:
            with contextlib.suppress(OSError):  # a full disk must not end the counting
                write(path, collect(process, clock.micros(), registry))
            await asyncio.sleep(PERIOD)
    finally:
        path.unlink(missing_ok=True)


def write(path: Path, figures: Figures) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    draft.write_bytes(msgspec.msgpack.encode(figures))
    draft.replace(path)


def exposition(folder: Path, process: str, now: int, registry: CollectorRegistry = REGISTRY) -> bytes:
    """The text for `/metrics`: our own figures and those of the others, fresh ones only."""
    everybody = [collect(process, now, registry), *others(folder, now)]
    return generate_latest(_Merged(everybody, _up(folder, everybody)))


def others(folder: Path, now: int) -> list[Figures]:
    found: list[Figures] = []
    for path in sorted(folder.glob(f"*{_SUFFIX}")):
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            figures = msgspec.msgpack.decode(path.read_bytes(), type=Figures)
            if now - figures.at <= STALE:
                found.append(figures)
    return found


def _up(folder: Path, everybody: list[Figures]) -> Family:
    """A process whose file went stale hangs: 0. One that was stopped took its file away: no line."""
    living = {f.process for f in everybody}
    named = living | {p.name.removesuffix(_SUFFIX) for p in folder.glob(f"*{_SUFFIX}")}
    samples = [Sample("zhigan_process_up", {"process": n}, float(n in living)) for n in sorted(named)]
    return Family("zhigan_process_up", "1 while a process writes its figures", "gauge", samples)


class _Merged(Collector):
    """One family a name, whoever counted: the text format allows each name once."""

    def __init__(self, everybody: list[Figures], up: Family) -> None:
        self._everybody = everybody
        self._up = up

    def collect(self) -> Iterator[Metric]:
        merged: dict[str, Metric] = {}
        for figures in self._everybody:
            for family in figures.families:
                metric = merged.setdefault(family.name, Metric(family.name, family.help, family.type))
                for sample in family.samples:
                    metric.add_sample(sample.name, {**sample.labels, "process": figures.process}, sample.value)
        up = Metric(self._up.name, self._up.help, self._up.type)
        for sample in self._up.samples:
            up.add_sample(sample.name, sample.labels, sample.value)
        yield from (*merged.values(), up)
