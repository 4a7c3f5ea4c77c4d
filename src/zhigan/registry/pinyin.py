"""Names as people type them: full pinyin and initials, for search. Apart from the hot path: the dictionary is large."""

from functools import lru_cache

from pypinyin import lazy_pinyin


@lru_cache(maxsize=20_000)
def searchable(name: str) -> str:
    """`青原小学` → `qingyuanxiaoxue qyxx`."""
    syllables = lazy_pinyin(name)
    return f"{''.join(syllables)} {''.join(s[0] for s in syllables if s)}".lower()
