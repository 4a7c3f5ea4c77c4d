"""What the CoAP door counts: plain integers, touched on the hot path, read by the metrics page."""


class Counts:
    __slots__ = (
        "answered", "codes", "deregistered", "expired", "faults", "formats", "let_go", "notifications", "observed",
        "posts", "received", "refused", "registered", "repeats", "sends", "stale", "strangers", "throttled", "timeouts",
        "unguarded", "updated",
    )  # fmt: skip

    def __init__(self) -> None:
        self.received = 0  # datagrams
        self.answered = 0
        self.repeats = 0  # answered again, counted once
        self.registered = 0
        self.updated = 0
        self.deregistered = 0
        self.expired = 0
        self.observed = 0  # observations that a device took up
        self.notifications = 0
        self.stale = 0  # notifications that an earlier one had overtaken
        self.sends = 0
        self.posts = 0  # plain CoAP
        self.strangers = 0  # messages that no registration explains
        self.throttled = 0  # requests of strangers over the limit
        self.let_go = 0  # while intake was crowded: they come again
        self.refused = 0  # storage refused: they come again
        self.timeouts = 0  # requests of ours that nobody answered
        self.unguarded = 0  # not sent, for it would be more than three times what came
        self.codes: dict[int, int] = {}  # answers that said no, by their code
        self.faults: dict[str, int] = {}
        self.formats: dict[str, int] = {}

    def fault(self, name: str) -> None:
        self.faults[name] = self.faults.get(name, 0) + 1

    def said_no(self, code: int) -> None:
        self.codes[code] = self.codes.get(code, 0) + 1

    def numbers(self) -> dict[str, int]:
        """Name → number: `no_403`, an answer that said so; `fault_…` of datagrams, `payload_…` of payloads."""
        numbers = {name: getattr(self, name) for name in self.__slots__ if name not in ("codes", "faults", "formats")}
        numbers.update((f"no_{code >> 5}{code & 31:02d}", number) for code, number in self.codes.items())
        numbers.update((f"fault_{name}", number) for name, number in self.faults.items())
        numbers.update((f"payload_{name}", number) for name, number in self.formats.items())
        return numbers
