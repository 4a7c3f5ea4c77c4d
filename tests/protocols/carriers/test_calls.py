"""Calls to carriers: signatures on the published vectors, bodies as their interfaces read them, answers told apart."""

import base64
import json

import msgspec
import pytest

from zhigan.protocols.carriers.calls import ctwing, huawei, onenet
from zhigan.protocols.carriers.calls.model import Call, CallError, Doubt, Letter, answered, same
from zhigan.protocols.carriers.devices import MODELS, Told
from zhigan.vocabulary.moments import SECOND

NOW = 1_780_000_000 * SECOND
KEYS = ctwing.Keys("dAaFG7DiPt8", "appsecret", {"1": "mk123"})


def letter(told: Told, **more: object) -> Letter:
    base: dict[str, object] = {"device": "d1", "product": "1", "name": "", "ttl_s": 7200, "mark": "op"}
    return msgspec.convert(base | more | {"told": told}, Letter)


def body(call: Call) -> dict[str, object]:
    return json.loads(call.body)


def test_ctwing_signature_on_the_published_vector() -> None:
    plain = b'{"content":{"dataType":2,"payload":"AA55"},"deviceId":"d1","operator":"op","productId":1,"ttl":7200}'
    signature = ctwing.signature("dAaFG7DiPt8", "appsecret", 1515752817580, {"MasterKey": "mk123"}, plain)
    assert signature == "HIYY0PxxSPhPDqGItXUhc7V5qME="


def test_ctwing_bytes_and_services_have_their_own_forms() -> None:
    call = ctwing.create(KEYS, letter(Told(raw=b"\xaa\x55")), NOW)
    assert (call.method, call.path, call.headers["version"]) == (
        "POST",
        "/aep_device_command/command",
        "20190712225145",
    )
    assert body(call) == {
        "content": {"payload": "AA55", "dataType": 2}, "deviceId": "d1", "operator": "op", "productId": 1, "ttl": 7200,
        "level": 1,
    }  # fmt: skip
    assert ctwing.content(Told(service="cmd", params={"muffling": 1})) == {
        "params": {"muffling": 1}, "serviceIdentifier": "cmd",
    }  # fmt: skip
    assert body(ctwing.create(KEYS, letter(Told(raw=b"1"), ttl_s=10**7), NOW))["ttl"] == 864_000


def test_ctwing_without_product_or_key_is_refused_before_anything_is_sent() -> None:
    for product in ("", "2", "x1"):
        with pytest.raises(CallError) as caught:
            ctwing.create(KEYS, letter(Told(raw=b"1"), product=product), NOW)
        assert caught.value.doubt is Doubt.REFUSED


def test_ctwing_states_are_read_from_codes_and_from_words() -> None:
    def result(**said: object) -> str:
        return ctwing.created(200, json.dumps({"code": 0, "result": {"commandId": 5, **said}}).encode()).result

    assert result(commandStatus="指令已保存") == ""
    assert result(commandStatus="指令已送达") == "DELIVERED"
    assert result(commandStatus="指令已发送", resultCode="SUCCESSFUL") == "SUCCESSFUL"
    assert result(commandStatus="指令发送失败") == "FAILED"


@pytest.mark.parametrize(
    ("status", "said", "doubt"),
    [
        (200, b'{"code":1014,"msg":"no"}', Doubt.REFUSED),
        (403, b"signature", Doubt.REFUSED),
        (401, b"", Doubt.STALE),
        (429, b"", Doubt.NOT_TAKEN),
        (502, b"", Doubt.UNKNOWN),
        (200, b"<html>", Doubt.UNKNOWN),
        (200, b'{"code":0,"result":{}}', Doubt.UNKNOWN),
    ],
)
def test_an_answer_says_how_sure_it_is_that_the_carrier_has_nothing(status: int, said: bytes, doubt: Doubt) -> None:
    with pytest.raises(CallError) as caught:
        ctwing.created(status, said)
    assert caught.value.doubt is doubt


def test_onenet_token_is_signed_over_its_end_and_its_product() -> None:
    token = onenet.token("pid", base64.b64encode(b"key").decode(), NOW)
    assert token.startswith(f"version=2018-10-31&res=products%2Fpid&et={NOW // SECOND + 3600}&method=sha256&sign=")
    assert onenet.token("other", base64.b64encode(b"key").decode(), NOW) != token
    with pytest.raises(CallError, match="base64"):
        onenet.token("pid", "no base64", NOW)
    with pytest.raises(CallError, match="reads bytes"):
        onenet.create(onenet.Keys({"1": ""}), letter(Told(raw=b"1"), name="n"), NOW)


def test_huaweis_two_forms_of_one_command() -> None:
    told = Told(service="alarm", method="silence", params={"seconds": 60})
    assert json.loads(huawei.ocean_content(told)) == {
        "serviceId": "alarm",
        "method": "silence",
        "paras": {"seconds": 60},
    }
    assert json.loads(huawei.iotda_content(Told(raw=b"\x01"))) == {
        "service_id": "UP_DOWN", "command_name": "DOWN", "paras": {"Down_data": "01"},
    }  # fmt: skip
    token = huawei.Token("t", NOW)
    call = huawei.iotda_create(huawei.IotdaKeys("", "p/1", "d", "u", "w"), token, letter(told, ttl_s=10**6))
    assert call.path == "/v5/iot/p%2F1/devices/d1/async-commands"
    assert (body(call)["expire_time"], body(call)["send_strategy"]) == (172_800, "delay")


def test_content_is_the_same_however_a_list_spells_it() -> None:
    assert same(b'{"a":1,"b":"x"}', json.dumps(json.dumps({"b": "x", "a": 1})).encode())
    assert not same(b'{"a":1}', b'{"a":2}')
    with pytest.raises(CallError):
        answered(500, b"", msgspec.json.Decoder(dict[str, int]))


def test_no_model_knows_how_to_open_a_valve_and_every_order_is_a_command_of_the_contract() -> None:
    commands = {"sync_clock", "query_state", "silence", "self_test", "set_parameters", "close_valve", "cut_power"}
    for model in MODELS:
        assert set(model.orders) <= commands
        for command, encode in model.orders.items():
            told = encode({"basis": "person_confirms", "limit": 3})
            assert bool(told.raw) != bool(told.service)
            assert "open" not in told.service
            assert ("limit" in told.params) == (command == "set_parameters")
