"""A dialect's status words, component types and quantities, answered from tables built once and remembered.

Enters: a dialect. Leaves: `Meanings`: status word → conditions and known mask, component type → device type, analog
type → measure; and which frames are only a sign of life. Lookups are one dict access, for the hot path. Absent: frames.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from zhigan.gateways.gb26875 import tables
from zhigan.protocols.gb26875 import DIALECTS, Dialect, fast
from zhigan.vocabulary.conditions import Condition, Operation
from zhigan.vocabulary.metrics import BY_NAME

STARTED_BIT: Final = 1 << 5
FEEDBACK_BIT: Final = 1 << 6
FIRE_BIT: Final = 1 << 1


class Meaning(NamedTuple):
    conditions: int
    known: int
    type: str


class _Cache(dict[int, Meaning]):
    """Key: code << 16 | status word. Devices use a handful; garbage cannot make it grow for ever."""

    def __init__(self, mean: Callable[[int, int], Meaning]) -> None:
        super().__init__()
        self._mean = mean

    def __missing__(self, key: int) -> Meaning:
        if len(self) > 65_536:
            self.clear()
        meaning = self[key] = self._mean(key >> 16, key & 0xFFFF)
        return meaning


class Meanings:
    """How one dialect is understood."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.component = _Cache(self._component)
        self.system = _Cache(self._system)
        self.device = _Cache(self._device)
        self.types = {**tables.DEVICE_TYPES, **_private_devices(dialect)}
        self.measures = {**tables.MEASURES, **_private_measures(dialect)}
        self.plain = fast.suits(dialect)
        self.clearing = frozenset(code for code, row in dialect.types.items() if row.clears)
        self.fires = frozenset(code for code, row in dialect.types.items() if row.en in tables.PRIVATE_FIRES)
        self._component_bits = {**tables.COMPONENT_BITS, **_private_bits(dialect)}
        self._beats = frozenset((beat.command, beat.adu) for beat in dialect.heartbeats if beat.adu is not None)
        self._beating = frozenset(beat.command for beat in dialect.heartbeats if beat.adu is None)

    def heartbeat(self, command: int, adu: bytes) -> bool:
        return (command, adu) in self._beats or command in self._beating

    def _component(self, code: int, status: int) -> Meaning:
        fire = tables.FIRE_BIT.get(code, Condition.FIRE)
        acted, started = tables.ACTED.get(code, Condition.NONE), tables.STARTED.get(code, Condition.NONE)
        conditions, known = self._common(status, self._component_bits, fire)
        if status & (STARTED_BIT | FEEDBACK_BIT):
            conditions |= acted
        if status & STARTED_BIT:
            conditions |= started
        return Meaning(int(conditions), int(known | acted | started), self.types.get(code, "other" if code else ""))

    def _system(self, code: int, status: int) -> Meaning:
        conditions, known = self._common(status, tables.SYSTEM_BITS, Condition.FIRE)
        return Meaning(int(conditions), int(known), "control_panel" if code == 1 else "")

    def _device(self, code: int, status: int) -> Meaning:
        conditions, known = self._common(status, tables.DEVICE_BITS, Condition.FIRE)
        return Meaning(int(conditions), int(known), "transmission_device")

    def _common(self, status: int, bits: Mapping[int, Condition], fire: Condition) -> tuple[Condition, Condition]:
        known = fire
        conditions = fire if status & FIRE_BIT else Condition.NONE
        if self.dialect.test_bit or self.dialect.inverted_test_bit:
            # Only where the maker is known to mean it: most real fires come with bit 0 = 0 (gb26875.md §0.2).
            known |= Condition.TEST_MODE
            if bool(status & 1) is self.dialect.inverted_test_bit:
                conditions |= Condition.TEST_MODE
        for bit, condition in bits.items():
            known |= condition
            if status >> bit & 1:
                conditions |= condition
        return conditions, known


def operations(table: Mapping[int, Operation]) -> tuple[int, ...]:
    """Flag byte → operations, for all 256."""
    return tuple(sum(int(meant) for bit, meant in table.items() if flags & bit) for flags in range(256))


def _private_devices(dialect: Dialect) -> dict[int, str]:
    return {code: tables.PRIVATE_DEVICES.get(words[1], "other") for code, words in dialect.components.items()}


def _private_bits(dialect: Dialect) -> dict[int, Condition]:
    known = tables.PRIVATE_BITS
    return {bit: known[words[1]] for bit, words in dialect.component_bits.items() if words[1] in known}


def _private_measures(dialect: Dialect) -> dict[int, tables.Measure]:
    found: dict[int, tables.Measure] = {}
    for code, (_, en, unit, step) in dialect.analogs.items():
        answer = tables.PRIVATE_MEASURES.get((en, unit))
        if answer and step:
            found[code] = tables.Measure(BY_NAME[answer[0]].number, answer[1] / step)
    return found


MEANINGS: Final[dict[str, Meanings]] = {name: Meanings(dialect) for name, dialect in DIALECTS.items()}
