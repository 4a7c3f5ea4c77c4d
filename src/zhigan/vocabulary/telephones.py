"""Telephone numbers of people, masked until somebody needs them (138****1234).

Enters: a number as it was typed, a struct or a tree of words that is about to leave. Leaves: the same with every number
masked. A field of an answer that is a person's number is declared `Telephone`: the door masks it (`webapi.masking`),
so that a new page shows no number by being new. What shows a number whole says so with a plain `str` and an audit line
(`desks/numbers`). Absent: who may see one.
"""

import re
from functools import cache
from types import UnionType
from typing import Annotated, Any, TypeAlias, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import msgspec

MARK = "telephone"
Telephone: TypeAlias = Annotated[
    str, msgspec.Meta(description="A person's number, masked: 138****1234", extra={MARK: True})
]
"""In an answer: masked at the door."""
HouseTelephone: TypeAlias = Annotated[
    str, msgspec.Meta(description="The house's number; a mobile one is a person's and masked", extra={MARK: False})
]
"""A switchboard is nobody's; where a small shop gave its keeper's mobile, that is masked."""
STARS = "****"
KEYS = frozenset({"phone", "replacement_phone"})
QUESTION = "q"
"""What a number is called where there is no type to tell it: in the audit trail, in rows of a table."""
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_WRITTEN = re.compile(r"(?<![0-9A-Za-z_.-])(?:\+?86[- ]?)?(1[3-9]\d{9}|0\d{2,3}-?[2-9]\d{6,7})(?![0-9A-Za-z_-])")


def masked(number: str) -> str:
    """Its head and tail, which tell whose it is to whom knows it. What is masked already stays as it is."""
    if "*" in number:
        return number
    digits = re.sub(r"^(\+86|0086)", "", re.sub(r"[^0-9+]", "", number)).lstrip("+")
    if len(digits) >= 11:
        return f"{digits[:3]}{STARS}{digits[-4:]}"
    return f"{digits[:2]}{STARS}{digits[-2:]}" if len(digits) >= 7 else STARS if digits else ""


def kept(said: str, standing: str) -> str:
    """A list or a form that was read sends the mask back: it means the number that stands."""
    return standing if "*" in said and said == masked(standing) else said


def masked_text(text: str) -> str:
    """Numbers inside a sentence or a message."""
    return _WRITTEN.sub(lambda found: masked(found[1]), text)


def masked_tree(tree: object) -> object:
    """Plain values under the names by which a number goes, at any depth; a list there is all numbers."""
    if isinstance(tree, dict):
        pairs = cast("dict[str, object]", tree)
        return {k: _masked_value(k, v) for k, v in pairs.items()}
    return [masked_tree(each) for each in cast("list[object]", tree)] if isinstance(tree, list) else tree


def _masked_value(name: str, value: object) -> object:
    if name in KEYS:
        return _numbers(value)
    return masked_text(value) if name == QUESTION and isinstance(value, str) else masked_tree(value)


def _numbers(value: object) -> object:
    if isinstance(value, str):
        return masked(value)
    return [_numbers(each) for each in cast("list[object]", value)] if isinstance(value, list) else value


class _Plan(msgspec.Struct, frozen=True):
    """Of one type: fields that are numbers, those of houses, fields below which numbers may be."""

    numbers: tuple[str, ...]
    houses: tuple[str, ...]
    below: tuple[str, ...]


def veiled(thing: Any) -> Any:
    """An answer with its numbers masked; the same object where there are none."""
    if isinstance(thing, list):
        return [veiled(each) for each in cast("list[object]", thing)]
    if not isinstance(thing, msgspec.Struct):
        return thing
    plan = _plan(type(thing))
    changed: dict[str, Any] = {f: masked(getattr(thing, f)) for f in plan.numbers}
    changed |= {f: of_house(getattr(thing, f)) for f in plan.houses}
    changed |= {f: veiled(getattr(thing, f)) for f in plan.below}
    return msgspec.structs.replace(thing, **changed) if changed else thing


def of_house(number: str) -> str:
    return masked(number) if _MOBILE.search(re.sub(r"[ ()-]", "", number)) else number


@cache
def _plan(kind: type[msgspec.Struct]) -> _Plan:
    hints = get_type_hints(kind, include_extras=True)
    fields = [f for f in kind.__struct_fields__ if f in hints]
    marks = {f: _mark(hints[f]) for f in fields}
    below = [f for f in fields if marks[f] is None and _holds(hints[f], frozenset({kind}))]
    return _Plan(tuple(f for f in fields if marks[f]), tuple(f for f in fields if marks[f] is False), tuple(below))


def _mark(hint: Any) -> bool | None:
    """True: a person's number; False: a house's; None: no number."""
    for each in getattr(hint, "__metadata__", ()):
        if isinstance(each, msgspec.Meta) and each.extra is not None and MARK in each.extra:
            return bool(each.extra[MARK])
    return None


def _holds(hint: Any, seen: frozenset[Any]) -> bool:
    """Could a number be below? A type variable may be anything."""
    if isinstance(hint, TypeVar) or _mark(hint) is not None:
        return True
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct) and hint not in seen:
        inner = get_type_hints(hint, include_extras=True)
        return any(_holds(inner[f], seen | {hint}) for f in hint.__struct_fields__ if f in inner)
    if get_origin(hint) in (list, tuple, Union, UnionType, Annotated):
        return any(_holds(part, seen) for part in get_args(hint))
    return False
