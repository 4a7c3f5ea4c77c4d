"""What a command centre says of an incident, as it comes in.

The centre shows who it is by its own secret (a token, or a signature with its time), before anything is read. What it
says is taken once, in whatever order; it comes into the incident's timeline and moves it on, and never back. A centre
may speak only of what was handed over to it. What cannot be taken is refused with the reason, and kept among the
exchanges. Absent: what a stage looks like in a centre's own form (field maps).
"""

import hashlib
import hmac
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from asyncpg import Record
from litestar import Controller, Request, post
from litestar.params import FromPath

from zhigan.bus import log
from zhigan.incidents.model import Actor
from zhigan.incidents.relayed import Word, relay
from zhigan.incidents.rules import Step
from zhigan.outlets.dispatch import adapters, figures, mapping, store
from zhigan.outlets.dispatch.desk import Dispatch, Wired
from zhigan.outlets.dispatch.model import Adapter, Misread, Proof, Told
from zhigan.outlets.dispatch.store import SQL, Exchange
from zhigan.protocols.couriers import webhooks
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft
from zhigan.vocabulary.moments import to_micros
from zhigan.webapi import pages, problems
from zhigan.webapi.authentication import PUBLIC, bearer
from zhigan.webapi.database import Database
from zhigan.webapi.given import Db, Time

MOST_BYTES = 64 * 1024
MOST_WORDS = 50
MOST_FEEDBACK = 500


class Taken(msgspec.Struct, frozen=True):
    """`taken`: what was new; `known`: what had been said before. `code` 0, as centres like it."""

    code: int
    taken: int
    known: int


class Feedback(Controller):
    path = "/dispatch/feedback"
    tags = ("dispatch",)

    @post(
        "/{target_id:str}",
        status_code=200,
        opt=PUBLIC,
        operation_id="takeDispatchFeedback",
        request_max_body_size=MOST_BYTES,
    )
    async def take(
        self, request: Request[Any, Any, Any], db: Db, clock: Time, dispatch: Wired, target_id: FromPath[str]
    ) -> Taken:
        """Accepted, turnout, arrival, water, under control, return: in the form of the centre's adapter."""
        now = clock.now()
        door = await _door(db, target_id)
        body = await request.body()
        if door is None or not _shown(request, dispatch, door, body, now):
            figures.turned_away.labels("proof").inc()
            raise problems.unauthorised("The proof of the command centre is missing, wrong or too old.")
        sender_key = request.headers.get("webhook-id", "")
        try:
            told = _read(door, body, sender_key)
            async with db.owner() as conn:
                worked = await _taken(conn, clock, door, told)
                said = f"{worked.new} new, {worked.known} known"
                about = " ".join(dict.fromkeys(part for word in told for part in (word.text, word.number) if part))
                exchange = _exchange(door, body, said, worked.incident, about=about)
                await store.keep_exchange(conn, mint(clock), now, exchange)
                if worked.drafts:
                    await log.append(conn, worked.drafts, to_micros(now))
        except Misread as error:
            figures.turned_away.labels("form").inc()
            async with db.owner() as conn:
                await store.keep_exchange(conn, mint(clock), now, _exchange(door, body, str(error), None, ok=False))
            raise problems.invalid("body", f"feedback of the form of this centre's field map: {error}") from error
        return Taken(0, worked.new, worked.known)


handlers: list[type[Controller]] = [Feedback]


class Worked(NamedTuple):
    """How many words were new, how many known, of which incident, and the events."""

    new: int
    known: int
    incident: str | None
    drafts: list[Draft]


async def _door(db: Database, target_id: str) -> Record | None:
    if not pages.is_id(target_id):
        return None
    async with db.owner() as conn:
        return await conn.fetchrow(SQL.feedback_door, target_id)


def _shown(request: Request[Any, Any, Any], dispatch: Dispatch, door: Record, body: bytes, now: datetime) -> bool:
    """The centre's proof. `none` is for a closed network only, and must have been chosen."""
    proof = Proof(door["feedback_proof"])
    if proof is Proof.NONE:
        return True
    sealed: bytes | None = door["feedback"]
    opened = None if sealed is None else dispatch.vault.open(sealed, store.purpose(door["id"], "theirs"))
    if opened is None:
        return False
    if proof is Proof.SIGNATURE:
        return webhooks.holds(opened.decode(), request.headers, body, now)
    return hmac.compare_digest((bearer(request) or "").encode(), opened)


def _read(door: Record, body: bytes, sender_key: str) -> list[Told]:
    adapter = Adapter(door["adapter"])
    made = mapping.checked(door["map"], adapter)
    if isinstance(made, list):
        raise Misread("the field map of this centre does not hold")
    told = adapters.feedback(adapter, made, body, sender_key)
    if len(told) > MOST_WORDS:
        raise Misread(f"says more than {MOST_WORDS} stages at once")
    return told


async def _taken(conn: Connection, clock: Clock, door: Record, told: list[Told]) -> Worked:
    new = known = 0
    drafts: list[Draft] = []
    incident: str | None = None
    for word in told:
        meant = await _meant(conn, door["id"], word)
        incident, alert = meant
        key = word.key or _key(word)
        now = clock.now()
        if await conn.fetchval(SQL.count_feedback, incident) >= MOST_FEEDBACK:
            raise Misread(f"more than {MOST_FEEDBACK} words on one incident")
        if not await store.add_feedback(conn, mint(clock), door["id"], incident, word, key, now):
            known += 1
            continue
        new += 1
        figures.feedback.labels(word.stage.value).inc()
        if await conn.fetchval(SQL.acknowledge, alert, now, word.number):
            await conn.execute(SQL.withdraw_calls, [incident], now, "acknowledged")
        line = Word(what="feedback", detail=_detail(word, door["name"]), reached=Step.RESPOND)
        drafts.append((await relay(conn, incident, line, Actor("119", door["name"]), to_micros(now))).draft)
    return Worked(new, known, incident, drafts)


async def _meant(conn: Connection, target: str, word: Told) -> tuple[str, str]:
    """Only what was handed over to this centre."""
    ids = [id_ for name in word.names if (id_ := _uuid(name))]
    row = await conn.fetchrow(SQL.named, target, ids, list(word.names))
    if row is None:
        raise Misread("names no incident that was handed over to this centre")
    return row["incident"], row["id"]


def _uuid(text: str) -> str | None:
    try:
        return str(UUID(text))
    except ValueError:
        return None


def _key(word: Told) -> str:
    """Where the centre gives no key, the same words are the same word."""
    said = f"{sorted(word.names)} {word.stage} {word.at} {word.text} {word.vehicles} {word.people}"
    return hashlib.sha256(said.encode()).hexdigest()


def _detail(word: Told, name: str) -> dict[str, object]:
    detail: dict[str, object] = {"stage": word.stage.value, "target": name}
    if word.at is not None:
        detail["said_at"] = word.at.isoformat()
    for field in ("number", "vehicles", "people"):
        if (value := getattr(word, field)) not in (None, ""):
            detail[field] = value
    return detail | ({"note": word.text} if word.text else {})


def _exchange(
    door: Record, body: bytes, said: str, incident: str | None, *, ok: bool = True, about: str = ""
) -> Exchange:
    return Exchange(
        target=door["id"], direction="in", act="feedback", ok=ok, incident=incident, status=200 if ok else 400,
        said=said, request=body, words=about,
    )  # fmt: skip
