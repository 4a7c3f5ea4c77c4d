"""Carriers' pushes as published: every form gives the fields that its source states, and nothing else gets through."""

import base64
import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st

from zhigan.protocols.carriers import CarrierError, Fault, Report, ReportKind, ctwing, huawei, onenet
from zhigan.protocols.carriers.model import RAW_MAX, REPORTS_MAX

TOKEN = "abcdefghijkmlnopqrstuvwxyz"
KEYS = onenet.Keys(TOKEN)
VECTOR = b'{"type":1,"dev_id":2016617,"ds_id":"datastream_id","at":1466133706841,"value":42}'
APP_DATA = "AQFWMS4wAAAAACMAAAAH/wAlODYyNTkyMDUxNjUxNDcyAAEAMjUAODAAAAAAAAABAQAAAAEAAASD"


def push(**fields: object) -> bytes:
    head: dict[str, object] = {
        "upPacketSN": -1, "upDataSN": -1, "topic": "v1/up/ad", "timestamp": 1650554828842, "tenantId": "2000033629",
        "serviceId": "", "protocol": "lwm2m", "productId": "15114816", "messageType": "dataReport", "deviceType": "",
        "deviceId": "40edca19b012", "assocAssetId": "", "IMSI": "undefined", "IMEI": "862592050000000",
    }  # fmt: skip
    return json.dumps(head | fields).encode()


def one(reports: list[Report]) -> Report:
    assert len(reports) == 1
    return reports[0]


def refused(parse: object, *arguments: object) -> Fault:
    assert callable(parse)
    with pytest.raises(CarrierError) as caught:
        parse(*arguments)
    return caught.value.fault


# CTWing


def test_transparent_payload_is_the_devices_own_bytes() -> None:
    report = one(ctwing.parse(push(payload={"APPdata": APP_DATA})))
    assert (report.kind, report.device, report.product) == (ReportKind.DATA, "40edca19b012", "15114816")
    assert report.at == 1650554828842000
    assert report.payload.raw == base64.b64decode(APP_DATA)
    assert report.payload.raw[2:6] == b"V1.0"


@pytest.mark.parametrize("service", [10, "10"])
def test_thing_model_payload_is_the_properties(service: object) -> None:
    report = one(ctwing.parse(push(topic="v1/up/ad19", serviceId=service, payload={"gas_value": 3})))
    assert json.loads(report.payload.fields) == {"gas_value": 3}
    assert report.payload.service == "10"


def test_profile_payload_is_the_services_data() -> None:
    said = {"serviceId": "notification", "serviceData": {"Alarm_Status": 1}}
    report = one(ctwing.parse(push(topic="v1/up/ad19prof", payload=said)))
    assert json.loads(report.payload.fields) == {"Alarm_Status": 1}
    assert report.payload.service == "notification"


@pytest.mark.parametrize("number", ["", -1, 7])
def test_numbers_of_packets_may_be_anything(number: object) -> None:
    assert one(ctwing.parse(push(upPacketSN=number, payload={"a": 1}))).device


def test_batch_is_one_report_a_part() -> None:
    parts = [{"serviceId": "a", "serviceData": {"x": 1}}, {"APPdata": "AQI="}]
    reports = ctwing.parse(push(messageType="dataReportTupUnion", payload=parts))
    assert [(r.payload.fields, r.payload.raw) for r in reports] == [(b'{"x": 1}', b""), (b"", b"\x01\x02")]
    assert len(ctwing.parse(push(messageType="dataReportTupUnion", payload={"x": 1}))) == 1


def test_event_carries_its_level_and_content() -> None:
    body = push(messageType="eventReport", eventType=3, serviceId=1002, eventContent={"battery_voltage": 1})
    report = one(ctwing.parse(body))
    assert (report.kind, report.level, report.payload.service) == (ReportKind.EVENT, 3, "1002")
    assert json.loads(report.payload.fields) == {"battery_voltage": 1}


@pytest.mark.parametrize(("code", "online"), [(1, True), (0, False), ("1", True)])
def test_online_and_offline(code: object, online: bool) -> None:
    report = one(ctwing.parse(push(messageType="deviceOnlineOfflineReport", eventType=code, iccid="undefined")))
    assert (report.kind, report.online) == (ReportKind.LINK, online)


