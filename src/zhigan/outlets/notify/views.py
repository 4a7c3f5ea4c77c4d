"""What people see of telling: proof, inbox, channels. Enters: rows. Leaves: structs; telephone numbers are masked."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec
from asyncpg import Record

from zhigan.outlets.notify.escalation_tables import APART_S, CALLS_AN_HOUR
from zhigan.outlets.notify.model import Purpose, Told, Way, Who
from zhigan.vocabulary import telephones


class NotificationView(msgspec.Struct, frozen=True, kw_only=True):
    """`address` is masked. `merged`: it went out inside another, whose state and proof it shows. `reply`: what was
    pressed or read. `at`: of the state; `handed_at`: given to the provider."""

    id: str
    incident: str
    person: str
    role: Who
    channel: Way
    state: Told
    provider: str
    provider_id: str
    address: str
    purpose: Purpose
    step: str
    text: str
    detail: str
    reply: str
    merged: bool
    proves: bool
    created_at: datetime
    handed_at: datetime | None
    at: datetime


class EscalationView(msgspec.Struct, frozen=True, kw_only=True):
    """How far it has come. `none`: nobody was to be told."""

    state: Literal["none", "running", "acknowledged", "closed", "merged"]
    started_at: datetime | None = None
    answered_at: datetime | None = None
    answered_by: str = ""
    answered_how: str = ""
    help_at: datetime | None = None
    unanswered_at: datetime | None = None
    next_at: datetime | None = None


class InboxView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    incident: str
    grade: Literal["I", "II", "III", "IV"]
    purpose: Purpose
    text: str
    read: bool
    over: bool
    created_at: datetime


class ChannelView(msgspec.Struct, frozen=True, kw_only=True):
    """A way of telling people. `provider` empty: not configured, `needs` names settings. `ok` null: not tested.
    `apart_s`: between two messages to one person, `hourly`: at most so many an hour, both 0 where there is no such
    limit; what comes meanwhile is merged."""

    channel: Way
    provider: str
    needs: list[str]
    ok: bool | None
    said: str
    tested_at: datetime | None
    since: datetime | None
    ms: int | None
    apart_s: int
    hourly: int


class WayView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    channel: Way
    address: str
    at: datetime


class PushDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A telephone or a browser. `kind`: `browser`, or the maker."""

    id: str
    kind: str
    name: str
    at: datetime


def push_device(r: Record) -> PushDevice:
    kind = "browser" if r["channel"] == Way.WEBPUSH else r["address"].partition(":")[0]
    return PushDevice(id=str(r["id"]), kind=kind, name=r["name"], at=r["at"])


def channel(way: Way, provider: str, test: Record | None) -> ChannelView:
    return ChannelView(
        channel=way,
        provider=provider,
        needs=[],
        ok=None if test is None else test["ok"],
        said="" if test is None else test["said"],
        tested_at=None if test is None else test["at"],
        since=None if test is None else test["since"],
        ms=None if test is None else test["ms"],
        **_limits(way),
    )


def unset(way: Way, needs: Sequence[str]) -> ChannelView:
    return ChannelView(
        channel=way, provider="", needs=list(needs), ok=None, said="", tested_at=None, since=None, ms=None,
        **_limits(way),
    )  # fmt: skip


def _limits(way: Way) -> dict[str, int]:
    return {"apart_s": APART_S.get(way, 0), "hourly": CALLS_AN_HOUR if way is Way.VOICE else 0}


def masked(channel: str, address: str) -> str:
    """A number keeps its head and tail; nothing of a person's other addresses is shown whole."""
    if channel in (Way.SMS, Way.VOICE):
        return telephones.masked(address)
    if channel == Way.EMAIL:
        name, _, host = address.partition("@")
        return f"{name[:1]}***@{host}"
    if channel == Way.WEBHOOK:
        return address.partition("://")[2].partition("/")[0]
    if channel == Way.PUSH:
        return address.partition(":")[0]
    if channel == Way.WEBPUSH:
        return address.partition("://")[2].partition("/")[0]
    return "" if channel == Way.APP else address[:6] + "…" if len(address) > 6 else address


def notification(r: Record) -> NotificationView:
    return NotificationView(
        id=str(r["id"]),
        incident=str(r["origin"]),
        person=r["person"],
        role=Who(r["role"]),
        channel=Way(r["channel"]),
        state=Told(r["state"]),
        provider=r["provider"],
        provider_id=r["provider_id"],
        address=masked(r["channel"], r["address"]),
        purpose=Purpose(r["purpose"]),
        step=r["step"],
        text=r["body"],
        detail=r["detail"],
        reply=r["reply"],
        merged=r["merged_into"] is not None,
        proves=r["channel"] != Way.WEBPUSH,
        created_at=r["created_at"],
        handed_at=r["handed_at"],
        at=r["at"],
    )
