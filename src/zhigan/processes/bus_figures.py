"""How far the local spool has been written, as metrics: against the engine's position it tells what waits.

Enters: the spool. Leaves: one gauge a lane on the metrics page. Absent: NATS JetStream, which shows its own figures.
"""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from zhigan.bus.spool import Spool
from zhigan.vocabulary.signals import Lane

NAME = "zhigan_spool_last"


class SpoolFigures(Collector):
    def __init__(self, spool: Spool) -> None:
        self._spool = spool

    def describe(self) -> Iterator[Metric]:
        """Nothing at registration: a second spool of one process would clash."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        family = GaugeMetricFamily(NAME, "position of the newest batch on disk", labels=["lane"])
        for lane in Lane:
            family.add_metric([lane.name.lower()], float(self._spool.last(lane)))
        yield family
