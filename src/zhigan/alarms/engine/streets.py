"""Stretches: a fifth of a street's devices gone silent within ten minutes is ONE row (policy.md, link lost), and so are
the hydrants of a supply zone that have lost their pressure (hydrants, zone loss).

Enters: what the registry counts of streets in which anybody is silent, and the street rows that are open. Leaves:
changes. A street's devices lie in many cases, so this is judged beside them, over counts; the rows that its members
have so far go into the street's. A street with one silent unit is that unit's matter. Absent: who is silent.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from zhigan.alarms.engine.policy import Groups
from zhigan.incidents.model import (
    WATER_STATUS,
    Change,
    Ended,
    Merged,
    Opened,
    Outcome,
    Place,
    Raised,
    Reason,
    Standing,
    Why,
)
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.ids import born
from zhigan.vocabulary.scopes import Owned


class Street(msgspec.Struct, frozen=True, kw_only=True):
    """`devices` report by themselves; of them `silent` now, `lately` within the window; in `units`: whose rows go into
    the street's. Of a supply zone: its hydrants with a gauge, those without pressure, which each are a unit."""

    code: str
    name: str
    area: str
    devices: int
    silent: int
    lately: int
    units: tuple[str, ...]
    community: str = ""
    lon: float | None = None
    lat: float | None = None


class Sort(msgspec.Struct, frozen=True):
    """What is one row of many: streets without a link, supply zones without pressure."""

    name: str
    kind: Kind
    why: Why
    flags: tuple[str, ...] = ()

    def case_key(self, code: str) -> str:
        return f"{self.name}:{code}"


STREET = Sort("street", Kind.LINK, Why.LINK_LOST_MANY)
ZONE = Sort("zone", Kind.HYDRANT, Why.ZONE_LOSS, (WATER_STATUS,))


def judge(
    streets: Iterable[Street],
    open_: Mapping[str, Standing],
    rows: Mapping[str, Sequence[Standing]],
    group: Groups,
    now: int,
    sort: Sort = STREET,
) -> list[Change]:
    """`open_`: street code → its row; `rows`: unit id → open rows of its own, of the sort's kind."""
    changes: list[Change] = []
    known: set[str] = set()
    for street in streets:
        known.add(street.code)
        row = open_.get(street.code)
        if row is None and _dark(street, group):
            opened = _opened(street, sort, now)
            changes.append(opened)
            changes += _gathered(street, sort, opened.incident, rows, now)
        elif row is not None and street.silent < group.share * street.devices:
            changes.append(_ended(row, now))
        elif row is not None and (more := _gathered(street, sort, row.id, rows, now)):
            changes += more
            reason = _reason(street, sort, street.silent)
            changes.append(Raised(incident=row.id, grade=row.grade, reasons=(reason,), at=now))
    return changes + [_ended(row, now) for code, row in open_.items() if code not in known]


def _dark(street: Street, group: Groups) -> bool:
    return len(street.units) > 1 and street.lately >= max(group.least, group.share * street.devices)


def _opened(street: Street, sort: Sort, now: int) -> Opened:
    key = sort.case_key(street.code)
    return Opened(
        incident=born(now, key),
        slot=f"{sort.kind}:{key}",
        case_key=key,
        locus=key,
        grade=Grade.III,
        kind=sort.kind,
        place=Place(
            text=street.name,
            lon=street.lon,
            lat=street.lat,
            owned=Owned(area=street.area, community=street.community),
        ),
        reasons=(_reason(street, sort, street.lately),),
        at=now,
        received_at=now,
        alarms=(),
        flags=sort.flags,
    )


def _gathered(street: Street, sort: Sort, into: str, rows: Mapping[str, Sequence[Standing]], now: int) -> list[Change]:
    reason = _reason(street, sort, street.silent)
    own = {row.id: row for unit in street.units for row in rows.get(unit, ()) if row.id != into}
    return [Merged(incident=id_, into=into, reason=reason, at=now) for id_ in own]


def _reason(street: Street, sort: Sort, count: int) -> Reason:
    """The count is that of now: the row's reason is replaced when more fall silent."""
    facts = {"of": street.devices, "count": count, "percent": round(100 * count / street.devices)}
    return Reason(sort.why, {**facts})


def _ended(row: Standing, now: int) -> Ended:
    return Ended(incident=row.id, outcome=Outcome.FAULT, reason=Reason(Why.RESTORED), at=now)
