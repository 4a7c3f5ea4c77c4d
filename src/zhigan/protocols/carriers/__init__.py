"""Carriers' pushes: China Telecom CTWing/AEP, China Mobile OneNET (legacy and Studio), Huawei OceanConnect and IoTDA.

Enters: the body of one HTTP push, as the carrier sent it. Leaves: reports (model.Report), carrier-neutral, each with
what the device itself said, as bytes or as fields. What that means is told by `devices`, one folder a model. Absent:
HTTP, tokens in addresses, the database; signatures that the carrier puts into the body are checked here.
"""

from zhigan.protocols.carriers import ctwing, huawei, onenet, relayed
from zhigan.protocols.carriers.model import (
    NOTHING,
    CarrierError,
    Fault,
    Payload,
    Report,
    ReportKind,
)

__all__ = [
    "NOTHING",
    "CarrierError",
    "Fault",
    "Payload",
    "Report",
    "ReportKind",
    "ctwing",
    "huawei",
    "onenet",
    "relayed",
]
