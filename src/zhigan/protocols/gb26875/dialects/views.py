"""What a dialect makes of a frame: the maker's own form of addresses, heartbeats, and which answer is due."""

import enum
from collections.abc import Callable

from zhigan.protocols.gb26875.codes import Command, Type
from zhigan.protocols.gb26875.dialects.model import AddressSplit, DeviceAddress, Dialect
from zhigan.protocols.gb26875.dialects.tables import TOLERANT
from zhigan.protocols.gb26875.frame import Fault, FaultName, Frame

_USER_COMMANDS = 128
_KNOWN = frozenset(Command)


class Reply(enum.Enum):
    """What a received frame is owed."""

    NONE = "none"  # an acknowledgement is never acknowledged
    CONFIRM = "confirm"
    DENY = "deny"
    CLOCK = "clock"  # the device asks for the time (Dahua): answer with type 90


def refusal(frame: Frame, dialect: Dialect = TOLERANT) -> Fault | None:
    """The fault of a well-formed frame whose command nobody knows (0 and 7–127 are reserved)."""
    if frame.command in _KNOWN or frame.command >= _USER_COMMANDS or frame.command in dialect.commands:
        return None
    return Fault(FaultName.UNKNOWN_COMMAND, f"command {frame.command} is reserved", True, frame.raw)


def shown_serial(frame: Frame, dialect: Dialect = TOLERANT) -> int:
    """The serial as its sender counts it; confirms repeat its bytes, whatever their order."""
    return int.from_bytes(frame.serial.to_bytes(2, "little"), "big" if dialect.big_endian_serial else "little")


def is_heartbeat(frame: Frame, dialect: Dialect = TOLERANT) -> bool:
    return any(b.command == frame.command and b.adu in (None, frame.adu) for b in dialect.heartbeats)


def expected_reply(frame: Frame, dialect: Dialect = TOLERANT) -> Reply:
    """For frames that come up from a device."""
    match frame.command:
        case Command.CONFIRM | Command.ANSWER | Command.DENY:
            return Reply.NONE
        case Command.CONTROL if frame.type == Type.SYNC_CLOCK:
            return Reply.CLOCK
        case Command.SEND | Command.CONTROL:
            return Reply.CONFIRM
        case Command.REQUEST:
            return Reply.DENY
        case _:
            return Reply.DENY if refusal(frame, dialect) else Reply.CONFIRM


def _decimal(raw: bytes) -> str:
    return str(int.from_bytes(raw, "little"))


def _ip_port(raw: bytes) -> str:
    return ".".join(map(str, raw[:4])) + f":{int.from_bytes(raw[4:], 'little')}"


def _wire(raw: bytes) -> str:
    return raw.hex().upper()


_SHOWN: dict[DeviceAddress, Callable[[bytes], str]] = {
    DeviceAddress.WIRE: _wire,
    DeviceAddress.BCD: _wire,
    DeviceAddress.DECIMAL: _decimal,
    DeviceAddress.IP_PORT: _ip_port,
}


def shown_address(address: str, dialect: Dialect = TOLERANT) -> str:
    """A wire address as the maker prints it on the device."""
    return _SHOWN[dialect.device_address](bytes.fromhex(address))


def split_component(address: int, dialect: Dialect = TOLERANT) -> tuple[int, int] | None:
    """(loop 回路, point 位号) of a component address; None where the dialect takes it as one number."""
    low, high = address & 0xFFFF, address >> 16
    match dialect.split:
        case AddressSplit.WHOLE:
            return None
        case AddressSplit.LOW_POINT:
            return high, low
        case AddressSplit.LOW_LOOP:
            return low, high
