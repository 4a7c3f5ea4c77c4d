"""What holds between two installations, pure: the chain of a batch, versions, scopes, and when one counts as silent.

Enters: events, positions, scopes, `now`. Leaves: verdicts; `Gap` and `Foreign` say what is wrong with a batch.
"""

from collections.abc import Sequence
from enum import StrEnum

from zhigan.federation.model import PROTOCOL, CloudEvent
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