def test_command_response_names_task_and_result() -> None:
    body = push(messageType="commandResponse", taskId=1, result={"resultCode": "DELIVERED", "resultDetail": ""})
    report = one(ctwing.parse(body))
    assert (report.kind, report.command, report.result) == (ReportKind.COMMAND, "1", "DELIVERED")


def test_unknown_message_type_is_kept_not_refused() -> None:
    assert one(ctwing.parse(push(messageType="somethingNew", payload={"a": 1}))).kind is ReportKind.OTHER


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"", Fault.BAD_JSON),
        (push(payload={"APPdata": APP_DATA})[:-40], Fault.BAD_JSON),
        (b'{"messageType":"dataReport","payload":' + b"[" * 5000, Fault.BAD_JSON),
        (push(deviceId="", payload={}), Fault.BAD_FIELD),
        (push(deviceId="a/b", payload={}), Fault.BAD_FIELD),
        (push(deviceId="x" * 129, payload={}), Fault.BAD_FIELD),
        (push(deviceId="a\u0000b", payload={}), Fault.BAD_FIELD),
        (push(timestamp="soon"), Fault.BAD_FIELD),
        (push(timestamp=1e300), Fault.BAD_FIELD),
        (push(messageType=7), Fault.BAD_FIELD),
        (push(payload={"APPdata": "AQI"}), Fault.BAD_BASE64),
        (push(payload={"APPdata": base64.b64encode(bytes(RAW_MAX + 1)).decode()}), Fault.TOO_LARGE),
        (push(messageType="dataReportTupUnion", payload=[{"x": 1}] * (REPORTS_MAX + 1)), Fault.TOO_MANY),
        (push(messageType="deviceOnlineOfflineReport", eventType=5), Fault.BAD_FIELD),
    ],
)
def test_a_broken_push_is_refused_by_name(body: bytes, fault: Fault) -> None:
    assert refused(ctwing.parse, body) is fault


# OneNET


def legacy(message: bytes, token: str = TOKEN) -> bytes:
    signed = onenet.signature(token, "abcdefgh", message)
    return b'{"msg":' + message + b',"msg_signature":"' + signed.encode() + b'","nonce":"abcdefgh"}'


def test_signature_is_that_of_the_published_vector() -> None:
    assert onenet.signature(TOKEN, "abcdefgh", VECTOR) == "FroU5qg+JQK2SGRPSC+T9A=="


def test_address_check_answers_a_signature_whose_plus_became_a_blank() -> None:
    message = VECTOR.decode()
    assert onenet.verified(KEYS, "abcdefgh", message, "FroU5qg+JQK2SGRPSC+T9A==")
    assert onenet.verified(KEYS, "abcdefgh", message, "FroU5qg JQK2SGRPSC T9A==")
    assert not onenet.verified(KEYS, "abcdefgh", message + " ", "FroU5qg+JQK2SGRPSC+T9A==")


def test_legacy_point_is_a_field_of_its_streams_name() -> None:
    report = one(onenet.parse(legacy(VECTOR), KEYS))
    assert (report.device, report.at) == ("2016617", 1466133706841000)
    assert json.loads(report.payload.fields) == {"datastream_id": 42}


def test_signature_is_over_the_raw_text_not_over_a_new_one() -> None:
    spaced = VECTOR.replace(b",", b" ,  ").replace(b"datastream", b"data\\/stream")
    assert one(onenet.parse(legacy(spaced), KEYS)).device == "2016617"
    again = json.dumps(json.loads(spaced)).encode()
    forged = legacy(spaced).replace(spaced, again)
    assert refused(onenet.parse, forged, KEYS) is Fault.BAD_SIGNATURE


def test_legacy_list_holds_points_states_and_answers() -> None:
    messages = [
        {"at": 1552274056993, "imei": "8669", "type": 1, "ds_id": "3200_0_5750", "value": "0102030405", "dev_id": 1},
        {"at": 1552274056994, "type": 2, "status": 0, "login_type": 10, "dev_id": 2},
        {"at": 1552274056995, "type": 7, "cmd_type": 1, "cmd_id": "abc", "dev_id": 3},
    ]
    point, state, answer = onenet.parse(legacy(json.dumps(messages).encode()), KEYS)
    assert (point.payload.raw, point.payload.service) == (bytes([1, 2, 3, 4, 5]), "3200_0_5750")
    assert (state.kind, state.online) == (ReportKind.LINK, False)
    assert (answer.kind, answer.command, answer.result) == (ReportKind.COMMAND, "abc", "1")


