"""Trees of names and values, as JSON and XML hold them, and the dotted paths that name places in them. Pure."""

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

Leaf: TypeAlias = str | int | float | bool | None
Tree: TypeAlias = "dict[str, Tree] | list[Tree] | Leaf"
NAME = re.compile(r"[A-Za-z_\u4e00-\u9fff][\w.\-\u4e00-\u9fff]{0,63}")
"""What a name may be, so that it is one in JSON and in XML."""


def put(tree: "dict[str, Tree]", path: str, value: "Tree") -> None:
    """`a.b.c`; what is missing on the way is made. A leaf on the way is replaced: the map's later row wins."""
    *way, last = path.split(".")
    for name in way:
        below = tree.get(name)
        if not isinstance(below, dict):
            below = tree[name] = {}
        tree = below
    tree[last] = value


def found(tree: "Tree", path: str) -> "Tree":
    """What stands there; None where nothing does. A list on the way is entered by its first element."""
    for name in path.split("."):
        if isinstance(tree, list):
            tree = tree[0] if tree else None
        if not isinstance(tree, dict):
            return None
        tree = tree.get(name)
    return tree


def said(tree: "Tree", path: str) -> str:
    """As a text: numbers as they are written, nothing as nothing."""
    value = found(tree, path)
    if isinstance(value, list):
        value = value[0] if value else None
    if value is None or isinstance(value, dict):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


def any_of(tree: "Tree", paths: Sequence[str]) -> str:
    """The first of these places that says something."""
    return next((text for path in paths if (text := said(tree, path))), "")


def names(tree: "Tree") -> Iterator[str]:
    """Every name in it, wherever."""
    if isinstance(tree, dict):
        for name, below in tree.items():
            yield name
            yield from names(below)
    elif isinstance(tree, list):
        for each in tree:
            yield from names(each)
