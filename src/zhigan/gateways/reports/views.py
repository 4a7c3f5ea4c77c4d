"""What is answered of reports, and what pages show. Shapes, and rows read into them.

Enters: rows. Leaves: structs. Absent: what a report must be (model.py, rules.py).
"""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from asyncpg import Record

from zhigan.gateways.reports.model import LINE_MAX, InboundKind, InboundState
from zhigan.incidents.rows import Row
from zhigan.incidents.views import NAMES
from zhigan.vocabulary.telephones import Telephone
from zhigan.webapi.problems import FieldError


class CameraDifference(msgspec.Struct, frozen=True):
    """What the list says of a camera otherwise than our books: nothing was changed, a person decides."""

    code: str
    device_id: str
    field: str
    ours: str
    theirs: str


class BadCamera(msgspec.Struct, frozen=True):
    index: int
    code: str
    errors: list[FieldError]


class CameraResult(msgspec.Struct, frozen=True):
    """`added` came into the registry by this list, `known` stood there before."""

    added: int = 0
    known: int = 0
    differences: list[CameraDifference] = []
    refused: list[BadCamera] = []


class InboundReport(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    kind: InboundKind
    external_id: str
    account: str
    partner: str
    role: str
    state: InboundState
    reason: str
    received_at: datetime
    at: datetime
    changed_at: datetime
    version: int
    category: str
    words: str
    place: str
    unit_id: str | None
    unit: str
    building: str
    floor: str
    grid: str
    community: str
    area: str
    lon: float | None
    lat: float | None
    reporter: str
    phone: Telephone
    incident_id: str | None
    outcome: str
    cause: str
    answer: str
    closed_at: datetime | None
    result: CameraResult | None


class InboundLine(msgspec.Struct, frozen=True):
    """One line of its history; `changed` names the fields with what stood there before and since."""

    at: datetime
    who: str
    what: str
    detail: dict[str, Any]


class InboundPhoto(msgspec.Struct, frozen=True):
    id: str
    at: datetime
    type: str
    size: int


class InboundClosing(msgspec.Struct, frozen=True, kw_only=True):
    """`mended`: it is in order again; else there was nothing."""

    mended: bool
    note: Annotated[str, msgspec.Meta(min_length=1, max_length=LINE_MAX)]


class InboundIncident(msgspec.Struct, frozen=True):
    """The row that it became, where one may see it: `queue` is desk, attention or task."""

    id: str
    queue: Literal["desk", "attention", "task"]
    grade: str
    state: str


class InboundDetail(msgspec.Struct, frozen=True, kw_only=True):
    report: InboundReport
    incident: InboundIncident | None
    history: list[InboundLine]
    photos: list[InboundPhoto]


class TakenReport(msgspec.Struct, frozen=True, kw_only=True):
    """`fate`: `new`, `same` (sent before, nothing to do) or `changed`."""

    index: int
    external_id: str
    id: str
    state: InboundState
    fate: Literal["new", "same", "changed"]


class RefusedReport(msgspec.Struct, frozen=True):
    index: int
    external_id: str
    errors: list[FieldError]


class ReportBatchAnswer(msgspec.Struct, frozen=True):
    taken: list[TakenReport]
    refused: list[RefusedReport]


class InboundRefusal(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    at: datetime
    account: str
    partner: str
    kind: str
    external_id: str
    errors: list[FieldError]
    body: str


class InboundCategory(msgspec.Struct, frozen=True):
    name: str
    zh: str
    en: str


class InboundSender(msgspec.Struct, frozen=True):
    """An account that has reported, within one's scope."""

    account: str
    partner: str
    role: str
    reports: int
    last_at: datetime


class InboundWords(msgspec.Struct, frozen=True):
    categories: list[InboundCategory]
    senders: list[InboundSender]


_PLAIN = frozenset(InboundReport.__struct_fields__) - {"result", "kind", "state"}


def report(row: Record) -> InboundReport:
    return InboundReport(
        kind=InboundKind(row["kind"]),
        state=InboundState(row["state"]),
        result=None if row["result"] is None else msgspec.json.decode(row["result"], type=CameraResult),
        **{name: row[name] for name in _PLAIN},
    )


def line(row: Record) -> InboundLine:
    return InboundLine(row["at"], row["who"], row["what"], msgspec.json.decode(row["detail"]))


def refusal(row: Record) -> InboundRefusal:
    said: dict[str, Any] = dict(row)
    del said["number"]
    said["errors"] = msgspec.json.decode(row["errors"], type=list[FieldError])
    return InboundRefusal(**said)


def incident(row: Row | None) -> InboundIncident | None:
    return None if row is None else InboundIncident(row.id, row.queue.value, NAMES[row.grade], row.state.value)
