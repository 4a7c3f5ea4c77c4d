"""What of a device's alarms is told as its standing, and when a failed attempt is repeated. Pure.

Enters: alarms of devices, what was told of them before, `now`. Leaves: changes in the order in which they happened; the
next pause. A device is told as it stands on the whole: the gravest of what holds at that moment; so a lesser fault
never hides a fire, and what ends while a fault stands is no `normal`. Absent: SQL, forms.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from zhigan.incidents.documents import DeviceAlarm
from zhigan.outlets.upward.model import Change, Device, Target, Word

PAUSES_S = (1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0)
STUCK = 5
"""After so many answers that it failed over one record, the next one is tried: is it the record or the platform?"""
GRAVITY = {word: n for n, word in enumerate(Word)}

_WORDS: dict[Word, tuple[str, ...]] = {
    Word.ALARM: (
        "fire", "gas_low", "gas_high", "manual_alarm", "water_flow", "discharge", "electrical_alarm",
        "residual_current", "cable_temperature", "arc", "short_circuit", "over_current", "voltage", "video_fire",
        "battery_heat", "far_over", "low_pressure", "no_water", "low_level",
    ),
    Word.FAULT: (
        "fault", "mains_fault", "backup_fault", "bus_fault", "power_fault", "line_fault", "channel_fault",
        "alarm_fault", "implausible", "drift", "pump_off",
    ),
    Word.SHIELDED: ("shield",),
    Word.TAMPER: ("tamper", "damaged"),
    Word.OFFLINE: ("offline",),
    Word.LOW_BATTERY: ("low_battery",),
}  # fmt: skip
WORD_OF = {condition: word for word, conditions in _WORDS.items() for condition in conditions}
"""Other conditions are none of these forms' business: near a limit, started, a blocked exit."""


class Last(msgspec.Struct, frozen=True):
    """The newest that was put down of an alarm."""

    rose: bool
    at: datetime


def happened(alarm: DeviceAlarm, last: Last | None) -> list[tuple[datetime, bool]]:
    """When it rose (True) and ended (False), as far as that is not put down yet."""
    if last is None:
        return [(alarm.raised_at, True), *_ended(alarm, alarm.raised_at)]
    if last.rose:
        return _ended(alarm, last.at)
    if alarm.cleared_at is None:  # it came back
        return [(max(alarm.last_at, last.at), True)] if alarm.last_at > last.at else []
    if alarm.cleared_at > last.at:  # it came back and ended again before anybody looked
        return [(min(max(alarm.last_at, last.at), alarm.cleared_at), True), (alarm.cleared_at, False)]
    return []


def _ended(alarm: DeviceAlarm, since: datetime) -> list[tuple[datetime, bool]]:
    return [] if alarm.cleared_at is None else [(max(alarm.cleared_at, since), False)]


def changes(
    alarms: Sequence[DeviceAlarm], told: Mapping[str, Last], standing: Mapping[str, Sequence[DeviceAlarm]]
) -> list[Change]:
    """`told`: by alarm; `standing`: all alarms of each device in that time. In the order of time."""
    found: list[Change] = []
    for alarm in alarms:
        own = WORD_OF.get(alarm.condition)
        if own is None:
            continue
        for at, rose in happened(alarm, told.get(alarm.id)):
            others = [each for each in standing.get(alarm.device_id, ()) if each.id != alarm.id]
            word = gravest([w for each in others if (w := _word_at(each, at)) is not None] + ([own] if rose else []))
            found.append(Change(alarm=alarm.id, device=alarm.device_id, word=word, at=at, rose=rose))
    return sorted(found, key=lambda change: (change.at, not change.rose))


def _word_at(alarm: DeviceAlarm, at: datetime) -> Word | None:
    stands = alarm.raised_at <= at and (alarm.cleared_at is None or alarm.cleared_at > at)
    return WORD_OF.get(alarm.condition) if stands else None


def gravest(words: Sequence[Word]) -> Word:
    return min(words, key=GRAVITY.__getitem__, default=Word.NORMAL)


def holds(target: Target, area: str, industry: str, gateway: str, address: str) -> bool:
    """Is a device within what the target may be told of?"""
    if target.areas and not any(area.startswith(prefix) for prefix in target.areas):
        return False
    if target.industries and industry not in target.industries:
        return False
    return not (target.source and gateway == "platform" and address.startswith(f"{target.source}:"))


def pause(failures: int, after_s: float | None = None) -> timedelta:
    """`after_s`: what it asked for itself, believed up to an hour."""
    if after_s is not None and 0 < after_s <= 3600:
        return timedelta(seconds=after_s)
    return timedelta(seconds=PAUSES_S[min(max(failures, 1), len(PAUSES_S)) - 1])


def key(devices: Sequence[Device]) -> str:
    """Of a message with their master data: the same again has the same one, another has another."""
    return hashlib.sha256("".join(f"{d.id}{d.digest}" for d in devices).encode()).hexdigest()[:32]
