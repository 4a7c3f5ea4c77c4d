"""Group robots of WeCom and DingTalk: a text into a group. 20 messages a minute each.

Enters: the robot's key or token and secret, a text. Leaves: a request; its answer read. Neither gives an id nor can be
asked later what it took.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote_plus

import msgspec

from zhigan.protocols.couriers.model import Answer, Request, Said, of_status

WECOM_URL = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"
DINGTALK_URL = "https://oapi.dingtalk.com/robot/send"
WECOM_BYTES = 2048
_HEADERS = {"content-type": "application/json; charset=utf-8"}
_LIMITED = {45009, 130101, 660026}


def clipped(text: str, most: int = WECOM_BYTES) -> str:
    """At most so many bytes of UTF-8, cut between characters, with a sign that it was cut."""
    raw = text.encode()
    return text if len(raw) <= most else raw[: most - 3].decode(errors="ignore") + "…"


def wecom(url: str, key: str, text: str, phones: Sequence[str] = ()) -> Request:
    said: dict[str, object] = {"content": clipped(text)}
    if phones:
        said["mentioned_mobile_list"] = list(phones)
    body = msgspec.json.encode({"msgtype": "text", "text": said})
    return Request(method="POST", url=f"{url}?key={quote_plus(key)}", headers=_HEADERS, body=body)


def dingtalk_sign(secret: str, milliseconds: int) -> str:
    text = f"{milliseconds}\n{secret}".encode()
    return quote_plus(base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()))


def dingtalk(url: str, token: str, secret: str, text: str, now: datetime) -> Request:
    address = f"{url}?access_token={quote_plus(token)}"
    if secret:
        stamp = int(now.timestamp() * 1000)
        address += f"&timestamp={stamp}&sign={dingtalk_sign(secret, stamp)}"
    body = msgspec.json.encode({"msgtype": "text", "text": {"content": clipped(text, 15_000)}})
    return Request(method="POST", url=address, headers=_HEADERS, body=body)


def feishu_sign(secret: str, seconds: int) -> str:
    """The text is the key, and the message is empty."""
    return base64.b64encode(hmac.new(f"{seconds}\n{secret}".encode(), b"", hashlib.sha256).digest()).decode()


class _Answer(msgspec.Struct):
    errcode: int
    errmsg: str = ""


def answer(status: int, body: bytes) -> Answer:
    told = of_status(status)
    if told is not None:
        return told
    try:
        read = msgspec.json.decode(body, type=_Answer)
    except msgspec.MsgspecError:
        return Answer(Said.UNKNOWN, code="malformed")
    if read.errcode == 0:
        return Answer(Said.TAKEN)
    said = Said.LIMITED if read.errcode in _LIMITED else Said.REFUSED
    return Answer(said, code=str(read.errcode), text=read.errmsg)
