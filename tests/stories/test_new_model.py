"""A maker's new model is a folder and nothing else: laid beside the others, it is understood at the next start."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.carrier import SECRET, ctwing
from support.platform import ROOT, Platform
from support.processes import until
from zhigan.protocols.carriers import devices
from zhigan.runtime.clock import SystemClock

pytestmark = pytest.mark.timeout(120)
NOW = SystemClock().micros
FOLDER = Path("zhigan") / "protocols" / "carriers" / "devices" / "jinggang_smoke"
MODEL = '''"""A detector of 井冈: `JG;<state>;<battery>`, state 0 well, 1 smoke, 2 fault."""

from zhigan.protocols.carriers.devices.said import Model, PayloadError, Said, State, measured, told
from zhigan.protocols.carriers.model import Payload
from zhigan.vocabulary.conditions import Condition

STATES = {
    "0": State(known=Condition.FIRE | Condition.FAULT),
    "1": State(Condition.FIRE),
    "2": State(Condition.FAULT),
}


def _read(payload: Payload) -> tuple[Said, ...] | None:
    if not payload.raw.startswith(b"JG;"):
        return None
    _, state, battery = payload.raw.decode("ascii").split(";")
    if state not in STATES:
        raise PayloadError(f"state {state}")
    return (told(STATES[state], measured(battery=float(battery))),)


MODEL = Model(
    name="jinggang_smoke", zh="井冈感烟", en="Jinggang smoke alarm", type="smoke", device_class="nb_battery",
    mark=b"JG;", read=_read, period_s=21600,
)
'''


async def test_a_folder_laid_beside_the_others_is_a_model(tmp_path: Path) -> None:
    code = tmp_path / "code"
    shutil.copytree(ROOT / "src" / "zhigan", code / "zhigan", ignore=shutil.ignore_patterns("__pycache__", "static"))
    assert "jinggang_smoke" not in devices.BY_NAME, "nobody here knows it"
    (code / FOLDER).mkdir()
    (code / FOLDER / "__init__.py").write_text(MODEL, "utf-8")
    platform = Platform(tmp_path / "data", ctwing_token=SECRET)
    platform.environment["PYTHONPATH"] = f"{code}:{ROOT / 'simulator' / 'src'}"
    await asyncio.to_thread(platform.start)
    try:
        name, password = await asyncio.to_thread(platform.account, "admin", "city")
        async with httpx.AsyncClient(base_url=platform.url, timeout=30) as client:
            await client.post("/api/v1/login", json={"username": name, "password": password})
            unread = ctwing("j0", NOW(), "JG;7;90")
            burning = ctwing("j1", NOW(), "JG;1;83")
            for body in (unread, burning):
                answer = await client.post("/api/v1/ingest/ctwing", params={"token": SECRET}, content=body)
                assert answer.status_code == 200, answer.text
            found: dict[str, Any] = {}

            async def known() -> bool:
                items = (await client.get("/api/v1/devices", params={"gateway": "ctwing"})).json()["items"]
                found.update({each["address"]: each for each in items})
                return found.get("j1", {}).get("type") == "smoke" and await modelled()

            async def modelled() -> bool:
                one = (await client.get(f"/api/v1/devices/{found['j1']['id']}")).json()
                found["detail"] = one
                return bool(one["model"])

            await until(known)
            assert (found["detail"]["model"], found["detail"]["class"]) == ("jinggang_smoke", "nb_battery")
            assert found["detail"]["offline_after_s"] == 2 * 21_600, "missed by its own period"
            (incident,) = (await client.get("/api/v1/incidents")).json()["items"]
            assert (incident["kind"], incident["alarms"][0]["device"]["id"]) == ("fire", found["j1"]["id"])
            signals = (await client.get(f"/api/v1/devices/{found['j0']['id']}/signals")).json()["items"]
            assert json.dumps(signals).count("state 7") == 1, "what it does not describe is kept raw, with the reason"
    finally:
        await asyncio.to_thread(platform.stop)
