"""The far side of push in tests: four makers and a browser's push service, each checking keys as its documents say.

Enters: requests. Leaves: what was said and to whom, or why not. Signatures are computed here from the makers'
descriptions, and a browser's message is opened with the browser's own key: the platform's code is not asked whether it
is right.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import http_ece
import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

APP, KEY, SECRET, PACKAGE = "100200300", "app-key-of-the-city", "maker-secret-9c1f", "cn.zhigan119.city"


class Heard(NamedTuple):
    """`to` empty: nobody was to be told (access, a test). `fault`: the answer says no."""

    name: str
    to: str = ""
    values: Mapping[str, str] = MappingProxyType({})
    request: str = ""
    fault: bytes = b""
    status: int = 200
    answer: Callable[[str], bytes] = lambda id_: b"{}"


class Fault(NamedTuple):
    refused: bytes
    limited: bytes
    gone: bytes


FAULTS = {
    "huawei": Fault(
        b'{"code":"80100003","msg":"Illegal payload"}', b"", b'{"code":"80300007","msg":"All tokens are invalid"}'
    ),
    "xiaomi": Fault(
        b'{"result":"error","code":10017,"reason":"invalid value"}',
        b'{"result":"error","code":10023,"reason":"too many"}',
        b'{"result":"error","code":20301,"reason":"No valid targets!"}',
    ),
    "oppo": Fault(
        b'{"code":40,"message":"Missing Required Arguments"}', b'{"code":13,"message":"App Call Limited"}',
        b'{"code":10000,"message":"Invalid RegistrationId"}',
    ),
    "vivo": Fault(
        b'{"result":10055,"desc":"no"}', b'{"result":10073,"desc":"too many"}',
        b'{"result":10302,"desc":"regId","invalidUser":{"status":1,"userid":"x"}}',
    ),
}  # fmt: skip
STATUS = {"refused": 400, "limited": 429, "gone": 410, "broken": 502, "malformed": 502}
"""A push service speaks by its status alone."""


class Browser:
    """A browser with a subscription: only it can open what is sent to it."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._auth = b"0123456789abcdef"

    def subscription(self, endpoint: str) -> dict[str, Any]:
        point = self._key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return {"endpoint": endpoint, "keys": {"p256dh": _text(point), "auth": _text(self._auth)}}

    def opens(self, body: bytes) -> dict[str, str]:
        plain = http_ece.decrypt(body, private_key=self._key, auth_secret=self._auth, version="aes128gcm")
        return msgspec.json.decode(plain, type=dict[str, str])


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Makers:
    def __init__(self) -> None:
        self.browser = Browser()
        self.subscribed = ""  # the key with which the browser subscribed
        self.lent: list[str] = []  # accesses that hold
        self.forged: list[str] = []

    def hears(
        self, path: str, query: str, headers: Mapping[str, str], body: bytes, seconds: float, origin: str
    ) -> Heard | None:
        """None: not for any of these."""
        form = dict(parse_qsl(body.decode(errors="replace")))
        if path == "/oauth2/v3/token":
            return self._huawei_access(form)
        if path.endswith("/messages:send"):
            return self._huawei(path, headers, body)
        if path in ("/v3/message/regid", "/v1/stats/message/counters"):
            return self._xiaomi(path, headers, form)
        if path == "/server/v1/auth":
            return self._oppo_access(form, seconds)
        if path == "/server/v1/message/notification/unicast":
            return self._oppo(headers, form)
        if path == "/message/auth":
            return self._vivo_access(msgspec.json.decode(body), seconds)
        if path == "/message/send":
            return self._vivo(headers, msgspec.json.decode(body))
        if path.startswith("/push/"):
            return self._service(path, headers, body, seconds, origin)
        return None

    def _lend(self, name: str) -> str:
        self.lent.append(f"{name}-access-{len(self.lent)}")
        return self.lent[-1]

    def _forged(self, name: str, answer: bytes, status: int = 200) -> Heard:
        self.forged.append(name)
        return Heard(name, fault=answer, status=status)

    def _huawei_access(self, form: Mapping[str, str]) -> Heard:
        wanted = {"grant_type": "client_credentials", "client_id": APP, "client_secret": SECRET}
        if form != wanted:
            return self._forged("huawei", b'{"error":1101,"error_description":"invalid client"}', 400)
        lent = self._lend("huawei")
        return Heard(
            "huawei-access",
            fault=b'{"access_token":"%s","expires_in":3600,"token_type":"Bearer"}' % lent.encode(),
        )

    def _huawei(self, path: str, headers: Mapping[str, str], body: bytes) -> Heard:
        if path != f"/v1/{APP}/messages:send" or headers.get("authorization", "")[7:] not in self.lent:
            return self._forged("huawei", b'{"code":"80200003","msg":"Oauth Token expired"}')
        android = msgspec.json.decode(body)["message"]
        [token], shown = android["token"], android["android"]["notification"]
        return Heard(
            "huawei", token, {"title": shown["title"], "text": shown["body"], "link": shown["click_action"]["intent"]},
            android["android"]["bi_tag"],
            answer=lambda id_: b'{"code":"80000000","msg":"Success","requestId":"%s"}' % id_.encode(),
        )  # fmt: skip

    def _xiaomi(self, path: str, headers: Mapping[str, str], form: Mapping[str, str]) -> Heard:
        if headers.get("authorization") != f"key={SECRET}":
            return self._forged("xiaomi", b'{"result":"error","code":21301,"reason":"auth failed"}')
        if path != "/v3/message/regid":
            return Heard("xiaomi-look", fault=b'{"result":"ok","code":0,"data":{"data":[]}}')
        assert form["restricted_package_name"] == PACKAGE
        return Heard(
            "xiaomi", form["registration_id"],
            {"title": form["title"], "text": form["description"], "link": form["extra.intent_uri"]},
            form["extra.jobkey"],
            answer=lambda id_: b'{"result":"ok","code":0,"data":{"id":"%s"}}' % id_.encode(),
        )  # fmt: skip

    def _oppo_access(self, form: Mapping[str, str], seconds: float) -> Heard:
        stamp = form["timestamp"]
        wanted = hashlib.sha256(f"{KEY}{stamp}{SECRET}".encode()).hexdigest()
        if form["sign"] != wanted or abs(int(stamp) / 1000 - seconds) > 600:
            return self._forged("oppo", b'{"code":14,"message":"Invalid App Key"}')
        lent = self._lend("oppo").encode()
        return Heard("oppo-access", fault=b'{"code":0,"message":"ok","data":{"auth_token":"%s"}}' % lent)

    def _oppo(self, headers: Mapping[str, str], form: Mapping[str, str]) -> Heard:
        if headers.get("auth_token") not in self.lent:
            return self._forged("oppo", b'{"code":11,"message":"Invalid AuthToken"}')
        said = msgspec.json.decode(form["message"])
        shown = said["notification"]
        return Heard(
            "oppo", said["target_value"],
            {"title": shown["title"], "text": shown["content"], "link": shown["click_action_url"],
             **{name: shown[name] for name in ("call_back_url", "call_back_parameter") if name in shown}},
            shown["app_message_id"],
            answer=lambda id_: b'{"code":0,"message":"","data":{"messageId":"%s"}}' % id_.encode(),
        )  # fmt: skip

    def _vivo_access(self, said: Mapping[str, Any], seconds: float) -> Heard:
        text = f"{APP}{KEY}{said['timestamp']}{SECRET}"
        wanted = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
        if said["sign"] != wanted or abs(said["timestamp"] / 1000 - seconds) > 600:
            return self._forged("vivo", b'{"result":10202,"desc":"sign"}')
        lent = self._lend("vivo").encode()
        return Heard("vivo-access", fault=b'{"result":0,"desc":"ok","authToken":"%s"}' % lent)

    def _vivo(self, headers: Mapping[str, str], said: Mapping[str, Any]) -> Heard:
        if headers.get("authtoken") not in self.lent or said["appId"] != APP:
            return self._forged("vivo", b'{"result":10000,"desc":"auth"}')
        return Heard(
            "vivo", said["regId"], {"title": said["title"], "text": said["content"], "link": said["skipContent"]},
            said["requestId"], answer=lambda id_: b'{"result":0,"desc":"ok","taskId":"%s"}' % id_.encode(),
        )  # fmt: skip

    def _service(self, path: str, headers: Mapping[str, str], body: bytes, seconds: float, origin: str) -> Heard:
        given = headers.get("authorization", "")
        claims = msgspec.json.decode(_bytes(given.partition("t=")[2].split(".")[1])) if "t=" in given else {}
        in_time = seconds < claims.get("exp", 0) <= seconds + 86_400
        if (
            not in_time
            or claims.get("aud") != origin
            or not given.endswith(f"k={self.subscribed}")
            or not Vapid02.verify(given)
        ):
            return self._forged("browser", b"", 403)
        return Heard(
            "browser", path[6:], self.browser.opens(body), headers["topic"], status=201, answer=lambda id_: b""
        )


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
