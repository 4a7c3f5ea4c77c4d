"""The engine: pure judgement of signals. `decide` and `quiet` are all that the worker calls."""

from zhigan.alarms.engine.decide import decide
from zhigan.alarms.engine.model import Case, Context, Locus, Seen, Subject, Test, Verdict
from zhigan.alarms.engine.policy import Policy, PolicyError
from zhigan.alarms.engine.policy_tables import POLICY_V1
from zhigan.alarms.engine.quiet import all_within, quiet

__all__ = [
    "POLICY_V1", "Case", "Context", "Locus", "Policy", "PolicyError", "Seen", "Subject", "Test",
    "Verdict", "all_within", "decide", "quiet",
]  # fmt: skip
