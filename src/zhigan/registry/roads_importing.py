"""A road network brought in: `zhigan import roads FILE`. The whole of it takes the place of the one before.

Enters: a file, the owner's connection. Leaves: `registry.road`, in one transaction. Absent: what is a road (roads.py).
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from zhigan.registry import roads
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Connection


async def run(kind: str, file: Path, conn: Connection, clock: Clock, say: Callable[[str], None]) -> int:
    """The exit code; a file that is wrong leaves the network that stands."""
    try:
        pieces = await asyncio.to_thread(lambda: roads.read(file.name, file.read_bytes()))
    except (OSError, roads.RoadsError) as error:
        say(f"{file.name}: {error}")
        return 2
    async with conn.transaction():
        await conn.execute("truncate registry.road")
        await conn.copy_records_to_table(
            "road", schema_name="registry", columns=list(roads.Piece.__struct_fields__),
            records=[tuple(getattr(p, f) for f in roads.Piece.__struct_fields__) for p in pieces],
        )  # fmt: skip
    await conn.execute("analyze registry.road")
    say(f"{kind}: {len(pieces)} pieces, {sum(p.metres for p in pieces) / 1000:.1f} km")
    return 0
