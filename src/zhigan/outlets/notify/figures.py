"""What is counted of telling people. Enters: answers, handed notifications, tests. Leaves: metrics."""

from datetime import datetime

from prometheus_client import Counter, Gauge

from zhigan.outlets.notify.model import Notice, Purpose
from zhigan.runtime.metrics import latency

answers = Counter("zhigan_notify_answers", "what providers said", ("channel", "provider", "answer"))
receipts = Counter("zhigan_notify_receipts", "receipts from providers, by whether they were ours", ("provider", "ours"))
refused = Counter("zhigan_notify_receipts_refused", "receipts that were not taken, by why", ("provider", "why"))
poisoned = Counter("zhigan_notify_poisoned", "what could not be worked and was passed over, each in the log")
waiting = Gauge("zhigan_notify_waiting", "notifications that are due and wait")
taken_after = latency("zhigan_notify_taken_seconds", "from due to taken by a provider", ("channel",))
up = Gauge("zhigan_notify_channel_up", "1 while a channel's newest test was passed", ("channel", "provider"))


def handed(notice: Notice, now: datetime) -> None:
    if notice.purpose is Purpose.ALARM:
        taken_after.labels(notice.channel.value).observe(max(0.0, (now - notice.due_at).total_seconds()))
