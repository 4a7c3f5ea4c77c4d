"""A list that was taken out: its lines, without the mark that every one bears as its last."""

import re

MARK = re.compile(r'"?# 导出 E(\d+) · (\S+) · \d{4}-\d\d-\d\d \d\d:\d\d:\d\d · 智赣119"?')


def unmarked(text: str) -> list[str]:
    *lines, last = text.splitlines()
    assert MARK.fullmatch(last), last
    return lines


def mark_of(text: str) -> tuple[int, str]:
    """The number of the line in the audit trail, and who."""
    found = MARK.fullmatch(text.splitlines()[-1])
    assert found is not None, text[-200:]
    return int(found[1]), found[2]
