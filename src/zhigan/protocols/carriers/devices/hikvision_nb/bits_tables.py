"""Bits and codes of Hikvision's NB frame, in the order of its source."""

from typing import Final

from zhigan.vocabulary.conditions import Condition, Operation

C = Condition

ALARMS: Final[tuple[tuple[str, Condition], ...]] = (
    ("烟雾报警", C.FIRE), ("燃气报警", C.GAS_LOW | C.GAS_HIGH), ("剩余电流报警", C.RESIDUAL_CURRENT),
    ("温度报警", C.FIRE), ("水压报警", C.LOW_PRESSURE), ("液位报警", C.LOW_LEVEL), ("波动报警", C.SUPERVISORY),
    ("上限报警", C.SUPERVISORY), ("下限报警", C.SUPERVISORY), ("电弧报警", C.ARC), ("联动输入报警", C.FEEDBACK),
    ("手报报警", C.MANUAL_ALARM), ("声光报警", C.STARTED), ("碰撞报警", C.DAMAGED), ("倾斜报警", C.DAMAGED),
    ("偷盗报警", C.TAMPER), ("报警联动", C.STARTED), ("脱扣联动", C.STARTED), ("微波检测有人", C.NONE),
    ("微波检测无人", C.NONE), ("断电报警", C.MAINS_FAULT), ("有功功率过载报警", C.OVER_CURRENT),
)  # fmt: skip

FAULTS: Final[tuple[tuple[str, Condition], ...]] = (
    ("寿命超期", C.FAULT), ("传感器短路/断路故障", C.LINE_FAULT), ("传感器失联故障", C.CHANNEL_FAULT),
    ("低电压", C.LOW_BATTERY), ("设备被拆下", C.TAMPER), ("迷宫污染", C.ALARM_FAULT), ("用电传感器", C.FAULT),
    ("通信故障", C.CHANNEL_FAULT), ("传感器故障", C.ALARM_FAULT), ("欠压故障", C.VOLTAGE), ("过压故障", C.VOLTAGE),
    ("过流故障", C.OVER_CURRENT), ("寿命超期", C.FAULT), ("缺相故障", C.FAULT), ("错相故障", C.FAULT),
    ("传感器短路故障", C.LINE_FAULT), ("传感器断路故障", C.LINE_FAULT), ("传感器错接故障", C.LINE_FAULT),
    ("主备电故障", C.POWER_FAULT), ("休眠故障", C.FAULT), ("GPS故障", C.FAULT), ("蓝牙故障", C.FAULT),
    ("蜂鸣器故障", C.FAULT), ("故障联动", C.NONE), ("微波检测故障", C.FAULT), ("开卡参数异常", C.FAULT),
    ("断电故障", C.MAINS_FAULT), ("欠压预警", C.NEAR_LIMIT),
)  # fmt: skip

EVENTS: Final = {
    5: Operation.SILENCE, 6: Operation.SELF_TEST, 8: Operation.RESET, 15: Operation.SILENCE, 16: Operation.SILENCE,
    17: Operation.SILENCE, 18: Operation.SILENCE,
}  # fmt: skip

QUANTITIES: Final = {
    0x0001: ("gas", 1.0), 0x0004: ("temperature", 10.0), 0x0015: ("battery", 1.0), 0x0017: ("smoke", 1.0),
    0x0018: ("contamination", 1.0), 0x001A: ("humidity", 1.0),
}  # fmt: skip

MEASURERS: Final = ((0x0017, "smoke"), (0x0018, "smoke"), (0x0001, "gas"))
"""What it measures → what it is; the first that is there."""
