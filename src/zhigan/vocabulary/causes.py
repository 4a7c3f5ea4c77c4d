"""Verdict and cause codes (误报原因) of policy.md. `outcome` is the contract's word for a closed incident."""

from typing import NamedTuple

import msgspec


class Cause(NamedTuple):
    code: str
    zh: str
    en: str
    outcome: str


CAUSES: tuple[Cause, ...] = (
    Cause("F1", "实警,报119", "fire, 119", "fire"),
    Cause("F2", "初起扑灭", "small, put out on site", "fire"),
    Cause("F3", "阴燃、过热", "smouldering, overheat", "fire"),
    Cause("F4", "燃气泄漏", "gas leak", "fire"),
    Cause("F5", "电动自行车、电池", "e-bike, battery", "fire"),
    Cause("U1", "油烟", "cooking", "false_alarm"),
    Cause("U2", "水蒸气", "steam", "false_alarm"),
    Cause("U3", "吸烟", "smoking", "false_alarm"),
    Cause("U4", "烧香、烧纸", "incense, joss paper", "false_alarm"),
    Cause("U5", "动火作业", "hot work", "false_alarm"),
    Cause("U6", "尾气", "exhaust", "false_alarm"),
    Cause("U7", "蚊香、熏蒸", "mosquito coil, fumigation", "false_alarm"),
    Cause("U8", "烟花爆竹", "fireworks", "false_alarm"),
    Cause("U9", "喷雾、香水", "aerosol, perfume", "false_alarm"),
    Cause("E1", "粉尘", "dust", "false_alarm"),
    Cause("E2", "昆虫", "insects", "false_alarm"),
    Cause("E3", "凝露(梅雨)", "condensation", "false_alarm"),
    Cause("E4", "进水", "water ingress", "false_alarm"),
    Cause("E5", "风、压力波动", "wind, pressure surge", "false_alarm"),
    Cause("E6", "雷电、电磁干扰", "lightning, EMI", "false_alarm"),
    Cause("E7", "阳光直射", "sunlight", "false_alarm"),
    Cause("D1", "老化、脏污", "ageing, dirty", "fault"),
    Cause("D2", "电池电量低", "low battery", "fault"),
    Cause("D3", "线路、回路", "line, loop", "fault"),
    Cause("D4", "底座、防拆", "base, tamper", "fault"),
    Cause("D5", "选型或位置不当", "wrong type or place", "fault"),
    Cause("D6", "地址对应错误", "wrong address mapping", "fault"),
    Cause("D7", "传输装置、协议", "transmission device, protocol", "fault"),
    Cause("D8", "固件", "firmware", "fault"),
    Cause("D9", "超过使用年限", "past its life", "fault"),
    Cause("H1", "误按", "pressed by accident", "false_alarm"),
    Cause("H2", "恶意", "malicious", "false_alarm"),
    Cause("H3", "儿童", "child", "false_alarm"),
    Cause("H4", "未申报施工", "undeclared works", "false_alarm"),
    Cause("H5", "人为损坏", "damage", "false_alarm"),
    Cause("H6", "拆除或遮盖", "removed or taped over", "false_alarm"),
    Cause("T1", "维保测试", "maintenance test", "test"),
    Cause("T2", "验收测试", "acceptance", "test"),
    Cause("T3", "演练", "drill", "drill"),
    Cause("T4", "安装调试", "installer's test", "test"),
    Cause("T5", "平台自检", "platform self-test", "test"),
    Cause("X1", "原因不明,已到场", "unknown, site visited", "false_alarm"),
    Cause("X2", "原因不明,未到场", "unknown, not visited", "false_alarm"),
    Cause("X3", "重复", "duplicate", "other"),
)

BY_CODE: dict[str, Cause] = {c.code: c for c in CAUSES}


class Repeats(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When false alarms of one device become work: so often within so many days by causes of these letters, or once by
    one of these codes."""

    times: int = 3
    days: int = 30
    letters: str = "UED"
    at_once: tuple[str, ...] = ("H6", "D9")

    @property
    def counted(self) -> tuple[str, ...]:
        return tuple(c.code for c in CAUSES if c.code[0] in self.letters or c.code in self.at_once)
