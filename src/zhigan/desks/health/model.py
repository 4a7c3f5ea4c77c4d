"""The nouns of device health, as pages show them and as rows keep them.

Enters: nothing. Leaves: states, troubles, views. Absent: how any of it is judged (rules).
"""

import enum
from datetime import date, datetime
from typing import Literal

import msgspec

State = Literal["alive", "late", "offline", "never"]
STATES: tuple[State, ...] = ("alive", "late", "offline", "never")
By = Literal["area", "street", "community"]
BYS: tuple[By, ...] = ("area", "street", "community")


class Trouble(enum.IntFlag):
    """Bits are stored, so a bit never changes its meaning."""

    NONE = 0
    LOW_BATTERY = 1 << 0  # 电池电量低: the device says so, or less is left than LOW
    BATTERY_SOON = 1 << 1  # 电池将尽: by the forecast, perhaps within 30 days
    WEAK_SIGNAL = 1 << 2  # 信号弱
    TAMPER = 1 << 3  # 拆除
    FAULT = 1 << 4  # 故障
    PAST_LIFE = 1 << 5  # 超期
    LIFE_SOON = 1 << 6  # 临近到期: within 90 days
    UNTESTED = 1 << 7  # 超过一年未测试


TROUBLES: dict[str, Trouble] = {trouble.name.lower(): trouble for trouble in Trouble if trouble.name}
"""Their words, as filters and in answers."""


class Forecast(msgspec.Struct, frozen=True):
    """`loss` in per cent a day. Days until LOW: the likeliest, and the bounds between which two of three lie.

    `left` None: nothing is being lost that could be reckoned with.
    """

    loss: float
    left: int | None
    least: int | None
    most: int | None


class HealthRow(msgspec.Struct, frozen=True, kw_only=True):
    """A device in the list. `troubles` are words; `days_left` null: no forecast."""

    id: str
    name: str
    type: str
    gateway: str
    unit_id: str | None
    unit: str
    place: str
    state: State
    troubles: list[str]
    seen_at: datetime | None
    battery: float | None
    days_left: int | None
    days_least: int | None
    days_most: int | None
    signal: float | None
    tested_at: datetime | None
    life_until: date | None


class BatteryPoint(msgspec.Struct, frozen=True):
    on: date
    value: float


class HealthView(msgspec.Struct, frozen=True, kw_only=True):
    """One device. `period_s` learned from its reports, 0: not yet; `late_s`, `offline_s`: after how long a silence."""

    device_id: str
    state: State
    troubles: list[str]
    seen_at: datetime | None
    period_s: int
    late_s: int
    offline_s: int
    battery: float | None
    battery_at: datetime | None
    battery_loss: float | None
    days_left: int | None
    days_least: int | None
    days_most: int | None
    batteries: list[BatteryPoint]
    signal: float | None
    signal_at: datetime | None
    tested_at: datetime | None
    life_until: date | None


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """A place's detectors. `code` is that of the area, street or community; empty: of no known place."""

    code: str
    name: str
    area: str
    installed: int
    alive: int
    late: int
    offline: int
    never: int
    low_battery: int
    past_life: int


class OnlineOfMonth(msgspec.Struct, frozen=True):
    """`online`: the share of device days on which a device was alive or merely late; a sample a day."""

    type: str
    devices: int
    online: float


class HealthSummary(msgspec.Struct, frozen=True, kw_only=True):
    installed: int
    alive: int
    late: int
    offline: int
    never: int
    low_battery: int
    past_life: int
