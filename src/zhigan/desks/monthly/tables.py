"""A month's figures as texts in one language: the head and the tables that page, paper and sheet are made of.

Enters: figures, the month, whose report it is. Leaves: `MonthReport`. Pure. Absent: layout.
"""

from collections.abc import Mapping, Sequence

from zhigan.desks.monthly.model import Language, Month, MonthReport, MonthTable
from zhigan.desks.monthly.monthly_tables import WORDS
from zhigan.desks.monthly.rules import NOTHING, change, share, span
from zhigan.desks.monthly.store import Figures
from zhigan.incidents.report_tables import CODES, GRADES, Pair
from zhigan.incidents.statistics import Statistic
from zhigan.incidents.words_tables import HAZARDS
from zhigan.vocabulary.devices import BY_NAME
from zhigan.vocabulary.moments import SHANGHAI

DESK = ("I", "II")


class Words:
    def __init__(self, lang: Language) -> None:
        self.lang: Language = lang

    def __call__(self, key: str) -> str:
        return _in(WORDS[key], self.lang)

    def code(self, table: Mapping[str, Pair], code: str) -> str:
        return _in(table[code], self.lang) if code in table else code or NOTHING

    def table(self, id_: str, heads: Sequence[str], rows: list[list[str]], texts: int = 1) -> MonthTable:
        note = f"t.{id_}.note"
        return MonthTable(
            id=id_, title=self(f"t.{id_}"), note=self(note) if note in WORDS else "", texts=texts,
            heads=[self(head) for head in heads], rows=rows,
        )  # fmt: skip

    def span(self, seconds: int | None) -> str:
        return span(seconds, self.lang)


def _in(pair: Pair, lang: Language) -> str:
    return pair.zh if lang == "zh" else pair.en


def report(figures: Figures, month: Month, name: str, logo: str, lang: Language) -> MonthReport:
    say = Words(lang)
    tables = [
        _grades(say, figures), _kinds(say, figures.kinds), _units(say, figures.worst_units), _devices(say, figures),
        _work(say, figures), _hazards(say, figures), _online(say, figures),
    ]  # fmt: skip
    if len(figures.areas) > 1:
        tables.insert(2, _areas(say, figures.areas))
    return MonthReport(
        lang=lang, month=f"{month.first:%Y-%m}", over=month.over, name=name, logo=logo, title=say("title"),
        head=_head(say, figures, month), tables=tables,
    )  # fmt: skip


def _head(say: Words, f: Figures, month: Month) -> list[tuple[str, str]]:
    desk, before = ([s for s in rows if s.code in DESK] for rows in (f.grades, f.earlier))
    total, earlier = sum(s.total for s in desk), sum(s.total for s in before)
    false, told = sum(s.false_alarms for s in desk), sum(_told(s) for s in desk)
    last = month.until.astimezone(SHANGHAI)
    period = f"{month.since:%Y-%m-%d} – {last:%Y-%m-%d %H:%M}{'' if month.over else say('sofar')}"
    lived = sum(o.devices for o in f.online)
    online = sum(o.online * o.devices for o in f.online)
    verified = [f"{say.code(GRADES, s.code)} {say.span(s.verify_s)}" for s in desk if s.verify_s is not None]
    return [
        (say("period"), period),
        (say("scope"), f"{f.units} · {f.devices}"),
        (say("alarms"), f"{total}（{say('before')} {change(total, earlier)}）" if say.lang == "zh" else
         f"{total} ({change(total, earlier)} {say('before')})"),
        (say("false_rate"), share(false, told)),
        (say("verify"), " · ".join(verified) or NOTHING),
        (say("online"), NOTHING if lived == 0 else f"{100 * online / lived:.1f} %"),
        (say("left"), str(sum(s.open for s in desk) + sum(w.open for w in f.work))),
    ]  # fmt: skip


def _told(s: Statistic) -> int:
    return s.fires + s.false_alarms + s.others


