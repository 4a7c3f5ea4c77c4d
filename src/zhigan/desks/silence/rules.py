"""When silence is a warning. Pure, `now` is an argument."""

from datetime import datetime, timedelta
from typing import Literal

LONG = timedelta(hours=24)


def warning(since: datetime | None, until: datetime | None, now: datetime) -> Literal["overdue", "long"] | None:
    """Over its end comes before too long; what nobody knows the beginning of counts as too long only with an end."""
    if until is not None and until <= now:
        return "overdue"
    if since is not None and now - since > LONG:
        return "long"
    return None
