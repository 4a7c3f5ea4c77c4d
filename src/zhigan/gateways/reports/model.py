"""A report: what a person or another platform tells us happened, and what became of it.

Enters: nothing. Leaves: nouns, and the form of a report on the wire. Absent: rows, HTTP, what pages show
(views.py).
"""

import enum
from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec

WORDS_MAX, LINE_MAX, ID_MAX = 2000, 200, 100
BATCH_MAX, CAMERAS_MAX, PHOTOS_MAX = 200, 500, 6


class InboundKind(enum.StrEnum):
    HAZARD = "hazard"  # 隐患
    CALL = "call"  # 人员报警
    CAMERA_LIST = "camera_list"  # 天网/地网


class InboundState(enum.StrEnum):
    RECEIVED = "received"  # kept; a call waits for the engine
    LINKED = "linked"  # a call stands in an incident
    ASSIGNED = "assigned"  # a hazard is work for somebody
    DONE = "done"
    REJECTED = "rejected"  # looked at, and nothing was there: `reason` is the code of the cause


Words = Annotated[str, msgspec.Meta(max_length=WORDS_MAX)]
Line = Annotated[str, msgspec.Meta(max_length=LINE_MAX)]
Short = Annotated[str, msgspec.Meta(max_length=40)]
Code = Annotated[str, msgspec.Meta(max_length=64)]


class ReportCaller(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who saw it. The number is a person's: it leaves masked."""

    name: Annotated[str, msgspec.Meta(max_length=60)] = ""
    phone: Short = ""


class ListedCamera(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`code`: the national code of GB/T 28181, 20 digits. `unit` overrides the list's."""

    code: Annotated[str, msgspec.Meta(max_length=40)]
    name: Line
    place: Line = ""
    unit: Code = ""
    lon: float | None = None
    lat: float | None = None


class NewInbound(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One report. `external_id` is the sender's own number: sent again it is the same; a partner must give it.

    Where: `unit` (its code here) or `unit_id`, with `building` (code) and `floor`; or `grid` (网格, GB/T 31000),
    `community` (12 digits) or `area_code`; `place` in words. `at` absent: now. Of a hazard: `severity`
    (重大 is `serious`), and `deadline`, the last day on which it may stand (限期整改), from whoever inspects.
    """

    kind: InboundKind
    external_id: Annotated[str, msgspec.Meta(max_length=ID_MAX)] = ""
    at: datetime | None = None
    category: Short = ""
    words: Words = ""
    place: Line = ""
    unit: Code = ""
    unit_id: Short = ""
    building: Code = ""
    floor: Short = ""
    grid: Code = ""
    community: Short = ""
    area_code: Short = ""
    lon: float | None = None
    lat: float | None = None
    reporter: ReportCaller = ReportCaller()
    cameras: list[ListedCamera] = []
    severity: Literal["", "general", "serious"] = ""
    deadline: date | None = None


class ReportBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Up to 200 reports; each is judged by itself."""

    reports: list[dict[str, Any]]
