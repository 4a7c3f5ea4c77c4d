"""The nouns of the hand-over to a command centre.

Enters: nothing. Leaves: words and structs. Absent: judgement (rules.py), wire formats (adapters/), SQL (store.py).
"""

import enum
from datetime import datetime

import msgspec

from zhigan.vocabulary.trees import Tree


class Adapter(enum.StrEnum):
    JSON = "json"  # names of XF/T 3017, codes of GA/T 974
    XML = "xml26875"  # GB/T 26875.8
    CAP = "cap"  # CAP 1.2


class Act(enum.StrEnum):
    """What is handed over."""

    ALERT = "alert"
    UPDATE = "update"
    CANCEL = "cancel"
    EXERCISE = "exercise"  # 演练: a test, never a real fire
    WATER = "water"  # 水源状态: a zone without pressure, and its return; nothing burns


class State(enum.StrEnum):
    WAITING = "waiting"  # to be sent when due
    SENDING = "sending"  # handed to the wire: it may have been taken
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"  # the centre will not take it as it is
    FAILED = "failed"  # given up
    CANCELLED = "cancelled"  # nobody need be told any more


OVER = (State.ACKNOWLEDGED, State.REFUSED, State.FAILED, State.CANCELLED)


class Stage(enum.StrEnum):
    """What a centre says of an incident, in the order in which it usually comes."""

    ACCEPTED = "accepted"  # 受理
    TURNOUT = "turnout"  # 出动
    EN_ROUTE = "en_route"  # 途中
    ARRIVAL = "arrival"  # 到场
    WATER = "water"  # 出水
    CONTROLLED = "controlled"  # 控制
    EXTINGUISHED = "extinguished"  # 扑灭
    RETURNED = "returned"  # 归队


class Proof(enum.StrEnum):
    """How each side shows who it is."""

    NONE = "none"
    BEARER = "bearer"
    SIGNATURE = "signature"  # Standard Webhooks


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A command centre. `areas` empty: the whole city. `secret` is open here and nowhere else."""

    id: str
    name: str
    areas: tuple[str, ...]
    adapter: Adapter
    url: str
    proof: Proof
    secret: str
    map: str
    answer_s: float
    receipt_s: float
    phone: str
    automatic: bool
    enabled: bool
    version: int


class Water(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    address: str
    lon: float
    lat: float
    distance_m: int | None
    pressure_mpa: float | None
    diameter_mm: int | None = None
    distance_by: str = "line"
    able_lps: float | None = None


class Person(msgspec.Struct, frozen=True):
    name: str
    role: str
    phone: str


class Alarm(msgspec.Struct, frozen=True):
    device: str
    condition: str
    at: datetime


class Plan(msgspec.Struct, frozen=True):
    """A floor plan on our shelf, by an address that opens it without an account, for a while."""

    name: str
    type: str
    url: str


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What a command centre is told. Our own grade is no part of it."""

    id: str  # of the hand-over's alert: the same however often it is sent
    act: Act
    incident: str
    message: str  # of this very message
    sent_at: datetime
    reported_at: datetime
    confirmed_at: datetime | None
    kind: str
    basis: str
    unit_name: str
    unit_code: str = ""
    uscc: str = ""
    address: str = ""
    building: str = ""
    floor: str = ""
    place: str = ""
    lon: float | None = None
    lat: float | None = None
    area: str = ""
    premises: str = ""
    number: str = ""  # 119's own, where it is known already
    note: str = ""
    cause: str = ""
    reporter: str = ""
    reporter_phone: str = ""
    first_sent_at: datetime | None = None
    hydrants: tuple[Water, ...] = ()
    contacts: tuple[Person, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    alarm_count: int = 0
    plans: tuple[Plan, ...] = ()


class HandOver(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one target, however often it is tried."""

    id: str
    incident: str | None
    target: str
    act: Act
    state: State
    seq: int
    alert: str | None  # the alert that an update or cancel follows
    asked_at: datetime
    due_at: datetime
    attempts: int
    first_sent_at: datetime | None
    number: str
    note: str
    cause: str
    alarms: int
    told: bool  # its first failure stands in the timeline


class Told(msgspec.Struct, frozen=True):
    """What a centre says of an incident, read from its own form. `names`: by what it names the incident."""

    names: tuple[str, ...]
    key: str
    stage: Stage
    at: datetime | None
    text: str = ""
    number: str = ""
    vehicles: int | None = None
    people: int | None = None


class Misread(ValueError):
    """A centre's message that cannot be understood; the message says what and where."""


Rows = dict[str, Tree]
