"""First handler (处置权责): the levels at which a fire is handled, and by when each passes it on.

Words and rows alone. Absent: who sits where (access), and judging (desks/handling).
"""

import enum

import msgspec


class Level(enum.IntEnum):
    """Lowest first. Higher takes over from lower, never the other way."""

    ROOM = 0  # the unit's own control room
    OPERATOR = 1  # a sub-platform, or an operator of devices
    COUNTY = 2
    CITY = 3


class TakeOver(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Seconds since it came to the desk by which a level that has not accepted passes it on. The city never does."""

    room_s: int
    operator_s: int
    county_s: int

    def until(self, level: Level) -> int:
        """For the levels below the city."""
        return (self.room_s, self.operator_s, self.county_s)[level]


AT_ONCE = TakeOver(room_s=0, operator_s=0, county_s=0)
"""Grade I: all desks at once."""
