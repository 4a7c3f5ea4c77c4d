"""The objects that fire devices bring, as rows: resource → metric or condition. A new object is a row, nothing else.

Numbers, names and types are the OMA registry's (OpenMobileAlliance/lwm2m-registry, b62ffc2). What a boolean or a code
means for the city stands beside it: `condition` holds while the value is true, `states` says it for each code.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from zhigan.protocols.lwm2m.model import Kind
from zhigan.vocabulary.conditions import Condition

_NO_STATES: Final[Mapping[int, Condition]] = {}
_NO_UNITS: Final[Mapping[str, tuple[str, float, float]]] = {}


class Resource(NamedTuple):
    """`metric`, in the metric's unit after `value * scale + offset`. `missing`: values that say "not measured".

    `first`: of several resource instances the lowest counts. `settable`: people may set it (set_parameters). `told`:
    worth a word in the signal's text. `unit`: names the unit, `application` what is measured. `payload`: a
    maker's own bytes.
    """

    number: int
    name: str
    kind: Kind
    metric: str = ""
    scale: float = 1.0
    offset: float = 0.0
    missing: tuple[float, ...] = ()
    first: bool = False
    condition: Condition = Condition.NONE
    states: Mapping[int, Condition] = _NO_STATES
    settable: bool = False
    told: bool = False
    unit: bool = False
    application: bool = False
    payload: bool = False


class Object(NamedTuple):
    """`type`: what a device that has it is. `rank`: the lowest of a device's objects names its type, and is observed
    first. `units`: unit or application type → (metric, scale, offset) of resource 5700, "" where none is named.
    """

    number: int
    name: str
    zh: str
    type: str
    rank: int
    resources: tuple[Resource, ...]
    observe: bool = True
    units: Mapping[str, tuple[str, float, float]] = _NO_UNITS


STRING, INTEGER, FLOAT, BOOLEAN = Kind.STRING, Kind.INTEGER, Kind.FLOAT, Kind.BOOLEAN
OPAQUE, TIME, UNSIGNED, OBJLNK, NONE = Kind.OPAQUE, Kind.TIME, Kind.UNSIGNED, Kind.OBJLNK, Kind.NONE

R = Resource
_FAULTY = Condition.ALARM_FAULT

ERROR_CODES: Final[Mapping[int, Condition]] = {
    0: Condition.NONE,
    1: Condition.LOW_BATTERY,
    2: Condition.MAINS_FAULT,
    3: Condition.FAULT,  # GPS module
    5: Condition.FAULT,  # out of memory
    7: Condition.FAULT,  # IP connectivity
    8: Condition.FAULT,  # peripheral malfunction
}
"""Object 3, resource 11. 4 (low signal) and 6 (SMS failure) are the network's: its strength is measured anyway."""

BATTERY_STATES: Final[Mapping[int, Condition]] = {
    0: Condition.NONE,
    1: Condition.NONE,
    2: Condition.NONE,
    3: Condition.BACKUP_FAULT,
    4: Condition.LOW_BATTERY,
    5: Condition.BACKUP_FAULT,
}

_SENSOR: Final = (
    R(5601, "min measured", FLOAT),
    R(5602, "max measured", FLOAT),
    R(5603, "min range", FLOAT),
    R(5604, "max range", FLOAT),
    R(5701, "unit", STRING, unit=True),
    R(5605, "reset min and max", NONE),
    R(5821, "calibration", FLOAT),
    R(5750, "application type", STRING, application=True),
    R(5518, "timestamp", TIME),
    R(6050, "fraction of timestamp", FLOAT),
    R(6042, "quality indicator", INTEGER),
    R(6049, "quality level", INTEGER),
)
_VALUE: Final = (R(5700, "value", FLOAT), *_SENSOR)
_KELVIN: Final = ("temperature", 1.0, -273.15)
_FAHRENHEIT: Final = ("temperature", 5 / 9, -160 / 9)

