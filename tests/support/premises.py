"""Units and devices as the registry keeps them, put there directly: for rooms that need one and test something else."""

from zhigan.runtime.pg import Pool
from zhigan.vocabulary.ids import born
from zhigan.vocabulary.moments import to_datetime

NOON = to_datetime(1_795_320_000_000_000)


def device_id(number: int) -> str:
    return born(0, "registered", number)


async def unit(pool: Pool, number: int = 1, area: str = "360802") -> str:
    """The unit `U<number>`."""
    id_ = born(0, "unit", number)
    row = {"code": f"U{number}", "name": f"某某单位{number}", "premises": "other", "class": 4, "area_code": area}
    await _insert(pool, "unit", {"id": id_, **row, "area": area})
    return id_


async def device(pool: Pool, number: int = 1, **fields: object) -> str:
    """A transmission device of the unit `U<number>`, unless `fields` (columns of registry.device) say otherwise."""
    row: dict[str, object] = {
        "id": device_id(number),
        "unit_id": await unit(pool, number),
        "gateway": "gb26875",
        "address": f"{number:012x}",
        "type": "transmission_device",
        "class": "transmission_device",
        "state": "in_service",
        "name": f"传输装置{number}",
    }
    await _insert(pool, "device", row | fields)
    return device_id(number)


async def breaker(pool: Pool, number: int = 1, **fields: object) -> str:
    shape = {"gateway": "mqtt", "type": "breaker", "class": "breaker", "name": f"空开{number}", "load_class": "general"}
    return await device(pool, number, **(shape | {"cut_by": "业主"} | fields))


async def _insert(pool: Pool, table: str, row: dict[str, object]) -> None:
    told = row | {"created_at": NOON, "changed_at": NOON}
    places = ", ".join(f"${n}" for n in range(1, len(told) + 1))
    async with pool.acquire() as conn:
        await conn.execute(f"insert into registry.{table} ({', '.join(told)}) values ({places})", *told.values())
