"""Alibaba Cloud: ACS3-HMAC-SHA256, SMS (dysmsapi 2017-05-25), voice with text to speech and keys (dyvmsapi 2017-05-25).

Enters: keys, the moment, a nonce, what to say. Leaves: signed requests; answers, findings and receipts read. Nothing
that is sent is idempotent there: `OutId` is our own id, by which receipts and queries are told apart.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import quote, urlsplit

import msgspec

from zhigan.protocols.couriers.model import Answer, Malformed, Outcome, Receipt, Request, Said, of_status
from zhigan.vocabulary.moments import SHANGHAI

T = TypeVar("T")
SMS_URL = "https://dysmsapi.aliyuncs.com"
VOICE_URL = "https://dyvmsapi.aliyuncs.com"
VERSION = "2017-05-25"
ALGORITHM = "ACS3-HMAC-SHA256"
KEYS = ("1", "2", "3")
LIMITS = ("limit_control", "throttling", "flow_control", "frequency")
FAILURES = ("isp.system_error", "serviceunavailable", "internalerror")
"""The provider's own failures: it may have taken the message all the same."""


class Keys(msgspec.Struct, frozen=True):
    id: str
    secret: str


class Signed(msgspec.Struct, frozen=True):
    request: Request
    canonical_hash: str
    signature: str


