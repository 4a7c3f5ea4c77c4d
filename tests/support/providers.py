"""The providers' side in tests: a real HTTP server that checks every signature, and does as it is told.

Enters: requests of the platform's channels. Leaves: what was taken (`taken`), and answers: well, refused, limited,
broken, malformed, silent, or taken and silent. It knows the signers' own vectors-tested functions, never the platform.
"""

import asyncio
import hashlib
import socket
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import uvicorn

from support.makers import FAULTS, STATUS, Heard, Makers
from zhigan.protocols.couriers import aliyun, robots, tencent, webhooks
from zhigan.runtime.clock import Clock

ALIYUN = aliyun.Keys("ak-test", "ak-secret-test")
TENCENT = tencent.Keys("tk-test", "tk-secret-test")
WEBHOOK = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
DING_SECRET = "SEC-ding-secret"
ROBOT = "wecom-key"
WECHAT = ("wx-official", "wx-secret-77")
MINI = ("wx-mini", "mini-secret-77")
MODES = ("ok", "refused", "limited", "gone", "broken", "malformed", "silent", "swallowed")


class Taken(msgspec.Struct, frozen=True):
    """One message that a provider took."""

    provider: str
    way: str
    to: str
    values: dict[str, str]
    request: str
    id: str


class Providers:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.modes: dict[str, str] = {}
        self.taken: list[Taken] = []
        self.calls: list[str] = []
        self.forged: list[str] = []
        self.url = ""
        self.makers = Makers()
        self.tokens: dict[str, str] = {}

    def mode(self, provider: str) -> str:
        return self.modes.get(provider, "ok")

    def of(self, way: str, provider: str | None = None) -> list[Taken]:
        return [t for t in self.taken if t.way == way and provider in (None, t.provider)]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while True:
            part = await receive()
            body += part.get("body", b"")
            if not part.get("more_body"):
                break
        headers = {k.decode(): v.decode() for k, v in scope["headers"]}
        query = scope["query_string"].decode()
        name, status, answer = self._serve(scope["path"], query, headers, body)
        more = [(b"location", answer)] if name == "browser" and status == 201 else []
        if self.mode(name) in ("silent", "swallowed"):
            while (await receive())["type"] != "http.disconnect":
                pass  # no answer, until the other side gives up
            return
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [(b"content-type", b"application/json"), *more],
            }
        )
        await send({"type": "http.response.body", "body": b"" if more else answer})

    def _serve(self, path: str, query: str, headers: Mapping[str, str], body: bytes) -> tuple[str, int, bytes]:
        if "x-acs-action" in headers:
            return self._aliyun(query, headers)
        if "x-tc-action" in headers:
            return self._tencent(headers, body)
        if path == "/hook":
            return self._webhook(headers, body)
        if path in ("/wecom", "/ding"):
            return self._robot(path[1:], query, body)
        if path.startswith("/cgi-bin/"):
            return self._wechat(path, query, body)
        heard = self.makers.hears(path, query, headers, body, self.clock.now().timestamp(), self.url)
        return ("other", 404, b"{}") if heard is None else self._pushed(heard)

    def _pushed(self, heard: Heard) -> tuple[str, int, bytes]:
        self.calls.append(heard.name)
        if not heard.to:
            return heard.name, heard.status, heard.fault
        mode = self.mode(heard.name)
        if heard.name == "browser" and mode in STATUS:
            return heard.name, STATUS[mode], b""
        if heard.name == "huawei" and mode == "limited":
            return heard.name, 503, b""
        if heard.name == "huawei" and mode == "broken":
            return heard.name, 500, b""
        faults = FAULTS.get(heard.name)
        if faults is not None:
            if mode == "gone":
                return heard.name, 200, faults.gone
            fault = self._fault(heard.name, faults.refused, faults.limited)
            if fault is not None:
                return fault
        elif mode == "silent":
            return heard.name, 200, b""
        way = "webpush" if heard.name == "browser" else "push"
        taken = self._take(heard.name, way, heard.to, msgspec.json.encode(dict(heard.values)).decode(), heard.request)
        if heard.name == "browser":
            return heard.name, 201, f"{self.url}/message/{taken.id}".encode()
        return heard.name, heard.status, heard.answer(taken.id)

    def _wechat(self, path: str, query: str, body: bytes) -> tuple[str, int, bytes]:
        """One token of an app holds at a time, as `stable_token` has it."""
        said = msgspec.json.decode(body)
        if path == "/cgi-bin/stable_token":
            self.calls.append("wechat-token")
            if (said["appid"], said["secret"]) not in (WECHAT, MINI):
                self.forged.append("wechat")
                return "wechat-token", 200, b'{"errcode":40125,"errmsg":"invalid appsecret"}'
            self.tokens[said["appid"]] = f"token-{said['appid']}-{len(self.calls)}"
            token = {"access_token": self.tokens[said["appid"]], "expires_in": 7200}
            return "wechat-token", 200, msgspec.json.encode(token)
        name = "official" if path == "/cgi-bin/message/template/send" else "miniprogram"
        self.calls.append(name)
        held = self.tokens.get((WECHAT if name == "official" else MINI)[0], "")
        if dict(parse_qsl(query)).get("access_token") != held:
            self.forged.append(name)
            return name, 200, b'{"errcode":40001,"errmsg":"invalid credential"}'
        fault = self._fault(
            name, b'{"errcode":43101,"errmsg":"user refuse"}', b'{"errcode":45009,"errmsg":"reach max"}'
        )
        if fault is not None:
            return fault
        values = {k: v["value"] for k, v in said["data"].items()}
        request = said.get("client_msg_id", "")
        taken = self._take(name, "wechat", said["touser"], msgspec.json.encode(values).decode(), request)
        return name, 200, msgspec.json.encode({"errcode": 0, "errmsg": "ok", "msgid": taken.id})

    def _fault(self, name: str, refused: bytes, limited: bytes) -> tuple[str, int, bytes] | None:
        match self.mode(name):
            case "refused":
                return name, 200, refused
            case "limited":
                return name, 200, limited
            case "broken":
                return name, 503, b"<html>bad gateway</html>"
            case "malformed":
                return name, 200, b"<html>"
            case "silent":
                return name, 200, b""
            case _:
                return None

    def _aliyun(self, query: str, headers: Mapping[str, str]) -> tuple[str, int, bytes]:
        names = headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
        given = headers["authorization"].split("Signature=")[1]
        signed = {n: headers[n] for n in names}
        _, wanted = aliyun.signature_of(ALIYUN.secret, "POST", query, signed, hashlib.sha256(b"").hexdigest())
        action, values = headers["x-acs-action"], dict(parse_qsl(query))
        name = "aliyun-voice" if action in ("IvrCall", "SingleCallByTts", "QueryCallDetailByCallId") else "aliyun-sms"
        self.calls.append(f"{name}:{action}")
        if given != wanted:
            self.forged.append(name)
            return name, 400, b'{"Code":"SignatureDoesNotMatch","Message":"no"}'
        if not action.startswith("Query"):
            fault = self._fault(
                name, b'{"Code":"isv.MOBILE_NUMBER_ILLEGAL","Message":"no such number"}',
                b'{"Code":"isv.BUSINESS_LIMIT_CONTROL","Message":"too many"}',
            )  # fmt: skip
            if fault is not None:
                return fault
        match action:
            case "SendSms":
                taken = self._take("aliyun", "sms", values["PhoneNumbers"], values["TemplateParam"], values["OutId"])
                return name, 200, msgspec.json.encode({"Code": "OK", "BizId": taken.id, "RequestId": "r"})
            case "IvrCall" | "SingleCallByTts":
                params = values.get("StartTtsParams") or values["TtsParam"]
                taken = self._take("aliyun", "voice", values["CalledNumber"], params, values["OutId"])
                return name, 200, msgspec.json.encode({"Code": "OK", "CallId": taken.id, "RequestId": "r"})
            case "QuerySendDetails":
                dtos = [
                    {"OutId": t.request, "SendStatus": 3, "PhoneNum": t.to, "ErrCode": "DELIVERED"}
                    for t in self.of("sms", "aliyun") if t.to == values["PhoneNumber"]
                ]  # fmt: skip
                found = {"Code": "OK", "SmsSendDetailDTOs": {"SmsSendDetailDTO": dtos}, "TotalCount": len(dtos)}
                return "question", 200, msgspec.json.encode(found)
            case _:
                return "question", 200, b'{"Code":"OK","Message":"OK"}'

    def _tencent(self, headers: Mapping[str, str], body: bytes) -> tuple[str, int, bytes]:
        action, seconds = headers["x-tc-action"], int(headers["x-tc-timestamp"])
        _, _, wanted = tencent.signature_of(TENCENT.secret, headers["host"], "sms", action, body, seconds)
        name = "tencent"
        self.calls.append(f"{name}:{action}")
        if tencent.header_fields(headers["authorization"])["Signature"] != wanted:
            self.forged.append(name)
            return name, 200, b'{"Response":{"Error":{"Code":"AuthFailure.SignatureFailure","Message":"no"}}}'
        asked = msgspec.json.decode(body)
        if action == "PullSmsSendStatusByPhoneNumber":
            known = [
                {"SessionContext": t.request, "SerialNo": t.id, "ReportStatus": "SUCCESS", "PhoneNumber": t.to}
                for t in self.of("sms", "tencent") if f"+86{t.to}" == asked["PhoneNumber"]
            ]  # fmt: skip
            return "question", 200, msgspec.json.encode({"Response": {"PullSmsSendStatusSet": known, "RequestId": "r"}})
        if action != "SendSms":
            return name, 200, b'{"Response":{"DescribeTemplateStatusSet":[],"RequestId":"r"}}'
        status = '{"Response":{"SendStatusSet":[{"Code":"%s","Message":"no","SerialNo":""}]}}'
        fault = self._fault(
            name, (status % "FailedOperation.PhoneNumberInBlacklist").encode(),
            (status % "LimitExceeded.PhoneNumberThirtySecondLimit").encode(),
        )  # fmt: skip
        if fault is not None:
            return fault
        values = dict(zip(("what", "place", "time", "advice"), asked["TemplateParamSet"], strict=False))
        to = asked["PhoneNumberSet"][0].removeprefix("+86")
        taken = self._take(name, "sms", to, msgspec.json.encode(values).decode(), asked["SessionContext"])
        sent = [{"Code": "Ok", "SerialNo": taken.id, "PhoneNumber": to, "Fee": 1, "Message": "send success"}]
        return name, 200, msgspec.json.encode({"Response": {"SendStatusSet": sent, "RequestId": "r"}})

    def _webhook(self, headers: Mapping[str, str], body: bytes) -> tuple[str, int, bytes]:
        self.calls.append("webhook")
        if not webhooks.holds(WEBHOOK, headers, body, self.clock.now()):
            self.forged.append("webhook")
            return "webhook", 401, b""
        match self.mode("webhook"):
            case "refused":
                return "webhook", 410, b""
            case "limited":
                return "webhook", 429, b""
            case "broken" | "malformed":
                return "webhook", 502, b""
            case "silent":
                return "webhook", 200, b""
            case _:
                event = msgspec.json.decode(body)
                text = {k: str(v) for k, v in event.get("data", {}).items()}
                self._take("webhook", "webhook", "hook", msgspec.json.encode(text).decode(), headers["webhook-id"])
                return "webhook", 204, b""

    def _robot(self, kind: str, query: str, body: bytes) -> tuple[str, int, bytes]:
        self.calls.append(kind)
        given = dict(parse_qsl(query, keep_blank_values=True))
        if kind == "ding":
            stamp = int(given["timestamp"])
            raw = dict(part.split("=", 1) for part in query.split("&"))["sign"]
            if raw != robots.dingtalk_sign(DING_SECRET, stamp):
                self.forged.append(kind)
                return kind, 200, b'{"errcode":310000,"errmsg":"sign not match"}'
        elif given["key"] != ROBOT:
            self.forged.append(kind)
            return kind, 200, b'{"errcode":93000,"errmsg":"invalid webhook url"}'
        fault = self._fault(kind, b'{"errcode":93000,"errmsg":"invalid"}', b'{"errcode":45009,"errmsg":"freq"}')
        if fault is not None:
            return fault
        text = msgspec.json.decode(body)["text"]["content"]
        if not text:
            return kind, 200, b'{"errcode":40008,"errmsg":"empty content"}'
        self._take(kind, "robot", kind, msgspec.json.encode({"text": text}).decode(), "")
        return kind, 200, b'{"errcode":0,"errmsg":"ok"}'

    def _take(self, provider: str, way: str, to: str, values: str, request: str) -> Taken:
        taken = Taken(
            provider,
            way,
            to,
            msgspec.json.decode(values, type=dict[str, str]),
            request,
            f"{provider}-{len(self.taken)}",
        )
        self.taken.append(taken)
        return taken


@asynccontextmanager
async def serving(providers: Providers) -> AsyncGenerator[Providers]:
    """On a free port, until the block ends."""
    config = uvicorn.Config(providers, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen(200)  # who knocks before the server serves is served then
        providers.url = f"http://127.0.0.1:{door.getsockname()[1]}"
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve(sockets=[door]))
        try:
            yield providers
        finally:
            server.should_exit = True
            await running
