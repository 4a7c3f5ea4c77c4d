"""The words of words.py as rows: one sentence a reason in both languages, and the names of what stands in it.

`{name}` is a fact; `[…]` is left out when a fact in it is missing. `{seconds}`, `{verify_s}`, `{answer_s}` read as a
span of time, `{reading}` as "temperature 75 °C, limit 70 °C", `{until}` as the time of day in Ji'an.
"""

from typing import NamedTuple

from zhigan.incidents.model import Why


class Words(NamedTuple):
    zh: str
    en: str


SENTENCES: dict[Why, Words] = {
    Why.FIRST_FIRE: Words(
        "{device}报火警，尚未核实[;设备记录的时间在 {minutes} 分钟前]",
        "{device} reports fire, not verified yet[; by its own clock {minutes} min ago]",
    ),
    Why.PANEL_FIRE: Words("{device}发出火警总信号，尚未核实", "{device} passes on a fire, not verified yet"),
    Why.MANUAL_ALARM: Words("有人在{device}按下手动报警", "Somebody pressed the manual alarm at {device}"),
    Why.UNREGISTERED_FIRE: Words(
        "未登记的设备 {device} 报火警，按实警对待", "Fire from {device}, which is not registered: treated as real"
    ),
    Why.SECOND_DEVICE: Words(
        "{device}与{other}[在 {seconds}内]先后报警，相互印证",
        "{device} and {other} both report fire[ within {seconds}]: two independent devices",
    ),
    Why.ALARM_AFTER_RESET: Words(
        "复位[后 {seconds}，]{device}再次报警", "{device} reports fire again[ {seconds} after the reset]"
    ),
    Why.NO_ANSWER: Words("[{seconds}内]现场无人应答", "Nobody on site answered[ within {seconds}]"),
    Why.WATER_FLOW: Words(
        "{device}水流动作[持续 {seconds}以上]", "Water has been flowing at {device}[ for {seconds} or more]"
    ),
    Why.WATER_FLOW_CONFIRMED: Words(
        "水流动作得到印证:{device}与{other}", "The water flow is corroborated: {device} and {other}"
    ),
    Why.DISCHARGE: Words("{device}气体灭火已喷放", "Extinguishing gas has been discharged at {device}"),
    Why.SITE_FIRE: Words("现场[{person}]报告着火", "Fire reported from the site[ by {person}]"),
    Why.CONFIRMED: Words("已由人员确认", "Confirmed by a person"),
    Why.VIDEO_FIRE: Words("{device}视频识别到烟火", "{device} sees smoke or flame"),
    Why.VIDEO_WITH_DETECTOR: Words(
        "视频与探测器相互印证:{device}与{other}", "Video and detector agree: {device} and {other}"
    ),
    Why.GAS_LOW: Words(
        "{device}可燃气体低限报警[({reading})]", "{device}: combustible gas above the low limit[ ({reading})]"
    ),
    Why.GAS_HIGH: Words(
        "{device}可燃气体高限报警[({reading})]", "{device}: combustible gas above the high limit[ ({reading})]"
    ),
    Why.GAS_LASTING: Words(
        "{device}燃气报警已持续 [{seconds}]，阀门未确认关闭",
        "The gas alarm of {device} has lasted[ {seconds}]; the valve is not known to be shut",
    ),
    Why.GAS_TWO: Words("两个燃气探测器同时报警:{device}与{other}", "Two gas detectors alarm: {device} and {other}"),
    Why.GAS_WITH_SMOKE: Words("燃气与烟火报警并存:{device}与{other}", "Gas together with smoke: {device} and {other}"),
    Why.ELECTRICAL_LIMIT: Words(
        "{device}电气火灾监控报警:{condition}[({reading})]", "{device}: electrical alarm, {condition}[ ({reading})]"
    ),
    Why.ELECTRICAL_OVER: Words(
        "{device}严重超限或升温过快[({reading})][;与{other}同时]",
        "{device} is far over its limit or heats fast[ ({reading})][; together with {other}]",
    ),
    Why.ELECTRICAL_WITH_SMOKE: Words(
        "电气报警与烟火报警并存:{device}与{other}", "Electrical alarm together with smoke: {device} and {other}"
    ),
    Why.NEAR_LIMIT: Words("{device}接近或偏离限值:{condition}[({reading})]", "{device}: {condition}[ ({reading})]"),
    Why.LIMIT_SOON: Words(
        "{device}按趋势[约 {days} 天后]到达限值[，最早 {soonest} 天][，最晚 {latest} 天]"
        "[，每天升高 {slope}][({reading})]",
        "{device} will reach its limit[ in about {days} days][, at the soonest in {soonest}]"
        "[, at the latest in {latest}][, rising by {slope} a day][ ({reading})]",
    ),
    Why.DRIFT: Words(
        "{device}日最大值持续升高[，每天 {slope}][，约 {days} 天后到限][，最早 {soonest} 天]"
        "[，最晚 {latest} 天][({reading})]",
        "{device}: its daily maxima keep rising[ by {slope} a day][; at its limit in about {days} days]"
        "[, at the soonest in {soonest}][, at the latest in {latest}][ ({reading})]",
    ),
    Why.IMBALANCE: Words(
        "{device}三相{what}不平衡[ {percent}%][(限值 {limit_percent}%，{source})][:A 相 {a}][、B 相 {b}][、C 相 {c}]",
        "{device}: phases out of balance, {what}[ {percent} %][ (limit {limit_percent} %, {source})][: A {a}][, B {b}]"
        "[, C {c}]",
    ),
    Why.NIGHT_LOAD: Words(
        "{device}夜间负荷异常[:{load}][，平时夜间约 {usual}][，阈值 {bound}(近 {nights} 晚)]",
        "{device}: unusual load at night[: {load}][, usually about {usual}][, bound {bound} from {nights} nights]",
    ),
    Why.IMPLAUSIBLE: Words("{device}读数不可信[({reading})]", "{device} reads what cannot be[ ({reading})]"),
    Why.PROTECTION_DOWN: Words(
        "{device}{condition}，消防设施失去保护作用", "{device}: {condition}; a fire would be unfought"
    ),
    Why.POINT_SHIELDED: Words("{device}被屏蔽", "{device} is shielded"),
    Why.MANY_SHIELDED: Words(
        "同一回路 {of} 点中 {count} 点被屏蔽({percent}%)",
        "{count} of {of} points of the loop are shielded ({percent} %)",
    ),
    Why.FAULT: Words("{device}{condition}", "{device}: {condition}"),
    Why.FAULT_MANY: Words(
        "同一回路 {of} 点中 {count} 点故障({percent}%)", "{count} of {of} points of the loop are in fault ({percent} %)"
    ),
    Why.POWER_BOTH: Words("{device}主电、备电同时故障", "{device} has lost mains and battery"),
    Why.POWER_FAULT: Words("{device}{condition}", "{device}: {condition}"),
    Why.POWER_LOST_MANY: Words(
        "{of} 台设备中 {count} 台断电({percent}%)", "{count} of {of} devices have lost power ({percent} %)"
    ),
    Why.TAMPER: Words("{device}被拆除或破坏", "{device} was removed or damaged"),
    Why.TAMPER_TWICE: Words("{device}24 小时内两次被拆除或破坏", "{device} was removed or damaged twice in 24 hours"),
    Why.TAMPERED_MANY: Words(
        "同一回路 {of} 点中 {count} 点被拆除或破坏({percent}%)",
        "{count} of {of} points of the loop were removed or damaged ({percent} %)",
    ),
    Why.LINK_LOST: Words("{device}{condition}[已 {seconds}]", "{device}: {condition}[ for {seconds}]"),
    Why.LINK_LOST_MANY: Words(
        "10 分钟内 {of} 台设备中 {count} 台离线({percent}%)",
        "{count} of {of} devices went offline within 10 min ({percent} %)",
    ),
    Why.DUTY_MISSED: Words("{device}查岗未应答", "The duty check at {device} was not answered"),
    Why.DUTY_MISSED_TWICE: Words(
        "{device}连续两次查岗未应答", "Two duty checks in a row at {device} were not answered"
    ),
    Why.EXIT_BLOCKED: Words("{device}发现{condition}", "{device} sees: {condition}"),
    Why.BATTERY_HEAT: Words("{device}发现电池过热", "{device}: a battery is overheating"),
    Why.WATER_LOW: Words("{device}{condition}[({reading})]", "{device}: {condition}[ ({reading})]"),
    Why.HYDRANT_LOW: Words("{device}消火栓压力低[({reading})]", "Hydrant {device}: low pressure[ ({reading})]"),
    Why.HYDRANT_DAMAGED: Words("{device}消火栓{condition}[({reading})]", "Hydrant {device}: {condition}[ ({reading})]"),
    Why.HYDRANT_OPENED: Words(
        "{device}消火栓出水，附近[ {metres} 米内]无警情，也未登记测试",
        "Hydrant {device} runs: no incident near[ within {metres} m], no test announced",
    ),
    Why.FROST: Words("{device}有冰冻风险[({reading})]", "{device} may freeze[ ({reading})]"),
    Why.SURGE: Words("{device}压力骤变[({reading})]", "{device}: pressure leaps[ ({reading})]"),
    Why.ZONE_LOSS: Words(
        "片区 {of} 处中 {count} 处消火栓失压({percent}%)",
        "{count} of {of} hydrants of the place have lost pressure ({percent} %)",
    ),
    Why.IMPAIRED_HALVES_TIME: Words(
        "消防设施受损:核实时限缩短为 {verify_s}，应答时限 {answer_s}",
        "Protection is impaired: {verify_s} to verify, {answer_s} to answer",
    ),
    Why.LATE_FIRE: Words(
        "补报:{device} {minutes} 分钟前的火警，现已恢复",
        "Late report: fire at {device} {minutes} min ago, restored since",
    ),
    Why.TEST_MODE: Words(
        "测试中，不作警情处理[(至 {until}][，{person}][，{purpose}][)]",
        "In test, not treated as an alarm[ (until {until}][, {person}][, {purpose}][)]",
    ),
    Why.TEST_CALL_POINT_AND_FLOW: Words(
        "测试中手动报警按钮与水流同时动作({device}与{other})，请核实",
        "Call point and water flow together inside a test ({device} and {other}): please verify",
    ),
    Why.TEST_ENDED: Words("测试已结束，{device}仍在报警", "The test is over and {device} still alarms"),
    Why.MOVED: Words("设备登记变更[：{device}]", "Registered elsewhere[: {device}]"),
    Why.NOBODY_ANSWERED: Words(
        "已通知现场[，{minutes} 分钟]无人应答，请人工电话联系",
        "People were told[; {minutes} min and] nobody answered: call them by hand",
    ),
    Why.PASSED_ON: Words("处置权责由{holder}转{taker}[：{because}]", "Passed on from {holder} to {taker}[: {because}]"),
    Why.NOBODY_KNOWN: Words("没有可通知的人员，请人工联系", "Nobody is known who could be told: find somebody by hand"),
    Why.REPORTED: Words("扫码报告：{device}{report}[（{note}）]", "Reported by its code: {device} {report}[ ({note})]"),
    Why.PERSON_CALLED: Words("有人报告起火：{device}，尚未核实", "A person reports fire: {device}, not verified yet"),
    Why.HAZARD_REPORTED: Words(
        "{who}上报隐患：{hazard}[（{note}）]", "A hazard reported by {who}: {hazard}[ ({note})]"
    ),
    Why.REPORT_CHANGED: Words("{who}更新了上报内容[：{note}]", "{who} says it otherwise now[: {note}]"),
    Why.INSPECTED: Words(
        "巡检发现问题：{device}[ {points}][（{note}）]", "Found at an inspection: {device}[: {points}][ ({note})]"
    ),
    Why.REPEATED_FALSE: Words(
        "{device}反复误报：[{days} 天内 ]{times} 次[（{causes}）]，请检查",
        "{device} gives false alarms again and again: {times}[ in {days} days][ ({causes})]; look at it",
    ),
    Why.SCRAPPED: Words(
        "{device}已报废退役，该处不再受保护，请安排更换",
        "{device} was scrapped: the place is unprotected until another is fitted",
    ),
    Why.NOT_TAKEN_OVER: Words(
        "{desk}开班 {minutes} 分钟无人接班", "{desk}: nobody took the shift over within {minutes} min of its start"
    ),
    Why.ROUTINE_OVERDUE: Words("{routine}逾期[，应在 {due} 前完成]", "{routine} is overdue[, due by {due}]"),
    Why.UNVISITED: Words(
        "{month}结案的 {closed} 起警情中，{times} 起按“原因不明，未到场”结案，占 {share}%，超过 {limit}%",
        "{times} of {closed} alarms closed in {month} are unknown, not visited: {share} %, more than {limit} %",
    ),
    Why.CONTACT_DEAD: Words(
        "联系人号码失效[：{unit}][ {person}][（{said}）]", "A contact's number is dead[: {unit}][, {person}][ ({said})]"
    ),
    Why.CONTACT_UNPROVEN: Words(
        "联系人逾期未验证[：{unit}][ {person}]",
        "A contact did not prove in time that he can be reached[: {unit}][, {person}]",
    ),
    Why.UNIT_UNREACHABLE: Words("单位没有可联系的联系人[：{unit}]", "Nobody of a unit can be reached[: {unit}]"),
    Why.CHANNEL_DOWN: Words(
        "通知渠道自检失败[：{channel}][（{said}）]", "A way to people fails its test[: {channel}][ ({said})]"
    ),
    Why.PLATFORM_SILENT: Words(
        "下级平台失联[：{platform}][（已 {minutes} 分钟）]",
        "A platform below is silent[: {platform}][ (for {minutes} min)]",
    ),
    Why.PARTNER_FAILING: Words(
        "合作平台收不到推送[：{partner}][ · {subscription}][（已 {minutes} 分钟）]",
        "A partner does not take what it is told[: {partner}][ · {subscription}][ (for {minutes} min)]",
    ),
    Why.SPLIT: Words("由[{person}]人工从另一警情拆出", "Taken out of another incident by hand[ ({person})]"),
    Why.REPEATED: Words("重复上报，只计数[(第 {count} 次)]", "The same again, counted[ ({count})]"),
    Why.STILL_STANDING: Words("警情已关闭，报警尚未恢复", "The incident is closed; this alarm has stood on since"),
    Why.HELD: Words("持续时间不足[ {seconds}]，暂不报警", "Has not lasted long enough yet[: {seconds}]"),
    Why.FLAPPING: Words("频繁抖动，合并处理[({count} 次)]", "Comes and goes too often, taken as one[ ({count} times)]"),
    Why.OPERATION_IGNORED: Words(
        "操作记录:[{operation}]，没有相关的报警", "Operation[: {operation}]; no alarm is concerned"
    ),
    Why.OPERATION: Words("现场操作:{operation}", "Done on site: {operation}"),
    Why.ANSWERED: Words(
        "现场已在控制器上确认[，用时 {seconds}]", "The site confirmed it at its panel[ after {seconds}]"
    ),
    Why.SINGLE_RESTORED: Words(
        "单个探测器[ {seconds}内]恢复正常，保持二级并继续通知人员",
        "The only detector was normal again[ within {seconds}]: stays II, people are still called",
    ),
    Why.SPREAD: Words("相邻部位[{device}]报警，并入同一警情", "An alarm next to it[ ({device})]: one incident"),
    Why.RESTORED: Words("恢复正常", "Normal again"),
    Why.RESET: Words("控制器复位", "Reset at the panel"),
    Why.RESET_UNVERIFIED: Words(
        "未核实即复位[(报警后 {seconds})]", "Reset before verification[, {seconds} after the alarm]"
    ),
    Why.STATION_SENT: Words(
        "[{seconds}]核实时限已到，派出微型消防站", "Not verified in time[ ({seconds})]: the micro fire station is sent"
    ),
    Why.SUPERVISORY: Words("{device}{condition}", "{device}: {condition}"),
    Why.STARTED: Words("{device}{condition}", "{device}: {condition}"),
    Why.STALE: Words("早于已知状态，仅存档", "Older than what is known already: kept as history"),
    Why.NOT_IN_SERVICE: Words("设备未投入使用或已停用，仅存档", "The device is not in service: kept as history"),
}

