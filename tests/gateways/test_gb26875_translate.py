"""What the wire's bits mean in the city's words, row by row, and by the published frames."""

import json
from pathlib import Path

import pytest

from zhigan.gateways.gb26875 import tables
from zhigan.gateways.gb26875.meanings import MEANINGS, Meanings
from zhigan.gateways.gb26875.translate import identity, translate
from zhigan.protocols.gb26875 import (
    DIALECTS,
    Analog,
    ComponentStatus,
    DeviceConfiguration,
    DeviceOperation,
    DeviceStatus,
    Frame,
    Object,
    SystemOperation,
    SystemStatus,
    build,
    parse,
)
from zhigan.vocabulary.conditions import Condition, Operation
from zhigan.vocabulary.devices import BY_NAME as DEVICE_TYPES
from zhigan.vocabulary.metrics import BY_NUMBER
from zhigan.vocabulary.moments import DAY, MINUTE, SECOND
from zhigan.vocabulary.signals import Flag, Signal, SignalKind

VECTORS = Path(__file__).parents[1] / "vectors" / "gb26875"
NOW = 1_780_000_000 * SECOND
SOURCE = "790300000000"
TOLERANT = MEANINGS["tolerant"]


def frame(*said: Object, serial: int = 1, dialect: str = "tolerant") -> Frame:
    read = parse(build.upload(serial, SOURCE, "640000000000", NOW, said, DIALECTS[dialect]))
    assert isinstance(read, Frame)
    return read


def signals(*said: Object, meanings: Meanings = TOLERANT) -> list[Signal]:
    read = frame(*said, dialect=meanings.dialect.name)
    return translate(read, meanings, NOW, identity(read))


def component(code: int, status: int, at: int | None = NOW) -> ComponentStatus:
    return ComponentStatus(1, 1, code, 131082, status, "走廊", at)


@pytest.mark.parametrize(
    ("code", "status", "means"),
    [
        (40, 0x0002, Condition.FIRE),  # bit 0 = 0 is no test: it is a fire
        (40, 0x0003, Condition.FIRE),
        (0, 0x0003, Condition.FIRE),
        (200, 0x0003, Condition.FIRE),
        *((code, 0x0003, Condition.GAS_HIGH) for code in (10, 11, 12, 13, 74)),
        (16, 0x0003, Condition.ELECTRICAL_ALARM),
        (17, 0x0003, Condition.RESIDUAL_CURRENT),
        (18, 0x0003, Condition.CABLE_TEMPERATURE),
        (96, 0x0021, Condition.WATER_FLOW | Condition.STARTED),
        (96, 0x0041, Condition.WATER_FLOW | Condition.FEEDBACK),
        (96, 0x0001, Condition.NONE),
        (81, 0x0021, Condition.DISCHARGE | Condition.STARTED),
        (81, 0x0041, Condition.FEEDBACK),
        (91, 0x0021, Condition.STARTED),
        (40, 0x0005, Condition.FAULT),
        (40, 0x0009, Condition.SHIELD),
        (40, 0x0011, Condition.SUPERVISORY),
        (40, 0x0081, Condition.DELAY),
        (40, 0x0101, Condition.POWER_FAULT),
        (40, 0xFE01, Condition.POWER_FAULT & 0),  # reserved bits mean nothing without a dialect
    ],
)
def test_component_status(code: int, status: int, means: Condition) -> None:
    (signal,) = signals(component(code, status))
    assert Condition(signal.conditions) == means
    assert signal.kind == SignalKind.STATUS and signal.address == f"{SOURCE}/1.1.{code}.131082"
    assert signal.conditions & ~signal.known == 0, "what holds is among what is spoken of"


def test_a_component_back_to_normal_clears_everything_it_speaks_of() -> None:
    for code in (40, 10, 17, 96, 81):
        (bad,) = signals(component(code, 0x01FE))
        (good,) = signals(component(code, 0x0001))
        assert good.conditions == 0 and good.known == bad.known and bad.conditions & ~good.known == 0


def test_dahua_inverts_the_test_bit_and_has_bits_of_its_own() -> None:
    dahua = MEANINGS["dahua"]
    (fire,) = signals(component(40, 0x0002), meanings=dahua)
    assert Condition(fire.conditions) == Condition.FIRE
    (removed,) = signals(component(40, 1 << 12), meanings=dahua)
    assert Condition(removed.conditions) == Condition.TAMPER
    assert removed.at == NOW, "its time is BCD"


def test_system_status_with_its_reset() -> None:
    status, reset = signals(SystemStatus(1, 5, 1 | 1 << 8 | 1 << 11 | 1 << 13, NOW))
    assert Condition(status.conditions) == Condition.MAINS_FAULT | Condition.MANUAL_MODE
    assert status.address == reset.address == f"{SOURCE}/1.5" and status.type == "control_panel"
    assert reset.kind == SignalKind.OPERATION and reset.operations == Operation.RESET


