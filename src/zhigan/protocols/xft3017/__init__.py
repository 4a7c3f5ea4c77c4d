"""JSON with the data items of XF/T 3017.1 and the codes of GA/T 974: written, read, and checked for what must be there.

Enters: a tree of names; or bytes. Leaves: bytes; a tree, or `Unreadable`. Absent: which of our facts stands under which
name: that is a field map (data of outlets/dispatch), since cities differ.
"""

from typing import cast

import msgspec

from zhigan.protocols.xft3017.name_tables import GRADES, NAMES, NEEDED, TIMES, VEHICLE_STATES
from zhigan.vocabulary.trees import Tree, said

__all__ = ["GRADES", "NAMES", "NEEDED", "TIMES", "VEHICLE_STATES", "Unreadable", "missing", "read", "write"]

_encode = msgspec.json.Encoder().encode


class Unreadable(ValueError):
    """Not a JSON object."""


def write(tree: dict[str, Tree]) -> bytes:
    return _encode(tree)


def read(document: bytes) -> dict[str, Tree]:
    try:
        found: object = msgspec.json.decode(document)
    except msgspec.MsgspecError as error:
        raise Unreadable(f"not JSON: {error}") from error
    if not isinstance(found, dict):
        raise Unreadable("not a JSON object")
    return cast("dict[str, Tree]", found)


def missing(tree: Tree) -> list[str]:
    """What an incident must say so that a centre can open it."""
    return [path for path in NEEDED if not said(tree, path)]
