"""A suspended device is put in service again, by hand or because its time is over. Owner's connection."""

from datetime import datetime

import msgspec

from zhigan.registry import devices
from zhigan.registry.model import DeviceState
from zhigan.registry.store import SQL
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.events import Draft
from zhigan.vocabulary.scopes import Owned


async def over(conn: Connection, now: datetime) -> list[str]:
    """Devices whose suspension has passed its end."""
    return [r["id"] for r in await conn.fetch(SQL.over_suspensions, now)]


async def resume(conn: Connection, id_: str, now: datetime) -> Draft | None:
    """None: it is not suspended."""
    standing = await devices.one(conn, id_)
    if standing is None or standing.device.state != DeviceState.SUSPENDED:
        return None
    ended = msgspec.structs.replace(
        devices.as_record(standing), state=DeviceState.IN_SERVICE.value, suspended_by="", suspended_why="",
        suspended_until=None,
    )  # fmt: skip
    await devices.change(conn, [ended], now)
    key = (standing.device.gateway, standing.device.address)
    here = (await devices.living(conn, [key])).get(key)
    return devices.changed(id_, DeviceState.IN_SERVICE.value, here.owned if here else Owned(), now)
