"""What is said of a fire: the facts by the names that field maps use, and the text that is read aloud on the telephone.

Enters: a `Case`. Leaves: values; Chinese texts (they go to a command centre in Ji'an). Pure. Absent: our own grade.
"""

from collections.abc import Mapping, Sequence

from zhigan.incidents.words import condition
from zhigan.outlets.dispatch.model import Act, Alarm, Case, Person, Plan, Water
from zhigan.registry.word_tables import CONTACT_ZH
from zhigan.vocabulary.moments import SHANGHAI

WHAT: dict[str, str] = {"fire": "火灾", "gas": "燃气泄漏", "electrical": "电气火灾"}
BASIS: dict[str, str] = {
    "on_site": "现场人员确认",
    "video": "视频确认",
    "phone": "电话确认",
    "corroborated": "多个探测器相互印证",
    "unverifiable": "不能核实，值班长决定按实警处置",
}
ACTS: dict[Act, str] = {
    Act.ALERT: "报警", Act.UPDATE: "续报", Act.CANCEL: "撤销（误报）", Act.EXERCISE: "演练，非真实火警",
    Act.WATER: "水源状态，非火警",
}  # fmt: skip
MOST_SAID = 3

SOURCES: dict[str, str] = {
    "id": "本次移交的唯一编码（重发不变）",
    "id32": "同上，32 位，不含连字符",
    "message": "本条消息的编码",
    "incident": "平台警情编号",
    "act": "消息种类 alert/update/cancel/exercise/water",
    "act_zh": "消息种类（中文）",
    "exercise": "是否演练",
    "kind": "警情种类 fire/gas/electrical…",
    "title": "警情名称",
    "basis": "确认依据 on_site/video/phone/corroborated/unverifiable",
    "basis_zh": "确认依据（中文）",
    "unit_name": "单位名称",
    "unit_code": "单位编码",
    "uscc": "统一社会信用代码",
    "address": "地址（单位、楼、层、位置）",
    "building": "楼栋",
    "floor": "楼层",
    "place": "位置",
    "lon": "经度 WGS-84",
    "lat": "纬度 WGS-84",
    "area": "行政区划代码",
    "premises": "场所类别",
    "reported_at": "首次报警时间",
    "confirmed_at": "确认时间",
    "sent_at": "发送时间",
    "first_sent_at": "首次发送时间",
    "number": "119 警情编号（已知时）",
    "note": "附注",
    "cause": "撤销原因代码",
    "description": "情况说明",
    "reporter": "报警单位",
    "reporter_phone": "报警电话",
    "contact_name": "现场第一联系人",
    "contact_phone": "现场联系电话",
    "contacts_text": "现场联系人（文字）",
    "hydrants_text": "最近消火栓及压力（文字）",
    "alarm_count": "报警点数量",
    "plan_url": "平面图地址",
    "plan_name": "平面图名称",
}
"""Facts a field map may name, and what they are."""
EACH: dict[str, dict[str, str]] = {
    "hydrants": {
        "name": "名称", "address": "地址", "lon": "经度", "lat": "纬度", "distance_m": "距离（米）",
        "distance_by": "距离的量法 road/line", "able_lps": "可供流量（L/s）",
        "pressure_mpa": "压力（MPa）", "diameter_mm": "口径（毫米）",
    },
    "contacts": {"name": "姓名", "role": "身份", "role_zh": "身份（中文）", "phone": "电话"},
    "alarms": {"device": "设备", "condition": "状态", "condition_zh": "状态（中文）", "at": "时间"},
    "plans": {"name": "名称", "type": "格式", "url": "地址"},
}  # fmt: skip
"""Lists a field map may name, and the facts of each row."""


def title(case: Case) -> str:
    if case.act is Act.WATER:
        return f"【水源状态】{case.place}{'供水恢复' if case.cause else '供水失压'}"
    what = "" if case.act is Act.EXERCISE else WHAT.get(case.kind, "警情")
    marked = {Act.EXERCISE: "【演练】", Act.UPDATE: "【续报】", Act.CANCEL: "【撤销】"}.get(case.act, "")
    return f"{marked}{case.unit_name or '未登记单位'}{what}"


def where(case: Case) -> str:
    """One text; what another part says already is not said twice."""
    floor = _floor(case.floor) if case.floor else ""
    parts = [p for p in dict.fromkeys((case.address, case.unit_name, case.building, floor, case.place)) if p]
    return " ".join(p for p in parts if not any(p in other for other in parts if other != p)) or "位置未登记"


def _floor(floor: str) -> str:
    return floor if any(c in floor for c in "层楼Ff") else f"{floor}层"


