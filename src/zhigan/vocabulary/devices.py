"""Device types (the contract's words) and device classes (policy.md "Device classes") as rows.

Times in seconds. `offline_s` is when a silent device counts as offline; `offline_s1_s` the same for premises S1.
"""

from typing import NamedTuple


class DeviceType(NamedTuple):
    name: str
    zh: str
    en: str


DEVICE_TYPES: tuple[DeviceType, ...] = (
    DeviceType("transmission_device", "用户信息传输装置", "transmission device"),
    DeviceType("control_panel", "火灾报警控制器", "fire alarm control panel"),
    DeviceType("smoke", "感烟火灾探测器", "smoke detector"),
    DeviceType("gas", "可燃气体探测器", "combustible gas detector"),
    DeviceType("heat", "感温火灾探测器", "heat detector"),
    DeviceType("flame", "火焰探测器", "flame detector"),
    DeviceType("manual_call_point", "手动火灾报警按钮", "manual call point"),
    DeviceType("hydrant_button", "消火栓按钮", "hydrant button"),
    DeviceType("water_flow", "水流指示器", "water flow indicator"),
    DeviceType("pressure_switch", "压力开关", "pressure switch"),
    DeviceType("pump", "消防水泵", "fire pump"),
    DeviceType("valve", "阀门", "valve"),
    DeviceType("gas_extinguishing", "气体灭火控制器", "gas extinguishing controller"),
    DeviceType("module", "模块", "module"),
    DeviceType("electrical_monitor", "电气火灾监控探测器", "electrical-fire monitor"),
    DeviceType("breaker", "断路器", "breaker"),
    DeviceType("hydrant", "消火栓", "hydrant"),
    DeviceType("water_pressure", "消防水压监测", "water pressure"),
    DeviceType("water_level", "消防水位监测", "water level"),
    DeviceType("fire_door", "防火门", "fire door"),
    DeviceType("camera", "摄像机", "camera"),
    DeviceType("person", "人员报警", "a person's call"),
    DeviceType("other", "其他", "other"),
)

PERSON = "person"
"""No device: the voice of whoever calls from a place. It is heard when somebody speaks, and is never missed."""

BY_NAME: dict[str, DeviceType] = {t.name: t for t in DEVICE_TYPES}

DETECTORS = frozenset({"smoke", "heat", "flame", "manual_call_point"})
"""Types whose fire is an independent observation (policy.md, corroboration). A panel's own bit or a module is not."""


class DeviceClass(NamedTuple):
    name: str
    zh: str
    period_s: int
    late_s: int
    offline_s: int
    offline_s1_s: int


DEVICE_CLASSES: tuple[DeviceClass, ...] = (
    DeviceClass("nb_battery", "NB感烟/感温(电池)", 86400, 86400, 172800, 129600),
    DeviceClass("nb_gas", "NB可燃气体(市电)", 86400, 86400, 86400, 43200),
    DeviceClass("hub", "LoRa/433集中器", 300, 100, 600, 600),
    DeviceClass("hub_node", "LoRa/433节点", 86400, 86400, 172800, 172800),
    DeviceClass("transmission_device", "用户信息传输装置", 60, 180, 180, 180),
    DeviceClass("electrical_4g", "电气4G/MQTT", 300, 600, 900, 900),
    DeviceClass("electrical_nb", "电气NB", 3600, 7200, 10800, 10800),
    DeviceClass("breaker", "智能断路器", 300, 600, 600, 600),
    DeviceClass("hydrant_nb", "消火栓NB", 86400, 86400, 172800, 172800),
    DeviceClass("water_nb", "水压/水位NB", 14400, 28800, 43200, 43200),
    DeviceClass("water_wired", "水压/水位有线", 300, 600, 900, 900),
    DeviceClass("camera", "摄像机GB/T 28181", 60, 180, 300, 300),
    DeviceClass("sub_platform", "子平台", 60, 120, 300, 300),
    DeviceClass("component", "装置下部件", 0, 0, 0, 0),
)

CLASS_BY_NAME: dict[str, DeviceClass] = {c.name: c for c in DEVICE_CLASSES}


def class_of(type_: str, gateway: str, is_component: bool) -> str:
    """The class by which a device's silence is judged; a component behind a device, and a person, has no period."""
    if is_component or type_ == PERSON:
        return "component"
    if type_ == "transmission_device" or gateway == "gb26875":
        return "transmission_device"
    if type_ == "camera":
        return "camera"
    if type_ == "hydrant":
        return "hydrant_nb"
    if type_ == "breaker":
        return "breaker"
    if type_ == "gas":
        return "nb_gas"
    if type_ == "electrical_monitor":
        return "electrical_4g" if gateway in ("mqtt", "modbus") else "electrical_nb"
    if type_ in ("water_pressure", "water_level"):
        return "water_wired" if gateway in ("mqtt", "modbus") else "water_nb"
    return "nb_battery"
