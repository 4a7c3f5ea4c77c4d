"""Named SQL: a room's `queries.sql`, cut into statements.

Enters: a package name. Leaves: its statements by name, as attribute or item. Absent: building SQL from parts; a
statement is read in its file exactly as it runs.
"""

import re
from collections.abc import Iterator, Mapping
from importlib import resources

_NAME = re.compile(r"^--[ \t]*name:[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_WORD = re.compile(r"[a-z][a-z0-9_]*\Z")


class SqlError(ValueError):
    """The file of statements is not of the form `-- name: xyz`, then SQL."""


class Statements(Mapping[str, str]):
    def __init__(self, origin: str, statements: Mapping[str, str]) -> None:
        self._origin = origin
        self._statements = dict(statements)

    def __getitem__(self, name: str) -> str:
        return self._statements[name]

    def __getattr__(self, name: str) -> str:
        if name.startswith("_") or name not in self._statements:
            raise AttributeError(f"{self._origin} has no statement named {name!r}")
        return self._statements[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._statements)

    def __len__(self) -> int:
        return len(self._statements)


def load(package: str, file: str = "queries.sql") -> Statements:
    """The statements of the room `package` (pass `__package__`, or `__name__` in an `__init__`)."""
    return parse(resources.files(package).joinpath(file).read_text("utf-8"), f"{package}/{file}")


def parse(text: str, origin: str) -> Statements:
    heads = list(_NAME.finditer(text))
    before = text[: heads[0].start()] if heads else text
    if any(line.strip() and not line.lstrip().startswith("--") for line in before.splitlines()):
        raise SqlError(f"{origin}: SQL stands before the first `-- name:`")
    found: dict[str, str] = {}
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        name = head.group(1)
        if not _WORD.match(name):
            raise SqlError(f"{origin}: {name!r} is no name; want lower case letters, digits and _")
        if name in found:
            raise SqlError(f"{origin}: the name {name!r} stands twice")
        statement = text[head.end() : following.start() if following else len(text)].strip().rstrip(";").rstrip()
        if not statement:
            raise SqlError(f"{origin}: {name!r} is empty")
        found[name] = statement
    return Statements(origin, found)
