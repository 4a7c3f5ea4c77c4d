"""Calendar and register on paper: texts only, in one language. Pure. Absent: layout (`tables.typ` of incidents)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from zhigan.desks.shifts.model import ShiftMonth
from zhigan.desks.shifts.words_tables import WEEKDAYS, Language, word
from zhigan.incidents.printing import PaperTable, Sheets, Tables
from zhigan.incidents.register import RegisterEntry
from zhigan.incidents.report_tables import BASES, CODES, OUTCOMES, STATES, Pair
from zhigan.vocabulary.causes import BY_CODE
from zhigan.vocabulary.moments import SHANGHAI
from zhigan.webapi.downloads import Mark


def of_month(seen: ShiftMonth, mark: Mark, lang: Language) -> Sheets:
    def said(key: str) -> str:
        return word(key, lang)

    holidays = {h.day: h.name for h in seen.holidays}
    people: dict[tuple[object, str], list[str]] = {}
    for duty in seen.duties:
        name = f"{duty.name} ({said('lead')})" if duty.part == "lead" else duty.name
        people.setdefault((duty.day, duty.slot), []).append(name)
    rows: list[list[str]] = []
    for day in seen.days:
        weekday = WEEKDAYS[day.weekday()].zh if lang == "zh" else WEEKDAYS[day.weekday()].en
        head = " ".join(part for part in (f"{day:%m-%d}", weekday, holidays.get(day, "")) if part)
        rows.append([head, *("、".join(people.get((day, slot.name), [])) for slot in seen.desk.slots)])
    calendar = PaperTable(
        title=said("title"), heads=[said("day"), *(said(f"slot.{s.name}") for s in seen.desk.slots)], rows=rows,
        texts=1 + len(seen.desk.slots),
    )  # fmt: skip
    sums = PaperTable(
        title=said("sums"), heads=[said(k) for k in ("person", "shifts", "hours", "nights", "holidays")], texts=1,
        rows=[[s.name, str(s.shifts), f"{s.hours:g}", str(s.nights), str(s.holidays)] for s in seen.sums],
    )  # fmt: skip
    absences = PaperTable(
        title=said("absences"), heads=[said(k) for k in ("person", "from", "until", "why")], texts=4,
        rows=[[a.name, str(a.from_day), str(a.until_day), " ".join((said(a.kind), a.note))] for a in seen.absences],
    )  # fmt: skip
    report = Tables(
        title=said("title"), name=seen.desk.name, month=seen.month, lang=lang, tables=[calendar, sums, absences]
    )
    return Sheets(report=report, printed=f"{said('printed')} {mark}", none=said("none"))


REGISTER = (
    "received_at", "grade", "kind", "unit", "place", "accepted", "verified", "how", "result", "cause", "reported",
    "recorder", "note",
)  # fmt: skip


def of_entries(entries: Sequence[RegisterEntry], lang: Language) -> tuple[list[str], list[list[str]]]:
    """Heads and rows of the book, in words."""
    return [word(key, lang) for key in REGISTER], [_entry(each, lang) for each in entries]


def _entry(each: RegisterEntry, lang: Language) -> list[str]:
    def said(table: Mapping[str, Pair], code: str) -> str:
        pair = table.get(code)
        return code if pair is None else pair.zh if lang == "zh" else pair.en

    cause = BY_CODE.get(each.cause)
    result = said(OUTCOMES, each.outcome) if each.outcome else said(STATES, each.state)
    why = each.cause if cause is None else f"{each.cause} {cause.zh if lang == 'zh' else cause.en}"
    return [
        _time(each.received_at), each.grade, said(CODES, each.kind), each.unit, each.place,
        _signed(each.accepted_at, each.accepted_by), _signed(each.verified_at, each.verified_by),
        said(BASES, each.how), result, why, _signed(each.reported_at, each.reported_by), each.recorder, each.note,
    ]  # fmt: skip


def of_register(
    entries: Sequence[RegisterEntry], more: bool, span: tuple[datetime | None, datetime | None], mark: Mark,
    lang: Language,
) -> Sheets:  # fmt: skip
    heads, rows = of_entries(entries, lang)
    note = word("register.more", lang) if more else ""
    table = PaperTable(title=word("register", lang), heads=heads, rows=rows, texts=len(heads), note=note)
    period = " – ".join(_time(each) for each in span if each is not None)
    report = Tables(title=word("register", lang), name="", month=period, lang=lang, tables=[table])
    return Sheets(report=report, printed=f"{word('printed', lang)} {mark}", none=word("none", lang), landscape=True)


def _signed(at: datetime | None, who: str) -> str:
    return " ".join(part for part in ("" if at is None else _time(at), who) if part)


def _time(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
