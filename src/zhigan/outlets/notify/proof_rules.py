"""When contacts are asked for their proof, how many, and which words of a network mean that a number is dead. Pure.

Enters: moments, codes and words of providers. Leaves: how many may have been asked by now, verdicts. Absent: anything
that is asked or kept.
"""

from datetime import datetime, timedelta

from zhigan.vocabulary.moments import SHANGHAI

LEAD = timedelta(days=14)
"""So long before the 90 days end he is asked."""
GRACE = timedelta(days=14)
"""So long he has, and so long his link opens."""
A_DAY = 5000
"""Numbers asked a day: 300,000 contacts in 90 days are 3,334."""
FROM_HOUR, UNTIL_HOUR = 9, 19
GONE_CODES = frozenset({"MK:0001", "MN:0001", "CB:0001", "INVALID_NUMBER", "isv.MOBILE_NUMBER_ILLEGAL"})
"""Field practice: unknown subscriber at the three networks, and a number that cannot be one. Nobody's printed table."""
GONE_WORDS = ("空号", "号码不存在", "销号", "已注销")
"""Not 停机: that is a bill unpaid, and passes."""
MOST_NAME = 20


def morning(now: datetime) -> datetime:
    """When asking begins that day."""
    return now.astimezone(SHANGHAI).replace(hour=FROM_HOUR, minute=0, second=0, microsecond=0)


def quota(now: datetime, a_day: int) -> int:
    """How many may have been asked that day by now: it grows evenly over the day, and nobody is asked at night."""
    begins = morning(now)
    day = timedelta(hours=UNTIL_HOUR - FROM_HOUR)
    passed = now - begins
    if passed < timedelta(0) or passed >= day:
        return 0
    return max(1, int(a_day * (passed / day)))


def mobile(number: str) -> bool:
    return len(number) == len("13800000000") and number.startswith("1")


def gone(code: str, text: str) -> bool:
    """Is there nobody at that number for good?"""
    return code in GONE_CODES or any(word in text for word in GONE_WORDS)


def short(name: str) -> str:
    return name if len(name) <= MOST_NAME else name[: MOST_NAME - 1] + "…"
