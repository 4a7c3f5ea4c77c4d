"""The shape of a dialect: each field is one kind of deviation of gb26875 practice; its default is the standard's
rule.
"""

import enum
from typing import Literal

import msgspec

from zhigan.protocols.gb26875.frame import ADU_LIMIT
from zhigan.protocols.gb26875.times import TimeForm

SWITCH = 256
"""Layout number (beyond every type byte) of 富贝 2024's switch objects, see `objects.Switch`."""


class AddressSplit(enum.StrEnum):
    """How the four component address bytes are meant. The standard only says "4-byte binary"."""

    WHOLE = "whole"  # one unsigned number
    LOW_POINT = "low_point"  # low word = point 位号, high word = zone/loop 回路
    LOW_LOOP = "low_loop"  # low word = zone/loop, high word = point/node


class DeviceAddress(enum.StrEnum):
    """How the maker shows the six address bytes to people. The platform's own form is always WIRE."""

    WIRE = "wire"
    DECIMAL = "decimal"  # little-endian integer
    BCD = "bcd"  # twelve digits
    IP_PORT = "ip_port"


class Description(enum.StrEnum):
    TEXT = "text"
    BINARY = "binary"  # a structure or a tag id: never shown as text


class Checksum(enum.StrEnum):
    SUM = "sum"
    SUM_OR_XOR = "sum_or_xor"
    ANY = "any"  # counted, not refused


class Heartbeat(msgspec.Struct, frozen=True):
    """A frame that only says "I am here". `adu` None: whatever it is. `answer`: the data unit of the confirm."""

    command: int
    adu: bytes | None = b""
    answer: bytes = b""


class PrivateType(msgspec.Struct, frozen=True):
    """`size`: bytes an object, 0 where unknown. `alike`: the type (or `SWITCH`) that has the same layout; `clears`: it
    says that the state it names is over, so the status reads 0.
    """

    type: int
    zh: str
    en: str
    size: int = 0
    alike: int = 0
    clears: bool = False


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    zh: str
    en: str
    evidence: str = ""
    time: TimeForm = TimeForm.BINARY
    split: AddressSplit = AddressSplit.WHOLE
    device_address: DeviceAddress = DeviceAddress.WIRE
    description: Description = Description.TEXT
    checksum: Checksum = Checksum.SUM
    sizes: dict[int, tuple[int, ...]] = {}
    adu_limit: int = ADU_LIMIT
    big_endian_length: bool = False
    big_endian_status: bool = False
    big_endian_analog: bool = False
    big_endian_serial: bool = False
    hex_text: bool = False
    test_bit: bool = False  # bit 0 = 0 means test: only where the maker is known to mean it
    inverted_test_bit: bool = False  # bit 0 = 1 means test
    heartbeats: tuple[Heartbeat, ...] = ()
    commands: dict[int, tuple[str, str]] = {}
    types: dict[int, PrivateType] = {}
    systems: dict[int, tuple[str, str]] = {}
    components: dict[int, tuple[str, str]] = {}
    analogs: dict[int, tuple[str, str, str, float]] = {}  # zh, en, unit, step
    component_bits: dict[int, tuple[str, str]] = {}

    @property
    def length_order(self) -> Literal["little", "big"]:
        return "big" if self.big_endian_length else "little"
