"""CAP 1.2 (OASIS Common Alerting Protocol): alerts written, read, and checked against what its schema says."""

from zhigan.protocols.cap.checking import faults
from zhigan.protocols.cap.model import NAMESPACE, Alert, Area, Info, Pair, Reference, Resource
from zhigan.protocols.cap.reading import Unreadable, read
from zhigan.protocols.cap.writing import write

__all__ = [
    "NAMESPACE", "Alert", "Area", "Info", "Pair", "Reference", "Resource", "Unreadable", "faults", "read", "write",
]  # fmt: skip
