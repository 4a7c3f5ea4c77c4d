"""The standard's tables as rows: systems, components, quantities, status and operation bits, types, commands.

Clauses are those of GB/T 26875.3-2011. Codes that the standard reserves are absent: `name_of` says "reserved" or
"private" for them. Makers' own codes stand with their dialect. Absent: what a bit means for the city (the gateways'
`translate`).
"""

from collections.abc import Mapping
from typing import NamedTuple


class Name(NamedTuple):
    zh: str
    en: str


class Bit(NamedTuple):
    """A status or operation bit that is set. Bit 0 of a status is 0 in most real fires: its zero says nothing."""

    bit: int
    zh: str
    en: str


class Quantity(NamedTuple):
    """An analog type: value = wire number x step, in `unit`; `low` and `high` are the standard's valid range."""

    zh: str
    en: str
    unit: str
    step: float
    low: float
    high: float


class TypeRow(NamedTuple):
    zh: str
    en: str
    clause: str
    upward: bool


class BitTable(NamedTuple):
    clause: str
    width: int
    bits: tuple[Bit, ...]

    def names(self, value: int) -> tuple[Bit, ...]:
        """The bits that are set, lowest first; bits without a name are left out."""
        return tuple(b for b in self.bits if value >> b.bit & 1)


SYSTEMS_CLAUSE = "8.2.1.1"
COMPONENTS_CLAUSE = "8.2.1.2"
ANALOGS_CLAUSE = "8.2.1.3"

SYSTEMS: dict[int, Name] = {
    0: Name("通用", "general"),
    1: Name("火灾报警系统", "fire alarm system"),
    10: Name("消防联动控制器", "fire linkage controller"),
    11: Name("消火栓系统", "hydrant system"),
    12: Name("自动喷水灭火系统", "automatic sprinkler system"),
    13: Name("气体灭火系统", "gas extinguishing system"),
    14: Name("水喷雾灭火系统(泵启动方式)", "water spray system (pump started)"),
    15: Name("水喷雾灭火系统(压力容器启动方式)", "water spray system (pressure vessel)"),
    16: Name("泡沫灭火系统", "foam extinguishing system"),
    17: Name("干粉灭火系统", "dry powder system"),
    18: Name("防烟排烟系统", "smoke control and exhaust"),
    19: Name("防火门及卷帘系统", "fire doors and shutters"),
    20: Name("消防电梯", "fire lift"),
    21: Name("消防应急广播", "emergency broadcast"),
    22: Name("消防应急照明和疏散指示系统", "emergency lighting and evacuation signs"),
    23: Name("消防电源", "fire power supply"),
    24: Name("消防电话", "fire telephone"),
}

