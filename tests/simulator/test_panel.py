"""What a site says of itself: statuses as its maker words them, resets, an answer to every request of the standard."""

import pytest

from citysim import city
from citysim.panel import DEVICE_MAINS, FAULT, FIRE, NORMAL, OP_RESET, SHIELD, Panel
from zhigan.protocols import gb26875 as gb

NOW = 1_800_000_000_000_000
UNIT = next(unit for unit in city.build(119).units if unit.kind == "hotel" and not unit.sites[0].test_bit)
SITE = UNIT.sites[0]
SMOKE = next(point for point in SITE.points if point.part == "smoke")
TANK = next(point for point in SITE.points if point.part == "tank")


def test_a_fire_is_told_without_bit_0_and_its_end_with_it() -> None:
    panel = Panel(SITE)
    (fire,) = panel.change([SMOKE], NOW, on=FIRE)
    (well,) = panel.change([SMOKE], NOW, off=FIRE)
    assert isinstance(fire, gb.ComponentStatus) and fire.status == FIRE
    assert isinstance(well, gb.ComponentStatus) and well.status == NORMAL


def test_a_reset_forgets_alarms_but_not_faults_and_shields() -> None:
    panel = Panel(SITE)
    panel.change([SMOKE], NOW, on=FIRE | FAULT | SHIELD)
    (record,) = panel.operate(NOW, OP_RESET)
    assert isinstance(record, gb.SystemOperation) and record.operations == OP_RESET
    assert panel.bits(SMOKE) == FAULT | SHIELD


def test_a_measured_value_is_told_in_the_wires_steps() -> None:
    sample = Panel(SITE).measure(TANK, 2.75, NOW)
    assert isinstance(sample, gb.Analog) and sample.value == 275


REQUESTS: list[tuple[gb.Object, type[gb.Object]]] = [
    (gb.ReadSystem(61, 1, 1), gb.SystemStatus),
    (gb.ReadComponent(62, 1, 1, SMOKE.component_address), gb.ComponentStatus),
    (gb.ReadComponent(63, 11, 1, TANK.component_address), gb.Analog),
    (gb.ReadSystemOperations(1, 1, 5, NOW - 1), gb.SystemOperation),
    (gb.ReadSystem(65, 1, 1), gb.SystemVersion),
    (gb.ReadSystem(66, 1, 1), gb.SystemConfiguration),
    (gb.ReadComponent(67, 1, 1, SMOKE.component_address), gb.ComponentConfiguration),
    (gb.ReadSystem(68, 1, 1), gb.SystemClock),
    (gb.ReadDevice(81), gb.DeviceStatus),
    (gb.ReadDeviceOperations(5, NOW - 1), gb.DeviceOperation),
    (gb.ReadDevice(85), gb.DeviceVersion),
    (gb.ReadDevice(86), gb.DeviceConfiguration),
    (gb.ReadDevice(88), gb.DeviceClock),
]


@pytest.mark.parametrize(("asked", "kind"), REQUESTS)
def test_every_request_is_answered(asked: gb.Object, kind: type[gb.Object]) -> None:
    panel = Panel(SITE)
    panel.operate(NOW, OP_RESET)
    panel.operate_device(NOW, OP_RESET)
    (answer,) = panel.answer([asked], NOW)
    assert isinstance(answer, kind)
    assert gb.decode_adu(gb.encode_adu([answer])).objects


def test_what_does_not_exist_is_not_answered() -> None:
    panel = Panel(SITE)
    assert not panel.answer([gb.ReadComponent(62, 1, 1, 0xDEAD)], NOW)
    assert not panel.answer([gb.ReadSystem(61, 99, 1)], NOW)


def test_the_device_tells_its_own_state() -> None:
    panel = Panel(SITE)
    panel.change_device(NOW, on=DEVICE_MAINS)
    (answer,) = panel.answer([gb.ReadDevice(81)], NOW)
    assert isinstance(answer, gb.DeviceStatus) and answer.status == DEVICE_MAINS
