"""What is counted of subscriptions. Enters: attempts, how each stands. Leaves: metrics, by the names people gave."""

from prometheus_client import Counter, Gauge

from zhigan.runtime.metrics import latency

attempts = Counter("zhigan_subscriptions_attempts", "messages sent to partners", ("form", "fate"))
events = Counter("zhigan_subscriptions_events", "events that partners have taken", ("form",))
took = latency("zhigan_subscriptions_answer_seconds", "until a partner answered", ("form",))
behind = Gauge(
    "zhigan_subscriptions_behind_events",
    "events of the log behind a subscription's position",
    ("partner", "subscription"),
)
lag = Gauge(
    "zhigan_subscriptions_lag_seconds", "age of the oldest event that a subscription has not passed",
    ("partner", "subscription"),
)  # fmt: skip
failing = Gauge("zhigan_subscriptions_failing", "subscriptions that have failed for so long that somebody must look")
paused = Gauge("zhigan_subscriptions_paused", "subscriptions that are paused, by hand or by the receiver's 410")
alerts = Counter("zhigan_subscriptions_cap_alerts", "messages of the CAP feed", ("type",))
poisoned = Counter("zhigan_subscriptions_poisoned", "what could not be worked and was passed over, each in the log")
