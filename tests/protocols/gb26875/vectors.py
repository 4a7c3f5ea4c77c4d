"""Published frames (tests/vectors/gb26875, each with its source) and what they are expected to hold, none of it from
our encoder.
"""

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2] / "vectors" / "gb26875"


def load(name: str) -> list[dict[str, Any]]:
    return json.loads((ROOT / name).read_text())


PUBLISHED = load("published.json")
DIALECT_FRAMES = load("dialects.json")
GOOD = [v for v in PUBLISHED if "fault" not in v]
BAD = [v for v in PUBLISHED if "fault" in v]


def name_of(vector: dict[str, Any]) -> str:
    return f"{vector['kind']}-{vector['hex'][4:8]}-{vector['what_source_says'][:24]}"
