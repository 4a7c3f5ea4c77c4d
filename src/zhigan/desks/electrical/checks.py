"""What is entered of a circuit, checked as a whole: every field that is wrong is named.

Enters: a `NewCircuit`, where its devices stand. Leaves: the same, tidied, or the fields and what was expected. Absent:
HTTP and the database.
"""

from collections.abc import Mapping

import msgspec

from zhigan.desks.electrical.model import NewCircuit
from zhigan.desks.electrical.store import Place
from zhigan.registry.checks import Checker
from zhigan.vocabulary.electrical import FEEDS, PROTECTED
from zhigan.vocabulary.metrics import BY_NAME

MEASURED = (
    "residual_current",
    "temperature",
    "voltage",
    "current",
    "power",
    "energy",
    "power_factor",
    "frequency",
    "arc",
)


def check(new: NewCircuit, at: Mapping[str, Place]) -> NewCircuit:
    """`at`: of the devices that it names, those that live."""
    check = Checker()
    feeds = list(dict.fromkeys(new.feeds))
    if not set(feeds) <= set(FEEDS):
        check.say("feeds", f"of {', '.join(FEEDS)}; several with commas between")
    if new.load_class == "third" and set(feeds) & set(PROTECTED):
        check.say("load_class", "what serves people in a fire is no third-class load")
    _devices(check, new, at)
    cleaned = msgspec.structs.replace(
        new,
        feeds=feeds,
        channels=sorted(new.channels, key=lambda c: (BY_NAME[c.metric].number if c.metric in BY_NAME else 0, c.phase)),
        code=check.line("code", new.code, 40, required=True),
        name=check.line("name", new.name, 100, required=True),
        panel=check.line("panel", new.panel, 100),
        place=check.line("place", new.place, 100),
    )
    check.done()
    return cleaned


def _devices(check: Checker, new: NewCircuit, at: Mapping[str, Place]) -> None:
    if new.breaker_id is not None:
        there = at.get(new.breaker_id)
        if there is None or there.unit_id != new.unit_id:
            check.say("breaker_id", "a device of the same unit")
        elif there.type != "breaker":
            check.say("breaker_id", "Only a breaker can cut the power.")
    told: set[tuple[str, str]] = set()
    for channel in new.channels:
        there = at.get(channel.device_id)
        if there is None or there.unit_id != new.unit_id:
            check.say("channels", "a device of the same unit")
        if channel.metric not in MEASURED:
            check.say("channels", f"one of {', '.join(MEASURED)}")
        if (channel.metric, channel.phase) in told:
            check.say("channels", "each quantity of a phase once")
        told.add((channel.metric, channel.phase))
