"""What holds between two installations, pure: the chain of a batch, versions, scopes, when one counts as silent, and
which of their devices are ours as well.

Enters: events, positions, scopes, documents, `now`. Leaves: verdicts; `Gap` and `Foreign` say what is wrong with a
batch.
"""

from collections.abc import Sequence
from enum import StrEnum

from zhigan.federation.model import PROTOCOL, CloudEvent, Likely, Paired
from zhigan.registry.documents import DeviceDoc
from zhigan.vocabulary.scopes import DIMENSIONS, Owned, Scope, holds

LATE_S, SILENT_S = 120.0, 300.0
"""policy.md, device classes, "sub-platform": shown as late, and an attention row."""
SOURCE = "/platforms/"


class Foreign(Exception):
    """The batch is not what this platform sends; the text says why, in English."""


class Gap(Exception):
    """It does not follow from what is held here."""

    def __init__(self, position: int, first: int) -> None:
        super().__init__(f"The batch follows position {first}, held is {position}.")
        self.position, self.first = position, first


class Liveness(StrEnum):
    LIVE = "live"
    LATE = "late"
    SILENT = "silent"
    NEVER = "never"
    REVOKED = "revoked"


def liveness(quiet_s: float | None, revoked: bool) -> Liveness:
    if revoked:
        return Liveness.REVOKED
    if quiet_s is None:
        return Liveness.NEVER
    if quiet_s >= SILENT_S:
        return Liveness.SILENT
    return Liveness.LATE if quiet_s >= LATE_S else Liveness.LIVE


def source(platform: str) -> str:
    return SOURCE + platform


def number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Foreign("sequence and previous are decimal numbers.")
    return int(text)


def chained(events: Sequence[CloudEvent], platform: str, position: int) -> int:
    """Whole, in order, from where we are: where it ends. Raises `Foreign` or `Gap`."""
    if not events:
        raise Foreign("There is no event in the batch.")
    if any(event.specversion != "1.0" or event.source != source(platform) for event in events):
        raise Foreign("An event is not CloudEvents 1.0 of this platform.")
    first = number(events[0].previous)
    if first != position:
        raise Gap(position, first)
    at = position
    for event in events:
        if number(event.previous) != at or number(event.sequence) < at:
            raise Gap(position, number(event.previous))
        at = number(event.sequence)
    return at


def speaks(protocol: str) -> bool:
    """Minors understand one another; another major does not."""
    return protocol.partition(".")[0] == PROTOCOL.partition(".")[0]


def default_owned(scope: Scope) -> Owned:
    """Where an incident without a unit belongs: to whatever the scope names only one of."""
    named = {d: scope.terms[d][0] for d in DIMENSIONS if len(scope.terms.get(d, ())) == 1}
    area = named.get("area", "")
    if len(area) > 6:
        named["area"], named["community"] = area[:6], area
    return Owned(**named)


def goes(scope: Scope, owned: Owned | None, unit: bool) -> bool:
    """What has no unit goes up all the same: a fire of a device that nobody registered is still one."""
    return not unit or (owned is not None and holds(scope, owned))


# ---------------------------------------------------------------- a device that reaches us twice

IMEI, SURE = 15, 8
"""Digits of an IMEI; a serial shorter than `SURE` is some maker's running number, and others have it too."""


def imei(text: str) -> bool:
    """Fifteen digits whose last one checks the others (3GPP TS 23.003): no other number looks so by chance."""
    if len(text) != IMEI or not (text.isascii() and text.isdigit()):
        return False
    doubled = [int(d) * (2 if at % 2 else 1) for at, d in enumerate(reversed(text))]
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0


def keys(doc: DeviceDoc) -> list[str]:
    """What the device is called the world over, in capitals."""
    serial = doc.serial.strip().upper()
    return list(dict.fromkeys(key for key in (serial, doc.address if imei(doc.address) else "") if key))


def alike(doc: DeviceDoc, ours: Likely) -> bool:
    """Worth a closer look: it has one of its numbers."""
    way = imei(doc.address) and (ours.gateway, ours.address) == (doc.gateway, doc.address)
    return way or ours.serial.strip().upper() in keys(doc)


def same(doc: DeviceDoc, unit: str, found: Sequence[Likely], scope: Scope, *, asked: bool = False) -> list[Paired]:
    """Which of ours it is: one that is certain, else all that a person should look at. Nothing is guessed: what speaks
    against it (another maker, type or unit, a short number, several of that number) leaves it to people, and so does
    a person's earlier word (`asked`). What lies outside the scope is none of that platform's business."""
    inside = [one for one in found if holds(scope, one.owned)]
    made = [Paired(doc.id, one.id, *_verdict(doc, unit, one)) for one in inside]
    if len(made) == 1 and not asked:
        return made
    return [Paired(pair.there, pair.here, "perhaps", "several" if len(made) > 1 else pair.why) for pair in made]


def _verdict(doc: DeviceDoc, unit: str, ours: Likely) -> tuple[str, str]:
    if ours.unit_id and ours.unit_id != unit:
        return "perhaps", "unit"
    if ours.maker and doc.maker and ours.maker.casefold() != doc.maker.casefold():
        return "perhaps", "maker"
    if "other" not in (ours.type, doc.type) and ours.type != doc.type:
        return "perhaps", "type"
    numbers = [key for key in keys(doc) if imei(key) and key in (ours.serial.upper(), ours.address)]
    if numbers:
        return "one", "imei"
    return ("one", "serial") if len(doc.serial.strip()) >= SURE else ("perhaps", "short")
