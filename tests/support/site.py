"""A networked unit in a story: registered through the registry's own code, with points that speak through one device.

Enters: what happens at a point ("smokes"). Leaves: frames of the unit's transmission device, confirmed by the platform.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from support.transmitter import Transmitter
from zhigan.protocols.gb26875 import ComponentStatus, DeviceStatus, Object, SystemOperation, SystemStatus
from zhigan.registry import checks, devices, rules, units
from zhigan.registry.pinyin import searchable
from zhigan.registry.shapes import NewDevice, NewUnit

if TYPE_CHECKING:
    from support.city import City

PARTS = {
    "smoke": 40, "heat": 30, "manual_call_point": 23, "hydrant_button": 24, "gas": 10, "electrical_monitor": 16,
    "water_flow": 96, "pressure_switch": 99, "pump": 91, "valve": 97, "gas_extinguishing": 81, "water_level": 92,
    "water_pressure": 0,
}  # fmt: skip
"""Device type → the standard's component type."""
NORMAL, FIRE, FAULT, SHIELD, SUPERVISORY, STARTED, FEEDBACK = (1 << bit for bit in range(7))
MAINS, BATTERY = 1 << 8, 1 << 9
RESET, SILENCE, CONFIRM = 1 << 0, 1 << 1, 1 << 5


async def found(city: "City", names: Sequence[str], premises: str) -> list[str]:
    """Registers many units at once, as the import does; their ids, in order."""
    now, known = city.clock.now(), checks.Gazetteer(areas=("360802",), communities={})
    news = [
        NewUnit(code=f"JA-{n:05d}", name=name, premises=premises, area_code="360802") for n, name in enumerate(names)
    ]
    async with city.web.pool.acquire() as conn, conn.transaction():
        made = await units.add(conn, [checks.unit(new, units.fresh_id(now), known, searchable) for new in news], now)
    return [made[new.code] for new in news]


async def fit(city: "City", news: Sequence[NewDevice]) -> None:
    """Registers many devices at once, as the import does; what stands behind a device inherits from it."""
    now = city.clock.now()
    async with city.web.pool.acquire() as conn, conn.transaction():
        keys = {(new.gateway, rules.root_of(new.gateway, new.address)) for new in news}
        roots = await devices.living(conn, sorted(keys))
        records: list[checks.DeviceRecord] = []
        for new in news:
            record = checks.device(new, units.fresh_id(now), rules.is_component(new.gateway, new.address))
            root = roots.get((new.gateway, rules.root_of(new.gateway, new.address)))
            records.append(devices.inherit(record, root))
        assert len(await devices.add(conn, records, now)) == len(records)
    await city.settles()


def transmission_device(address: str, unit_id: str) -> NewDevice:
    return NewDevice(
        name="用户信息传输装置", type="transmission_device", gateway="gb26875", address=address, unit_id=unit_id
    )


def smoke_head(root: str, number: int) -> NewDevice:
    return NewDevice(name=f"感烟{number}", type="smoke", gateway="gb26875", address=f"{root}/1.1.40.{number}")


class Point(msgspec.Struct, frozen=True):
    """A component behind the unit's device."""

    unit: "Unit"
    type: str
    number: int
    name: str

    @property
    def address(self) -> str:
        return f"{self.unit.device.address}/1.1.{PARTS[self.type]}.{self.number}"

    def status(self, bits: int) -> Object:
        return ComponentStatus(1, 1, PARTS[self.type], self.number, bits, self.name, self.unit.device.believes())

    async def says(self, bits: int) -> None:
        await self.unit.says(self.status(bits))

    async def smokes(self) -> None:
        await self.says(NORMAL | FIRE)

    burns = presses = leaks = overheats = smokes
    """The standard has one bit for all of them; the component's type says what it means."""

    async def clears(self) -> None:
        await self.says(NORMAL)

    async def fails(self) -> None:
        await self.says(NORMAL | FAULT)

    async def is_shielded(self) -> None:
        await self.says(NORMAL | SHIELD)

    async def starts(self) -> None:
        await self.says(NORMAL | STARTED)


