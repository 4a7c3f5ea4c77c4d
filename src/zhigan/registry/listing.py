"""Questions to lists: conditions and parameters put together in step, scope first, then the caller's filters.

Enters: a scope, values. Leaves: the text after FROM and its parameters. No value is ever written into the text.
"""

from zhigan.vocabulary.predicates import predicate
from zhigan.vocabulary.scopes import Scope


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

    def text(self, head: str, order: str, limit: int) -> str:
        self.parameters.append(limit)
        return f"{head} where {' and '.join(self.conditions)} order by {order} limit ${len(self.parameters)}"
