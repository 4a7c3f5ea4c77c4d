"""What the interface answers about partners.

Enters: records. Leaves: structs that are served as they are. Absent: SQL.
"""

from datetime import datetime

import msgspec
from asyncpg import Record

from zhigan.outlets.subscriptions import rules
from zhigan.outlets.subscriptions.model import Exercises, Form, PartnerKind, PartnerState, What
from zhigan.vocabulary.grades import Grade, Kind


class PartnerAccount(msgspec.Struct, frozen=True, kw_only=True):
    """Under which it reads and by whose scope it is told."""

    id: str
    name: str
    scope: str
    disabled: bool


class PartnerView(msgspec.Struct, frozen=True, kw_only=True):
    """`failing`: subscriptions for which somebody must look; `behind_s`: age of the oldest event that one of its
    subscriptions has not passed. `day_ok`, `day_failed`: messages of the last 24 hours."""

    id: str
    name: str
    kind: PartnerKind
    notes: str
    state: PartnerState
    account: PartnerAccount
    subscriptions: int
    failing: int
    behind_s: float
    last_ok_at: datetime | None
    day_ok: int
    day_failed: int
    version: int
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str


class PartnerSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: active, retrying, failing (for so long that the operator has a row), paused, gone (the receiver said
    410), or stopped (its partner is paused, or the account disabled). `behind`: events of the log behind its position,
    most of which may be none of its business."""

    id: str
    partner_id: str
    partner: str
    name: str
    form: Form
    url: str
    what: list[What]
    confirmed: bool
    grades: list[str]
    kinds: list[Kind]
    exercises: Exercises
    batch: int
    state: str
    position: int
    behind: int
    behind_s: float
    failures: int
    failing_since: datetime | None
    next_at: datetime | None
    sent: int
    last_ok_at: datetime | None
    last_said: str
    version: int
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str


class SubscriptionMade(msgspec.Struct, frozen=True, kw_only=True):
    """`secret`, whsec_…, is shown this once."""

    subscription: PartnerSubscription
    secret: str


class PartnerDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt. `said`: the status, or what went wrong before there was one."""

    id: str
    at: datetime
    subscription_id: str
    subscription: str
    act: str
    type: str
    message: str
    incident: str | None
    events: int
    attempt: int
    ok: bool
    status: int | None
    ms: int
    said: str
    words: str


class PartnerDeliveryDetail(PartnerDelivery, frozen=True, kw_only=True):
    """With what stood on the wire."""

    request: str
    answer: str


def partner(r: Record, account: Record | None, behind_s: float) -> PartnerView:
    held = PartnerAccount(
        id=r["account"],
        name="" if account is None else account["name"],
        scope="" if account is None else account["scope"],
        disabled=account is None or account["disabled"],
    )
    plain = (
        "id", "name", "notes", "subscriptions", "failing", "last_ok_at", "day_ok", "day_failed", "version",
        "created_at", "created_by", "changed_at", "changed_by",
    )  # fmt: skip
    return PartnerView(
        kind=PartnerKind(r["kind"]),
        state=PartnerState(r["state"]),
        account=held,
        behind_s=round(behind_s, 1),
        **{name: r[name] for name in plain},
    )


def state(r: Record, now: datetime, *, stopped: bool) -> str:
    if r["state"] != "active":
        return r["state"]
    if stopped:
        return "stopped"
    if rules.failing(r["failing_since"], now):
        return "failing"
    return "retrying" if r["failures"] else "active"


def subscription(r: Record, now: datetime, head: int, since: datetime | None, *, stopped: bool) -> PartnerSubscription:
    plain = (
        "id", "name", "url", "confirmed", "batch", "position", "failures", "failing_since", "next_at", "sent",
        "last_ok_at", "last_said", "version", "created_at", "created_by", "changed_at", "changed_by",
    )  # fmt: skip
    return PartnerSubscription(
        partner_id=r["partner"],
        partner=r["partner_name"],
        form=Form(r["form"]),
        what=[each for each in What if each in r["what"]],
        grades=[Grade(each).name for each in sorted(r["grades"])],
        kinds=[Kind(each) for each in r["kinds"]],
        exercises=Exercises(r["exercises"]),
        state=state(r, now, stopped=stopped),
        behind=max(0, head - r["position"]),
        behind_s=0.0 if since is None else round((now - since).total_seconds(), 1),
        **{name: r[name] for name in plain},
    )


_DELIVERY = (
    "id", "at", "act", "type", "message", "incident", "events", "attempt", "ok", "status", "ms", "said", "words",
)  # fmt: skip


def delivery(r: Record) -> PartnerDelivery:
    plain = {name: r[name] for name in _DELIVERY}
    return PartnerDelivery(subscription_id=r["subscription"], subscription=r["name"], **plain)


def delivery_detail(r: Record) -> PartnerDeliveryDetail:
    plain = {name: r[name] for name in (*_DELIVERY, "request", "answer")}
    return PartnerDeliveryDetail(subscription_id=r["subscription"], subscription=r["name"], **plain)
