"""The nouns between two installations: who stands where, and what is said on the wire (CloudEvents 1.0, batched).

Enters and leaves: structs. Fields of the wire that are not known here are ignored, fields that are not sent have the
defaults below; that is how a platform that is one minor version older or newer is understood. Absent: bytes (wire.py).
"""

from datetime import datetime

import msgspec

from zhigan.incidents.documents import IncidentDoc
from zhigan.registry.documents import BuildingDoc, DeviceDoc, UnitDoc
from zhigan.vocabulary.scopes import Owned, Scope

PROTOCOL = "1.1"
"""MAJOR.MINOR of what is said on the wire. Another major is refused at the handshake; minors differ by what may be
ignored. 1.0 knew no `counts` in its sign of life."""
TYPE = "cn.zhigan119."
ALIVE = f"{TYPE}platform.alive.v1"
LOST = f"{TYPE}platform.lost.v1"
SPOKEN = f"{TYPE}incident.spoken.v1"
ASKED = f"{TYPE}command.asked.v1"
"""What goes down."""


class CloudEvent(msgspec.Struct, kw_only=True, omit_defaults=True):
    """`sequence` is its position in the log of `source`, `previous` that of the event sent before it: a chain in which
    nothing can be missing, doubled or moved without being seen. Both are decimal texts, as CloudEvents wants them."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str = ""
    time: str = ""
    datacontenttype: str = "application/json"
    sequence: str = ""
    previous: str = ""
    data: msgspec.Raw = msgspec.Raw(b"{}")


class CommandDoc(msgspec.Struct, kw_only=True):
    """What became of a command of the platform above, under its id there."""

    id: str
    state: str
    detail: str = ""


class Told(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What an event brings: its body as in the log, and what stands behind the ids, as it stood when it was sent.

    Of several events of one thing in a batch the last brings it. `paths`: through which platforms a thing came to the
    sender, by id; what is not named arose there.
    """

    body: dict[str, object] = {}
    units: list[UnitDoc] = []
    buildings: list[BuildingDoc] = []
    devices: list[DeviceDoc] = []
    incidents: list[IncidentDoc] = []
    commands: list[CommandDoc] = []
    paths: dict[str, list[str]] = {}


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What the lower one has within the scope; what the upper one has of it is compared with that."""

    units: int = 0
    devices: int = 0


class Alive(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The last event of every batch. Instants are µs."""

    now: int
    name: str = ""
    version: str = ""
    protocol: str = "1.0"
    head: int = 0
    waiting: int = 0
    oldest_at: int | None = None
    lost: int = 0
    down: int = 0
    counts: Counts | None = None


class Lost(msgspec.Struct, frozen=True):
    """Positions that the sender cannot tell any more: its log was cut while nobody took it."""

    first: int
    last: int


class Spoken(msgspec.Struct, kw_only=True):
    """A line of somebody above, of an incident by its id below."""

    incident: str
    what: str
    who: str = ""
    at: int = 0
    detail: str = "{}"


class CommandAsked(msgspec.Struct, kw_only=True):
    """`device` by its id below; `arguments` as JSON."""

    id: str
    device: str
    command: str
    arguments: str = "{}"
    expires_at: int = 0


class ListenAsk(msgspec.Struct, kw_only=True):
    """`after`: the last word that the lower one has. It waits `wait_s` where nothing is there."""

    after: int
    wait_s: int = 0


class Answered(msgspec.Struct, frozen=True):
    """What the upper one holds durably."""

    position: int


class JoinAsk(msgspec.Struct, kw_only=True):
    """`found_by` names the invitation without showing its code; `key` is an X25519 public key, base64."""

    found_by: str
    key: str
    platform: str
    name: str
    version: str = ""
    protocol: str = "1.0"
    position: int = 0
    above: list[str] = []


class Joined(msgspec.Struct, kw_only=True):
    """`proof`: of the secret, so that only who knows the code can have answered."""

    id: str
    key: str
    proof: str
    platform: str
    name: str
    called: str
    scope: str
    position: int
    down: int = 0
    protocol: str = "1.0"
    version: str = ""
    above: list[str] = []


class Self(msgspec.Struct, frozen=True):
    id: str
    name: str


class Lower(msgspec.Struct, frozen=True, kw_only=True):
    """A platform below."""

    id: str
    platform: str
    slug: str
    name: str
    scope: Scope
    secret: bytes
    protocol: str
    position: int
    down: int
    revoked_at: datetime | None


class Upper(msgspec.Struct, frozen=True, kw_only=True):
    """The platform above. `permits`: the commands that it may give to our devices."""

    id: str
    platform: str
    name: str
    called: str
    url: str
    scope: Scope
    secret: bytes
    permits: tuple[str, ...]
    protocol: str
    position: int
    down: int
    lost: int


class Likely(msgspec.Struct, frozen=True, kw_only=True):
    """A device on our own books that may be the one a platform below tells of."""

    id: str
    unit_id: str
    maker: str
    type: str
    serial: str
    gateway: str
    address: str
    owned: Owned


class Paired(msgspec.Struct, frozen=True):
    """`state`: one, perhaps, apart. `why`: what speaks for it (serial, imei), or what keeps it from being certain."""

    there: str
    here: str
    state: str
    why: str
