"""A paper over HTTP: what the press gives, or the problem that stands for it.

Enters: a press, a document, its template. Leaves: PDF bytes. Absent: the setting itself (press.py).
"""

from pathlib import Path

import msgspec

from zhigan.incidents.press import TEMPLATE, NoFont, Press, Unprinted
from zhigan.webapi import problems


async def printed(press: Press, document: msgspec.Struct, template: Path = TEMPLATE) -> bytes:
    try:
        return await press.pdf(document, template)
    except NoFont as error:
        raise problems.Problem(503, "No Chinese font", str(error)) from error
    except Unprinted as error:
        raise problems.Problem(503, "The report was not printed", str(error)) from error
