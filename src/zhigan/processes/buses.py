"""Which bus: the local spool in the data folder, or NATS JetStream by `ZHIGAN_BUS_URL`."""

from zhigan.bus.signals import SignalBus
from zhigan.bus.spool import Spool
from zhigan.runtime.settings import SettingError, Settings

_MIB = 1024 * 1024


async def open_bus(settings: Settings) -> SignalBus:
    if settings.bus_url is not None:
        raise SettingError("ZHIGAN_BUS_URL: this release has the local spool only; leave the variable unset")
    return await Spool.open(settings.data / "spool", limit_bytes=settings.spool_mib * _MIB)