CONDITIONS: dict[str, Words] = {
    "fire": Words("火警", "fire"),
    "gas_low": Words("可燃气体低限报警", "gas above the low limit"),
    "gas_high": Words("可燃气体高限报警", "gas above the high limit"),
    "manual_alarm": Words("手动报警", "manual alarm"),
    "water_flow": Words("水流动作", "water flow"),
    "discharge": Words("气体灭火喷放", "gas discharge"),
    "electrical_alarm": Words("电气火灾监控报警", "electrical alarm"),
    "residual_current": Words("剩余电流超限", "residual current over its limit"),
    "cable_temperature": Words("线缆温度超限", "cable temperature over its limit"),
    "arc": Words("故障电弧", "arc fault"),
    "short_circuit": Words("短路", "short circuit"),
    "over_current": Words("过电流", "over-current"),
    "voltage": Words("过压或欠压", "over- or under-voltage"),
    "near_limit": Words("接近限值", "near its limit"),
    "implausible": Words("读数不可信", "implausible reading"),
    "supervisory": Words("监管", "supervisory"),
    "started": Words("启动", "started"),
    "feedback": Words("反馈", "feedback"),
    "delay": Words("延时", "delay"),
    "fault": Words("故障", "fault"),
    "shield": Words("被屏蔽", "shielded"),
    "mains_fault": Words("主电故障", "mains fault"),
    "backup_fault": Words("备电故障", "battery fault"),
    "bus_fault": Words("总线故障", "bus fault"),
    "power_fault": Words("电源故障", "power fault"),
    "line_fault": Words("监测连接线路故障", "the line to the panel is cut"),
    "channel_fault": Words("通信信道故障", "channel fault"),
    "manual_mode": Words("处于手动状态", "in manual"),
    "config_changed": Words("配置改变", "configuration changed"),
    "low_battery": Words("电池电量低", "low battery"),
    "tamper": Words("被拆除或破坏", "tampered with"),
    "offline": Words("离线", "offline"),
    "low_pressure": Words("压力低", "low pressure"),
    "no_water": Words("无水", "no water"),
    "low_level": Words("水位低", "low water level"),
    "damaged": Words("损坏或倾斜", "damaged or tilted"),
    "pump_off": Words("水泵停用", "pump off"),
    "exit_blocked": Words("通道堵塞", "exit blocked"),
    "ebike": Words("电动自行车入楼", "an e-bike inside"),
    "video_fire": Words("视频烟火识别", "smoke or flame on video"),
    "duty_missed": Words("查岗未应答", "duty check missed"),
    "test_mode": Words("测试状态", "test state"),
    "alarm_fault": Words("传感器故障", "sensor fault"),
    "clock_wrong": Words("时钟异常", "wrong clock"),
    "video_agreed": Words("抓拍复核一致", "snapshot agrees"),
    "battery_heat": Words("电池过热", "battery overheating"),
    "drift": Words("读数漂移", "drifting"),
    "imbalance": Words("三相不平衡", "phases out of balance"),
    "far_over": Words("严重超限", "far over its limit"),
    "limit_soon": Words("数日内到限", "soon at its limit"),
    "night_load": Words("夜间异常负荷", "unusual load at night"),
    "frost": Words("冰冻风险", "frost"),
    "surge": Words("压力骤变", "pressure leaps"),
}
"""By `Condition` name in lower case, as alarms carry it."""

