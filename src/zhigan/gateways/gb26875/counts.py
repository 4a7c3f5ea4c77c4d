"""What the gateway counts: plain integers, touched on the hot path, read by the metrics page."""


class Counts:
    __slots__ = (
        "connections",
        "deaf",
        "denied",
        "evicted",
        "faults",
        "frames",
        "heartbeats",
        "idle",
        "let_go",
        "paced",
        "replaced",
        "strangers",
        "throttled",
    )

    def __init__(self) -> None:
        self.connections = 0  # accepted, ever
        self.frames = 0  # and faults
        self.heartbeats = 0
        self.denied = 0
        self.faults: dict[str, int] = {}
        self.replaced = 0  # an address came over a new connection
        self.evicted = 0  # unproven connections over the limit, the oldest goes
        self.strangers = 0  # no valid frame in time, or too many bytes without one
        self.idle = 0
        self.deaf = 0  # did not read our replies
        self.paced = 0  # reading paused: too many frames a second
        self.let_go = 0  # datagrams while intake was crowded
        self.throttled = 0  # frames of unregistered addresses over the limit

    def fault(self, name: str) -> None:
        self.faults[name] = self.faults.get(name, 0) + 1

    def numbers(self) -> dict[str, int]:
        """Name → number; faults as `fault_<name>`."""
        numbers = {name: getattr(self, name) for name in self.__slots__ if name != "faults"}
        numbers.update((f"fault_{name}", number) for name, number in self.faults.items())
        return numbers
