"""Questions to lists: conditions and parameters put together in step, scope first, then the caller's filters.

Enters: a scope, values. Leaves: the text after FROM and its parameters. No value is ever written into the text.
"""

from zhigan.vocabulary.predicates import predicate
from zhigan.vocabulary.scopes import Scope

NOWHERE = "none"


class Question:
    def __init__(self, scope: Scope, alias: str) -> None:
        condition, parameters = predicate(scope, 1, alias)
        self.conditions = [condition]
        self.parameters: list[object] = parameters

    def where(self, condition: str, *values: object) -> None:
        """Each `{}` stands for the next value."""
        numbers = [f"${len(self.parameters) + n}" for n in range(1, len(values) + 1)]
        self.conditions.append(condition.format(*numbers))
        self.parameters += values

    def given(self, condition: str, value: object | None) -> None:
        """A filter that the caller may leave out."""
        if value is not None and value != "":
            self.where(condition, value)

    def origin(self, alias: str, name: str | None) -> None:
        """Of a platform below by its name; `none`: what arose here."""
        if name == NOWHERE:
            self.conditions.append(f"{alias}.came_from = '{{}}'")
        elif name:
            self.where(f"{alias}.came_from <> '{{{{}}}}' and {{}} = any ({alias}.came_from)", name)

    def text(self, head: str, order: str, limit: int) -> str:
        self.parameters.append(limit)
        return f"{head} where {' and '.join(self.conditions)} order by {order} limit ${len(self.parameters)}"
