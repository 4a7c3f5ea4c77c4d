"""The field maps that are shipped, and the words of devices' categories. Data.

GB/T 45839-2025 Annex D gives names and no paths: its messages' names are the paths. GB/T 26875.8-2015 and DB36/T
1296-2020 are not public in full: their maps are a beginning, to be changed to what the other side really sends.
"""

from typing import Final

from zhigan.gateways.platforms.model import Adapter, Answer, FieldMap, Form, Login, Part

_STATUS: Final = {"1": "normal", "2": "alarm", "3": "fault", "4": "shielded"}

DEFAULTS: Final[dict[Adapter, FieldMap]] = {
    Adapter.GBT45839: FieldMap(
        form=Form.JSON,
        install=Part(
            path="Install_info",
            fields={
                "serial": "serial",
                "name": "name",
                "category": "categoryName",
                "unit": "client",
                "unit_address": "address",
                "place": "deviceAddress",
                "area": "area",
                "lon": "longitude",
                "lat": "latitude",
                "made_on": "productingDate",
                "active_at": "activeTime",
                "maker": "company",
                "responsible": "responsible",
                "mobile": "mobile",
            },
        ),
        status=Part(
            path="status_info",
            fields={
                "serial": "serial",
                "status": "status",
                "at": "datetime",
                "signal": "signalStrength",
                "battery": "batteryPercentage",
                "category": "categoryName",
            },
            words={"status": _STATUS},
        ),
        counts=Part(path="counts", fields={"day": "day", "alarms": "alarms", "faults": "faults", "devices": "devices"}),
    ),
    Adapter.GB26875_8: FieldMap(
        form=Form.XML,
        install=Part(
            path="install",
            each="sbxx",
            fields={
                "serial": "sbbh",
                "name": "sbmc",
                "category": "sblx",
                "unit": "dwmc",
                "place": "azwz",
                "area": "xzqh",
                "lon": "jd",
                "lat": "wd",
            },
        ),
        status=Part(
            path="publish",
            each="sbzt",
            fields={"serial": "sbbh", "status": "zt", "at": "fssj", "category": "sblx"},
            words={"status": _STATUS},
        ),
        counts=Part(path="counts", fields={"day": "rq", "alarms": "hjs", "faults": "gzs", "devices": "sbs"}),
        answer=Answer(taken={"code": 0}, failed={"code": 1}),
    ),
    Adapter.REST: FieldMap(
        form=Form.JSON,
        login=Login("login", "USERID", "PASSWORD", "TOKEN"),
        install=Part(
            path="device",
            each="DATA",
            fields={
                "serial": "ID",
                "name": "NAME",
                "category": "TYPE",
                "unit": "UNIT_NAME",
                "unit_address": "UNIT_ADDRESS",
                "place": "ADDRESS",
                "area": "AREA",
                "lon": "LON",
                "lat": "LAT",
            },
        ),
        status=Part(
            path="event",
            each="DATA",
            fields={"serial": "ID", "status": "STATE", "at": "TIME", "battery": "BATTERY", "signal": "SIGNAL"},
            words={"status": _STATUS},
        ),
        counts=Part(path="counts", fields={"day": "DAY", "alarms": "ALARMS", "faults": "FAULTS", "devices": "DEVICES"}),
        answer=Answer(taken={"code": 0}, failed={"code": 1}),
    ),
}

CATEGORIES: Final[tuple[tuple[str, str], ...]] = (
    ("可燃气", "gas"), ("燃气", "gas"), ("一氧化碳", "gas"), ("感温", "heat"), ("感烟", "smoke"), ("烟感", "smoke"),
    ("温感", "heat"), ("手动", "manual_call_point"), ("手报", "manual_call_point"), ("电气", "electrical_monitor"),
    ("剩余电流", "electrical_monitor"), ("断路器", "breaker"), ("消火栓", "hydrant"), ("水压", "water_pressure"),
    ("压力", "water_pressure"), ("水位", "water_level"), ("液位", "water_level"), ("水流", "water_flow"),
    ("用户信息传输", "transmission_device"), ("摄像", "camera"), ("gas", "gas"), ("smoke", "smoke"), ("heat", "heat"),
)  # fmt: skip
"""The first that stands in a category's name is its type."""
