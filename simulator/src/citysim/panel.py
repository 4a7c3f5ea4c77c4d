"""The state of one site: what its components, systems and transmission device would say if asked, as wire objects.

Enters: what happens in the building, and now. Leaves: objects to upload, and the objects that answer a request of the
centre. Absent: sockets, frames, serials (device), and who decides what happens (life, stories).
"""

from collections import deque
from collections.abc import Iterable, Sequence

from citysim.city import Point, Site
from citysim.city_tables import PARTS
from zhigan.protocols import gb26875 as gb

NORMAL, FIRE, FAULT, SHIELD, SUPERVISORY, STARTED, FEEDBACK, DELAY, POWER = (1 << n for n in range(9))
"""Bits of a component's status; a system's are the same up to DELAY."""
SYSTEM_MAINS, SYSTEM_BACKUP, SYSTEM_BUS, SYSTEM_MANUAL, SYSTEM_CONFIG, SYSTEM_RESET = (1 << n for n in range(8, 14))
DEVICE_FIRE, DEVICE_FAULT, DEVICE_MAINS, DEVICE_BACKUP, DEVICE_CHANNEL, DEVICE_LINE = (1 << n for n in range(1, 7))
OP_RESET, OP_SILENCE, OP_MANUAL, OP_CLEARED, OP_SELF_TEST, OP_CONFIRM, OP_TEST = (1 << n for n in range(7))
OP_DUTY = OP_CONFIRM
"""Bit 5 of a type 24 record is the answer to a duty check, of a type 4 record the confirmation at the panel."""

RECORDS_KEPT = 1000
VERSION = (3, 2)


