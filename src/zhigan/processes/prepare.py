"""What a database needs before anybody works on it: the schema of this version, and the rows that come with it.

Enters: a DSN, settings. Leaves: migrations run, the divisions of Ji'an and the models of devices brought in, how long a
detector may be silent; nothing where all of it is there. Absent: anybody's own rows.
"""

import asyncpg
import structlog

from zhigan.protocols.carriers import devices
from zhigan.registry import models, places
from zhigan.registry.models import ModelRow
from zhigan.runtime import migrate
from zhigan.runtime.settings import Settings

HOUR_S = 3600
_log = structlog.get_logger("processes.prepare")


async def prepare(dsn: str, settings: Settings) -> None:
    for name in await migrate.migrate(dsn):
        _log.info("migrated", file=name)
    conn = await asyncpg.connect(dsn)
    try:
        await places.settle(conn)
        await models.settle(conn, device_models())
        await models.bound(conn, settings.link_lost_hours * HOUR_S)
    finally:
        await conn.close()


def device_models() -> list[ModelRow]:
    """The models that the carriers' codecs know, as rows of the registry."""
    return [
        ModelRow(model.name, model.zh, model.en, model.type, model.device_class, model.period_s)
        for model in devices.MODELS
    ]
