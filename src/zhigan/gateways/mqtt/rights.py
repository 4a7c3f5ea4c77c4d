"""Who may say and hear what at the broker: rules and password file of mosquitto, from the registry. Pure.

Enters: devices with their profiles, a key, salts. Leaves: text. A device's user is its address; it may publish on its
own topics only, so what stands in a topic may be believed. Passwords are derived from one key of the platform, so that
they can be printed again for an installer and need not be kept. Absent: the broker.
"""

import binascii
import hmac
from collections.abc import Callable, Iterable, Iterator
from hashlib import pbkdf2_hmac, sha256
from typing import Final

from zhigan.protocols.mqtt import Profiles

ITERATIONS: Final = 101
_LENGTH: Final = 24


def rules(profiles: Profiles, devices: Iterable[tuple[str, str]], user: str) -> Iterator[str]:
    """Lines of mosquitto's `acl_file`; devices are (address, profile)."""
    yield "# zhigan mqtt acl: what is not allowed here is forbidden"
    yield f"user {user}"
    for topic in profiles.filters():
        yield f"topic read {topic}"
    downs = {profile.down.topic.replace("{address}", "+") for profile in profiles.by_name.values() if profile.down}
    for topic in sorted(downs):
        yield f"topic write {topic}"
    for address, profile in devices:
        writes, reads = profiles.rights(profile, address)
        yield ""
        yield f"user {address}"
        yield from (f"topic write {topic}" for topic in writes)
        yield from (f"topic read {topic}" for topic in reads)


def password(key: bytes, address: str) -> str:
    digest = hmac.digest(key, b"mqtt\0" + address.encode(), sha256)
    return binascii.b2a_base64(digest, newline=False).decode().translate(str.maketrans("+/", "-_"))[:_LENGTH]


def entry(user: str, secret: str, salt: bytes) -> str:
    """A line of mosquitto's `password_file`: PBKDF2 with SHA-512."""
    digest = pbkdf2_hmac("sha512", secret.encode(), salt, ITERATIONS)
    return f"{user}:$7${ITERATIONS}${_base64(salt)}${_base64(digest)}"


def entries(key: bytes, addresses: Iterable[str], salt: Callable[[], bytes]) -> Iterator[str]:
    return (entry(address, password(key, address), salt()) for address in addresses)


def _base64(text: bytes) -> str:
    return binascii.b2a_base64(text, newline=False).decode()
