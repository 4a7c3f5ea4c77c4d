"""A webhook: any other system is told, in CloudEvents signed by Standard Webhooks.

Enters: an address, a secret. Leaves: a channel. The event's id is the notification's own, so that a repeat is known as
one. Telephone numbers and names stay here.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from zhigan.outlets.notify.channels.wire import Failed, Wire
from zhigan.outlets.notify.model import Message, Way
from zhigan.outlets.notify.ports import Unasked
from zhigan.protocols.couriers import webhooks
from zhigan.protocols.couriers.model import Answer, Receipt, Said

TYPE = "cn.zhigan119.notification.v1"
CHECK_TYPE = "cn.zhigan119.check.v1"


class Webhook:
    way, name, repeatable = Way.WEBHOOK, "webhook", True

    def __init__(self, wire: Wire, url: str, secret: str) -> None:
        self._wire, self._url, self._secret = wire, url, secret

    def reaches(self, address: str) -> bool:
        return True

    async def send(self, message: Message) -> Answer:
        notice = message.notice
        data = {
            "incidents": list(message.incidents),
            "grade": notice.grade.name,
            "kind": notice.kind.value,
            "purpose": notice.purpose.value,
            "unit": notice.unit_name,
            "place": notice.place,
            "opened_at": notice.opened_at.isoformat(),
            "text": message.text,
        }
        return await self._post(notice.id, TYPE, data, message.now)

    async def _post(self, id_: str, type_: str, data: Mapping[str, object], now: datetime) -> Answer:
        event = {
            "specversion": "1.0", "id": id_, "source": "/zhigan119", "type": type_, "time": now.isoformat(),
            "datacontenttype": "application/json", "data": data,
        }  # fmt: skip
        request = webhooks.send(self._url, self._secret, id_, msgspec.json.encode(event), now)
        try:
            status, _ = await self._wire.call(request)
        except Failed as failed:
            return failed.answer
        answer = webhooks.answer(status)
        return Answer(Said.TAKEN, id_) if answer.said is Said.TAKEN else answer

    async def find(self, request: str, address: str, handed_at: datetime, now: datetime) -> Receipt | None:
        raise Unasked("its id makes repeating harmless", later=False)

    async def check(self, now: datetime) -> Answer:
        answer = await self._post(f"check-{int(now.timestamp())}", CHECK_TYPE, {}, now)
        return answer if answer.said is not Said.UNKNOWN else Answer(Said.REFUSED, code=answer.code)
