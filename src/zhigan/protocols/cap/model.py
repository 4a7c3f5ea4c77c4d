"""The nouns of CAP 1.2. Enters: nothing. Leaves: structs with the standard's names in our spelling. Absent: XML."""

import msgspec

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"


class Pair(msgspec.Struct, frozen=True):
    """`eventCode`, `parameter`, `geocode`: a name that the sender chose, and a value."""

    name: str
    value: str


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    description: str
    mime_type: str
    uri: str = ""
    size: int | None = None


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """`circles`: "lat,lon radius in km"."""

    description: str
    polygons: tuple[str, ...] = ()
    circles: tuple[str, ...] = ()
    geocodes: tuple[Pair, ...] = ()


class Info(msgspec.Struct, frozen=True, kw_only=True):
    event: str
    categories: tuple[str, ...] = ("Fire",)
    urgency: str
    severity: str
    certainty: str
    language: str = "zh-CN"
    response_types: tuple[str, ...] = ()
    event_codes: tuple[Pair, ...] = ()
    effective: str = ""
    onset: str = ""
    expires: str = ""
    sender_name: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""
    web: str = ""
    contact: str = ""
    parameters: tuple[Pair, ...] = ()
    resources: tuple[Resource, ...] = ()
    areas: tuple[Area, ...] = ()


class Reference(msgspec.Struct, frozen=True):
    """Of an earlier message: `sender,identifier,sent`."""

    sender: str
    identifier: str
    sent: str

    def __str__(self) -> str:
        return f"{self.sender},{self.identifier},{self.sent}"


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    identifier: str
    sender: str
    sent: str
    status: str
    message_type: str
    scope: str
    source: str = ""
    restriction: str = ""
    addresses: str = ""
    codes: tuple[str, ...] = ()
    note: str = ""
    references: tuple[Reference, ...] = ()
    incidents: str = ""
    infos: tuple[Info, ...] = ()
