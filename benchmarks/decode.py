"""How fast one core decodes: framing, checksum and object fields. Prints one JSON object a line.

Frames of a whole city's mix of addresses, texts and times stand glued in buffers of a socket's read size. Absent:
sockets, translation, storage; those have benchmarks of their own.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable

from zhigan.protocols.gb26875 import (
    Analog,
    ComponentStatus,
    Frame,
    Reader,
    build,
    confirm,
    decode_adu,
    fast,
)

NOON = 1_790_000_000_000_000
READ_SIZE = 65_536
CENTRE = "385B01000000"


def device(number: int) -> str:
    return (800_000 + number).to_bytes(6, "little").hex().upper()


def component_frames(count: int, objects: int) -> list[bytes]:
    """Type 2: 2,000 devices, 20 components each, texts of their own, a new second every 500 frames."""
    frames: list[bytes] = []
    for i in range(count):
        at = NOON + i // 500 * 1_000_000
        rows = [
            ComponentStatus(1, 1, 40, (i + n) % 20 + 65_536 * (n + 1), 2, f"{i % 2000}号楼{(i + n) % 20}层走廊", at)
            for n in range(objects)
        ]
        frames.append(build.upload(i & 0xFFFF, device(i % 2000), CENTRE, at, rows))
    return frames


def analog_frames(count: int, objects: int) -> list[bytes]:
    frames: list[bytes] = []
    for i in range(count):
        at = NOON + i // 500 * 1_000_000
        rows = [Analog(1, 1, 17, n, 9, (i * 7 + n) % 3000 - 93, at) for n in range(objects)]
        frames.append(build.upload(i & 0xFFFF, device(i % 2000), CENTRE, at, rows))
    return frames


def chunks(frames: list[bytes]) -> list[bytes]:
    whole = b"".join(frames)
    return [whole[i : i + READ_SIZE] for i in range(0, len(whole), READ_SIZE)]


def read_components(reads: list[bytes]) -> int:
    reader, rows = Reader(), fast.components
    total = 0
    for read in reads:
        for frame in reader.receive(read):
            if isinstance(frame, Frame):
                total += len(rows(frame.adu) or ())
    return total


def read_and_confirm(reads: list[bytes]) -> int:
    reader, rows = Reader(), fast.components
    total = 0
    for read in reads:
        answers: list[bytes] = []
        for frame in reader.receive(read):
            if isinstance(frame, Frame):
                total += len(rows(frame.adu) or ())
                answers.append(confirm(frame, NOON))
        b"".join(answers)
    return total


def read_analogs(reads: list[bytes]) -> int:
    reader, rows = Reader(), fast.analogs
    return sum(len(rows(f.adu) or ()) for read in reads for f in reader.receive(read) if isinstance(f, Frame))


def read_structs(reads: list[bytes]) -> int:
    reader = Reader()
    return sum(len(decode_adu(f.adu).objects) for read in reads for f in reader.receive(read) if isinstance(f, Frame))


def measure(name: str, frames: list[bytes], objects: int, work: Callable[[list[bytes]], int], rounds: int) -> None:
    reads = chunks(frames)
    best = float("inf")
    for _ in range(rounds):
        begun = time.perf_counter()
        total = work(reads)
        best = min(best, time.perf_counter() - begun)
        if total != len(frames) * objects:
            sys.exit(f"{name}: {total} objects of {len(frames) * objects}")
    row = {
        "benchmark": f"decode.{name}",
        "frames": len(frames),
        "frames_per_s": round(len(frames) / best),
        "objects_per_s": round(len(frames) * objects / best),
        "mb_per_s": round(sum(map(len, frames)) / best / 1e6, 1),
    }
    print(json.dumps(row), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--frames", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    count, rounds = asked.frames, asked.rounds
    single = component_frames(count, 1)
    measure("type2", single, 1, read_components, rounds)
    measure("type2_confirmed", single, 1, read_and_confirm, rounds)
    measure("type2_full", component_frames(count // 10, 22), 22, read_components, rounds)
    measure("type3_20", analog_frames(count // 10, 20), 20, read_analogs, rounds)
    measure("type2_structs", single[: count // 5], 1, read_structs, rounds)


if __name__ == "__main__":
    main()
