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
    "register": Pair("接处警登记", "Alarm register"),
    "register.more": Pair("行数已达上限，未列完；请缩小范围", "More rows than fit here; narrow the question"),
    "received_at": Pair("接警时间", "Received"),
    "grade": Pair("等级", "Grade"),
    "kind": Pair("类别", "Kind"),
    "unit": Pair("单位", "Unit"),
    "place": Pair("部位", "Place"),
    "accepted": Pair("受理", "Accepted"),
    "verified": Pair("核实", "Verified"),
    "how": Pair("核实方式", "How"),
    "result": Pair("处理结果", "Result"),
    "cause": Pair("原因", "Cause"),
    "reported": Pair("报119", "119 told"),
    "recorder": Pair("记录人", "Recorder"),
    "note": Pair("备注", "Note"),
}
WEEKDAYS = (
    Pair("一", "Mon"), Pair("二", "Tue"), Pair("三", "Wed"), Pair("四", "Thu"), Pair("五", "Fri"), Pair("六", "Sat"),
    Pair("日", "Sun"),
)  # fmt: skip


def word(key: str, lang: Language) -> str:
    pair = WORDS[key]
    return pair.zh if lang == "zh" else pair.en
