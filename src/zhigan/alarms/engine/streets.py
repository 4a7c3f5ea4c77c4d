"""Streets: a fifth of a street's devices gone silent within ten minutes is ONE row (policy.md, link lost).

Enters: what the registry counts of streets in which anybody is silent, and the street rows that are open. Leaves:
changes. A street's devices lie in many cases, so this is judged beside them, over counts; the rows that their units
have so far go into the street's. A street with one silent unit is that unit's matter. Absent: who is silent.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from zhigan.alarms.engine.policy import Groups
from zhigan.incidents.model import Change, Ended, Merged, Opened, Outcome, Place, Raised, Reason, Standing, Why
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.ids import born
from zhigan.vocabulary.scopes import Owned


class Street(msgspec.Struct, frozen=True, kw_only=True):
    """`devices` report by themselves; of them `silent` now, `lately` since ten minutes; in `units`."""

    code: str
    name: str
    area: str
    devices: int
    silent: int
    lately: int
    units: tuple[str, ...]


def case_key(code: str) -> str:
    return f"street:{code}"


def judge(
    streets: Iterable[Street],
    open_: Mapping[str, Standing],
    rows: Mapping[str, Sequence[Standing]],
    group: Groups,
    now: int,
) -> list[Change]:
    """`open_`: street code → its row; `rows`: unit id → open link rows of its own."""
    changes: list[Change] = []
    known: set[str] = set()
    for street in streets:
        known.add(street.code)
        row = open_.get(street.code)
        if row is None and _dark(street, group):
            opened = _opened(street, now)
            changes.append(opened)
            changes += _gathered(street, opened.incident, rows, now)
        elif row is not None and street.silent < group.share * street.devices:
            changes.append(_ended(row, now))
        elif row is not None and (more := _gathered(street, row.id, rows, now)):
            changes += more
            changes.append(Raised(incident=row.id, grade=row.grade, reasons=(_reason(street, street.silent),), at=now))
    return changes + [_ended(row, now) for code, row in open_.items() if code not in known]


def _dark(street: Street, group: Groups) -> bool:
    return len(street.units) > 1 and street.lately >= max(group.least, group.share * street.devices)


def _opened(street: Street, now: int) -> Opened:
    key = case_key(street.code)
    return Opened(
        incident=born(now, key),
        slot=f"link:{key}",
        case_key=key,
        locus=key,
        grade=Grade.III,
        kind=Kind.LINK,
        place=Place(text=street.name, owned=Owned(area=street.area, community=street.code.ljust(12, "0"))),
        reasons=(_reason(street, street.lately),),
        at=now,
        received_at=now,
        alarms=(),
    )


def _gathered(street: Street, into: str, rows: Mapping[str, Sequence[Standing]], now: int) -> list[Change]:
    reason = _reason(street, street.silent)
    return [
        Merged(incident=row.id, into=into, reason=reason, at=now) for unit in street.units for row in rows.get(unit, ())
    ]


def _reason(street: Street, count: int) -> Reason:
    """The count is that of now: the row's reason is replaced when more fall silent."""
    facts = {"of": street.devices, "count": count, "percent": round(100 * count / street.devices)}
    return Reason(Why.LINK_LOST_MANY, {**facts})


def _ended(row: Standing, now: int) -> Ended:
    return Ended(incident=row.id, outcome=Outcome.FAULT, reason=Reason(Why.RESTORED), at=now)
