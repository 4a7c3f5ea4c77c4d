"""Metrics: measured quantities, their stored number, name, unit, and Chinese name. Rows, not classes.

Numbers are for ever (they are stored); names are the contract's.
"""

from typing import NamedTuple


class Metric(NamedTuple):
    number: int
    name: str
    unit: str
    zh: str


METRICS: tuple[Metric, ...] = (
    Metric(1, "temperature", "°C", "温度"),
    Metric(2, "humidity", "%RH", "湿度"),
    Metric(3, "smoke", "dB/m", "烟雾浓度"),
    Metric(4, "gas", "%LEL", "可燃气体浓度"),
    Metric(5, "residual_current", "mA", "剩余电流"),
    Metric(6, "voltage", "V", "电压"),
    Metric(7, "current", "A", "电流"),
    Metric(8, "power", "kW", "功率"),
    Metric(9, "energy", "kWh", "电能"),
    Metric(10, "pressure", "MPa", "水压"),
    Metric(11, "level", "m", "水位"),
    Metric(12, "flow", "L/s", "流量"),
    Metric(13, "tilt", "°", "倾角"),
    Metric(14, "battery", "%", "电池电量"),
    Metric(15, "signal_strength", "dBm", "信号强度"),
    Metric(16, "count", "1", "事件计数"),
    Metric(17, "air_flow", "m³/min", "风量"),
    Metric(18, "air_speed", "m/s", "风速"),
    Metric(19, "duration", "s", "时间"),
    Metric(20, "battery_voltage", "V", "电池电压"),
    Metric(21, "contamination", "%", "污染度"),
    Metric(22, "power_factor", "1", "功率因数"),
    Metric(23, "frequency", "Hz", "频率"),
    Metric(24, "arc", "1", "电弧次数"),
    Metric(25, "snr", "dB", "信噪比"),
    Metric(26, "co", "ppm", "一氧化碳"),
    Metric(99, "raw", "", "原始值"),
)

BY_NAME: dict[str, Metric] = {m.name: m for m in METRICS}
BY_NUMBER: dict[int, Metric] = {m.number: m for m in METRICS}
