"""Addresses outside that people choose: which of them we speak to at all (no way into the house by a form field).

Enters: a URL, the networks that the operator permits besides the public ones (`ZHIGAN_OUTWARD_NETWORKS`). Leaves: what
is wrong with it; or the address that its name has right now, to which alone the request then goes, so that a name that
changes between the look and the request leads nowhere else. Loopback, link-local (where clouds keep their secrets),
private and reserved networks are shut unless permitted; `NEAR` is permitted where an administrator connects a command
centre or another platform. Absent: the request (outward.py).
"""

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit, urlunsplit

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address
LONGEST = 500
SCHEMES = ("http", "https")
NEAR: tuple[Network, ...] = tuple(
    ip_network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "::1/128")
)
"""The house's own networks, where command centres and platforms above usually stand. Not among them, private as they
are: where some clouds keep their secrets (100.64.0.0/10, fc00::/7). Who stands there is named."""
_INSIDE: tuple[Network, ...] = tuple(ip_network(each) for each in ("192.0.0.0/24", "fec0::/10"))
"""Shut too, though `is_global` says otherwise."""
_NAT64 = IPv6Network("64:ff9b::/96")


class Shut(Exception):
    """The address lies where we do not go."""


class Pinned(NamedTuple):
    """The URL with the address instead of the name; the name for `Host` and for the certificate."""

    url: str
    host: str
    name: str


class Guard:
    def __init__(self, permitted: Sequence[Network] = ()) -> None:
        self._permitted = tuple(permitted)

    def fits(self, url: str) -> bool:
        """As far as it can be told without asking anybody: its form, and an address that stands in it as figures."""
        parts = _parts(url)
        if parts is None or parts.hostname is None or parts.hostname == "localhost":
            return parts is not None and parts.hostname is not None and self._goes(ip_address("127.0.0.1"))
        literal = _literal(parts.hostname)
        return literal is None or self._goes(literal)

    async def pin(self, url: str) -> Pinned:
        """Raises `Shut` where it leads inside, OSError where the name is unknown."""
        parts = _parts(url)
        if parts is None or parts.hostname is None:
            raise Shut("form")
        literal = _literal(parts.hostname)
        addresses = await _looked_up(parts.hostname) if literal is None else [literal]
        # One shut address among several is enough: nobody honest has one.
        if not addresses or not all(self._goes(each) for each in addresses):
            raise Shut("network")
        chosen = next((a for a in addresses if isinstance(a, IPv4Address)), addresses[0])
        host = f"[{chosen}]" if isinstance(chosen, IPv6Address) else str(chosen)
        there = f"{host}:{parts.port}" if parts.port else host
        return Pinned(urlunsplit(parts._replace(netloc=there)), parts.netloc, parts.hostname)

    def _goes(self, address: Address) -> bool:
        plain = _plain(address)
        outside = plain.is_global and not plain.is_multicast and not any(plain in each for each in _INSIDE)
        return outside or any(plain in each for each in self._permitted)


async def _looked_up(name: str) -> list[Address]:
    found = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return [ip_address(str(each[4][0]).partition("%")[0]) for each in found]


def _plain(address: Address) -> Address:
    """The IPv4 address to which a gateway takes it, if it carries one."""
    if not isinstance(address, IPv6Address):
        return address
    carried = IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None
    return address.ipv4_mapped or address.sixtofour or carried or address


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        good = parts.scheme in SCHEMES and bool(parts.hostname) and parts.username is None and not parts.fragment
        good = good and (parts.port is None or parts.port > 0) and url.isascii() and len(url) <= LONGEST
    except ValueError:
        return None
    return parts if good and not any(c.isspace() or ord(c) < 33 for c in url) else None


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:  # what a resolver takes for figures too: 127.1, 0x7f000001
        return ip_address(socket.inet_aton(host)) if host[0].isdigit() else None
    except OSError:
        return None
