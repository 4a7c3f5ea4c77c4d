"""The nouns of partners and their subscriptions, and what stands on the wire (CloudEvents 1.0).

Enters: nothing. Leaves: words and structs. Absent: judgement (rules.py), CAP's form (capping.py), SQL (store.py).
"""

import enum
from datetime import datetime

import msgspec

from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.scopes import Scope


class PartnerKind(enum.StrEnum):
    PROVINCE = "province"  # 省平台
    CITY = "city"  # 智慧城市、大数据中心
    GRID = "grid"  # 综治网格, GB/T 31000
    POLICE = "police"  # 公安: 天网、地网
    EMERGENCY = "emergency"  # 应急指挥
    INSURANCE = "insurance"
    OTHER = "other"


class PartnerState(enum.StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"


class Form(enum.StrEnum):
    CLOUDEVENTS = "cloudevents"
    CAP = "cap"


class What(enum.StrEnum):
    OPENED = "incident_opened"
    CHANGED = "incident_changed"
    CLOSED = "incident_closed"
    ATTENTION = "attention"
    TASKS = "tasks"


class Exercises(enum.StrEnum):
    MARKED = "marked"
    LEFT_OUT = "left_out"


class Nature(enum.StrEnum):
    ACTUAL = "actual"
    EXERCISE = "exercise"  # 演练
    TEST = "test"


class State(enum.StrEnum):
    """`gone`: the receiver said 410, it wants no more."""

    ACTIVE = "active"
    PAUSED = "paused"
    GONE = "gone"


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """No grades, no kinds: all. `confirmed`: only incidents that somebody has confirmed."""

    what: frozenset[What]
    confirmed: bool = False
    grades: frozenset[Grade] = frozenset()
    kinds: frozenset[str] = frozenset()
    exercises: Exercises = Exercises.MARKED


class Known(msgspec.Struct, frozen=True):
    """Of an incident, what its events do not say."""

    nature: Nature
    confirmed: bool


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """As the worker has it. Secrets are open here and nowhere else; `runs`: partner, account and itself are in use."""

    id: str
    partner: str
    name: str
    form: Form
    url: str
    filter: Filter
    batch: int
    secrets: tuple[str, ...]
    account: str
    scope: Scope
    runs: bool
    position: int
    upto: int | None
    failures: int
    failing_since: datetime | None
    next_at: datetime | None


class Thread(msgspec.Struct, frozen=True, kw_only=True):
    """What was told of an incident already."""

    first_id: str
    first_sent: datetime
    last_id: str
    last_sent: datetime
    told: str


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Names with no telephone in them."""

    unit_id: str | None = None
    unit_code: str = ""
    unit: str = ""
    building: str = ""
    text: str = ""
    area: str = ""
    lon: float | None = None
    lat: float | None = None


class Sentence(msgspec.Struct, frozen=True):
    code: str
    zh: str
    en: str


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """An incident as a partner is told of it: no people, no telephones, no raw frames. Instants are RFC 3339."""

    id: str
    version: int
    queue: str
    grade: str
    kind: str
    state: str
    outcome: str | None
    cause: str | None
    basis: str | None
    nature: Nature
    place: Place
    opened_at: datetime
    received_at: datetime
    last_signal_at: datetime
    confirmed_at: datetime | None
    closed_at: datetime | None
    merged_into: str | None
    alarm_count: int
    reasons: list[Sentence]


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """What the log holds of the event itself: how it stood at that moment."""

    id: str
    version: int
    grade: str | None = None
    kind: str | None = None
    state: str | None = None


class Data(msgspec.Struct, frozen=True, kw_only=True):
    """`event`: as it was then; `incident`: as it stands now, null where it has left the partner's scope."""

    event: Happened
    incident: Facts | None
    nature: Nature = Nature.ACTUAL


class CloudEvent(msgspec.Struct, frozen=True, kw_only=True):
    """CloudEvents 1.0; `sequence` is its position in our log, as a decimal text that grows."""

    specversion: str = "1.0"
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: str = "application/json"
    sequence: str
    data: Data
