"""A hydrant that runs: for a fire, for a test, or without anybody having said so (opened without an incident).

Enters: hydrants that run now with what is known around them, the rows that are open. Leaves: changes. Like a street
(streets.py) it is judged beside the cases, since the incident that explains it lies in another. Once warned of, a
hydrant is warned of until it is shut. Absent: who is near (water.py of the room), pressure of zones (streets.py).
"""

from collections.abc import Iterable, Mapping

import msgspec

from zhigan.incidents.model import Change, Ended, Opened, Outcome, Place, Reason, Standing, Why
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.ids import born

NEAR_M = 500
"""An incident so near explains water that runs: hoses are laid along the street."""


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """`device`: of the gauge. `explained`: an incident near, or an announced test that holds it."""

    device: str
    name: str
    place: Place
    explained: bool


def case_key(device: str) -> str:
    return f"running:{device}"


def judge(running: Iterable[Running], open_: Mapping[str, Standing], now: int) -> list[Change]:
    """`open_`: device id → its row."""
    changes: list[Change] = []
    known: set[str] = set()
    for each in running:
        known.add(each.device)
        if each.device not in open_ and not each.explained:
            changes.append(_opened(each, now))
    reason = Reason(Why.RESTORED)
    gone = [row for device, row in open_.items() if device not in known]
    return changes + [Ended(incident=row.id, outcome=Outcome.OTHER, reason=reason, at=now) for row in gone]


def _opened(each: Running, now: int) -> Opened:
    key = case_key(each.device)
    return Opened(
        incident=born(now, key),
        slot=f"{Kind.HYDRANT}:{key}",
        case_key=key,
        locus=key,
        grade=Grade.III,
        kind=Kind.HYDRANT,
        place=each.place,
        reasons=(Reason(Why.HYDRANT_OPENED, {"device": each.name, "metres": NEAR_M}),),
        at=now,
        received_at=now,
        alarms=(),
    )
