"""Advisory locks are one space for the whole house: of two rooms with one number, one waits for ever."""

import re
from collections import Counter

from architecture.house import tracked

LOCK = re.compile(r"\b0x7A686967_?([0-9A-Fa-f]{4})\b")


def test_each_lock_has_a_number_of_its_own() -> None:
    sources = [path.read_text(encoding="utf-8") for path in tracked(".py", under="src")]
    found = Counter(number.lower() for source in sources for number in LOCK.findall(source))
    assert len(found) > 10
    assert [number for number, times in found.items() if times > 1] == []
