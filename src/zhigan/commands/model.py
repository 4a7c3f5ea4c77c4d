"""The nouns of asking a device for something.

Enters: a person's request, judged by rules. Leaves: rows, and orders for the gateways. Absent: how an order looks on a
wire (gateways) and whether it may be given (rules).
"""

import enum

import msgspec

from zhigan.vocabulary.scopes import Owned


class State(enum.StrEnum):
    AWAITING_APPROVAL = "awaiting_approval"
    PENDING = "pending"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"  # the device has taken it
    CONFIRMED = "confirmed"  # and there is proof that it is done
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Name(enum.StrEnum):
    SYNC_CLOCK = "sync_clock"
    QUERY_STATE = "query_state"
    CHECK_DUTY = "check_duty"
    SILENCE = "silence"
    SELF_TEST = "self_test"
    SET_PARAMETERS = "set_parameters"
    CLOSE_VALVE = "close_valve"
    CUT_POWER = "cut_power"


class SilenceBasis(enum.StrEnum):
    """On what grounds a sounder may be quieted."""

    BELOW_THRESHOLD = "below_threshold"
    VIDEO_CLEAR = "video_clear"
    PERSON_CONFIRMS = "person_confirms"


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A command without arguments."""


class CheckDuty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """查岗: the person in the control room answers within `minutes`; None: as long as the platform's setting says."""

    minutes: int | None = None


class Silence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """消音: quiets the sounder, never the incident."""

    basis: SilenceBasis
    note: str = ""


class SetParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Names and values as the device's maker gives them."""

    parameters: dict[str, str | int | float | bool]


class CloseValve(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Closing may be done from afar; opening never (policy.md, Gas is not fire): there is no such command."""

    reason: str = ""


class CutPower(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: str


Arguments = Nothing | CheckDuty | Silence | SetParameters | CloseValve | CutPower


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """The device as far as a command must know it.

    `circuit`, `feeds`: what a breaker opens and what hangs on it (load classes); then load class and consent are the
    circuit's. `burning`: its building has an open fire, in which the panel cuts by itself. `measured`: the circuit's
    current is measured, so that a cut is proved by that and not by the breaker's word.
    """

    id: str
    gateway: str
    address: str
    label: str
    type: str
    gone: bool = False
    load_class: str = ""
    cut_by: str = ""
    cut_until: int | None = None
    owned: Owned = Owned()
    number: int = 0
    parent: int | None = None
    circuit: str = ""
    feeds: tuple[str, ...] = ()
    burning: bool = False
    measured: bool = False


class Measured(msgspec.Struct, frozen=True):
    """What a device measured last, and when it last reported an alarm, as we heard both (µs); None: not lately."""

    value: float | None = None
    heard_at: int = 0
    alarmed_at: int | None = None


AUTOMATIC = "automatic"
"""Who asks for a cut that two people approved beforehand, for whenever a reading holds over its limit."""


class Past(msgspec.Struct, frozen=True):
    """One change of state."""

    at: int
    state: State
    who: str
    detail: str = ""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """`due_at`: when its countdown ends; `held`: no gateway gets it before it is released then."""

    id: str
    version: int
    device_id: str
    gateway: str
    address: str
    device: str
    name: Name
    arguments: Arguments
    state: State
    detail: str
    requested_by: str
    requested_name: str
    requested_at: int
    expires_at: int
    changed_at: int
    history: tuple[Past, ...]
    approved_by: str | None = None
    approved_name: str | None = None
    approved_at: int | None = None
    leased_until: int | None = None
    handed_at: int | None = None
    outside_id: str | None = None
    owned: Owned = Owned()
    due_at: int | None = None
    held: bool = False
    circuit: str = ""
    measured: bool = False


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What a gateway takes: `root` is the device that holds the connection, `address` the one that is meant.

    `handed_at`: another platform may have it since then; `outside_id` is its id there.
    """

    id: str
    device_id: str
    gateway: str
    address: str
    root: str
    name: Name
    arguments: Arguments
    expires_at: int
    handed_at: int | None = None
    outside_id: str | None = None
