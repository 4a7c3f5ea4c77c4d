"""The registry's rules: pure, `now` is an argument.

Enters: words, numbers, addresses. Leaves: verdicts and composed words. Absent: rows, and who may do what.
"""

import re
from collections.abc import Mapping

from zhigan.registry.model import DeviceContext, DeviceState, TestMode
from zhigan.vocabulary.conditions import FIRES, GASES, Condition
from zhigan.vocabulary.events import Draft, EventType

ROOTED = frozenset({"gb26875", "modbus", "ctwing", "onenet", "huawei", "lwm2m", "coap"})
"""Gateways whose address holds the device (a transmission device, a monitor with channels) before the slash and what
stands behind it after."""

COMPONENTS_PER_DEVICE = 8192
"""How many parts behind one transmission device are taken up by themselves; more is noise or malice."""
UNKNOWN_ROOTS = 20_000
"""How many devices without a unit may stand discovered at once."""

LIFE_CYCLE: Mapping[DeviceState, frozenset[DeviceState]] = {
    DeviceState.PLANNED: frozenset(
        {DeviceState.DELIVERED, DeviceState.INSTALLED, DeviceState.COMMISSIONED, DeviceState.IN_SERVICE}
        | {DeviceState.RETIRED}
    ),
    DeviceState.DELIVERED: frozenset(
        {DeviceState.INSTALLED, DeviceState.COMMISSIONED, DeviceState.IN_SERVICE, DeviceState.RETIRED}
    ),
    DeviceState.INSTALLED: frozenset(
        {DeviceState.COMMISSIONED, DeviceState.IN_SERVICE, DeviceState.REPLACED, DeviceState.RETIRED}
    ),
    DeviceState.COMMISSIONED: frozenset({DeviceState.IN_SERVICE, DeviceState.REPLACED, DeviceState.RETIRED}),
    DeviceState.IN_SERVICE: frozenset({DeviceState.SUSPENDED, DeviceState.REPLACED, DeviceState.RETIRED}),
    DeviceState.SUSPENDED: frozenset({DeviceState.IN_SERVICE, DeviceState.REPLACED, DeviceState.RETIRED}),
    DeviceState.DISCOVERED: frozenset(
        {DeviceState.INSTALLED, DeviceState.COMMISSIONED, DeviceState.IN_SERVICE, DeviceState.RETIRED}
    ),
    DeviceState.REPLACED: frozenset(),
    DeviceState.RETIRED: frozenset(),
}

ALARMS = (
    FIRES | GASES | Condition.WATER_FLOW | Condition.ELECTRICAL_ALARM | Condition.RESIDUAL_CURRENT
    | Condition.CABLE_TEMPERATURE | Condition.ARC | Condition.SHORT_CIRCUIT | Condition.OVER_CURRENT
    | Condition.VOLTAGE | Condition.EXIT_BLOCKED | Condition.EBIKE
)  # fmt: skip
FAULTS = (
    Condition.FAULT | Condition.MAINS_FAULT | Condition.BACKUP_FAULT | Condition.BUS_FAULT | Condition.POWER_FAULT
    | Condition.LINE_FAULT | Condition.CHANNEL_FAULT | Condition.LOW_BATTERY | Condition.TAMPER
    | Condition.LOW_PRESSURE | Condition.NO_WATER | Condition.LOW_LEVEL | Condition.DAMAGED | Condition.PUMP_OFF
    | Condition.ALARM_FAULT | Condition.CLOCK_WRONG | Condition.IMPLAUSIBLE
)  # fmt: skip

CONDITION_WORDS: tuple[tuple[str, Condition], ...] = (
    ("alarm", ALARMS),
    ("offline", Condition.OFFLINE),
    ("fault", FAULTS),
    ("shielded", Condition.SHIELD),
    ("supervisory", Condition.SUPERVISORY),
    ("active", Condition.STARTED | Condition.FEEDBACK | Condition.DELAY),
    ("test", Condition.TEST_MODE),
)
"""In order: the first that holds names what a device is in."""

# Plain numbers: the operators of flags are slow, and a list has hundreds of devices.
_MASKS = tuple((word, int(mask)) for word, mask in CONDITION_WORDS)
_BITS = tuple((int(c), str(c.name).lower()) for c in Condition if c)

NORMAL = "normal"
NEVER_SEEN = "never_seen"


def condition_word(conditions: int, seen: bool) -> str:
    for word, mask in _MASKS:
        if conditions & mask:
            return word
    return NORMAL if seen else NEVER_SEEN


def condition_names(conditions: int) -> list[str]:
    return [name for bit, name in _BITS if conditions & bit] if conditions else []


