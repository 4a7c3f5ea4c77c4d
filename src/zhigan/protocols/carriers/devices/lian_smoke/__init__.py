"""力安 smoke detector over NB-IoT: OceanConnect profile `notification` through CTWing.

One status field says everything: 7 is normal in all respects. RSRP comes without its sign.
It says itself that it was told to be quiet (8, 9): the proof of a silence.
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
from zhigan.vocabulary.conditions import Condition, Operation

_ALL: Final = (
    Condition.FIRE | Condition.FAULT | Condition.LOW_BATTERY | Condition.TAMPER | Condition.ALARM_FAULT
)  # fmt: skip

STATES: Final = {
    1: State(Condition.FIRE),
    2: State(operations=Operation.SILENCE),
    3: State(),
    4: State(Condition.LOW_BATTERY),
    5: State(Condition.FAULT),
    6: State(Condition.ALARM_FAULT),
    7: State(known=_ALL),
    8: State(operations=Operation.SILENCE),
    9: State(operations=Operation.SILENCE),
    10: State(Condition.TAMPER),
    11: State(known=Condition.TAMPER),
    12: State(online=True),
    13: State(Condition.FAULT),
    14: State(operations=Operation.TEST),
}


class _Fields(msgspec.Struct, rename="pascal"):
    alarm_status: int = msgspec.field(name="Alarm_Status")
    t_data: float | None = None
    snr: float | None = msgspec.field(default=None, name="SNR")
    rsrp: float | None = msgspec.field(default=None, name="RSRP")
    battery_level: float | None = msgspec.field(default=None, name="Battery_Level")


_FIELDS: Final = msgspec.json.Decoder(_Fields, strict=False)


def _read(payload: Payload) -> tuple[Said, ...] | None:
    fields = fields_of(_FIELDS, payload)
    if fields is None:
        return None
    readings = measured(
        temperature=fields.t_data, battery=fields.battery_level, signal_strength=dbm(fields.rsrp), snr=fields.snr
    )
    return (told(state_of(STATES, fields.alarm_status, "Alarm_Status"), readings),)


MODEL: Final = Model(
    name="lian_smoke",
    zh="力安 NB 感烟火灾探测报警器",
    en="LiAn NB smoke alarm",
    type="smoke",
    device_class="nb_battery",
    mark=b'"Alarm_Status"',
    read=_read,
    orders=thing_model("silence", "self_test", "query_state", "set_parameters"),
)
