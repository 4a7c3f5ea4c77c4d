"""What may be imported, as each room offers it: the form of a line, what makes two lines the same.

Enters: nothing. Leaves: the words that the rooms (registry, access) and the import's job share. Absent: files and jobs.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft
from zhigan.vocabulary.roles import Role
from zhigan.webapi.principal import Principal
from zhigan.webapi.sheets import Bad, Entry, Form


class Took(msgspec.Struct):
    """What one transaction did."""

    added: int = 0
    changed: int = 0
    bad: list[Bad] = []
    drafts: list[Draft] = []


Take = Callable[[Connection, Sequence[Entry[Any]], datetime, Principal], Awaitable[Took]]
"""In the caller's transaction, within the principal's scope: what lies outside is a bad line."""


class Kind(msgspec.Struct, frozen=True):
    form: Form[Any]
    key: Callable[[Any], object]
    take: Take
    roles: frozenset[Role]
    audited: str
