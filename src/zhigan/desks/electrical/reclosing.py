"""After a cut: somebody on site closes the breaker by hand and says so here, with words and, if he likes, a photo.

There is no remote re-close. Enters: who, when, words, a picture. Leaves: one word per cut, shown among its steps; where
current flows again without it, the circuit's page warns. Absent: the cut itself (commands).
"""

import asyncio
from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Controller, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, JSONBody, MultipartBody
from litestar.response import File

from zhigan.commands import store as commands
from zhigan.commands.model import Command, State
from zhigan.desks.electrical import store
from zhigan.desks.electrical.api import MOST_BYTES, Shelved
from zhigan.desks.electrical.model import NewReclosed, ReclosedView
from zhigan.incidents.shelf import type_of
from zhigan.registry.refusals import allow, an_id, found
from zhigan.runtime.ids import mint
from zhigan.vocabulary.moments import to_datetime
from zhigan.vocabulary.roles import CUT_STOP_ROLES
from zhigan.webapi import problems
from zhigan.webapi.armour import of_bytes_brought
from zhigan.webapi.audit import audit
from zhigan.webapi.authentication import UNCOMPRESSED
from zhigan.webapi.database import Database
from zhigan.webapi.given import Caller, Db, Time
from zhigan.webapi.principal import Principal

PICTURES = ("image/jpeg", "image/png", "image/webp")


class ReclosedForm(msgspec.Struct, frozen=True):
    """`at`: RFC 3339."""

    file: UploadFile
    words: Annotated[str, msgspec.Meta(min_length=2, max_length=1000)]
    at: str = ""


class Reclosed(Controller):
    path = "/circuits/{circuit_id:str}/cuts/{command_id:str}/reclosed"
    tags = ("electrical",)

    @post(operation_id="sayReclosed")
    async def say(
        self, principal: Caller, db: Db, clock: Time, circuit_id: FromPath[str], command_id: FromPath[str],
        data: JSONBody[NewReclosed],
    ) -> ReclosedView:  # fmt: skip
        """In words."""
        cut = await _cut(db, principal, circuit_id, command_id, clock.now())
        return await _keep(db, principal, cut, mint(clock), data, clock.now(), None)

    @post("/photo", operation_id="showReclosed", request_max_body_size=MOST_BYTES + 64 * 1024)
    async def show(
        self, principal: Caller, db: Db, clock: Time, shelf: Shelved, circuit_id: FromPath[str],
        command_id: FromPath[str], data: MultipartBody[ReclosedForm],
    ) -> ReclosedView:  # fmt: skip
        """In words and with a photo of at most 10 MiB."""
        cut = await _cut(db, principal, circuit_id, command_id, clock.now())
        content = await data.file.read()
        kind = type_of(content[:32])
        if kind not in PICTURES or len(content) > MOST_BYTES:
            raise problems.invalid("file", "a picture of at most 10 MiB")
        try:
            at = datetime.fromisoformat(data.at) if data.at else None
        except ValueError:
            raise problems.invalid("at", "a time with its offset") from None
        sha256 = await asyncio.to_thread(shelf.keep, content)
        said = NewReclosed(words=data.words, at=at)
        return await _keep(db, principal, cut, mint(clock), said, clock.now(), (sha256, kind))

    @get("/photo", operation_id="getReclosedPhoto", opt={UNCOMPRESSED: True})
    async def photo(
        self, principal: Caller, db: Db, shelf: Shelved, circuit_id: FromPath[str], command_id: FromPath[str]
    ) -> File:
        async with db.bound(principal) as conn:
            row = found(await conn.fetchrow(store.SQL.reclosed_photo, an_id(circuit_id), an_id(command_id)))
        path = shelf.path(row["sha256"])
        if not await asyncio.to_thread(path.is_file):
            raise problems.not_found()
        return File(path, media_type=row["file_type"], headers=of_bytes_brought("private, max-age=300"))


handlers: list[type[Controller]] = [Reclosed]


async def _cut(db: Database, principal: Principal, circuit: str, command: str, now: datetime) -> Command:
    """Of this circuit and within the scope, then the role, then whether anything was ever sent."""
    async with db.bound(principal) as conn:
        row = found(await store.one(conn, an_id(circuit), now))
        cut = found(await commands.one(conn, an_id(command)))
    if cut.circuit != row.id:
        raise problems.not_found()
    allow(principal, CUT_STOP_ROLES)
    if not any(past.state is State.SENT for past in cut.history):
        raise problems.conflict("This cut was never sent: nothing was opened.")
    return cut


async def _keep(
    db: Database, principal: Principal, cut: Command, id_: str, said: NewReclosed, now: datetime,
    photo: tuple[bytes, str] | None,
) -> ReclosedView:  # fmt: skip
    at, words = said.at or now, said.words.strip()
    if at.tzinfo is None or not to_datetime(cut.requested_at) <= at <= now:
        raise problems.invalid("at", "between the cut and now")
    if not words:
        raise problems.invalid("words", "is required")
    async with db.owner() as conn:
        kept = await conn.fetchval(
            store.SQL.add_reclosed, id_, cut.circuit, cut.id, at, words, photo[0] if photo else None,
            photo[1] if photo else "", now, principal.name, principal.id,
        )  # fmt: skip
        if kept is None:
            raise problems.conflict("Somebody has said already that power is back after this cut.")
        detail = {"cut": cut.id, "at": at, "words": words, "photo": photo[0].hex() if photo else ""}
        await audit(conn, principal, now, "circuit.reclosed", cut.circuit, detail)
    return ReclosedView(
        command=cut.id, at=at, words=words, photo=photo is not None, recorded_at=now, recorded_by=principal.name
    )
