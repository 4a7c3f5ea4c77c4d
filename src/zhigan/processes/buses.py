"""Which bus: the local spool in the data folder, or NATS JetStream by `ZHIGAN_BUS_URL`."""

from zhigan.bus.jetstream import Stream
from zhigan.bus.signals import SignalBus
from zhigan.bus.spool import Spool
from zhigan.runtime.settings import Settings
from zhigan.vocabulary.signals import Lane

_MIB = 1024 * 1024


async def open_bus(settings: Settings) -> SignalBus:
    limit = settings.spool_mib * _MIB
    if settings.bus_url is not None:
        return await Stream.open(settings.bus_url.reveal(), limit_bytes=limit // len(Lane))
    return await Spool.open(settings.data / "spool", limit_bytes=limit)
