"""What another platform says of one device: a state in a word, battery, signal (GB/T 45839-2025 Annex D and its like).

The door for platforms (gateways/platforms) has put the platform's own codes into these words. An alarm is of the kind
that the device's type says; of an unknown type it is a fire, for a fire must not be lost to a missing word. `normal`
speaks of all that these words can say: alarm, fault and shield end with it.
"""

from typing import Final, Literal

import msgspec

from zhigan.protocols.carriers.devices.said import Model, Said, fields_of, measured
from zhigan.protocols.carriers.model import Payload
from zhigan.vocabulary.conditions import GASES, Condition, Operation
from zhigan.vocabulary.devices import PERSON

ALARMS: Final = {
    "gas": GASES,  # the level is not told: the graver one
    "electrical_monitor": Condition.ELECTRICAL_ALARM,
    "breaker": Condition.ELECTRICAL_ALARM,
    "water_pressure": Condition.LOW_PRESSURE,
    "water_level": Condition.LOW_LEVEL,
    "water_flow": Condition.WATER_FLOW,
    "hydrant": Condition.DAMAGED,
    "manual_call_point": Condition.FIRE,
    PERSON: Condition.MANUAL_ALARM,  # somebody says that it burns
}
_EVERY_ALARM: Final = (
    GASES
    | Condition.FIRE
    | Condition.ELECTRICAL_ALARM
    | Condition.LOW_PRESSURE
    | (Condition.LOW_LEVEL | Condition.WATER_FLOW | Condition.DAMAGED)
)
_FAULTS: Final = Condition.FAULT | Condition.LOW_BATTERY
State = Literal["normal", "alarm", "fault", "shielded", "low_battery", "tamper", "online", "offline", "test"]


class _Fields(msgspec.Struct):
    platform_status: State
    type: str = ""
    alarms: str = ""
    battery: float | None = None
    signal: float | None = None
    note: str = ""


_DECODER: Final = msgspec.json.Decoder(_Fields)


def _read(payload: Payload) -> tuple[Said, ...] | None:
    fields = fields_of(_DECODER, payload)
    if fields is None:
        return None
    conditions, known = _conditions(fields.platform_status, fields.alarms or fields.type)
    battery = fields.battery if fields.battery is not None and 0 <= fields.battery <= 100 else None
    signal = fields.signal if fields.signal is not None and -150 <= fields.signal < 0 else None
    test = int(Operation.TEST) if fields.platform_status == "test" else 0
    return (
        Said(
            conditions=int(conditions),
            known=int(known),
            operations=test,
            readings=measured(battery=battery, signal_strength=signal),
            type=fields.type,
            note=fields.note,
            online={"online": True, "offline": False}.get(fields.platform_status),
        ),
    )


def _conditions(state: State, type_: str) -> tuple[Condition, Condition]:
    """What holds, and what was spoken of: an alarm does not say that a fault is over."""
    match state:
        case "normal" if type_ == PERSON:
            return Condition.NONE, Condition.MANUAL_ALARM
        case "normal":
            return Condition.NONE, _EVERY_ALARM | _FAULTS | Condition.SHIELD | Condition.TAMPER
        case "alarm":
            alarm = ALARMS.get(type_, Condition.FIRE)
            return alarm, alarm
        case "fault":
            return Condition.FAULT, Condition.FAULT
        case "shielded":
            return Condition.SHIELD, Condition.SHIELD
        case "low_battery":
            return Condition.LOW_BATTERY, Condition.LOW_BATTERY
        case "tamper":
            return Condition.TAMPER, Condition.TAMPER
        case _:
            return Condition.NONE, Condition.NONE


MODEL: Final = Model(
    name="platform_status",
    zh="其他平台转报的状态",
    en="State told by another platform",
    type="other",
    device_class="nb_battery",
    mark=b'"platform_status"',
    read=_read,
)
