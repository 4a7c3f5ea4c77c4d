"""The dialects themselves, one row a maker or firmware seen in the field (gb26875.md §5, §8, §9).

Where public sources leave a layout open it is left open here: the type is named, its objects stay raw.
"""

from zhigan.protocols.gb26875.dialects.model import (
    SWITCH,
    AddressSplit,
    Checksum,
    Description,
    DeviceAddress,
    Dialect,
    Heartbeat,
    PrivateType,
)
from zhigan.protocols.gb26875.times import TimeForm

Names = dict[int, tuple[str, str]]
Types = dict[int, PrivateType]

_EMPTY_UPLOAD = Heartbeat(2, b"")
_REGISTRATION: Names = {0: ("注册", "registration")}
_HEARTBEAT: Names = {7: ("心跳", "heartbeat")}


def _types(*rows: PrivateType) -> Types:
    return {row.type: row for row in rows}


STANDARD = Dialect(name="standard", zh="标准", en="the standard to the letter", evidence="GB/T 26875.3-2011")

TOLERANT = Dialect(
    name="tolerant",
    zh="标准(容错)",
    en="the standard, and what can be told apart without knowing the maker",
    evidence="gb26875.md §0",
    sizes={2: (15, 16), 21: (1,)},
    heartbeats=(_EMPTY_UPLOAD, Heartbeat(2, b"\x16", b"\x17"), Heartbeat(7, b""), Heartbeat(128, b"\x80\x00")),
    commands={**_REGISTRATION, **_HEARTBEAT},
)

_FUBEI_TYPES = (
    PrivateType(0x80, "生产时间", "production time"),
    PrivateType(0x81, "远程控制", "remote control"),
    PrivateType(0x82, "装置上电", "device powered on"),
    PrivateType(0x83, "装置掉电", "device powered off"),
    PrivateType(0x84, "系统上电", "system powered on"),
    PrivateType(0x85, "系统掉电", "system powered off"),
    PrivateType(0x86, "系统状态恢复", "system recovered", 10, alike=1, clears=True),
    PrivateType(0x87, "部件状态恢复", "component recovered", 46, alike=2, clears=True),
    PrivateType(0x88, "传输装置状态恢复", "transmission device recovered", 7, alike=21, clears=True),
    PrivateType(0x89, "升级", "upgrade"),
    PrivateType(0x8A, "电能", "energy"),
    PrivateType(0x8B, "断路器", "breaker"),
    PrivateType(0x8C, "多通道", "multichannel"),
    PrivateType(0x8D, "透传", "pass-through"),
    PrivateType(0x8E, "装置状态", "device state"),
    PrivateType(0xC8, "线路状态", "line state"),
    PrivateType(0xC9, "线路恢复", "line recovered"),
    PrivateType(0xCC, "火警", "fire"),
    PrivateType(0xCD, "联动", "linkage"),
    PrivateType(0xCE, "其他", "other"),
)
_SWITCHES = (
    PrivateType(2, "开关量状态", "switch state", 16, alike=SWITCH),
    PrivateType(0x87, "开关量恢复", "switch recovered", 16, alike=SWITCH),
    PrivateType(0x96, "开关量输入", "switch input", 16, alike=SWITCH),
    PrivateType(0x97, "扩展开关量输入", "extended switch input", 16, alike=SWITCH),
)
_FUBEI_COMPONENTS: Names = {
    128: ("水压", "water pressure"),
    129: ("液位", "liquid level"),
    130: ("闷盖", "hydrant cap"),
    137: ("声光报警器", "sounder and strobe"),
}

