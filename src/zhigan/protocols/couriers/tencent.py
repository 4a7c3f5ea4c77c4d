"""Tencent Cloud: TC3-HMAC-SHA256 and SMS (sms 2021-01-11).

Enters: keys, the moment, what to say. Leaves: signed requests; answers, findings and receipts read. `SessionContext`
is our own id. A request may be taken while the number in it is refused: each number has a status of its own.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec

from zhigan.protocols.couriers.model import Answer, Malformed, Outcome, Receipt, Request, Said, of_status

SMS_URL = "https://sms.tencentcloudapi.com"
VERSION = "2021-01-11"
ALGORITHM = "TC3-HMAC-SHA256"
CONTENT = "application/json; charset=utf-8"
LIMITS = ("limitexceeded", "requestlimit", "deliveryfrequency")


class Keys(msgspec.Struct, frozen=True):
    id: str
    secret: str


class Signed(msgspec.Struct, frozen=True):
    request: Request
    canonical_hash: str
    date_key: str
    signature: str


def sign(
    keys: Keys, url: str, service: str, action: str, body: bytes, now: datetime, region: str, version: str = VERSION
) -> Signed:
    seconds = int(now.timestamp())
    host = urlsplit(url).netloc
    digest, date_key, signature = signature_of(keys.secret, host, service, action, body, seconds)
    day = _day(seconds)
    scope = f"{keys.id}/{day}/{service}/tc3_request"
    headers = {
        "content-type": CONTENT,
        "host": host,
        "x-tc-action": action,
        "x-tc-timestamp": str(seconds),
        "x-tc-version": version,
        "x-tc-region": region,
        "authorization": f"{ALGORITHM} Credential={scope}, SignedHeaders=content-type;host;x-tc-action, "
        f"Signature={signature}",
    }
    return Signed(Request(method="POST", url=f"{url}/", headers=headers, body=body), digest, date_key, signature)


def signature_of(secret: str, host: str, service: str, action: str, body: bytes, seconds: int) -> tuple[str, str, str]:
    """Hash of the canonical request, the day's key in hex, and the signature: what a server checks with."""
    payload = hashlib.sha256(body).hexdigest()
    listed = f"content-type:{CONTENT}\nhost:{host}\nx-tc-action:{action.lower()}\n"
    canonical = f"POST\n/\n\n{listed}\ncontent-type;host;x-tc-action\n{payload}"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    day = _day(seconds)
    text = f"{ALGORITHM}\n{seconds}\n{day}/{service}/tc3_request\n{digest}"
    date_key = _hmac(f"TC3{secret}".encode(), day)
    key = _hmac(_hmac(date_key, service), "tc3_request")
    return digest, date_key.hex(), _hmac(key, text).hex()


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def international(phone: str) -> str:
    """E.164; a number of the mainland without its country is given one."""
    return phone if phone.startswith("+") else f"+86{phone}"


def sms(phone: str, app: str, sign_name: str, template: str, values: Sequence[str], request: str) -> bytes:
    return msgspec.json.encode(
        {
            "PhoneNumberSet": [international(phone)], "SmsSdkAppId": app, "SignName": sign_name, "TemplateId": template,
            "TemplateParamSet": list(values), "SessionContext": request,
        }
    )  # fmt: skip


def sms_status(phone: str, app: str, since: datetime, until: datetime) -> bytes:
    """The body of `PullSmsSendStatusByPhoneNumber`."""
    return msgspec.json.encode(
        {
            "SendDateTime": int(since.timestamp()), "EndDateTime": int(until.timestamp()), "Offset": 0, "Limit": 50,
            "PhoneNumber": international(phone), "SmsSdkAppId": app,
        }
    )  # fmt: skip


class _Error(msgspec.Struct, rename="pascal"):
    code: str
    message: str = ""


class _Status(msgspec.Struct, rename="pascal"):
    code: str
    message: str = ""
    serial_no: str = ""


class _Pulled(msgspec.Struct, rename="pascal"):
    report_status: str = ""
    serial_no: str = ""
    session_context: str = ""
    description: str = ""


class _Response(msgspec.Struct, rename="pascal"):
    error: _Error | None = None
    send_status_set: list[_Status] = []
    pull_sms_send_status_set: list[_Pulled] | None = None


class _Whole(msgspec.Struct, rename="pascal"):
    response: _Response


def answer(status: int, body: bytes) -> Answer:
    told = of_status(status)
    if told is not None:
        return told
    try:
        read = msgspec.json.decode(body, type=_Whole).response
    except msgspec.MsgspecError:
        return Answer(Said.UNKNOWN, code="malformed")
    if read.error is not None:
        return _refused(read.error.code, read.error.message)
    if len(read.send_status_set) != 1:
        return Answer(Said.UNKNOWN, code="malformed")
    [own] = read.send_status_set
    return Answer(Said.TAKEN, own.serial_no) if own.code == "Ok" else _refused(own.code, own.message)


def _refused(code: str, text: str) -> Answer:
    low = code.lower()
    if low.startswith("internalerror"):
        return Answer(Said.UNKNOWN, code=code, text=text)
    return Answer(Said.LIMITED if any(w in low for w in LIMITS) else Said.REFUSED, code=code, text=text)


def sms_found(status: int, body: bytes, request: str) -> Receipt | None:
    """What became of our message; None: none of that id is there. Malformed: it could not be asked."""
    try:
        read = msgspec.json.decode(body, type=_Whole).response
    except msgspec.MsgspecError as error:
        raise Malformed(str(error)) from error
    if status != 200 or read.error is not None or read.pull_sms_send_status_set is None:
        raise Malformed(f"{status} {read.error.code if read.error else ''}")
    for each in read.pull_sms_send_status_set:
        if each.session_context == request:
            return Receipt(
                outcome=_outcome(each.report_status), request=request, id=each.serial_no, text=each.description
            )
    return None


def _outcome(status: str) -> Outcome:
    return {"SUCCESS": Outcome.DELIVERED, "FAIL": Outcome.FAILED}.get(status.upper(), Outcome.UNDERWAY)


class _Report(msgspec.Struct):
    sid: str
    report_status: str
    mobile: str = ""
    errmsg: str = ""
    description: str = ""
    session_context: str = msgspec.field(name="ext", default="")


_reports = msgspec.json.Decoder(list[_Report])


def sms_receipts(body: bytes) -> list[Receipt]:
    try:
        reports = _reports.decode(body)
    except msgspec.MsgspecError as error:
        raise Malformed(str(error)) from error
    return [
        Receipt(
            outcome=_outcome(r.report_status), request=r.session_context, id=r.sid, address=r.mobile, code=r.errmsg,
            text=r.description,
        )
        for r in reports
    ]  # fmt: skip


def header_fields(authorization: str) -> Mapping[str, str]:
    """`Credential`, `SignedHeaders` and `Signature` of an Authorization header: for who checks one."""
    _, _, rest = authorization.partition(" ")
    return dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)


def template_list(template: str) -> bytes:
    """The body of `DescribeSmsTemplateList`: a question that sends nothing."""
    ids = [int(template)] if template.isdigit() else []
    return msgspec.json.encode({"International": 0, "TemplateIdSet": ids})


def known(status: int, body: bytes) -> Answer:
    """Does the provider know our keys? Any answer without an error says so."""
    told = of_status(status)
    if told is not None:
        return told
    try:
        read = msgspec.json.decode(body, type=_Whole).response
    except msgspec.MsgspecError:
        return Answer(Said.UNKNOWN, code="malformed")
    return Answer(Said.TAKEN) if read.error is None else _refused(read.error.code, read.error.message)
