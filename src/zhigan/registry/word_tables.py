"""Words of the registry as rows: annex rows, industries, ownership, loads, contact roles, metrics by type."""

PREMISES_ZH: dict[str, str] = {
    "automatic_facilities": "单位场所 · 设有自动消防设施的场所",
    "crowded": "单位场所 · 未设自动消防设施 · 人员密集场所",
    "other": "单位场所 · 未设自动消防设施 · 其他单位(场所)",
    "high_rise_residential": "居民住宅 · 高层住宅",
    "low_rise_residential": "居民住宅 · 单、多层住宅",
    "shanty": "居民住宅 · 棚户区",
    "road": "城市道路",
}

INDUSTRY_ZH: dict[str, str] = {
    "education": "教体",
    "health": "卫健",
    "civil_affairs": "民政",
    "housing": "住建",
    "industry": "工信",
    "culture_tourism": "文旅",
    "commerce": "商务",
    "petroleum": "石油",
    "power": "供电",
    "post": "邮政",
    "bank": "银行",
    "tobacco": "烟草",
}

OWNERSHIP_ZH: dict[str, str] = {
    "government": "政府机关",
    "public_institution": "事业单位",
    "state_owned": "国有企业",
    "collective": "集体企业",
    "private": "民营企业",
    "foreign": "外资企业",
    "household": "居民住户",
    "other": "其他",
}

LOAD_ZH: dict[str, str] = {
    "general": "一般负荷",
    "third": "三级负荷",
    "fire_pump": "消防水泵",
    "smoke_exhaust": "防排烟风机",
    "emergency_lighting": "应急照明",
    "broadcast": "应急广播",
    "control_room": "消防控制室",
    "lift": "电梯",
    "door_release": "门禁释放",
    "medical": "医疗设备",
    "security": "安防",
    "telecom": "通信",
}

CONTACT_ZH: dict[str, str] = {
    "control_room": "消防控制室",
    "fire_safety_manager": "消防安全管理人",
    "fire_safety_responsible": "消防安全责任人",
    "owner": "业主",
    "property": "物业",
    "station": "微型消防站",
    "grid_worker": "网格员",
    "community": "社区",
    "maintainer": "维保单位",
    "electrician": "电工",
    "household": "住户",
    "neighbour": "邻居",
}

GATEWAYS: tuple[str, ...] = (
    "gb26875", "coap", "lwm2m", "mqtt", "ctwing", "onenet", "huawei", "modbus", "gb28181",
)  # fmt: skip

TYPICAL_METRICS: dict[str, tuple[str, ...]] = {
    "smoke": ("smoke", "temperature", "battery", "signal_strength"),
    "gas": ("gas", "signal_strength"),
    "heat": ("temperature", "battery", "signal_strength"),
    "electrical_monitor": ("residual_current", "temperature", "voltage", "current", "power", "energy"),
    "breaker": ("residual_current", "temperature", "voltage", "current", "power", "energy"),
    "hydrant": ("pressure", "flow", "tilt", "battery", "signal_strength"),
    "water_pressure": ("pressure", "battery", "signal_strength"),
    "water_level": ("level", "battery", "signal_strength"),
}
"""What a device of that type measures where it has not told yet."""

HYDRANT_STATES: dict[str, str] = {
    "usable": "可用",
    "low_pressure": "水压低",
    "no_water": "无水",
    "damaged": "损坏",
    "blocked": "被占压",
    "removed": "已拆除",
}
USABLE_HYDRANTS = ("usable", "low_pressure")
