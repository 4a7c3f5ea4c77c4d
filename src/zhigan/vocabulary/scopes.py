"""Scope: what part of the city a principal may see. Terms that must all hold, alternatives within a term.

Enters: the contract's text (`city`, `area:360802,360803+industry:education`). Leaves: a predicate over the scope
columns that every scoped row carries (`Owned`). The database's twin of `holds` is `access.visible(...)` in the
migrations; a property test keeps the two alike. Absent: who the principal is (access).
"""

import msgspec

DIMENSIONS = ("area", "industry", "community", "grid", "unit", "station", "firm", "org")


class Owned(msgspec.Struct, frozen=True):
    """The scope columns of a row, in their order. `area` is the reporting area (6 digits), `community` the 12-digit
    code or ""."""

    area: str = ""
    community: str = ""
    industry: str = ""
    grid: str = ""
    unit: str = ""
    station: str = ""
    firm: str = ""
    org: str = ""


class Scope(msgspec.Struct, frozen=True):
    """Dimension → allowed values; a dimension that is absent is not limited. No terms: the whole city."""

    terms: dict[str, tuple[str, ...]] = {}

    @property
    def whole_city(self) -> bool:
        return not self.terms


class ScopeError(ValueError):
    """The scope text is not of the contract's form; the message says which term."""


def parse(text: str) -> Scope:
    """`city` or `dim:a,b+dim:c`. A dimension named twice is refused: its meaning would be a guess."""
    if text.strip() == "city":
        return Scope()
    terms: dict[str, tuple[str, ...]] = {}
    for term in text.split("+"):
        dimension, colon, listed = term.strip().partition(":")
        values = tuple(v.strip() for v in listed.split(",") if v.strip())
        if not colon or dimension not in DIMENSIONS or not values:
            raise ScopeError(f"scope term {term.strip()!r}: want one of {', '.join(DIMENSIONS)}, a colon, and values")
        if dimension in terms:
            raise ScopeError(f"scope dimension {dimension!r} stands twice")
        if dimension in ("area", "community") and not all(v.isdigit() and 2 <= len(v) <= 12 for v in values):
            raise ScopeError(f"scope term {term.strip()!r}: area and community codes are 2 to 12 digits")
        terms[dimension] = values
    return Scope(terms)


def show(scope: Scope) -> str:
    return "+".join(f"{d}:{','.join(v)}" for d, v in scope.terms.items()) or "city"


def holds(scope: Scope, owned: Owned) -> bool:
    """Does the row lie in the scope? Areas are prefixes: of the reporting area, from 7 digits on of the community."""
    for dimension, values in scope.terms.items():
        if dimension == "area":
            if not any(_in_area(owned, v) for v in values):
                return False
        elif getattr(owned, dimension) not in values:
            return False
    return True


def ground(scope: Scope) -> Owned:
    """Where belongs what has no unit: to whatever the scope names only one of."""
    named = {d: scope.terms[d][0] for d in DIMENSIONS if len(scope.terms.get(d, ())) == 1}
    area = named.get("area", "")
    if len(area) > 6:
        named["area"], named["community"] = area[:6], area
    return Owned(**named)


def _in_area(owned: Owned, prefix: str) -> bool:
    return (owned.area if len(prefix) <= 6 else owned.community).startswith(prefix)
