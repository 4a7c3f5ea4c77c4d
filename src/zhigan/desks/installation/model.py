"""The nouns of an installation, as the phone shows them."""

from datetime import datetime
from typing import Literal

import msgspec

Missing = Literal["place", "position", "photo", "test", "signal"]


class Job(msgspec.Struct, kw_only=True):
    """One device on its way into service; a row of `installation.job`."""

    id: str
    project: str | None
    account: str
    installer: str
    code: str
    device: str
    number: int
    unit_id: str
    lon: float | None
    lat: float | None
    accuracy_m: float | None
    scanned_at: datetime
    registered_at: datetime
    pressed_at: datetime | None = None
    test: str | None = None
    test_until: datetime | None = None
    seen_at: datetime | None = None
    photo: bytes | None = None
    photo_type: str = ""
    in_service_at: datetime | None = None
    changed_at: datetime


class JobView(msgspec.Struct, frozen=True, kw_only=True):
    """`missing`: what still stands between the device and its service; `took_s`: from the scan into service."""

    id: str
    project_id: str | None
    installer: str
    code: str
    device_id: str
    device: str
    type: str
    unit_id: str
    unit: str
    place: str
    lon: float | None
    lat: float | None
    scanned_at: datetime
    pressed_at: datetime | None
    test_until: datetime | None
    seen_at: datetime | None
    photo: bool
    in_service_at: datetime | None
    missing: list[Missing]
    took_s: int | None


class CodeView(msgspec.Struct, frozen=True, kw_only=True):
    """What a code on a box means. `standing`: nobody knew it, somebody announced it, or it has spoken already."""

    code: str
    standing: Literal["new", "expected", "discovered"]
    gateway: str
    device_id: str | None
    device: str
    type: str
    unit_id: str | None
    unit: str


class Installer(msgspec.Struct, frozen=True, kw_only=True):
    """`median_s`: what half of the devices took at most, from the scan into service."""

    name: str
    done: int
    begun: int
    today: int
    median_s: float | None


class Project(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    unit_id: str | None
    unit_name: str
    gateway: str
    type: str
    planned: int
    done: int
    begun: int
    created_at: datetime
    closed_at: datetime | None
    installers: list[Installer] = []
