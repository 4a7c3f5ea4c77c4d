"""The printed report's words in both languages: its headings, and names of codes that have no words elsewhere here."""

from typing import NamedTuple


class Pair(NamedTuple):
    zh: str
    en: str


LABELS: dict[str, Pair] = {
    "title": Pair("警情处置报告", "Incident report"),
    "note": Pair(
        "预警等级由本平台按策略评定,不是消防救援机构的火警等级。",
        "The grade is this platform's warning grade, not the fire service's alarm level.",
    ),
    "number": Pair("警情编号", "Incident"),
    "grade": Pair("预警等级", "Grade"),
    "kind": Pair("类别", "Kind"),
    "state": Pair("状态", "State"),
    "unit": Pair("联网单位", "Unit"),
    "building": Pair("建筑", "Building"),
    "place": Pair("位置", "Place"),
    "position": Pair("坐标 (WGS-84)", "Position (WGS-84)"),
    "opened": Pair("报警时间", "Began"),
    "received": Pair("平台接收", "Received"),
    "claimed": Pair("受理人", "Handled by"),
    "confirmed": Pair("确认时间", "Confirmed"),
    "closed": Pair("结束时间", "Closed"),
    "verdict": Pair("处置结论", "Verdict"),
    "outcome": Pair("结论", "Outcome"),
    "cause": Pair("原因", "Cause"),
    "basis": Pair("确认依据", "Basis"),
    "merged": Pair("并入的警情", "Merged into this"),
    "reasons": Pair("预警依据", "Reasons for the grade"),
    "alarms": Pair("报警点", "Alarms"),
    "device": Pair("设备", "Device"),
    "condition": Pair("报警内容", "Condition"),
    "raised": Pair("发生", "Raised"),
    "cleared": Pair("恢复", "Cleared"),
    "count": Pair("次数", "Count"),
    "standing": Pair("未恢复", "still stands"),
    "timeline": Pair("处置过程", "Timeline"),
    "at": Pair("时间", "Time"),
    "who": Pair("人员", "Who"),
    "what": Pair("事项", "What"),
    "hash": Pair("校验值", "Hash"),
    "chained": Pair(
        "每行的校验值 (SHA-256) 包含上一行,改动任何一行都会使其后各行不再相符。",
        "Each line's hash (SHA-256) covers the line before; a change anywhere breaks every line after it.",
    ),
    "files": Pair("照片与文件", "Photos and files"),
    "file": Pair("文件", "File"),
    "size": Pair("大小", "Size"),
    "none": Pair("无", "none"),
    "open": Pair("尚未作出结论", "No verdict yet"),
    "printed": Pair("打印", "Printed"),
    "page": Pair("页", "page"),
    "platform": Pair("平台", "platform"),
    "sign": Pair("签字", "Signature"),
    "unknown": Pair("未登记", "not registered"),
}

GRADES: dict[str, Pair] = {
    "I": Pair("I 级(红色)", "I (red)"),
    "II": Pair("II 级(橙色)", "II (orange)"),
    "III": Pair("III 级(黄色)", "III (yellow)"),
    "IV": Pair("IV 级(蓝色)", "IV (blue)"),
}
CODES: dict[str, Pair] = {
    "fire": Pair("火警", "Fire"),
    "gas": Pair("燃气", "Gas"),
    "electrical": Pair("电气", "Electrical"),
    "water": Pair("消防用水", "Fire water"),
    "facility": Pair("设施", "Facility"),
    "shield": Pair("屏蔽", "Shielded"),
    "fault": Pair("故障", "Fault"),
    "link": Pair("离线", "Offline"),
    "duty": Pair("查岗", "Duty check"),
    "exit": Pair("通道", "Exit"),
    "hydrant": Pair("消火栓", "Hydrant"),
    "tamper": Pair("拆除破坏", "Tamper"),
}
STATES: dict[str, Pair] = {
    "open": Pair("未核实", "Unverified"),
    "verifying": Pair("核实中", "Verifying"),
    "confirmed": Pair("已确认", "Confirmed"),
    "dispatched": Pair("已转119", "Sent to 119"),
    "responding": Pair("119处置中", "119 responding"),
    "closed": Pair("已结束", "Closed"),
}
OUTCOMES: dict[str, Pair] = {
    "fire": Pair("实警", "Fire"),
    "false_alarm": Pair("误报", "False alarm"),
    "test": Pair("测试", "Test"),
    "drill": Pair("演练", "Drill"),
    "fault": Pair("设备故障", "Device fault"),
    "other": Pair("其他", "Other"),
}
BASES: dict[str, Pair] = {
    "on_site": Pair("现场人员核实", "Someone on site"),
    "video": Pair("视频核实", "Video"),
    "phone": Pair("电话核实", "By phone"),
    "corroborated": Pair("多点报警印证", "Corroborated by devices"),
    "unverifiable": Pair("不能核实,按实警处置", "Cannot be verified, treated as fire"),
}
STAGES: dict[str, Pair] = {
    "accepted": Pair("受理", "Accepted"),
    "turnout": Pair("出动", "Turnout"),
    "en_route": Pair("途中", "En route"),
    "arrival": Pair("到场", "Arrival"),
    "water": Pair("出水", "Water"),
    "controlled": Pair("控制", "Controlled"),
    "extinguished": Pair("扑灭", "Extinguished"),
    "returned": Pair("归队", "Returned"),
}
ACTS: dict[str, Pair] = {
    "opened": Pair("警情产生", "Opened"),
    "joined": Pair("新增报警点", "Another alarm point"),
    "cleared": Pair("报警恢复", "Alarm cleared"),
    "split": Pair("拆出", "Split"),
    "separated": Pair("由拆分产生", "Came out of a split"),
    "moved": Pair("变更归属", "Moved"),
    "belated": Pair("转为补报", "Told late, over before"),
    "absorbed": Pair("并入另一警情", "Took in another incident"),
    "raised": Pair("升级", "Grade raised"),
    "merged": Pair("并入", "Merged"),
    "remarked": Pair("情况", "Remark"),
    "accepted": Pair("受理", "Accepted"),
    "released": Pair("退回", "Released"),
    "confirmed": Pair("确认", "Confirmed"),
    "dismissed": Pair("按误报结束", "Closed as false"),
    "dispatched": Pair("转119", "Handed to 119"),
    "responding": Pair("119反馈", "119 answered"),
    "closed": Pair("结案", "Closed"),
    "noted": Pair("备注", "Note"),
    "attached": Pair("添加文件", "File added"),
    "responded": Pair("现场答复", "Answered from the site"),
    "handed_over": Pair("移交119", "Handed over to 119"),
    "acknowledged": Pair("119已接收", "Acknowledged by 119"),
    "not_taken": Pair("119未接收", "Not taken by 119"),
    "call_wanted": Pair("要求电话报警", "Asked to telephone 119"),
    "called": Pair("已电话报警", "Telephoned 119"),
    "feedback": Pair("119反馈", "119 answered"),
}
