"""Wireless electrical-fire monitor that names its channels by two hex digits.

01–08 alarm states (residual current, temperature), 09–0E of voltage and current, 0F–28 values, 40 reset done, FE
heartbeat, FF login, 00 the whole device. Published is the map; the values come as the fields of a thing model, one a
channel (`{"01": 1, "0F": 352.5}`). A state is 0 when normal.
"""

from typing import Final, NamedTuple

import msgspec

from zhigan.protocols.carriers.devices.said import Model, PayloadError, Said, fields_of, measured, thing_model
from zhigan.protocols.carriers.model import Payload
from zhigan.vocabulary.conditions import Condition, Operation


class _Channel(NamedTuple):
    point: str
    metric: str = ""
    condition: Condition = Condition.NONE


_PHASE: Final = "abc"


def _channels() -> dict[str, _Channel]:
    found: dict[str, _Channel] = {"00": _Channel("", condition=Condition.ELECTRICAL_ALARM)}
    for n in range(4):
        found[f"{1 + n:02X}"] = _Channel(f"residual-{n + 1}", condition=Condition.RESIDUAL_CURRENT)
        found[f"{5 + n:02X}"] = _Channel(f"temperature-{n + 1}", condition=Condition.CABLE_TEMPERATURE)
        found[f"{0x0F + n:02X}"] = _Channel(f"residual-{n + 1}", "residual_current")
        found[f"{0x13 + n:02X}"] = _Channel(f"temperature-{n + 1}", "temperature")
    for n, phase in enumerate(_PHASE):
        point = f"phase-{phase}"
        found[f"{9 + n:02X}"] = _Channel(point, condition=Condition.VOLTAGE)
        found[f"{0x0C + n:02X}"] = _Channel(point, condition=Condition.OVER_CURRENT)
        for base, metric in _VALUES:
            found[f"{base + n:02X}"] = _Channel(point, metric)
    return found


_VALUES: Final = (
    (0x17, "voltage"), (0x1A, "current"), (0x1D, "power"), (0x20, "power_factor"), (0x23, "frequency"),
    (0x26, "energy"),
)  # fmt: skip
CHANNELS: Final = _channels()
_RESET_DONE: Final = "40"
_SILENT: Final = frozenset({"FE", "FF", "80", _RESET_DONE})
_FIELDS: Final = msgspec.json.Decoder(dict[str, float], strict=False)


def _read(payload: Payload) -> tuple[Said, ...] | None:
    fields = fields_of(_FIELDS, payload)
    if not fields or any(len(code) != 2 for code in fields):
        return None
    told: dict[str, tuple[int, int, tuple[tuple[int, float], ...]]] = {"": (0, 0, ())}
    for code, value in fields.items():
        if code.upper() in _SILENT:
            continue
        channel = CHANNELS.get(code.upper())
        if channel is None:
            raise PayloadError(f"channel {code} is not described")
        conditions, known, readings = told.get(channel.point, (0, 0, ()))
        if channel.metric:
            readings += measured(**{channel.metric: value})
        else:
            known |= channel.condition
            conditions |= channel.condition if value else 0
        told[channel.point] = (int(conditions), int(known), readings)
    operations = int(Operation.RESET) if fields.get(_RESET_DONE) else 0
    return tuple(
        Said(
            point=point, conditions=conditions, known=known, readings=readings, operations=0 if point else operations,
            online=None if point else True,
        )
        for point, (conditions, known, readings) in told.items()
    )  # fmt: skip


MODEL: Final = Model(
    name="electrical_channels",
    zh="无线电气火灾监控探测器",
    en="wireless electrical-fire monitor",
    type="electrical_monitor",
    device_class="electrical_nb",
    mark=b'{"',
    read=_read,
    orders=thing_model("query_state", "self_test", "set_parameters"),
)
