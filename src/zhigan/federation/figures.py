"""What is counted between installations. Enters: batches, answers. Leaves: metrics, by a platform's short name."""

from prometheus_client import Counter, Gauge

events = Counter("zhigan_federation_events", "events taken from platforms below", ("platform", "fate"))
refused = Counter("zhigan_federation_refused", "batches of platforms below that were refused whole", ("why",))
lag = Gauge(
    "zhigan_federation_lag_seconds", "age of the oldest event in the last batch when it was applied", ("platform",)
)
behind = Gauge("zhigan_federation_behind_events", "events that a platform below still has to tell", ("platform",))
quiet = Gauge("zhigan_federation_quiet_seconds", "since a platform below was heard last", ("platform",))
lost = Gauge("zhigan_federation_lost_events", "events that a platform below can tell no more", ("platform",))
silent = Gauge("zhigan_federation_silent", "platforms below that are silent")
sent = Counter("zhigan_federation_sent_events", "events that the platform above has taken")
failed = Counter("zhigan_federation_send_failures", "batches that the platform above did not take", ("why",))
backlog = Gauge("zhigan_federation_backlog_events", "events that the platform above does not have yet")
