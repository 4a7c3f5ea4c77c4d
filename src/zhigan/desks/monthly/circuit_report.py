"""A month of a unit's circuits as texts in one language, made like every month's report.

Enters: what was measured, what keeps rising, what was cut; the month; the unit. Leaves: `MonthReport`. Pure. Absent:
where the figures come from (a port that the desk of electrical safety fills) and layout.
"""

from zhigan.desks.monthly.model import CircuitOfMonth, CircuitsOfMonth, Language, Month, MonthReport, MonthTable, Rising
from zhigan.desks.monthly.rules import NOTHING
from zhigan.desks.monthly.tables import Words
from zhigan.vocabulary.moments import SHANGHAI


def report(found: CircuitsOfMonth, month: Month, unit: str, lang: Language) -> MonthReport:
    say = Words(lang)
    last = month.until.astimezone(SHANGHAI)
    period = f"{month.since:%Y-%m-%d} – {last:%Y-%m-%d %H:%M}{'' if month.over else say('sofar')}"
    done = sum(cut.state == "confirmed" for cut in found.cuts)
    return MonthReport(
        lang=lang, month=f"{month.first:%Y-%m}", over=month.over, name=unit, logo="", title=say("c.title"),
        head=[
            (say("period"), period),
            (say("c.circuits"), str(len(found.circuits))),
            (say("c.alarms"), str(found.alarms)),
            (say("c.rising"), str(len(found.rising))),
            (say("c.cuts"), f"{len(found.cuts)} · {say('s.confirmed')} {done}"),
        ],
        tables=[_circuits(say, found.circuits), _rising(say, found.rising), _cuts(say, found)],
    )  # fmt: skip


def _pair(most: float | None, mean: float | None, digits: int) -> str:
    return NOTHING if most is None or mean is None else f"{most:.{digits}f} / {mean:.{digits}f}"


def _circuits(say: Words, circuits: list[CircuitOfMonth]) -> MonthTable:
    heads = ("circuit", "residual", "temperature", "current", "load", "alarm_count", "cut_count")
    rows = [
        [
            c.name,
            _pair(c.residual_max, c.residual_mean, 0),
            _pair(c.temperature_max, c.temperature_mean, 1),
            _pair(c.current_max, c.current_mean, 1),
            NOTHING if c.rating_a is None or c.current_max is None else f"{100 * c.current_max / c.rating_a:.0f} %",
            str(c.alarms),
            str(c.cuts),
        ]
        for c in circuits
    ]
    return say.table("circuits", heads, rows)


def _rising(say: Words, rising: list[Rising]) -> MonthTable:
    heads = ("circuit", "quantity", "per_day", "level_now", "limit", "days_left")
    rows = [
        [
            r.circuit,
            f"{say(f'q.{r.metric}')} {r.phase.upper()}".strip(),
            f"+{r.per_day:.1f} {r.unit}",
            f"{r.level:.0f} {r.unit}",
            f"{r.limit:.0f} {r.unit}",
            f"{r.days:.0f} ({r.soonest:.0f}–{'∞' if r.latest is None else f'{r.latest:.0f}'})",
        ]
        for r in rising
    ]
    return say.table("rising", heads, rows, texts=2)


def _cuts(say: Words, found: CircuitsOfMonth) -> MonthTable:
    heads = ("time", "circuit", "asked_by", "approved_by", "outcome")
    rows = [
        [
            f"{cut.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
            cut.circuit,
            say("automatic") if cut.asked_by == "automatic" else cut.asked_by,
            cut.approved_by or NOTHING,
            say(f"s.{cut.state}"),
        ]
        for cut in found.cuts
    ]
    return say.table("cuts", heads, rows, texts=5)
