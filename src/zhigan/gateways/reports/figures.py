"""What is counted of reports. Enters: fates. Leaves: metrics by kind."""

from prometheus_client import Counter, Gauge

reports = Counter("zhigan_reports", "reports of people and partners", ("kind", "fate"))
refused = Counter("zhigan_reports_refused", "reports that could not be taken", ("kind",))
waiting = Gauge("zhigan_reports_waiting_calls", "calls that are kept and not yet with the engine")
