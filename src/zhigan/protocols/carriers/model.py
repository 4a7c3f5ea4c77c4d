"""What every carrier's push comes down to: who, when, and what the device said; and what can be wrong with a push.

Enters: nothing. Leaves: `Report`, `Payload`, `CarrierError`. Absent: any one carrier.
"""

import enum

import msgspec

BODY_MAX = 1 << 20
"""A push is a few hundred bytes, a batch of them some tens of thousands."""
REPORTS_MAX = 1000
RAW_MAX = 16_384
"""What one device may say at once: an NB-IoT message is at most 1,600 bytes, a TCP device's block a few thousand."""
ADDRESS_MAX = 128


class Fault(enum.StrEnum):
    """Why a push is refused. The name stands in the answer and in the metrics."""

    TOO_LARGE = "too_large"
    BAD_JSON = "bad_json"
    BAD_FIELD = "bad_field"
    BAD_BASE64 = "bad_base64"
    BAD_SIGNATURE = "bad_signature"
    BAD_CIPHER = "bad_cipher"
    NO_KEY = "no_key"
    TOO_MANY = "too_many"


class CarrierError(ValueError):
    def __init__(self, fault: Fault, detail: str) -> None:
        super().__init__(f"{fault}: {detail}")
        self.fault = fault
        self.detail = detail


class ReportKind(enum.IntEnum):
    DATA = 1
    EVENT = 2
    LINK = 3  # on-line, off-line, as the carrier sees it
    COMMAND = 4  # what became of a command
    REGISTRY = 5  # made, changed, deleted at the carrier
    OTHER = 6  # well-formed, and of a kind that we do not know


class Payload(msgspec.Struct, frozen=True, gc=False):
    """`raw`: bytes, where the carrier only passed them on. `fields`: the text of a JSON object, where it read them."""

    raw: bytes = b""
    fields: bytes = b""
    service: str = ""

    @property
    def text(self) -> bytes:
        return self.fields or self.raw


NOTHING = Payload()


class Report(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`at` is the carrier's stamp, µs since 1970 UTC; None where it gave none. `device` is the contract's address."""

    kind: ReportKind
    device: str
    at: int | None = None
    payload: Payload = NOTHING
    product: str = ""
    name: str = ""  # the carrier's second name of the device, where it has two
    level: int = 0  # of an event: 1 information, 2 warning, 3 fault
    online: bool | None = None
    command: str = ""
    result: str = ""
    gateway: str = ""  # the way by which the city knows the device, where another platform speaks of it
