"""The numbers of CoAP: types, codes, options, as RFC 7252, 7641, 7959 and 8132 give them.

Enters: nothing. Leaves: names for numbers. Absent: content formats, whose meaning is a matter of what is carried.
"""

import enum
from typing import Final


class Type(enum.IntEnum):
    CON = 0  # wants an acknowledgement
    NON = 1
    ACK = 2
    RST = 3


class Code(enum.IntEnum):
    """class << 5 | detail."""

    EMPTY = 0
    GET = 1
    POST = 2
    PUT = 3
    DELETE = 4
    FETCH = 5
    PATCH = 6
    IPATCH = 7
    CREATED = 65
    DELETED = 66
    VALID = 67
    CHANGED = 68
    CONTENT = 69
    CONTINUE = 95
    BAD_REQUEST = 128
    UNAUTHORIZED = 129
    BAD_OPTION = 130
    FORBIDDEN = 131
    NOT_FOUND = 132
    METHOD_NOT_ALLOWED = 133
    NOT_ACCEPTABLE = 134
    INCOMPLETE = 136
    CONFLICT = 137
    PRECONDITION_FAILED = 140
    TOO_LARGE = 141
    UNSUPPORTED_FORMAT = 143
    UNPROCESSABLE = 150
    TOO_MANY_REQUESTS = 157
    INTERNAL = 160
    NOT_IMPLEMENTED = 161
    UNAVAILABLE = 163
    NO_PROXY = 165


class Option(enum.IntEnum):
    """An odd number is critical: who does not know it must refuse."""

    IF_MATCH = 1
    URI_HOST = 3
    ETAG = 4
    IF_NONE_MATCH = 5
    OBSERVE = 6
    URI_PORT = 7
    LOCATION_PATH = 8
    OSCORE = 9
    URI_PATH = 11
    CONTENT_FORMAT = 12
    MAX_AGE = 14
    URI_QUERY = 15
    ACCEPT = 17
    LOCATION_QUERY = 20
    BLOCK2 = 23
    BLOCK1 = 27
    SIZE2 = 28
    PROXY_URI = 35
    PROXY_SCHEME = 39
    SIZE1 = 60
    NO_RESPONSE = 258


ACK_TIMEOUT_S: Final = 2.0
MAX_RETRANSMIT: Final = 4
EXCHANGE_LIFETIME_S: Final = 247


def dotted(code: int) -> str:
    """As people write it: 4.04."""
    return f"{code >> 5}.{code & 31:02d}"