def _outcomes(say: Words, s: Statistic) -> list[str]:
    counts = [s.fires, s.false_alarms, s.others, s.open]
    times = [s.accept_s, s.verify_s, s.handle_s, s.late_s]
    return [*map(str, counts), share(s.false_alarms, _told(s)), *map(say.span, times)]


_OUTCOMES = ("fires", "false_alarms", "others", "open", "false_rate", "accept", "verified", "handle", "late")


def _grades(say: Words, f: Figures) -> MonthTable:
    earlier = {s.code: s.total for s in f.earlier}
    rows = [
        [say.code(GRADES, s.code), str(s.total), str(earlier.get(s.code, 0)), *_outcomes(say, s)]
        for s in sorted(f.grades, key=lambda s: tuple(GRADES).index(s.code))
    ]
    return say.table("grades", ("grade", "total", "earlier", *_OUTCOMES), rows)


def _kinds(say: Words, rows: Sequence[Statistic]) -> MonthTable:
    lines = [[say.code(CODES, s.code), str(s.total), *_outcomes(say, s)] for s in rows]
    return say.table("kinds", ("kind", "total", *_OUTCOMES), lines)


def _areas(say: Words, rows: Sequence[Statistic]) -> MonthTable:
    lines = [[s.name or s.code or NOTHING, str(s.total), *_outcomes(say, s)] for s in rows]
    return say.table("areas", ("area", "total", *_OUTCOMES), lines)


def _units(say: Words, rows: Sequence[Statistic]) -> MonthTable:
    heads = ("unit", "total", "fires", "false_alarms", "others", "open", "false_rate", "handle")
    lines = [
        [s.name or s.code, *map(str, (s.total, s.fires, s.false_alarms, s.others, s.open)),
         share(s.false_alarms, _told(s)), say.span(s.handle_s)]
        for s in rows
    ]  # fmt: skip
    return say.table("units", heads, lines)


def _devices(say: Words, f: Figures) -> MonthTable:
    heads = ("device", "unit", "place", "alarm_count", "false_alarms", "troubles")
    rows = [
        [d.name or NOTHING, d.unit or NOTHING, d.place, *map(str, (d.alarms, d.false_alarms, d.troubles))]
        for d in f.worst_devices
    ]
    return say.table("devices", heads, rows, texts=3)


def _work(say: Words, f: Figures) -> MonthTable:
    rows = [
        [say.code(CODES, w.code), *map(str, (w.opened, w.closed, w.open)),
         *map(say.span, (w.handle_s, w.age_s, w.oldest_s))]
        for w in f.work
    ]  # fmt: skip
    return say.table("work", ("kind", "opened", "closed", "open", "handle", "age", "oldest"), rows)


def _hazards(say: Words, f: Figures) -> MonthTable:
    rows: list[list[str]] = []
    for h in f.hazards:
        words = HAZARDS.get(h.code, HAZARDS["other"])
        name = words.zh if say.lang == "zh" else words.en
        rows.append([name, *map(str, (h.reported, h.mended, h.unfounded, h.open))])
    return say.table("hazards", ("category", "reported", "mended", "unfounded", "open"), rows)


def _online(say: Words, f: Figures) -> MonthTable:
    rows: list[list[str]] = []
    for o in f.online:
        type_ = BY_NAME.get(o.type)
        name = o.type if type_ is None else type_.zh if say.lang == "zh" else type_.en
        rows.append([name, str(o.devices), f"{100 * o.online:.1f} %"])
    return say.table("online", ("type", "devices", "online"), rows)


def cells(report: MonthReport) -> list[list[str]]:
    """For a sheet: a line a figure; of a table of words alone the last column is what is told."""
    lines = [["", "", name, value] for name, value in report.head]
    for table in report.tables:
        texts = min(table.texts, len(table.heads) - 1)
        for row in table.rows:
            item = " · ".join(row[:texts])
            lines += [
                [table.title, item, head, value] for head, value in zip(table.heads[texts:], row[texts:], strict=True)
            ]
    return lines
