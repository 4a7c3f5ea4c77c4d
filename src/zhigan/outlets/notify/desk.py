"""What the doors of telling share: the wired parts, made once a process (processes/).

Enters: pool, clock, settings. Leaves: choice of channels, planner, delivery, courier. Absent: HTTP, loops.
"""

from zhigan.outlets.notify.channels.choice import Choice
from zhigan.outlets.notify.channels.wire import ANSWER_S, Wire
from zhigan.outlets.notify.delivery import Delivery
from zhigan.outlets.notify.planning import Planner
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Pool
from zhigan.runtime.settings_notify import NotifySettings


class Desk:
    def __init__(self, pool: Pool, clock: Clock, settings: NotifySettings, answer_s: float = ANSWER_S) -> None:
        self.settings = settings
        self.token = settings.receipts_token.reveal() if settings.receipts_token else ""
        self.wire = Wire(answer_s)
        self.choice = Choice(settings, self.wire, pool)
        self.planner = Planner(self.choice.names(), self.choice.posts)
        self.delivery = Delivery(pool, clock, self.choice.channels, self.planner)

    async def close(self) -> None:
        await self.wire.close()
