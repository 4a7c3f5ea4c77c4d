"""The nouns of access. Instants are aware datetimes: nothing here is hot."""

import enum
from datetime import datetime

import msgspec

from zhigan.vocabulary.telephones import Telephone


class Act(enum.StrEnum):
    """What a role may do, in the words of `GET /me`."""

    READ = "read"
    WORK_INCIDENTS = "incidents.work"
    DECIDE_INCIDENTS = "incidents.decide"  # unverifiable, confirmed closed as false
    COMMAND = "commands.send"
    CUT_POWER = "commands.cut_power"
    CHANGE_REGISTRY = "registry.change"
    INSTALL = "registry.install"
    POSITION = "registry.position"
    TEST_MODE = "registry.test_mode"
    MANAGE_ACCOUNTS = "accounts.manage"
    READ_AUDIT = "audit.read"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """As the interface shows it: without the password's hash."""

    id: str
    name: str
    role: str
    scope: str
    display_name: str
    phone: Telephone
    created_at: datetime
    changed_at: datetime
    disabled_at: datetime | None
    hosted_id: str | None = None
    hosted: str = ""
    """The sub-platform it belongs to; empty: the city's own."""
    must_change: bool = False
    """Its password was chosen by somebody else: the first thing it does is to choose its own."""


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    at: datetime
    account: str | None
    name: str
    role: str
    address: str
    action: str
    subject: str
    detail: dict[str, object]


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A login as the account's owner may see it."""

    id: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str
    agent: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What the security administrator has decided about entering. Sessions end by it at once, also those that stand."""

    idle_minutes: int
    life_days: int
    shortest_password: int
    password_history: int = 0
    """How many of one's former passwords do not come back."""
    password_days: int = 0
    """After so many days a new one is asked for; 0: never."""
    attempts: int = 5
    lock_seconds: int = 60
    """Wrong passwords in a row, and how long the next attempt waits at most."""
    audit_days: int = 1095
    event_days: int = 1095
    log_days: int = 400
    changed_at: datetime | None = None
    changed_by: str = ""


class Hurdle(msgspec.Struct, frozen=True):
    """What stands before the next login attempt: an answer held back, or a refusal until later (seconds)."""

    pause: float = 0.0
    wait: int = 0


class Failures(msgspec.Struct, frozen=True):
    """Failed logins of one key and when the last one was (µs)."""

    count: int = 0
    last_at: int = 0
