"""How history stands, as metrics: what lies where, how far roll-ups are behind, when the mover last did what was due.

Enters: the view that the hot process asks for now and then. Leaves: gauges on the metrics page; before the first look
none.
"""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from zhigan.history.status import HistoryView


class HistoryFigures(Collector):
    def __init__(self) -> None:
        self.view: HistoryView | None = None

    def describe(self) -> Iterator[Metric]:
        """Nothing at registration: a second one in one process would clash."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        view = self.view
        if view is None:
            return
        sizes = GaugeMetricFamily("zhigan_history_bytes", "signals and roll-ups by where they lie", labels=["where"])
        for where, size in (
            ("postgresql", view.signal_bytes),
            ("rollups", view.rollup_bytes),
            ("archive", sum(stock.bytes for stock in view.stocks)),
        ):
            sizes.add_metric([where], float(size))
        yield sizes
        files = GaugeMetricFamily("zhigan_archive_files", "files that count, by kind", labels=["kind", "kept"])
        for stock in view.stocks:
            files.add_metric([stock.kind, "yes" if stock.kept else "no"], float(stock.files))
        yield files
        waiting = GaugeMetricFamily("zhigan_rollups_waiting", "hours and days of blocks not computed", labels=["of"])
        waiting.add_metric(["hours"], float(view.hours_waiting))
        waiting.add_metric(["days"], float(view.days_waiting))
        yield waiting
        ended = GaugeMetricFamily("zhigan_mover_ended_seconds", "when the mover last ended (unix)", labels=["outcome"])
        for outcome, run in (("done", view.done), ("failed", view.failed)):
            if run is not None:
                ended.add_metric([outcome], run.ended_at.timestamp())
        yield ended
