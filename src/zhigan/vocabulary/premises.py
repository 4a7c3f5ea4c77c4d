"""Premises: the annex's rows, the classes S1 to S4 by which alarms are graded, and the counted kinds (tags).

Source: plan119.md §2, §4; policy.md "Premises for grading".
"""

import enum


class Premises(enum.StrEnum):
    AUTOMATIC_FACILITIES = "automatic_facilities"
    CROWDED = "crowded"
    OTHER = "other"
    HIGH_RISE_RESIDENTIAL = "high_rise_residential"
    LOW_RISE_RESIDENTIAL = "low_rise_residential"
    SHANTY = "shanty"
    ROAD = "road"


class PremisesClass(enum.IntEnum):
    S1 = 1  # sleeping or vulnerable
    S2 = 2  # crowded, key unit, high-rise
    S3 = 3  # home, 棚户区
    S4 = 4  # others, unattended


class Industry(enum.StrEnum):
    EDUCATION = "education"
    HEALTH = "health"
    CIVIL_AFFAIRS = "civil_affairs"
    HOUSING = "housing"
    INDUSTRY = "industry"
    CULTURE_TOURISM = "culture_tourism"
    COMMERCE = "commerce"
    PETROLEUM = "petroleum"
    POWER = "power"
    POST = "post"
    BANK = "bank"
    TOBACCO = "tobacco"


TAGS: dict[str, str] = {
    "high_rise": "高层(地下)建筑",
    "high_rise_public": "高层公共建筑",
    "high_rise_residential": "高层住宅",
    "key_unit": "消防安全重点单位",
    "dormitory": "学生(员工)集体宿舍",
    "boarding_school": "寄宿制学校(幼儿园)",
    "elderly_care": "养老(社会福利)机构",
    "hospital": "医院(病房楼)",
    "heritage": "文物建筑",
    "market": "商贸市场",
    "group_rental": "群租房",
    "commercial_group_rental": "经营性群租房",
    "shanty": "棚户区",
    "three_in_one": "“三合一”场所",
    "small_shop": "小商店",
    "small_restaurant": "小餐饮场所",
    "small_hotel": "小旅馆",
    "small_internet_cafe": "小网吧",
    "small_beauty_bath": "小美容洗浴场所",
    "small_dance_hall": "小歌舞娱乐场所",
    "small_clinic": "小诊所",
    "small_kindergarten": "小幼儿园",
    "small_workshop": "小生产加工企业",
    "high_risk": "火灾高危场所",
    "crowded": "人员密集场所",
    "government": "政府机关",
    "public_institution": "事业单位",
    "state_owned": "国有企业",
}

_S1_TAGS = frozenset(
    {
        "elderly_care",
        "hospital",
        "boarding_school",
        "small_kindergarten",
        "dormitory",
        "group_rental",
        "commercial_group_rental",
        "three_in_one",
        "heritage",
    }
)
_S2_TAGS = frozenset(
    {"high_rise", "high_rise_public", "high_rise_residential", "key_unit", "market", "crowded", "high_risk"}
)


def premises_class(premises: Premises, tags: frozenset[str]) -> PremisesClass:
    """The gravest class that a tag or the annex row gives."""
    if tags & _S1_TAGS:
        return PremisesClass.S1
    if tags & _S2_TAGS or premises in (Premises.CROWDED, Premises.AUTOMATIC_FACILITIES, Premises.HIGH_RISE_RESIDENTIAL):
        return PremisesClass.S2
    if premises in (Premises.LOW_RISE_RESIDENTIAL, Premises.SHANTY):
        return PremisesClass.S3
    return PremisesClass.S4
