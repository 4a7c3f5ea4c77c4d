"""LwM2M 1.0 to 1.2: registration, content formats, objects as rows. No sockets, no clock, no CoAP."""

from zhigan.protocols.lwm2m.content import Format, decode, encode_value
from zhigan.protocols.lwm2m.model import (
    FormatFault,
    Kind,
    Link,
    LwM2MError,
    Path,
    Record,
    Value,
    parse_path,
    write_path,
)
from zhigan.protocols.lwm2m.objects import BY_NUMBER, OBJECTS, Object, Resource, kind_of, resource_of
from zhigan.protocols.lwm2m.registration import Registering, links, parse

__all__ = [
    "BY_NUMBER",
    "OBJECTS",
    "Format",
    "FormatFault",
    "Kind",
    "Link",
    "LwM2MError",
    "Object",
    "Path",
    "Record",
    "Registering",
    "Resource",
    "Value",
    "decode",
    "encode_value",
    "kind_of",
    "links",
    "parse",
    "parse_path",
    "resource_of",
    "write_path",
]
