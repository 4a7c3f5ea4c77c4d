"""Carriers' interfaces, as somebody outside would serve them: an HTTP server that checks signatures and keeps commands.

Enters: requests over a socket. Leaves: the answers of CTWing, OneNET, OceanConnect and IoTDA, and moods: it may keep a
command and break before it answers, refuse, be busy, or never have got it. Signatures are reckoned here from the
carriers' words, not by the product's code.
"""

import asyncio
import base64
import enum
import hashlib
import hmac
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, unquote

import uvicorn

from support.carrier import until

APP_KEY, APP_SECRET, MASTER = "app-key", "app-secret", "master-key"
PRODUCT = "15014772"
ONENET_PRODUCT, ONENET_KEY = "Pr0duct", base64.b64encode(b"an access key").decode()
IMEI, LEGACY_KEY = "869975030000001", "WhI=legacy-master"
OCEAN_APP, OCEAN_SECRET = "ocean-app", "ocean-secret"
PROJECT, DOMAIN, USER, PASSWORD = "project1", "domain1", "user1", "pass word"


class Mood(enum.Enum):
    KIND = "kind"
    KEEPS_AND_BREAKS = "keeps and breaks"
    KEEPS_AND_FAILS = "keeps and says 502"
    BREAKS = "breaks"
    REFUSES = "refuses"
    BUSY = "busy"


class Refused(Exception):
    def __init__(self, status: int, body: dict[str, object]) -> None:
        self.status = status
        self.body = body


class Silent(Exception):
    """The connection breaks without an answer."""


