"""Carriers, wired: what settings say of tokens, keys and senders.

Enters: settings. Leaves: terms for the door, OneNET's keys, clients of carriers' interfaces, figures. Absent: pushes.
"""

import ssl
from collections.abc import Iterator
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from zhigan.gateways.carriers import clients
from zhigan.gateways.carriers.counts import Tally
from zhigan.gateways.carriers.door import Terms
from zhigan.gateways.carriers.downlink import Downlink
from zhigan.gateways.carriers.models import Models
from zhigan.gateways.carriers.orders import Book, OrdersError, read_book
from zhigan.protocols.carriers import Report, onenet
from zhigan.protocols.carriers.calls import ctwing as ctwing_calls
from zhigan.protocols.carriers.calls import huawei as huawei_calls
from zhigan.protocols.carriers.calls import onenet as onenet_calls
from zhigan.runtime.clock import Clock
from zhigan.runtime.settings import SettingError, Settings, pairs


def onenet_keys(settings: Settings) -> onenet.Keys | None:
    """The token that signs is entered at OneNET; unless told otherwise it is the one in the address."""
    token = settings.onenet_signing_token or settings.onenet_token
    if token is None:
        return None
    return onenet.Keys(token.reveal(), settings.onenet_aes_key.reveal() if settings.onenet_aes_key else "")


def terms(settings: Settings) -> Terms:
    secrets = {
        "ctwing": settings.ctwing_token,
        "onenet": settings.onenet_token,
        "huawei": settings.huawei_token,
    }
    return Terms(
        tokens={name: secret.reveal().encode() for name, secret in secrets.items() if secret is not None},
        networks=settings.carrier_hosts,
        onenet_keys=onenet_keys(settings),
    )


class Onlooker:
    """What the taker tells, passed on: models and names to the registry, answers and acts to the downlink."""

    def __init__(self, models: Models, downlink: Downlink) -> None:
        self.recognised = models.recognised
        self.carried = models.carried
        self.said = downlink.said
        self._downlink = downlink

    def answered(self, gateway: str, report: Report) -> None:
        self._downlink.answered(gateway, report)


def book(settings: Settings) -> Book:
    """A wrong file stops the start: a silence that would go astray is known before it is needed."""
    if settings.carrier_orders is None:
        return {}
    try:
        return read_book(settings.carrier_orders)
    except OrdersError as error:
        raise SettingError(f"ZHIGAN_CARRIER_ORDERS: {error}") from None


def apis(settings: Settings, clock: Clock) -> dict[str, clients.Api]:
    """The carriers whose interfaces may be called. Some credentials without the others stop the start."""
    found: dict[str, clients.Api] = {}
    for name, make in (("ctwing", _ctwing), ("onenet", _onenet), ("huawei", _huawei)):
        api = make(settings, clock)
        if api is not None:
            found[name] = api
    return found


def _ctwing(settings: Settings, clock: Clock) -> clients.Api | None:
    key, secret = settings.ctwing_app_key, settings.ctwing_app_secret
    if not _all("ZHIGAN_CTWING_", APP_KEY=key, APP_SECRET=secret, MASTER_KEYS=settings.ctwing_master_keys):
        return None
    masters = pairs(settings.ctwing_master_keys)
    keys = ctwing_calls.Keys(key.reveal() if key else "", secret.reveal() if secret else "", masters)
    return clients.Ctwing(keys, clients.Wire(settings.ctwing_api), clock)


def _onenet(settings: Settings, clock: Clock) -> clients.Api | None:
    """Its two consoles; a device is told by the one that it pushes from."""
    studio = legacy = None
    if settings.onenet_access_keys is not None:
        keys = onenet_calls.Keys(pairs(settings.onenet_access_keys))
        studio = clients.Onenet(keys, clients.Wire(settings.onenet_api), clock)
    if settings.onenet_master_key is not None:
        key = settings.onenet_master_key.reveal()
        legacy = clients.OnenetLegacy(key, clients.Wire(settings.onenet_legacy_api), clock)
    return None if studio is None and legacy is None else clients.Onenets(studio, legacy)


def _huawei(settings: Settings, clock: Clock) -> clients.Api | None:
    """Devices of both generations have the gateway `huawei`, so commands go to one of the two."""
    ocean, iotda = _ocean(settings, clock), _iotda(settings, clock)
    if ocean is not None and iotda is not None:
        raise SettingError("ZHIGAN_HUAWEI_API and ZHIGAN_IOTDA_API: commands go to one of them, set one")
    return ocean or iotda


def _ocean(settings: Settings, clock: Clock) -> clients.Api | None:
    app, secret = settings.huawei_app_id, settings.huawei_app_secret
    if not _all("ZHIGAN_HUAWEI_", API=settings.huawei_api, APP_ID=app, APP_SECRET=secret):
        return None
    keys = huawei_calls.OceanKeys(app.reveal() if app else "", secret.reveal() if secret else "")
    tls = _tls(settings.huawei_cert, settings.huawei_ca)
    return clients.Ocean(keys, clients.Wire(settings.huawei_api, tls), clock)


def _iotda(settings: Settings, clock: Clock) -> clients.Api | None:
    wanted = {
        "API": settings.iotda_api, "IAM": settings.iotda_iam, "PROJECT": settings.iotda_project,
        "USER": settings.iotda_user, "PASSWORD": settings.iotda_password,
    }  # fmt: skip
    if not _all("ZHIGAN_IOTDA_", **wanted):
        return None
    domain, _, user = settings.iotda_user.partition("/")
    password = settings.iotda_password.reveal() if settings.iotda_password else ""
    keys = huawei_calls.IotdaKeys(settings.iotda_iam, settings.iotda_project, domain, user, password)
    return clients.Iotda(keys, clients.Wire(settings.iotda_api), clients.Wire(settings.iotda_iam), clock)


def _all(prefix: str, **wanted: object) -> bool:
    """All of them or none: half an access is a mistake."""
    missing = [name for name, value in wanted.items() if not value]
    if missing and len(missing) < len(wanted):
        raise SettingError(
            f"{prefix}{missing[0]}: is wanted with {prefix}{next(n for n in wanted if n not in missing)}"
        )
    return not missing


def _tls(cert: Path | None, authority: Path | None) -> ssl.SSLContext:
    """OceanConnect knows its callers by certificate, and has an authority of its own."""
    try:
        context = ssl.create_default_context(cafile=authority)
        if cert is not None:
            context.load_cert_chain(cert)
    except OSError as error:
        raise SettingError(f"ZHIGAN_HUAWEI_CERT, ZHIGAN_HUAWEI_CA: {error}") from None
    return context


class CarrierFigures(Collector):
    """Counts by carrier and outcome: at the door what became of pushes, at the taker what they held."""

    def __init__(self, name: str, documentation: str, tally: Tally) -> None:
        self._name = name
        self._documentation = documentation
        self._tally = tally

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        family = CounterMetricFamily(self._name, self._documentation, labels=("carrier", "outcome"))
        for (carrier, outcome), number in sorted(self._tally.numbers.items()):
            family.add_metric((carrier, outcome), float(number))
        yield family