@pytest.mark.parametrize("change", [b"wrongtok", b""])
def test_forged_signature_is_refused(change: bytes) -> None:
    body = legacy(VECTOR, TOKEN + "x") if change else b'{"msg":' + VECTOR + b',"nonce":"abcdefgh"}'
    assert refused(onenet.parse, body, KEYS) is Fault.BAD_SIGNATURE


def sealed(message: bytes, key: bytes, *, framed: bool) -> str:
    plain = bytes(16) + len(message).to_bytes(4, "big") + message if framed else message
    pad = 16 - len(plain) % 16
    cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(cipher.update(plain + bytes([pad]) * pad) + cipher.finalize()).decode()


def test_encrypted_legacy_push_is_opened_and_signed_as_it_stands() -> None:
    key = bytes(range(32))
    text = base64.b64encode(key).decode().rstrip("=")
    sealed_text = sealed(VECTOR, key, framed=True)
    signed = onenet.signature(TOKEN, "abcdefgh", sealed_text.encode())
    body = json.dumps({"enc_msg": sealed_text, "msg_signature": signed, "nonce": "abcdefgh"}).encode()
    assert one(onenet.parse(body, onenet.Keys(TOKEN, text))).device == "2016617"
    assert refused(onenet.parse, body, KEYS) is Fault.NO_KEY
    other = base64.b64encode(bytes(32)).decode().rstrip("=")
    assert refused(onenet.parse, body, onenet.Keys(TOKEN, other)) in (Fault.BAD_CIPHER, Fault.BAD_JSON)


def studio(message: dict[str, object], key: str = "") -> bytes:
    text = json.dumps(message)
    carried = sealed(text.encode(), key.encode(), framed=False) if key else text
    signed = onenet.signature(TOKEN, "n0nce", carried.encode())
    return json.dumps({"msg": carried, "signature": signed, "nonce": "n0nce", "time": 1, "id": "7"}).encode()


PROPERTY: dict[str, object] = {
    "messageType": "notify", "notifyType": "property", "deviceId": "d9", "deviceName": "n9", "productId": "p",
    "data": {"id": "1", "params": {"Power": {"value": "500", "time": 1706673129818},
                                   "3_0_20": {"time": 1706673129817, "value": 2}}},
}  # fmt: skip


@pytest.mark.parametrize("key", ["", "0123456789abcdef"])
def test_studio_properties_become_fields_with_the_newest_time(key: str) -> None:
    report = one(onenet.parse(studio(PROPERTY, key), onenet.Keys(TOKEN, key)))
    assert json.loads(report.payload.fields) == {"Power": "500", "3_0_20": 2}
    assert (report.device, report.name, report.at) == ("d9", "n9", 1706673129818000)


def test_studio_events_states_and_answers() -> None:
    event = PROPERTY | {
        "notifyType": "event",
        "data": {"params": {"alarm": {"value": {"level": 2}, "time": 1706673129}}},
    }
    report = one(onenet.parse(studio(event), KEYS))
    assert (report.kind, report.payload.service, json.loads(report.payload.fields)) == (
        ReportKind.EVENT, "alarm", {"level": 2},
    )  # fmt: skip
    gone: dict[str, object] = {
        "messageType": "lifeCycle",
        "data": {"status": "offline", "time": 1706673129818},
        "deviceName": "n9",
    }
    assert one(onenet.parse(studio(gone), KEYS)).online is False
    assert one(onenet.parse(studio(PROPERTY | {"messageType": "reply"}), KEYS)).kind is ReportKind.COMMAND


def test_studio_forged_and_cut_off_are_refused() -> None:
    assert refused(onenet.parse, studio(PROPERTY).replace(b"Power", b"Tower"), KEYS) is Fault.BAD_SIGNATURE
    assert refused(onenet.parse, studio(PROPERTY)[:-9], KEYS) is Fault.BAD_JSON
    assert refused(onenet.parse, b'{"nonce":"a"}', KEYS) is Fault.BAD_FIELD


# Huawei


