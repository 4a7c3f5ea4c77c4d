"""Signers by the providers' own published vectors; answers and receipts read; what cannot be read is unknown."""

from datetime import UTC, datetime, timedelta

import pytest

from zhigan.protocols.couriers import aliyun, robots, tencent, webhooks, wechat
from zhigan.protocols.couriers.model import Malformed, Outcome, Said

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


def test_acs3_by_the_official_example() -> None:
    image = "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"
    signed = aliyun.sign(
        aliyun.Keys("YourAccessKeyId", "YourAccessKeySecret"),
        "https://ecs.cn-shanghai.aliyuncs.com",
        "RunInstances",
        {"RegionId": "cn-shanghai", "ImageId": image},
        datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC),
        "3156853299f313e23d1673dc12e1703d",
        "2014-05-26",
    )
    assert signed.canonical_hash == "7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259"
    assert signed.signature == "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"


def test_tc3_by_the_official_example() -> None:
    body = b'{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}'
    digest, date_key, signature = tencent.signature_of(
        "*" * 32, "cvm.tencentcloudapi.com", "cvm", "DescribeInstances", body, 1551113065
    )
    assert digest == "7019a55be8395899b900fb5564e4200d984910f34794a27cb3fb7d10ff6a1e84"
    assert date_key == "da98fb70dcf6b112dc21038d1eeeb3a95c74b4dcb12c1131f864f6066bd02be0"
    assert signature == "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f"


def test_standard_webhooks_by_the_official_example() -> None:
    secret, id_, body = (
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        b'{"test": 2432232314}',
    )
    signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert webhooks.signature(secret, id_, 1614265330, body) == signature
    headers = {"webhook-id": id_, "webhook-timestamp": "1614265330", "webhook-signature": f"v1,b2xk {signature}"}
    then = datetime.fromtimestamp(1614265330, UTC)
    assert webhooks.holds(secret, headers, body, then)
    assert not webhooks.holds(secret, headers, body, then + timedelta(seconds=301))
    assert not webhooks.holds(secret, headers, body + b" ", then)
    with pytest.raises(ValueError, match="base64"):
        webhooks.key("whsec_***")


def test_robots_signs() -> None:
    assert robots.dingtalk_sign("this is secret", 1577262236757) == "hmPWwU%2B7lVdm3ZZz0r9tSfx0L4Q26jWOZr9%2BGs6EZQM%3D"
    assert robots.feishu_sign("this is secret", 1577262236) == "RAfCltg8rVdmpPK5kCz1M40hrj/YzGYnkc/3vXwYNts="
    assert len(robots.clipped("火" * 2000).encode()) <= robots.WECOM_BYTES


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, b'{"Code":"OK","BizId":"9"}', Said.TAKEN),
        (200, b'{"Code":"OK"}', Said.UNKNOWN),
        (400, b'{"Code":"isv.MOBILE_NUMBER_ILLEGAL"}', Said.REFUSED),
        (200, b'{"Code":"isv.BUSINESS_LIMIT_CONTROL"}', Said.LIMITED),
        (429, b"slow down", Said.LIMITED),
        (200, b'{"Code":"isp.SYSTEM_ERROR"}', Said.UNKNOWN),
        (503, b"<html>", Said.UNKNOWN),
        (200, b"<html>", Said.UNKNOWN),
    ],
)
def test_aliyuns_answers(status: int, body: bytes, said: Said) -> None:
    assert aliyun.answer(status, body).said is said


def _tencent(code: str) -> bytes:
    return f'{{"Response":{{"SendStatusSet":[{{"Code":"{code}","SerialNo":"5","Message":""}}]}}}}'.encode()


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, _tencent("Ok"), Said.TAKEN),
        (200, _tencent("FailedOperation.PhoneNumberInBlacklist"), Said.REFUSED),
        (200, _tencent("LimitExceeded.PhoneNumberDailyLimit"), Said.LIMITED),
        (200, b'{"Response":{"Error":{"Code":"AuthFailure.SignatureFailure","Message":""}}}', Said.REFUSED),
        (200, b'{"Response":{"Error":{"Code":"InternalError","Message":""}}}', Said.UNKNOWN),
        (200, b'{"Response":{"SendStatusSet":[]}}', Said.UNKNOWN),
        (502, b"", Said.UNKNOWN),
    ],
)
def test_tencents_answers(status: int, body: bytes, said: Said) -> None:
    """Each number has a status of its own inside a request that was taken."""
    assert tencent.answer(status, body).said is said


def test_receipts() -> None:
    [sms] = aliyun.sms_receipts(b'[{"phone_number":"139","success":false,"biz_id":"b","out_id":"o","err_code":"X"}]')
    assert (sms.outcome, sms.request, sms.id) == (Outcome.FAILED, "o", "b")
    [call] = aliyun.voice_receipts(b'[{"call_id":"c","out_id":"o","status_code":"200000","dtmf":"#1"}]')
    assert (call.outcome, call.key) == (Outcome.DELIVERED, "1")
    [unheard] = aliyun.voice_receipts(b'[{"call_id":"c","status_code":"200002"}]')
    assert unheard.outcome is Outcome.FAILED and unheard.key == ""
    [text] = tencent.sms_receipts(b'[{"sid":"s","report_status":"SUCCESS","mobile":"139","ext":"o"}]')
    assert (text.outcome, text.request, text.id) == (Outcome.DELIVERED, "o", "s")
    for read in (aliyun.sms_receipts, aliyun.voice_receipts, tencent.sms_receipts):
        with pytest.raises(Malformed):
            read(b'{"not": "a list"}')


def test_what_was_taken_is_found_by_our_own_id() -> None:
    body = b'{"Code":"OK","SmsSendDetailDTOs":{"SmsSendDetailDTO":[{"OutId":"mine","SendStatus":3}]}}'
    found = aliyun.sms_found(200, body, "mine")
    assert found is not None and found.outcome is Outcome.DELIVERED
    assert aliyun.sms_found(200, body, "other") is None
    with pytest.raises(Malformed):
        aliyun.sms_found(200, b'{"Code":"isp.SYSTEM_ERROR"}', "mine")
    pulled = b'{"Response":{"PullSmsSendStatusSet":[{"SessionContext":"mine","ReportStatus":"FAIL","SerialNo":"s"}]}}'
    found = tencent.sms_found(200, pulled, "mine")
    assert found is not None and found.outcome is Outcome.FAILED


def test_wechats_answers() -> None:
    assert wechat.answer(200, b'{"errcode":0,"msgid":7}').id == "7"
    assert wechat.answer(200, b'{"errcode":43101,"errmsg":"user refuse"}').said is Said.REFUSED
    assert wechat.answer(200, b'{"errcode":-1}').said is Said.UNKNOWN
    token = wechat.read_token(200, b'{"access_token":"t","expires_in":7200}')
    assert isinstance(token, wechat.Token) and token.access_token == "t"
