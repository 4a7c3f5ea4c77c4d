"""One picture of what somebody found, over HTTP: taken, kept on the shelf, given out again.

Enters: a form's file, and whose finding it belongs to. Leaves: its bytes and kind; a file on the shelf, or from it.
Absent: on what it hangs (work.py, the desks).
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple, TypeAlias

import msgspec
from asyncpg import Record
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from litestar.response import File

from zhigan.incidents.shelf import Shelf
from zhigan.runtime.pg import Connection
from zhigan.webapi import pictures, problems
from zhigan.webapi.database import Database
from zhigan.webapi.principal import Principal

Shelved: TypeAlias = NamedDependency[SkipValidation[Shelf]]
MOST_PHOTO = 8 * 1024 * 1024
ENVELOPE = 64 * 1024


class PhotoForm(msgspec.Struct, frozen=True):
    file: UploadFile


async def picture(file: UploadFile) -> tuple[bytes, str]:
    """Its bytes and kind; told by its first bytes, never by its name."""
    content = await file.read()
    return content, pictures.checked(content, MOST_PHOTO).type


async def shown(shelf: Shelf, sha256: bytes, type_: str) -> File:
    path = shelf.path(sha256)
    if not await asyncio.to_thread(path.is_file):
        raise problems.not_found()
    headers = {"x-content-type-options": "nosniff", "cache-control": "private, max-age=300"}
    return File(path, media_type=type_, content_disposition_type="inline", headers=headers)


async def own(conn: Connection, statement: str, id_: str, thing: str, principal: Principal) -> Record:
    """The finding of that thing that this person made; `statement` finds it by its id, with `thing` and `account`."""
    row = await conn.fetchrow(statement, id_)
    if row is None or row["thing"] != thing or row["account"] != principal.id:
        raise problems.not_found()
    return row


class Picture(NamedTuple):
    content: tuple[bytes, str]
    sha256: bytes

    @property
    def told(self) -> dict[str, object]:
        """For the audit trail: with it the bytes can be proven."""
        return {"sha256": self.sha256.hex(), "size": len(self.content[0])}


async def shelved(
    db: Database, shelf: Shelf, file: UploadFile, theirs: Callable[[Connection], Awaitable[object]]
) -> Picture:
    """Whose it is is asked before anything is read; no connection is held while it is."""
    async with db.owner() as conn:
        await theirs(conn)
    content = await picture(file)
    return Picture(content, await asyncio.to_thread(shelf.keep, content[0]))
