"""What the doors of telling share: the wired parts, made once a process (processes/).

Enters: pool, clock, settings. Leaves: choice of channels, planner, delivery, courier. Absent: HTTP, loops.
"""

from zhigan.outlets.notify.channels.choice import Choice
from zhigan.outlets.notify.channels.wire import Wire
from zhigan.outlets.notify.delivery import Delivery
from zhigan.outlets.notify.planning import Planner
from zhigan.outlets.notify.ports import Responder
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Pool
from zhigan.runtime.settings_notify import NotifySettings


class Desk:
    def __init__(self, pool: Pool, clock: Clock, settings: NotifySettings, responder: Responder | None = None) -> None:
        self.settings = settings
        self.token = settings.receipts_token.reveal() if settings.receipts_token else ""
        self.wire = Wire()
        self.choice = Choice(settings, self.wire, pool)
        self.planner = Planner(self.choice.names(), self.choice.posts)
        self.delivery = Delivery(pool, clock, self.choice.channels, self.planner, responder)

    async def close(self) -> None:
        await self.wire.close()
