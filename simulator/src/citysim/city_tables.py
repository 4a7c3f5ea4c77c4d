"""The city's rows: where its counties lie, what kinds of unit it has, what hangs on whose ceiling.

County centres are approximate (WGS-84). Shares of kinds are invented; the other words are
the plan's.
A kind's `floor` are the parts that repeat on every floor, `plant` those of the pump room and switch room.
"""

from typing import NamedTuple


class County(NamedTuple):
    code: str
    name: str
    lon: float
    lat: float
    share: int
    """Units per hundred in the city."""


COUNTIES: tuple[County, ...] = (
    County("360802", "吉州区", 114.983, 27.117, 22),
    County("360803", "青原区", 115.015, 27.082, 11),
    County("360821", "吉安县", 114.908, 27.040, 8),
    County("360822", "吉水县", 115.135, 27.230, 6),
    County("360823", "峡江县", 115.317, 27.583, 3),
    County("360824", "新干县", 115.393, 27.740, 5),
    County("360825", "永丰县", 115.442, 27.318, 5),
    County("360826", "泰和县", 114.909, 26.790, 8),
    County("360827", "遂川县", 114.517, 26.326, 6),
    County("360828", "万安县", 114.786, 26.458, 4),
    County("360829", "安福县", 114.620, 27.393, 5),
    County("360830", "永新县", 114.243, 26.945, 5),
    County("360881", "井冈山市", 114.284, 26.745, 4),
    County("360871", "庐陵新区", 114.960, 27.090, 4),
    County("360872", "井冈山经开区", 114.885, 27.055, 4),
)

ROADS: dict[str, tuple[str, ...]] = {
    "360871": ("庐陵大道", "君山大道", "吉州大道", "吉安南大道", "韶山西路", "阳明西路"),
    "360872": ("深圳大道", "京九大道", "火炬大道", "嘉华大道", "创业大道"),
}
"""The functional zones have one community or none on paper: their units bear the names of their roads."""

ECONOMIC_ZONE, ECONOMIC_STREET = "360872", "360821401"
UNSETTLED_ZONE = "360871"
"""庐陵新区: its communities stand in no public file, so its units name none."""


class Part(NamedTuple):
    """One kind of component as the wire and the registry name it."""

    key: str
    system_type: int
    component_type: int
    type: str
    zh: str
    analog_type: int = 0
    low: float = 0.0
    high: float = 0.0
    step: float = 0.1


PARTS: dict[str, Part] = {
    p.key: p
    for p in (
        Part("panel", 1, 1, "control_panel", "火灾报警控制器"),
        Part("smoke", 1, 42, "smoke", "感烟探测器"),
        Part("heat", 1, 31, "heat", "感温探测器"),
        Part("button", 1, 23, "manual_call_point", "手动报警按钮"),
        Part("hydrant_button", 1, 24, "hydrant_button", "消火栓按钮"),
        Part("flow", 1, 96, "water_flow", "水流指示器"),
        Part("pressure_switch", 1, 99, "pressure_switch", "压力开关"),
        Part("pump", 1, 91, "pump", "消火栓泵"),
        Part("spray_pump", 1, 95, "pump", "喷淋泵"),
        Part("module", 1, 87, "module", "声光警报模块"),
        Part("door", 1, 102, "fire_door", "常闭防火门"),
        Part("residual", 1, 17, "electrical_monitor", "剩余电流探测器"),
        Part("cable", 1, 18, "electrical_monitor", "电缆测温探测器", 3, 22.0, 46.0),
        Part("tank", 11, 92, "water_level", "高位消防水箱", 2, 2.2, 3.1, 0.01),
        Part("pipe", 11, 0, "water_pressure", "最不利点水压", 5, 250.0, 480.0),
        Part("node_smoke", 1, 40, "smoke", "独立式感烟探测器"),
        Part("node_gas", 1, 12, "gas", "独立式可燃气体探测器"),
    )
}


class Kind(NamedTuple):
    key: str
    name: str
    """`{c}` community, `{s}` street, `{a}` county, each without its administrative ending."""
    premises: str
    industry: str
    tags: str
    share: int
    floors: tuple[int, int]
    floor: tuple[tuple[str, int], ...]
    plant: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ("走廊", "房间", "楼梯前室")
    buildings: tuple[str, ...] = ("主楼",)
    flats: int = 0
    """Flats on a floor, where parts hang in dwellings."""


_HALL = (("smoke", 3), ("button", 1), ("hydrant_button", 1))
_WET = (*_HALL, ("flow", 1))
_WATER = ("pump", "spray_pump", "pressure_switch", "tank", "pipe")
_ELECTRIC = ("residual", "cable")
_HOME = (("node_smoke", 1),)
_WARDS = ("病房", "护士站", "医生办公室", "走廊")
_CLASSROOMS = ("教室", "走廊", "教师办公室")
_FLATS = ("厨房", "客厅")

_OFFICES = ("办公室", "走廊", "会议室")

