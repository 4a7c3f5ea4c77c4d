"""The mains of some units: a residual current relay and a meter behind a Modbus gateway. Same seed, same list.

Enters: units with a switch room, the gateway's address. Leaves: for each of the first of them a circuit that both
measure, as rows of the import's files, and what their registers hold. Absent: the port (meters).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from citysim.circuits import Wired

UNITS: Final = 4
RELAY, METER = "acrel_asj", "acrel_adl3000"
METERS_FROM: Final = 100
"""Numbers on the line: relays from 1, meters from 101."""
EVERY_S: Final = 10


class Mains(msgspec.Struct, frozen=True):
    """`number`: of the relay on the line; the meter's is `METERS_FROM` more."""

    number: int
    unit: str
    building: str
    rating_a: float = 250.0

    @property
    def meter(self) -> int:
        return METERS_FROM + self.number


def mains(units: Sequence[Wired], limit: int = UNITS) -> tuple[Mains, ...]:
    return tuple(Mains(n, unit.code, unit.building) for n, unit in enumerate(units[:limit], start=1))


def device_rows(all_: Iterable[Mains], gateway: str) -> Iterable[Mapping[str, object]]:
    for each in all_:
        own = {
            "unit_code": each.unit, "type": "electrical_monitor", "gateway": "modbus", "building": each.building,
            "floor": 1, "place": "AA1配电柜",
        }  # fmt: skip
        relay, meter = f"{gateway}:{each.number}", f"{gateway}:{each.meter}"
        yield own | {"name": "AA1 总进线剩余电流继电器", "address": relay, "profile": f"{RELAY}:{EVERY_S}"}
        yield own | {"name": "AA1 总进线电表", "address": meter, "profile": f"{METER}:{EVERY_S}"}
        for phase in "abc":
            yield own | {"name": f"AA1 总进线{phase.upper()}相", "address": f"{meter}/{phase}"}


def circuit_rows(all_: Iterable[Mains], gateway: str) -> Iterable[Mapping[str, object]]:
    for each in all_:
        meter = f"{gateway}:{each.meter}"
        measured = [f"{metric}.{phase}={meter}/{phase}" for metric in ("current", "voltage") for phase in "abc"]
        yield {
            "unit_code": each.unit, "code": "AA1-W1", "name": "总进线", "building": each.building, "panel": "AA1",
            "place": "一层配电室", "phases": 3, "rating_a": each.rating_a, "load_class": "second", "feeds": "other",
            "gateway": "modbus", "channels": ";".join([*measured, f"residual_current={gateway}:{each.number}"]),
        }  # fmt: skip
