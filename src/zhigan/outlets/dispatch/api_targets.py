"""Command centres over HTTP: made, changed, tried out, retired; what was exchanged with them and how soon.

A centre is seen by whoever's whole scope is areas that hold all that it serves; outside it does not exist (404, decided
first). Made and changed by an administrator; secrets go in and never come out. A field map is checked as it is kept,
and may be checked before. A test is an exercise (演练) and says so.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import asyncpg
import msgspec
from litestar import Controller, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Stream

from zhigan.access.rules import areas_within
from zhigan.access.vault import Vault
from zhigan.incidents.addressed import known, uuid_text
from zhigan.outlets.dispatch import mapping, store, texts, views
from zhigan.outlets.dispatch.adapters import fresh_map
from zhigan.outlets.dispatch.default_tables import DEFAULTS
from zhigan.outlets.dispatch.desk import Dispatch, Wired
from zhigan.outlets.dispatch.model import Act, Adapter, Proof
from zhigan.outlets.dispatch.store import SQL
from zhigan.protocols.couriers import webhooks
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.roles import DESK_ROLES, Role
from zhigan.webapi import pages, problems
from zhigan.webapi.audit import audit
from zhigan.webapi.database import Database
from zhigan.webapi.downloads import BATCH, download, marked, picked
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.pages import Page
from zhigan.webapi.principal import Principal
from zhigan.webapi.problems import FieldError

MAKERS = frozenset({Role.ADMIN})
TESTERS = frozenset({Role.ADMIN, Role.LEAD, Role.OPERATOR})
LOOKERS = DESK_ROLES | {Role.SUPERVISOR, Role.AUDITOR, Role.SECURITY}
MOST = 100
LONGEST_DAYS = 30
LAST = (datetime(9999, 1, 1, tzinfo=UTC), str(UUID(int=2**128 - 1)))
Line = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class NewTarget(msgspec.Struct, frozen=True, kw_only=True):
    """`areas`: reporting areas that it serves, none: the whole city. `map` absent: the one shipped for the adapter.
    A secret that is absent stays as it is; an empty one is taken away. `version`: the one that was changed."""

    name: Line
    areas: Annotated[list[Annotated[str, msgspec.Meta(pattern=r"^\d{2,6}$")]], msgspec.Meta(max_length=50)] = []
    adapter: Adapter
    url: Annotated[str, msgspec.Meta(max_length=500)]
    proof: Proof = Proof.NONE
    secret: Annotated[str, msgspec.Meta(max_length=500)] | None = None
    feedback_proof: Proof = Proof.BEARER
    feedback_secret: Annotated[str, msgspec.Meta(max_length=500)] | None = None
    map: str | None = None
    answer_s: Annotated[float, msgspec.Meta(ge=0.5, le=30)] = 3
    receipt_s: Annotated[float, msgspec.Meta(ge=3, le=300)] = 10
    phone: Annotated[str, msgspec.Meta(max_length=40, pattern=r"^\+?[0-9 ()-]+$")] = "119"
    automatic: bool = True
    enabled: bool = True
    version: int = 0


class MapCheck(msgspec.Struct, frozen=True, kw_only=True):
    adapter: Adapter
    map: Annotated[str, msgspec.Meta(max_length=100_000)]


class Checked(msgspec.Struct, frozen=True):
    """No faults: it may be kept."""

    faults: list[FieldError]


class Shipped(msgspec.Struct, frozen=True):
    """The map that is shipped, and what a map may name."""

    adapter: Adapter
    map: str
    sources: dict[str, str]
    each: dict[str, dict[str, str]]


class Targets(Controller):
    path = "/dispatch/targets"
    tags = ("dispatch",)

    @get(operation_id="listDispatchTargets")
    async def listed(self, principal: Caller, db: Db) -> Page[views.TargetView]:
        _looks(principal)
        async with db.bound(principal) as conn:
            rows = await conn.fetch(SQL.shown_targets, None)
        return Page(await _views(db, rows))

    @post(operation_id="addDispatchTarget")
    async def add(
        self, principal: Caller, db: Db, clock: Time, dispatch: Wired, data: JSONBody[NewTarget]
    ) -> views.TargetView:
        _makes(principal)
        _within(principal, data.areas)
        id_, now, map_ = mint(clock), clock.now(), _checked(dispatch, data)
        async with db.owner() as conn:
            if await conn.fetchval(SQL.count_targets) >= MOST:
                raise problems.conflict(f"There are {MOST} command centres already.")
            await _free_name(conn, data.name, id_)
            ours = _sealed(dispatch.vault, id_, "ours", data.secret)
            theirs = _sealed(dispatch.vault, id_, "theirs", data.feedback_secret)
            await conn.execute(
                SQL.add_target, id_, data.name.strip(), data.areas, data.adapter.value, data.url, data.proof.value,
                ours, theirs, data.feedback_proof.value, map_, data.answer_s, data.receipt_s, data.phone.strip(),
                data.automatic, data.enabled, now, principal.name,
            )  # fmt: skip
            await conn.execute(SQL.keep_map, id_, 1, map_, now, principal.name)
            await audit(conn, principal, now, "dispatch.made", id_, _told(data))
        return await _one(db, principal, id_)

    @get("/{target_id:str}", operation_id="getDispatchTarget")
    async def one(self, principal: Caller, db: Db, target_id: FromPath[str]) -> views.TargetView:
        seen = await _one(db, principal, target_id)
        _looks(principal)
        return seen

    @put("/{target_id:str}", operation_id="changeDispatchTarget")
    async def change(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        dispatch: Wired,
        target_id: FromPath[str],
        data: JSONBody[NewTarget],
    ) -> views.TargetView:
        """The whole record as it shall be; `version` says which one was on the page."""
        seen = await _one(db, principal, target_id)
        _makes(principal)
        _within(principal, data.areas)
        now, map_ = clock.now(), _checked(dispatch, data, seen)
        async with db.owner() as conn:
            await _free_name(conn, data.name, seen.id)
            ours = _sealed(dispatch.vault, seen.id, "ours", data.secret)
            theirs = _sealed(dispatch.vault, seen.id, "theirs", data.feedback_secret)
            kept = await conn.fetchval(
                SQL.change_target, seen.id, data.name.strip(), data.areas, data.adapter.value, data.url,
                data.proof.value, data.secret is not None, ours, data.feedback_secret is not None, theirs,
                data.feedback_proof.value, map_, data.answer_s, data.receipt_s, data.phone.strip(), data.automatic,
                data.enabled, now, principal.name, data.version,
            )  # fmt: skip
            if kept is None:
                raise problems.conflict("Somebody else changed it meanwhile: look at it again.")
            await conn.execute(SQL.keep_map, seen.id, kept, map_, now, principal.name)
            await audit(conn, principal, now, "dispatch.changed", seen.id, _told(data))
            await conn.execute(SQL.tell)
        return await _one(db, principal, seen.id)

    @delete("/{target_id:str}", operation_id="retireDispatchTarget")
    async def retire(self, principal: Caller, db: Db, clock: Time, target_id: FromPath[str]) -> None:
        seen = await _one(db, principal, target_id)
        _makes(principal)
        async with db.owner() as conn:
            await conn.execute(SQL.retire_target, seen.id, clock.now(), principal.name)
            await audit(conn, principal, clock.now(), "dispatch.retired", seen.id, {"name": seen.name})

    @post("/{target_id:str}/test", status_code=202, operation_id="testDispatchTarget")
    async def test(self, principal: Caller, db: Db, clock: Time, target_id: FromPath[str]) -> views.HandOverView:
        """An exercise (演练) is sent the way a fire would be; `GET /dispatch/exercises/{id}` says what came of it."""
        seen = await _one(db, principal, target_id)
        if principal.role not in TESTERS:
            raise problems.forbidden()
        id_, now = mint(clock), clock.now()
        async with db.owner() as conn:
            await conn.execute(
                SQL.put_down,
                id_,
                None,
                seen.id,
                Act.EXERCISE.value,
                1,
                None,
                False,
                principal.name,
                now,
                now,
                "",
                "",
                now,
            )
            await audit(conn, principal, now, "dispatch.tested", seen.id, {"name": seen.name})
            await conn.execute(SQL.tell)
            made = await conn.fetchrow(SQL.exercise, id_)
        if made is None:
            raise problems.not_found()
        return views.hand_over(made)

    @get("/{target_id:str}/maps", operation_id="listDispatchMaps")
    async def maps(self, principal: Caller, db: Db, target_id: FromPath[str]) -> Page[views.MapVersion]:
        """Its field maps as they were, newest first."""
        seen = await _one(db, principal, target_id)
        _looks(principal)
        async with db.bound(principal) as conn:
            rows = await conn.fetch(SQL.maps, seen.id)
        return Page([views.MapVersion(**dict(r)) for r in rows])


class Trials(Controller):
    path = "/dispatch"
    tags = ("dispatch",)

    @get("/exercises/{exercise_id:str}", operation_id="getDispatchExercise")
    async def exercise(self, principal: Caller, db: Db, exercise_id: FromPath[str]) -> views.HandOverView:
        async with db.bound(principal) as conn:
            row = await conn.fetchrow(SQL.exercise, known(exercise_id))
        if row is None:
            raise problems.not_found()
        return views.hand_over(row)

    @post("/maps/check", status_code=200, operation_id="checkDispatchMap")
    async def check(self, principal: Caller, data: JSONBody[MapCheck]) -> Checked:
        """Everything that is wrong with a field map, and where."""
        _looks(principal)
        made = mapping.checked(data.map, data.adapter)
        return Checked([problems.coded(FieldError(f.where, f.what)) for f in made] if isinstance(made, list) else [])

    @get("/maps/shipped", operation_id="getShippedDispatchMap")
    async def shipped(self, principal: Caller, adapter: FromQuery[Adapter] = Adapter.JSON) -> Shipped:
        _looks(principal)
        return Shipped(adapter, fresh_map(adapter, DEFAULTS[adapter]), texts.SOURCES, texts.EACH)

    @get("/figures", operation_id="getDispatchFigures")
    async def figures(self, principal: Caller, db: Db, clock: Time) -> views.FiguresView:
        """How soon command centres acknowledged, of the incidents within one's scope."""
        _looks(principal)
        since = clock.now().timestamp() - LONGEST_DAYS * 86_400
        async with db.bound(principal) as conn:
            at = datetime.fromtimestamp(since, UTC)
            row, counts = await conn.fetchrow(SQL.figures, at), await conn.fetchrow(SQL.counts, at)
        if row is None or counts is None:
            raise problems.not_found()
        return views.figures(row, counts)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    target: str | None = None
    ok: bool | None = None
    direction: str | None = None
    incident: str | None = None
    words: list[str] | None = None
    since: datetime | None = None
    act: str | None = None


