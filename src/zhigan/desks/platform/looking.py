"""Looking at the parts: figures of the processes, positions of the engine, days that are kept, the disk.

Enters: settings, a connection, the instant. Leaves: the structs of model.py. Absent: judging (the page says).
"""

import platform
import shutil
from pathlib import Path

import zhigan
from zhigan.bus import log, positions
from zhigan.desks.platform.model import SHOWN, About, Disk, Kept, LaneDepth, Process, Setting
from zhigan.history import rules as history_rules
from zhigan.history import store as history
from zhigan.runtime import metrics
from zhigan.runtime.metrics import Figures
from zhigan.runtime.pg import Connection
from zhigan.runtime.settings import PREFIX, Secret, Settings
from zhigan.vocabulary.moments import to_datetime
from zhigan.vocabulary.signals import Lane

HOT = "hot"
ENGINE = "engine"


def figures(folder: Path, now: int) -> Figures | None:
    """Those of the process that serves devices and judges, while they are fresh."""
    return next((each for each in metrics.others(folder, now) if each.process == HOT), None)


def processes(hot: Figures | None, now: int) -> list[Process]:
    """The web process answers by answering."""
    return [
        Process(name=HOT, heard_at=None if hot is None else to_datetime(hot.at)),
        Process(name="web", heard_at=to_datetime(now)),
    ]


def number(hot: Figures | None, name: str, **labels: str) -> int | None:
    """One sample of the figures; counters end in `_total`."""
    for family in hot.families if hot else ():
        for sample in family.samples:
            if sample.name in (name, f"{name}_total") and labels.items() <= sample.labels.items():
                return int(sample.value)
    return None


async def lanes(conn: Connection, hot: Figures | None) -> list[LaneDepth]:
    taken = await positions.positions(conn)
    return [_depth(lane, taken.get((ENGINE, int(lane)), 0), hot) for lane in Lane]


def _depth(lane: Lane, taken: int, hot: Figures | None) -> LaneDepth:
    last = number(hot, "zhigan_spool_last", lane=lane.name.lower())
    waiting = None if last is None else max(last - taken, 0)
    return LaneDepth(lane=lane.name.lower(), last=last, taken=taken, waiting=waiting)


async def kept(conn: Connection, now: int) -> Kept:
    names = await history.partitions(conn)
    today = history_rules.partition_name(history_rules.day_of(now))
    return Kept(
        days=len(names),
        oldest=_day(names[0]) if names else "",
        newest=_day(names[-1]) if names else "",
        ahead=sum(name > today for name in names),
        database_bytes=await conn.fetchval("select pg_database_size(current_database())"),
    )


def _day(partition: str) -> str:
    digits = "".join(c for c in partition if c.isdigit())
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}"


async def events(conn: Connection) -> int:
    """The number of the newest event: what all readers of the log follow."""
    return await log.last(conn)


def disk(folder: Path) -> Disk:
    usage = shutil.disk_usage(folder)
    return Disk(free=usage.free, total=usage.total)


def settings(held: Settings) -> list[Setting]:
    return [Setting(name=name, value=_shown(getattr(held, name)), variable=PREFIX + name.upper()) for name in SHOWN]


def _shown(value: object) -> str:
    if value is None:
        return ""
    return "set" if isinstance(value, Secret) else str(value)


async def about(conn: Connection, held: Settings) -> About:
    return About(
        version=zhigan.__version__,
        python=platform.python_version(),
        database=f"PostgreSQL {await conn.fetchval('show server_version')}",
        map_approval=held.map_approval,
    )
