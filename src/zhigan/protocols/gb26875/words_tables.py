"""Words of the explanation, Chinese and English: labels, notes, faults. Absent: the standard's own names (`tables`)."""

from typing import Literal

from zhigan.protocols.gb26875.frame import FaultName
from zhigan.protocols.gb26875.layouts import NoteName
from zhigan.protocols.gb26875.tables import Name

Language = Literal["zh", "en"]

NOTES: dict[NoteName, Name] = {
    NoteName.EMPTY_ADU: Name("应用数据单元为空", "the data unit is empty"),
    NoteName.SINGLE_BYTE_ADU: Name("应用数据单元只有一个字节", "the data unit is a single byte"),
    NoteName.ZERO_COUNT: Name("信息对象数目为 0", "the count of objects is 0"),
    NoteName.COUNT_OVER_LIMIT: Name("信息对象数目超过标准上限", "more objects than the standard allows"),
    NoteName.SIZE_MISMATCH: Name("数据长度与对象数目不符", "length and count of objects do not agree"),
    NoteName.PRIVATE_SIZE: Name("对象长度非标准", "objects of a private size"),
    NoteName.TRAILING_BYTES: Name("对象之后有多余字节", "bytes behind the last object"),
    NoteName.UNKNOWN_TYPE: Name("未知的类型标志", "unknown type"),
    NoteName.PRIVATE_TYPE: Name("用户自定义类型", "private type"),
    NoteName.UNKNOWN_COMMAND: Name("未知的命令字节", "unknown command"),
    NoteName.PRIVATE_COMMAND: Name("用户自定义命令", "private command"),
    NoteName.UNUSUAL_VERSION: Name("主版本号不是 1", "the main version is not 1"),
    NoteName.INVALID_TIME: Name("时间标签无效", "a time label is no date"),
    NoteName.ILLEGIBLE_TEXT: Name("说明不是可读文字", "a description is not legible text"),
    NoteName.HEARTBEAT: Name("心跳", "heartbeat"),
}

FAULTS: dict[FaultName, Name] = {
    FaultName.BAD_START: Name("启动符错误", "wrong start mark"),
    FaultName.BAD_LENGTH: Name("应用数据单元长度超限", "the data unit is too long"),
    FaultName.BAD_CHECKSUM: Name("校验和错误", "wrong checksum"),
    FaultName.BAD_END: Name("结束符错误", "wrong end mark"),
    FaultName.TRUNCATED: Name("数据包不完整", "the frame is cut off"),
    FaultName.TRAILING: Name("数据包之后有多余字节", "bytes behind the frame"),
    FaultName.UNKNOWN_COMMAND: Name("不可识别的命令字节", "unknown command"),
}

LABELS: dict[str, Name] = {
    "serial": Name("业务流水号", "serial"),
    "version": Name("协议版本", "version"),
    "sent": Name("发送时间", "sent at"),
    "from": Name("源地址", "from"),
    "to": Name("目的地址", "to"),
    "command": Name("命令", "command"),
    "type": Name("类型", "type"),
    "object": Name("对象", "object"),
    "note": Name("注意", "note"),
    "system": Name("系统", "system"),
    "component": Name("部件", "component"),
    "address": Name("地址", "address"),
    "loop": Name("回路", "loop"),
    "point": Name("点", "point"),
    "status": Name("状态", "status"),
    "normal": Name("无置位", "no bit set"),
    "text": Name("说明", "description"),
    "time": Name("时间", "at"),
    "no_time": Name("无有效时间", "no valid time"),
    "value": Name("数值", "value"),
    "operation": Name("操作", "operation"),
    "operator": Name("操作员", "operator"),
    "software": Name("软件版本", "software version"),
    "wanted": Name("查询条数", "records wanted"),
    "minutes": Name("应答时限(分钟)", "minutes to answer"),
    "raw": Name("原始数据", "raw"),
    "switch": Name("开关量", "switch"),
    "bad": Name("错误", "error"),
}

SWITCH_KINDS: dict[int, tuple[Name, Name]] = {
    0: (Name("自动", "automatic"), Name("手动", "manual")),
    1: (Name("通电", "powered"), Name("断电", "power cut")),
    2: (Name("停止", "stopped"), Name("启动", "started")),
    3: (Name("正常", "normal"), Name("故障", "fault")),
}
"""富贝 2024: kind → (words of 0, words of anything else)."""
