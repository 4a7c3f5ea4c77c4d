"""Conditions: what can be true of a device or component at a moment, one bit each.

A STATUS signal carries the set that holds and the set it speaks of (`known`); the rest stays as it was.
The bit order is for ever: it is stored. Absent: grades (the policy's business) and wire bits (the protocols' business).
"""

import enum


class Condition(enum.IntFlag):
    NONE = 0
    FIRE = 1 << 0  # 火警
    GAS_LOW = 1 << 1  # 可燃气体低限报警
    GAS_HIGH = 1 << 2  # 可燃气体高限报警
    MANUAL_ALARM = 1 << 3  # 手动报警 (the transmission device's own button)
    WATER_FLOW = 1 << 4  # 水流动作
    DISCHARGE = 1 << 5  # 气体灭火喷放
    ELECTRICAL_ALARM = 1 << 6  # 电气火灾监控报警, quantity unknown
    RESIDUAL_CURRENT = 1 << 7  # 剩余电流超限
    CABLE_TEMPERATURE = 1 << 8  # 线缆温度超限
    ARC = 1 << 9  # 故障电弧
    SHORT_CIRCUIT = 1 << 10  # 短路
    OVER_CURRENT = 1 << 11  # 过电流
    VOLTAGE = 1 << 12  # 过压/欠压
    NEAR_LIMIT = 1 << 13  # 接近限值 (≥ 80 %)
    IMPLAUSIBLE = 1 << 14  # 读数不可信
    SUPERVISORY = 1 << 15  # 监管
    STARTED = 1 << 16  # 启动
    FEEDBACK = 1 << 17  # 反馈
    DELAY = 1 << 18  # 延时
    FAULT = 1 << 19  # 故障
    SHIELD = 1 << 20  # 屏蔽
    MAINS_FAULT = 1 << 21  # 主电故障
    BACKUP_FAULT = 1 << 22  # 备电故障
    BUS_FAULT = 1 << 23  # 总线故障
    POWER_FAULT = 1 << 24  # 电源故障 (component)
    LINE_FAULT = 1 << 25  # 监测连接线路故障
    CHANNEL_FAULT = 1 << 26  # 通信信道故障
    MANUAL_MODE = 1 << 27  # 手动状态
    CONFIG_CHANGED = 1 << 28  # 配置改变
    LOW_BATTERY = 1 << 29  # 电池电量低
    TAMPER = 1 << 30  # 拆除/破坏
    OFFLINE = 1 << 31  # 离线
    LOW_PRESSURE = 1 << 32  # 压力低
    NO_WATER = 1 << 33  # 无水
    LOW_LEVEL = 1 << 34  # 水位低
    DAMAGED = 1 << 35  # 损坏/倾斜
    PUMP_OFF = 1 << 36  # 水泵停用
    EXIT_BLOCKED = 1 << 37  # 通道堵塞
    EBIKE = 1 << 38  # 电动自行车入楼
    VIDEO_FIRE = 1 << 39  # 视频烟火识别
    DUTY_MISSED = 1 << 40  # 查岗未应答
    TEST_MODE = 1 << 41  # 测试状态 (annotation only, gb26875.md §0.2)
    ALARM_FAULT = 1 << 42  # 传感器故障
    CLOCK_WRONG = 1 << 43  # 时钟异常
    VIDEO_AGREED = 1 << 44  # 视频烟火经抓拍复核一致
    BATTERY_HEAT = 1 << 45  # 电池过热
    DRIFT = 1 << 46  # 读数漂移
    IMBALANCE = 1 << 47  # 三相不平衡
    FAR_OVER = 1 << 48  # 严重超限 (limit + 20 °C, or ≥ 5 °C/min)
    LIMIT_SOON = 1 << 49  # 趋势:数日内到限
    NIGHT_LOAD = 1 << 50  # 夜间异常负荷
    FROST = 1 << 51  # 冰冻风险
    SURGE = 1 << 52  # 压力骤变 (water hammer)


FIRES = Condition.FIRE | Condition.MANUAL_ALARM | Condition.DISCHARGE | Condition.VIDEO_FIRE
GASES = Condition.GAS_LOW | Condition.GAS_HIGH
URGENT = FIRES | GASES | Condition.WATER_FLOW
"""What travels in the fire lane: telemetry can never delay it."""


class Operation(enum.IntFlag):
    """What somebody did at a panel or transmission device (GB/T 26875.3 types 4 and 24)."""

    NONE = 0
    RESET = 1 << 0  # 复位
    SILENCE = 1 << 1  # 消音
    MANUAL_ALARM = 1 << 2  # 手动报警
    ALARM_CLEARED = 1 << 3  # 警情消除
    SELF_TEST = 1 << 4  # 自检
    CONFIRM = 1 << 5  # 确认
    DUTY_ANSWER = 1 << 6  # 查岗应答
    TEST = 1 << 7  # 测试
