"""Combustible gas alarm with valve and fan (力安, 赛特威尔): thing model through CTWing.

Above the high limit it is above the low one too. Its heartbeat has another set of fields, with the card's number in it.
Meanings of `valve_state`, `fan_state` and `medium` beyond their names are not published: they are kept as text.
It can be told to close its valve, and there is no order that opens it.
"""

from typing import Final

import msgspec

from zhigan.protocols.carriers.devices.said import (
    Model,
    Said,
    State,
    dbm,
    fields_of,
    measured,
    state_of,
    thing_model,
    told,
)
from zhigan.protocols.carriers.model import Payload
from zhigan.vocabulary.conditions import GASES, Condition

STATES: Final = {
    0: State(known=GASES),
    1: State(Condition.GAS_LOW, GASES),
    2: State(Condition.GAS_LOW | Condition.GAS_HIGH, GASES),
}
_FAULT: Final = int(Condition.FAULT)
_BATTERY_OUT_V: Final = 1.0
_LOW_BATTERY: Final = int(Condition.LOW_BATTERY)


class _Fields(msgspec.Struct):
    gas_sensor_state: int | None = None
    gas_value: float | None = None
    temperature: float | None = None
    valve_state: int | None = None
    fan_state: int | None = None
    medium: int | None = None
    error_code: int | None = None
    battery_value: float | None = None
    battery_voltage: float | None = None
    rsrp: float | None = None
    sinr: float | None = None


_FIELDS: Final = msgspec.json.Decoder(_Fields, strict=False)


def _read(payload: Payload) -> tuple[Said, ...] | None:
    fields = fields_of(_FIELDS, payload)
    if fields is None or (fields.gas_sensor_state is None and b'"terminal_type"' not in payload.fields):
        return None
    alarm = (
        State() if fields.gas_sensor_state is None else state_of(STATES, fields.gas_sensor_state, "gas_sensor_state")
    )
    conditions, known = int(alarm.conditions), int(alarm.known)
    if fields.error_code is not None:
        known |= _FAULT
        conditions |= _FAULT if fields.error_code else 0
    if fields.battery_voltage is not None:
        known |= _LOW_BATTERY
        conditions |= _LOW_BATTERY if fields.battery_voltage < _BATTERY_OUT_V else 0
    readings = measured(
        gas=fields.gas_value,
        temperature=fields.temperature,
        battery=fields.battery_value,
        battery_voltage=fields.battery_voltage,
        signal_strength=dbm(fields.rsrp),
        snr=fields.sinr,
    )
    names = ("valve_state", "fan_state", "medium", "error_code")
    note = " ".join(f"{name}={value}" for name in names if (value := getattr(fields, name)) is not None)
    return (told(State(Condition(conditions), Condition(known)), readings, note),)


MODEL: Final = Model(
    name="lian_gas",
    zh="NB 可燃气体探测器(带阀)",
    en="NB gas alarm with valve",
    type="gas",
    device_class="nb_gas",
    mark=b'"battery_v',
    read=_read,
    orders=thing_model("silence", "self_test", "query_state", "set_parameters", "close_valve"),
)
