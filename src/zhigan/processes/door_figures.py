"""What gateways and intake count, as Prometheus figures. They count plain integers, for they count on the hottest path.

Enters: their counters, read when somebody asks. Leaves: counters and gauges for `/metrics`. Absent: counting.
"""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from zhigan.gateways.gb26875.server import Server
from zhigan.gateways.intake import Intake


class DoorFigures(Collector):
    def __init__(self, intake: Intake, server: Server) -> None:
        self._intake = intake
        self._server = server

    def describe(self) -> Iterator[Metric]:
        """Nothing at registration: the names come with the counts."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        counts = self._intake.counts
        for name in counts.__slots__:
            yield CounterMetricFamily(f"zhigan_intake_{name}", f"intake: {name}", value=float(getattr(counts, name)))
        repeats = CounterMetricFamily("zhigan_intake_repeats", "repeats that were stored once", labels=("gateway",))
        for gateway, number in sorted(self._intake.repeats.items()):
            repeats.add_metric((gateway,), float(number))
        yield repeats
        for name, number in self._server.counts.numbers().items():
            yield CounterMetricFamily(f"zhigan_gb26875_{name}", f"GB/T 26875.3: {name}", value=float(number))
        connected = float(len(self._server.devices))
        yield GaugeMetricFamily("zhigan_gb26875_devices_connected", "devices with a link", value=connected)
