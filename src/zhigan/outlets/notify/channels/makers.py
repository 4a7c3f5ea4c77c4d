"""The phone makers' push behind one port: one class for Huawei, Xiaomi, OPPO and vivo.

Enters: a maker's wire (protocols/couriers), the city's Android package. Leaves: a channel of the way `push`; an address
is `maker:token`. One owner of each access; one that has ended is asked for anew once. Absent: devices (devices.py).
"""

from datetime import datetime, timedelta

from zhigan.outlets.notify.channels.wire import Failed, Wire
from zhigan.outlets.notify.model import BESIDE, Message, Notice, Way
from zhigan.outlets.notify.ports import Unasked
from zhigan.protocols.couriers import pushes
from zhigan.protocols.couriers.model import Answer, Receipt, Said

EARLY = timedelta(minutes=5)


class Maker:
    way, repeatable = Way.PUSH, False

    def __init__(self, wire: Wire, maker: pushes.Wire, package: str) -> None:
        self._wire, self._maker, self._package = wire, maker, package
        self.name = maker.name
        self._held = ""
        self._until: datetime | None = None

    def reaches(self, address: str) -> bool:
        return address.startswith(f"{self.name}:")

    async def send(self, message: Message) -> Answer:
        answer = await self._attempt(message, anew=False)
        return await self._attempt(message, anew=True) if self._maker.over(answer) else answer

    async def _attempt(self, message: Message, *, anew: bool) -> Answer:
        access = await self._access(message.now, anew=anew)
        if isinstance(access, Answer):
            return access
        notice = message.notice
        note = pushes.Note(
            token=notice.address.partition(":")[2], title=message.title, text=message.text, request=message.request,
            tag=notice.incident, link=self._link(notice),
        )  # fmt: skip
        try:
            return self._maker.answer(*await self._wire.call(self._maker.send(access, note)))
        except Failed as failed:
            return failed.answer

    def _link(self, notice: Notice) -> str:
        """What is told of no incident opens the app's first page, where it stands."""
        alarm = self._package and notice.purpose not in BESIDE
        return pushes.intent(self._package, notice.incident) if alarm else ""

    async def _access(self, now: datetime, *, anew: bool) -> str | Answer:
        if not anew and self._until is not None and now < self._until:
            return self._held
        request = self._maker.access(int(now.timestamp() * 1000))
        if request is None:
            return ""
        try:
            read = self._maker.read_access(*await self._wire.call(request))
        except Failed as failed:
            return Answer(Said.UNREACHED, code=failed.answer.code)  # the message itself was not sent yet
        if isinstance(read, Answer):
            return Answer(Said.UNREACHED if read.said is Said.UNKNOWN else read.said, code=read.code, text=read.text)
        self._held, self._until = read.token, now + max(timedelta(minutes=1), timedelta(seconds=read.seconds) - EARLY)
        return self._held

    async def find(self, request: str, address: str, handed_at: datetime, now: datetime) -> Receipt | None:
        raise Unasked("makers are not asked about by an id of ours", later=False)

    async def check(self, now: datetime) -> Answer:
        """Access that can be had, or a question that only our keys may ask."""
        access = await self._access(now, anew=True)
        if isinstance(access, Answer):
            return access
        if not isinstance(self._maker, pushes.Looker):
            return Answer(Said.TAKEN)
        try:
            return self._maker.looked(*await self._wire.call(self._maker.look(access)))
        except Failed as failed:
            return failed.answer
