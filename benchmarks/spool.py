"""Signals a second through the local spool, with fsync on: one JSON object a line.

Batches of the size that natural batching makes under load, two lanes at once, read back in the same process.
"""

import asyncio
import json
import resource
import sys
import tempfile
import time
from pathlib import Path

from zhigan.bus.spool import Spool
from zhigan.vocabulary.moments import SECOND
from zhigan.vocabulary.signals import Lane, Signal, SignalKind

BATCH = 1000
START = 1_780_000_000 * SECOND


def signals(first: int, count: int) -> list[Signal]:
    return [
        Signal(
            gateway="gb26875",
            address="790300000000/1.1.40.131082",
            kind=SignalKind.STATUS,
            received_at=START + n,
            at=START,
            conditions=1,
            known=0x1FFFFF,
            type="smoke",
            text="三层走廊东侧",
            raw=bytes(78),
            identity=n << 20,
        )
        for n in range(first, first + count)
    ]


async def measure(folder: Path, seconds: float) -> dict[str, float | str]:
    bus = await Spool.open(folder)
    waits: list[float] = []
    count = 0
    ready = [signals(n * BATCH, BATCH) for n in range(8)]

    async def fill() -> None:
        nonlocal count
        turn = 0
        while time.perf_counter() < end:
            await bus.publish([(Lane.BULK, ready[turn % 8])])
            count += BATCH
            turn += 1

    async def burn() -> None:
        """A fire every now and then beside the telemetry."""
        while time.perf_counter() < end:
            began = time.perf_counter()
            await bus.publish([(Lane.URGENT, ready[0][:1])])
            waits.append(time.perf_counter() - began)
            await asyncio.sleep(0.01)

    async def drain() -> None:
        after = 0
        while time.perf_counter() < end:
            for batch in await bus.read(Lane.BULK, after, 10_000, 0.2):
                after = batch.position
            await bus.forget(Lane.BULK, after)

    began, cpu = time.perf_counter(), time.process_time()
    end = began + seconds
    await asyncio.gather(fill(), burn(), drain())
    took, spent = time.perf_counter() - began, time.process_time() - cpu
    await bus.close()
    waits.sort()
    return {
        "bench": "spool",
        "signals_per_s": round(count / took),
        "cpu_us_per_signal": round(spent / count * 1e6, 2),
        "urgent_p50_ms": round(waits[len(waits) // 2] * 1000, 2),
        "urgent_p99_ms": round(waits[int(len(waits) * 0.99)] * 1000, 2),
        "rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory(dir=".") as folder:
        print(json.dumps(asyncio.run(measure(Path(folder), seconds))))


if __name__ == "__main__":
    main()
