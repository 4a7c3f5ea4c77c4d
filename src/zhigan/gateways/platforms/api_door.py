"""The door for other platforms: `POST /api/v1/platforms/{slug}/push/{path}`, in the forms of the platform's field map.

Enters: a document. Leaves: what that platform expects to hear, and only when what was said is on disk; else a refusal.
In order: the secret (bearer token, `?token=`, or a token got by logging in), the sender's network, the size, and only
then the body. A record that is wrong is named and kept; those beside it are taken. Absent: what a state leads to.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any, Final, NamedTuple, Protocol, TypeAlias

import msgspec
import structlog
from litestar import Controller, Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from zhigan.gateways.platforms import store, translate
from zhigan.gateways.platforms.adopting import adopted
from zhigan.gateways.platforms.model import Flaw, Form, Install, Kind, Login, Part, Status
from zhigan.gateways.platforms.store import GATEWAY, Sender, Way
from zhigan.protocols import gb26875_8
from zhigan.protocols.carriers.relayed import Word
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import UNAVAILABLE
from zhigan.vocabulary.trees import Tree, said
from zhigan.webapi import problems
from zhigan.webapi.authentication import PUBLIC, bearer
from zhigan.webapi.database import Database
from zhigan.webapi.given import Db, Time

BODY_MAX: Final = 1 << 20
_log = structlog.get_logger("gateways.platforms")


class NotTaken(Exception):
    """Nobody can take it now, or storage refused it: nothing was kept, send it again."""


class Carry(Protocol):
    """To the process that judges; returns when all of it is on disk."""

    async def __call__(self, words: Sequence[Word]) -> None: ...


class Doorway:
    """The wired parts and what the door counts."""

    def __init__(self, carry: Carry) -> None:
        self.carry = carry
        self.tally: Counter[tuple[str, str]] = Counter()
        """By short name and outcome."""


Wired: TypeAlias = NamedDependency[SkipValidation[Doorway]]


class _Work(NamedTuple):
    """One push, admitted and read."""

    whose: Sender
    path: str
    part: Part
    tree: Tree
    body: bytes


class Door(Controller):
    path = "/platforms"
    tags = ("platforms",)

    @post(
        "/{slug:str}/push/{document:path}",
        status_code=200,
        opt=PUBLIC,
        operation_id="takePlatformPush",
        request_max_body_size=BODY_MAX,
    )
    async def take(
        self,
        request: Request[Any, Any, Any],
        db: Db,
        clock: Time,
        doorway: Wired,
        slug: FromPath[str],
        document: FromPath[str],
    ) -> Response[bytes]:
        """Master data, states or counts of another platform; which, its field map says by the address."""
        path = str(document).strip("/")
        async with db.owner() as conn:
            whose = await store.sender(conn, slug)
        if whose is None:
            doorway.tally["unknown", "refused"] += 1
            raise problems.unauthorised("The platform's secret is missing or wrong.")
        login = whose.map.login
        if login is not None and login.path == path:
            return await _login(request, whose, login, clock.now(), doorway)
        if not _proved(request, whose, clock.now()):
            doorway.tally[slug, "proof"] += 1
            raise problems.unauthorised("The platform's secret is missing or wrong.")
        if not _near(request, whose):
            doorway.tally[slug, "network"] += 1
            raise problems.forbidden("This sender's network is not on the platform's list.")
        found = translate.asked(whose.map, path)
        if found is None:
            raise problems.not_found("There is no such address.")
        kind, part = found
        body = await request.body()
        try:
            work = _Work(whose, path, part, _tree(body, whose.map.form), body)
        except ValueError as error:
            await _turned_away(db, clock, whose, path, [Flaw("body", f"cannot be read: {error}")], body)
            raise problems.invalid("body", f"a document of this platform's form: {error}") from None
        if len(translate.records(part, work.tree)) > translate.RECORDS_MAX:
            raise problems.invalid("body", f"at most {translate.RECORDS_MAX} records at once", status=413)
        try:
            bad, good = await _TAKE[kind](work, db, clock, doorway)
        except NotTaken as error:
            doorway.tally[slug, "unavailable"] += 1
            return _answer(whose, 503, whose.map.answer.failed, {"detail": str(error)})
        doorway.tally[slug, kind] += good
        doorway.tally[slug, "bad"] += len(bad)
        if bad and not good:
            return _answer(whose, 400, whose.map.answer.failed, {"detail": f"{bad[0].where}: {bad[0].what}"})
        more = {"refused": [f"{f.where}: {f.what}" for f in bad[:20]]} if bad else {}
        return _answer(whose, 200, whose.map.answer.taken, more)


async def _installs(work: _Work, db: Database, clock: Clock, doorway: Doorway) -> tuple[list[Flaw], int]:
    good, bad = translate.rows(work.part, work.tree, translate.install)
    now = clock.now()
    homes: list[tuple[Install, str]] = []
    async with db.owner() as conn:
        known = await store.ways(conn, work.whose, {one.serial: one.type for one in good}, now)
        for one in good:
            unit = await store.keep_install(conn, work.whose, one, now)
            if unit is not None and known[one.serial].gateway == GATEWAY:
                homes.append((one, unit))
        day = store.Day(installs=len(good), refused=len(bad))
        await store.spoke(conn, work.whose, day, now)
    for one, unit in homes:
        if (fault := await adopted(db, work.whose, one, unit, now)) is not None:
            bad.append(fault)
    await _turned_away(db, clock, work.whose, work.path, bad, work.body)
    return bad, len(good)


async def _states(work: _Work, db: Database, clock: Clock, doorway: Doorway) -> tuple[list[Flaw], int]:
    good, bad = translate.rows(work.part, work.tree, translate.status)
    now = clock.now()
    async with db.owner() as conn:
        known = await store.ways(conn, work.whose, {one.serial: one.type for one in good}, now)
    if good:
        await doorway.carry([_word(one, known[one.serial]) for one in good])
    try:
        async with db.owner() as conn:
            await store.keep_states(conn, work.whose, good, now)
            await store.spoke(conn, work.whose, store.day_of(good, len(bad), now), now)
            await store.refuse(conn, clock, work.whose, work.path, bad, work.body)
    except UNAVAILABLE as error:  # what it said is on disk: our own figures are no reason to have it said again
        _log.warning("a push was taken and not counted", platform=work.whose.slug, error=type(error).__name__)
    return bad, len(good)


async def _counts(work: _Work, db: Database, clock: Clock, doorway: Doorway) -> tuple[list[Flaw], int]:
    good, bad = translate.rows(work.part, work.tree, translate.counts)
    now = clock.now()
    async with db.owner() as conn:
        for one in good:
            await store.keep_counts(conn, work.whose, one, now)
        await store.spoke(conn, work.whose, store.Day(refused=len(bad)), now)
        await store.refuse(conn, clock, work.whose, work.path, bad, work.body)
    return bad, len(good)


_TAKE: Final[dict[Kind, Any]] = {"install": _installs, "status": _states, "counts": _counts}


def _word(one: Status, way: Way) -> Word:
    """A device that has a way of its own is what the registry says that it is."""
    type_ = one.type or way.type
    return Word(
        gateway=way.gateway,
        address=way.address,
        at=one.at,
        platform_status=one.status,
        type=type_ if way.gateway == GATEWAY else "",
        alarms=type_,
        battery=one.battery,
        signal=one.signal,
    )


async def _login(
    request: Request[Any, Any, Any], whose: Sender, login: Login, now: datetime, doorway: Doorway
) -> Response[bytes]:
    try:
        tree = _tree(await request.body(), whose.map.form)
    except ValueError as error:
        raise problems.invalid("body", f"a document of this platform's form: {error}") from None
    secret = store.digest(said(tree, login.password))
    if said(tree, login.user) != whose.slug or not hmac.compare_digest(secret, whose.secret):
        doorway.tally[whose.slug, "proof"] += 1
        raise problems.unauthorised("The platform's secret is missing or wrong.")
    until = int((now + timedelta(minutes=login.minutes)).timestamp())
    return _answer(whose, 200, whose.map.answer.taken, {login.token: _token(whose, until)})


def _token(whose: Sender, until: int) -> str:
    """It holds till then and no longer, and ends with the secret."""
    when = until.to_bytes(8, "big")
    return urlsafe_b64encode(when + hmac.digest(whose.secret, b"platform" + when, "sha256")).rstrip(b"=").decode()


def _proved(request: Request[Any, Any, Any], whose: Sender, now: datetime) -> bool:
    shown = bearer(request) or request.query_params.get("token", "")
    login = whose.map.login
    if login is not None and (held := request.headers.get(login.header)):
        shown = held.removeprefix("Bearer ").strip()
        try:
            until = int.from_bytes(urlsafe_b64decode(shown + "=" * (-len(shown) % 4))[:8], "big")
        except ValueError:
            until = 0
        if now.timestamp() <= until < 1 << 40 and hmac.compare_digest(shown, _token(whose, until)):
            return True
    return hmac.compare_digest(store.digest(shown), whose.secret)


def _near(request: Request[Any, Any, Any], whose: Sender) -> bool:
    if not whose.hosts:
        return True
    try:
        host = ip_address(request.client.host if request.client else "")
    except ValueError:
        return False
    host = getattr(host, "ipv4_mapped", None) or host
    return any(host in ip_network(network) for network in whose.hosts)


def _tree(body: bytes, form: Form) -> Tree:
    if form is Form.XML:
        return gb26875_8.read(body).tree
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(str(error)) from None


def _answer(whose: Sender, status: int, words: dict[str, Any], more: dict[str, Any]) -> Response[bytes]:
    tree = {**words, **more}
    if whose.map.form is Form.XML:
        body = gb26875_8.write(whose.map.answer.root, "", tree)
        return Response(body, status_code=status, media_type="application/xml")
    return Response(msgspec.json.encode(tree), status_code=status, media_type="application/json")


async def _turned_away(
    db: Database, clock: Clock, whose: Sender, path: str, faults: Sequence[Flaw], body: bytes
) -> None:
    if faults:
        async with db.owner() as conn:
            await store.refuse(conn, clock, whose, path, faults, body)


handlers: list[type[Controller]] = [Door]
