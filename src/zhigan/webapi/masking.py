"""People's telephone numbers leave masked, whatever page answers (`vocabulary.telephones`).

Enters: a handler's answer. Leaves: the same, every field declared `Telephone` masked. Absent: streams, which mask what
they write themselves, and showing a number whole (`desks/numbers`).
"""

from typing import Any

import msgspec
from litestar import Response

from zhigan.vocabulary.telephones import veiled


async def veil(response: Response[Any]) -> Response[Any]:
    """An `after_request` hook: the answer is still what the handler gave."""
    content = getattr(response, "content", None)
    if isinstance(content, msgspec.Struct | list):
        response.content = veiled(content)
    return response
