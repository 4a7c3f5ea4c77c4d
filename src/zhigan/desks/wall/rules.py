"""Who may show a wall, from where and until when; the scopes that a wall may have. Pure; `now` is an argument."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from zhigan.desks.wall.model import Refusal, WallLink
from zhigan.vocabulary.scopes import Scope

WIDEST: Final = {4: 16, 6: 48}
"""The shortest prefix of a network: a link that opens for half the world is bound to nothing."""
MANNED_WITHIN: Final = timedelta(minutes=3)
"""A desk's page asks after its session twice a minute, and its last use is written once a minute."""
USED_AGAIN: Final = timedelta(hours=1)
"""A screen that comes back is written down once an hour, or from another address."""

WallNetwork = IPv4Network | IPv6Network


def network(text: str) -> WallNetwork | None:
    """None: no network, or one that is too wide. An address with bits beyond its prefix stands for its network."""
    try:
        found = ip_network(text.strip(), strict=False)
    except ValueError:
        return None
    return found if found.prefixlen >= WIDEST[found.version] else None


def inside(address: str, networks: Sequence[str]) -> bool:
    try:
        here = ip_address(address)
    except ValueError:
        return False
    if isinstance(here, IPv6Address) and here.ipv4_mapped is not None:
        here = here.ipv4_mapped
    return any(here in ip_network(each) for each in networks)


def refusal(link: WallLink | None, address: str, now: datetime) -> Refusal | None:
    """Who stands elsewhere learns nothing more of the link."""
    if link is None:
        return "unknown"
    if not inside(address, link.networks):
        return "elsewhere"
    if link.revoked_at is not None:
        return "revoked"
    return "expired" if now >= link.expires_at else None


def shows(scope: Scope) -> bool:
    """The city, or counties of it: what is smaller would tell of one house."""
    return set(scope.terms) <= {"area"} and all(len(code) <= 6 for code in scope.terms.get("area", ()))


def again(last: datetime | None, last_from: str, now: datetime, address: str) -> bool:
    """Is this use to be written down?"""
    return last is None or last_from != address or now - last >= USED_AGAIN


def p95(seconds: Sequence[float]) -> float | None:
    """Nineteen of twenty took no longer."""
    ordered = sorted(seconds)
    return round(ordered[max(0, -(-len(ordered) * 19 // 20) - 1)], 1) if ordered else None
