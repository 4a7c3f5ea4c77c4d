"""DTLS with libcoap's own client: who has the key is heard under its name, who has not is not heard at all."""

import asyncio
import random
import shutil
from pathlib import Path

import pytest

from gateways.coap_gate import Gate, gate
from zhigan.access.vault import Vault
from zhigan.gateways.lwm2m.dtls import Dtls
from zhigan.gateways.lwm2m.keys import FILE, Keys, KeyWrong, key_of
from zhigan.gateways.lwm2m.server import udp_socket
from zhigan.vocabulary.conditions import Condition

pytest.importorskip("mbedtls", reason="the optional extra dtls is not installed")
LIBCOAP = shutil.which("coap-client-openssl") or shutil.which("coap-client-gnutls")
FIRE = int(Condition.FIRE)


async def secured(door: Gate, folder: Path) -> tuple[Dtls, int]:
    keys = Keys(folder, Vault(b"m" * 32))
    keys.set("dev1", b"secretkey1")
    dtls = Dtls(door.server, keys, door.server.clock, udp_socket)
    door.server.secure = dtls
    _, port = await dtls.start("127.0.0.1", 0)
    return dtls, port


async def post(port: int, identity: str, key: str, device: str) -> str:
    assert LIBCOAP is not None, "libcoap's client is missing: make test installs it"
    child = await asyncio.create_subprocess_exec(
        LIBCOAP, "-v", "6", "-B", "4", "-u", identity, "-k", key, "-m", "post", "-t", "0", "-e", "NBSMOKE:12345,ALARM",
        f"coaps://127.0.0.1:{port}/t/{device}", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await asyncio.wait_for(child.communicate(), 30)
    return out.decode(errors="replace")


async def test_with_the_key_and_without(tmp_path: Path) -> None:
    async with gate(tmp_path) as door:
        dtls, port = await secured(door, tmp_path / "keys")
        assert "c:2.04" in await post(port, "dev1", "secretkey1", "dev1")
        assert "c:4.03" in await post(port, "dev1", "secretkey1", "dev2")  # somebody else's name
        assert "c:2.04" not in await post(port, "dev1", "wrongkey99", "dev1")
        assert "c:2.04" not in await post(port, "nobody", "secretkey1", "nobody")
        assert [(s.address, s.conditions) for s in await door.stored()] == [("dev1", FIRE)]
        await dtls.stop()


async def test_garbage_before_a_handshake_holds_nothing(tmp_path: Path) -> None:
    async with gate(tmp_path) as door:
        dtls, port = await secured(door, tmp_path / "keys")
        chance = random.Random(3)
        for _ in range(300):
            begin = bytes((22, 254, 253, 0, 0)) if chance.random() < 0.5 else b""
            dtls.datagram_received(
                begin + chance.randbytes(chance.randint(0, 120)), ("127.0.0.1", chance.randint(1, 9))
            )
        assert dtls.sessions == 0
        assert dtls.counts["broken"] + dtls.counts["refused"] > 100
        assert "c:2.04" in await post(port, "dev1", "secretkey1", "dev1")
        await dtls.stop()


def test_keys_lie_sealed(tmp_path: Path) -> None:
    keys = Keys(tmp_path, Vault(b"m" * 32))
    keys.set("dev1", key_of("hex:00112233445566778899"))
    assert b"00112233" not in (tmp_path / FILE).read_bytes()
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0
    keys.refresh()
    assert keys.opened == {"dev1": bytes.fromhex("00112233445566778899")}
    elsewhere = Keys(tmp_path, Vault(b"x" * 32))
    elsewhere.refresh()
    assert elsewhere.opened == {}
    assert keys.remove("dev1")
    assert not keys.remove("dev1")
    for identity, key in (("a b", b"12345678"), ("a", b"short"), ("", b"12345678")):
        with pytest.raises(KeyWrong):
            keys.set(identity, key)
    with pytest.raises(KeyWrong):
        key_of("hex:zz")
