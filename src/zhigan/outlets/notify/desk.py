"""What the doors of telling share: the wired parts, made once a process (processes/).

Enters: pool, clock, settings. Leaves: choice of channels, planner, delivery, speaker, the app's feed;
sign-in codes by SMS. Absent: HTTP, loops.
"""

from typing import Protocol, TypeAlias

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from zhigan.outlets.notify.audience import Roster, no_calendar, plain_number
from zhigan.outlets.notify.channels.aliyun import AliyunSms
from zhigan.outlets.notify.channels.choice import Choice
from zhigan.outlets.notify.channels.wire import ANSWER_S, Wire
from zhigan.outlets.notify.delivery import Delivery
from zhigan.outlets.notify.feed import Feed
from zhigan.outlets.notify.planning import Planner
from zhigan.outlets.notify.speech import Speaker
from zhigan.protocols.couriers import webpush
from zhigan.protocols.couriers.model import Said
from zhigan.runtime.clock import Clock
from zhigan.runtime.ids import mint
from zhigan.runtime.pg import Pool
from zhigan.runtime.settings_notify import NotifySettings
from zhigan.webapi.principal import Principal


class Door(Protocol):
    """Who knows whether a session still holds (access)."""

    async def authenticate(self, token: str, address: str) -> Principal | None: ...


class Desk:
    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        settings: NotifySettings,
        answer_s: float = ANSWER_S,
        push_key: webpush.Key | None = None,
        roster: Roster = no_calendar,
    ) -> None:
        self.settings = settings
        self.token = settings.receipts_token.reveal() if settings.receipts_token else ""
        self.wire = Wire(answer_s)
        self.push_key = push_key
        self.push_hosts = tuple(host.strip() for host in settings.webpush_hosts.split(",") if host.strip())
        self.choice = Choice(settings, self.wire, pool, push_key)
        self.planner = Planner(self.choice.names(), self.choice.posts, roster)
        self.delivery = Delivery(pool, clock, self.choice.channels, self.planner)
        self.speaker = Speaker()
        self.feed = Feed()
        self._clock = clock

    @property
    def texts_codes(self) -> bool:
        """Is there a provider with a template for sign-in codes?"""
        s = self.settings
        return any(
            s.aliyun_code_template if isinstance(sms, AliyunSms) else s.tencent_code_template for sms in self.choice.sms
        )

    async def code(self, phone: str, code: str) -> bool:
        """A sign-in code, by the first SMS provider that takes it. Whoever waits for it asks again; so a provider that
        gave no answer is not the last. The code stands in no log and in no table."""
        number, now = plain_number(phone), self._clock.now()
        for sms in self.choice.sms:
            request = mint(self._clock).replace("-", "")
            if isinstance(sms, AliyunSms):
                template = self.settings.aliyun_code_template
                answer = await sms.text(number, template, {"code": code}, request, now) if template else None
            else:
                template = self.settings.tencent_code_template
                answer = await sms.text(number, template, [code], request, now) if template else None
            if answer is not None and answer.said in (Said.TAKEN, Said.UNKNOWN):
                return answer.said is Said.TAKEN
        return False

    async def close(self) -> None:
        self.feed.close()
        await self.wire.close()


Told: TypeAlias = NamedDependency[SkipValidation[Desk]]
