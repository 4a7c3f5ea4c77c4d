"""Words of the registry as rows: annex rows, industries, ownership, loads, contact roles, metrics by type."""

import msgspec

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
    "landlord": "房东",
    "sub_landlord": "二房东",
    "tenant": "租客",
    "child_of_elderly": "老人子女",
    "neighbour": "邻居",
}

HAZARD_ZH: dict[str, str] = {
    "easy_ignition": "容易发生火灾",
    "crowded": "人员密集",
    "valuable": "贵重物资、设备集中",
    "control": "消防设施控制部位",
    "heritage": "文物保护部位",
    "other": "其他",
}
"""Why a place is a key part: 机关、团体、企业、事业单位消防安全管理规定 names the first of them."""


class OrganisationKind(msgspec.Struct, frozen=True):
    dimension: str
    zh: str
    en: str


ORGANISATIONS: dict[str, OrganisationKind] = {
    "station": OrganisationKind("station", "微型消防站", "Micro fire station"),
    "firm": OrganisationKind("firm", "消防维保单位", "Maintenance firm"),
    "grid": OrganisationKind("grid", "网格", "Grid"),
    "property": OrganisationKind("org", "物业服务企业", "Property company"),
    "operator": OrganisationKind("org", "运营机构", "Platform operator"),
    "brigade": OrganisationKind("org", "消防救援机构", "Fire rescue body"),
    "department": OrganisationKind("org", "行业主管部门", "Department in charge"),
    "insurer": OrganisationKind("org", "保险机构", "Insurer"),
    "other": OrganisationKind("org", "其他机构", "Other body"),
}
"""Kind → the field of a unit in which its code stands."""

_R, _O, _N = "required", "optional", "none"
_TERMINALS = (
    "need_transmission", "need_water", "need_control_video", "need_escape_video", "need_detectors", "need_electrical",
    "need_hydrants",
)  # fmt: skip
ANNEX: dict[str, dict[str, str]] = {
    row: dict(zip(_TERMINALS, asks, strict=True))
    for row, asks in {
        "automatic_facilities": (_R, _R, _R, _R, _O, _R, _O),
        "crowded": (_N, _O, _N, _R, _R, _R, _O),
        "other": (_N, _O, _N, _O, _R, _R, _O),
        "high_rise_residential": (_R, _R, _R, _R, _O, _R, _O),
        "low_rise_residential": (_N, _O, _N, _O, _O, _O, _O),
        "shanty": (_N, _R, _N, _O, _R, _O, _O),
        "road": (_N, _N, _N, _N, _N, _N, _R),
    }.items()
}
"""The plan's annex: what each kind of place must install (应装, 选装, —)."""

GATEWAYS: tuple[str, ...] = (
    "gb26875", "coap", "lwm2m", "mqtt", "ctwing", "onenet", "huawei", "modbus", "gb28181", "platform",
    "report",
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
HYDRANTS_NOW: dict[str, str] = {**HYDRANT_STATES, "opened": "出水", "offline": "监测离线"}
"""What stands: what was entered, and what only a gauge tells."""
USABLE_HYDRANTS = ("usable", "low_pressure", "opened", "offline")
HYDRANT_KINDS: dict[str, str] = {"above": "地上式", "below": "地下式", "wall": "墙壁式"}
GAUGES = ("hydrant", "water_pressure")
"""Types of device that tell of a hydrant."""
