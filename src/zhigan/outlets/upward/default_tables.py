"""The maps that are shipped for reporting upward. Data.

GB/T 45839-2025 Annex D gives names and no paths: its messages' names are the paths. GB/T 26875.8-2015 and DB36/T
1296-2020 are not public in full: their maps are a beginning, to be changed to what the other side really takes.
"""

from typing import Any, Final

from zhigan.outlets.upward.model import Adapter


def _rows(*pairs: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"to": to, "from": source} for to, source in pairs]


_CODES: Final = {"alarm": 2, "fault": 3, "shielded": 4, "tamper": 3, "offline": 3, "low_battery": 3, "normal": 1}

GBT45839: Final[dict[str, Any]] = {
    "format": 1,
    "form": "json",
    "times": "beijing",
    "codes": {"status": _CODES},
    "install": {
        "path": "/Install_info",
        "fields": _rows(
            ("company", "company"), ("serial", "serial"), ("name", "name"), ("categoryName", "category"),
            ("netType", "net"), ("client", "unit"), ("address", "unit_address"), ("deviceAddress", "place"),
            ("productingDate", "made_on"), ("longitude", "lon"), ("latitude", "lat"), ("activeTime", "active_at"),
            ("organizationName", "organization"), ("area", "area"), ("responsible", "responsible"),
            ("mobile", "mobile"),
        ),
    },
    "status": {
        "path": "/status_info",
        "fields": [
            *_rows(("company", "company"), ("serial", "serial")),
            {"to": "status", "from": "status", "codes": "status"},
            *_rows(("datetime", "at")),
        ],
    },
    "answer": {"at": "success", "ok": ["1"], "text": ["msg", "message", "detail"]},
}  # fmt: skip

GB26875_8: Final[dict[str, Any]] = {
    "format": 1,
    "form": "xml",
    "namespace": "urn:zhigan119:rmsufp:v1:openapi",
    "times": "beijing",
    "codes": {"status": _CODES},
    "install": {
        "path": "/install",
        "element": "install",
        "each": "sbxx",
        "most": 100,
        "fields": _rows(
            ("sbbh", "serial"), ("sbmc", "name"), ("sblx", "category"), ("dwmc", "unit"), ("azwz", "place"),
            ("xzqh", "area"), ("jd", "lon"), ("wd", "lat"),
        ),
    },
    "status": {
        "path": "/publish",
        "element": "publish",
        "each": "sbzt",
        "most": 100,
        "fields": [
            *_rows(("sbbh", "serial"), ("sblx", "category")),
            {"to": "zt", "from": "status", "codes": "status"},
            *_rows(("fssj", "at")),
        ],
    },
    "counts": {
        "path": "/counts",
        "element": "counts",
        "fields": _rows(("rq", "day"), ("hjs", "alarms"), ("gzs", "faults"), ("sbs", "devices")),
    },
    "answer": {"at": "code", "ok": ["0", "200"], "text": ["msg", "message", "detail"]},
}  # fmt: skip

REST: Final[dict[str, Any]] = {
    "format": 1,
    "form": "json",
    "times": "beijing",
    "codes": {"status": _CODES},
    "login": {
        "path": "/login",
        "fields": _rows(("USERID", "account"), ("PASSWORD", "secret")),
        "token": "TOKEN",
        "minutes": 55,
    },
    "install": {
        "path": "/device",
        "each": "DATA",
        "most": 100,
        "fields": _rows(
            ("ID", "serial"), ("NAME", "name"), ("TYPE", "category"), ("UNIT_NAME", "unit"),
            ("UNIT_ADDRESS", "unit_address"), ("ADDRESS", "place"), ("AREA", "area"), ("LON", "lon"), ("LAT", "lat"),
        ),
    },
    "status": {
        "path": "/event",
        "each": "DATA",
        "most": 100,
        "fields": [
            *_rows(("ID", "serial")),
            {"to": "STATE", "from": "status", "codes": "status"},
            *_rows(("TIME", "at")),
        ],
    },
    "counts": {
        "path": "/counts",
        "fields": _rows(("DAY", "day"), ("ALARMS", "alarms"), ("FAULTS", "faults"), ("DEVICES", "devices")),
    },
    "answer": {"at": "code", "ok": ["0", "200"], "text": ["msg", "message", "detail"]},
}  # fmt: skip

DEFAULTS: Final[dict[Adapter, dict[str, Any]]] = {
    Adapter.GBT45839: GBT45839, Adapter.GB26875_8: GB26875_8, Adapter.REST: REST,
}  # fmt: skip
