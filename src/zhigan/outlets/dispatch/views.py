"""What the interface answers about the hand-over.

Enters: records. Leaves: structs that are served as they are. Absent: SQL, permissions, secrets.
"""

from datetime import datetime
from typing import Any

import msgspec
from asyncpg import Record

from zhigan.outlets.dispatch.model import Act, Adapter, Proof, Stage, State
from zhigan.outlets.dispatch.rules import LIMIT_MS
from zhigan.vocabulary.telephones import masked_text


class TargetName(msgspec.Struct, frozen=True):
    id: str
    name: str
    phone: str


class HandOverView(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one centre. `ms`: from confirmation (or the desk's asking) to its acknowledgement."""

    id: str
    target: str
    act: Act
    state: State
    automatic: bool
    asked_by: str
    asked_at: datetime
    due_at: datetime
    attempts: int
    first_sent_at: datetime | None
    sent_at: datetime | None
    acknowledged_at: datetime | None
    ms: int | None
    number: str
    said: str
    note: str
    cause: str


class FeedbackView(msgspec.Struct, frozen=True, kw_only=True):
    """What the centre said. `at` by its clock, `received_at` by ours."""

    id: str
    target: str
    stage: Stage
    at: datetime
    received_at: datetime
    text: str
    number: str
    vehicles: int | None
    people: int | None


class CallView(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody telephones. `why`: no_receipt, refused, by_hand; `state`: wanted, done, withdrawn."""

    id: str
    phone: str
    why: str
    state: str
    wanted_at: datetime
    done_at: datetime | None
    who: str
    number: str
    note: str


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """The incident page's part. `targets`: the centres that serve the place; `spoken`: what is read aloud to 119."""

    limit_ms: int = LIMIT_MS
    targets: list[TargetName]
    hand_overs: list[HandOverView]
    feedback: list[FeedbackView]
    calls: list[CallView]
    spoken: str
    may: bool


class TargetView(msgspec.Struct, frozen=True, kw_only=True):
    """`secret`, `feedback_secret`: whether one is set; never shown. `feedback_path`: where its word comes in."""

    id: str
    name: str
    areas: list[str]
    adapter: Adapter
    url: str
    proof: Proof
    secret: bool
    feedback_proof: Proof
    feedback_secret: bool
    feedback_path: str
    map: str
    map_version: int
    answer_s: float
    receipt_s: float
    phone: str
    automatic: bool
    enabled: bool
    version: int
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str


class MapVersion(msgspec.Struct, frozen=True):
    version: int
    map: str
    at: datetime
    who: str


class ExchangeView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    target: str
    name: str
    hand_over: str | None
    incident: str | None
    at: datetime
    direction: str
    act: str
    ok: bool
    status: int | None
    ms: int
    said: str
    words: str


class ExchangeDetail(ExchangeView, frozen=True, kw_only=True):
    """With what stood on the wire; secrets are no part of it."""

    request: str
    answer: str


class FiguresView(msgspec.Struct, frozen=True, kw_only=True):
    """How soon confirmed fires were acknowledged in the last 30 days, in milliseconds."""

    limit_ms: int = LIMIT_MS
    count: int
    within: int
    p50_ms: int | None
    p99_ms: int | None
    worst_ms: int | None
    waiting: int
    refused: int


def hand_over(r: Record) -> HandOverView:
    values: dict[str, Any] = {n: r[n] for n in HandOverView.__struct_fields__ if n != "ms"}
    took = None if r["acknowledged_at"] is None else r["acknowledged_at"] - r["asked_at"]
    values["ms"] = None if took is None else max(0, round(took.total_seconds() * 1000))
    values["act"], values["state"] = Act(r["act"]), State(r["state"])
    return HandOverView(**values)


def feedback(r: Record) -> FeedbackView:
    values: dict[str, Any] = {n: r[n] for n in FeedbackView.__struct_fields__}
    values["stage"] = Stage(r["stage"])
    return FeedbackView(**values)


def call(r: Record) -> CallView:
    return CallView(**{n: r[n] for n in CallView.__struct_fields__})


def target(r: Record, secret: bool, feedback_secret: bool) -> TargetView:
    mine = {n: r[n] for n in TargetView.__struct_fields__ if n not in ("secret", "feedback_secret", "feedback_path")}
    mine |= {"areas": list(r["areas"]), "adapter": Adapter(r["adapter"]), "proof": Proof(r["proof"])}
    mine |= {"feedback_proof": Proof(r["feedback_proof"]), "secret": secret, "feedback_secret": feedback_secret}
    return TargetView(**mine, feedback_path=f"/api/v1/dispatch/feedback/{r['id']}")


def exchange(r: Record) -> ExchangeView:
    return ExchangeView(**{n: r[n] for n in ExchangeView.__struct_fields__})


def exchange_detail(r: Record) -> ExchangeDetail:
    """What stood on the wire, people's numbers masked: the centre got them whole."""
    seen = ExchangeDetail(**{n: r[n] for n in ExchangeDetail.__struct_fields__})
    return msgspec.structs.replace(seen, request=masked_text(seen.request), answer=masked_text(seen.answer))


def figures(r: Record, counts: Record) -> FiguresView:
    def ms(value: float | None) -> int | None:
        return None if value is None else round(value * 1000)

    return FiguresView(
        count=r["n"],
        within=r["within"],
        p50_ms=ms(r["p50"]),
        p99_ms=ms(r["p99"]),
        worst_ms=ms(r["worst"]),
        waiting=counts["waiting"],
        refused=counts["refused"],
    )