class Exchanges(Controller):
    path = "/dispatch/exchanges"
    tags = ("dispatch",)

    @get(operation_id="listDispatchExchanges")
    async def listed(
        self,
        principal: Caller,
        db: Db,
        target_id: FromQuery[str | None] = None,
        ok: FromQuery[bool | None] = None,
        direction: FromQuery[Literal["out", "in"] | None] = None,
        act: FromQuery[Literal["alert", "update", "cancel", "exercise", "water", "feedback"] | None] = None,
        incident_id: FromQuery[str | None] = None,
        since: FromQuery[datetime | None] = None,
        q: FromQuery[str | None] = None,
        limit: FromQuery[int | None] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Page[views.ExchangeView]:
        """What went out and what came in, newest first. `q`: words of the place, number, address or answer."""
        _looks(principal)
        asked = _asked(target_id, ok, direction, act, incident_id, since, q)
        size, key = pages.limit(limit), pages.decode(cursor, 2)
        before = LAST if key is None else (_instant(key[0]), uuid_text("cursor", str(key[1])))
        rows = await _exchanges(db, principal, asked, before, size + 1)
        return pages.page(rows, size, views.exchange, lambda r: [r["at"].isoformat(), str(r["id"])])

    @get("/export", operation_id="exportDispatchExchanges", media_type="text/csv")
    async def export(
        self,
        principal: Caller,
        db: Db,
        clock: Time,
        target_id: FromQuery[str | None] = None,
        ok: FromQuery[bool | None] = None,
        direction: FromQuery[Literal["out", "in"] | None] = None,
        act: FromQuery[Literal["alert", "update", "cancel", "exercise", "water", "feedback"] | None] = None,
        incident_id: FromQuery[str | None] = None,
        since: FromQuery[datetime | None] = None,
        q: FromQuery[str | None] = None,
        encoding: FromQuery[Literal["utf-8", "utf-8-bom", "gb18030"]] = "utf-8-bom",
        columns: FromQuery[str | None] = None,
    ) -> Stream:
        """The same as a CSV file."""
        _looks(principal)
        names = picked(columns, COLUMNS)
        asked = _asked(target_id, ok, direction, act, incident_id, since, q)
        async with db.owner() as conn:
            number = await audit(conn, principal, clock.now(), "dispatch.exported", "", asked)

        async def batches() -> AsyncIterator[Sequence[Sequence[Any]]]:
            before = LAST
            while rows := await _exchanges(db, principal, asked, before, BATCH):
                yield [[r[name] for name in names] for r in rows]
                before = (rows[-1]["at"], rows[-1]["id"])

        return download("dispatch-exchanges.csv", names, batches(), marked(number, principal, clock.now()), encoding)

    @get("/{exchange_id:str}", operation_id="getDispatchExchange")
    async def one(self, principal: Caller, db: Db, exchange_id: FromPath[str]) -> views.ExchangeDetail:
        """With what stood on the wire."""
        async with db.bound(principal) as conn:
            row = await conn.fetchrow(SQL.exchange, known(exchange_id))
        if row is None:
            raise problems.not_found()
        _looks(principal)
        return views.exchange_detail(row)


handlers: list[type[Controller]] = [Targets, Trials, Exchanges]
COLUMNS = ("at", "name", "direction", "act", "ok", "status", "ms", "said", "words", "incident", "hand_over", "id")


async def _exchanges(
    db: Database, principal: Principal, a: Asked, before: tuple[datetime, str], limit: int
) -> list[asyncpg.Record]:
    async with db.bound(principal) as conn:
        return await conn.fetch(
            SQL.exchanges, *before, a.target, a.ok, a.direction, a.incident, a.words, a.since, a.act, limit
        )


def _asked(
    target: str | None, ok: bool | None, direction: str | None, act: str | None, incident: str | None,
    since: datetime | None, q: str | None,
) -> Asked:  # fmt: skip
    if since is not None and since.tzinfo is None:
        raise problems.invalid("since", "a time with its offset")
    if q is not None and len(q) > 200:
        raise problems.invalid("q", "at most 200 characters")
    words = [w.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for w in (q or "").lower().split()]
    return Asked(
        target=None if target is None else uuid_text("target_id", target),
        ok=ok,
        direction=direction,
        incident=None if incident is None else uuid_text("incident_id", incident),
        words=[f"%{w}%" for w in words] or None,
        since=since,
        act=act,
    )


async def _one(db: Database, principal: Principal, target_id: str) -> views.TargetView:
    async with db.bound(principal) as conn:
        rows = await conn.fetch(SQL.shown_targets, known(target_id))
    if not rows:
        raise problems.not_found()
    return (await _views(db, rows))[0]


async def _views(db: Database, rows: Sequence[asyncpg.Record]) -> list[views.TargetView]:
    shown: list[views.TargetView] = []
    async with db.owner() as conn:
        for r in rows:
            sealed = await conn.fetchrow(SQL.sealed, r["id"])
            shown.append(views.target(r, *(bool(sealed and sealed[name]) for name in ("secret", "feedback"))))
    return shown


def _looks(principal: Principal) -> None:
    if principal.role not in LOOKERS:
        raise problems.forbidden()


def _makes(principal: Principal) -> None:
    if principal.role not in MAKERS:
        raise problems.forbidden()


def _within(principal: Principal, areas: Sequence[str]) -> None:
    """Nobody makes a centre for ground beyond his own."""
    if not areas_within(areas, principal.scope):
        raise problems.forbidden("areas: reaches beyond your own")


async def _free_name(conn: Connection, name: str, id_: str) -> None:
    if await conn.fetchval(SQL.name_taken, name.strip(), id_):
        raise problems.conflict("There is a command centre of that name already.")


def _checked(dispatch: Dispatch, data: NewTarget, before: views.TargetView | None = None) -> str:
    """The map to keep; raises with every fault and its place."""
    wrong = _secrets(data)
    if not dispatch.wire.fits(data.url):
        wrong.insert(
            0,
            FieldError(
                "url", "an address such as https://host/path, without name and password, in a network that is open"
            ),
        )
    kept = before.map if before is not None and before.adapter is data.adapter else None
    map_ = data.map or kept or fresh_map(data.adapter, DEFAULTS[data.adapter])
    made = mapping.checked(map_, data.adapter)
    if isinstance(made, list):
        wrong += [FieldError(f"map.{fault.where}".removesuffix(".map"), fault.what) for fault in made]
    if wrong:
        raise problems.invalid_fields(wrong)
    return map_


def _secrets(data: NewTarget) -> list[FieldError]:
    wrong: list[FieldError] = []
    for field, proof, secret in (
        ("secret", data.proof, data.secret),
        ("feedback_secret", data.feedback_proof, data.feedback_secret),
    ):
        if not secret:
            continue
        if proof is Proof.SIGNATURE and not _is_key(secret):
            wrong.append(FieldError(field, "whsec_ and base64"))
        elif len(secret) < 16 or any(c.isspace() for c in secret):
            wrong.append(FieldError(field, "at least 16 characters without blanks"))
    return wrong


def _is_key(secret: str) -> bool:
    try:
        return len(webhooks.key(secret)) >= 16
    except ValueError:
        return False


def _sealed(vault: Vault, target: str, whose: str, secret: str | None) -> bytes | None:
    return vault.seal(secret.encode(), store.purpose(target, whose)) if secret else None


def _told(data: NewTarget) -> dict[str, object]:
    """For the audit trail: all but the secrets and the map."""
    return {
        "name": data.name, "areas": data.areas, "adapter": data.adapter.value, "url": data.url, "phone": data.phone,
        "automatic": data.automatic, "enabled": data.enabled,
    }  # fmt: skip


def _instant(value: object) -> datetime:
    try:
        instant = datetime.fromisoformat(str(value))
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise problems.invalid("cursor", "the value of `next` in an earlier answer to the same question")
    return instant