class Panel:
    """Statuses are kept as bits that are not normal; bit 0 is added on the wire as the maker does it."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.by_address = {(p.system_type, p.system_address, p.component_address): p for p in site.points}
        self.values: dict[Point, int] = {}
        self.device_bits = 0
        self.system_bits: dict[tuple[int, int], int] = {}
        self._bits: dict[Point, int] = {}
        self._system_records: deque[gb.SystemOperation] = deque(maxlen=RECORDS_KEPT)
        self._device_records: deque[gb.DeviceOperation] = deque(maxlen=RECORDS_KEPT)

    def bits(self, point: Point) -> int:
        return self._bits.get(point, 0)

    def change(self, points: Iterable[Point], now: int, on: int = 0, off: int = 0) -> Sequence[gb.Object]:
        """Components set and clear bits; each tells its whole status."""
        changed: list[gb.Object] = []
        for point in points:
            self._bits[point] = self.bits(point) & ~off | on
            if not self._bits[point]:
                del self._bits[point]
            changed.append(self.component(point, now))
        return changed

    def change_system(
        self, now: int, on: int = 0, off: int = 0, system: tuple[int, int] = (1, 1)
    ) -> Sequence[gb.Object]:
        self.system_bits[system] = self.system_bits.get(system, 0) & ~off | on
        return [self.system(system, now)]

    def change_device(self, now: int, on: int = 0, off: int = 0) -> Sequence[gb.Object]:
        self.device_bits = self.device_bits & ~off | on
        return [self.device(now)]

    def operate(self, now: int, operations: int, operator: int = 1) -> Sequence[gb.Object]:
        """Somebody presses keys at the panel. After a reset most panels tell nothing of the components it cleared."""
        record = gb.SystemOperation(1, 1, operations, operator, now)
        self._system_records.append(record)
        if operations & OP_RESET:
            alarms = FIRE | STARTED | FEEDBACK | SUPERVISORY
            self._bits = {point: kept for point, bits in self._bits.items() if (kept := bits & ~alarms)}
        return [record]

    def operate_device(self, now: int, operations: int, operator: int = 1) -> Sequence[gb.Object]:
        """Somebody at the transmission device itself presses keys."""
        record = gb.DeviceOperation(operations, operator, now)
        self._device_records.append(record)
        return [record]

    def measure(self, point: Point, value: float, now: int) -> gb.Object:
        """A sample in the quantity's unit becomes the wire's whole number."""
        self.values[point] = round(value / PARTS[point.part].step)
        return self.analog(point, now)

    def component(self, point: Point, now: int) -> gb.Object:
        status = self._worn(self.bits(point))
        text = "" if self.site.plain else point.name
        return gb.ComponentStatus(
            point.system_type, point.system_address, point.component_type, point.component_address, status, text, now
        )

    def analog(self, point: Point, now: int) -> gb.Object:
        return gb.Analog(
            point.system_type,
            point.system_address,
            point.component_type,
            point.component_address,
            PARTS[point.part].analog_type,
            self.values.get(point, 0),
            now,
        )

    def system(self, system: tuple[int, int], now: int) -> gb.Object:
        return gb.SystemStatus(*system, self._worn(self.system_bits.get(system, 0)), now)

    def device(self, now: int) -> gb.Object:
        return gb.DeviceStatus(self._worn(self.device_bits), now)

    def _worn(self, bits: int) -> int:
        """Some makers set bit 0 always, most only while all is well."""
        return bits | NORMAL if self.site.test_bit or not bits else bits

    def answer(self, asked: Sequence[gb.Object], now: int) -> Sequence[gb.Object]:
        """What the centre asked for; empty where nothing of the kind exists (the device then denies)."""
        return [found for one in asked for found in self._answer(one, now)]

    def _answer(self, asked: gb.Object, now: int) -> Sequence[gb.Object]:
        match asked:
            case gb.ReadDevice(type=type_):
                return self._of_device(type_, now)
            case gb.ReadDeviceOperations(wanted=wanted, at=since):
                return [r for r in self._device_records if (r.at or 0) >= (since or 0)][:wanted]
            case gb.ReadSystem(type=type_, system_type=kind, system_address=address):
                return self._of_system(type_, (kind, address), now)
            case gb.ReadSystemOperations(wanted=wanted, at=since):
                return [r for r in self._system_records if (r.at or 0) >= (since or 0)][:wanted]
            case gb.ReadComponent(type=type_, system_type=kind, system_address=address, component_address=component):
                point = self.by_address.get((kind, address, component))
                return self._of_component(type_, point, now) if point else []
            case _:
                return []

    def _of_device(self, type_: int, now: int) -> Sequence[gb.Object]:
        match type_:
            case gb.Type.READ_DEVICE_STATUS:
                return [self.device(now)]
            case gb.Type.READ_DEVICE_VERSION:
                return [gb.DeviceVersion(*VERSION)]
            case gb.Type.READ_DEVICE_CONFIGURATION:
                return [gb.DeviceConfiguration(self.site.name)]
            case gb.Type.READ_DEVICE_CLOCK:
                return [gb.DeviceClock(now)]
            case _:
                return []

    def _of_system(self, type_: int, system: tuple[int, int], now: int) -> Sequence[gb.Object]:
        if not any((p.system_type, p.system_address) == system for p in self.site.points):
            return []
        match type_:
            case gb.Type.READ_SYSTEM_STATUS:
                return [self.system(system, now)]
            case gb.Type.READ_SYSTEM_VERSION:
                return [gb.SystemVersion(*system, *VERSION)]
            case gb.Type.READ_SYSTEM_CONFIGURATION:
                return [gb.SystemConfiguration(*system, f"{len(self.site.points)}点")]
            case gb.Type.READ_SYSTEM_CLOCK:
                return [gb.SystemClock(*system, now)]
            case _:
                return []

    def _of_component(self, type_: int, point: Point, now: int) -> Sequence[gb.Object]:
        match type_:
            case gb.Type.READ_COMPONENT_STATUS:
                return [self.component(point, now)]
            case gb.Type.READ_ANALOG if PARTS[point.part].analog_type:
                return [self.analog(point, now)]
            case gb.Type.READ_COMPONENT_CONFIGURATION:
                return [
                    gb.ComponentConfiguration(
                        point.system_type,
                        point.system_address,
                        point.component_type,
                        point.component_address,
                        point.name,
                    )
                ]
            case _:
                return []
