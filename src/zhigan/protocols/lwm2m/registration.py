"""The registration interface: queries and links of a register or update (OMA LwM2M Core 6.2, RFC 6690). Pure.

Enters: queries, the link-format payload. Leaves: a `Registering`: name, lifetime, version, binding, objects, or an
`LwM2MError` that says what is wrong. Absent: who is registered (the gateway's book).
"""

import re
from typing import Final

import msgspec

from zhigan.protocols.lwm2m.model import FormatFault, LwM2MError, Path, parse_path

LIFETIME: Final = 86_400
"""Seconds, where a client names none."""
LIFETIME_MAX: Final = 366 * 86_400
ENDPOINT_MAX: Final = 128
LINKS_MAX: Final = 512
_ENDPOINT: Final = re.compile(r"[^\s/\x00-\x1f\x7f]{1,128}")
"""No blank and no slash: behind a slash stands a part of the device."""
_LINK: Final = re.compile(r'<([^<>]*)>((?:;[^;,="]+(?:=(?:"[^"]*"|[^;,"]*))?)*)(?:,|$)')
_VERSION: Final = re.compile(r"1\.[0-9]{1,2}")


class Registering(msgspec.Struct, frozen=True, kw_only=True):
    """`endpoint` "" where the client left it out (DTLS names it). `objects`: object, instance; None: not told."""

    endpoint: str = ""
    lifetime: int = LIFETIME
    version: str = "1.0"
    binding: str = "U"
    queue: bool = False
    objects: tuple[Path, ...] | None = None
    told_lifetime: bool = False
    told_binding: bool = False


def parse(queries: tuple[str, ...], payload: bytes) -> Registering:
    said: dict[str, str] = {}
    for query in queries:
        name, _, value = query.partition("=")
        said[name] = value
    binding = said.get("b", "U").upper()
    return Registering(
        endpoint=_endpoint(said["ep"]) if "ep" in said else "",
        lifetime=_lifetime(said["lt"]) if "lt" in said else LIFETIME,
        version=_version(said.get("lwm2m", "1.0")),
        binding=_binding(binding),
        queue="Q" in said or "Q" in binding,
        objects=links(payload) if payload else None,
        told_lifetime="lt" in said,
        told_binding="b" in said or "Q" in said,
    )


def _endpoint(text: str) -> str:
    if not _ENDPOINT.fullmatch(text):
        raise _wrong(f"ep wants 1 to {ENDPOINT_MAX} characters, no blank, no slash")
    return text


def _lifetime(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 10 and int(text) > 0):
        raise _wrong("lt wants seconds")
    return min(int(text), LIFETIME_MAX)


def _version(text: str) -> str:
    if not _VERSION.fullmatch(text):
        raise _wrong("lwm2m wants 1.0 to 1.2")
    return text


def _binding(text: str) -> str:
    if not text or len(text) > 8 or not set(text) <= set("UTSNHMQ"):
        raise _wrong("b wants letters of U, T, S, N, H, M, Q")
    return text.replace("Q", "") or "U"


def links(payload: bytes) -> tuple[Path, ...]:
    """`</3/0>,</19/0>;ver=1.1`: objects without an instance have one number. Other links are none of ours."""
    try:
        text = payload.decode().strip()
    except UnicodeDecodeError:
        raise LwM2MError(FormatFault.BAD_LINKS, "no UTF-8") from None
    found: list[Path] = []
    root, place = "", 0
    while place < len(text):
        match = _LINK.match(text, place)
        if match is None:
            raise LwM2MError(FormatFault.BAD_LINKS, f"at character {place}")
        if len(found) >= LINKS_MAX:
            raise LwM2MError(FormatFault.TOO_MANY, f"more than {LINKS_MAX} links")
        target, attributes = match[1], match[2]
        if 'rt="oma.lwm2m"' in attributes:
            root = target.rstrip("/")
        place = match.end()
        while place < len(text) and text[place].isspace():
            place += 1
        path = _object(target, root)
        if path:
            found.append(path)
    return tuple(found)


def _object(target: str, root: str) -> Path:
    """Below an alternate root, where the client told one."""
    below = target.removeprefix(root) if root and target.startswith(root + "/") else target
    try:
        path = parse_path(below)
    except LwM2MError:
        return ()
    return path[:2]


def _wrong(detail: str) -> LwM2MError:
    return LwM2MError(FormatFault.BAD_REGISTRATION, detail)
