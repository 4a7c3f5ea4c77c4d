"""The commands as an operator types them, beside a running platform and without one."""

import asyncio
import json
import signal
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from support.platform import Platform, free_port
from support.processes import until
from zhigan.runtime.postgres import database
from zhigan.runtime.settings import Settings

FIRE = (
    "404001000101203A091A090C790300000000385B0100000030000202010101280A000200020020202020202020202020202020202020"
    "202020202020202020202020202000023A091A090C462323"
)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    platform = Platform(tmp_path_factory.mktemp("platform"))
    platform.start()
    yield platform
    assert platform.stop() == 0


def test_decode_explains_a_published_frame_and_names_what_is_wrong(platform: Platform) -> None:
    said = platform.run("decode", FIRE)
    assert said.returncode == 0
    assert "感烟火灾探测器" in said.stdout
    (line,) = platform.run("decode", "--json", FIRE).stdout.splitlines()
    frame = json.loads(line)
    assert (frame["serial"], frame["source"], frame["command"], frame["type"]) == (1, "790300000000", 2, 2)
    broken = platform.run("decode", "--json", FIRE.replace("462323", "472323"))
    assert broken.returncode == 1
    assert json.loads(broken.stdout)["error"] == "bad_checksum"


def test_an_import_names_bad_lines_and_running_it_twice_changes_nothing(platform: Platform, tmp_path: Path) -> None:
    sheet = tmp_path / "units.csv"
    sheet.write_text(
        "code,name,premises,area_code,lon,lat\nCLI-1,测试单位一,crowded,360802,114.98,27.11\n"
        "CLI-2,测试单位二,castle,360802,114.98,27.11\nCLI-3,测试单位三,other,999999,114.98,27.11\n"
    )
    first = platform.run("import", "units", str(sheet))
    assert first.returncode == 1
    assert "3" in first.stdout
    assert "4" in first.stdout
    assert "premises" in first.stdout
    users = tmp_path / "users.csv"
    users.write_text("name,role,scope,phone\n王某,duty,area:360802,13800000000\n")
    taken = platform.run("import", "users", str(users))
    assert taken.returncode == 0, taken.stdout
    assert platform.run("import", "users", str(users)).returncode == 0


def test_a_role_or_scope_that_does_not_exist_is_refused_in_a_sentence(platform: Platform) -> None:
    said = platform.run(
        "user", "add", "x", "--role", "duty", "--scope", "moon:1", "--password-stdin", words="a-long-one"
    )
    assert said.returncode == 1
    assert "moon" in said.stderr
    assert platform.run("serve", "--roles", "gateway,oracle").returncode == 2


def test_audit_verify_names_the_first_broken_link(platform: Platform) -> None:
    assert platform.run("audit", "verify").returncode == 0
    platform.account("duty")

    async def tamper() -> None:
        async with database(Settings(data=platform.folder)) as dsn:
            conn = await asyncpg.connect(dsn)
            await conn.execute("update bus.event set body = '{}' where id = (select min(id) from bus.event)")
            await conn.close()

    before = platform.run("audit", "verify")
    assert before.returncode == 0, before.stdout
    asyncio.run(tamper())
    after = platform.run("audit", "verify")
    assert after.returncode == 1
    assert "broken: event log" in after.stdout


def test_the_demo_city_comes_up_with_logins_people_and_stops_at_ctrl_c(tmp_path: Path) -> None:
    port, devices = free_port(), free_port()
    demo = Platform(tmp_path)
    environment = {**demo.environment, "ZHIGAN_GB26875": f"127.0.0.1:{devices}", "ZHIGAN_HTTP": f"127.0.0.1:{port}"}
    process = subprocess.Popen(
        demo.command("run", "--demo", "--port", str(port)),
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    patience = threading.Timer(100, process.kill)
    patience.start()
    assert process.stdout is not None
    said: list[str] = []
    for line in process.stdout:
        said.append(line)
        if "Ctrl-C stops everything" in line:
            break
    try:
        text = "".join(said)
        password = text.partition("(password ")[2].partition(")")[0]
        token = _post(port, "/login", {"username": "duty", "password": password})["token"]
        units = _get(port, "/units?limit=500", token)["items"]
        assert len(units) >= 200
        assert len({unit["reporting_area"] for unit in units}) == 15
        contacts = _get(port, f"/units/{units[0]['id']}/contacts", token)["items"]
        assert contacts
        admin = _post(port, "/login", {"username": "lead", "password": password})["token"]
        [centre] = _get(port, "/dispatch/targets", admin)["items"]
        assert centre["name"] == "演示119指挥中心"
        _exercised(port, centre["id"], admin)
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(60)
        patience.cancel()
        process.stdout.close()
    assert code == 0


def _exercised(port: int, centre: str, token: str) -> None:
    """The demo's command centre takes an exercise."""
    head = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/v1/dispatch/targets/{centre}/test", b"{}", head)
    with urllib.request.urlopen(request, timeout=30) as answer:
        exercise = json.load(answer)["id"]
    seen: dict[str, Any] = {}

    async def taken() -> bool:
        seen.update(await asyncio.to_thread(_get, port, f"/dispatch/exercises/{exercise}", token))
        return seen["state"] == "acknowledged"

    asyncio.run(until(taken))


def _post(port: int, path: str, body: dict[str, str]) -> dict[str, str]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def _get(port: int, path: str, token: str) -> dict[str, list[dict[str, str]]]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1{path}", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)
