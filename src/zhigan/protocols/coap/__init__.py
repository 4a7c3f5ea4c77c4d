"""CoAP (RFC 7252, 7641, 7959): datagrams ⇄ messages, requests, block-wise bodies. No sockets, no clock."""

from zhigan.protocols.coap.block import BODY_MAX, Block, BlockError, Bodies, Step
from zhigan.protocols.coap.codes import (
    ACK_TIMEOUT_S,
    EXCHANGE_LIFETIME_S,
    MAX_RETRANSMIT,
    Code,
    Option,
    Type,
    dotted,
)
from zhigan.protocols.coap.message import (
    DATAGRAM_MAX,
    Fault,
    FaultName,
    Message,
    decode,
    empty,
    encode,
    reply,
    uint,
)
from zhigan.protocols.coap.request import Declined, Request, read

__all__ = [
    "ACK_TIMEOUT_S",
    "BODY_MAX",
    "DATAGRAM_MAX",
    "EXCHANGE_LIFETIME_S",
    "MAX_RETRANSMIT",
    "Block",
    "BlockError",
    "Bodies",
    "Code",
    "Declined",
    "Fault",
    "FaultName",
    "Message",
    "Option",
    "Request",
    "Step",
    "Type",
    "decode",
    "dotted",
    "empty",
    "encode",
    "read",
    "reply",
    "uint",
]
