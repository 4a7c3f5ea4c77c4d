"""The nouns of LwM2M: paths, values, records, and what can be wrong with a payload.

Enters: nothing. Leaves: `Record` (where, what, when), `Kind`, `LwM2MError`. Absent: any one format.
"""

import enum
from typing import Final, NamedTuple

import msgspec

PAYLOAD_MAX: Final = 16_384
RECORDS_MAX: Final = 1_000
ID_MAX: Final = 65_534
"""65,535 is "no object" (OMA LwM2M Core, 7.2)."""

Path = tuple[int, ...]
"""Object, instance, resource, resource instance; shorter: all below."""


class Link(NamedTuple):
    """An Objlnk: object and instance."""

    object: int
    instance: int


Value = bytes | str | bool | int | float | Link


class Record(msgspec.Struct, frozen=True, gc=False):
    """One value. `at`: µs since 1970 UTC where the device said when."""

    path: Path
    value: Value
    at: int | None = None


class Kind(enum.Enum):
    """Types of resources (OMA LwM2M Core, appendix C)."""

    STRING = "string"
    INTEGER = "integer"
    UNSIGNED = "unsigned"
    FLOAT = "float"
    BOOLEAN = "boolean"
    OPAQUE = "opaque"
    TIME = "time"
    OBJLNK = "objlnk"
    CORELNK = "corelnk"
    NONE = "none"  # executable, or not described here


class FormatFault(enum.StrEnum):
    """Why a payload is refused. The name stands in the answer and in the metrics."""

    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    TRUNCATED = "truncated"
    BAD_TLV = "bad_tlv"
    BAD_CBOR = "bad_cbor"
    BAD_JSON = "bad_json"
    BAD_SENML = "bad_senml"
    BAD_PATH = "bad_path"
    BAD_TYPE = "bad_type"
    BAD_TEXT = "bad_text"
    BAD_TIME = "bad_time"
    BAD_LINKS = "bad_links"
    BAD_REGISTRATION = "bad_registration"
    UNKNOWN_FORMAT = "unknown_format"


class LwM2MError(ValueError):
    def __init__(self, fault: FormatFault, detail: str) -> None:
        super().__init__(f"{fault}: {detail}")
        self.fault = fault
        self.detail = detail


def parse_path(text: str) -> Path:
    """`/3/0/1`; the root is the empty path."""
    parts = [part for part in text.split("/") if part]
    if len(parts) > 4 or not all(part.isascii() and part.isdecimal() and len(part) <= 5 for part in parts):
        raise LwM2MError(FormatFault.BAD_PATH, f"{text[:60]!r} is no path")
    path = tuple([int(part) for part in parts])
    if any(number > ID_MAX for number in path):
        raise LwM2MError(FormatFault.BAD_PATH, f"{text[:60]!r} is no path")
    return path


def write_path(path: Path) -> str:
    return "/" + "/".join(map(str, path))
