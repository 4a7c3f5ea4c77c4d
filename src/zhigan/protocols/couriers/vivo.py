"""vivo's push: a signed question for access, then a notification to one registration id.

Enters: app id, key and secret, a note. Leaves: requests; answers read. A registration id that vivo does not know, or
whose app was removed, is gone. MD5 is the provider's own choice: it signs the question, it guards nothing of ours.
"""

import hashlib

import msgspec

from zhigan.protocols.couriers.model import Answer, Request, Said
from zhigan.protocols.couriers.model import read as read_as
from zhigan.protocols.couriers.pushes import TTL_S, Access, Note, fitted

URL = "https://api-push.vivo.com.cn"
TITLE, TEXT = 20, 50
ACCESS_S = 86_400
OVER = "10000"
GONE = frozenset({10302})
GONE_USER = frozenset({1, 2})
"""`invalidUser.status`: no such id; the app was removed, or its notifications were switched off."""
LIMITED = frozenset({10045, 10070, 10073})
_JSON = {"content-type": "application/json; charset=utf-8"}


def sign(app: str, key: str, milliseconds: int, secret: str) -> str:
    text = f"{app.strip()}{key.strip()}{milliseconds}{secret.strip()}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class Vivo:
    name = "vivo"

    def __init__(self, app: str, key: str, secret: str, category: str = "", url: str = URL) -> None:
        self._app, self._key, self._secret, self._category, self._url = app, key, secret, category, url

    def access(self, milliseconds: int) -> Request | None:
        said = {
            "appId": self._app, "appKey": self._key, "timestamp": milliseconds,
            "sign": sign(self._app, self._key, milliseconds, self._secret),
        }  # fmt: skip
        return Request(method="POST", url=f"{self._url}/message/auth", headers=_JSON, body=msgspec.json.encode(said))

    def read_access(self, status: int, body: bytes) -> Access | Answer:
        read = read_as(status, body, _Answer)
        if isinstance(read, Answer):
            return read
        return Access(read.auth_token, ACCESS_S) if read.result == 0 and read.auth_token else _refused(read)

    def send(self, access: str, note: Note) -> Request:
        """`classification` 1: a message of the system, not of operation; `notifyType` 4: it rings and shakes."""
        said: dict[str, object] = {
            "appId": self._app, "regId": note.token, "notifyType": 4, "title": fitted(note.title, TITLE),
            "content": fitted(note.text, TEXT), "timeToLive": TTL_S, "skipType": 4 if note.link else 1,
            "requestId": note.request, "classification": 1,
        }  # fmt: skip
        if note.link:
            said["skipContent"] = note.link
        if self._category:
            said["category"] = self._category
        headers = {**_JSON, "authToken": access}
        return Request(method="POST", url=f"{self._url}/message/send", headers=headers, body=msgspec.json.encode(said))

    def answer(self, status: int, body: bytes) -> Answer:
        read = read_as(status, body, _Answer)
        if isinstance(read, Answer):
            return read
        if read.result == 0 and read.invalid_user is None:
            return Answer(Said.TAKEN, read.task_id) if read.task_id else Answer(Said.UNKNOWN, code="malformed")
        return _refused(read)

    def over(self, answer: Answer) -> bool:
        return answer.code == OVER


class _Invalid(msgspec.Struct):
    status: int = 0


class _Answer(msgspec.Struct, rename="camel"):
    result: int
    desc: str = ""
    auth_token: str = ""
    task_id: str = ""
    invalid_user: _Invalid | None = None


def _refused(read: _Answer) -> Answer:
    said = Said.LIMITED if read.result in LIMITED else Said.REFUSED
    gone = read.result in GONE or (read.invalid_user is not None and read.invalid_user.status in GONE_USER)
    code = str(read.result) if read.result else f"invalid_user_{read.invalid_user.status if read.invalid_user else 0}"
    return Answer(said, code=code, text=read.desc, gone=gone)
