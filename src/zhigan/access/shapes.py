"""Bodies and answers of the access interface."""

import msgspec
from msgspec import UNSET, UnsetType

from zhigan.vocabulary.roles import Role


class Credentials(msgspec.Struct):
    """`code` where the account has a second factor: of the phone's app, or a recovery code."""

    username: str
    password: str
    code: str = ""


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


class NewAccount(msgspec.Struct):
    name: str
    role: str
    scope: str = "city"
    display_name: str = ""
    phone: str = ""
    password: str | None = None


class AccountChange(msgspec.Struct):
    """What is absent stays."""

    role: str | UnsetType = UNSET
    scope: str | UnsetType = UNSET
    display_name: str | UnsetType = UNSET
    phone: str | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET


class NewPassword(msgspec.Struct):
    password: str


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


class FactorRoles(msgspec.Struct):
    roles: list[Role]