def sign(
    keys: Keys, url: str, action: str, query: Mapping[str, str], now: datetime, nonce: str, version: str = VERSION
) -> Signed:
    """The secret signs directly; there is no derived key."""
    body_hash = hashlib.sha256(b"").hexdigest()
    headers = {
        "host": urlsplit(url).netloc,
        "x-acs-action": action,
        "x-acs-content-sha256": body_hash,
        "x-acs-date": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    line = "&".join(f"{_quoted(k)}={_quoted(v)}" for k, v in sorted(query.items()))
    digest, signature = signature_of(keys.secret, "POST", line, headers, body_hash)
    names = ";".join(sorted(headers))
    headers["authorization"] = f"{ALGORITHM} Credential={keys.id},SignedHeaders={names},Signature={signature}"
    return Signed(Request(method="POST", url=f"{url}/?{line}", headers=headers), digest, signature)


def signature_of(
    secret: str, method: str, query: str, headers: Mapping[str, str], body_hash: str, path: str = "/"
) -> tuple[str, str]:
    """Hash of the canonical request, and the signature: what a server checks with."""
    listed = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    canonical = "\n".join((method, path, query, listed, ";".join(sorted(headers)), body_hash))
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return digest, hmac.new(secret.encode(), f"{ALGORITHM}\n{digest}".encode(), hashlib.sha256).hexdigest()


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")


def _json(values: Mapping[str, str]) -> str:
    return msgspec.json.encode(dict(values)).decode()


def sms(phone: str, sign_name: str, template: str, values: Mapping[str, str], request: str) -> dict[str, str]:
    """The query of `SendSms`."""
    return {
        "PhoneNumbers": phone, "SignName": sign_name, "TemplateCode": template, "TemplateParam": _json(values),
        "OutId": request,
    }  # fmt: skip


def sms_details(phone: str, day: datetime) -> dict[str, str]:
    """The query of `QuerySendDetails`: the newest messages to a number on a day of Shanghai."""
    return {
        "PhoneNumber": phone, "SendDate": day.astimezone(SHANGHAI).strftime("%Y%m%d"), "PageSize": "50",
        "CurrentPage": "1",
    }  # fmt: skip


def call(phone: str, shown: str, code: str, values: Mapping[str, str], request: str) -> dict[str, str]:
    """The query of `IvrCall`: the text is spoken, then a key is awaited; whichever is pressed is reported."""
    query = {
        "CalledNumber": phone, "StartCode": code, "StartTtsParams": _json(values), "PlayTimes": "2", "Timeout": "10000",
        "OutId": request,
    }  # fmt: skip
    if shown:
        query["CalledShowNumber"] = shown
    for n, key in enumerate(KEYS, start=1):
        query[f"MenuKeyMap.{n}.Key"] = key
        query[f"MenuKeyMap.{n}.Code"] = code
        query[f"MenuKeyMap.{n}.TtsParams"] = _json(values)
    return query


def plain_call(phone: str, shown: str, code: str, values: Mapping[str, str], request: str) -> dict[str, str]:
    """The query of `SingleCallByTts`: spoken twice, no keys."""
    query = {"CalledNumber": phone, "TtsCode": code, "TtsParam": _json(values), "PlayTimes": "2", "OutId": request}
    return {**query, "CalledShowNumber": shown} if shown else query


class _Answer(msgspec.Struct, rename="pascal"):
    code: str
    message: str = ""
    biz_id: str = ""
    call_id: str = ""


def answer(status: int, body: bytes) -> Answer:
    told = of_status(status)
    if told is not None and status != 429:
        return told
    try:
        read = msgspec.json.decode(body, type=_Answer)
    except msgspec.MsgspecError:
        return told or Answer(Said.UNKNOWN, code="malformed")
    code = read.code.lower()
    if read.code == "OK" and status == 200:
        taken = read.biz_id or read.call_id
        return Answer(Said.TAKEN, taken) if taken else Answer(Said.UNKNOWN, code="malformed")
    if status == 429 or any(word in code for word in LIMITS):
        return Answer(Said.LIMITED, code=read.code, text=read.message)
    if code in FAILURES:
        return Answer(Said.UNKNOWN, code=read.code, text=read.message)
    return Answer(Said.REFUSED, code=read.code, text=read.message)


class _Detail(msgspec.Struct, rename="pascal"):
    out_id: str = ""
    send_status: int = 0
    err_code: str = ""
    phone_num: str = ""


class _Details(msgspec.Struct, rename="pascal"):
    sms_send_detail_dto: list[_Detail] = msgspec.field(name="SmsSendDetailDTO", default_factory=list[_Detail])


class _Found(msgspec.Struct, rename="pascal"):
    code: str
    details: _Details = msgspec.field(name="SmsSendDetailDTOs", default_factory=_Details)


def sms_found(status: int, body: bytes, request: str) -> Receipt | None:
    """What became of our message; None: the provider has none of that id. Malformed: it could not be asked."""
    try:
        read = msgspec.json.decode(body, type=_Found)
    except msgspec.MsgspecError as error:
        raise Malformed(str(error)) from error
    if status != 200 or read.code != "OK":
        raise Malformed(f"{status} {read.code}")
    for each in read.details.sms_send_detail_dto:
        if each.out_id == request:
            return Receipt(outcome=_SENT.get(each.send_status, Outcome.UNDERWAY), request=request, code=each.err_code)
    return None


_SENT = {1: Outcome.UNDERWAY, 2: Outcome.FAILED, 3: Outcome.DELIVERED}


class _SmsReport(msgspec.Struct):
    phone_number: str
    success: bool
    biz_id: str = ""
    out_id: str = ""
    err_code: str = ""
    err_msg: str = ""


class _VoiceReport(msgspec.Struct):
    call_id: str
    status_code: str = ""
    out_id: str = ""
    dtmf: str = ""
    status_msg: str = ""


_sms_reports = msgspec.json.Decoder(list[_SmsReport])
_voice_reports = msgspec.json.Decoder(list[_VoiceReport])


def sms_receipts(body: bytes) -> list[Receipt]:
    """`SmsReport`, as it is pushed: a list."""
    return [
        Receipt(
            outcome=Outcome.DELIVERED if r.success else Outcome.FAILED,
            request=r.out_id, id=r.biz_id, address=r.phone_number, code=r.err_code, text=r.err_msg,
        )
        for r in _list(body, _sms_reports)
    ]  # fmt: skip


def voice_receipts(body: bytes) -> list[Receipt]:
    """`VoiceReport`: 200000 is a call that was answered; `dtmf` the keys pressed."""
    return [
        Receipt(
            outcome=Outcome.DELIVERED if r.status_code == "200000" else Outcome.FAILED,
            request=r.out_id, id=r.call_id, key=r.dtmf[-1:], code=r.status_code, text=r.status_msg,
        )
        for r in _list(body, _voice_reports)
    ]  # fmt: skip


def _list(body: bytes, reports: msgspec.json.Decoder[T]) -> T:
    try:
        return reports.decode(body)
    except msgspec.MsgspecError as error:
        raise Malformed(str(error)) from error


class _Code(msgspec.Struct, rename="pascal"):
    code: str


def code(body: bytes) -> str | None:
    """The code of any answer; None: it is none of theirs."""
    try:
        return msgspec.json.decode(body, type=_Code).code
    except msgspec.MsgspecError:
        return None
