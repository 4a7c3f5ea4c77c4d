"""Receipts of providers: delivery reports, pressed keys, a phone that a push has reached.

Enters: what a provider posts, with the secret of the settings in the address and, where the provider signs, its
signature. Leaves: proof, taken by our own ids; what is not ours is counted and forgotten, what is forged or malformed
is refused and counted. Absent: Xiaomi and vivo, whose receipts no public document describes whole (docs/limits.md).
"""

import hmac
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import msgspec
from litestar import Controller, Request, Response, post
from litestar.params import FromPath, FromQuery

from zhigan.outlets.notify import figures
from zhigan.outlets.notify.desk import Desk, Told
from zhigan.protocols.couriers import aliyun, huawei, oppo, tencent
from zhigan.protocols.couriers.model import Malformed, Receipt
from zhigan.webapi import problems
from zhigan.webapi.authentication import PUBLIC
from zhigan.webapi.given import Time

ProviderName = Literal["aliyun-sms", "aliyun-voice", "tencent-sms", "huawei", "oppo"]


class Sender(NamedTuple):
    """`name`: the channel's; `answer`: what it wants to hear."""

    name: str
    read: Callable[[bytes], list[Receipt]]
    answer: dict[str, object]


SENDERS: dict[ProviderName, Sender] = {
    "aliyun-sms": Sender("aliyun", aliyun.sms_receipts, {"code": 0, "msg": "成功"}),
    "aliyun-voice": Sender("aliyun", aliyun.voice_receipts, {"code": 0, "msg": "成功"}),
    "tencent-sms": Sender("tencent", tencent.sms_receipts, {"result": 0, "errmsg": "OK"}),
    "huawei": Sender("huawei", huawei.receipts, {"code": "0", "message": "success"}),
    "oppo": Sender("oppo", oppo.receipts, {"code": 0, "message": "success"}),
}


class Receipts(Controller):
    path = "/receipts"
    tags = ("notification",)

    @post("/{provider:str}", status_code=200, opt=PUBLIC, operation_id="takeReceipts")
    async def take(
        self,
        request: Request[Any, Any, Any],
        desk: Told,
        clock: Time,
        provider: FromPath[ProviderName],
        token: FromQuery[str] = "",
    ) -> Response[bytes]:
        """Delivery reports and pressed keys, as providers push them."""
        sender = SENDERS[provider]
        if not desk.token or not hmac.compare_digest(token.encode(), desk.token.encode()):
            raise _refused(sender, "token")
        if provider == "huawei" and not _signed(desk, request, clock):
            raise _refused(sender, "signature")
        try:
            listed = sender.read(await request.body())
        except Malformed as error:
            figures.refused.labels(sender.name, "malformed").inc()
            raise problems.invalid("body", "a list of receipts of that provider") from error
        ours = await desk.delivery.receive(sender.name, listed)
        figures.receipts.labels(sender.name, "yes").inc(ours)
        figures.receipts.labels(sender.name, "no").inc(len(listed) - ours)
        return Response(msgspec.json.encode(sender.answer), media_type="application/json")


def _refused(sender: Sender, why: str) -> problems.Problem:
    figures.refused.labels(sender.name, why).inc()
    return problems.unauthorised()


def _signed(desk: Desk, request: Request[Any, Any, Any], clock: Time) -> bool:
    """Where a callback key is set, nothing goes without its signature."""
    s = desk.settings
    if s.push_huawei_callback_secret is None:
        return True
    header = request.headers.get("x-huawei-callback-id", "")
    return huawei.holds(header, s.push_huawei_callback_user, s.push_huawei_callback_secret.reveal(), clock.now())


handlers: list[type[Controller]] = [Receipts]
