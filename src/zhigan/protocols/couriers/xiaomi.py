"""Xiaomi's push: the app's secret stands in each request; a message to one registration id.

Enters: package and secret, a note. Leaves: requests; answers read. An id that is no valid target any more is gone.
"""

from urllib.parse import urlencode

import msgspec

from zhigan.protocols.couriers.model import Answer, Request, Said
from zhigan.protocols.couriers.model import read as read_as
from zhigan.protocols.couriers.pushes import TTL_S, Access, Note, fitted

URL = "https://api.xmpush.xiaomi.com"
TITLE, TEXT = 49, 127
GONE = frozenset({20301})
LIMITED = frozenset({10022, 10023, 10024, 200001})
OWN_FAULTS = frozenset({-1, 10001, 10002, 10003})


class Xiaomi:
    name = "xiaomi"

    def __init__(self, package: str, secret: str, channel: str = "", url: str = URL) -> None:
        self._package, self._secret, self._channel, self._url = package, secret, channel, url

    def access(self, milliseconds: int) -> Request | None:
        return None

    def read_access(self, status: int, body: bytes) -> Access | Answer:
        return Access("", TTL_S)

    def send(self, access: str, note: Note) -> Request:
        """`jobkey`: a phone shows one message of a key once."""
        form = {
            "registration_id": note.token, "restricted_package_name": self._package, "pass_through": "0",
            "title": fitted(note.title, TITLE), "description": fitted(note.text, TEXT), "payload": note.request,
            "notify_type": "-1", "notify_id": str(_number(note.tag or note.request)),
            "time_to_live": str(TTL_S * 1000), "extra.jobkey": note.request,
            "extra.notify_effect": "2" if note.link else "1",
        }  # fmt: skip
        if note.link:
            form["extra.intent_uri"] = note.link
        if self._channel:
            form["extra.channel_id"] = self._channel
        headers = {**self._headers(), "content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        return Request(
            method="POST", url=f"{self._url}/v3/message/regid", headers=headers, body=urlencode(form).encode()
        )

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"key={self._secret}"}

    def answer(self, status: int, body: bytes) -> Answer:
        read = read_as(status, body, _Answer)
        if isinstance(read, Answer):
            return read
        if read.code == 0:
            return Answer(Said.TAKEN, read.data.id) if read.data.id else Answer(Said.UNKNOWN, code="malformed")
        return _refused(read)

    def over(self, answer: Answer) -> bool:
        return False

    def look(self, access: str) -> Request:
        """A day's counters of our own package."""
        query = {"start_date": "20200101", "end_date": "20200101", "restricted_package_name": self._package}
        address = f"{self._url}/v1/stats/message/counters?{urlencode(query)}"
        return Request(method="GET", url=address, headers=self._headers())

    def looked(self, status: int, body: bytes) -> Answer:
        read = read_as(status, body, _Answer)
        if isinstance(read, Answer):
            return read
        return Answer(Said.TAKEN) if read.code == 0 else _refused(read)


class _Data(msgspec.Struct):
    id: str = ""


class _Answer(msgspec.Struct):
    code: int
    data: _Data = msgspec.field(default_factory=_Data)
    reason: str = ""
    description: str = ""


def _refused(read: _Answer) -> Answer:
    code, text = str(read.code), read.reason or read.description
    if read.code in OWN_FAULTS:
        return Answer(Said.UNKNOWN, code=code, text=text)
    said = Said.LIMITED if read.code in LIMITED else Said.REFUSED
    return Answer(said, code=code, text=text, gone=read.code in GONE)


def _number(text: str) -> int:
    """Notes of one number take one another's place on the phone; the same text has the same number."""
    number = 7
    for byte in text.encode():
        number = (number * 131 + byte) % 2_147_483_647
    return number
