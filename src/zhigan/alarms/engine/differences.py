"""What differs between two policies, place by place, for people who compare them.

Enters: two policies. Leaves: `Difference`s in the document's order: rows are named by what they speak of, so that a row
that moved is not told as two that changed. Absent: what a difference does to the desk (trial.py).
"""

from collections.abc import Iterable, Sequence
from typing import cast

import msgspec

from zhigan.alarms.engine.policy import Policy

Tree = dict[str, object]

_NAMED: dict[str, tuple[str, ...]] = {
    "rules": ("on", "types", "systems", "classes", "whole", "panel", "night"),
    "echoes": ("when", "beside", "reach"),
    "limits": ("metric", "condition", "types"),
    "plausible": ("metric", "types"),
}
"""What a row of a table is known by; everything else of it can differ."""


class Difference(msgspec.Struct, frozen=True):
    """`path` as in "limits / temperature, cable_temperature / at". A row that is only in one of them is whole: `before`
    or `after` is empty."""

    path: list[str]
    before: str
    after: str


def differences(before: Policy, after: Policy) -> list[Difference]:
    a, b = _plain(before), _plain(after)
    return list(_differ((), a, b))


def _plain(policy: Policy) -> Tree:
    document: Tree = msgspec.to_builtins(policy)
    del document["version"]
    for table, names in _NAMED.items():
        document[table] = _named(cast("Sequence[Tree]", document[table]), names)
    return document


def _named(rows: Sequence[Tree], names: tuple[str, ...]) -> Tree:
    """Rows by what they are known by; the second of one name has its number behind it."""
    found: Tree = {}
    for row in rows:
        name = ", ".join(_said(row[n], n) for n in names if row.get(n) not in (None, [], ()))
        number = 1
        while (known := name if number == 1 else f"{name} ({number})") in found:
            number += 1
        found[known] = row
    return found


def _said(value: object, name: str) -> str:
    if isinstance(value, list):
        return " ".join(map(str, cast("list[object]", value)))
    return (name if value else f"not {name}") if isinstance(value, bool) else str(value)


def _differ(path: tuple[str, ...], a: object, b: object) -> Iterable[Difference]:
    one, other = _tree(a), _tree(b)
    if one is not None and other is not None:
        for key in [*one, *(k for k in other if k not in one)]:
            yield from _differ((*path, key), one.get(key), other.get(key))
    elif a != b:
        yield Difference(list(path), _shown(a), _shown(b))


def _tree(value: object) -> Tree | None:
    return cast("Tree", value) if isinstance(value, dict) else None


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:g}"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
