"""Bodies and answers of the access interface."""

import msgspec
from msgspec import UNSET, UnsetType


class Credentials(msgspec.Struct):
    username: str
    password: str


class Token(msgspec.Struct):
    token: str


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