def test_oceanconnect_data_with_its_utc_time() -> None:
    service = {"serviceId": "Report", "serviceType": "Report", "data": {"devState": 1}, "eventTime": "20200401T182505Z"}
    head = {"notifyType": "deviceDataChanged", "deviceId": "e917", "gatewayId": "e917", "requestId": None}
    report = one(huawei.parse(json.dumps(head | {"service": service}).encode()))
    assert report.at == int(datetime(2020, 4, 1, 18, 25, 5, tzinfo=UTC).timestamp()) * 1_000_000
    assert (report.kind, report.payload.service) == (ReportKind.DATA, "Report")
    many = huawei.parse(json.dumps(head | {"notifyType": "deviceDatasChanged", "services": [service] * 3}).encode())
    assert len(many) == 3


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"notifyType": "deviceInfoChanged", "deviceInfo": {"status": "OFFLINE"}}, ReportKind.LINK),
        ({"notifyType": "deviceDeleted"}, ReportKind.REGISTRY),
        ({"notifyType": "deviceInfoChanged", "deviceInfo": {"name": "x"}}, ReportKind.OTHER),
        ({"commandId": "c", "result": {"resultCode": "SUCCESSFUL", "resultDetail": None}}, ReportKind.COMMAND),
        ({"notifyType": "commandRsp", "result": {"resultCode": "TIMEOUT"}}, ReportKind.COMMAND),
        ({"notifyType": "ruleEvent"}, ReportKind.OTHER),
    ],
)
def test_other_notifications(body: dict[str, object], kind: ReportKind) -> None:
    assert one(huawei.parse(json.dumps({"deviceId": "e917"} | body).encode())).kind is kind


def iotda(resource: str, event: str, body: object) -> bytes:
    return json.dumps(
        {"resource": resource, "event": event, "event_time": "20151212T121212Z",
         "event_time_ms": "2015-12-12T12:12:12.000Z", "request_id": "r",
         "notify_data": {"header": {"app_id": "a", "device_id": "d1", "node_id": "n", "product_id": "p"},
                         "body": body}}
    ).encode()  # fmt: skip


def test_iotda_properties() -> None:
    said = {"services": [{"service_id": "Battery", "properties": {"level": 80}, "event_time": "20151212T121212Z"}]}
    report = one(huawei.parse(iotda("device.property", "report", said)))
    assert json.loads(report.payload.fields) == {"level": 80}
    assert report.at == int(datetime(2015, 12, 12, 12, 12, 12, tzinfo=UTC).timestamp()) * 1_000_000
    assert (report.device, report.product, report.payload.service) == ("d1", "p", "Battery")


@pytest.mark.parametrize(
    ("resource", "event", "body", "kind"),
    [
        ("device.status", "update", {"status": "ONLINE"}, ReportKind.LINK),
        ("device.message", "report", {"content": "AQID"}, ReportKind.DATA),
        ("device.command.status", "update", {"command_id": "c", "status": "SUCCESSFUL"}, ReportKind.COMMAND),
        ("device", "create", {}, ReportKind.REGISTRY),
        ("device.event", "report", {"services": [{"service_id": "a", "paras": {"x": 1}}]}, ReportKind.EVENT),
        ("rule", "trigger", {}, ReportKind.OTHER),
    ],
)
def test_iotda_triggers(resource: str, event: str, body: object, kind: ReportKind) -> None:
    assert one(huawei.parse(iotda(resource, event, body))).kind is kind


def test_huawei_refuses_what_it_cannot_name() -> None:
    assert refused(huawei.parse, b'{"deviceId":"x"}') is Fault.BAD_FIELD
    assert refused(huawei.parse, iotda("device", "create", {})[:-3]) is Fault.BAD_JSON


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@given(st.binary(max_size=200))
def test_bytes_are_read_or_refused_by_name(body: bytes) -> None:
    for parse in (ctwing.parse, huawei.parse):
        with pytest.raises(CarrierError):
            parse(b"\xff" + body)
    with pytest.raises(CarrierError):
        onenet.parse(b"\xff" + body, KEYS)


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from(["payload", "eventType", "timestamp", "result", "serviceId", "taskId"]), JSON))
def test_any_field_may_hold_anything(fields: dict[str, object]) -> None:
    for kind in ("dataReport", "dataReportTupUnion", "eventReport", "deviceOnlineOfflineReport", "commandResponse"):
        try:
            reports = ctwing.parse(push(**fields, messageType=kind))
        except CarrierError:
            continue
        assert all(report.device == "40edca19b012" for report in reports)
