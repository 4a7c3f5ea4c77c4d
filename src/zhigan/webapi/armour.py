"""Security headers on every answer, the framework's own refusals too. The pages load nothing from elsewhere."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from litestar.types import Message, Scope

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self'; worker-src 'self' blob:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)

HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), geolocation=(self), microphone=()"),
)
NO_STORE = (b"cache-control", b"no-store")


def dresser(pictures: str = "") -> Callable[[Message, Scope], Awaitable[None]]:
    """A `before_send` hook. What a handler set itself stays; answers of the interface are never kept by caches.

    `pictures` is the one address elsewhere from which the operator lets the map take its ground.
    """
    ours = [(n, opened(v, pictures) if n == b"content-security-policy" else v) for n, v in HEADERS]

    async def dress(message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start" or scope["type"] != "http":
            return
        headers = list(message.get("headers", ()))
        present = {name.lower() for name, _ in headers}
        headers += [(n, v) for n, v in ours if n not in present]
        if b"cache-control" not in present and scope["path"].startswith("/api/"):
            headers.append(NO_STORE)
        message["headers"] = headers

    return dress


def opened(policy: bytes, pictures: str) -> bytes:
    """The policy with the origin of `pictures` among those that may be connected to and shown."""
    if not pictures:
        return policy
    parts = urlsplit(pictures)
    origin = f"{parts.scheme}://{parts.netloc}".encode()
    for directive in (b"img-src 'self'", b"connect-src 'self'"):
        policy = policy.replace(directive, directive + b" " + origin)
    return policy


def of_bytes_brought(caching: str, disposition: str = "inline", digest: str = "") -> dict[str, str]:
    """Headers of an answer with bytes that somebody has brought: a browser shows them and runs nothing in them."""
    headers = {
        "content-disposition": disposition,
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
        "cache-control": caching,
    }
    return {**headers, "etag": f'"{digest}"'} if digest else headers
