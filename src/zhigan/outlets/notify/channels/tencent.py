"""Tencent Cloud's SMS. Enters: keys, app, template. Leaves: a channel."""

from datetime import datetime

from zhigan.outlets.notify.channels.wire import Failed, Wire
from zhigan.outlets.notify.model import Message, Way
from zhigan.outlets.notify.ports import Unasked
from zhigan.protocols.couriers import tencent
from zhigan.protocols.couriers.model import Answer, Malformed, Receipt

ORDER = ("what", "place", "time", "advice")
"""Values are told by place there; docs/notification.md shows the template."""
SERVICE = "sms"


class TencentSms:
    way, name, repeatable = Way.SMS, "tencent", False

    def __init__(
        self,
        wire: Wire,
        keys: tencent.Keys,
        app: str,
        sign: str,
        template: str,
        region: str,
        url: str = tencent.SMS_URL,
    ) -> None:
        self._wire, self._keys, self._app, self._sign = wire, keys, app, sign
        self._template, self._region, self._url = template, region, url

    def reaches(self, address: str) -> bool:
        return True

    async def send(self, message: Message) -> Answer:
        values = [message.values[name] for name in ORDER]
        return await self.text(message.notice.address, self._template, values, message.request, message.now)

    async def text(self, phone: str, template: str, values: list[str], request: str, now: datetime) -> Answer:
        body = tencent.sms(phone, self._app, self._sign, template, values, request)
        try:
            return tencent.answer(*await self._call("SendSms", body, now))
        except Failed as failed:
            return failed.answer

    async def find(self, request: str, address: str, handed_at: datetime, now: datetime) -> Receipt | None:
        body = tencent.sms_status(address, self._app, handed_at, now)
        try:
            return tencent.sms_found(*await self._call("PullSmsSendStatusByPhoneNumber", body, now), request)
        except Failed as failed:
            raise Unasked(failed.answer.code, later=True) from failed
        except Malformed as error:
            raise Unasked(str(error), later=True) from error

    async def check(self, now: datetime) -> Answer:
        body = tencent.template_list(self._template)
        try:
            return tencent.known(*await self._call("DescribeSmsTemplateList", body, now))
        except Failed as failed:
            return failed.answer

    async def _call(self, action: str, body: bytes, now: datetime) -> tuple[int, bytes]:
        signed = tencent.sign(self._keys, self._url, SERVICE, action, body, now, self._region)
        return await self._wire.call(signed.request)
