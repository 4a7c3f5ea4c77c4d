"""Security headers on every answer, the framework's own refusals too. The pages load nothing from elsewhere."""

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


async def dress(message: Message, scope: Scope) -> None:
    """A `before_send` hook. What a handler set itself stays; answers of the interface are never kept by caches."""
    if message["type"] != "http.response.start" or scope["type"] != "http":
        return
    headers = list(message.get("headers", ()))
    present = {name.lower() for name, _ in headers}
    headers += [(n, v) for n, v in HEADERS if n not in present]
    if b"cache-control" not in present and scope["path"].startswith("/api/"):
        headers.append(NO_STORE)
    message["headers"] = headers
