"""Names as people type them: full pinyin and initials, for search. Apart from the hot path: the dictionary is large,
and read when the first name is spelled, so that no process waits for it to start."""

from collections.abc import Callable
from functools import lru_cache
from importlib import import_module


@lru_cache(maxsize=20_000)
def searchable(name: str) -> str:
    """`青原小学` → `qingyuanxiaoxue qyxx`."""
    syllables = _dictionary()(name)
    return f"{''.join(syllables)} {''.join(s[0] for s in syllables if s)}".lower()


@lru_cache(maxsize=1)
def _dictionary() -> Callable[[str], list[str]]:
    spell: Callable[[str], list[str]] = import_module("pypinyin").lazy_pinyin
    return spell
