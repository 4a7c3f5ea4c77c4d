"""What came to the doors: taken, repeated, refused and why, read off the figures that gateways count.

Enters: figures of the hot process and of our own. Leaves: a row a door that is open or has counted. Absent: counting
(each gateway's counts), and names of reasons (the page's catalogue).
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from zhigan.desks.platform.model import DoorView, Refused
from zhigan.runtime.metrics import Figures, Sample

CARRIERS: Final = ("ctwing", "onenet", "huawei")
_TOTAL: Final = "_total"
_REASONS: Final = ("fault_", "payload_", "no_")
"""How counters of a door begin that count by a reason."""
_PLAIN: Final = frozenset({"denied", "strangers", "throttled", "refused", "let_go", "unguarded", "deaf"})
_MQTT: Final = frozenset({
    "broken_payloads", "broken_answers", "unknown_topics", "retained", "foreign_answers", "refused", "dropped",
})  # fmt: skip

_MODBUS: Final = frozenset({
    "unanswered", "exceptions", "unreachable", "lost", "shut", "misregistered", "too_many", "refused",
})  # fmt: skip


class _Counted(NamedTuple):
    """A door that counts under a prefix: which of its counters is what it took, and which are repeats."""

    door: str
    prefix: str
    taken: str
    repeats: str = ""


_PREFIXED: Final = (
    _Counted("gb26875", "zhigan_gb26875_", "frames"),
    _Counted("coap", "zhigan_coap_", "received", "repeats"),
    _Counted("coaps", "zhigan_coaps_", "handshakes"),
)


def views(hot: Figures | None, own: Figures) -> list[DoorView]:
    samples = list(_samples(hot))
    repeats = {s.labels["gateway"]: int(s.value) for s in samples if s.name == "zhigan_intake_repeats_total"}
    found = [_prefixed(each, samples, repeats) for each in _PREFIXED]
    pushes = [s for s in _samples(own) if s.name == "zhigan_carrier_pushes_total"]
    for name in CARRIERS:
        outcomes = {s.labels["outcome"]: int(s.value) for s in pushes if s.labels["carrier"] == name}
        taken = outcomes.pop("accepted", 0)
        outcomes.pop("tried", None)
        found.append(_view(name, taken, repeats.get(name, 0), outcomes) if taken or outcomes else None)
    heard = {s.labels["outcome"]: int(s.value) for s in samples if s.name == "zhigan_mqtt_messages_total"}
    if heard:
        refused = {why: times for why, times in heard.items() if why in _MQTT}
        found.append(_view("mqtt", heard.get("messages", 0), repeats.get("mqtt", 0), refused))
    asked = {s.labels["outcome"]: int(s.value) for s in samples if s.name == "zhigan_modbus_rounds_total"}
    if asked:
        refused = {why: times for why, times in asked.items() if why in _MODBUS}
        found.append(_view("modbus", asked.get("rounds", 0), 0, refused))
    return [view for view in found if view is not None]


def _samples(figures: Figures | None) -> Iterator[Sample]:
    for family in figures.families if figures else ():
        yield from family.samples


def _prefixed(counted: _Counted, samples: list[Sample], repeats: dict[str, int]) -> DoorView | None:
    numbers = {
        s.name.removeprefix(counted.prefix).removesuffix(_TOTAL): int(s.value)
        for s in samples
        if s.name.startswith(counted.prefix) and s.name.endswith(_TOTAL)
    }
    if not numbers:
        return None
    refused = {
        why: times for why, times in numbers.items() if why in _PLAIN or why == "broken" or why.startswith(_REASONS)
    }
    known = numbers.get(counted.repeats, 0) if counted.repeats else repeats.get(counted.door, 0)
    if counted.door == "coap":
        known += repeats.get("coap", 0) + repeats.get("lwm2m", 0)
    return _view(counted.door, numbers.get(counted.taken, 0), known, refused)


def _view(door: str, taken: int, repeated: int, refused: dict[str, int]) -> DoorView:
    often = sorted(((why, times) for why, times in refused.items() if times), key=lambda each: (-each[1], each[0]))
    return DoorView(door=door, taken=taken, repeated=repeated, refused=[Refused(*each) for each in often])