OBJECTS: Final[tuple[Object, ...]] = (
    Object(1, "LwM2M Server", "服务器", "", 99, (
        R(0, "short server id", INTEGER),
        R(1, "lifetime", INTEGER, settable=True),
        R(2, "minimum period", INTEGER, settable=True),
        R(3, "maximum period", INTEGER, settable=True),
        R(7, "binding", STRING),
        R(8, "registration update", NONE),
    ), observe=False),
    Object(2, "Access Control", "访问控制", "", 99, (
        R(0, "object id", INTEGER),
        R(1, "object instance id", INTEGER),
        R(2, "rights", INTEGER),
        R(3, "owner", INTEGER),
    ), observe=False),
    Object(3, "Device", "设备", "", 50, (
        R(0, "manufacturer", STRING, told=True),
        R(1, "model", STRING, told=True),
        R(2, "serial number", STRING, told=True),
        R(3, "firmware", STRING, told=True),
        R(4, "reboot", NONE),
        R(5, "factory reset", NONE),
        R(6, "power sources", INTEGER),
        R(7, "power source voltage", INTEGER, metric="battery_voltage", scale=0.001, first=True, missing=(0.0,)),
        R(8, "power source current", INTEGER),
        R(9, "battery level", INTEGER, metric="battery"),
        R(10, "memory free", INTEGER),
        R(11, "error code", INTEGER, states=ERROR_CODES),
        R(12, "reset error code", NONE),
        R(13, "current time", TIME),
        R(14, "UTC offset", STRING),
        R(15, "time zone", STRING),
        R(16, "binding", STRING),
        R(17, "device type", STRING, told=True),
        R(18, "hardware", STRING),
        R(19, "software", STRING),
        R(20, "battery status", INTEGER, states=BATTERY_STATES),
        R(21, "memory total", INTEGER),
        R(22, "more device information", OBJLNK),
    )),
    Object(4, "Connectivity Monitoring", "连接监测", "", 60, (
        R(0, "bearer", INTEGER),
        R(1, "available bearers", INTEGER),
        R(2, "signal strength", INTEGER, metric="signal_strength", missing=(0.0,)),
        R(3, "link quality", INTEGER),
        R(4, "addresses", STRING),
        R(5, "router addresses", STRING),
        R(6, "link utilisation", INTEGER),
        R(7, "APN", STRING),
        R(8, "cell", INTEGER),
        R(9, "SMNC", INTEGER),
        R(10, "SMCC", INTEGER),
        R(11, "SNR", INTEGER, metric="snr"),
        R(12, "LAC", INTEGER),
        R(13, "coverage enhancement level", INTEGER),
    )),
    Object(5, "Firmware Update", "固件升级", "", 99, (
        R(0, "package", OPAQUE),
        R(1, "package address", STRING),
        R(2, "update", NONE),
        R(3, "state", INTEGER, told=True),
        R(5, "result", INTEGER, told=True),
        R(6, "package name", STRING),
        R(7, "package version", STRING, told=True),
        R(8, "protocols", INTEGER),
        R(9, "delivery", INTEGER),
        R(10, "cancel", NONE),
        R(12, "last change", TIME),
    ), observe=False),
    Object(6, "Location", "位置", "", 99, (
        R(0, "latitude", FLOAT, told=True),
        R(1, "longitude", FLOAT, told=True),
        R(2, "altitude", FLOAT),
        R(3, "radius", FLOAT),
        R(4, "velocity", OPAQUE),
        R(5, "timestamp", TIME),
        R(6, "speed", FLOAT),
    ), observe=False),
    Object(19, "BinaryAppDataContainer", "透传数据", "", 20, (
        R(0, "data", OPAQUE, payload=True),
        R(1, "priority", INTEGER),
        R(2, "created", TIME),
        R(3, "description", STRING),
        R(4, "format", STRING),
        R(5, "application", INTEGER),
    )),
    Object(503, "Fire Alarm", "火灾报警", "smoke", 2, (
        R(0, "temperature sensor's place", STRING),
        R(1, "temperature unit", INTEGER, unit=True),
        R(2, "ambient temperature", FLOAT),
        R(3, "temperature", FLOAT, metric="temperature", missing=(65534.0,)),
        R(4, "min temperature", FLOAT),
        R(5, "max temperature", FLOAT),
        R(6, "min range", FLOAT),
        R(7, "max range", FLOAT),
        R(10, "temperature threshold", FLOAT, settable=True),
        R(11, "temperature sensor error", BOOLEAN, condition=_FAULTY),
        R(12, "reset temperature", NONE),
        R(13, "temperature alarm loudness", FLOAT, settable=True),
        R(14, "humidity sensor's place", STRING),
        R(15, "ambient humidity", FLOAT),
        R(16, "humidity", FLOAT, metric="humidity", missing=(0.0,)),
        R(20, "humidity threshold", FLOAT, settable=True),
        R(21, "humidity sensor error", BOOLEAN, condition=_FAULTY),
        R(23, "humidity alarm loudness", FLOAT, settable=True),
        R(24, "smoke sensor's place", STRING),
        R(25, "alarm", BOOLEAN, condition=Condition.FIRE),
        R(26, "ambient CO2", FLOAT),
        R(27, "CO2", FLOAT, told=True, missing=(0.0,)),
        R(30, "CO2 threshold", FLOAT, settable=True),
        R(31, "smoke sensor error", BOOLEAN, condition=_FAULTY),
        R(32, "reset smoke detection", NONE),
        R(33, "smoke alarm loudness", FLOAT),
        R(6044, "battery", FLOAT, metric="battery"),
        R(5514, "latitude", STRING),
        R(5515, "longitude", STRING),
        R(6039, "altitude", FLOAT),
    ), units={"0": ("temperature", 1.0, 0.0), "1": _FAHRENHEIT, "2": _KELVIN}),
    Object(3303, "Temperature", "温度", "", 30, _VALUE, units={
        "": ("temperature", 1.0, 0.0), "Cel": ("temperature", 1.0, 0.0), "C": ("temperature", 1.0, 0.0),
        "°C": ("temperature", 1.0, 0.0), "F": _FAHRENHEIT, "K": _KELVIN,
    }),
    Object(3304, "Humidity", "湿度", "", 40, _VALUE, units={
        "": ("humidity", 1.0, 0.0), "%RH": ("humidity", 1.0, 0.0), "%": ("humidity", 1.0, 0.0),
        "/100": ("humidity", 1.0, 0.0),
    }),
    Object(3312, "Power Control", "电源控制", "", 15, (
        R(5850, "on", BOOLEAN, told=True),
        R(5851, "dimmer", INTEGER),
        R(5852, "on time", INTEGER),
        R(5805, "energy", FLOAT, metric="energy", scale=0.001),
        R(5820, "power factor", FLOAT, metric="power_factor"),
        *_SENSOR,
    )),
    Object(3316, "Voltage", "电压", "", 21, _VALUE, units={
        "": ("voltage", 1.0, 0.0), "V": ("voltage", 1.0, 0.0), "mV": ("voltage", 0.001, 0.0),
        "kV": ("voltage", 1000.0, 0.0),
    }),
    Object(3317, "Current", "电流", "", 22, _VALUE, units={
        "": ("current", 1.0, 0.0), "A": ("current", 1.0, 0.0), "mA": ("current", 0.001, 0.0),
        "residual": ("residual_current", 1.0, 0.0), "residual A": ("residual_current", 1000.0, 0.0),
        "residual mA": ("residual_current", 1.0, 0.0),
    }),
    Object(3323, "Pressure", "压力", "water_pressure", 11, _VALUE, units={
        "Pa": ("pressure", 1e-6, 0.0), "kPa": ("pressure", 1e-3, 0.0), "MPa": ("pressure", 1.0, 0.0),
        "bar": ("pressure", 0.1, 0.0), "mbar": ("pressure", 1e-4, 0.0),
    }),
    Object(3325, "Concentration", "浓度", "", 12, _VALUE, units={
        "%LEL": ("gas", 1.0, 0.0), "LEL": ("gas", 1.0, 0.0), "gas": ("gas", 1.0, 0.0),
        "gas %LEL": ("gas", 1.0, 0.0), "gas LEL": ("gas", 1.0, 0.0),
        "co": ("co", 1.0, 0.0), "co ppm": ("co", 1.0, 0.0),
        "smoke": ("smoke", 1.0, 0.0), "smoke dB/m": ("smoke", 1.0, 0.0), "dB/m": ("smoke", 1.0, 0.0),
    }),
    Object(3338, "Buzzer", "蜂鸣器", "", 70, (
        R(5850, "on", BOOLEAN, told=True),
        R(5548, "level", FLOAT),
        R(5521, "duration", FLOAT),
        R(5525, "minimum off-time", FLOAT),
        *_SENSOR,
    ), observe=False),
    Object(3407, "Smoke Alarm", "烟雾报警", "smoke", 1, (
        R(6044, "battery", FLOAT, metric="battery"),
        R(6045, "RSSI", FLOAT, metric="signal_strength", offset=30.0, missing=(0.0,)),  # dBW → dBm
        R(6046, "smoke", BOOLEAN, condition=Condition.FIRE),
        R(6047, "CO2", FLOAT),
        R(6048, "loudness", FLOAT),
    )),
    Object(3411, "Battery", "电池", "", 55, (R(1, "level", INTEGER, metric="battery"),)),
    Object(3418, "Electrical monitor", "电气监测", "electrical_monitor", 10, (
        R(1, "voltage", FLOAT, metric="voltage"),
        R(2, "current", FLOAT, metric="current"),
        R(3, "frequency", FLOAT, metric="frequency"),
        R(4, "active power", FLOAT, metric="power", scale=0.001),
        R(5, "power factor", FLOAT, metric="power_factor"),
        R(6, "energy", FLOAT, metric="energy", scale=0.001),
        R(7, "reset energy", NONE),
        R(18, "high current threshold", FLOAT, settable=True),
        R(19, "high current", BOOLEAN, condition=Condition.OVER_CURRENT),
        R(20, "low voltage threshold", FLOAT, settable=True),
        R(21, "low voltage", BOOLEAN, condition=Condition.VOLTAGE),
        R(22, "high voltage threshold", FLOAT, settable=True),
        R(23, "high voltage", BOOLEAN, condition=Condition.VOLTAGE),
        R(24, "inrush threshold", FLOAT, settable=True),
        R(25, "inrush current", BOOLEAN, told=True),
        R(5518, "timestamp", TIME),
        R(6050, "fraction of timestamp", FLOAT),
        R(6042, "quality indicator", INTEGER),
        R(6049, "quality level", INTEGER),
    )),
    Object(3427, "Pressure monitoring sensor", "水压监测", "water_pressure", 9, (
        R(1, "pressure", FLOAT, metric="pressure", scale=1e-6),
        R(2, "sampling period", INTEGER, settable=True),
        R(3, "leak", BOOLEAN, condition=Condition.DAMAGED),
        R(4, "water hammer", BOOLEAN, condition=Condition.FAULT),
        R(5, "min pressure", FLOAT),
        R(6, "max pressure", FLOAT),
        R(9, "reset min and max", NONE),
        R(5518, "timestamp", TIME),
        R(6050, "fraction of timestamp", FLOAT),
        R(6042, "quality indicator", INTEGER),
        R(6049, "quality level", INTEGER),
    )),
)  # fmt: skip
