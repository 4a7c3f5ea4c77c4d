"""Calls take the way of other platforms' words to the process that judges.

Enters: that way (`platforms.doorway`). Leaves: the port of `gateways/reports`. Absent: sockets.
"""

from collections.abc import Sequence

from zhigan.gateways.platforms.api_door import Doorway, NotTaken
from zhigan.gateways.reports.sending import Carry, NotCarried
from zhigan.protocols.carriers.relayed import Word


def carrying(doorway: Doorway) -> Carry:
    async def carry(words: Sequence[Word]) -> None:
        try:
            await doorway.carry(words)
        except NotTaken as error:
            raise NotCarried(str(error)) from None

    return carry