def water(each: Water) -> str:
    how = "压力未知" if each.pressure_mpa is None else f"{each.pressure_mpa:.2f} MPa"
    by = "路程" if each.distance_by == "road" else "直线"
    far = "" if each.distance_m is None else f" {by} {each.distance_m} 米"
    gives = "" if each.able_lps is None else f" 可供 {each.able_lps:g} L/s"
    return f"{each.name}{far} {how}{gives}"


def person(each: Person) -> str:
    return f"{CONTACT_ZH.get(each.role, each.role)} {each.name} {each.phone}".strip()


def description(case: Case) -> str:
    if case.act is Act.EXERCISE:
        return "演练，非真实火警，请勿出动。本消息用于检验与消防应急指挥系统的连接。"
    if case.act is Act.WATER:
        how = "消火栓供水已恢复" if case.cause else f"{_clock(case)}起消火栓失压：{case.note}"
        others = "" if case.cause or not case.hydrants else "。附近可用：" + "、".join(map(water, case.hydrants))
        return f"水源状态通报，非火警。{case.place}，{how}{others}。"
    parts = [f"{_clock(case)}，{where(case)}，{WHAT.get(case.kind, '警情')}"]
    if case.basis:
        parts.append(f"依据：{BASIS.get(case.basis, case.basis)}")
    if case.act is Act.CANCEL:
        parts.append("经核实为误报，请撤销")
    if case.alarm_count > 0:
        parts.append(f"报警点 {case.alarm_count} 个")
    if case.hydrants:
        parts.append("最近水源：" + "、".join(water(h) for h in case.hydrants[:MOST_SAID]))
    if case.contacts:
        parts.append("现场联系人：" + "、".join(person(c) for c in case.contacts[:MOST_SAID]))
    if case.note:
        parts.append(case.note)
    return "。".join(parts) + "。"


def spoken(case: Case) -> str:
    """What whoever calls 119 reads aloud: in the order in which the call taker asks."""
    parts = [
        f"您好，这里是{case.reporter or '城市消防物联网监控中心'}，报告一起{WHAT.get(case.kind, '警情')}",
        f"地点：{where(case)}",
        f"{_clock(case)}首次报警，{BASIS.get(case.basis, '已确认')}" if case.basis else f"{_clock(case)}首次报警",
    ]
    if case.alarm_count > 0:
        parts.append(f"已有 {case.alarm_count} 个报警点")
    if case.contacts:
        parts.append(f"现场联系人：{person(case.contacts[0])}")
    if case.hydrants:
        parts.append(f"最近消火栓：{water(case.hydrants[0])}")
    return "。".join([*parts, "请告诉我您的警情编号"]) + "。"


def _clock(case: Case) -> str:
    local = case.reported_at.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日{local.hour:02d}时{local.minute:02d}分"


def facts(case: Case) -> dict[str, object]:
    first = case.contacts[0] if case.contacts else None
    plan = case.plans[0] if case.plans else None
    return {
        "id": case.id,
        "id32": case.id.replace("-", ""),
        "message": case.message,
        "incident": case.incident,
        "act": case.act.value,
        "act_zh": ACTS[case.act],
        "exercise": case.act is Act.EXERCISE,
        "kind": case.kind,
        "title": title(case),
        "basis": case.basis,
        "basis_zh": BASIS.get(case.basis, ""),
        "address": where(case),
        "reported_at": case.reported_at,
        "confirmed_at": case.confirmed_at,
        "sent_at": case.sent_at,
        "first_sent_at": case.first_sent_at,
        "description": description(case),
        "contact_name": first.name if first else "",
        "contact_phone": first.phone if first else "",
        "contacts_text": "；".join(person(c) for c in case.contacts),
        "hydrants_text": "；".join(water(h) for h in case.hydrants),
        "alarm_count": case.alarm_count,
        "plan_url": plan.url if plan else "",
        "plan_name": plan.name if plan else "",
        **{name: getattr(case, name) for name in _PLAIN},
    }


_PLAIN = (
    "unit_name", "unit_code", "uscc", "building", "floor", "place", "lon", "lat", "area", "premises", "number", "note",
    "cause", "reporter", "reporter_phone",
)  # fmt: skip


def items(case: Case, name: str) -> Sequence[Mapping[str, object]]:
    rows: dict[str, Sequence[Water | Person | Alarm | Plan]] = {
        "hydrants": case.hydrants, "contacts": case.contacts, "alarms": case.alarms, "plans": case.plans,
    }  # fmt: skip
    return [_item(row) for row in rows[name]]


def _item(row: Water | Person | Alarm | Plan) -> Mapping[str, object]:
    told: dict[str, object] = {name: getattr(row, name) for name in row.__struct_fields__}
    if isinstance(row, Person):
        told["role_zh"] = CONTACT_ZH.get(row.role, row.role)
    if isinstance(row, Alarm):
        told["condition_zh"] = condition(row.condition)
    return told
