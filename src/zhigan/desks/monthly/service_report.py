"""Service levels of a month as texts in one language: by county and contract, load, standing, chattering, false alarms.

Enters: figures, the month. Leaves: `MonthReport`, like every month's. Pure. Absent: layout and SQL.
"""

from collections.abc import Sequence

import msgspec

from zhigan.desks.monthly import service
from zhigan.desks.monthly.model import Language, Month, MonthReport, MonthTable
from zhigan.desks.monthly.rules import NOTHING, share
from zhigan.desks.monthly.service import Which
from zhigan.desks.monthly.service_model import MEASURES, Cases, Load, Measure, ServiceTargets
from zhigan.desks.monthly.service_store import ServiceFigures
from zhigan.desks.monthly.tables import Words
from zhigan.incidents.report_tables import GRADES
from zhigan.incidents.statistics import Statistic
from zhigan.vocabulary.causes import BY_CODE
from zhigan.vocabulary.devices import BY_NAME
from zhigan.vocabulary.moments import SHANGHAI

BELOW = "▼"
"""Beside a share that misses its target."""


def report(found: ServiceFigures, month: Month, lang: Language) -> MonthReport:
    say = Words(lang)
    targets = found.targets.targets
    busiest = _peak(max(found.loads, key=lambda each: each.peak))
    last = month.until.astimezone(SHANGHAI)
    period = f"{month.since:%Y-%m-%d} – {last:%Y-%m-%d %H:%M}{'' if month.over else say('sofar')}"
    return MonthReport(
        lang=lang, month=f"{month.first:%Y-%m}", over=month.over, name="", logo="", title=say("s.title"),
        head=[
            (say("period"), period), (say("s.alarms"), str(len(found.material.alarms))), (say("s.peak"), busiest),
            (say("s.targets"), str(found.targets.version)),
        ],
        tables=[
            _counties(say, found), _measured(say, found), _contracts(say, found),
            _load(say, found.loads, targets), *_nuisance(say, found),
        ],
    )  # fmt: skip


_HEADS = tuple(f"s.{measure}" for measure in MEASURES)


def _line(found: ServiceFigures, targets: ServiceTargets, which: Which) -> list[str]:
    levels = service.levels(found.material, targets, which)
    return [_said(levels.get(measure), targets, measure) for measure in MEASURES]


def _said(cases: Cases | None, targets: ServiceTargets, measure: Measure) -> str:
    if cases is None or cases.share is None:
        return NOTHING
    missed = 100 * cases.met < cases.due * int(getattr(targets, measure))
    return f"{share(cases.met, cases.due)}{f' {BELOW}' if missed else ''}"


def _limits(say: Words, targets: ServiceTargets) -> list[str]:
    limits = {
        "accepted": say.span(targets.accepted_s), "verified": say.span(targets.verified_s),
        "notified": say.span(targets.notified_s), "faults": say.span(targets.faults_h * 3600),
    }  # fmt: skip
    return [f"≤ {limits[m]}" if m in limits else "" for m in MEASURES]


def _counties(say: Words, found: ServiceFigures) -> MonthTable:
    targets, material = found.targets.targets, found.material
    cared = [*material.alarms, *material.faults, *(lump for lumps in material.lumps.values() for lump in lumps)]
    codes = sorted({row.area for row in cared if row.area})
    shares = [f"≥ {getattr(targets, measure)} %" for measure in MEASURES]
    rows = [[say("s.limit"), *_limits(say, targets)], [say("s.target"), *shares]]
    rows += [[say("s.all"), *_line(found, targets, lambda _: True)]]
    rows += [[found.areas.get(code, code), *_line(found, targets, service.of_area(code))] for code in codes]
    return say.table("counties", ("area", *_HEADS), rows)


def _measured(say: Words, found: ServiceFigures) -> MonthTable:
    """What stands behind each share of the whole: what counts as a case, how many there were, how many failed."""
    levels = service.levels(found.material, found.targets.targets, lambda _: True)
    rows: list[list[str]] = []
    for measure in MEASURES:
        cases = levels.get(measure)
        counts = [NOTHING] * 3 if cases is None else [str(n) for n in (cases.due, cases.met, cases.due - cases.met)]
        rows.append([say(f"s.{measure}"), say(f"d.{measure}"), *counts])
    return say.table("measured", ("s.measure", "s.case", "s.due", "s.met", "s.missed"), rows, texts=2)