KINDS: tuple[Kind, ...] = (
    Kind(
        "hospital", "{a}{s}医院", "automatic_facilities", "health",
        "hospital key_unit crowded high_rise high_rise_public public_institution", 3, (7, 11),
        (*_WET, ("heat", 1)), (*_WATER, *_ELECTRIC), _WARDS, ("门诊楼", "住院楼"),
    ),
    Kind("clinic", "{s}卫生院", "crowded", "health", "hospital crowded", 6, (3, 5), _HALL, _ELECTRIC, _WARDS),
    Kind(
        "school", "{a}{c}中学", "crowded", "education", "boarding_school dormitory crowded key_unit public_institution",
        7, (4, 6), _HALL, (*_ELECTRIC, "tank"), _CLASSROOMS, ("教学楼", "学生宿舍"),
    ),
    Kind("kindergarten", "{c}幼儿园", "crowded", "education", "small_kindergarten crowded", 8, (2, 3), _HALL,
         ("residual",), ("活动室", "午睡室", "走廊")),
    Kind("care_home", "{c}敬老院", "crowded", "civil_affairs", "elderly_care crowded", 7, (3, 5), (*_HALL, ("heat", 1)),
         (*_ELECTRIC, "pipe"), ("护理间", "活动厅", "走廊")),
    Kind(
        "mall", "{c}购物中心", "automatic_facilities", "commerce", "market crowded key_unit high_risk", 6, (4, 7),
        (("smoke", 6), ("button", 2), ("hydrant_button", 2), ("flow", 1), ("door", 1)), (*_WATER, *_ELECTRIC),
        ("商铺", "中庭", "餐饮区", "仓库"),
    ),
    Kind("food_market", "{s}农贸市场", "crowded", "commerce", "market crowded", 5, (1, 2),
         (("smoke", 6), ("button", 2)), _ELECTRIC, ("摊位区", "仓库", "通道")),
    Kind(
        "hotel", "{c}宾馆", "automatic_facilities", "culture_tourism", "high_rise high_rise_public crowded key_unit", 6,
        (8, 16), (*_WET, ("module", 1)), (*_WATER, *_ELECTRIC), ("客房", "走廊", "布草间"),
    ),
    Kind(
        "tower", "{c}花园", "high_rise_residential", "housing", "high_rise high_rise_residential", 4, (18, 30),
        (("smoke", 2), ("button", 1), ("hydrant_button", 1)), _WATER, ("前室", "电梯厅", "楼梯间"), ("1号楼", "2号楼"),
    ),
    Kind("old_estate", "{c}小区", "low_rise_residential", "housing", "", 8, (6, 6), (*_HOME, ("node_gas", 1)), (),
         _FLATS, ("1栋", "2栋"), 3),
    Kind("shanty", "{c}棚户区", "shanty", "housing", "shanty", 4, (1, 2), _HOME, ("residual",), _FLATS, ("东片",), 10),
    Kind("rental", "{c}出租公寓", "crowded", "housing", "group_rental commercial_group_rental", 5, (4, 6), _HOME,
         ("residual",), ("房间", "厨房"), ("公寓楼",), 5),
    Kind("workshop", "{s}工贸厂", "other", "industry", "three_in_one small_workshop", 4, (2, 4), _HALL, _ELECTRIC,
         ("车间", "仓库", "住宿间")),
    Kind("plant", "{s}电子厂", "automatic_facilities", "industry", "key_unit", 3, (2, 4),
         (("smoke", 10), ("heat", 2), ("button", 2), ("hydrant_button", 2), ("flow", 1)), (*_WATER, *_ELECTRIC),
         ("车间", "原料库", "成品库")),
    Kind("petrol", "{c}加油站", "other", "petroleum", "high_risk state_owned", 3, (1, 1), (("smoke", 2), ("button", 1)),
         _ELECTRIC, ("站房", "便利店")),
    Kind("substation", "{s}变电站", "other", "power", "key_unit state_owned", 2, (1, 2), (("smoke", 6), ("heat", 2)),
         _ELECTRIC, ("主控室", "电缆夹层", "开关室")),
    Kind("post", "{s}邮政支局", "other", "post", "state_owned", 2, (2, 3), _HALL, ("residual",), _OFFICES),
    Kind("bank", "{c}银行支行", "other", "bank", "", 3, (2, 4), _HALL, _ELECTRIC, ("营业厅", "档案室", "走廊")),
    Kind("tobacco", "{s}烟草仓库", "automatic_facilities", "tobacco", "key_unit state_owned", 1, (1, 2),
         (("smoke", 12), ("button", 2), ("flow", 1)), (*_WATER, *_ELECTRIC), ("库区", "装卸区")),
    Kind("heritage", "{c}古祠", "crowded", "culture_tourism", "heritage", 4, (1, 2), (("smoke", 5), ("button", 1)),
         ("residual", "pipe"), ("正殿", "厢房", "戏台")),
    Kind("government", "{s}政务服务中心", "automatic_facilities", "", "government high_rise_public", 3, (5, 9), _WET,
         (*_WATER, *_ELECTRIC), _OFFICES),
    Kind("restaurant", "{c}小饭店", "crowded", "commerce", "small_restaurant", 6, (1, 2),
         (("smoke", 3), ("heat", 1), ("node_gas", 1)), ("residual",), ("厨房", "大堂", "包厢")),
    Kind("dance_hall", "{c}量贩歌厅", "crowded", "culture_tourism", "small_dance_hall crowded high_risk", 2, (2, 3),
         (("smoke", 6), ("button", 1)), _ELECTRIC, ("包厢", "大厅", "走廊")),
)  # fmt: skip
