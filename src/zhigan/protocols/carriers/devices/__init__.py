"""Device models: one folder each, found by being there. Adding one touches nothing outside its folder.

Enters: payloads as carriers carry them. Leaves: `read(payload, hint)`: which model it is and what it said. A folder
holds `__init__.py` with `MODEL` and `samples.json` with what its source published. Absent: who the device is.
"""

import importlib
import pkgutil
from typing import Final

from zhigan.protocols.carriers.devices.said import Model, Order, PayloadError, Said, State, Told, Value
from zhigan.protocols.carriers.model import Payload

__all__ = ["BY_NAME", "MODELS", "Model", "Order", "PayloadError", "Said", "State", "Told", "Value", "read"]


def _found() -> tuple[Model, ...]:
    folders = sorted(entry.name for entry in pkgutil.iter_modules(__path__) if entry.ispkg)
    return tuple(importlib.import_module(f"{__name__}.{name}").MODEL for name in folders)


MODELS: Final[tuple[Model, ...]] = _found()
BY_NAME: Final[dict[str, Model]] = {model.name: model for model in MODELS}


def read(payload: Payload, hint: str = "") -> tuple[Model, tuple[Said, ...]] | None:
    """The model that knows this payload, `hint` (a model's name) asked first; None where nobody does."""
    text = payload.text
    if not text:
        return None
    first = BY_NAME.get(hint)
    if first is not None and (said := _read(first, text, payload)) is not None:
        return first, said
    for model in MODELS:
        if model is not first and (said := _read(model, text, payload)) is not None:
            return model, said
    return None


def _read(model: Model, text: bytes, payload: Payload) -> tuple[Said, ...] | None:
    if model.mark not in text and model.mark not in payload.raw:
        return None
    return model.read(payload)
