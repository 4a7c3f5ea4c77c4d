"""Signers by the providers' own published vectors; answers and receipts read; what cannot be read is unknown."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from zhigan.protocols.couriers import (
    aliyun,
    huawei,
    oppo,
    pushes,
    robots,
    tencent,
    vivo,
    webhooks,
    webpush,
    wechat,
    xiaomi,
)
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


def test_web_push_by_the_example_of_rfc_8291() -> None:
    browser = webpush.Subscription(
        "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "BTBZMqHH6r4Tts7J_aSIgg",
    )
    number = int.from_bytes(webpush.decoded("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big")
    own = ec.derive_private_key(number, ec.SECP256R1())
    salt = webpush.decoded("DGv6ra1nlYgDCS1FRnbzlw")
    body = webpush.sealed(browser, b"When I grow up, I want to be a watermelon", salt, own)
    assert webpush.encoded(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7"
        "A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    assert webpush.usable(browser)
    assert not webpush.usable(webpush.Subscription(browser.endpoint, browser.p256dh[:-4] + "AAAA", browser.auth))
    with pytest.raises(ValueError, match="32 bytes"):
        webpush.Key(b"short")


NOTE = pushes.Note(
    token="t", title="橙色预警 火灾报警", text="吉州一中 3层" * 30, request="r", tag="i", link="intent://x"
)
MAKERS: list[pushes.Wire] = [
    huawei.Huawei("app", "secret"), xiaomi.Xiaomi("cn.city", "secret"), oppo.Oppo("key", "secret"),
    vivo.Vivo("app", "key", "secret"),
]  # fmt: skip
TAKEN = {
    "huawei": b'{"code":"80000000","msg":"Success","requestId":"x"}',
    "xiaomi": b'{"result":"ok","code":0,"data":{"id":"x"}}',
    "oppo": b'{"code":0,"message":"","data":{"messageId":"x"}}',
    "vivo": b'{"result":0,"desc":"","taskId":"x"}',
}
SAYING = [
    ("huawei", b'{"code":"80300007"}', Said.REFUSED, True),
    ("huawei", b'{"code":"80200003"}', Said.REFUSED, False),
    ("huawei", b'{"code":"81000001"}', Said.UNKNOWN, False),
    ("huawei", b'{"code":"80000000"}', Said.UNKNOWN, False),
    ("xiaomi", b'{"code":20301}', Said.REFUSED, True),
    ("xiaomi", b'{"code":10023}', Said.LIMITED, False),
    ("xiaomi", b'{"code":10001}', Said.UNKNOWN, False),
    ("oppo", b'{"code":10000}', Said.REFUSED, True),
    ("oppo", b'{"code":-2}', Said.LIMITED, False),
    ("oppo", b'{"code":-1}', Said.UNKNOWN, False),
    ("vivo", b'{"result":10302}', Said.REFUSED, True),
    ("vivo", b'{"result":0,"taskId":"x","invalidUser":{"status":2,"userid":"t"}}', Said.REFUSED, True),
    ("vivo", b'{"result":10070}', Said.LIMITED, False),
    ("vivo", b"<html>", Said.UNKNOWN, False),
]


@pytest.mark.parametrize(("name", "body", "said", "gone"), SAYING)
def test_makers_answers(name: str, body: bytes, said: Said, gone: bool) -> None:
    answer = next(m for m in MAKERS if m.name == name).answer(200, body)
    assert (answer.said, answer.gone) == (said, gone)


@pytest.mark.parametrize("maker", MAKERS, ids=lambda m: m.name)
def test_makers_take_a_note_and_a_secret_stands_in_no_body(maker: pushes.Wire) -> None:
    taken = maker.answer(200, TAKEN[maker.name])
    assert (taken.said, taken.id) == (Said.TAKEN, "x")
    sent = maker.send("access", NOTE)
    assert b"secret" not in sent.body and "secret" not in sent.url and len(sent.body) < 4096
    assert maker.answer(502, b"<html>").said is Said.UNKNOWN and maker.answer(429, b"").said is Said.LIMITED
    asked = maker.access(1501484120000)
    assert asked is None or maker.name == "huawei" or b"secret" not in asked.body


def test_makers_signs() -> None:
    """As they describe it (reckoned by coreutils): SHA-256 over key, time, secret; MD5 over id, key, time, secret."""
    assert oppo.sign("k", 1500000000000, "s") == "f394b514f0475da690d84ae7c9bc6496abadc88b93517591d139043d7aabb5c3"
    assert vivo.sign(" 10004 ", "k", 1501484120000, "s ") == "1039119fea916823259f6a4023e99210"
