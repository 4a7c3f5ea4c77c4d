"""CoAP, wired: the door with its book, its downlink and its figures.

Enters: settings, intake, the database's address. Leaves: a door that listens, and tasks beside it. Absent: datagrams.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import structlog
from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from zhigan.access.vault import Vault
from zhigan.gateways.intake import Intake
from zhigan.gateways.lwm2m.downlink import Connect, Downlink
from zhigan.gateways.lwm2m.dtls import Dtls, Missing
from zhigan.gateways.lwm2m.keys import Keys, key_of
from zhigan.gateways.lwm2m.server import Server, udp_socket
from zhigan.gateways.lwm2m.terms import Terms
from zhigan.runtime.clock import Clock
from zhigan.runtime.settings import SettingError, Settings

FOLDER = "lwm2m"
Recognised = Callable[[str, str, str], None]
_log = structlog.get_logger("processes.coap")


class CoapFigures(Collector):
    def __init__(self, server: Server) -> None:
        self._server = server
        self.secure: Dtls | None = None

    def describe(self) -> Iterator[Metric]:
        """Nothing at registration: the names come with the counts."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        for name, number in self._server.counts.numbers().items():
            yield CounterMetricFamily(f"zhigan_coap_{name}", f"CoAP: {name}", value=float(number))
        if self.secure is not None:
            for name, number in self.secure.counts.items():
                yield CounterMetricFamily(f"zhigan_coaps_{name}", f"DTLS: {name}", value=float(number))
        registered, observing = float(len(self._server.book)), float(self._server.observer.busy)
        yield GaugeMetricFamily("zhigan_coap_registrations", "LwM2M devices that are registered", value=registered)
        yield GaugeMetricFamily("zhigan_coap_observing", "devices that are being asked to observe", value=observing)


async def serve(
    settings: Settings, intake: Intake, clock: Clock, recognised: Recognised, downward: tuple[str, Connect],
    tasks: asyncio.TaskGroup,
) -> Callable[[], Awaitable[None]]:  # fmt: skip
    """The door; answers what stops it. Nothing where it is off."""
    if settings.coap is None and settings.coaps is None:
        return _nothing
    server = Server(intake, clock, Terms(), recognised)
    await server.book.open(settings.data / FOLDER)
    if settings.coap is not None:
        host, port = await server.start(settings.coap.host, settings.coap.port)
        _log.info("CoAP and LwM2M are served", host=host, port=port, registrations=len(server.book))
    tasks.create_task(server.run(), name="coap")
    tasks.create_task(server.book.run(), name="registrations")
    figures = CoapFigures(server)
    REGISTRY.register(figures)
    downlink = Downlink(server, clock, *downward)
    tasks.create_task(downlink.run(), name="lwm2m downlink")

    dtls = figures.secure = await _secured(settings, server, clock, tasks)

    async def stop() -> None:
        if dtls is not None:
            await dtls.stop()
        await server.stop()
        await server.book.close()
        await downlink.close()

    return stop


async def _secured(
    settings: Settings, server: Server, clock: Clock, tasks: asyncio.TaskGroup
) -> Dtls | None:  # fmt: skip
    """The same door behind DTLS, at a port of its own."""
    if settings.coaps is None:
        return None
    try:
        dtls = Dtls(server, device_keys(settings), clock, udp_socket)
    except Missing as error:
        raise SettingError(str(error)) from None
    server.secure = dtls
    host, port = await dtls.start(settings.coaps.host, settings.coaps.port)
    _log.info("CoAP over DTLS is served", host=host, port=port)
    tasks.create_task(dtls.run(), name="dtls")
    return dtls


def device_keys(settings: Settings) -> Keys:
    own = settings.secret_key.reveal() if settings.secret_key else None
    return Keys(settings.data / FOLDER, Vault.of(settings.data, own))


def keyed(settings: Settings, endpoint: str, words: str | None) -> bool:
    """A device's key set, or with None removed; False where there was none."""
    keys = device_keys(settings)
    if words is None:
        return keys.remove(endpoint)
    keys.set(endpoint, key_of(words))
    return True


async def _nothing() -> None:
    pass
