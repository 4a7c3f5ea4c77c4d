"""What the schema of CAP 1.2 says, as rows: element, how often at least, whether often, and what its text must be.

Written from the standard's data dictionary. Order is the order in which they must stand.
"""

import re
from typing import NamedTuple


class Rule(NamedTuple):
    name: str
    least: int = 0
    often: bool = False
    one_of: tuple[str, ...] = ()
    form: re.Pattern[str] | None = None
    parts: str = ""
    """The element has children: the key of their rows."""


_NO_SIGNS = re.compile(r"[^\s,<&]+")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_REFERENCES = re.compile(r"[^\s,]+,[^\s,]+,[^\s,]+( [^\s,]+,[^\s,]+,[^\s,]+)*")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:\S*|[^\s:/]*(/\S*)?")
_WHOLE = re.compile(r"[-+]?\d+")
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)")
_POINT = r"[-+]?\d{1,2}(\.\d+)?,[-+]?\d{1,3}(\.\d+)?"
_CIRCLE = re.compile(rf"{_POINT} \d+(\.\d+)?")
_POLYGON = re.compile(rf"({_POINT} ){{3,}}{_POINT}")

STATUS = ("Actual", "Exercise", "System", "Test", "Draft")
MESSAGE_TYPE = ("Alert", "Update", "Cancel", "Ack", "Error")
SCOPE = ("Public", "Restricted", "Private")
CATEGORY = (
    "Geo",
    "Met",
    "Safety",
    "Security",
    "Rescue",
    "Fire",
    "Health",
    "Env",
    "Transport",
    "Infra",
    "CBRNE",
    "Other",
)
RESPONSE = ("Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None")
URGENCY = ("Immediate", "Expected", "Future", "Past", "Unknown")
SEVERITY = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
CERTAINTY = ("Observed", "Likely", "Possible", "Unlikely", "Unknown")

PAIR = (Rule("valueName", 1), Rule("value", 1))
ROWS: dict[str, tuple[Rule, ...]] = {
    "alert": (
        Rule("identifier", 1, form=_NO_SIGNS),
        Rule("sender", 1, form=_NO_SIGNS),
        Rule("sent", 1, form=_TIME),
        Rule("status", 1, one_of=STATUS),
        Rule("msgType", 1, one_of=MESSAGE_TYPE),
        Rule("source"),
        Rule("scope", 1, one_of=SCOPE),
        Rule("restriction"),
        Rule("addresses"),
        Rule("code", often=True),
        Rule("note"),
        Rule("references", form=_REFERENCES),
        Rule("incidents"),
        Rule("info", often=True, parts="info"),
    ),
    "info": (
        Rule("language", form=_LANGUAGE),
        Rule("category", 1, often=True, one_of=CATEGORY),
        Rule("event", 1),
        Rule("responseType", often=True, one_of=RESPONSE),
        Rule("urgency", 1, one_of=URGENCY),
        Rule("severity", 1, one_of=SEVERITY),
        Rule("certainty", 1, one_of=CERTAINTY),
        Rule("audience"),
        Rule("eventCode", often=True, parts="pair"),
        Rule("effective", form=_TIME),
        Rule("onset", form=_TIME),
        Rule("expires", form=_TIME),
        Rule("senderName"),
        Rule("headline"),
        Rule("description"),
        Rule("instruction"),
        Rule("web", form=_URI),
        Rule("contact"),
        Rule("parameter", often=True, parts="pair"),
        Rule("resource", often=True, parts="resource"),
        Rule("area", often=True, parts="area"),
    ),
    "pair": PAIR,
    "resource": (
        Rule("resourceDesc", 1),
        Rule("mimeType", 1),
        Rule("size", form=_WHOLE),
        Rule("uri", form=_URI),
        Rule("derefUri"),
        Rule("digest"),
    ),
    "area": (
        Rule("areaDesc", 1),
        Rule("polygon", often=True, form=_POLYGON),
        Rule("circle", often=True, form=_CIRCLE),
        Rule("geocode", often=True, parts="pair"),
        Rule("altitude", form=_NUMBER),
        Rule("ceiling", form=_NUMBER),
    ),
}
