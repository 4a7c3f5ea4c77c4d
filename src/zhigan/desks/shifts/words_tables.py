"""What papers of shifts say, in both languages; pages have their own catalogue."""

from typing import Literal, NamedTuple

Language = Literal["zh", "en"]


class Pair(NamedTuple):
    zh: str
    en: str


WORDS: dict[str, Pair] = {
    "title": Pair("值班排班表", "Shift calendar"),
    "printed": Pair("打印", "Printed by"),
    "none": Pair("无", "None"),
    "day": Pair("日期", "Day"),
    "slot.early": Pair("早班", "Early"),
    "slot.middle": Pair("中班", "Middle"),
    "slot.night": Pair("夜班", "Night"),
    "slot.day": Pair("白班", "Day shift"),
    "lead": Pair("带班", "lead"),
    "sums": Pair("个人统计", "By person"),
    "person": Pair("姓名", "Name"),
    "shifts": Pair("班次", "Shifts"),
    "hours": Pair("工时", "Hours"),
    "nights": Pair("夜班", "Nights"),
    "holidays": Pair("节假日", "Holidays"),
    "absences": Pair("请假与离岗", "Absences"),
    "from": Pair("起", "From"),
    "until": Pair("止", "Until"),
    "why": Pair("事由", "Why"),
    "leave": Pair("休假", "leave"),
    "sick": Pair("病假", "sick"),
    "training": Pair("培训", "training"),
    "other": Pair("其他", "other"),
}
WEEKDAYS = (
    Pair("一", "Mon"), Pair("二", "Tue"), Pair("三", "Wed"), Pair("四", "Thu"), Pair("五", "Fri"), Pair("六", "Sat"),
    Pair("日", "Sun"),
)  # fmt: skip


def word(key: str, lang: Language) -> str:
    pair = WORDS[key]
    return pair.zh if lang == "zh" else pair.en
