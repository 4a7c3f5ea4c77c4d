"""Limits and periods of the CoAP door. Numbers, each with its reason; processes fills in what the operator decides."""

import msgspec


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds and counts."""

    window_seconds: int = 93
    """How long a device that queues is awake after it spoke: MAX_TRANSMIT_WAIT of RFC 7252."""
    ack_seconds: float = 4.0
    """NB-IoT answers in 2 to 10 s; RFC 7252's 2 s would send twice over a slow cell."""
    retransmit: int = 3
    registrations: int = 500_000
    peers: int = 400_000
    """Addresses whose latest messages are remembered, for repeats."""
    stranger_burst: int = 200
    stranger_per_second: int = 100
    """Requests of an address without a registration; a device sends a few a day."""
    observing: int = 256
    """Requests of ours under way at once, of all devices: few, so that in a storm registrations and fires go first."""
    observe_each: int = 12
    """Observations a device is asked for."""
    grace_seconds: int = 120
    """Beyond its lifetime, before a registration counts as lost; at least a tenth of the lifetime."""