class Unit:
    def __init__(self, city: "City", id_: str, building_id: str, device: Transmitter) -> None:
        self.city = city
        self.id = id_
        self.building_id = building_id
        self.device = device
        self.device_id = ""
        self._count = 0

    @classmethod
    async def founded(cls, city: "City", name: str, *, floors: int, **more: object) -> "Unit":
        code = f"JA-{len(city.devices) + 1:03d}"
        made = await city.asks("/units", {"code": code, "name": name, "area_code": "360802", **more})
        building = {"code": "1", "name": name, "floors_above": floors or 1}
        there = await city.asks(f"/units/{made['id']}/buildings", building)
        unit = cls(city, str(made["id"]), str(there["id"]), await city.device())
        await unit.registers(unit.device)
        return unit

    async def registers(self, device: Transmitter) -> None:
        """Makes the device this unit's; one that has been heard already is adopted."""
        new = {
            "unit_id": self.id, "building_id": self.building_id, "name": "用户信息传输装置", "gateway": "gb26875",
            "type": "transmission_device", "address": device.address,
        }  # fmt: skip
        self.device = device
        self.device_id = str((await self.city.asks("/devices", new))["id"])

    async def fit_heads(self, floors: Iterable[int], heads: int) -> None:
        await fit(self.city, [self._new(self.head(f, p), floor=f) for f in floors for p in range(1, heads + 1)])

    def head(self, floor: int, point: int) -> Point:
        """A smoke head by its place; `unit(…, heads=n)` has fitted it."""
        return Point(self, "smoke", floor * 100 + point, f"{floor}层感烟{point}")

    async def has(self, type_: str, name: str, **where: object) -> Point:
        """Fits one point more: `floor`, `flat`, `compartment` say where."""
        self._count += 1
        point = Point(self, type_, 100_000 + self._count, name)
        await fit(self.city, [self._new(point, **where)])
        return point

    async def has_flats(self, count: int, floor_of: int = 4) -> list[Point]:
        """A smoke head in each of so many flats, `floor_of` to a floor."""
        points = [Point(self, "smoke", 200_000 + n, f"住户{n}感烟") for n in range(count)]
        await fit(self.city, [self._new(p, floor=n // floor_of + 1, flat=f"{n:04d}") for n, p in enumerate(points)])
        return points

    def _new(self, point: Point, **where: object) -> NewDevice:
        new = NewDevice(name=point.name, type=point.type, gateway="gb26875", address=point.address, unit_id=self.id)
        return msgspec.structs.replace(new, **where)

    # what happens

    async def says(self, *objects: Object) -> None:
        await self.device.says(*objects)
        await self.city.settles()

    async def panel_says(self, bits: int) -> None:
        await self.says(SystemStatus(1, 1, bits, self.device.believes()))

    async def device_says(self, bits: int) -> None:
        await self.says(DeviceStatus(bits, self.device.believes()))

    async def operates(self, operation: int) -> None:
        await self.says(SystemOperation(1, 1, operation, 1, self.device.believes()))

    async def resets(self) -> None:
        await self.operates(RESET)

    async def confirms_at_panel(self) -> None:
        await self.operates(CONFIRM)

    def falls_silent(self) -> None:
        """The device hangs: no word, no heartbeat, the line stays up."""
        self.device.beating = False

    async def is_back(self) -> None:
        self.device.beating = True
        await self.device.beats()
        self.city.platform.intake.tell_seen()
        await self.city.settles()

    async def has_device(self) -> Transmitter:
        """One transmission device more."""
        first, first_id = self.device, self.device_id
        another = await self.city.device()
        await self.registers(another)
        self.device, self.device_id = first, first_id
        return another