ROUTINES: dict[str, Words] = {
    "link": Words("日常链路检查", "the daily check of the link"),
    "clock": Words("日常时钟检查", "the daily check of the clock"),
    "fire_test": Words("火警信号测试", "the test of the fire signal"),
    "integration": Words("半年联动测试", "the half-yearly test of the centre"),
}
"""The centre's routines of GB 50440."""

OPERATIONS: dict[str, Words] = {
    "reset": Words("复位", "reset"),
    "silence": Words("消音", "silence"),
    "manual_alarm": Words("手动报警", "manual alarm"),
    "alarm_cleared": Words("警情消除", "alarm declared over"),
    "self_test": Words("自检", "self-test"),
    "confirm": Words("确认", "confirm"),
    "duty_answer": Words("查岗应答", "duty answer"),
    "test": Words("测试", "test"),
}

REPORTS: dict[str, Words] = {
    "damaged": Words("损坏", "is damaged"),
    "missing": Words("不见了", "is not there"),
    "beeping": Words("间歇鸣叫", "chirps"),
    "blocked": Words("被遮挡或占用", "is covered or blocked"),
    "false_alarms": Words("经常误报", "gives false alarms"),
    "other": Words("有问题", "is not in order"),
}
"""What somebody reports of a device by the code on its sticker."""

