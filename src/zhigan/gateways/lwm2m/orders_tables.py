"""How a command is said to an LwM2M device: which resource of which object, as rows. The first that it has is taken.

A row without `application` fits every instance; with one only an instance whose application type (5750) is that. What
no row says cannot be done through LwM2M, and is told so: no object of the OMA registry has a self-test. Power is cut
only at a switch that calls itself a breaker, and nothing here ever writes True to one.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from zhigan.commands.model import Name


class Way(NamedTuple):
    """Written, then read back: that is the proof."""

    object: int
    resource: int
    value: bool
    application: str = ""


WAYS: Final[Mapping[Name, tuple[Way, ...]]] = {
    Name.SILENCE: (Way(3338, 5850, False),),
    Name.CLOSE_VALVE: (Way(3312, 5850, False, "valve"), Way(3306, 5850, False, "valve")),
    Name.CUT_POWER: (Way(3312, 5850, False, "breaker"),),
}

CLOCK: Final = (3, 0, 13)
CLOCK_WITHIN_S: Final = 5
CURRENT: Final = 3317
"""Read right behind a cut: what it measures is the proof."""
OBSERVED_MAX: Final = 32
ASKED_MAX: Final = 8
"""Objects that `query_state` reads, alarms first."""
