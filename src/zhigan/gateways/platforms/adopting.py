"""A device of another platform comes into the registry once a person has said which unit its unit's name stands for.

Enters: its master data, the unit. Leaves: a registered device, or why not. By the registry's own checks, on behalf of
the platform, within its areas. Absent: devices that have a way of their own: those are on our books already.
"""

from datetime import date, datetime

from zhigan.gateways.platforms.model import Flaw, Install
from zhigan.gateways.platforms.store import GATEWAY, Sender
from zhigan.registry import registration
from zhigan.registry.shapes import NewDevice
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import Scope
from zhigan.webapi.database import Database
from zhigan.webapi.principal import Principal
from zhigan.webapi.problems import Problem

CONFLICT = 409


def principal(whose: Sender) -> Principal:
    scope = Scope({"area": tuple(whose.areas)}) if whose.areas else Scope()
    return Principal("", f"platform {whose.slug}", Role.OPERATOR, scope, "")


async def adopted(db: Database, whose: Sender, said: Install, unit: str, now: datetime) -> Flaw | None:
    """None: it is in the registry, now or since before."""
    device = NewDevice(
        name=said.name or said.place or said.serial,
        type=said.type or "other",
        gateway=GATEWAY,
        address=f"{whose.slug}:{said.serial}",
        unit_id=unit,
        place=said.place or None,
        lon=said.lon,
        lat=said.lat,
        maker=said.maker or None,
        serial=said.serial,
        made_on=date.fromisoformat(said.made_on) if said.made_on else None,
    )
    try:
        await registration.register(db, principal(whose), device, now)
    except Problem as problem:
        if problem.status == CONFLICT:  # registered before
            return None
        return Flaw(said.serial, problem.detail or problem.title)
    return None
