"""What the phone makers report back: signed or with the secret, counted, of ours alone; what is forged is refused."""

import base64
import hashlib
import hmac
import secrets

import msgspec
import pytest
from prometheus_client import REGISTRY

from outlets.notify.conftest import CALLBACK
from outlets.notify.test_telling import MANAGER
from support.providers import Taken
from support.site import Unit
from support.telling import Telling
from zhigan.vocabulary.roles import Role

OUTSIDE = "receipts-secret"


async def managed(telling: Telling, kind: str, token: str) -> Unit:
    """A unit whose manager has one phone of this maker, and a number."""
    school = await telling.site(contacts=())
    code = (await (await telling.city.person(Role.ADMIN)).get(f"/units/{school.id}")).json()["code"]
    manager = await telling.city.web.person("manager", Role.UNIT, f"unit:{code}")
    await telling.city.web.pool.execute("update access.account set phone = $1 where name = 'manager'", MANAGER)
    assert (await manager.post("/me/push", json={"kind": kind, "token": token})).status_code == 201
    await school.head(floor=3, point=1).smokes()
    await telling.carries()
    return school


def signed(telling: Telling, key: str = CALLBACK[1], user: str = CALLBACK[0], age_s: int = 0) -> str:
    """As Huawei's document describes it."""
    stamp, nonce = str(int((telling.city.clock.now().timestamp() - age_s) * 1000)), secrets.token_hex(16)
    digest = hmac.new(key.encode(), f"{stamp}{nonce}{user}".encode(), hashlib.sha256).digest()
    return f"timestamp={stamp}; nonce={nonce}; value={base64.b64encode(digest).decode()}"


async def says(telling: Telling, maker: str, body: object, header: str = "", token: str = OUTSIDE) -> int:
    headers = {"X-HUAWEI-CALLBACK-ID": header} if header else {}
    answer = await telling.city.web.client().post(
        f"/receipts/{maker}", params={"token": token}, content=msgspec.json.encode(body), headers=headers
    )
    await telling.city.settles()
    return answer.status_code


async def state(telling: Telling, taken: Taken) -> set[str]:
    [incident] = await telling.city.desk()
    return {n["state"] for n in await telling.proof(incident) if n["provider_id"] == taken.id}


def counted(maker: str, why: str) -> float:
    labels = {"provider": maker, "why": why}
    return REGISTRY.get_sample_value("zhigan_notify_receipts_refused_total", labels) or 0.0


def first_version(taken: Taken, status: int = 0) -> dict[str, object]:
    row = {
        "biTag": taken.request,
        "requestId": taken.id,
        "token": taken.to,
        "status": status,
        "timestamp": 1,
        "appid": "1",
    }
    return {"statuses": [row]}


def second_version(taken: Taken, result: int = 0) -> dict[str, object]:
    row = {
        "biTag": taken.request, "requestId": taken.id, "token": taken.to, "pushType": 0, "appPackageName": "x",
        "deliveryStatus": {"result": result, "timestamp": 1},
    }  # fmt: skip
    return {"statuses": [row]}


@pytest.mark.parametrize("version", [first_version, second_version])
async def test_huaweis_receipt_is_proof_in_either_form(whole: Telling, version: object) -> None:
    await managed(whole, "huawei", "the-managers-phone")
    [taken] = whole.providers.of("push")
    body = (first_version if version is first_version else second_version)(taken)
    assert await state(whole, taken) == {"sent"}
    for _ in range(2):
        assert await says(whole, "huawei", body, signed(whole)) == 200
    assert await state(whole, taken) == {"delivered"}


async def test_a_forged_old_or_unsigned_receipt_of_huawei_is_refused_and_counted(whole: Telling) -> None:
    await managed(whole, "huawei", "the-managers-phone")
    [taken] = whole.providers.of("push")
    before = counted("huawei", "signature")
    wrong = [
        "", "nonsense", "timestamp=; nonce=a; value=b", f"timestamp={'9' * 400}; nonce=a; value=b",
        signed(whole, key="another-key-9999"), signed(whole, user="somebody"), signed(whole, age_s=3600),
    ]  # fmt: skip
    for header in wrong:
        assert await says(whole, "huawei", first_version(taken), header) == 401, header
    assert counted("huawei", "signature") - before == len(wrong)
    assert await says(whole, "huawei", first_version(taken), signed(whole), token="wrong-secret") == 401
    assert counted("huawei", "token") >= 1
    assert await says(whole, "huawei", {"statuses": "nonsense"}, signed(whole)) == 400
    assert counted("huawei", "malformed") >= 1
    assert await state(whole, taken) == {"sent"}


async def test_a_phone_without_the_app_is_forgotten_and_another_way_is_taken_at_once(whole: Telling) -> None:
    await managed(whole, "huawei", "the-managers-phone")
    [taken] = whole.providers.of("push")
    stranger = second_version(msgspec.structs.replace(taken, request="0" * 32, id="none-of-ours"), 2)
    assert await says(whole, "huawei", stranger, signed(whole)) == 200
    assert await state(whole, taken) == {"sent"}, "not ours: counted, forgotten"
    assert await says(whole, "huawei", second_version(taken, 2), signed(whole)) == 200
    assert await state(whole, taken) == {"failed"}
    left = await whole.city.web.pool.fetchval("select count(*) from notify.way where channel = 'push'")
    assert left == 0


async def test_oppo_is_told_where_to_report_and_an_arrival_is_proof(whole: Telling) -> None:
    await managed(whole, "oppo", "the-managers-oppo")
    [taken] = whole.providers.of("push")
    assert taken.values["call_back_url"] == f"https://fire.example.org/api/v1/receipts/oppo?token={OUTSIDE}"
    assert taken.values["call_back_parameter"] == taken.request
    arrival = {
        "messageId": taken.id, "taskId": taken.id, "appId": "1", "registrationIds": taken.to, "eventTime": "1",
        "param": taken.request, "eventType": "push_arrive",
    }  # fmt: skip
    assert await says(whole, "oppo", [arrival], token="wrong-secret") == 401
    assert await says(whole, "oppo", {"nonsense": 1}) == 400
    assert await says(whole, "oppo", [{**arrival, "eventType": "push_click"}]) == 200
    assert await state(whole, taken) == {"sent"}, "only an arrival is one"
    assert await says(whole, "oppo", [arrival]) == 200
    assert await state(whole, taken) == {"delivered"}
    assert counted("oppo", "token") >= 1 and counted("oppo", "malformed") >= 1
