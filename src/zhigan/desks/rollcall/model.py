"""The nouns of a roll call."""

from datetime import datetime

import msgspec

from zhigan.incidents.model import Answer
from zhigan.vocabulary.telephones import Telephone


class RollCallPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody around the place. `answer` is the newest word; `distance_m` where he shares a fresh position."""

    id: str
    name: str
    role: str
    phone: Telephone
    answer: Answer | None = None
    answered_at: datetime | None = None
    distance_m: int | None = None
    position_at: datetime | None = None


class Water(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    address: str
    lon: float
    lat: float
    pressure_mpa: float | None
    able_lps: float | None
    distance_m: int | None
    distance_by: str | None


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """`more`: there are more people than are shown."""

    people: list[RollCallPerson]
    hydrants: list[Water]
    more: bool = False
