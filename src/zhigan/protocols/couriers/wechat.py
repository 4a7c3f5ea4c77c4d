"""WeChat: template messages of an official account, subscribe messages of a mini-program, and their access token.

Enters: the account's id and secret, a token, whom and what. Leaves: requests; answers read. `client_msg_id` is our own
id: within ten minutes WeChat sends a template message of one id once.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec

from zhigan.protocols.couriers.model import Answer, Request, Said, of_status

URL = "https://api.weixin.qq.com"
_HEADERS = {"content-type": "application/json; charset=utf-8"}
TOKEN_OVER = frozenset({"40001", "40014", "42001"})
_LIMITED = {45009, 45011}
_BUSY = {-1}


def token(url: str, app: str, secret: str) -> Request:
    body = msgspec.json.encode({"grant_type": "client_credential", "appid": app, "secret": secret})
    return Request(method="POST", url=f"{url}/cgi-bin/stable_token", headers=_HEADERS, body=body)


class Token(msgspec.Struct):
    access_token: str
    expires_in: int


def read_token(status: int, body: bytes) -> Token | Answer:
    told = of_status(status)
    if told is not None:
        return told
    try:
        return msgspec.json.decode(body, type=Token)
    except msgspec.MsgspecError:
        told = answer(status, body)
        return Answer(Said.REFUSED, code=told.code or "malformed", text=told.text)


def template(
    url: str, access: str, openid: str, template_id: str, values: Mapping[str, str], link: str, request: str
) -> Request:
    said: dict[str, object] = {"touser": openid, "template_id": template_id, "data": _data(values)}
    if link:
        said["url"] = link
    said["client_msg_id"] = request
    return _post(url, "/cgi-bin/message/template/send", access, said)


def subscribe(url: str, access: str, openid: str, template_id: str, values: Mapping[str, str], page: str) -> Request:
    said: dict[str, object] = {
        "touser": openid, "template_id": template_id, "data": _data(values), "miniprogram_state": "formal",
        "lang": "zh_CN",
    }  # fmt: skip
    if page:
        said["page"] = page
    return _post(url, "/cgi-bin/message/subscribe/send", access, said)


def _data(values: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {name: {"value": value} for name, value in values.items()}


def _post(url: str, path: str, access: str, said: Mapping[str, object]) -> Request:
    address = f"{url}{path}?{urlencode({'access_token': access})}"
    return Request(method="POST", url=address, headers=_HEADERS, body=msgspec.json.encode(said))


class _Answer(msgspec.Struct):
    errcode: int
    errmsg: str = ""
    msgid: int | str = ""


def answer(status: int, body: bytes) -> Answer:
    """43101: the person has refused it, or has given no consent for one more."""
    told = of_status(status)
    if told is not None:
        return told
    try:
        read = msgspec.json.decode(body, type=_Answer)
    except msgspec.MsgspecError:
        return Answer(Said.UNKNOWN, code="malformed")
    if read.errcode == 0:
        return Answer(Said.TAKEN, str(read.msgid))
    if read.errcode in _BUSY:
        return Answer(Said.UNKNOWN, code=str(read.errcode), text=read.errmsg)
    said = Said.LIMITED if read.errcode in _LIMITED else Said.REFUSED
    return Answer(said, code=str(read.errcode), text=read.errmsg)