DESKS: dict[str, Words] = {
    "room": Words("{}消防控制室", "the control room[ of {}]"),
    "operator": Words("{}值班台", "the operator's desk[ {}]"),
    "county": Words("{}值班台", "the county desk[ of {}]"),
    "city": Words("市级值班台", "the city desk"),
}
"""Levels of the first handler; `{}` is whose."""
BECAUSE: dict[str, Words] = {
    "time": Words("限时未受理", "not accepted in time"),
    "nobody": Words("无人在席", "nobody is signed in there"),
    "grade": Words("已是 I 级，各级同时响铃", "it is grade I, all desks sound"),
}

HAZARDS: dict[str, Words] = {
    "exit_blocked": Words("疏散通道、安全出口堵塞", "a blocked exit or escape route"),
    "fire_lane": Words("占用消防车通道", "an obstructed fire lane"),
    "ebike": Words("电动自行车违规停放、充电", "an e-bike parked or charged where it must not"),
    "lodging": Words("违规住人、三合一场所", "people lodging where they must not"),
    "storage": Words("违规存放易燃易爆物品", "flammables stored where they must not be"),
    "hot_work": Words("违规动火作业", "hot work without permission"),
    "gas": Words("燃气隐患", "a danger of gas"),
    "wiring": Words("私拉乱接电线、用电隐患", "unsafe wiring"),
    "facility": Words("消防设施损坏、被遮挡", "fire equipment damaged or covered"),
    "hydrant": Words("消火栓损坏、被埋压圈占", "a hydrant damaged or buried"),
    "other": Words("其他隐患", "another hazard"),
}
"""Kinds of hazard that people report (gateways/reports)."""

