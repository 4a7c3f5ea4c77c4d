"""The nouns of the door: who is registered, and what is remembered of each to read it rightly.

Enters: nothing. Leaves: `Registration`, `Memory`, the tokens by which a device's answers name it and what was asked.
Absent: sockets and storage.
"""

from typing import Final

import msgspec

from zhigan.protocols.lwm2m import BY_NUMBER, Path

GATEWAY: Final = "lwm2m"
PLAIN: Final = "coap"
Address = tuple[str, int] | tuple[str, int, int, int]
"""As the socket tells it; IPv6 has four parts."""

_OBSERVE: Final = 1
_ASK: Final = 2
_WHOLE_OBJECT: Final = 255


class Memory(msgspec.Struct):
    """Units and application types come once, values often. `held`: which conditions a resource last said are true."""

    units: dict[str, str] = {}
    applications: dict[str, str] = {}
    held: dict[str, int] = {}


class Registration:
    """Lean, for there are hundreds of thousands."""

    __slots__ = (
        "address", "asked", "endpoint", "heard_at", "lifetime", "memory", "mid", "number", "objects", "observed",
        "queue", "registered_at", "secure", "sequences", "type", "version",
    )  # fmt: skip

    def __init__(self, number: int, endpoint: str, address: Address, now: int) -> None:
        self.number = number
        self.endpoint = endpoint
        self.address = address
        self.secure = False
        self.lifetime = 86_400
        self.version = "1.0"
        self.queue = False
        self.objects: tuple[Path, ...] = ()
        self.type = ""
        self.registered_at = now
        self.heard_at = now
        self.observed = False
        self.memory = Memory()
        self.mid = number & 0xFFFF
        self.asked = 0
        self.sequences: dict[bytes, tuple[int, int]] | None = None

    @property
    def place(self) -> str:
        """The last part of Location-Path."""
        return f"{self.number:08x}"

    def next_mid(self) -> int:
        self.mid = self.mid + 1 & 0xFFFF
        return self.mid

    def ask_token(self) -> bytes:
        self.asked = self.asked + 1 & 0xFFFFFF
        return bytes((_ASK,)) + self.number.to_bytes(4, "big") + self.asked.to_bytes(3, "big")

    def observe_token(self, path: Path) -> bytes:
        """It names the registration and the path, so it means something after a restart, and from another address."""
        instance = path[1] if len(path) > 1 else _WHOLE_OBJECT
        return (
            bytes((_OBSERVE,)) + self.number.to_bytes(4, "big") + _first(path).to_bytes(2, "big") + bytes((instance,))
        )


def _first(path: Path) -> int:
    return path[0] if path else 0


def read_token(token: bytes) -> tuple[int, Path | None] | None:
    """Registration number and, of an observation, its path; None: not one of ours."""
    if len(token) != 8 or token[0] not in (_OBSERVE, _ASK):
        return None
    number = int.from_bytes(token[1:5], "big")
    if token[0] == _ASK:
        return number, None
    object_, instance = int.from_bytes(token[5:7], "big"), token[7]
    return number, (object_,) if instance == _WHOLE_OBJECT else (object_, instance)


def observable(objects: tuple[Path, ...], most: int) -> list[Path]:
    """What is worth observing, alarms first."""
    found = [
        path
        for path in objects
        if (described := BY_NUMBER.get(path[0])) is not None
        and described.observe
        and (len(path) == 1 or path[1] < _WHOLE_OBJECT)
    ]
    return sorted(found, key=lambda path: (BY_NUMBER[path[0]].rank, path))[:most]


def type_of(objects: tuple[Path, ...]) -> str:
    """What a device is, by the most telling of its objects."""
    known = [BY_NUMBER[path[0]] for path in objects if path[0] in BY_NUMBER]
    return min((each.rank, each.type) for each in known if each.type)[1] if any(each.type for each in known) else ""
