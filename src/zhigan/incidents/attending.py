"""What the platform watches besides fires (other platforms, partners, its own channels, people's routines): one row,
usually of attention (III), for each that is wrong, ended by itself when it is right again.

Enters: everything that was looked at, right or wrong, in the caller's transaction. Leaves: rows opened and ended, and
the log told of it as the last act; nothing where nothing has changed. Absent: looking, which is each room's own.
"""

from collections.abc import Sequence

import msgspec

from zhigan.bus import log
from zhigan.incidents.model import Change, Ended, Opened, Outcome, Place, Reason, Why
from zhigan.incidents.store import apply, open_of_case
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.ids import born


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """`slot`: its own, `room:id`. `reason`, `flag`: what its row says while it is wrong."""

    slot: str
    wrong: bool
    place: Place
    reason: Reason
    flag: str
    grade: Grade = Grade.III
    kind: Kind = Kind.LINK


async def attend(conn: Connection, watched: Sequence[Watched], now: int) -> None:
    standing = {row.case_key: row.id for row in await open_of_case(conn, [each.slot for each in watched])}
    changes: list[Change] = []
    for each in watched:
        row = standing.get(each.slot)
        if each.wrong and row is None:
            changes.append(_opened(each, now))
        elif row is not None and not each.wrong:
            changes.append(Ended(incident=row, outcome=Outcome.OTHER, reason=Reason(Why.RESTORED), at=now))
    if changes:
        await log.append(conn, await apply(conn, changes, now), now)


def _opened(each: Watched, now: int) -> Opened:
    return Opened(
        incident=born(now, each.slot), slot=each.slot, case_key=each.slot, locus=each.slot, grade=each.grade,
        kind=each.kind, place=each.place, reasons=(each.reason,), at=now, received_at=now, alarms=(),
        flags=(each.flag,),
    )  # fmt: skip
