"""A telephone network for the demo: takes SMS and calls as Alibaba Cloud does, and lets people of the city answer them.

Enters: signed HTTP requests of any platform that speaks that provider's interface. Leaves: a page on which every
message and call is seen and a key can be pressed; delivery reports and pressed keys, posted to the platform's door for
receipts. An honest stranger: it checks signatures, knows no incident, and what people answer is its own seeded chance.
`python -m citysim.phones --listen HOST:PORT --receipts URL`; secrets come from the environment (CITYSIM_PHONES_…).
"""

import argparse
import asyncio
import contextlib
import hashlib
import hmac
import html
import os
import random
import sys
from collections import deque
from collections.abc import Coroutine, Mapping, Sequence
from datetime import datetime
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec

from citysim.clock import micros
from citysim.door import Answer, Door, stay
from zhigan.protocols.couriers import aliyun
from zhigan.vocabulary.moments import SHANGHAI, to_datetime

MOST_KEPT = 500
MOST_BYTES = 64 * 1024
PATIENCE_S = 10.0
DELIVERED_S = (1.0, 3.0)
RINGS_S = 12.0
"""So long a call rings for whoever looks at the page; then the city's people answer, or do not."""
ANSWERED = 0.6
KEYS = (("1", 0.1), ("2", 0.75), ("3", 0.15))
ENDING = {"": "未接听", "1": "按 1：确认起火", "2": "按 2：没有起火", "3": "按 3：不在现场，请求支援"}


class Item(msgspec.Struct, kw_only=True):
    """A message or a call on the network."""

    id: str
    way: str
    to: str
    values: dict[str, str]
    request: str
    at: datetime
    state: str
    ringing: bool = False


