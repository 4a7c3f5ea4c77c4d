"""Groups at WeCom and DingTalk, told by their robots: 20 messages a minute each, what comes faster is merged.

Enters: robots' keys. Leaves: one channel for all of them; the notification's address says which.
"""

from datetime import datetime

from zhigan.outlets.notify.audience import Post
from zhigan.outlets.notify.channels.wire import Failed, Wire
from zhigan.outlets.notify.model import Message, Way
from zhigan.outlets.notify.ports import Unasked
from zhigan.protocols.couriers import robots
from zhigan.protocols.couriers.model import Answer, Receipt, Request, Said


class Robots:
    """`wecom:0` is the first key; DingTalk's is `token:secret`, or a token alone."""

    way, name, repeatable = Way.ROBOT, "robots", False

    def __init__(
        self,
        wire: Wire,
        wecom: tuple[str, ...],
        dingtalk: tuple[str, ...],
        wecom_url: str = robots.WECOM_URL,
        dingtalk_url: str = robots.DINGTALK_URL,
    ) -> None:
        self._wire, self._wecom, self._dingtalk = wire, wecom, dingtalk
        self._wecom_url, self._dingtalk_url = wecom_url, dingtalk_url

    def posts(self) -> list[Post]:
        return [
            *(
                Post(Way.ROBOT, f"robot:wecom:{n}", f"企业微信群 {n + 1}", f"wecom:{n}")
                for n in range(len(self._wecom))
            ),
            *(Post(Way.ROBOT, f"robot:ding:{n}", f"钉钉群 {n + 1}", f"ding:{n}") for n in range(len(self._dingtalk))),
        ]

    def reaches(self, address: str) -> bool:
        return True

    async def send(self, message: Message) -> Answer:
        request = self._request(message.notice.address, message.text, message.now)
        if request is None:
            return Answer(Said.REFUSED, code="no_robot")
        try:
            return robots.answer(*await self._wire.call(request))
        except Failed as failed:
            return failed.answer

    def _request(self, address: str, text: str, now: datetime) -> Request | None:
        kind, _, number = address.partition(":")
        keys = self._wecom if kind == "wecom" else self._dingtalk
        if not number.isdigit() or int(number) >= len(keys):
            return None
        if kind == "wecom":
            return robots.wecom(self._wecom_url, keys[int(number)], text)
        token, _, secret = keys[int(number)].partition(":")
        return robots.dingtalk(self._dingtalk_url, token, secret, text, now)

    async def find(self, request: str, address: str, handed_at: datetime, now: datetime) -> Receipt | None:
        raise Unasked("robots tell nothing afterwards", later=False)

    async def check(self, now: datetime) -> Answer:
        """An empty text is refused by a robot that is there: nobody hears of the test."""
        for post in self.posts():
            request = self._request(post.address, "", now)
            if request is None:
                continue
            try:
                answer = robots.answer(*await self._wire.call(request))
            except Failed as failed:
                return failed.answer
            if answer.said is Said.REFUSED and answer.code in UNKNOWN_ROBOT:
                return answer
            if answer.said not in (Said.TAKEN, Said.REFUSED):
                return answer
        return Answer(Said.TAKEN)


UNKNOWN_ROBOT = frozenset({"93000", "300001", "310000", "40035"})
"""No such key (WeCom), no such token, wrong signature (DingTalk)."""
