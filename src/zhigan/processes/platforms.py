"""Other platforms' words take the carriers' line to the process that judges.

Enters: the line. Leaves: the doorway, its figures. Absent: sockets.
"""

from collections.abc import Sequence

from zhigan.gateways.carriers.counts import Tally
from zhigan.gateways.carriers.line import Line, Unreachable
from zhigan.gateways.carriers.wire import Answer, Carrier
from zhigan.gateways.platforms.api_door import Doorway, NotTaken
from zhigan.processes.carriers import CarrierFigures
from zhigan.protocols.carriers import relayed


def doorway(line: Line) -> Doorway:
    async def carry(words: Sequence[relayed.Word]) -> None:
        try:
            answer = await line.submit(Carrier.PLATFORM, relayed.pack(words))
        except Unreachable:
            raise NotTaken("nobody can take it now; send it again") from None
        if answer.code == Answer.REFUSED:
            raise NotTaken("storage refused it, nothing was kept; send it again")
        if answer.code:
            raise NotTaken(answer.text.decode("utf-8", "replace"))

    return Doorway(carry)


def figures(doorway: Doorway) -> CarrierFigures:
    tally = Tally()
    tally.numbers = doorway.tally
    return CarrierFigures("zhigan_platform_pushes", "what other platforms told of, at the door", tally)
