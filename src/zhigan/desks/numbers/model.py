"""The nouns of showing a number."""

from typing import Annotated, Literal, get_args

import msgspec

Kind = Literal[
    "contact", "organisation", "unit", "key_part", "test", "account", "report", "inbound", "shift", "member",
]  # fmt: skip
KINDS: tuple[str, ...] = get_args(Kind)


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Whose number: `name` the person's or the house's, `place` where he belongs."""

    name: str
    place: str
    number: str


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """`incident_id`: the alarm for which it is needed; `reason` where there is none and one's role has to say it."""

    kind: Kind
    id: str
    incident_id: str | None = None
    reason: Annotated[str, msgspec.Meta(max_length=200)] = ""


class Need(msgspec.Struct, frozen=True, kw_only=True):
    reason: Annotated[str, msgspec.Meta(max_length=200)] = ""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """`number` is whole."""

    kind: Kind
    id: str
    name: str
    number: str


class ShownAll(msgspec.Struct, frozen=True, kw_only=True):
    items: list[Shown]
