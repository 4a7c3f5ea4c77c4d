"""What is counted of reporting upward. Enters: answers, the backlog. Leaves: metrics."""

from prometheus_client import Counter, Gauge

answers = Counter("zhigan_upward_answers", "what platforms above answered", ("adapter", "kind", "answer"))
told = Counter("zhigan_upward_told", "records that platforms above acknowledged", ("kind",))
poisoned = Counter("zhigan_upward_poisoned", "what could not be worked and was passed over, each in the log")
waiting = Gauge("zhigan_upward_waiting", "states that platforms above have not acknowledged yet")
oldest = Gauge("zhigan_upward_oldest_seconds", "for how long the oldest of them has waited")
