"""Huawei Push Kit: OAuth 2 client credentials, then messages to one token; receipts of what became of them.

Enters: app id and secret, a note; a receipt's header and body. Leaves: requests; answers and receipts read. A token
that Huawei no longer knows is gone.
"""

import base64
import hashlib
import hmac
from datetime import datetime
from urllib.parse import urlencode

import msgspec

from zhigan.protocols.couriers.model import Answer, Malformed, Outcome, Receipt, Request, Said, of_status
from zhigan.protocols.couriers.model import read as read_as
from zhigan.protocols.couriers.pushes import TTL_S, Access, Note

AUTH_URL = "https://oauth-login.cloud.huawei.com"
URL = "https://push-api.cloud.huawei.com"
TAKEN = "80000000"
OVER = frozenset({"80200001", "80200003"})
GONE = frozenset({"80300007", "80100000"})
"""All tokens of the request are bad; some are (ours hold one)."""
OWN_FAULTS = ("81", "82")
"""The provider's inside: it may have taken the message all the same."""


class Huawei:
    name = "huawei"

    def __init__(self, app: str, secret: str, category: str = "", auth_url: str = AUTH_URL, url: str = URL) -> None:
        self._app, self._secret, self._category = app, secret, category
        self._auth_url, self._url = auth_url, url

    def access(self, milliseconds: int) -> Request | None:
        form = {"grant_type": "client_credentials", "client_id": self._app, "client_secret": self._secret}
        headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        return Request(
            method="POST", url=f"{self._auth_url}/oauth2/v3/token", headers=headers, body=urlencode(form).encode()
        )

    def read_access(self, status: int, body: bytes) -> Access | Answer:
        told = of_status(status)
        if told is not None:
            return told
        try:
            read = msgspec.json.decode(body, type=_Token)
        except msgspec.MsgspecError:
            return _wrong(body)
        return Access(read.access_token, read.expires_in)

    def send(self, access: str, note: Note) -> Request:
        shown: dict[str, object] = {
            "title": note.title, "body": note.text, "importance": "HIGH", "tag": note.tag or note.request,
            "click_action": {"type": 1, "intent": note.link} if note.link else {"type": 3},
        }  # fmt: skip
        android: dict[str, object] = {
            "urgency": "HIGH", "ttl": f"{TTL_S}s", "bi_tag": note.request, "notification": shown,
        }  # fmt: skip
        if self._category:
            android["category"] = self._category
        return self._post(access, {"message": {"android": android, "token": [note.token]}})

    def _post(self, access: str, said: dict[str, object]) -> Request:
        headers = {"content-type": "application/json; charset=utf-8", "authorization": f"Bearer {access}"}
        address = f"{self._url}/v1/{self._app}/messages:send"
        return Request(method="POST", url=address, headers=headers, body=msgspec.json.encode(said))

    def answer(self, status: int, body: bytes) -> Answer:
        if status == 503:
            return Answer(Said.LIMITED, code="503")  # Push Kit's word for "slower"
        read = read_as(status, body, _Answer)
        if isinstance(read, Answer):
            return read
        if read.code == TAKEN and read.request_id:
            return Answer(Said.TAKEN, read.request_id)
        if read.code == TAKEN:
            return Answer(Said.UNKNOWN, code="malformed")
        if read.code.startswith(OWN_FAULTS):
            return Answer(Said.UNKNOWN, code=read.code, text=read.msg)
        return Answer(Said.REFUSED, code=read.code, text=read.msg, gone=read.code in GONE)

    def over(self, answer: Answer) -> bool:
        return answer.code in OVER


# -- receipts: `X-HUAWEI-CALLBACK-ID: timestamp=…; nonce=…; value=…`

SKEW_S = 300
ARRIVED = 0
NOBODY = frozenset({2, 5})
"""The app is not there any more; the token is not this phone's."""


def holds(header: str, user: str, secret: str, now: datetime) -> bool:
    """Is it signed with the callback key, and of now? `value` is over timestamp, nonce and user name as they stand."""
    parts: dict[str, str] = {}
    for part in header.split(";"):
        name, _, text = part.strip().partition("=")
        parts[name] = text
    stamp, nonce, value = parts.get("timestamp", ""), parts.get("nonce", ""), parts.get("value", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 14 and nonce and value.isascii()):
        return False
    digest = hmac.new(secret.encode(), f"{stamp}{nonce}{user}".encode(), hashlib.sha256).digest()
    seconds = int(stamp) / (1000 if len(stamp) > 11 else 1)
    return hmac.compare_digest(base64.b64encode(digest).decode(), value) and abs(now.timestamp() - seconds) <= SKEW_S


def receipts(body: bytes) -> list[Receipt]:
    """Both versions of the body: `status` stands in the row itself, or inside `deliveryStatus`."""
    try:
        listed = _receipts.decode(body).statuses
    except msgspec.MsgspecError as error:
        raise Malformed(str(error)) from error
    found: list[Receipt] = []
    for each in listed:
        code = each.status if each.delivery is None else each.delivery.result
        if code is None:
            continue  # of a card on the home screen, which is none of ours
        outcome = Outcome.DELIVERED if code == ARRIVED else Outcome.FAILED
        found.append(
            Receipt(
                outcome=outcome, request=each.tag, id=each.request, address=f"{Huawei.name}:{each.token}",
                code=str(code), gone=code in NOBODY,
            )
        )  # fmt: skip
    return found


class _Delivery(msgspec.Struct):
    result: int


class _Status(msgspec.Struct):
    token: str = ""
    tag: str = msgspec.field(name="biTag", default="")
    request: str = msgspec.field(name="requestId", default="")
    status: int | None = None
    delivery: _Delivery | None = msgspec.field(name="deliveryStatus", default=None)


class _Receipts(msgspec.Struct):
    statuses: list[_Status]


_receipts = msgspec.json.Decoder(_Receipts)


class _Token(msgspec.Struct):
    access_token: str
    expires_in: int


class _Answer(msgspec.Struct):
    code: str
    msg: str = ""
    request_id: str = msgspec.field(name="requestId", default="")


class _Error(msgspec.Struct):
    error: int | str
    error_description: str = ""


def _wrong(body: bytes) -> Answer:
    try:
        read = msgspec.json.decode(body, type=_Error)
    except msgspec.MsgspecError:
        return Answer(Said.UNKNOWN, code="malformed")
    return Answer(Said.REFUSED, code=str(read.error), text=read.error_description)
