"""What our own rounds found takes the carriers' line to the process that judges.

Enters: the line. Leaves: the port of `desks/electrical` by which its watch tells of conditions. Absent: sockets.
"""

from collections.abc import Sequence

import msgspec

from zhigan.desks.electrical.watch import NotTold, Tell
from zhigan.gateways.carriers.line import Line, Unreachable
from zhigan.gateways.carriers.wire import Carrier
from zhigan.vocabulary.signals import Signal


def telling(line: Line) -> Tell:
    async def tell(signals: Sequence[Signal]) -> None:
        try:
            answer = await line.submit(Carrier.JUDGED, msgspec.msgpack.encode(signals))
        except Unreachable:
            raise NotTold("nobody can take it now") from None
        if answer.code:
            raise NotTold(answer.text.decode("utf-8", "replace") or "storage refused it")

    return tell
