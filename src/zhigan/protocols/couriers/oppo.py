"""OPPO's push: a signed question for access, then a notification to one registration id; receipts of its arrival.

Enters: app key and master secret, a note; a receipt's body. Leaves: requests; answers and receipts read.
`app_message_id` is our own id: OPPO sends a message of one id to a phone once. A registration id that it does not know
is gone.
"""

import hashlib
from urllib.parse import urlencode

import msgspec

from zhigan.protocols.couriers.model import Answer, Malformed, Outcome, Receipt, Request, Said
from zhigan.protocols.couriers.model import read as read_as
from zhigan.protocols.couriers.pushes import TTL_S, Access, Note, fitted

URL = "https://api.push.oppomobile.com"
TITLE, TEXT = 50, 50
ACCESS_S = 86_400
OVER = "11"
GONE = frozenset({10000})
LIMITED = frozenset({-2, 13, 33})
OWN_FAULTS = frozenset({-1})
FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


def sign(key: str, milliseconds: int, secret: str) -> str:
    return hashlib.sha256(f"{key}{milliseconds}{secret}".encode()).hexdigest()


class Oppo:
    name = "oppo"

    def __init__(self, key: str, secret: str, channel: str = "", url: str = URL, receipts: str = "") -> None:
        """`receipts`: where OPPO tells that a message has arrived; each message names it."""
        self._key, self._secret, self._channel, self._url, self._receipts = key, secret, channel, url, receipts

    def access(self, milliseconds: int) -> Request | None:
        form = {
            "app_key": self._key, "timestamp": str(milliseconds), "sign": sign(self._key, milliseconds, self._secret),
        }  # fmt: skip
        return Request(method="POST", url=f"{self._url}/server/v1/auth", headers=FORM, body=urlencode(form).encode())

    def read_access(self, status: int, body: bytes) -> Access | Answer:
        read = read_as(status, body, _Answer)
        if isinstance(read, Answer):
            return read
        if read.code == 0 and read.data.auth_token:
            return Access(read.data.auth_token, ACCESS_S)
        return _refused(read)

    def send(self, access: str, note: Note) -> Request:
        shown: dict[str, object] = {
            "app_message_id": note.request, "title": fitted(note.title, TITLE), "content": fitted(note.text, TEXT),
            "click_action_type": 5 if note.link else 0, "off_line": True, "off_line_ttl": TTL_S,
        }  # fmt: skip
        if note.link:
            shown["click_action_url"] = note.link
        if self._channel:
            shown["channel_id"] = self._channel
        if self._receipts:
            shown |= {"call_back_url": self._receipts, "call_back_parameter": note.request}
        said = {
            "target_type": 2, "target_value": note.token, "verify_registration_id": True, "notification": shown,
        }  # fmt: skip
        form = {"message": msgspec.json.encode(said).decode()}
        return Request(
            method="POST", url=f"{self._url}/server/v1/message/notification/unicast",
            headers={**FORM, "auth_token": access}, body=urlencode(form).encode(),
        )  # fmt: skip

    def answer(self, status: int, body: bytes) -> Answer:
        read = read_as(status, body, _Answer)
        if isinstance(read, Answer):
            return read
        if read.code == 0:
            id_ = read.data.message_id
            return Answer(Said.TAKEN, id_) if id_ else Answer(Said.UNKNOWN, code="malformed")
        return _refused(read)

    def over(self, answer: Answer) -> bool:
        return answer.code == OVER


LONGEST_CALLBACK = 200
ARRIVED = ("", "push_arrive")


def receipts(body: bytes) -> list[Receipt]:
    """A list; only arrivals are told of. `param` is our own id, as it went out with the message."""
    try:
        listed = _receipts.decode(body)
    except msgspec.MsgspecError as error:
        raise Malformed(str(error)) from error
    return [
        Receipt(outcome=Outcome.DELIVERED, request=each.param, id=each.message_id)
        for each in listed
        if each.event in ARRIVED
    ]


class _Arrival(msgspec.Struct):
    message_id: str = msgspec.field(name="messageId")
    param: str = ""
    event: str = msgspec.field(name="eventType", default="")


_receipts = msgspec.json.Decoder(list[_Arrival])


class _Data(msgspec.Struct):
    auth_token: str = ""
    message_id: str = msgspec.field(name="messageId", default="")


class _Answer(msgspec.Struct):
    code: int
    message: str = ""
    data: _Data = msgspec.field(default_factory=_Data)


def _refused(read: _Answer) -> Answer:
    if read.code in OWN_FAULTS:
        return Answer(Said.UNKNOWN, code=str(read.code), text=read.message)
    said = Said.LIMITED if read.code in LIMITED else Said.REFUSED
    return Answer(said, code=str(read.code), text=read.message, gone=read.code in GONE)
