"""A list of cameras (天网、地网) against the registry: what is new comes in, what is known is compared.

Enters: a list whose form is right, whose scope it is sent in. Leaves: how many came in, how many stood there, what the
two say differently, and what is wrong with single cameras. Registered by the registry's own door with its own checks;
what stands there is never changed by a list. Absent: video.
"""

from datetime import datetime
from typing import Final

import msgspec

from zhigan.gateways.reports import rules, store
from zhigan.gateways.reports.model import ListedCamera, NewInbound
from zhigan.gateways.reports.rules import Flaw
from zhigan.gateways.reports.store import SQL
from zhigan.gateways.reports.views import BadCamera, CameraDifference, CameraResult
from zhigan.registry import registration, units
from zhigan.registry.shapes import NewDevice, Unit
from zhigan.runtime.clock import Clock
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import Scope
from zhigan.webapi.database import Database
from zhigan.webapi.principal import Principal
from zhigan.webapi.problems import FieldError, Problem, coded

GATEWAY: Final = "gb28181"
NEAR_DEG: Final = 0.0005
"""About 50 m: two surveys of one pole."""
CONFLICT: Final = 409


async def compare(
    db: Database, scope: Scope, partner: str, sent: NewInbound, now: datetime, account: str = ""
) -> CameraResult:
    """The same list twice changes nothing the second time."""
    inside = Principal(account, partner, Role.OPERATOR, scope, "")
    added, known = 0, 0
    differences: list[CameraDifference] = []
    refused: list[BadCamera] = []
    seen: set[str] = set()
    for index, camera in enumerate(sent.cameras):
        errors = rules.wrong_camera(camera)
        if camera.code in seen:
            errors.append(Flaw("code", "stands in the list twice"))
        seen.add(camera.code)
        fresh = False
        if not errors:
            found = await _one(db, inside, camera, camera.unit or sent.unit, now)
            if isinstance(found, bool):
                fresh = found
            elif found and isinstance(found[0], CameraDifference):
                differences += [d for d in found if isinstance(d, CameraDifference)]
            else:
                errors = [e for e in found if isinstance(e, Flaw)]
        if errors:
            refused.append(BadCamera(index, camera.code, [coded(FieldError(f, e)) for f, e in errors]))
        else:
            added, known = added + fresh, known + (not fresh)
    return CameraResult(added, known, differences, refused)


async def _one(
    db: Database, inside: Principal, camera: ListedCamera, unit_code: str, now: datetime
) -> bool | list[CameraDifference] | list[Flaw]:
    """True: it came in; False: it stands there just so; else the differences, or what is wrong."""
    async with db.bound(inside) as conn:
        row = await conn.fetchrow(SQL.device_at, GATEWAY, camera.code)
        unit = (await units.by_codes(conn, [unit_code])).get(unit_code) if unit_code else None
    if row is not None:
        return _differences(dict(row), camera, unit_code) or False
    if unit is None:
        return [Flaw("unit", "there is no such place within your scope." if unit_code else "is required")]
    return await _register(db, inside, camera, unit, now)


async def _register(
    db: Database, inside: Principal, camera: ListedCamera, unit: Unit, now: datetime
) -> bool | list[Flaw]:
    device = NewDevice(
        name=camera.name.strip(), type="camera", gateway=GATEWAY, address=camera.code, unit_id=unit.id,
        place=camera.place.strip() or None, lon=camera.lon, lat=camera.lat, state="delivered",
    )  # fmt: skip
    try:
        await registration.register(db, inside, device, now)
    except Problem as problem:
        if problem.status == CONFLICT:  # it stands in somebody else's scope: nothing more is said of it
            return [Flaw("code", "is registered already")]
        return [Flaw("code", problem.detail or problem.title)]
    return True


def _differences(ours: dict[str, object], camera: ListedCamera, unit_code: str) -> list[CameraDifference]:
    told = {"name": camera.name.strip(), "place": camera.place.strip(), "unit": unit_code}
    found = [
        CameraDifference(camera.code, str(ours["id"]), field, str(ours[field] or ""), theirs)
        for field, theirs in told.items()
        if theirs and theirs != (ours[field] or "")
    ]
    lon, lat = ours["lon"], ours["lat"]
    if camera.lon is not None and camera.lat is not None and not _near(lon, lat, camera):
        here = f"{lon}, {lat}" if lon is not None else ""
        found.append(CameraDifference(camera.code, str(ours["id"]), "position", here, f"{camera.lon}, {camera.lat}"))
    return found


def _near(lon: object, lat: object, camera: ListedCamera) -> bool:
    if not isinstance(lon, float) or not isinstance(lat, float) or camera.lon is None or camera.lat is None:
        return False
    return abs(lon - camera.lon) <= NEAR_DEG and abs(lat - camera.lat) <= NEAR_DEG


async def finish(db: Database, clock: Clock, report: str, scope: Scope, partner: str, sent: NewInbound) -> None:
    """A list compared, and its result kept."""
    result = await compare(db, scope, partner, sent, clock.now())
    async with db.owner() as conn:
        await conn.execute(SQL.finish_list, report, msgspec.json.encode(result).decode(), clock.now())
        counts = {"added": result.added, "known": result.known, "different": len(result.differences)}
        await store.say(conn, clock, report, "", "done", {**counts, "refused": len(result.refused)})
