"""The calendar on paper: texts only, in one language. Pure. Absent: layout (`tables.typ` of incidents)."""

from zhigan.desks.shifts.model import ShiftMonth
from zhigan.desks.shifts.words_tables import WEEKDAYS, Language, word
from zhigan.incidents.printing import PaperTable, Sheets, Tables
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
