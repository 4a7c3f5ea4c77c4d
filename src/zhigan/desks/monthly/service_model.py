"""Service levels: what is measured, against which targets, for whom. Targets are data; a contract may have its own."""

from datetime import date, datetime
from typing import Annotated, Final, Literal

import msgspec

from zhigan.vocabulary.scopes import Scope

Measure = Literal["accepted", "verified", "notified", "online", "faults", "duty_checks", "contacts"]
MEASURES: Final[tuple[Measure, ...]] = (
    "accepted", "verified", "notified", "online", "faults", "duty_checks", "contacts",
)  # fmt: skip
Percent = Annotated[int, msgspec.Meta(ge=1, le=100)]
Seconds = Annotated[int, msgspec.Meta(ge=1, le=86_400)]
Few = Annotated[int, msgspec.Meta(ge=1, le=1000)]


class ServiceTargets(msgspec.Struct, frozen=True, kw_only=True):
    """Limits, and the share of cases that must keep each. Loads are alarms an operator and ten minutes (EEMUA 191)."""

    accepted_s: Seconds = 30
    verified_s: Seconds = 180
    notified_s: Seconds = 15
    faults_h: Few = 48
    accepted: Percent = 95
    verified: Percent = 95
    notified: Percent = 95
    online: Percent = 95
    faults: Percent = 95
    duty_checks: Percent = 95
    contacts: Percent = 95
    load_manageable: Few = 1
    load_flood: Few = 10
    standing_h: Few = 24
    chatter_a_minute: Few = 3


class TargetsVersion(msgspec.Struct, frozen=True, kw_only=True):
    """`version` 0: what the platform came with."""

    version: int
    at: datetime | None
    set_by: str
    targets: ServiceTargets


class ContractDraft(msgspec.Struct, frozen=True, kw_only=True):
    """Of a maintenance firm (`firm`) or an operator (`org`), by its code; `targets`: where other than the city's."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    area: Annotated[str, msgspec.Meta(pattern=r"^\d{2,6}$")]
    since: date
    until: date
    firm: Annotated[str, msgspec.Meta(max_length=60)] = ""
    org: Annotated[str, msgspec.Meta(max_length=60)] = ""
    targets: dict[str, int] = {}


class ServiceContract(ContractDraft, frozen=True, kw_only=True):
    id: str
    changed_at: datetime
    changed_by: str


class Cases(msgspec.Struct, frozen=True):
    """How many cases there were, and how many kept the target."""

    met: int
    due: int

    @property
    def share(self) -> float | None:
        """None: nothing was measured."""
        return self.met / self.due if self.due else None


class Lump(msgspec.Struct, frozen=True, kw_only=True):
    """Cases that come as sums, of one county and of who answers for them."""

    area: str
    firm: str
    org: str
    met: int
    due: int


class OnShift(msgspec.Struct, frozen=True, kw_only=True):
    """One person's shift, as planned; who was away is not here."""

    account: str
    leads: bool
    starts_at: datetime
    ends_at: datetime


class DeskShifts(msgspec.Struct, frozen=True, kw_only=True):
    """A desk that has a calendar, what it watches, and who was on."""

    name: str
    scope: Scope
    shifts: list[OnShift]


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """Windows of ten minutes by how many alarms came to one operator in them. `desk`: empty: the whole scope.
    `planned`: windows of which a calendar says who was on; `people`: how many in the mean of these."""

    desk: str
    windows: int
    planned: int
    people: float
    manageable: int
    over: int
    flood: int
    peak: float
    peak_at: datetime | None
