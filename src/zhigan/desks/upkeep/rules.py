"""What a device's sticker tells whom, and how often a stranger may report. Pure; `now` is an argument.

Enters: a device as the registry knows it, instants. Leaves: plain words for anybody, check lists. Absent: rows.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from zhigan.desks.upkeep.model import Heard, PublicCondition, PublicDevice, PublicInspection, PublicState, Subject
from zhigan.registry.model import DeviceState
from zhigan.registry.rules import condition_word
from zhigan.vocabulary.moments import SHANGHAI

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MOST_BY_ADDRESS = 5
MOST_OF_DEVICE = 4
MOST_OF_CITY = 600
"""Reports an hour: a house behind one router, a device that hangs in a busy place, and what people can look through."""
PHOTO_WITHIN = timedelta(minutes=30)
MOST_SHOWN = 10

COMMON = ("appearance", "fixed", "clear", "indicator")
CHECKLISTS: dict[str, tuple[str, ...]] = {
    "smoke": (*COMMON, "test"),
    "heat": (*COMMON, "test"),
    "gas": (*COMMON, "test", "valve"),
    "manual_call_point": (*COMMON, "test"),
    "hydrant": ("appearance", "clear", "caps", "leak", "pressure"),
    "water_pressure": ("appearance", "fixed", "reading"),
    "water_level": ("appearance", "fixed", "reading"),
    "transmission_device": ("appearance", "indicator", "mains", "battery", "link"),
    "breaker": ("appearance", "indicator", "heat"),
    "electrical_monitor": ("appearance", "indicator", "heat"),
}
"""By kind of device; words stand in the pages' catalogue (`check.*`)."""
POINTS = frozenset(point for points in CHECKLISTS.values() for point in points)

_STATES: dict[str, PublicState] = {
    DeviceState.IN_SERVICE: "in_service",
    DeviceState.SUSPENDED: "suspended",
    DeviceState.REPLACED: "retired",
    DeviceState.RETIRED: "retired",
}
_CONDITIONS: dict[str, PublicCondition] = {
    "normal": "normal", "active": "normal", "supervisory": "normal", "alarm": "alarm", "fault": "fault",
    "shielded": "fault", "offline": "offline", "test": "test",
}  # fmt: skip


def checklist(type_: str) -> tuple[str, ...]:
    return CHECKLISTS.get(type_, COMMON)


def public(device: Subject, code: str, inspections: Sequence[tuple[datetime, bool]], now: datetime) -> PublicDevice:
    state: PublicState = "retired" if device.gone else _STATES.get(device.state, "not_in_service")
    word = condition_word(device.conditions, device.seen_at is not None)
    return PublicDevice(
        code=code,
        type=device.type,
        maker=device.maker,
        model=device.model,
        state=state,
        condition=_CONDITIONS.get(word, "unknown") if state in ("in_service", "suspended") else "unknown",
        heard=heard(device.seen_at, now),
        made_on=device.made_on,
        installed_on=device.installed_on,
        life_until=device.life_until,
        tested_on=None if device.tested_at is None else day(device.tested_at),
        inspections=[PublicInspection(day(at), passed) for at, passed in inspections[:MOST_SHOWN]],
        reportable=state != "retired" and device.place.unit_id is not None,
    )


def heard(seen_at: datetime | None, now: datetime) -> Heard:
    if seen_at is None:
        return "never"
    if now - seen_at < DAY:
        return "today"
    return "week" if now - seen_at < 7 * DAY else "longer"


def day(at: datetime) -> date:
    return at.astimezone(SHANGHAI).date()


def wait_s(by_address: int, of_device: int, of_city: int) -> int:
    """Seconds to wait, by the reports of the last hour; 0: one more may come."""
    full = by_address >= MOST_BY_ADDRESS or of_device >= MOST_OF_DEVICE or of_city >= MOST_OF_CITY
    return int(HOUR.total_seconds()) if full else 0
