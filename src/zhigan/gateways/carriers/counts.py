"""What the carriers' door and taker count: plain integers by carrier and word, read by the metrics page."""

from collections import Counter


class Tally:
    """`tally.add("ctwing", "accepted")`."""

    __slots__ = ("numbers",)

    def __init__(self) -> None:
        self.numbers: Counter[tuple[str, str]] = Counter()

    def add(self, carrier: str, what: str, times: int = 1) -> None:
        self.numbers[carrier, what] += times
