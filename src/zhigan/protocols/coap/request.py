"""What a message asks for: its options by name, read in one pass. Pure.

Enters: a message. Leaves: a `Request` (path, queries, format, observe, blocks), or the code with which it is refused:
an option that must be understood and is not, a text that is none, a number that is too long. Absent: resources.
"""

from typing import Final

import msgspec

from zhigan.protocols.coap.block import Block, BlockError
from zhigan.protocols.coap.codes import Code, Option
from zhigan.protocols.coap.message import Message

PATH_MAX: Final = 8
QUERIES_MAX: Final = 16
_PATH: Final = int(Option.URI_PATH)
_QUERY: Final = int(Option.URI_QUERY)
_FORMAT: Final = int(Option.CONTENT_FORMAT)
_OBSERVE: Final = int(Option.OBSERVE)
_LOCATION: Final = int(Option.LOCATION_PATH)
_ACCEPT: Final = int(Option.ACCEPT)
_BLOCK1: Final = int(Option.BLOCK1)
_BLOCK2: Final = int(Option.BLOCK2)
_PROXY: Final = frozenset({int(Option.PROXY_URI), int(Option.PROXY_SCHEME)})
_HARMLESS: Final = frozenset({int(Option.URI_HOST), int(Option.URI_PORT)})
_NUMBER_MAX: Final = 4


class Request(msgspec.Struct, gc=False):
    """Of a response the same: `location` and `observe` matter there. -1: not given."""

    path: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    location: tuple[str, ...] = ()
    format: int = -1
    observe: int = -1
    accept: int = -1
    block1: Block | None = None
    block2: Block | None = None


class Declined(Exception):
    """A request that is answered with a code before anybody looks at what it carries."""

    def __init__(self, code: Code, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def read(message: Message) -> Request:
    path: list[str] = []
    queries: list[str] = []
    location: list[str] = []
    request = Request()
    try:
        for number, value in message.options:
            if number == _PATH:
                path.append(value.decode())
            elif number == _QUERY:
                queries.append(value.decode())
            elif number == _FORMAT:
                request.format = _small(value)
            elif number == _LOCATION:
                location.append(value.decode())
            else:
                _rare(request, number, value)
    except UnicodeDecodeError:
        raise Declined(Code.BAD_OPTION, "a path or query is no UTF-8") from None
    except BlockError as error:
        raise Declined(Code.BAD_OPTION, str(error)) from None
    if len(path) > PATH_MAX or len(queries) > QUERIES_MAX:
        raise Declined(Code.BAD_OPTION, "too many parts in path or query")
    request.path, request.queries, request.location = tuple(path), tuple(queries), tuple(location)
    return request


def _rare(request: Request, number: int, value: bytes) -> None:
    if number == _OBSERVE:
        request.observe = _small(value)
    elif number == _BLOCK1:
        request.block1 = Block.read(value)
    elif number == _BLOCK2:
        request.block2 = Block.read(value)
    elif number == _ACCEPT:
        request.accept = _small(value)
    elif number in _PROXY:
        raise Declined(Code.NO_PROXY, "this is no proxy")
    elif number & 1 and number not in _HARMLESS:
        raise Declined(Code.BAD_OPTION, f"option {number} is not understood")


def _small(value: bytes) -> int:
    if len(value) > _NUMBER_MAX:
        raise Declined(Code.BAD_OPTION, "a number of more than four bytes")
    return int.from_bytes(value, "big")