class Network:
    def __init__(self, keys: aliyun.Keys, receipts: str, token: str, seed: int) -> None:
        self._keys = keys
        self._receipts = receipts
        self._token = token
        self._chance = random.Random(seed)
        self._count = 0
        self._under_way: set[asyncio.Task[None]] = set()
        self._door = Door(self._answer, MOST_BYTES)
        self.items: deque[Item] = deque(maxlen=MOST_KEPT)

    async def open(self, host: str, port: int) -> int:
        return await self._door.open(host, port)

    async def close(self) -> None:
        for task in self._under_way:
            task.cancel()
        await self._door.close()

    async def _answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        parts = urlsplit(target)
        if "x-acs-action" in headers:
            status, said = self._provider(parts.query, headers)
            return status, "application/json", msgspec.json.encode(said)
        if method == "POST" and parts.path == "/press":
            pressed = dict(parse_qsl(body.decode()))
            self._press(pressed.get("id", ""), pressed.get("key", ""))
            return 303, "text/plain", b""
        if parts.path == "/messages.json":
            return 200, "application/json", msgspec.json.encode(list(self.items))
        return 200, "text/html", page(list(self.items)).encode()

    # -- the provider's interface

    def _provider(self, query: str, headers: Mapping[str, str]) -> tuple[int, dict[str, object]]:
        if not self._signed(query, headers):
            return 400, {"Code": "SignatureDoesNotMatch", "Message": "the signature does not fit the request"}
        values = dict(parse_qsl(query))
        match headers["x-acs-action"]:
            case "SendSms":
                item = self._taken("sms", values["PhoneNumbers"], values["TemplateParam"], values.get("OutId", ""))
                self._later(self._deliver(item))
                return 200, {"Code": "OK", "Message": "OK", "BizId": item.id, "RequestId": item.id}
            case "IvrCall" | "SingleCallByTts":
                said = values.get("StartTtsParams") or values.get("TtsParam", "{}")
                item = self._taken("voice", values["CalledNumber"], said, values.get("OutId", ""))
                self._later(self._ring(item))
                return 200, {"Code": "OK", "Message": "OK", "CallId": item.id, "RequestId": item.id}
            case "QuerySendDetails":
                sent = [
                    {"OutId": i.request, "PhoneNum": i.to, "SendStatus": 3 if i.state == "已送达" else 1}
                    for i in self.items if i.way == "sms" and i.to == values.get("PhoneNumber")
                ]  # fmt: skip
                return 200, {"Code": "OK", "TotalCount": len(sent), "SmsSendDetailDTOs": {"SmsSendDetailDTO": sent}}
            case _:
                return 200, {"Code": "OK", "Message": "OK"}

    def _signed(self, query: str, headers: Mapping[str, str]) -> bool:
        fields = headers.get("authorization", "").partition(" ")[2]
        given = dict(part.split("=", 1) for part in fields.split(",") if "=" in part)
        names = given.get("SignedHeaders", "").split(";")
        if given.get("Credential") != self._keys.id or not all(name in headers for name in names):
            return False
        signed = {name: headers[name] for name in names}
        _, wanted = aliyun.signature_of(self._keys.secret, "POST", query, signed, hashlib.sha256(b"").hexdigest())
        return hmac.compare_digest(wanted, given.get("Signature", ""))

    def _taken(self, way: str, to: str, values: str, request: str) -> Item:
        self._count += 1
        said = msgspec.json.decode(values, type=dict[str, str])
        item = Item(
            id=f"{to[-4:]}{micros()}{self._count}", way=way, to=to, values=said, request=request,
            at=to_datetime(micros()), state="振铃中" if way == "voice" else "发送中", ringing=way == "voice",
        )  # fmt: skip
        self.items.appendleft(item)
        return item

    # -- people

    async def _deliver(self, item: Item) -> None:
        await asyncio.sleep(self._chance.uniform(*DELIVERED_S))
        item.state = "已送达"
        report: dict[str, object] = {
            "phone_number": item.to, "success": True, "biz_id": item.id, "out_id": item.request,
            "err_code": "DELIVERED",
            "err_msg": "用户接收成功", "sms_size": "1",
        }  # fmt: skip
        await self._report("aliyun-sms", report)

    async def _ring(self, item: Item) -> None:
        await asyncio.sleep(RINGS_S)
        if not item.ringing:
            return
        if self._chance.random() >= ANSWERED:
            self._end(item, "")
            return
        [key] = self._chance.choices([k for k, _ in KEYS], [w for _, w in KEYS])
        self._end(item, key)

    def _press(self, id_: str, key: str) -> None:
        item = next((i for i in self.items if i.id == id_ and i.ringing), None)
        if item is not None and key in ENDING:
            self._end(item, key)

    def _end(self, item: Item, key: str) -> None:
        item.ringing, item.state = False, ENDING[key]
        report: dict[str, object] = {
            "call_id": item.id, "out_id": item.request, "dtmf": key, "status_code": "200000" if key else "200002",
            "status_msg": "用户接听" if key else "用户未接听", "duration": "12" if key else "0",
        }  # fmt: skip
        self._later(self._report("aliyun-voice", report))

    def _later(self, act: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(act)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _report(self, what: str, report: dict[str, object]) -> None:
        """Providers push again while they are not answered well; so does this one, three times."""
        address = urlsplit(f"{self._receipts}/{what}")
        body = msgspec.json.encode([report])
        path = f"{address.path}?{urlencode({'token': self._token})}"
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        for pause in (0.0, 3.0, 15.0):
            await asyncio.sleep(pause)
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(PATIENCE_S):
                    reader, writer = await asyncio.open_connection(address.hostname, address.port or 80)
                    writer.write(head.encode() + body)
                    answer = await reader.readline()
                    writer.close()
                if b" 200 " in answer:
                    return


STYLE = (
    "body{font:15px/1.5 system-ui,'Noto Sans CJK SC',sans-serif;margin:0 auto;max-width:60rem;padding:1rem;"
    "background:#f4f5f7;color:#1b1f24}h1{font-size:1.3rem}article{background:#fff;border:1px solid #d0d7de;"
    "border-radius:6px;padding:.6rem .9rem;margin:.5rem 0}header{display:flex;gap:1rem;flex-wrap:wrap;font-weight:600}"
    "header span:last-child{margin-left:auto;"
    "font-weight:400;color:#57606a}p{margin:.3rem 0}.ringing{border-left:4px solid #b35900}form{display:inline}"
    "button{font:inherit;padding:.3rem .8rem;margin-right:.5rem;min-height:36px}"
)


def page(items: Sequence[Item]) -> str:
    """What the telephones of the city show, newest first; looked at anew every three seconds."""
    listed = "".join(_shown(item) for item in items) or "<p>还没有人收到短信或电话。等一起警情发生。</p>"
    return (
        "<!doctype html><html lang=zh-CN><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<meta http-equiv=refresh content=3><title>演示电话网</title><style>{STYLE}</style>"
        f"<h1>演示电话网 · 短信与电话 {len(items)} 条</h1><p>这里代替运营商：平台发出的短信和电话都到这里。"
        f"电话振铃 {RINGS_S:.0f} 秒内可以替接听人按键，之后由演示居民自己应答。</p>{listed}</html>"
    )


def _shown(item: Item) -> str:
    clock = item.at.astimezone(SHANGHAI).strftime("%H:%M:%S")
    said = item.values
    text = "：".join(said.get(n, "") for n in ("what", "place") if said.get(n))
    text = text or (f"登录验证码 {said['code']}" if said.get("code") else "")
    more = "。".join(said.get(n, "") for n in ("time", "advice") if said.get(n))
    keys = f"<p>{html.escape(said.get('keys', ''))}</p>" if item.way == "voice" else ""
    buttons = "".join(
        f"<form method=post action=/press><input type=hidden name=id value='{item.id}'>"
        f"<button name=key value={key}>按 {key}</button></form>"
        for key in ("1", "2", "3") if item.ringing
    )  # fmt: skip
    kind = "电话" if item.way == "voice" else "短信"
    return (
        f"<article class='{'ringing' if item.ringing else ''}'><header><span>{kind}</span>"
        f"<span>{html.escape(item.to)}</span>"
        f"<span>{html.escape(item.state)}</span><span>{clock}</span></header>"
        f"<p>{html.escape(text)}</p><p>{html.escape(more)}</p>{keys}{buttons}</article>"
    )


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="citysim.phones", description="a telephone network for the demo")
    parser.add_argument("--listen", required=True, metavar="HOST:PORT")
    parser.add_argument("--receipts", required=True, metavar="URL", help="the platform's /api/v1/receipts")
    parser.add_argument("--seed", type=int, default=119)
    options = parser.parse_args(argv)
    keys = aliyun.Keys(os.environ.get("CITYSIM_PHONES_ID", "demo"), os.environ.get("CITYSIM_PHONES_SECRET", ""))
    if not keys.secret:
        print("citysim.phones: CITYSIM_PHONES_SECRET is not set", file=sys.stderr)
        return 2
    network = Network(keys, options.receipts, os.environ.get("CITYSIM_PHONES_TOKEN", ""), options.seed)

    asyncio.run(stay(network, options.listen))
    return 0


if __name__ == "__main__":
    sys.exit(main())
