"""What the gateway is told: where the broker is and how to speak to it.

Enters: nothing. Leaves: `Terms`. Absent: the connection (broker) and topics (protocols/mqtt).
"""

import ssl

import msgspec


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """`share`: a group that divides the messages among its members; "": all come here. `version`: 5 or 4 (3.1.1)."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    tls: ssl.SSLContext | None = None
    client_id: str = "zhigan"
    share: str = ""
    version: int = 5
    keepalive_s: int = 30
    session_s: int = 86_400
    in_flight: int = 1_000
