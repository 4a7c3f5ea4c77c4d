"""值班记录 and recordings: lines of a desk's book by hand, and where calls and speech are kept.

Enters: a connection, the desk, `now`. Leaves: views. Absent: the recordings themselves; the recorder holds them.
"""

from datetime import UTC, datetime

import msgspec
from asyncpg import Record

from zhigan.desks.shifts.model import DeskLine, NewRecording, Recording
from zhigan.desks.shifts.store import SQL
from zhigan.runtime.pg import Connection

EVER = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
BY_HAND = ["noted", "corrected"]


class Written(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    corrects: int | None


async def lines(conn: Connection, desk: str, now: datetime, before: int | None, most: int) -> list[DeskLine]:
    until = now.replace(year=now.year + 1, day=1)
    return [_line(r) for r in await conn.fetch(SQL.lines, desk, BY_HAND, EVER, until, before, most)]


async def stands(conn: Connection, desk: str, seq: int) -> bool:
    row = await conn.fetchrow(SQL.line, desk, seq) if 0 < seq < 2**31 else None
    return row is not None and row["what"] in BY_HAND


def _line(r: Record) -> DeskLine:
    said = msgspec.json.decode(r["detail"], type=Written)
    return DeskLine(
        seq=r["seq"], at=r["at"], who=r["who"], text=said.text, corrects=said.corrects, hash=r["hash"].hex()
    )


def six_months(at: datetime) -> datetime:
    """The same day of the month, else the month's last."""
    at = at.astimezone(UTC)
    year, month = at.year + (at.month + 5) // 12, (at.month + 5) % 12 + 1
    for day in (at.day, 30, 29, 28):
        try:
            return at.replace(year=year, month=month, day=day)
        except ValueError:
            continue
    raise AssertionError(at)


async def recordings(
    conn: Connection, desk: str, now: datetime, older: bool | None, after: str | None, size: int
) -> list[Recording]:
    rows = await conn.fetch(SQL.recordings, desk, now, older, after, size + 1)
    return [_recording(r, now) for r in rows]


async def recording(conn: Connection, desk: str, id_: str, now: datetime) -> Recording | None:
    row = await conn.fetchrow(SQL.recording, desk, id_)
    return None if row is None else _recording(row, now)


async def add_recording(
    conn: Connection, id_: str, desk: str, new: NewRecording, keep: datetime, who: str, now: datetime
) -> Recording:
    await conn.execute(
        SQL.add_recording, id_, desk, new.kind, new.at, new.reference.strip(), new.sha256.lower(), new.incident_id,
        new.note.strip(), keep, now, who,
    )  # fmt: skip
    return Recording(
        id=id_, kind=new.kind, at=new.at, reference=new.reference.strip(), sha256=new.sha256.lower(),
        incident_id=new.incident_id, note=new.note.strip(), keep_until=keep, older=keep <= now, made_by=who,
    )  # fmt: skip


async def drop_recording(conn: Connection, id_: str) -> None:
    await conn.execute(SQL.drop_recording, id_)


def _recording(r: Record, now: datetime) -> Recording:
    return Recording(
        id=r["id"], kind=r["kind"], at=r["at"], reference=r["reference"], sha256=r["sha256"],
        incident_id=r["incident"], note=r["note"], keep_until=r["keep_until"], older=r["keep_until"] <= now,
        made_by=r["made_by"],
    )  # fmt: skip