POINTS: dict[str, Words] = {
    "appearance": Words("外观", "outside"),
    "fixed": Words("安装", "fixing"),
    "clear": Words("遮挡", "clearance"),
    "indicator": Words("指示灯", "indicator"),
    "test": Words("测试报警", "test alarm"),
    "valve": Words("阀门联动", "valve"),
    "caps": Words("闷盖", "caps"),
    "leak": Words("渗漏", "leaks"),
    "water": Words("出水", "water runs"),
    "sign": Words("标志", "sign"),
    "pressure": Words("压力", "pressure"),
    "reading": Words("读数", "reading"),
    "mains": Words("主电", "mains"),
    "battery": Words("备电", "battery"),
    "link": Words("通信", "link"),
    "heat": Words("发热", "heat"),
}
"""Points of an inspector's check list."""

QUANTITIES: dict[str, Words] = {
    "current": Words("电流", "current"),
    "voltage": Words("电压", "voltage"),
}
"""Of what phases are compared."""

SOURCES: dict[str, Words] = {
    "rating": Words("额定值", "its rating"),
    "practice": Words("经验值", "field practice"),
}
"""What a limit stands on, where it is no standard's name."""

UNKNOWN: dict[str, Words] = {
    "device": Words("设备", "a device"),
    "other": Words("另一设备", "another device"),
    "condition": Words("异常", "out of order"),
    "operation": Words("操作", "an operation"),
}
"""What stands for a fact that is not there."""
