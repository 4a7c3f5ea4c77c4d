"""Bodies and answers of the access interface."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from zhigan.access.hosted import Face
from zhigan.access.keeping import LogsKept
from zhigan.vocabulary.roles import Role


class Credentials(msgspec.Struct):
    """`code` where the account has a second factor: of the phone's app, or a recovery code."""

    username: str
    password: str
    code: str = ""


class CodeWanted(msgspec.Struct):
    phone: str


class CodeAsked(msgspec.Struct):
    """How long a code opens, and when the next may be asked for, in seconds."""

    lasts_s: int
    again_s: int


class CodeCredentials(msgspec.Struct):
    """`second_factor` where the account has one: of the phone's app, or a recovery code."""

    phone: str
    code: str
    second_factor: str = ""


class Ways(msgspec.Struct):
    code: bool


class Token(msgspec.Struct, omit_defaults=True):
    """`recovery_codes` once, at the login that proved a second factor for the first time."""

    token: str
    recovery_codes: list[str] = []


class Me(msgspec.Struct):
    id: str
    name: str
    display_name: str
    role: str
    scope: str
    may: list[str]
    shortest_password: int
    face: Face | None
    """Of the sub-platform it belongs to."""
    phone: str
    """One's own number, whole."""
    must_change: bool = False
    """The password is another's choice or too old: nothing else opens until it is changed."""


class NewAccount(msgspec.Struct):
    name: str
    role: str
    scope: str = "city"
    display_name: str = ""
    phone: str = ""
    password: str | None = None
    hosted_id: str | None = None
    must_change: bool = False
    """Whoever signs in with this first password has to choose an own one."""


class AccountChange(msgspec.Struct):
    """What is absent stays."""

    role: str | UnsetType = UNSET
    scope: str | UnsetType = UNSET
    display_name: str | UnsetType = UNSET
    phone: str | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET


class NewPassword(msgspec.Struct):
    password: str
    must_change: bool = False


class OwnPassword(msgspec.Struct):
    current: str
    password: str


class SecondFactor(msgspec.Struct):
    enabled: bool
    required: bool
    recovery_codes_left: int


class Proof(msgspec.Struct):
    """One's present password: an open screen is not enough."""

    current: str


class Code(msgspec.Struct):
    code: str


class RecoveryCodes(msgspec.Struct):
    """Shown this once."""

    recovery_codes: list[str]


class Security(msgspec.Struct, kw_only=True):
    """What is decided about entering."""

    idle_minutes: int
    life_days: int
    shortest_password: int
    password_history: int
    password_days: int
    attempts: int
    lock_seconds: int
    audit_days: int
    event_days: int
    log_days: int
    factor_roles: list[Role]
    changed_at: datetime | None
    changed_by: str
    enrolled: list["Enrolled"]
    kept: LogsKept


class Enrolled(msgspec.Struct):
    """Usable accounts of a role, and how many of them have a second factor."""

    role: str
    accounts: int
    with_factor: int


class SecurityChange(msgspec.Struct, kw_only=True):
    """As it is to be; what is absent of passwords, locks and retention stays."""

    idle_minutes: Annotated[int, msgspec.Meta(ge=15, le=10_080)]
    life_days: Annotated[int, msgspec.Meta(ge=1, le=90)]
    shortest_password: Annotated[int, msgspec.Meta(ge=8, le=64)]
    factor_roles: list[Role]
    password_history: Annotated[int, msgspec.Meta(ge=0, le=12)] | UnsetType = UNSET
    password_days: Annotated[int, msgspec.Meta(ge=0, le=365)] | UnsetType = UNSET
    attempts: Annotated[int, msgspec.Meta(ge=3, le=10)] | UnsetType = UNSET
    lock_seconds: Annotated[int, msgspec.Meta(ge=60, le=3600)] | UnsetType = UNSET
    audit_days: Annotated[int, msgspec.Meta(ge=180, le=36_500)] | UnsetType = UNSET
    event_days: Annotated[int, msgspec.Meta(ge=180, le=36_500)] | UnsetType = UNSET
    log_days: Annotated[int, msgspec.Meta(ge=180, le=36_500)] | UnsetType = UNSET


class FactorRoles(msgspec.Struct):
    roles: list[Role]
