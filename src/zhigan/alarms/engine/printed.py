"""The policy as tables to read: what docs/policy.md shows, printed from the document itself so that it cannot drift.

Enters: a policy. Leaves: Markdown. `python -m zhigan.alarms.engine.printed` prints version 1. Absent: why it is so.
"""

from collections.abc import Iterable

from zhigan.alarms.engine.policy import Policy, Rule
from zhigan.alarms.engine.policy_tables import POLICY_V1


def printed(policy: Policy) -> str:
    return (
        "\n".join(
            (*_rules(policy), "", *_echoes(policy), "", *_limits(policy), "", *_times(policy), "", *_handlers(policy))
        )
        + "\n"
    )


def _rules(policy: Policy) -> Iterable[str]:
    yield "| condition | of | alone | kind | besides |"
    yield "|---|---|---|---|---|"
    for rule in policy.rules:
        if rule.row:
            yield f"| {', '.join(rule.on)} | {_of(rule)} | {rule.grade.name} | {rule.kind} | {_besides(rule)} |"


def _of(rule: Rule) -> str:
    parts = [", ".join(rule.types)] if rule.types else []
    if rule.systems:
        parts.append("systems " + ", ".join(map(str, rule.systems)))
    if rule.whole:
        parts.append("a whole system or device")
    if rule.classes:
        parts.append(", ".join(c.name for c in rule.classes))
    if rule.night is not None:
        parts.append("at night" if rule.night else "by day")
    return "; ".join(parts) or "any"


def _besides(rule: Rule) -> str:
    parts = [f"held {rule.hold_s} s"] if rule.hold_s else []
    if rule.lasts is not None:
        shut = ", unless a valve near it reports shut" if rule.lasts.unless_valve_shut else ""
        parts.append(f"{rule.lasts.grade.name} after {rule.lasts.seconds} s{shut}")
    if rule.repeat_grade is not None:
        within = f" within {rule.repeat_within_s // 3600} h" if rule.repeat_within_s else " while it stands"
        parts.append(f"{rule.repeat_grade.name} when told again{within}")
    if rule.group:
        parts.append(f"one row by {rule.group}")
    if rule.protection:
        parts.append("halves the times")
    return "; ".join(parts) or "–"


def _echoes(policy: Policy) -> Iterable[str]:
    yield "| this | beside this | reach | within | is |"
    yield "|---|---|---|---|---|"
    for echo in policy.echoes:
        within = f"{echo.window_s} s" + (", or still standing" if echo.standing_s else "")
        yield f"| {echo.when} | {echo.beside} | {echo.reach} | {within} | {echo.grade.name} |"


def _limits(policy: Policy) -> Iterable[str]:
    yield "| metric | of | condition | limit | back | near from | far from | rise a minute |"
    yield "|---|---|---|---|---|---|---|---|"
    for row in policy.limits:
        sign = "≤" if row.below else "≥"
        near = "–" if row.near is None else f"{row.near:.0%}"
        far = "–" if row.far is None else f"+{row.far:g}"
        rise = "–" if row.rise_per_min is None else f"{row.rise_per_min:g}"
        types = ", ".join(row.types) or "any"
        limit = f"{row.condition} | {sign} {row.at:g} | {row.back:g}"
        yield f"| {row.metric} | {types} | {limit} | {near} | {far} | {rise} |"


def _times(policy: Policy) -> Iterable[str]:
    yield "| class | verify by, day / night | answer by, day / night |"
    yield "|---|---|---|"
    for name, row in policy.countdowns.items():
        verify = f"{row.verify_day_s} / {row.verify_night_s} s"
        yield f"| {name} | {verify} | {row.answer_day_s} / {row.answer_night_s} s |"
    yield ""
    yield "| many are one row | share | at least | within |"
    yield "|---|---|---|---|"
    for name, row in policy.groups.items():
        share = f"{'more than' if row.more_than else 'at least'} {row.share:.0%}"
        yield f"| {name} | {share} | {row.least} | {f'{row.window_s} s' if row.window_s else 'whenever'} |"
    yield ""
    share = f"{policy.unvisited_share:.0%}"
    yield f"More than {share} of an operator's closed alarms of a month in a county as X2: a service-level alert (III)."
    yield ""
    by, letters = policy.repeats, "/".join(policy.repeats.letters)
    yield f"{letters} {by.times} times in {by.days} days on one device: work; {', '.join(by.at_once)} at once."


def _handlers(policy: Policy) -> Iterable[str]:
    yield "| first handler, unless accepted | control room until | sub-platform or operator until | county until |"
    yield "|---|---|---|---|"
    yield "| I | all desks at once | | |"
    for name, row in policy.first_handler.items():
        yield f"| {name} | {row.room_s} s | {row.operator_s} s | {row.county_s} s |"


if __name__ == "__main__":
    print(printed(POLICY_V1), end="")
