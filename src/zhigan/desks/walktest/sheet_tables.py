"""The words of the printed sheet, in both languages."""

from typing import NamedTuple


class Pair(NamedTuple):
    zh: str
    en: str


LABELS: dict[str, Pair] = {
    "title": Pair("消防设施走查测试记录", "Walk test record"),
    "number": Pair("编号", "Number"),
    "unit": Pair("单位", "Unit"),
    "scope": Pair("范围", "Scope"),
    "whole": Pair("全单位", "the whole unit"),
    "purpose": Pair("目的", "Purpose"),
    "person": Pair("测试人", "Tester"),
    "started": Pair("开始", "Begun"),
    "ended": Pair("结束", "Ended"),
    "bytime": Pair("到时自动结束", "by time"),
    "running": Pair("测试尚未结束，以下为打印时的情况", "The test still runs; this is how it stood when printed"),
    "counts": Pair("结果", "Result"),
    "total": Pair("应测", "to test"),
    "answered": Pair("正常", "answered"),
    "wrong": Pair("异常", "wrong"),
    "outstanding": Pair("未测", "outstanding"),
    "points": Pair("逐点记录", "Detectors"),
    "strangers": Pair("范围外的报警（按真实警情处理）", "Alarms from outside the scope (handled as real)"),
    "device": Pair("设备", "Detector"),
    "place": Pair("位置", "Place"),
    "result": Pair("结果", "Result"),
    "at": Pair("应答时间", "Answered at"),
    "took": Pair("用时", "Took"),
    "who": Pair("人员·备注", "Who, note"),
    "condition": Pair("状态", "Condition"),
    "none": Pair("无", "none"),
    "notshown": Pair("点位过多，未全部列出", "too many detectors; not all are listed"),
    "note": Pair(
        "本记录由平台按设备实际应答生成；测试范围内的报警已按测试记录，未作为警情处理。",
        "Made by the platform from what the devices really answered; alarms inside the scope were recorded as a test.",
    ),
    "sign": Pair("签字：", "Signed:"),
    "printed": Pair("打印：", "Printed by"),
}

RESULTS: dict[str, Pair] = {
    "answered": Pair("正常", "answered"),
    "outstanding": Pair("未测", "outstanding"),
    "wrong_condition": Pair("状态不符", "wrong condition"),
    "wrong_place": Pair("位置不符", "wrong place"),
    "wrong_type": Pair("类型不符", "wrong type"),
    "no_answer": Pair("无应答", "no answer"),
}
