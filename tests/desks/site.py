"""A school with a building for the desks' tests: detectors on the third floor, one elsewhere, all over HTTP."""

from collections.abc import Mapping
from typing import Any

import httpx

from support.web import Web
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.roles import Role

ROOT = "790300000000"
UNIT: dict[str, object] = {
    "code": "U1", "name": "青原小学", "premises": "crowded", "area_code": "360802", "lon": 114.98, "lat": 27.11,
    "industry": "education", "community": "360802001001", "grid": "G1", "station": "S1", "firm": "F1", "org": "O1",
}  # fmt: skip
OUTSIDE = [
    "area:360803", "area:3609", "industry:health", "community:360802001002", "grid:G2", "unit:U2", "station:S2",
    "firm:F2", "org:O2", "area:360802+industry:health",
]  # fmt: skip
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (800).to_bytes(4) + (600).to_bytes(4) + b"\x08\x02\x00\x00\x00" + bytes(8)
    + b"\x00\x00\x00\x00IEND\xaeB`\x82"
)  # fmt: skip
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(10) + b"\xff\xdb\x00\x04\x00\x00"
    + b"\xff\xc2\x00\x0b\x08" + (600).to_bytes(2) + (800).to_bytes(2) + b"\x01\x01\x11\x00" + bytes(8)
)  # fmt: skip


async def made(client: httpx.AsyncClient, path: str, body: Mapping[str, object]) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def school(web: Web) -> dict[str, str]:
    """Ids by short names: unit, building, smoke, button, elsewhere (fourth floor), root."""
    admin = await web.person("admin", Role.ADMIN)
    unit = await made(admin, "/units", UNIT)
    building = await made(admin, f"/units/{unit['id']}/buildings", {"code": "1", "name": "1号楼", "floors_above": 4})
    body = {"unit_id": unit["id"], "building_id": building["id"], "gateway": "gb26875"}
    ids = {"unit": unit["id"], "building": building["id"]}
    for name, type_, address, floor in (
        ("root", "transmission_device", ROOT, ""),
        ("smoke", "smoke", f"{ROOT}/1.1.40.1", "3"),
        ("button", "manual_call_point", f"{ROOT}/1.1.40.2", "3"),
        ("elsewhere", "smoke", f"{ROOT}/1.1.40.3", "4"),
    ):
        new = {**body, "name": name, "type": type_, "address": address, "floor": floor}
        ids[name] = (await made(admin, "/devices", new))["id"]
    return ids


async def said(web: Web, device: str, conditions: Condition) -> None:
    """What the engine leaves behind when a device speaks: its state now."""
    async with web.pool.acquire() as conn:
        await conn.execute(
            "update registry.device_now n set conditions = $2, seen_at = $3 from registry.device d "
            "where d.id = $1::uuid and n.number = d.number",
            device, int(conditions), web.clock.now(),
        )  # fmt: skip


def routes(web: Web, *heads: str) -> set[tuple[str, str]]:
    """(method, path) of the application's own addresses that begin so."""
    found = {(m, r.path.removeprefix("/api/v1")) for r in web.app.routes for m in r.methods - {"OPTIONS", "HEAD"}}
    return {(m, p) for m, p in found if p.startswith(heads)}