class Interface:
    """`kept`: what devices would get. `ahead_ms`: how far its clock is from ours."""

    def __init__(self, millis: Callable[[], int]) -> None:
        self.mood = Mood.KIND
        self.ahead_ms = 0
        self.signs = True
        self.kept: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.tokens: set[str] = set()
        self.base = ""
        self._millis = millis

    def revoke(self) -> None:
        self.tokens.clear()

    def result(self, outside_id: str, result: str) -> bytes:
        """CTWing's push of what became of a command."""
        (one,) = (kept for kept in self.kept if kept["id"] == outside_id)
        one["status"] = result
        body = {"timestamp": self._millis(), "tenantId": "1", "taskId": int(outside_id), "protocol": "lwm2m"}
        more = {"result": {"resultCode": result, "resultDetail": ""}, "productId": PRODUCT, "deviceId": one["device"]}
        return json.dumps(body | more | {"messageType": "commandResponse"}).encode()

    async def __call__(
        self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        query = dict(parse_qsl(scope["query_string"].decode()))
        self.asked.append(f"{scope['method']} {scope['path']}")
        extra: list[tuple[bytes, bytes]] = []
        try:
            status, answer = self._answer(scope["method"], scope["path"], query, headers, body)
        except Refused as refused:
            status, answer = refused.status, refused.body
        except Silent:
            await asyncio.sleep(3600)
            return
        if scope["path"] == "/echo":
            extra = [(b"x-ag-timestamp", str(self._millis() + self.ahead_ms).encode())]
        if scope["path"] == "/v3/auth/tokens" and status == 201:
            extra = [(b"x-subject-token", str(answer["token"]).encode())]
        text = json.dumps(answer).encode()
        kind = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(text)), *extra]
        await send({"type": "http.response.start", "status": status, "headers": kind})
        await send({"type": "http.response.body", "body": text})

    def _answer(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, Any]]:
        match method, path.split("/")[1:]:
            case "GET", ["echo"]:
                return 200, {}
            case _, ["aep_device_command", what]:
                self._ctwing_signed(query, headers, body)
                return self._ctwing(method, what, query, body)
            case "POST", ["thingmodel", "call-service"]:
                return self._onenet(headers, body)
            case _, ["nbiot" | "cmds", *_]:
                if headers.get("api-key") != LEGACY_KEY:
                    return 200, {"errno": 3, "error": "auth failed"}
                return self._legacy(method, path.split("/")[1:], query, body)
            case "POST", ["iocm", "app", "sec", _, "login"]:
                return self._ocean_login(body)
            case _, ["iocm", "app", "cmd", _, "deviceCommands"]:
                return self._ocean(method, query, headers, body)
            case "POST", ["v3", "auth", "tokens"]:
                return self._iam(body)
            case _, ["v5", "iot", project, "devices", device, "async-commands", *one]:
                assert project == PROJECT
                return self._iotda(method, device, one, headers, body)
            case _:
                return 404, {"error": "no such interface"}

    def _keep(self, device: str, content: object, ttl: int, mark: str = "") -> dict[str, Any]:
        """Through the mood: what is kept may still not be told."""
        if self.mood is Mood.BREAKS:
            raise Silent
        if self.mood is Mood.REFUSES:
            raise Refused(200, {"code": 1014, "msg": "device is not of this product"})
        if self.mood is Mood.BUSY:
            raise Refused(429, {})
        one = {"id": str(9000 + len(self.kept)), "device": device, "content": content, "ttl": ttl, "mark": mark}
        one |= {"status": "指令已保存", "millis": self._millis() + self.ahead_ms}
        self.kept.append(one)
        if self.mood is Mood.KEEPS_AND_BREAKS:
            raise Silent
        if self.mood is Mood.KEEPS_AND_FAILS:
            raise Refused(502, {})
        return one

    def _ctwing_signed(self, query: dict[str, str], headers: dict[str, str], body: bytes) -> None:
        theirs = int(headers["timestamp"])
        if abs(theirs - self._millis() - self.ahead_ms) > 300_000:
            raise Refused(401, {"code": 1004, "msg": "timestamp"})
        signed = sorted({**query, "MasterKey": headers["masterkey"]}.items())
        plain = f"application:{headers['application']}\ntimestamp:{theirs}\n"
        plain += "".join(f"{name}:{value}\n" for name, value in signed)
        text = plain.encode() + (body + b"\n" if body else b"")
        right = base64.b64encode(hmac.new(APP_SECRET.encode(), text, hashlib.sha1).digest()).decode()
        if not self.signs or headers["signature"] != right or headers["application"] != APP_KEY:
            raise Refused(403, {"code": 1003, "msg": "signature"})

    def _ctwing(self, method: str, what: str, query: dict[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        if method == "POST" and what == "command":
            asked = json.loads(body)
            assert asked["productId"] == int(PRODUCT)
            one = self._keep(asked["deviceId"], asked["content"], asked["ttl"], asked["operator"])
            return 200, {"code": 0, "msg": "ok", "result": self._ctwing_row(one)}
        if what == "commands":
            rows = [self._ctwing_row(one) for one in reversed(self.kept) if one["device"] == query["deviceId"]]
            return 200, {"code": 0, "msg": "ok", "result": {"pageNum": 1, "list": rows}}
        (one,) = (kept for kept in self.kept if kept["id"] == query["commandId"])
        return 200, {"code": 0, "msg": "ok", "result": self._ctwing_row(one)}

    def _ctwing_row(self, one: dict[str, Any]) -> dict[str, Any]:
        row = {"commandId": one["id"], "commandStatus": one["status"], "createTime": one["millis"]}
        return row | {"command": json.dumps(one["content"]), "createBy": one["mark"]}

    def _onenet(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        given = dict(part.split("=", 1) for part in headers["authorization"].split("&"))
        resource = unquote(given["res"])
        plain = f"{given['et']}\n{given['method']}\n{resource}\n{given['version']}".encode()
        right = base64.b64encode(hmac.new(base64.b64decode(ONENET_KEY), plain, hashlib.sha256).digest()).decode()
        if unquote(given["sign"]) != right or int(given["et"]) * 1000 < self._millis():
            raise Refused(200, {"code": 10403, "msg": "auth failed"})
        asked = json.loads(body)
        one = self._keep(asked["device_name"], {"service": asked["identifier"], "params": asked["params"]}, 0)
        return 200, {"code": 0, "msg": "succ", "request_id": "r1", "data": {"id": one["id"]}}

    def _legacy(self, method: str, path: list[str], query: dict[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        """OneNET's older console: what it keeps for an IMEI, and bytes for devices of its other protocols."""
        match method, path:
            case "POST", ["cmds"]:
                one = self._keep(query["device_id"], body.hex(), int(query["timeout"]))
                return 200, {"errno": 0, "error": "succ", "data": {"cmd_uuid": one["id"]}}
            case "POST", ["nbiot", *_]:
                ends = datetime.fromisoformat(query["expired_time"] + "+08:00").timestamp() * 1000
                args = {name: value for name, value in query.items() if name != "imei"}
                content = {"args": args, "content": json.loads(body or b"{}")}
                one = self._keep(query["imei"], content, int(ends - self._millis()) // 1000)
                return 200, {"errno": 0, "error": "succ", "data": {"uuid": one["id"]}}
            case "GET", ["cmds", "history", device]:
                rows = [self._legacy_row(one) for one in self.kept if one["device"] == device]
                return 200, {"errno": 0, "error": "succ", "data": {"items": rows}}
            case "GET", ["nbiot", "offline", "history"]:
                rows = [self._legacy_row(one) for one in self.kept if one["device"] == query["imei"]]
                shown = [{name: row[name] for name in ("cmd_uuid", "create_time", "send_status")} for row in rows]
                return 200, {"errno": 0, "error": "succ", "data": {"total_count": len(rows), "items": shown}}
            case _:
                (one,) = (kept for kept in self.kept if kept["id"] == path[-1])
                detail = {name: value for name, value in self._legacy_row(one).items() if name != "cmd_uuid"}
                return 200, {"errno": 0, "error": "succ", "data": detail}

    def _legacy_row(self, one: dict[str, Any]) -> dict[str, Any]:
        when = datetime.fromtimestamp(one["millis"] / 1000, timezone(timedelta(hours=8))).strftime("%Y-%m-%d %H:%M:%S")
        row: dict[str, Any] = {"cmd_uuid": one["id"], "create_time": when}
        if isinstance(one["content"], str):
            return row | {"body": one["content"], "status": 1 if one["status"] == "指令已保存" else one["status"]}
        sent, _, confirmed = str(one["status"]).partition("/")
        row |= {"send_status": 1 if one["status"] == "指令已保存" else int(sent), **one["content"]}
        return row | ({"confirm_status": confirmed} if confirmed else {})

    def _ocean_login(self, body: bytes) -> tuple[int, dict[str, Any]]:
        given = dict(parse_qsl(body.decode()))
        if given != {"appId": OCEAN_APP, "secret": OCEAN_SECRET}:
            return 401, {"error_code": "100208"}
        return 200, {"accessToken": self._new_token(), "expiresIn": 3600, "tokenType": "bearer"}

    def _new_token(self) -> str:
        token = f"token{len(self.asked)}"
        self.tokens.add(token)
        return token

    def _ocean(
        self, method: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, Any]]:
        if headers["authorization"].removeprefix("Bearer ") not in self.tokens or headers["app_key"] != OCEAN_APP:
            return 401, {"error_code": "100002"}
        if method == "POST":
            asked = json.loads(body)
            one = self._keep(asked["deviceId"], asked["command"], asked["expireTime"])
            return 201, self._ocean_row(one)
        return 200, {"data": [self._ocean_row(one) for one in self.kept if one["device"] == query["deviceId"]]}

    def _ocean_row(self, one: dict[str, Any]) -> dict[str, Any]:
        when = datetime.fromtimestamp(one["millis"] / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
        row = {"commandId": one["id"], "deviceId": one["device"], "command": one["content"], "creationTime": when}
        return row | {"status": "PENDING" if one["status"] == "指令已保存" else one["status"]}

    def _iam(self, body: bytes) -> tuple[int, dict[str, Any]]:
        user = json.loads(body)["auth"]["identity"]["password"]["user"]
        if (user["name"], user["password"], user["domain"]["name"]) != (USER, PASSWORD, DOMAIN):
            return 401, {}
        return 201, {"token": self._new_token()}

    def _iotda(
        self, method: str, device: str, one: list[str], headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, Any]]:
        if headers["x-auth-token"] not in self.tokens:
            return 401, {"error_code": "IOTDA.000002"}
        if method == "POST":
            asked = json.loads(body)
            content = {name: asked[name] for name in ("service_id", "command_name", "paras")}
            return 200, self._iotda_row(self._keep(device, content, asked["expire_time"]))
        rows = [self._iotda_row(kept) for kept in self.kept if kept["device"] == device]
        if one:
            return 200, next(row for row in rows if row["command_id"] == one[0])
        return 200, {"commands": rows}

    def _iotda_row(self, one: dict[str, Any]) -> dict[str, Any]:
        when = datetime.fromtimestamp(one["millis"] / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
        status = "PENDING" if one["status"] == "指令已保存" else one["status"]
        return {"command_id": one["id"], "status": status, "created_time": when, **one["content"]}


@asynccontextmanager
async def serving(millis: Callable[[], int]) -> AsyncGenerator[Interface]:
    interface = Interface(millis)
    config = uvicorn.Config(
        interface, host="127.0.0.1", port=0, loop="none", log_config=None, lifespan="off", timeout_graceful_shutdown=0
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    interface.base = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield interface
    finally:
        server.should_exit = True
        await running
