"""What is said to people: fire has its words, gas has its own. By template; pure.

Enters: notices of one person. Leaves: a title, a text, the values of a provider's template, what a loudspeaker says.
Absent: English (these go to phones in Ji'an), and anything a device said in its own words.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from zhigan.outlets.notify.model import BESIDE, Notice, Purpose
from zhigan.outlets.notify.scrapped import FLAG
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.moments import SHANGHAI

WHAT: dict[Kind, str] = {
    Kind.FIRE: "火灾报警",
    Kind.GAS: "燃气泄漏报警",
    Kind.ELECTRICAL: "电气火灾隐患",
    Kind.WATER: "消防水异常",
    Kind.FACILITY: "消防设施异常",
    Kind.SHIELD: "消防设备被屏蔽",
    Kind.FAULT: "设备故障",
    Kind.LINK: "设备离线",
    Kind.DUTY: "值班查岗无应答",
    Kind.EXIT: "疏散通道异常",
    Kind.HYDRANT: "消火栓异常",
    Kind.TAMPER: "设备被拆动",
}
COLOUR: dict[Grade, str] = {Grade.I: "红色", Grade.II: "橙色", Grade.III: "黄色", Grade.IV: "蓝色"}
ADVICE: dict[Kind, str] = {
    Kind.FIRE: "请立即到现场核实；确认起火请疏散人员并拨打119",
    Kind.GAS: "不要开关任何电器，不要在室内打电话；开窗通风，关闭阀门，立即撤离",
    Kind.ELECTRICAL: "请尽快检查线路和用电设备",
}
SCRAPPED = "设备报废"
OVER: dict[Kind, str] = {Kind.FAULT: "已恢复", Kind.LINK: "已恢复"}
"""How it is said that it is over; of all else: 已解除."""
DRILL, DUTY_CHECK = "【演练】微型消防站拉动演练", "值班查岗"
ORDERS: dict[Purpose, str] = {Purpose.ASSIGNED: "工单已指派给您", Purpose.OVERDUE: "工单已逾期"}
IN_DRILL = "这是演练，不是火警；请按程序出动，在手机上报告出动、到场、处置"
ON_DUTY = "请在10分钟内打开手机应用，在岗位上拍照应答"
NO_KEYS = "请在手机应用中应答"
CALM = "请尽快查看并处理"
KEYS = "确认起火请按1，没有起火请按2，不在现场请求支援请按3"
KEYS_GAS = "确认泄漏请按1，没有泄漏请按2，不在现场请求支援请按3"
MOST_PLACES = 3


def place(notice: Notice) -> str:
    unit = notice.unit_name or "未登记单位"
    spot = notice.place.removeprefix(notice.unit_name).strip()
    return f"{unit} {spot}".strip()


def clock(at: datetime) -> str:
    local = at.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日{local.hour:02d}时{local.minute:02d}分"


def what(notice: Notice) -> str:
    return SCRAPPED if FLAG in notice.flags else WHAT[notice.kind]


def title(notices: Sequence[Notice]) -> str:
    first = notices[0]
    if first.purpose is Purpose.CLEARED:
        return f"{what(first)}{OVER.get(first.kind, '已解除')}"
    if first.purpose is Purpose.DIGEST:
        return f"今日待办 {len({n.incident for n in notices})} 项"
    if first.purpose in BESIDE:
        return DRILL if first.purpose is Purpose.DRILL else DUTY_CHECK
    if first.purpose in ORDERS:
        return f"{what(first)}{ORDERS[first.purpose]}"
    if first.purpose is Purpose.STATUS:
        return f"{what(first)}处置中"
    return f"{COLOUR[first.grade]}预警 {what(first)}"


def where(notices: Sequence[Notice]) -> str:
    """One place, or so many; the gravest stand first."""
    places = list(dict.fromkeys(place(n) for n in notices))
    incidents = len({n.incident for n in notices})
    if len(places) == 1:
        return places[0] + (f"（共{incidents}起）" if incidents > 1 else "")
    listed = "、".join(places[:MOST_PLACES])
    return f"{listed}{'等' if len(places) > MOST_PLACES else ''}{len(places)}处（共{incidents}起）"


def short(notices: Sequence[Notice], most: int = 20) -> str:
    """The same in so few characters: how many there are is never cut off."""
    places = list(dict.fromkeys(place(n) for n in notices))
    incidents = len({n.incident for n in notices})
    tail = f"等{len(places)}处{incidents}起" if len(places) > 1 else f"共{incidents}起" if incidents > 1 else ""
    room = most - len(tail)
    return (places[0] if len(places[0]) <= room else places[0][: room - 1] + "…") + tail


def advice(notice: Notice) -> str:
    if notice.purpose is Purpose.CLEARED:
        return "感谢配合"
    if notice.purpose in BESIDE:
        return IN_DRILL if notice.purpose is Purpose.DRILL else ON_DUTY
    return ADVICE.get(notice.kind, CALM)


def text(notices: Sequence[Notice]) -> str:
    first = notices[0]
    if first.purpose is Purpose.DIGEST:
        return f"{title(notices)}：{kinds(notices)}。{where(notices)}。请在手机应用中查看并处理。"
    return f"{title(notices)}：{where(notices)}，{clock(first.opened_at)}。{advice(first)}。"


def kinds(notices: Sequence[Notice]) -> str:
    """What there is to do, the most frequent first."""
    counted = Counter(what(n) for n in {n.incident: n for n in notices}.values())
    return "、".join(f"{what} {count} 项" for what, count in counted.most_common())


def values(notices: Sequence[Notice]) -> dict[str, str]:
    """For the providers' templates, in which these names stand (docs/notification.md)."""
    first = notices[0]
    return {
        "what": title(notices),
        "place": where(notices),
        "short": short(notices),
        "time": clock(first.opened_at),
        "advice": advice(first),
        "keys": NO_KEYS if first.purpose in BESIDE else KEYS_GAS if first.kind is Kind.GAS else KEYS,
    }


def call(grade: Grade, kind: Kind, unit: str, spot: str) -> str:
    """What is said at the desk: what, where; of gas also what the site must be told first."""
    there = "，".join(part for part in (unit or "未登记单位", spot) if part)
    told = f"。请告知现场：{ADVICE[Kind.GAS]}" if kind is Kind.GAS else ""
    return f"{COLOUR[grade]}预警，{WHAT[kind]}，{there}{told}。"


def announcement(kind: Kind, unit: str, spot: str) -> str:
    """What a public-address system says (自动播报). Gas first says what must not be done."""
    there = " ".join(part for part in (unit, spot) if part)
    if kind is Kind.GAS:
        return (
            f"紧急通知。{there}发生燃气泄漏。请不要开关任何电器，不要在室内打电话，不要使用明火。"
            "请打开门窗，关闭燃气阀门，立即撤离到室外安全地带。"
        )
    if kind is Kind.FIRE:
        return (
            f"紧急通知。{there}发生火灾报警。请保持冷静，听从工作人员指挥，从最近的安全出口撤离。"
            "不要乘坐电梯，不要返回取物。"
        )
    return f"通知。{there}{WHAT[kind]}。请有关人员立即到现场查看处理。"
