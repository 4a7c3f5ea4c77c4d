"""What is counted of the hand-over. Enters: answers, receipts, feedback. Leaves: metrics."""

from prometheus_client import Counter, Gauge

from zhigan.runtime.metrics import latency

answers = Counter("zhigan_dispatch_answers", "what command centres answered", ("adapter", "act", "answer"))
acknowledged_after = latency(
    "zhigan_dispatch_acknowledged_seconds", "from confirmation to the centre's acknowledgement", ()
)
feedback = Counter("zhigan_dispatch_feedback", "what command centres said of incidents", ("stage",))
turned_away = Counter("zhigan_dispatch_feedback_refused", "feedback that was not taken", ("why",))
poisoned = Counter("zhigan_dispatch_poisoned", "what could not be worked and was passed over, each in the log")
waiting = Gauge("zhigan_dispatch_waiting", "hand-overs that are not acknowledged yet")
calls = Gauge("zhigan_dispatch_calls_wanted", "incidents for which somebody must telephone")
