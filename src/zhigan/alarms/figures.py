"""What the worker measures of itself: the alarm path against the field's limits (GB 50440: ≤ 10 s to the screen).

Enters: committed judgements. Leaves: Prometheus figures. Absent: any effect on judging.
"""

from collections import Counter as PyCounter
from collections.abc import Iterable

from prometheus_client import Counter, Histogram

from zhigan.incidents.model import Change, Opened
from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.signals import Lane

_PATH_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)

_judged = Counter("zhigan_signals_judged", "Signals judged and committed", ["lane"])
_opened = Counter("zhigan_incidents_opened", "Incidents, attention rows and tasks opened", ["grade", "kind"])
_path = Histogram(
    "zhigan_alarm_path_seconds",
    "From the frame's arrival to the committed desk incident (limit to the screen: 10 s)",
    buckets=_PATH_S,
)
_quarantined = Counter("zhigan_signals_quarantined", "Signals that could not be judged or stored")
_repeated = Counter("zhigan_signals_repeated", "Signals dropped because the same was counted before, by its key")
_retries = Counter("zhigan_engine_retries", "Times the worker waited for storage")


class Figures:
    def judged(self, lane: Lane, count: int) -> None:
        _judged.labels(lane.name.lower()).inc(count)

    def changed(self, changes: Iterable[Change], committed_at: int) -> None:
        """What one transaction did; a storm opens hundreds of incidents of one grade and kind."""
        opened = [change for change in changes if isinstance(change, Opened)]
        for (grade, kind), count in PyCounter((change.grade, change.kind) for change in opened).items():
            _opened.labels(grade.name, kind.value).inc(count)
        for change in opened:
            if change.grade <= Grade.II:
                _path.observe(max(0.0, (committed_at - change.received_at) / 1e6))

    def repeated(self, count: int) -> None:
        _repeated.inc(count)

    def quarantined(self) -> None:
        _quarantined.inc()

    def retried(self) -> None:
        _retries.inc()
