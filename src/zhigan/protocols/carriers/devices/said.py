"""What a device said, in the city's words, and what a model is. The folders beside this file use nothing else.

Enters: nothing. Leaves: `Said`, `Model`, `State`, and how fields are read leniently. Absent: any one model.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

import msgspec

from zhigan.protocols.carriers.model import Payload
from zhigan.vocabulary.conditions import Condition, Operation
from zhigan.vocabulary.metrics import BY_NAME

T = TypeVar("T")


class PayloadError(ValueError):
    """It is of this model, and it is broken: a checksum, a length, a field."""


class State(NamedTuple):
    """What one code of a maker means. `known` is what it speaks of: the rest stays as it was."""

    conditions: Condition = Condition.NONE
    known: Condition = Condition.NONE
    operations: Operation = Operation.NONE
    online: bool | None = None


class Said(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`point` is a part of the device (a channel), "" the device itself; `at` is the device's own clock, µs.

    `readings` are (metric number, value) in the metric's unit. `type` overrides the model's, where the device tells.
    """

    conditions: int = 0
    known: int = 0
    operations: int = 0
    readings: tuple[tuple[int, float], ...] = ()
    point: str = ""
    type: str = ""
    at: int | None = None
    online: bool | None = None
    note: str = ""


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """One folder. `mark` must stand in every payload of it; `read` answers None for a payload that is not its own.

    `period_s`: how often it reports by itself; 0: as its class does (vocabulary.devices).
    """

    name: str
    zh: str
    en: str
    type: str
    device_class: str
    mark: bytes
    read: Callable[[Payload], tuple[Said, ...] | None]
    period_s: int = 0


def measured(**values: float | None) -> tuple[tuple[int, float], ...]:
    """Metrics by name; what the device did not tell is left out."""
    return tuple([(BY_NAME[name].number, float(value)) for name, value in values.items() if value is not None])


def told(state: State, readings: tuple[tuple[int, float], ...] = (), note: str = "") -> Said:
    return Said(
        conditions=int(state.conditions),
        known=int(state.known | state.conditions),
        operations=int(state.operations),
        online=state.online,
        readings=readings,
        note=note,
    )


def fields_of(decoder: msgspec.json.Decoder[T], payload: Payload) -> T | None:
    """The model's own fields, None where these are not they."""
    try:
        return decoder.decode(payload.fields)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def state_of(states: Mapping[int, State], code: int, what: str) -> State:
    state = states.get(code)
    if state is None:
        raise PayloadError(f"{what} {code} is not described")
    return state


def dbm(rsrp: float | None) -> float | None:
    """RSRP is negative; many devices leave the sign out."""
    if rsrp is None or rsrp == 0:
        return None
    return -rsrp if rsrp > 0 else rsrp
