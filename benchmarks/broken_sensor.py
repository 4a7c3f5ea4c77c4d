"""Is a broken sensor told from a wire that heats? The engine's own rule over recorded temperatures, as JSON lines.

Enters: folders of CSV files, one series a column: times in seconds (first column) or as ISO dates, temperatures in °C.
Leaves: for each series and pace of asking: readings at or over the limit, how many of them were doubted, and for how
long the first alarm of every rise was later than it would be without the doubt. Speed is not measured here.

    python benchmarks/broken_sensor.py --every 10 60 300 FILE.csv … --columns "Cable 1" "Cable 2"
"""

import argparse
import csv
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec import structs

from zhigan.alarms.engine import POLICY_V1
from zhigan.alarms.engine.limits import NOTHING, judge
from zhigan.alarms.engine.policy import Policy
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.metrics import BY_NAME
from zhigan.vocabulary.moments import SECOND

HEAT = BY_NAME["temperature"].number
HOT, DOUBTED = int(Condition.CABLE_TEMPERATURE), int(Condition.IMPLAUSIBLE)
TRUSTING = structs.replace(
    POLICY_V1, limits=tuple(structs.replace(row, leap=None) for row in POLICY_V1.limits if row.metric == "temperature")
)
LIMIT = next(row.at for row in POLICY_V1.limits if row.metric == "temperature")
Series = Sequence[tuple[int, float]]


def read(path: Path, column: str) -> Series:
    with path.open(newline="") as text:
        rows = list(csv.DictReader(text))
    first = next(iter(rows[0]))
    found = {_seconds(row[first]): float(row[column]) for row in rows if row[column]}
    return sorted(found.items())


def _seconds(text: str) -> int:
    try:
        return round(float(text))
    except ValueError:
        return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def paced(series: Series, every: int) -> Series:
    """As a monitor tells that reports so often; 0: as recorded."""
    kept: list[tuple[int, float]] = []
    for at, value in series:
        if not kept or at - kept[-1][0] >= every:
            kept.append((at, value))
    return kept


def judged(policy: Policy, series: Series) -> list[int]:
    before, bits = NOTHING, list[int]()
    for at, value in series:
        after = judge(policy, "electrical_monitor", HEAT, before, value, (at + 1_000_000) * SECOND).measured
        before = after or NOTHING
        bits.append(before.bits)
    return bits


def rises(bits: Sequence[int]) -> list[int]:
    """Where an alarm begins."""
    return [n for n, now in enumerate(bits) if now & HOT and not (n and bits[n - 1] & HOT)]


def line(name: str, every: int, series: Series) -> dict[str, object]:
    with_doubt, without = judged(POLICY_V1, series), judged(TRUSTING, series)
    delays = [
        next((series[m][0] - series[n][0] for m in range(n, len(series)) if with_doubt[m] & HOT), None)
        if without[n] & HOT
        else 0
        for n in rises(without)
    ]
    return {
        "series": name, "every_s": every, "readings": len(series), "over": sum(v >= LIMIT for _, v in series),
        "doubted": sum(bool(b & DOUBTED) for b in with_doubt), "alarms": len(rises(with_doubt)),
        "alarms_without_doubt": len(rises(without)),
        "delays_s": [d for d in delays if d], "never": sum(d is None for d in delays),
    }  # fmt: skip


def main(argv: Sequence[str]) -> Iterable[dict[str, object]]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--columns", nargs="+", required=True)
    parser.add_argument("--every", nargs="+", type=int, default=[0])
    options = parser.parse_args(argv)
    for path in options.files:
        for column in options.columns:
            series = read(path, column)
            for every in options.every:
                yield line(f"{path.stem} {column}", every, paced(series, every))


if __name__ == "__main__":
    for each in main(sys.argv[1:]):
        print(json.dumps(each))
