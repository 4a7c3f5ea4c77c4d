"""What a device said and what it is told, in the city's words, and what a model is. The folders use nothing else.

Enters: nothing. Leaves: `Said`, `Told`, `Model`, `State`, and how fields are read leniently. Absent: any one model.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, TypeVar

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


Value = str | int | float | bool
Order = Mapping[str, Value]
"""Names and values that a person gave with a command: `basis` of a silence, the parameters of set_parameters."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What goes down: `raw` bytes for a device that reads bytes, else a service of its thing model with parameters.

    `method` is OceanConnect's and IoTDA's name of the command within the service; "": the service's own name.
    """

    raw: bytes = b""
    service: str = ""
    method: str = ""
    params: dict[str, Value] = {}


Encoder = Callable[[Order], Told]


def called(service: str, *names: str, **fixed: Value) -> Encoder:
    """A service of the thing model: with `fixed`, and with the arguments of these names ("*": all of them)."""

    def encode(order: Order) -> Told:
        wanted = order if "*" in names else {name: order[name] for name in names if name in order}
        return Told(service=service, params={**fixed, **wanted})

    return encode


THING_MODEL: Final[dict[str, Encoder]] = {
    "query_state": called("query_state"),
    "silence": called("silence"),
    "self_test": called("self_test"),
    "set_parameters": called("set_parameters", "*"),
    "close_valve": called("close_valve"),
    "sync_clock": called("sync_clock"),
}
"""Services as docs/protocols/carriers.md asks them to be named in the product's model at the carrier: there a product's
owner decides on names, not the device. Who named them otherwise says so in the orders file (gateways/carriers)."""


def thing_model(*commands: str) -> dict[str, Encoder]:
    return {command: THING_MODEL[command] for command in commands}


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """One folder. `mark` must stand in every payload of it; `read` answers None for a payload that is not its own.

    `period_s`: how often it reports by itself; 0: as its class does (vocabulary.devices). `orders`: commands (words of
    the contract) that can be put into its own form; a command that is not there is never sent.
    """

    name: str
    zh: str
    en: str
    type: str
    device_class: str
    mark: bytes
    read: Callable[[Payload], tuple[Said, ...] | None]
    period_s: int = 0
    orders: Mapping[str, Encoder] = {}


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