COMPONENTS: dict[int, Name] = {
    0: Name("通用", "general"),
    1: Name("火灾报警控制器", "fire alarm control panel"),
    10: Name("可燃气体探测器", "combustible gas detector"),
    11: Name("点型可燃气体探测器", "point combustible gas detector"),
    12: Name("独立式可燃气体探测器", "stand-alone combustible gas detector"),
    13: Name("线型可燃气体探测器", "line combustible gas detector"),
    16: Name("电气火灾监控报警器", "electrical fire monitor"),
    17: Name("剩余电流式电气火灾监控探测器", "residual current detector"),
    18: Name("测温式电气火灾监控探测器", "temperature detector (electrical fire)"),
    21: Name("探测回路", "detection loop"),
    22: Name("火灾显示盘", "fire repeater panel"),
    23: Name("手动火灾报警按钮", "manual call point"),
    24: Name("消火栓按钮", "hydrant button"),
    25: Name("火灾探测器", "fire detector"),
    30: Name("感温火灾探测器", "heat detector"),
    31: Name("点型感温火灾探测器", "point heat detector"),
    32: Name("点型感温火灾探测器(S型)", "point heat detector (type S)"),
    33: Name("点型感温火灾探测器(R型)", "point heat detector (type R)"),
    34: Name("线型感温火灾探测器", "line heat detector"),
    35: Name("线型感温火灾探测器(S型)", "line heat detector (type S)"),
    36: Name("线型感温火灾探测器(R型)", "line heat detector (type R)"),
    37: Name("光纤感温火灾探测器", "fibre-optic heat detector"),
    40: Name("感烟火灾探测器", "smoke detector"),
    41: Name("点型离子感烟火灾探测器", "point ionisation smoke detector"),
    42: Name("点型光电感烟火灾探测器", "point photoelectric smoke detector"),
    43: Name("线型光束感烟火灾探测器", "beam smoke detector"),
    44: Name("吸气式感烟火灾探测器", "aspirating smoke detector"),
    50: Name("复合式火灾探测器", "combined detector"),
    51: Name("复合式感烟感温火灾探测器", "combined smoke and heat detector"),
    52: Name("复合式感光感温火灾探测器", "combined flame and heat detector"),
    53: Name("复合式感光感烟火灾探测器", "combined flame and smoke detector"),
    61: Name("紫外火焰探测器", "ultraviolet flame detector"),
    62: Name("红外火焰探测器", "infrared flame detector"),
    69: Name("感光火灾探测器", "flame detector"),
    74: Name("气体探测器", "gas detector"),
    78: Name("图像摄像方式火灾探测器", "video fire detector"),
    79: Name("感声火灾探测器", "acoustic fire detector"),
    81: Name("气体灭火控制器", "gas extinguishing controller"),
    82: Name("消防电气控制装置", "fire electrical control device"),
    83: Name("消防控制室图形显示装置", "control room graphic display"),
    84: Name("模块", "module"),
    85: Name("输入模块", "input module"),
    86: Name("输出模块", "output module"),
    87: Name("输入/输出模块", "input/output module"),
    88: Name("中继模块", "relay module"),
    91: Name("消防水泵", "fire pump"),
    92: Name("消防水箱", "fire water tank"),
    95: Name("喷淋泵", "sprinkler pump"),
    96: Name("水流指示器", "water flow indicator"),
    97: Name("信号阀", "signal valve"),
    98: Name("报警阀", "alarm valve"),
    99: Name("压力开关", "pressure switch"),
    101: Name("阀驱动装置", "valve actuator"),
    102: Name("防火门", "fire door"),
    103: Name("防火阀", "fire damper"),
    104: Name("通风空调", "ventilation and air conditioning"),
    105: Name("泡沫液泵", "foam pump"),
    106: Name("管网电磁阀", "pipe solenoid valve"),
    111: Name("防烟排烟风机", "smoke fan"),
    113: Name("排烟防火阀", "smoke exhaust damper"),
    114: Name("常闭送风口", "normally closed air inlet"),
    115: Name("排烟口", "smoke exhaust port"),
    116: Name("电控挡烟垂壁", "electric smoke curtain"),
    117: Name("防火卷帘控制器", "fire shutter controller"),
    118: Name("防火门监控器", "fire door monitor"),
    121: Name("警报装置", "alarm sounder"),
}

ANALOGS: dict[int, Quantity] = {
    1: Quantity("事件计数", "event count", "件", 1, 0, 32000),
    2: Quantity("高度", "height", "m", 0.01, 0, 320),
    3: Quantity("温度", "temperature", "℃", 0.1, -273, 3200),
    4: Quantity("压力", "pressure", "MPa", 0.1, 0, 3200),
    5: Quantity("压力", "pressure", "kPa", 0.1, 0, 3200),
    6: Quantity("气体浓度", "gas concentration", "%LEL", 0.1, 0, 100),
    7: Quantity("时间", "time", "s", 1, 0, 32000),
    8: Quantity("电压", "voltage", "V", 0.1, 0, 3200),
    9: Quantity("电流", "current", "A", 0.1, 0, 3200),
    10: Quantity("流量", "flow", "L/s", 0.1, 0, 3200),
    11: Quantity("风量", "air flow", "m³/min", 0.1, 0, 3200),
    12: Quantity("风速", "air speed", "m/s", 1, 0, 20),
}

_COMMON = (
    Bit(0, "正常运行", "normal operation"),
    Bit(1, "火警", "fire"),
    Bit(2, "故障", "fault"),
    Bit(3, "屏蔽", "shielded"),
    Bit(4, "监管", "supervisory"),
    Bit(5, "启动", "started"),
    Bit(6, "反馈", "feedback"),
    Bit(7, "延时", "delay"),
)

SYSTEM_BITS = BitTable(
    "8.2.1.1",
    16,
    (
        *_COMMON,
        Bit(8, "主电故障", "mains fault"),
        Bit(9, "备电故障", "backup power fault"),
        Bit(10, "总线故障", "bus fault"),
        Bit(11, "手动状态", "manual mode"),
        Bit(12, "配置改变", "configuration changed"),
        Bit(13, "复位", "reset"),
    ),
)
COMPONENT_BITS = BitTable("8.2.1.2", 16, (*_COMMON, Bit(8, "电源故障", "power fault")))
DEVICE_BITS = BitTable(
    "8.2.1.8",
    8,
    (
        Bit(0, "正常监视", "normal watch"),
        Bit(1, "火警", "fire"),
        Bit(2, "故障", "fault"),
        Bit(3, "主电故障", "mains fault"),
        Bit(4, "备电故障", "backup power fault"),
        Bit(5, "与监控中心通信信道故障", "channel to the centre faulty"),
        Bit(6, "监测连接线路故障", "monitored line faulty"),
    ),
)

