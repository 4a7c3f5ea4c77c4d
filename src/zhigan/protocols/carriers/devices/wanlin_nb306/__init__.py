"""万林 NB306 smoke detector through OceanConnect, service `Report`.

Temperature comes in tenths of a degree. A detector that says "too hot" sees a fire as one that says "smoke" does. The
units of `signal` and `smokescope` are not published: they are kept as text.
"""

from typing import Final

import msgspec

from zhigan.protocols.carriers.devices.said import Model, Said, State, fields_of, measured, state_of, thing_model, told
from zhigan.protocols.carriers.model import Payload
from zhigan.vocabulary.conditions import Condition, Operation

STATES: Final = {
    0: State(known=Condition.FIRE | Condition.TAMPER | Condition.LOW_BATTERY),
    1: State(Condition.FIRE),
    2: State(Condition.FIRE),
    3: State(Condition.TAMPER),
    4: State(Condition.LOW_BATTERY),
    5: State(operations=Operation.SELF_TEST),
}
_RESET: Final = "f"


class _Fields(msgspec.Struct, rename="camel"):
    dev_state: int
    electric_quantity: float | None = None
    temperature: float | None = None
    signal: int | None = None
    cmd_value: str | int = ""
    smokescope: int | None = None


_FIELDS: Final = msgspec.json.Decoder(_Fields, strict=False)


def _read(payload: Payload) -> tuple[Said, ...] | None:
    fields = fields_of(_FIELDS, payload)
    if fields is None:
        return None
    state = state_of(STATES, fields.dev_state, "devState")
    if str(fields.cmd_value).lower() == _RESET:
        state = state._replace(operations=state.operations | Operation.RESET)
    temperature = None if fields.temperature is None else fields.temperature / 10
    readings = measured(temperature=temperature, battery=fields.electric_quantity)
    return (told(state, readings, f"signal={fields.signal} smokescope={fields.smokescope}"),)


MODEL: Final = Model(
    name="wanlin_nb306",
    zh="万林 NB306 感烟火灾探测报警器",
    en="Wanlin NB306 smoke alarm",
    type="smoke",
    device_class="nb_battery",
    mark=b'"devState"',
    read=_read,
    orders=thing_model("silence", "self_test", "query_state", "set_parameters"),
)
