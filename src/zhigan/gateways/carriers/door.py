"""The HTTP door for carriers, before the application: plain ASGI, for a push must cost little.

Enters: `POST /api/v1/ingest/{ctwing,onenet,huawei}?token=…` and OneNET's GET by which it tries the address. Leaves:
200 when what was said is on disk; else a refusal that says why, as RFC 9457. In order: the secret (in constant time;
one that is not set refuses all), the sender's address, the size, and only then the body. Everything else goes to the
application behind. Absent: what a push means (the taker).
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from hmac import compare_digest
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any, Final
from urllib.parse import parse_qsl, unquote_to_bytes

import msgspec

from zhigan.gateways.carriers.counts import Tally
from zhigan.gateways.carriers.line import Line, Unreachable
from zhigan.gateways.carriers.wire import Answer, Carrier, Frame
from zhigan.protocols.carriers import Fault, onenet
from zhigan.protocols.carriers.model import BODY_MAX

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Network = IPv4Network | IPv6Network

PATH: Final = "/api/v1/ingest/"
BODY_S: Final = 15.0
DISCARD_MAX: Final = 16 << 20
DISCARD_S: Final = 5.0
_CARRIERS: Final = {carrier.name.lower(): carrier for carrier in Carrier}
_HOSTS_REMEMBERED: Final = 4096
_KEPT: Final = b'{"result":"ok"}'
_STATUS: Final = {Fault.BAD_SIGNATURE: 401, Fault.TOO_LARGE: 413, Fault.TOO_MANY: 413}
_TITLES: Final = {
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    408: "Request Timeout", 413: "Content Too Large", 503: "Service Unavailable",
}  # fmt: skip


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """`tokens` by carrier; `networks` may push, nobody named: all."""

    tokens: dict[str, bytes] = {}
    networks: tuple[Network, ...] = ()
    onenet_keys: onenet.Keys | None = None


class Refusal(Exception):
    def __init__(self, status: int, what: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.what = what
        self.detail = detail


class Door:
    def __init__(self, behind: Application, line: Line, terms: Terms) -> None:
        self.tally = Tally()
        self._behind = behind
        self._line = line
        self._terms = terms
        self._hosts: dict[str, bool] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PATH):
            await self._behind(scope, receive, send)
            return
        name = scope["path"][len(PATH) :]
        try:
            body = await self._admit(name, scope, receive)
            if body is None:
                await self._tried(scope, send)
                return
            answer = await self._line.submit(_CARRIERS[name], body)
            if answer.code:
                raise _refused(answer)
        except Refusal as refusal:
            self.tally.add(name if name in _CARRIERS else "unknown", refusal.what)
            await _refuse(send, refusal)
        except Unreachable:
            self.tally.add(name, "unavailable")
            await _refuse(send, Refusal(503, "unavailable", "nobody can take pushes now; send it again"))
        else:
            self.tally.add(name, "accepted")
            await _answer(send, 200, _KEPT, b"application/json")

    async def _admit(self, name: str, scope: Scope, receive: Receive) -> bytes | None:
        """The body of an admitted push; None for OneNET's trial."""
        if name not in _CARRIERS:
            raise Refusal(404, "unknown_carrier", "pushes of ctwing, onenet and huawei are taken")
        expected = self._terms.tokens.get(name, b"")
        given = _token(scope["query_string"])
        if not compare_digest(given, expected) or not expected:
            raise Refusal(401, "bad_token", "the secret in the address is missing or wrong")
        host = scope["client"][0] if scope.get("client") else ""
        if self._terms.networks and not self._allowed(host):
            raise Refusal(403, "not_allowed", "this sender's address is not on the list")
        if scope["method"] == "GET" and name == "onenet":
            return None
        if scope["method"] != "POST":
            raise Refusal(405, "bad_method", "pushes come by POST")
        for header, value in scope["headers"]:
            if header == b"content-length" and int(value) > BODY_MAX:
                await _discard(receive)
                raise _too_large()
        return await _body(receive)

    def _allowed(self, host: str) -> bool:
        allowed = self._hosts.get(host)
        if allowed is None:
            if len(self._hosts) >= _HOSTS_REMEMBERED:
                self._hosts.clear()
            allowed = self._hosts[host] = _within(host, self._terms.networks)
        return allowed

    async def _tried(self, scope: Scope, send: Send) -> None:
        """OneNET's check of an address: its own text back, where the signature is of our token."""
        asked = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        message = asked.get("msg", "")
        keys = self._terms.onenet_keys
        if keys is None or not onenet.verified(keys, asked.get("nonce", ""), message, asked.get("signature", "")):
            raise Refusal(401, str(Fault.BAD_SIGNATURE), "the signature is not that of this text and our token")
        self.tally.add("onenet", "tried")
        await _answer(send, 200, message.encode("utf-8", "replace"), b"text/plain; charset=utf-8")


def _token(query: bytes) -> bytes:
    for part in query.split(b"&"):
        if part.startswith(b"token="):
            return unquote_to_bytes(part[6:]) if b"%" in part else part[6:]
    return b""


def _within(host: str, networks: tuple[Network, ...]) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in network for network in networks)


def _too_large() -> Refusal:
    return Refusal(413, str(Fault.TOO_LARGE), f"a push has at most {BODY_MAX} bytes")


async def _discard(receive: Receive) -> None:
    """Who sends too much hears why only when he is done sending; what is far too much is cut off."""
    left = DISCARD_MAX
    try:
        async with asyncio.timeout(DISCARD_S):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
    except TimeoutError:
        return


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_S):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Refusal(400, "cut_off", "the sender went away")
                part = message.get("body", b"")
                size += len(part)
                if size > BODY_MAX:
                    if message.get("more_body", False):
                        await _discard(receive)
                    raise _too_large()
                parts.append(part)
                if not message.get("more_body", False):
                    return parts[0] if len(parts) == 1 else b"".join(parts)
    except TimeoutError:
        raise Refusal(408, "slow", f"the body did not come within {BODY_S:g} s") from None


def _refused(answer: Frame) -> Refusal:
    if answer.code == Answer.REFUSED:
        return Refusal(503, "unavailable", "storage refused it, nothing was kept; send it again")
    word, _, detail = answer.text.decode("utf-8", "replace").partition(": ")
    fault = Fault(word)
    return Refusal(_STATUS.get(fault, 400), word, detail)


async def _refuse(send: Send, refusal: Refusal) -> None:
    """What was not read is not waited for: the connection ends."""
    problem = {
        "type": "about:blank",
        "title": _TITLES[refusal.status],
        "status": refusal.status,
        "detail": refusal.detail,
        "code": refusal.what,
    }
    extra = [(b"connection", b"close")] if refusal.status in (401, 403, 405, 408, 413) else []
    await _answer(send, refusal.status, msgspec.json.encode(problem), b"application/problem+json", extra)


async def _answer(
    send: Send, status: int, body: bytes, kind: bytes, extra: list[tuple[bytes, bytes]] | None = None
) -> None:
    headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body)), *(extra or ())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
