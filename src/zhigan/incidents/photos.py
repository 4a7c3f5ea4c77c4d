"""One picture of what somebody found, over HTTP: taken, kept on the shelf, given out again.

Enters: a form's file. Leaves: its bytes and kind; a file from the shelf. Absent: on what it hangs (work.py, the desks).
"""

import asyncio
from typing import TypeAlias

import msgspec
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from litestar.response import File

from zhigan.incidents.shelf import Shelf
from zhigan.webapi import pictures, problems

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
