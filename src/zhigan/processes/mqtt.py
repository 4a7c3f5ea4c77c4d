"""MQTT, wired: what settings say of the broker, its profiles, and who may say what there.

Enters: settings. Leaves: the running gateway; the access rules that `zhigan mqtt` prints. Absent: messages.
"""

import asyncio
import secrets
import ssl
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from zhigan.gateways.intake import Intake
from zhigan.gateways.mqtt import rights
from zhigan.gateways.mqtt.broker import Broker
from zhigan.gateways.mqtt.downlink import Downlink
from zhigan.gateways.mqtt.model import Terms
from zhigan.gateways.mqtt.taker import Taker
from zhigan.gateways.mqtt.translate import GATEWAY
from zhigan.protocols.mqtt import ProfileError, Profiles, built_in, read_profiles
from zhigan.registry import models as registry
from zhigan.runtime.clock import Clock
from zhigan.runtime.pg import Connection
from zhigan.runtime.settings import Secret, SettingError, Settings

KEY_FILE: Final = "mqtt.key"
_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}
_VERSIONS: Final = {"5": 5, "3.1.1": 4}


def profiles(settings: Settings) -> Profiles:
    """The operator's first: a topic is of the first profile that fits it."""
    if settings.mqtt_profiles is None:
        return Profiles(built_in())
    try:
        own = read_profiles(settings.mqtt_profiles.read_bytes())
    except (OSError, ProfileError) as error:
        raise SettingError(f"ZHIGAN_MQTT_PROFILES: {error}") from None
    return Profiles([*own, *built_in()])


def terms(settings: Settings, url: Secret) -> Terms:
    try:
        parts = urlsplit(url.reveal())
        port = parts.port or _PORTS[parts.scheme]
    except ValueError:
        raise SettingError("ZHIGAN_MQTT: wants mqtt://user:password@host:port or mqtts://…") from None
    if not parts.hostname:
        raise SettingError("ZHIGAN_MQTT: names no host")
    return Terms(
        host=parts.hostname,
        port=port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=_tls(settings) if parts.scheme == "mqtts" else None,
        client_id=settings.mqtt_client,
        share=settings.mqtt_share,
        version=_VERSIONS[settings.mqtt_version],
    )


def _tls(settings: Settings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.mqtt_ca)
        if settings.mqtt_cert is not None:
            context.load_cert_chain(settings.mqtt_cert)
    except OSError as error:
        raise SettingError(f"ZHIGAN_MQTT_CA, ZHIGAN_MQTT_CERT: {error}") from None
    return context


def start(
    settings: Settings, intake: Intake, clock: Clock, dsn: str, connect: Callable[[], Awaitable[Connection]],
    tasks: asyncio.TaskGroup,
) -> Callable[[], Awaitable[None]]:  # fmt: skip
    """The gateway, where a broker is named; what ends it."""

    async def nothing() -> None:
        return

    if settings.mqtt is None:
        return nothing
    known = profiles(settings)
    downlink = Downlink(known, clock, dsn, connect)
    taker = Taker(intake, clock, known, downlink)
    broker = Broker(terms(settings, settings.mqtt), known.filters(), taker)
    taker.follow(broker)
    downlink.follow(broker)
    tasks.create_task(broker.run(), name="mqtt")
    tasks.create_task(downlink.run(), name="mqtt downlink")
    REGISTRY.register(Figures(broker, taker, downlink))
    return downlink.close


class Figures(Collector):
    def __init__(self, broker: Broker, taker: Taker, downlink: Downlink) -> None:
        self._broker = broker
        self._taker = taker
        self._downlink = downlink

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("zhigan_mqtt_connected", "1 while the broker is connected")
        up.add_metric((), float(self._broker.connected.is_set()))
        yield up
        family = CounterMetricFamily("zhigan_mqtt_messages", "messages of the broker, by outcome", labels=("outcome",))
        counts = {**self._taker.tally, "dropped": self._broker.dropped, "connections": self._broker.connections}
        counts["foreign_answers"] = self._downlink.foreign
        for outcome, number in sorted(counts.items()):
            family.add_metric((outcome,), float(number))
        yield family


async def print_rights(settings: Settings, conn: Connection, what: str) -> list[str]:
    """`acl`: rules; `passwd`: mosquitto's password file; `passwords`: for installers, a secret each."""
    known = profiles(settings)
    devices = await registry.carried(conn, GATEWAY)
    user = terms(settings, settings.mqtt).user if settings.mqtt is not None else ""
    user = user or settings.mqtt_client
    if what == "acl":
        return list(rights.rules(known, devices, user))
    key = _key(settings.data / KEY_FILE)
    addresses = [user, *(address for address, _ in devices)]
    if what == "passwd":
        return list(rights.entries(key, addresses, lambda: secrets.token_bytes(12)))
    return ["user,password", *(f"{address},{rights.password(key, address)}" for address in addresses)]


def _key(path: Path) -> bytes:
    """Made once. Who reads it knows every device's password."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(secrets.token_bytes(32))
    return path.read_bytes()
