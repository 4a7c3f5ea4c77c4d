"""万林 NB water pressure gauge: 40 characters between NB and NC.

`NB9003` `903` IMEI(15) type(2) low(4) high(4) present(4) `NC`; the pressures in hundredths. Type 10 self-check, 02 low
battery, 03 and 13 low pressure and its end, 04 and 14 high pressure and its end.
"""

import re
from typing import Final

from zhigan.protocols.carriers.devices.said import Model, PayloadError, Said, State, measured, told
from zhigan.protocols.carriers.model import Payload
from zhigan.vocabulary.conditions import Condition, Operation

STATES: Final = {
    "10": State(operations=Operation.SELF_TEST),
    "02": State(Condition.LOW_BATTERY),
    "03": State(Condition.LOW_PRESSURE),
    "13": State(known=Condition.LOW_PRESSURE),
    "04": State(Condition.SUPERVISORY),
    "14": State(known=Condition.SUPERVISORY),
}
_FRAME: Final = re.compile(rb"NB(\w{4})(\d{3})(\d{15})(\d\d)(\d{4})(\d{4})(\d{4})NC")


def _read(payload: Payload) -> tuple[Said, ...] | None:
    found = _FRAME.search(payload.text) or _FRAME.search(payload.raw)
    if found is None:
        if b'"ReceivePiezoMeter"' in payload.fields:
            raise PayloadError("ReceivePiezoMeter is not 40 characters between NB and NC")
        return None
    code = found[4].decode()
    state = STATES.get(code)
    if state is None:
        raise PayloadError(f"type {code} is not described")
    low, high, present = (int(found[n]) / 100 for n in (5, 6, 7))
    note = f"低限 {low:g} MPa 高限 {high:g} MPa" + (" 高压报警" if state.conditions & Condition.SUPERVISORY else "")
    return (told(state, measured(pressure=present), note),)


MODEL: Final = Model(
    name="wanlin_pressure",
    zh="万林 NB 水压表",
    en="Wanlin NB water pressure gauge",
    type="water_pressure",
    device_class="water_nb",
    mark=b"NB9",
    read=_read,
)
