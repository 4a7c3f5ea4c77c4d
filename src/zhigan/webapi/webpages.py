"""The web pages that ship inside the package (`zhigan/static`).

Enters: an address. Leaves: the file of that name, `index.html` for addresses that the page itself routes. Files are
read once and kept, compressed beside plain. Absent: building them (the build hook).
"""

import gzip
import hashlib
import mimetypes
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from zhigan.webapi import problems
from zhigan.webapi.authentication import PUBLIC, UNCOMPRESSED

INDEX = "index.html"
APPS = ("m/",)
"""Folders with a page of their own, which routes the addresses below it."""
LABELS = "d/"
"""What the QR codes on devices lead to: short, and for ever; the page itself is the phone's."""
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
_COMPRESSIBLE = ("text/", "application/json", "application/javascript", "application/manifest", "image/svg")

mimetypes.add_type("application/manifest+json", ".webmanifest")
mimetypes.add_type("text/javascript", ".mjs")


class WebFile(msgspec.Struct, frozen=True):
    body: bytes
    packed: bytes | None
    media_type: str
    etag: str


class WebPages:
    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._kept: dict[str, WebFile] = {}

    def find(self, path: str) -> WebFile | None:
        """The file of that path, never one outside the folder."""
        if path in self._kept:
            return self._kept[path]
        try:
            target = (self._folder / path).resolve()
            if not target.is_relative_to(self._folder) or not target.is_file():
                return None
        except (OSError, ValueError):  # a NUL or an endless name
            return None
        self._kept[path] = web_file(target)
        return self._kept[path]


def web_file(target: Path) -> WebFile:
    body = target.read_bytes()
    media_type = mimetypes.guess_type(target.name)[0] or "application/octet-stream"
    packed = gzip.compress(body, 6, mtime=0) if len(body) > 1024 and media_type.startswith(_COMPRESSIBLE) else None
    return WebFile(body, packed, media_type, f'"{hashlib.sha256(body).hexdigest()[:24]}"')


def handler(folder: Path) -> HTTPRouteHandler:
    """Answers every address that no other handler has."""
    pages = WebPages(folder)

    @get(
        ["/", "/{path:path}"],
        opt={**PUBLIC, UNCOMPRESSED: True},
        include_in_schema=False,
        operation_id="webPage",
        sync_to_thread=False,
    )
    def web_page(request: Request[Any, Any, Any], path: FromPath[str] = "") -> Response[bytes]:
        asked = path.lstrip("/")
        if asked == "api" or asked.startswith("api/"):
            raise problems.not_found("There is no such address.")
        if asked.startswith(LABELS):
            return Response(b"", status_code=302, headers={"location": f"/{APPS[0]}{quote(asked)}"})
        app = next((app for app in APPS if f"{asked}/".startswith(app)), "")
        found = pages.find(asked or INDEX)
        if found is None and "." not in asked.rpartition("/")[2]:
            found = pages.find(f"{app}{INDEX}")
        if found is None:
            raise problems.not_found("There is no such page.")
        return serve(request, found, FOR_EVER if asked.removeprefix(app).startswith("assets/") else ASK_AGAIN)

    return web_page


def serve(request: Request[Any, Any, Any], file: WebFile, keep: str) -> Response[bytes]:
    headers = {"etag": file.etag, "cache-control": keep, "vary": "accept-encoding"}
    if request.headers.get("if-none-match") == file.etag:
        return Response(b"", status_code=304, headers=headers, media_type=file.media_type)
    if file.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        return Response(file.packed, headers=headers, media_type=file.media_type)
    return Response(file.body, headers=headers, media_type=file.media_type)
