"""Smoke detectors that speak in text: `NBSMOKE:12345,ALARM`, with `-DSOC/…,-BSOC/…,-SM/…` behind it in reports.

The text stands in any field of a profile, or is the payload itself. What DSOC, BSOC and SM count is not published: they
are kept as text. LOSE is a detector that its own module has lost; RELOST and REFAULT are its return.
"""

import re
from typing import Final

from zhigan.protocols.carriers.devices.said import Model, PayloadError, Said, State, told
from zhigan.protocols.carriers.model import Payload
from zhigan.vocabulary.conditions import Condition, Operation

_FAULTS: Final = Condition.FAULT | Condition.LOW_BATTERY | Condition.ALARM_FAULT | Condition.CHANNEL_FAULT

STATES: Final = {
    "ALARM": State(Condition.FIRE),
    "WARN": State(Condition.SUPERVISORY),
    "NORMAL": State(known=Condition.FIRE | Condition.SUPERVISORY | Condition.TAMPER | _FAULTS),
    "FAULT": State(Condition.FAULT),
    "REFAULT": State(known=_FAULTS),
    "BATFAULT": State(Condition.LOW_BATTERY),
    "BTFAULT": State(Condition.LOW_BATTERY),
    "MPFAULT": State(Condition.ALARM_FAULT),
    "LOSE": State(Condition.CHANNEL_FAULT),
    "RELOST": State(known=Condition.CHANNEL_FAULT),
    "OPEN": State(Condition.TAMPER),
    "CLOSE": State(known=Condition.TAMPER),
    "KEYTEST": State(operations=Operation.TEST),
    "START": State(online=True),
    "LOGIN": State(online=True),
    "LOGOUT": State(online=False),
}
_SAID: Final = re.compile(rb"NBSMOKE:\s*(\w{1,32})\s*,\s*([A-Z]{1,16})((?:\s*,\s*-[A-Z]{1,8}/\d{1,6})*)")


def _read(payload: Payload) -> tuple[Said, ...] | None:
    found = _SAID.search(payload.text) or _SAID.search(payload.raw)
    if found is None:
        raise PayloadError("no state stands behind NBSMOKE")
    word = found[2].decode()
    state = STATES.get(word)
    if state is None:
        raise PayloadError(f"{word} is not described")
    return (told(state, note=found[0].decode()),)


MODEL: Final = Model(
    name="nbsmoke",
    zh="NBSMOKE 感烟火灾探测报警器",
    en="NBSMOKE smoke alarm",
    type="smoke",
    device_class="nb_battery",
    mark=b"NBSMOKE:",
    read=_read,
)
