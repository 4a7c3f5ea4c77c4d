"""Modbus TCP, wired: which networks devices may stand in, the operator's own maps, who is registered.

Enters: settings. Leaves: the running poller, where networks are named. Absent: registers.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Final

import structlog
from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from zhigan.gateways.intake import Intake
from zhigan.gateways.modbus import store
from zhigan.gateways.modbus.model import Terms
from zhigan.gateways.modbus.poller import Poller
from zhigan.protocols.modbus import MapError, Maps, built_in, read_maps
from zhigan.runtime.clock import Clock
from zhigan.runtime.guard import Guard
from zhigan.runtime.listen import Listener
from zhigan.runtime.pg import UNAVAILABLE, Connection
from zhigan.runtime.settings import SettingError, Settings

REFRESH_S: Final = 300.0
_log = structlog.get_logger("processes.modbus")


def maps(settings: Settings) -> Maps:
    """The operator's first."""
    if settings.modbus_maps is None:
        return Maps(built_in())
    try:
        own = read_maps(settings.modbus_maps.read_bytes())
    except (OSError, MapError) as error:
        raise SettingError(f"ZHIGAN_MODBUS_MAPS: {error}") from None
    return Maps([*own, *built_in()])


def start(
    settings: Settings, intake: Intake, clock: Clock, dsn: str, connect: Callable[[], Awaitable[Connection]],
    tasks: asyncio.TaskGroup,
) -> None:  # fmt: skip
    poller = Poller(intake, clock, maps(settings), Guard(settings.modbus_networks), Terms())
    tasks.create_task(poller.run(), name="modbus")
    tasks.create_task(_follow(poller, dsn, connect), name="modbus devices")
    REGISTRY.register(Figures(poller))


async def _follow(poller: Poller, dsn: str, connect: Callable[[], Awaitable[Connection]]) -> None:
    """Whenever the registry changes, and now and then."""
    conn: Connection | None = None
    async with Listener(dsn, "zhigan_registry", name="zhigan modbus") as listener:
        while True:
            try:
                if conn is None or conn.is_closed():
                    conn = await connect()
                poller.ask(await store.devices(conn))
            except UNAVAILABLE as error:
                conn = None
                _log.warning("Modbus devices not read; the known ones are asked", error=str(error))
            await listener.wait(REFRESH_S)


class Figures(Collector):
    def __init__(self, poller: Poller) -> None:
        self._poller = poller

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("zhigan_modbus_connected", "hosts that are connected", value=self._poller.connected)
        family = CounterMetricFamily("zhigan_modbus_rounds", "what came of asking, by outcome", labels=("outcome",))
        for outcome, number in sorted(self._poller.tally.items()):
            family.add_metric((outcome,), float(number))
        yield family
