"""The nouns of telling people.

Enters: nothing. Leaves: words and structs. Absent: judgement (rules.py), providers (channels/), SQL (store.py).
"""

import enum
from datetime import datetime
from typing import NamedTuple

import msgspec

from zhigan.vocabulary.grades import Grade, Kind


class Way(enum.StrEnum):
    """A kind of message."""

    APP = "app"
    SMS = "sms"
    VOICE = "voice"
    WECHAT = "wechat"
    PUSH = "push"  # the phone makers' push
    WEBPUSH = "webpush"  # an extra: never proof
    EMAIL = "email"
    ROBOT = "robot"  # a group's robot at WeCom or DingTalk
    WEBHOOK = "webhook"


PROVING = frozenset(Way) - {Way.WEBPUSH}
TO_DEVICES = (Way.PUSH, Way.WEBPUSH)
"""A person may have several telephones and browsers: each is told."""


class Told(enum.StrEnum):
    """A notification's state."""

    WAITING = "waiting"
    HANDED = "handed"  # given to a provider, its answer is not there yet
    UNKNOWN = "unknown"  # may have been taken: the provider is asked
    SENT = "sent"
    DELIVERED = "delivered"
    ANSWERED = "answered"
    FAILED = "failed"
    MERGED = "merged"  # went out inside another
    CANCELLED = "cancelled"  # nobody need be told any more
    LIMITED = "limited"  # that person has been called often enough: the next one was


class Purpose(enum.StrEnum):
    ALARM = "alarm"
    STATUS = "status"
    CLEARED = "cleared"
    DIGEST = "digest"  # grade IV, once a day
    ASSIGNED = "assigned"  # somebody answers for it now
    OVERDUE = "overdue"  # the agreed time has passed
    DRILL = "drill"  # 拉动演练, no alarm
    DUTY_CHECK = "duty_check"  # 查岗, no alarm


BESIDE = frozenset({Purpose.DRILL, Purpose.DUTY_CHECK})
"""Told of what is no incident: never in one message with an alarm, and never in an alarm's way."""


class Who(enum.StrEnum):
    """Parts that people play around a unit, as the escalation table names them."""

    CONTROL_ROOM = "control_room"
    MANAGER = "manager"
    HOUSEHOLD = "household"
    PROPERTY = "property"
    STATION = "station"
    GRID = "grid"
    COMMUNITY = "community"
    MAINTAINER = "maintainer"
    LEAD = "lead"
    SUPERVISOR = "supervisor"
    INDUSTRY = "industry"
    BRIGADE = "brigade"
    NEIGHBOUR_STATION = "neighbour_station"
    DESK = "desk"
    POST = "post"  # robots and webhooks


class Which(enum.StrEnum):
    FIRST = "first"
    NEXT = "next"  # the one after the first; the first again where there is no other
    ALL = "all"


class Until(enum.StrEnum):
    """What makes a row of the table needless."""

    ANSWERED = "answered"
    ACCEPTED = "accepted"  # by the desk, or answered
    SAFE = "safe"  # answered, unless what was answered is that it burns
    READ = "read"
    CLOSED = "closed"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the escalation table. `after`: seconds since the grade's table began; `site`: control room, else
    household, else manager. `second`: by another provider than the first. `every`: again and again."""

    key: str
    after: int
    whom: tuple[Who, ...] = ()
    by: tuple[Way, ...] = ()
    which: Which = Which.FIRST
    until: Until = Until.ANSWERED
    purpose: Purpose = Purpose.ALARM
    site: bool = False
    second: bool = False
    every: int = 0
    countdown: bool = False  # at the end of the countdown to verify instead of `after`
    by_day: bool = False
    classes: tuple[int, ...] = ()  # premises classes; empty: all
    night: bool = False  # only at night


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """All that the rules may look at."""

    incident: str
    grade: Grade
    kind: Kind
    flags: tuple[str, ...] = ()
    class_: int = 4
    started_at: datetime
    verify_by: datetime | None = None
    accepted: bool = False
    answered: bool = False
    confirmed: bool = False
    read: bool = False
    closed: bool = False
    done: frozenset[str] = frozenset()


class Step(msgspec.Struct, frozen=True):
    """A row whose time has come; `key` tells its turns apart."""

    key: str
    row: Row


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """Weekly hours of Shanghai; over midnight where `until_minute` is not after `from_minute`."""

    weekdays: tuple[int, ...]
    from_minute: int
    until_minute: int
    replacement_name: str = ""
    replacement_phone: str = ""


class Hours(NamedTuple):
    """Minutes of the day in Ji'an; over midnight where the end is not after the beginning."""

    from_minute: int
    until_minute: int


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """`holder` is the same for one telephone number, whatever lists it stands in. `order`: the ways as the person wants
    them; `off`: those not wanted, which grades I and II use all the same where two kinds would not be left. `quiet`:
    hours in which nothing rings, which grades I and II do not know. `source`: the row he comes from, "member:ID"."""

    holder: str
    name: str
    who: Who
    rank: int = 1
    ways: tuple[tuple[Way, str], ...] = ()
    on_call: bool = True
    order: tuple[Way, ...] = ()
    off: frozenset[Way] = frozenset()
    quiet: Hours | None = None
    source: str = ""

    def address(self, way: Way) -> str:
        return next((address for each, address in self.ways if each is way), "")

    def addresses(self, way: Way) -> list[str]:
        """All devices; of every other way the first address."""
        listed = [address for each, address in self.ways if each is way]
        return listed if way in TO_DEVICES else listed[:1]


class Chain(msgspec.Struct, kw_only=True):
    """Mutable on purpose: a batch of events is worked into it before it is written once."""

    incident: str
    grade: Grade
    kind: Kind
    flags: tuple[str, ...]
    state: str
    unit_id: str | None
    unit_name: str
    place: str
    class_: int
    opened_at: datetime
    started_at: datetime
    verify_by: datetime | None = None
    accepted_at: datetime | None = None
    answered_at: datetime | None = None
    answered_by: str = ""
    answered_how: str = ""
    help_at: datetime | None = None
    confirmed: bool = False
    unanswered_at: datetime | None = None
    done: tuple[str, ...] = ()
    next_at: datetime | None = None
    closed_at: datetime | None = None
    merged_into: str | None = None


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """To whom, of what, by what: what a notification is from first to last."""

    id: str
    incident: str
    step: str
    grade: Grade
    holder: str
    person: str
    role: Who
    channel: Way
    address: str
    place_key: str
    purpose: Purpose
    due_at: datetime
    tried: tuple[str, ...] = ()


class Draft(Note, frozen=True, kw_only=True):
    """A notification to be put down."""

    state: Told = Told.WAITING
    detail: str = ""
    fallback_of: str | None = None


class Notice(Note, frozen=True, kw_only=True):
    """A notification that waits, as it was put down, with what its incident is."""

    attempts: int
    kind: Kind
    flags: tuple[str, ...] = ()
    unit_name: str
    place: str
    opened_at: datetime


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What goes out: one or many notices of one person and channel, said once."""

    notice: Notice
    request: str
    title: str
    text: str
    values: dict[str, str]
    incidents: tuple[str, ...]
    now: datetime