def _contracts(say: Words, found: ServiceFigures) -> MonthTable:
    rows: list[list[str]] = []
    for each in found.contracts:
        targets = msgspec.structs.replace(found.targets.targets, **each.targets)
        which = service.of_contract(each, lambda at: at.astimezone(SHANGHAI).date())
        rows.append([each.name, each.firm or each.org, *_line(found, targets, which)])
    return say.table("contracts", ("s.contract", "s.party", *_HEADS), rows, texts=2)


def _load(say: Words, loads: Sequence[Load], targets: ServiceTargets) -> MonthTable:
    few, many = targets.load_manageable, targets.load_flood
    rows = [[say("s.limit"), "", "", f"≤ {few}", f"> {few}, < {many}", f"≥ {many}", ""]]
    rows += [
        [
            each.desk or say("s.all"), _basis(say, each), f"{each.people:.1f}" if each.planned else NOTHING,
            share(each.manageable, each.windows), str(each.over), str(each.flood), _peak(each),
        ]
        for each in loads
    ]  # fmt: skip
    heads = ("s.desk", "s.basis", "s.people", "s.manageable", "s.over", "s.flood", "s.busiest")
    return say.table("load", heads, rows, texts=2)


def _basis(say: Words, each: Load) -> str:
    """Where the number of operators is from."""
    if not each.planned:
        return say("s.inferred")
    whole = each.planned >= each.windows
    return say("s.planned") if whole else f"{say('s.planned')} {share(each.planned, each.windows)}{say('s.rest')}"


def _peak(each: Load) -> str:
    return NOTHING if each.peak_at is None else f"{each.peak:.1f} · {each.peak_at.astimezone(SHANGHAI):%m-%d %H:%M}"


def _nuisance(say: Words, found: ServiceFigures) -> list[MonthTable]:
    stand = [[say.code(GRADES, row.grade), str(row.n), say.span(row.oldest_s)] for row in found.lasting]
    chatter = [[c.name or NOTHING, c.unit or NOTHING, c.place, str(c.times)] for c in found.chattering]
    false = ("total", "false_alarms", "false_rate")
    worst = [
        [d.name or NOTHING, d.unit or NOTHING, d.place, *map(str, (d.alarms, d.false_alarms)),
         share(d.false_alarms, d.alarms)]
        for d in found.devices
        if d.alarms
    ]  # fmt: skip
    return [
        say.table("standing", ("grade", "s.count", "oldest"), stand),
        say.table("chattering", ("device", "unit", "place", "s.times"), chatter, texts=3),
        say.table("false_types", ("type", *false), _false([(_type(say, s.code), s) for s in found.types])),
        say.table("false_units", ("unit", *false), _false([(s.name or s.code, s) for s in found.units])),
        say.table("false_devices", ("device", "unit", "place", "alarm_count", "false_alarms", "false_rate"), worst, 3),
        say.table("false_causes", ("s.cause", "total", "s.share"), _causes(say, found.causes)),
    ]


def _false(rows: Sequence[tuple[str, Statistic]]) -> list[list[str]]:
    return [
        [name, str(s.total), str(s.false_alarms), share(s.false_alarms, s.fires + s.false_alarms + s.others)]
        for name, s in rows
    ]


def _causes(say: Words, rows: Sequence[Statistic]) -> list[list[str]]:
    """Of all that was closed with a cause that is no fire."""
    false = [row for row in rows if row.code[:1] != "F"]
    whole = sum(row.total for row in false)
    named = {row.code: BY_CODE.get(row.code) for row in false}
    return [
        [
            f"{row.code} {(cause.zh if say.lang == 'zh' else cause.en) if (cause := named[row.code]) else ''}".strip(),
            str(row.total), share(row.total, whole),
        ]
        for row in false
    ]  # fmt: skip


def _type(say: Words, code: str) -> str:
    found = BY_NAME.get(code)
    return code or NOTHING if found is None else found.zh if say.lang == "zh" else found.en