def root_of(gateway: str, address: str) -> str:
    """The transmission device's address; of a device that stands alone, its own."""
    return address.partition("/")[0] if gateway in ROOTED else address


def is_component(gateway: str, address: str) -> bool:
    return root_of(gateway, address) != address


def system_of(address: str) -> str:
    """`790300000000/1.1.40.131082` → `790300000000/1.1`; "" where there is no system."""
    root, slash, point = address.partition("/")
    parts = point.split(".")
    return f"{root}/{parts[0]}.{parts[1]}" if slash and len(parts) >= 2 else ""


def next_states(state: str) -> list[str]:
    return [str(s) for s in DeviceState if s in LIFE_CYCLE[DeviceState(state)]]


def may_become(state: str, next_state: str) -> bool:
    return DeviceState(next_state) in LIFE_CYCLE[DeviceState(state)]


def place_text(place: str, building: str, floor: str, compartment: str, flat: str) -> str:
    """Where, in the field's words: what somebody wrote, else composed."""
    if place:
        return f"{building} {place}" if building and building not in place else place
    level = f"{floor}层" if floor[-1:].isdigit() else floor
    return " ".join(part for part in (building, level, compartment, flat) if part)


_ARABIC = str.maketrans("一二三四五六七八九", "123456789")
_TENS = ((r"([1-9])十([1-9])", r"\1\2"), (r"([1-9])十", r"\g<1>0"), (r"十([1-9])", r"1\1"), ("十", "10"))
_LEVEL = re.compile(r"([B负地下-]*|F)\s*([0-9]{1,3})")
LONGEST_FLOOR = 40


def floor_number(text: str) -> int | None:
    """`12`, `12F`, `十二层`, `B1`, `负一层`, `-2` → a number; None where it is none."""
    said = text.strip().upper().translate(_ARABIC)
    for tens, figures in _TENS:
        said = re.sub(tens, figures, said)
    found = _LEVEL.match(said)
    if found is None:
        return None
    below = found[1] not in ("", "F")
    return -int(found[2]) if below else int(found[2])


def floor_key(text: str) -> str:
    """What two spellings of one floor share; `registry.floor_key` is the same in SQL."""
    number = floor_number(text)
    return text.strip().upper() if number is None else str(number)


def floor_name(text: str) -> str:
    """As the house says it: `3` is 3F, `-1` is B1; what holds more than a number stays as it is written."""
    said = text.strip()
    number = floor_number(said)
    if number is None or not re.fullmatch(r"[B负地下-]*[0-9]+层?", said.upper()):
        return said
    return f"B{-number}" if number < 0 else f"{number}F"


def floor_order(floor: str) -> tuple[int, int, str]:
    """A key that sorts from the top down; what holds no number comes last."""
    number = floor_number(floor)
    return (1, 0, floor) if number is None else (0, -number, floor)


def floors_built(above: int | None, below: int | None) -> list[str]:
    """The floors that a building has by its numbers: 1F … and B1 …"""
    return [f"{n}F" for n in range(1, (above or 0) + 1)] + [f"B{n}" for n in range(1, (below or 0) + 1)]


def locus(  # the order is policy.md's: flat, compartment, floor, building, unit
    unit_id: str | None, building_id: str | None, floor: str, compartment: str, flat: str, device: str
) -> str:
    where = f"b:{building_id}" if building_id else f"u:{unit_id}" if unit_id else ""
    if not where:
        return f"d:{device}"
    if flat:
        return f"{where}|flat:{flat}"
    if compartment:
        return f"{where}|comp:{floor}:{compartment}"
    return f"{where}|floor:{floor}" if floor else where


def in_test(test: TestMode, device: DeviceContext, now: int) -> bool:
    if not test.starts_at <= now < test.ends_at:
        return False
    if test.building_id is not None and test.building_id != device.building_id:
        return False
    if not test.devices and not test.systems:
        return True
    return device.id in test.devices or any(below(device.address, system) for system in test.systems)


def below(address: str, prefix: str) -> bool:
    """`790300000000/1.1.40.5` is below `790300000000/1.1` and `790300000000`, not below `790300000000/1.11`."""
    rest = address.removeprefix(prefix)
    return address.startswith(prefix) and (not rest or rest[0] in "/.")


def discovered(device: DeviceContext, at: int) -> Draft:
    """The event for a device that appeared by itself."""
    body: dict[str, object] = {
        "id": device.id,
        "gateway": device.gateway,
        "address": device.address,
        "type": device.type,
        "unit_id": device.unit_id,
    }
    return Draft(EventType.DEVICE_DISCOVERED, device.id, at, body, device.owned)
