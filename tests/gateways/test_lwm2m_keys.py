"""A device's key over HTTP: shown once, sealed, written down, good at the door at once; and taken back."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateways.coap_gate import gate
from gateways.test_lwm2m_dtls import post
from support.premises import device
from support.web import Web
from zhigan.access.vault import Vault
from zhigan.gateways.lwm2m import api
from zhigan.gateways.lwm2m.dtls import Dtls
from zhigan.gateways.lwm2m.keys import FILE, Keys
from zhigan.gateways.lwm2m.server import udp_socket
from zhigan.runtime.clock import HandClock
from zhigan.runtime.pg import Pool
from zhigan.vocabulary.roles import Role

SMOKE = {"gateway": "coap", "type": "smoke", "class": "nb_battery"}


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "keys", Vault(b"m" * 32))


@pytest.fixture
def web(pool: Pool, hand_clock: HandClock, tmp_path: Path, keys: Keys) -> Web:
    return Web(pool, hand_clock, api.handlers, tmp_path, {"device_keys": keys})


async def test_a_key_is_made_shown_once_and_opens_the_door_until_it_is_taken_back(
    web: Web, pool: Pool, keys: Keys, tmp_path: Path
) -> None:
    pytest.importorskip("mbedtls", reason="the optional extra dtls is not installed")
    target = await device(pool, address="dev1", **SMOKE)
    path = f"/devices/{target}/dtls-key"
    operator = await web.person("operator", Role.OPERATOR)
    assert (await operator.get(path)).json() == {"identity": "dev1", "there": False}
    made = await operator.post(path, json={})
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    key = made.json()["key"]
    assert len(bytes.fromhex(key)) == 16
    assert key not in (await operator.get(path)).text
    assert bytes.fromhex(key) not in (tmp_path / "keys" / FILE).read_bytes()
    async with gate(tmp_path / "gate") as door:
        dtls = Dtls(door.server, Keys(tmp_path / "keys", Vault(b"m" * 32)), door.server.clock, udp_socket)
        door.server.secure = dtls
        _, port = await dtls.start("127.0.0.1", 0)
        sweeping = asyncio.create_task(dtls.run())
        given = await operator.post(path, json={"key": "secretkey1"})
        assert given.json() == {"identity": "dev1", "key": ""}, "who gave it knows it"
        async with asyncio.timeout(20):
            while "c:2.04" not in await post(port, "dev1", "secretkey1", "dev1"):
                pass
        assert (await operator.delete(path)).status_code == 204
        await door.until(lambda: not dtls.sessions)
        assert "c:2.04" not in await post(port, "dev1", "secretkey1", "dev1")
        sweeping.cancel()
        await dtls.stop()
    assert (await operator.delete(path)).json()["code"] == "device_key.none"
    async with pool.acquire() as conn:
        rows = await conn.fetch(
            "select action, subject, detail::text from access.audit where action like 'device_key%' order by id"
        )
    assert [(row["action"], row["subject"]) for row in rows] == [
        ("device_key.set", "dev1"), ("device_key.set", "dev1"), ("device_key.removed", "dev1"),
    ]  # fmt: skip
    assert key not in str(rows) and "secretkey1" not in str(rows)


async def test_who_may_not_and_what_has_no_key(web: Web, pool: Pool) -> None:
    target = await device(pool, address="dev1", **SMOKE)
    path = f"/devices/{target}/dtls-key"
    operator, installer = await web.person("operator", Role.OPERATOR), await web.person("fitter", Role.INSTALLER)
    outside = await web.person("outside", Role.OPERATOR, "area:360803")
    for method in ("GET", "POST", "DELETE"):
        body = {"json": {}} if method == "POST" else {}
        assert (await installer.request(method, path, **body)).status_code == 403
        assert (await outside.request(method, path, **body)).status_code == 404
    wrong = {"short": "device_key.length", "hex:zz": "device_key.hex", "hex:": "device_key.length"}
    for key, code in wrong.items():
        refused = await operator.post(path, json={"key": key})
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, code)
    other = await device(pool, 2)
    refused = await operator.post(f"/devices/{other}/dtls-key", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "device_key.kind")
    assert (await operator.post("/devices/nothing/dtls-key", json={})).status_code == 404


def test_of_many_who_set_keys_at_one_time_none_is_undone(tmp_path: Path) -> None:
    vault = Vault(b"m" * 32)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: Keys(tmp_path, vault).set(f"dev{n}", b"secretkey1"), range(60)))
    kept = Keys(tmp_path, vault)
    kept.refresh()
    assert len(kept.opened) == 60
    assert kept.remove("dev7") and not kept.remove("dev7")
    kept.set("dev8", b"another-key")
    kept.refresh()
    assert (len(kept.opened), kept.opened["dev8"], kept.opened["dev9"]) == (59, b"another-key", b"secretkey1")
