"""A limit: when a measured value means a condition. One shape for the policy's rows and for a point's own.

Rows and arithmetic of a row only. Absent: which limits hold for whom (the policy, the registry), and judging.
"""

import msgspec


class Limit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a reading means a condition. Cleared `back` behind the limit; near it from `near` of it on."""

    metric: str
    condition: str
    at: float
    back: float
    types: tuple[str, ...] = ()
    below: bool = False
    near: float | None = None
    far: float | None = None  # so much beyond: FAR_OVER
    rise_per_min: float | None = None  # as fast, at or over the limit: FAR_OVER
    leap: float | None = None  # so far beyond, straight from normal in one reading: doubted while it stands still
    dead: float | None = None  # a lower limit holds above this only: at or under it the line is off
    hold_s: int = 0  # beyond it for so long
    near_hold_s: int = 0  # near it for so long
    source: str = ""  # the standard, or who set it
    clause: str = ""  # of the standard
    since: str = ""  # the day on which that edition came into force
    least: float | None = None  # the ends of the range that the standard leaves: within it a circuit may have its own
    most: float | None = None


def near_value(limit: Limit) -> float:
    """Where a reading begins to matter: the limit, or the share of it that counts as near."""
    if limit.near is None:
        return limit.at
    return limit.at / limit.near if limit.below else limit.at * limit.near
