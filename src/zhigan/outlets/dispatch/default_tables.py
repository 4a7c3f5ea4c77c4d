"""The field maps that are shipped, one an adapter: where a new target begins. Names as far as they are known."""

from typing import Any

from zhigan.outlets.dispatch.model import Adapter

_STAGES: dict[str, str] = {
    "受理": "accepted", "accepted": "accepted", "20": "turnout", "出动": "turnout", "turnout": "turnout",
    "21": "en_route", "途中": "en_route", "en_route": "en_route", "22": "arrival", "到场": "arrival",
    "arrival": "arrival",
    "23": "water", "出水": "water", "water": "water", "控制": "controlled", "controlled": "controlled",
    "扑灭": "extinguished", "extinguished": "extinguished", "25": "returned", "归队": "returned", "返队": "returned",
    "returned": "returned",
}  # fmt: skip
"""GA/T 974.39 where a vehicle's state says it, and words."""
_TIMES: dict[str, str] = {
    "LASJ": "accepted", "CDSJ": "turnout", "DCSJ": "arrival", "CSSJ": "water", "HSKZSJ": "controlled",
    "JBPMSJ": "extinguished", "GDSJ": "returned",
}  # fmt: skip
_FOLLOWS = ["update", "cancel", "water"]


def _rows(*rows: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"to": to, "from": source} for to, source in rows]


_HYDRANT = _rows(
    ("MC", "name"), ("DDMC", "address"), ("DQJD", "lon"), ("DQWD", "lat"), ("JL", "distance_m"), ("YL", "pressure_mpa")
)
_CONTACT = _rows(("XM", "name"), ("SF", "role_zh"), ("LXDH", "phone"))
_PLAN = _rows(("MC", "name"), ("GS", "type"), ("DZ", "url"))
_BODY: list[dict[str, Any]] = [
    *_rows(("JQ_TYWYSBM", "id32"), ("BJ_TYWYSBM", "message"), ("JQBH", "number"), ("MC", "title"), ("DDMC", "address")),
    {"to": "JQFLYDM", "from": "kind", "codes": "kind"},
    {"to": "BJFSLBDM", "value": "物联网监控中心"},
    *_rows(
        ("XXLB", "act_zh"), ("SFYL", "exercise"), ("BJSJ", "reported_at"), ("QRSJ", "confirmed_at"), ("FSSJ", "sent_at")
    ),
    *_rows(
        ("QRYJ", "basis_zh"),
        ("XZQHDM", "area"),
        ("BJRXM", "reporter"),
        ("BJDH", "reporter_phone"),
        ("BJNR", "description"),
    ),
    *_rows(
        ("JQDX.JQDX_TYWYSBM", "unit_code"),
        ("JQDX.JQDX_MC", "unit_name"),
        ("JQDX.TYSHXYDM", "uscc"),
        ("JQDX.LC", "floor"),
    ),
    *_rows(("JQDX.DQJD", "lon"), ("JQDX.DQWD", "lat"), ("JQDX.BJDSL", "alarm_count")),
    {"to": "XFSY", "each": "hydrants", "fields": _HYDRANT},
    {"to": "LXR", "each": "contacts", "fields": _CONTACT},
    {"to": "PMT", "each": "plans", "fields": _PLAN},
    {"to": "CXYY", "from": "cause", "acts": ["cancel"]},
    {"to": "BZ", "from": "note", "acts": _FOLLOWS},
]
_CODES = {"kind": {"fire": "10000", "gas": "20000", "electrical": "10000", "*": "90000"}}
"""The class of an incident has no public code table: these stand until the centre names its own."""

JSON: dict[str, Any] = {
    "format": 1,
    "adapter": "json",
    "paths": {"alert": "/jq", "update": "/jq/xb", "cancel": "/jq/cx", "exercise": "/jq/yl", "water": "/sy"},
    "times": "beijing",
    "codes": _CODES,
    "fields": _BODY,
    "answer": {
        "at": "code",
        "ok": ["0", "200"],
        "again": ["409"],
        "number": ["data.JQBH", "JQBH"],
        "text": ["msg", "message"],
    },
    "feedback": {
        "incident": ["JQ_TYWYSBM", "JQBH"],
        "key": ["FK_TYWYSBM"],
        "stage": ["JQZT.LBDM"],
        "stages": _STAGES,
        "at": ["JQZT.RQSJ", "FK_RQSJ"],
        "times": _TIMES,
        "text": ["FKNR", "BZ"],
        "number": ["JQBH"],
        "vehicles": ["DPCL_SL"],
        "people": ["DPRY_RS"],
    },
}
XML: dict[str, Any] = {
    **JSON,
    "adapter": "xml26875",
    "paths": {
        "alert": "/rmsufp/jq",
        "update": "/rmsufp/jq",
        "cancel": "/rmsufp/jq",
        "exercise": "/rmsufp/jq",
        "water": "/rmsufp/sy",
    },
    "element": {"alert": "hjbj", "update": "hjxb", "cancel": "hjcx", "exercise": "hjyl", "water": "syzt"},
    "namespace": "urn:zhigan119:rmsufp:v1:openapi",
    "answer": {"at": "code", "ok": ["0", "200"], "again": ["409"], "number": ["JQBH"], "text": ["msg"]},
}
CAP: dict[str, Any] = {
    "format": 1,
    "adapter": "cap",
    "paths": {"alert": "/cap", "update": "/cap", "cancel": "/cap", "exercise": "/cap", "water": "/cap"},
    "sender": "zhigan119",
    "codes": {"kind": {"fire": "火灾", "gas": "燃气泄漏", "electrical": "电气火灾", "*": "警情"}},
    "fields": [
        {"to": "event", "from": "kind", "codes": "kind"},
        *_rows(
            ("JQ_TYWYSBM", "id32"),
            ("JQBH", "number"),
            ("QRYJ", "basis_zh"),
            ("basis", "basis"),
            ("XFSY", "hydrants_text"),
        ),
        *_rows(
            ("LXR", "contacts_text"), ("BJDSL", "alarm_count"), ("LC", "floor"), ("TYSHXYDM", "uscc"), ("CXYY", "cause")
        ),
    ],
    "answer": {"number": ["JQBH"]},
    "feedback": {
        "incident": ["references", "JQ_TYWYSBM"],
        "key": ["identifier"],
        "stage": ["stage", "JQZT"],
        "stages": _STAGES,
        "at": ["onset", "effective", "sent"],
        "text": ["description", "headline", "note"],
        "number": ["JQBH"],
        "vehicles": ["DPCL_SL"],
        "people": ["DPRY_RS"],
    },
}
DEFAULTS: dict[Adapter, dict[str, Any]] = {Adapter.JSON: JSON, Adapter.XML: XML, Adapter.CAP: CAP}