FUBEI_2018 = Dialect(
    name="fubei_2018",
    zh="富贝 2018",
    en="Fubei 2018",
    evidence="TorchLink dev/fb2018",
    split=AddressSplit.LOW_POINT,
    device_address=DeviceAddress.DECIMAL,
    sizes={2: (15,), 0x87: (15,)},
    heartbeats=(_EMPTY_UPLOAD,),
    types=_types(*_FUBEI_TYPES),
    components=_FUBEI_COMPONENTS,
)
FUBEI_2024 = Dialect(
    name="fubei_2024",
    zh="富贝 2024",
    en="Fubei 2024",
    evidence="TorchLink dev/fb2024",
    split=AddressSplit.LOW_POINT,
    device_address=DeviceAddress.DECIMAL,
    heartbeats=(_EMPTY_UPLOAD,),
    types=_types(*_FUBEI_TYPES, *_SWITCHES),
    components=_FUBEI_COMPONENTS,
)
GO_FIRE = Dialect(
    name="go_fire",
    zh="Go fire 包所接装置",
    en="devices behind the Go fire package",
    evidence="public code index 30223085860, 30371000586, 30659965314",
    sizes={2: (15,), 0x87: (15,)},
    heartbeats=(Heartbeat(0xFE, None), _EMPTY_UPLOAD),
    commands={0xFE: ("心跳", "heartbeat")},
    types=_types(*_FUBEI_TYPES),
)
DAHUA = Dialect(
    name="dahua",
    zh="大华 v1.03",
    en="Dahua v1.03",
    evidence="TorchLink protocol-packages/gb26875-dahua; dgiot",
    time=TimeForm.BCD,
    split=AddressSplit.LOW_LOOP,
    device_address=DeviceAddress.BCD,
    adu_limit=512,
    inverted_test_bit=True,
    heartbeats=(Heartbeat(7, b""), _EMPTY_UPLOAD),
    commands={**_REGISTRATION, **_HEARTBEAT},
    types=_types(PrivateType(0, "注册", "registration", 110)),
    components={137: ("声光报警器", "sounder and strobe")},
    component_bits={
        9: ("离线", "offline"),
        10: ("断路", "open circuit"),
        11: ("短路", "short circuit"),
        12: ("拆除", "removed"),
        14: ("传感器故障", "sensor fault"),
        15: ("升级故障", "upgrade fault"),
    },
)
DAHUA_BINARY = Dialect(
    name="dahua_binary",
    zh="大华(二进制时间)",
    en="Dahua with binary time",
    evidence="dgiot frames of 2022",
    split=AddressSplit.LOW_LOOP,
    inverted_test_bit=True,
    heartbeats=(_EMPTY_UPLOAD,),
    component_bits=DAHUA.component_bits,
)
HIKVISION = Dialect(
    name="hikvision",
    zh="海康威视",
    en="Hikvision",
    evidence="public code index 2734312676",
    split=AddressSplit.LOW_LOOP,
    heartbeats=(_EMPTY_UPLOAD,),
)
HAIWAN = Dialect(
    name="haiwan",
    zh="海湾",
    en="Haiwan (GST)",
    evidence="dgiot dgiot_gb26875",
    device_address=DeviceAddress.IP_PORT,
    inverted_test_bit=True,
    heartbeats=(Heartbeat(2, b"\x16", b"\x17"), _EMPTY_UPLOAD),
)
LOOP_FIRST = Dialect(
    name="loop_first",
    zh="回路在前",
    en="loop in the low word",
    evidence="vendor manual retold by ActorLancer",
    split=AddressSplit.LOW_LOOP,
    device_address=DeviceAddress.DECIMAL,
    heartbeats=(_EMPTY_UPLOAD,),
)
KS = Dialect(
    name="ks",
    zh="KS 网关",
    en="KS gateway",
    evidence="georgewzy/KS_old_gateway, production logs of 2017",
    split=AddressSplit.LOW_POINT,
    device_address=DeviceAddress.DECIMAL,
    description=Description.BINARY,
    heartbeats=(Heartbeat(128, b"\x80\x00"),),
    commands={
        128: ("心跳", "alive"),
        **dict.fromkeys(range(129, 137), ("私有命令", "private command")),
    },
    types=_types(
        PrivateType(128, "心跳", "alive"),
        *(PrivateType(t, "固件与文件", "firmware and files") for t in range(129, 140)),
        *(PrivateType(t, "传感器", "sensors") for t in range(140, 148)),
        *(PrivateType(t, "输出", "outputs") for t in range(150, 154)),
        *(PrivateType(t, "输入", "inputs") for t in range(160, 166)),
        *(PrivateType(t, "网关", "gateway") for t in range(170, 174)),
        *(PrivateType(t, "脚本", "scripts") for t in range(180, 183)),
        *(PrivateType(t, "文件", "files") for t in range(190, 195)),
    ),
)
F9164 = Dialect(
    name="f9164",
    zh="F9164 NB-IoT",
    en="F9164 NB-IoT",
    evidence="public code index 43185598175; version bytes 02 FF",
    sizes={2: (15,)},
)
SCSM = Dialect(
    name="scsm",
    zh="scsm NB-IoT",
    en="scsm NB-IoT",
    evidence="public code index 17355043962; a type 3 upload serves as heartbeat",
    time=TimeForm.BINARY_YEAR_FIRST,
    big_endian_status=True,
    big_endian_serial=True,
)
FSCN8001 = Dialect(
    name="fscn8001",
    zh="FSCN8001",
    en="FSCN8001",
    evidence="public code index 56268215133, 56526854661; the captured frame is standard (gb26875.md §9.11)",
    time=TimeForm.BCD,
    checksum=Checksum.SUM_OR_XOR,
)
STM32_TAG = Dialect(
    name="stm32_tag",
    zh="STM32 蓝牙基站(标签)",
    en="STM32 BLE base station with tags",
    evidence="public code index 41611949615; sets its clock from any downlink frame",
    description=Description.BINARY,
    sizes={21: (1,)},
    types=_types(*(PrivateType(t, "基站", "base station") for t in range(0x93, 0x96))),
    commands={0x80: ("私有命令", "private command")},
    components={0xB2: ("标签", "tag")},
    analogs={0x80: ("信号强度", "RSSI", "dBm", 1.0), 0x88: ("电池电压", "battery voltage", "mV", 1.0)},
)
CA6523M = Dialect(
    name="ca6523m",
    zh="CA6523M",
    en="CA6523M",
    evidence="public code index 45610451063",
    commands={
        8: ("启动", "startup"),
        **dict.fromkeys(range(128, 133), ("私有命令", "private command")),
    },
    types=_types(*(PrivateType(t, "私有类型", "private type") for t in (0x84, 0x85, 0xA2))),
)
LEADER6920 = Dialect(
    name="leader6920",
    zh="leader6920",
    en="leader6920",
    evidence="public code index 43139620612; 0xFE means register here, not heartbeat",
    heartbeats=(Heartbeat(0xFF, None),),
    commands={0xFE: ("注册", "registration"), 0xFF: ("心跳", "heartbeat")},
)
HEX_TEXT = Dialect(
    name="hex_text",
    zh="十六进制文本",
    en="frames written as hex text",
    evidence="public code index 8246263303, 20630863227",
    hex_text=True,
    heartbeats=(_EMPTY_UPLOAD,),
)
LOGIN_60 = Dialect(
    name="login_60",
    zh="消防水炮(令牌登录)",
    en="fire cannon that logs in with a token",
    evidence="public code index 32285864269",
    types=_types(PrivateType(60, "登录", "login", 32)),
)

DIALECTS: tuple[Dialect, ...] = (
    STANDARD,
    TOLERANT,
    FUBEI_2018,
    FUBEI_2024,
    GO_FIRE,
    DAHUA,
    DAHUA_BINARY,
    HIKVISION,
    HAIWAN,
    LOOP_FIRST,
    KS,
    F9164,
    SCSM,
    FSCN8001,
    STM32_TAG,
    CA6523M,
    LEADER6920,
    HEX_TEXT,
    LOGIN_60,
)

BY_NAME: dict[str, Dialect] = {d.name: d for d in DIALECTS}