_OPERATIONS = (
    Bit(0, "复位", "reset"),
    Bit(1, "消音", "silence"),
    Bit(2, "手动报警", "manual alarm"),
    Bit(3, "警情消除", "alarm cleared"),
    Bit(4, "自检", "self-test"),
)
SYSTEM_OPERATION_BITS = BitTable("8.2.1.4", 8, (*_OPERATIONS, Bit(5, "确认", "confirm"), Bit(6, "测试", "test")))
DEVICE_OPERATION_BITS = BitTable(
    "8.2.1.9", 8, (*_OPERATIONS, Bit(5, "查岗应答", "duty check answered"), Bit(6, "测试", "test"))
)

COMMANDS: dict[int, Name] = {
    1: Name("控制命令", "control"),
    2: Name("发送数据", "send"),
    3: Name("确认", "confirm"),
    4: Name("请求", "request"),
    5: Name("应答", "answer"),
    6: Name("否认", "deny"),
}

TYPES: dict[int, TypeRow] = {
    1: TypeRow("建筑消防设施系统状态", "system status", "8.3.1.1", True),
    2: TypeRow("建筑消防设施部件运行状态", "component status", "8.3.1.2", True),
    3: TypeRow("建筑消防设施部件模拟量值", "analog value", "8.3.1.3", True),
    4: TypeRow("建筑消防设施操作信息", "facility operation", "8.3.1.4", True),
    5: TypeRow("建筑消防设施软件版本", "facility software version", "8.3.1.5", True),
    6: TypeRow("建筑消防设施系统配置情况", "system configuration", "8.3.1.6", True),
    7: TypeRow("建筑消防设施部件配置情况", "component configuration", "8.3.1.7", True),
    8: TypeRow("建筑消防设施系统时间", "facility clock", "8.3.1.8", True),
    21: TypeRow("用户信息传输装置运行状态", "transmission device status", "8.3.1.9", True),
    24: TypeRow("用户信息传输装置操作信息", "transmission device operation", "8.3.1.10", True),
    25: TypeRow("用户信息传输装置软件版本", "transmission device software version", "8.3.1.11", True),
    26: TypeRow("用户信息传输装置配置情况", "transmission device configuration", "8.3.1.12", True),
    28: TypeRow("用户信息传输装置系统时间", "transmission device clock", "8.3.1.13", True),
    61: TypeRow("读建筑消防设施系统状态", "read system status", "8.3.2.1", False),
    62: TypeRow("读建筑消防设施部件运行状态", "read component status", "8.3.2.2", False),
    63: TypeRow("读建筑消防设施部件模拟量值", "read analog value", "8.3.2.3", False),
    64: TypeRow("读建筑消防设施操作信息", "read facility operations", "8.3.2.4", False),
    65: TypeRow("读建筑消防设施软件版本", "read facility software version", "8.3.2.5", False),
    66: TypeRow("读建筑消防设施系统配置情况", "read system configuration", "8.3.2.6", False),
    67: TypeRow("读建筑消防设施部件配置情况", "read component configuration", "8.3.2.7", False),
    68: TypeRow("读建筑消防设施系统时间", "read facility clock", "8.3.2.8", False),
    81: TypeRow("读用户信息传输装置运行状态", "read transmission device status", "8.3.2.9", False),
    84: TypeRow("读用户信息传输装置操作信息", "read transmission device operations", "8.3.2.10", False),
    85: TypeRow("读用户信息传输装置软件版本", "read transmission device software version", "8.3.2.11", False),
    86: TypeRow("读用户信息传输装置配置情况", "read transmission device configuration", "8.3.2.12", False),
    88: TypeRow("读用户信息传输装置系统时间", "read transmission device clock", "8.3.2.13", False),
    89: TypeRow("初始化用户信息传输装置", "initialise transmission device", "8.3.2.14", False),
    90: TypeRow("同步用户信息传输装置时钟", "synchronise clock", "8.3.2.15", False),
    91: TypeRow("查岗命令", "duty check", "8.3.2.16", False),
}

RESERVED = Name("预留", "reserved")
PRIVATE = Name("用户自定义", "user-defined")


def name_of(table: Mapping[int, Name], code: int) -> Name:
    """The code's name; the standard reserves codes below 128 and leaves the rest to the user."""
    return table.get(code) or (PRIVATE if code >= 128 else RESERVED)
