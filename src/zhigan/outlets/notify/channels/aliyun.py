"""Alibaba Cloud's SMS and voice. Enters: keys, templates. Leaves: two channels."""

import secrets
from datetime import datetime

from zhigan.outlets.notify.channels.wire import Failed, Wire
from zhigan.outlets.notify.model import Message, Way
from zhigan.outlets.notify.ports import Unasked
from zhigan.protocols.couriers import aliyun
from zhigan.protocols.couriers.model import Answer, Malformed, Receipt, Said

DENIED = ("signature", "accesskey", "forbidden", "permission", "invalidversion", "noapi", "unauthorized")


class AliyunSms:
    way, name, repeatable = Way.SMS, "aliyun", False

    def __init__(self, wire: Wire, keys: aliyun.Keys, sign: str, template: str, url: str = aliyun.SMS_URL) -> None:
        self._wire, self._keys, self._sign, self._template, self._url = wire, keys, sign, template, url

    def reaches(self, address: str) -> bool:
        return True

    async def send(self, message: Message) -> Answer:
        return await self.text(message.notice.address, self._template, _values(message), message.request, message.now)

    async def text(self, phone: str, template: str, values: dict[str, str], request: str, now: datetime) -> Answer:
        query = aliyun.sms(phone, self._sign, template, values, request)
        return await _sent(self._wire, self._keys, self._url, "SendSms", query, now)

    async def find(self, request: str, address: str, handed_at: datetime, now: datetime) -> Receipt | None:
        query = aliyun.sms_details(address, handed_at)
        status, body = await _asked(self._wire, self._keys, self._url, "QuerySendDetails", query, now)
        try:
            return aliyun.sms_found(status, body, request)
        except Malformed as error:
            raise Unasked(str(error), later=True) from error

    async def check(self, now: datetime) -> Answer:
        return await _checked(
            self._wire, self._keys, self._url, "QuerySmsTemplate", {"TemplateCode": self._template}, now
        )


class AliyunVoice:
    """With keys (`IvrCall`) or without (`SingleCallByTts`). Its calls cannot be asked about by our own id."""

    way, name, repeatable = Way.VOICE, "aliyun", False

    def __init__(
        self,
        wire: Wire,
        keys: aliyun.Keys,
        template: str,
        shown: str,
        url: str = aliyun.VOICE_URL,
        *,
        dial: bool = True,
    ) -> None:
        self._wire, self._keys, self._template, self._shown, self._url = wire, keys, template, shown, url
        self._dial = dial

    def reaches(self, address: str) -> bool:
        return True

    async def send(self, message: Message) -> Answer:
        values = _values(message)
        return await self.dial(message.notice.address, self._template, values, message.request, message.now)

    async def dial(self, phone: str, template: str, values: dict[str, str], request: str, now: datetime) -> Answer:
        action, build = ("IvrCall", aliyun.call) if self._dial else ("SingleCallByTts", aliyun.plain_call)
        query = build(phone, self._shown, template, values, request)
        return await _sent(self._wire, self._keys, self._url, action, query, now)

    async def find(self, request: str, address: str, handed_at: datetime, now: datetime) -> Receipt | None:
        raise Unasked("calls are not asked about by an id of ours; the receipt tells", later=False)

    async def check(self, now: datetime) -> Answer:
        query = {"CallId": "0", "ProdId": "11000000300006", "QueryDate": str(int(now.timestamp() * 1000))}
        return await _checked(self._wire, self._keys, self._url, "QueryCallDetailByCallId", query, now)


def _values(message: Message) -> dict[str, str]:
    return {name: value for name, value in message.values.items() if name != "short"}


async def _sent(wire: Wire, keys: aliyun.Keys, url: str, action: str, query: dict[str, str], now: datetime) -> Answer:
    try:
        signed = aliyun.sign(keys, url, action, query, now, secrets.token_hex(16))
        return aliyun.answer(*await wire.call(signed.request))
    except Failed as failed:
        return failed.answer


async def _asked(
    wire: Wire, keys: aliyun.Keys, url: str, action: str, query: dict[str, str], now: datetime
) -> tuple[int, bytes]:
    try:
        return await wire.call(aliyun.sign(keys, url, action, query, now, secrets.token_hex(16)).request)
    except Failed as failed:
        raise Unasked(failed.answer.code, later=True) from failed


async def _checked(
    wire: Wire, keys: aliyun.Keys, url: str, action: str, query: dict[str, str], now: datetime
) -> Answer:
    """A question that sends nothing: an answer that knows our keys is a path that is whole."""
    try:
        status, body = await wire.call(aliyun.sign(keys, url, action, query, now, secrets.token_hex(16)).request)
    except Failed as failed:
        return failed.answer
    code = aliyun.code(body)
    if code is None or status >= 500:
        return Answer(Said.UNKNOWN, code=str(status))
    if any(word in code.lower() for word in DENIED):
        return Answer(Said.REFUSED, code=code)
    return Answer(Said.TAKEN, code=code)