def test_device_status() -> None:
    (signal,) = signals(DeviceStatus(0b0111_1011, NOW))
    faults = Condition.MAINS_FAULT | Condition.BACKUP_FAULT | Condition.CHANNEL_FAULT | Condition.LINE_FAULT
    assert Condition(signal.conditions) == Condition.FIRE | faults
    assert signal.address == SOURCE and signal.type == "transmission_device"


def test_a_manual_alarm_is_a_state_and_other_acts_are_acts() -> None:
    (alarm,) = signals(DeviceOperation(0b100, 7, NOW))
    assert alarm.kind == SignalKind.STATUS and alarm.conditions == Condition.MANUAL_ALARM == alarm.known
    assert alarm.text == "操作员7"
    status, act = signals(DeviceOperation(0b101, 0, NOW))
    assert status.kind == SignalKind.STATUS and act.kind == SignalKind.OPERATION
    assert Operation(act.operations) == Operation.RESET | Operation.MANUAL_ALARM


def test_bit_5_is_confirm_at_a_panel_and_the_duty_answer_at_the_device() -> None:
    (panel,) = signals(SystemOperation(1, 1, 0b110_0000, 1, NOW))
    (device,) = signals(DeviceOperation(0b110_0000, 1, NOW))
    assert Operation(panel.operations) == Operation.CONFIRM | Operation.TEST
    assert Operation(device.operations) == Operation.DUTY_ANSWER | Operation.TEST
    assert panel.address == f"{SOURCE}/1.1" and device.address == SOURCE


@pytest.mark.parametrize(
    ("kind", "wire", "metric", "value"),
    [
        (1, 5, "count", 5),
        (2, 150, "level", 1.5),
        (3, -93, "temperature", -9.3),
        (3, 23, "temperature", 2.3),
        (4, 6, "pressure", 0.6),
        (5, 3050, "pressure", 0.305),
        (6, 250, "gas", 25),
        (7, 60, "duration", 60),
        (8, 2205, "voltage", 220.5),
        (9, 163, "current", 16.3),
        (10, 305, "flow", 30.5),
        (11, 12, "air_flow", 1.2),
        (12, 7, "air_speed", 7),
        (200, -5, "raw", -5),
    ],
)
def test_quantities_in_the_city_s_units(kind: int, wire: int, metric: str, value: float) -> None:
    (signal,) = signals(Analog(1, 1, 30, 9, kind, wire, NOW))
    assert signal.kind == SignalKind.READINGS and signal.type == "heat"
    assert (BY_NUMBER[signal.metrics[0]].name, signal.values) == (metric, (value,))


def test_readings_of_one_component_and_moment_are_one_signal() -> None:
    (signal,) = signals(Analog(1, 1, 30, 9, 3, 200, NOW), Analog(1, 1, 30, 9, 8, 2200, NOW))
    assert signal.address == f"{SOURCE}/1.1.30.9" and signal.points == () and signal.values == (20.0, 220.0)


def test_readings_of_many_components_are_one_signal_of_the_device_a_moment() -> None:
    early, late = signals(
        Analog(1, 1, 30, 9, 3, 200, NOW - SECOND),
        Analog(1, 1, 30, 10, 3, 210, NOW - SECOND),
        Analog(1, 1, 30, 9, 3, 220, NOW),
    )
    assert early.address == SOURCE and early.points == (f"{SOURCE}/1.1.30.9", f"{SOURCE}/1.1.30.10")
    assert early.values == (20.0, 21.0) and early.at == NOW - SECOND
    assert late.address == f"{SOURCE}/1.1.30.9" and late.at == NOW


@pytest.mark.parametrize(
    ("claimed", "kept"),
    [(NOW - DAY, True), (NOW + 5 * MINUTE, True), (NOW - DAY - SECOND, False), (NOW + 5 * MINUTE + SECOND, False)],
)
def test_a_device_s_own_time_counts_while_it_is_plausible(claimed: int, kept: bool) -> None:
    for signal in (*signals(component(40, 2, claimed)), *signals(Analog(1, 1, 30, 9, 3, 1, claimed))):
        if kept:
            stored = Flag.LATE if claimed < NOW else 0
            assert (signal.at, signal.claimed_at, signal.flags) == (claimed, None, stored)
        else:
            assert (signal.at, signal.claimed_at, signal.flags) == (NOW, claimed, Flag.CLOCK_WRONG)


def test_an_old_event_in_a_frame_with_an_old_label_may_be_a_slow_clock_and_counts_as_no_stored_one() -> None:
    for sent, flags in ((NOW, Flag.LATE), (NOW - 30 * MINUTE, Flag.NONE)):
        raw = build.upload(1, SOURCE, "640000000000", sent, [component(40, 2, NOW - 30 * MINUTE)])
        read = parse(raw)
        assert isinstance(read, Frame)
        (signal,) = translate(read, TOLERANT, NOW, 1)
        assert (signal.at, signal.flags) == (NOW - 30 * MINUTE, flags)


