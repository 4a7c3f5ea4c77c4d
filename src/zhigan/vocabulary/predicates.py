"""A scope as an SQL condition over the scope columns, with its parameters: the third form of the one rule.

Enters: a `Scope`. Leaves: `(condition, parameters)` to stand in a WHERE beside an index. The first form is
`scopes.holds`, the second the row-level policy (migration 0001, `access.rule`), which stays on as the net below this
one. Absent: tables, and any way to write a value into the text.
"""

from collections.abc import Callable

from zhigan.vocabulary.scopes import Scope

AREA_DIGITS = 6


def predicate(scope: Scope, first_param: int = 1, alias: str = "") -> tuple[str, list[object]]:
    """`first_param` is the number of the first `$n` to use; `alias` names the table where a query has several."""
    if scope.whole_city:
        return "true", []
    dot = f"{alias}." if alias else ""
    conditions: list[str] = []
    parameters: list[object] = []

    def parameter(values: list[str]) -> str:
        parameters.append(values)
        return f"${first_param + len(parameters) - 1}::text[]"

    for dimension, values in scope.terms.items():
        if dimension == "area":
            conditions.append(_area(values, dot, parameter))
        else:
            conditions.append(f"{dot}{dimension} = any ({parameter(list(values))})")
    return "(" + " and ".join(conditions) + ")", parameters


def _area(values: tuple[str, ...], dot: str, parameter: Callable[[list[str]], str]) -> str:
    """Whole codes by equality, so that an index serves them; the others as patterns. Codes are digits: no wildcards."""
    whole = [v for v in values if len(v) == AREA_DIGITS]
    short = [f"{v}%" for v in values if len(v) < AREA_DIGITS]
    inner = [f"{v}%" for v in values if len(v) > AREA_DIGITS]
    ways: list[str] = []
    if whole:
        ways.append(f"{dot}area = any ({parameter(whole)})")
    if short:
        ways.append(f"{dot}area like any ({parameter(short)})")
    if inner:
        ways.append(f"{dot}community like any ({parameter(inner)})")
    return "(" + " or ".join(ways) + ")"
