"""The platform as its page shows it. Sizes in bytes, instants aware."""

from datetime import datetime

import msgspec

from zhigan.history.status import HistoryView


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """`heard_at` None: it writes no figures now."""

    name: str
    heard_at: datetime | None


class LaneDepth(msgspec.Struct, frozen=True, kw_only=True):
    """Batches on the way between disk and judgement; `last` None where the bus is not this machine's."""

    lane: str
    last: int | None
    taken: int
    waiting: int | None


class Disk(msgspec.Struct, frozen=True, kw_only=True):
    free: int
    total: int


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Days of signals, as names of days (UTC); `ahead` are made before they are needed."""

    days: int
    oldest: str
    newest: str
    ahead: int
    database_bytes: int


class Refused(msgspec.Struct, frozen=True):
    """`why` as the door counts it."""

    why: str
    times: int


class DoorView(msgspec.Struct, frozen=True, kw_only=True):
    """What came to a door since it opened. `taken` counts what was whole, repeats among them."""

    door: str
    taken: int
    repeated: int
    refused: list[Refused]


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """`value` is empty where it is not set, and "set" for a secret."""

    name: str
    value: str
    variable: str


class About(msgspec.Struct, frozen=True, kw_only=True):
    version: str
    python: str
    database: str
    map_approval: str


class PlatformView(msgspec.Struct, frozen=True, kw_only=True):
    now: datetime
    processes: list[Process]
    lanes: list[LaneDepth]
    disk: Disk
    kept: Kept
    history: HistoryView
    events: int
    devices_connected: int | None
    quarantined: int | None
    doors: list[DoorView]
    settings: list[Setting]


SHOWN = (
    "http", "gb26875", "coap", "coaps", "sip", "mqtt", "ctwing_token", "onenet_token", "huawei_token", "database_url",
    "bus_url", "secret_key", "data", "map_tiles", "map_approval", "public_url", "signal_days", "archive_days",
    "incident_hours", "event_days",
    "spool_mib", "poll_seconds", "duty_check_minutes", "link_lost_hours", "idle_seconds", "connections_max",
    "log_level",
)  # fmt: skip
"""Settings that somebody may have to look up. What is a `Secret` is never shown."""