def test_a_label_that_is_no_date_is_a_wrong_clock() -> None:
    said = ComponentStatus(1, 1, 40, 1, 2, "", None, b"", b"\x00\x00\x00\x01\x01\xe2")
    (signal,) = signals(said)
    assert (signal.at, signal.claimed_at, signal.flags) == (NOW, None, Flag.CLOCK_WRONG)
    assert signal.conditions & Condition.FIRE


def test_the_form_without_a_time_label_claims_none() -> None:
    raw = build.frame(2, 1, SOURCE, "640000000000", NOW, bytes((21, 1, 0b11)))
    read = parse(raw)
    assert isinstance(read, Frame)
    (signal,) = translate(read, TOLERANT, NOW, 1)
    assert (signal.at, signal.flags) == (NOW, 0) and signal.conditions == Condition.FIRE


def test_raw_stays_with_every_fire_and_once_with_the_rest() -> None:
    many = signals(component(40, 5), component(41, 5), component(42, 3), component(43, 5))
    assert [bool(s.raw) for s in many] == [True, False, True, False]
    assert len({s.identity for s in many}) == 1


def test_configuration_and_unknown_types_are_kept() -> None:
    (info,) = signals(DeviceConfiguration("海湾GST5000"))
    assert info.kind == SignalKind.INFO and info.text == "海湾GST5000"
    for adu in (b"\x99\x01abc", b"\x16", b"\x02\x05\x01", b"\x02\x00", b"\xff\xff"):
        read = parse(build.frame(2, 1, SOURCE, "640000000000", NOW, adu))
        assert isinstance(read, Frame)
        (kept,) = translate(read, TOLERANT, NOW, 1)
        assert kept.kind == SignalKind.INFO and kept.raw == read.raw


def test_fubei_recovery_clears_and_its_private_fire_alarms() -> None:
    fubei = MEANINGS["fubei_2024"]
    body = bytes((1, 1, 40, 10, 0, 2, 0)) + b"\x02\x00" + bytes(31) + b"\x00\x00\x00\x01\x01\x1a"
    recovered = parse(build.frame(2, 1, SOURCE, "640000000000", NOW, b"\x88\x01" + b"\x02" + bytes(6)))
    assert isinstance(recovered, Frame)
    (signal,) = translate(recovered, fubei, NOW, 1)
    assert signal.conditions == 0 and signal.known & Condition.FIRE
    fire = parse(build.frame(2, 1, SOURCE, "640000000000", NOW, b"\xcc\x01" + body))
    assert isinstance(fire, Frame)
    (alarm,) = translate(fire, fubei, NOW, 1)
    assert alarm.conditions == Condition.FIRE and alarm.kind == SignalKind.STATUS


def test_identity_forgets_the_time_label_and_nothing_else() -> None:
    one = frame(component(40, 2))
    later = parse(build.upload(1, SOURCE, "640000000000", NOW + 10 * SECOND, [component(40, 2)]))
    assert isinstance(later, Frame) and later.raw != one.raw
    assert identity(one) == identity(later) < 1 << 60
    others = [frame(component(40, 2), serial=2), frame(component(40, 3)), frame(component(41, 2))]
    assert len({identity(one), *map(identity, others)}) == 4


def test_every_word_of_every_dialect_is_answered() -> None:
    for dialect in DIALECTS.values():
        assert {en for _, en in dialect.components.values()} <= set(tables.PRIVATE_DEVICES), dialect.name
        assert {en for _, en in dialect.component_bits.values()} <= set(tables.PRIVATE_BITS), dialect.name
        assert {(en, unit) for _, en, unit, _ in dialect.analogs.values()} <= set(tables.PRIVATE_MEASURES), dialect.name
    assert set(tables.DEVICE_TYPES.values()) | set(tables.PRIVATE_DEVICES.values()) <= set(DEVICE_TYPES)


def test_every_published_fire_frame_is_a_fire() -> None:
    """Of the published type 2 frames with bit 1 set most have bit 0 = 0 (gb26875.md §0.2)."""
    published = json.loads((VECTORS / "published.json").read_text("utf-8"))
    fires = [
        row
        for row in published
        if row.get("cmd") == 2 and row.get("type") == 2 and int((row.get("component") or {}).get("status", "0"), 16) & 2
    ]
    right = [read for row in fires if isinstance(read := parse(bytes.fromhex(row["hex"])), Frame)]
    assert len(right) >= 7
    for read in right:
        assert any(s.conditions & Condition.FIRE for s in translate(read, TOLERANT, NOW, 1)), read.raw.hex()
