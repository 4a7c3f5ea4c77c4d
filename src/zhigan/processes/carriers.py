"""Carriers, wired: what settings say of tokens, keys and senders.

Enters: settings. Leaves: terms for the door, OneNET's keys, figures. Absent: pushes.
"""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from zhigan.gateways.carriers.counts import Tally
from zhigan.gateways.carriers.door import Terms
from zhigan.protocols.carriers import onenet
from zhigan.runtime.settings import Settings


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
