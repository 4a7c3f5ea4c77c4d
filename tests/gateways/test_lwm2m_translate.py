"""What resources mean: rows, units, application types, and conditions that two resources share."""

import json
from pathlib import Path

import pytest

from zhigan.gateways.lwm2m.model import Memory, observable, type_of
from zhigan.gateways.lwm2m.translate import Source, translate
from zhigan.protocols.lwm2m import Record, decode
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.metrics import BY_NUMBER
from zhigan.vocabulary.signals import Signal, SignalKind

PUBLISHED = json.loads((Path(__file__).parents[1] / "vectors" / "lwm2m" / "published.json").read_text("utf-8"))
NOW = 1_790_000_000_000_000
SOURCE = Source("lwm2m", "ep", "smoke")


def read(*records: Record, memory: Memory | None = None) -> list[Signal]:
    return translate(SOURCE, records, memory or Memory(), b"raw", NOW).signals


def measured(*records: Record) -> dict[str, float]:
    (signal,) = [s for s in read(*records) if s.kind == SignalKind.READINGS]
    return {BY_NUMBER[m].name: round(v, 6) for m, v in zip(signal.metrics, signal.values, strict=True)}


def state(signals: list[Signal]) -> tuple[int, int]:
    (signal,) = [s for s in signals if s.kind == SignalKind.STATUS]
    return signal.conditions, signal.known


def test_the_published_device() -> None:
    signals = translate(SOURCE, decode(110, (3, 0), PUBLISHED["senml_json"].encode(), NOW), Memory(), b"", NOW).signals
    status, readings = signals
    assert status.conditions == 0
    assert status.known & Condition.LOW_BATTERY
    assert "Open Mobile Alliance" in status.text
    assert dict(zip(readings.metrics, readings.values, strict=True)) == {20: pytest.approx(3.8), 14: 100}


@pytest.mark.parametrize(
    ("records", "wanted"),
    [
        ([Record((3427, 0, 1), 350_000.0)], {"pressure": 0.35}),
        ([Record((3323, 0, 5701), "kPa"), Record((3323, 0, 5700), 350.0)], {"pressure": 0.35}),
        ([Record((3323, 0, 5700), 350.0)], {"raw": 350.0}),
        ([Record((3317, 0, 5700), 2.5)], {"current": 2.5}),
        ([Record((3317, 0, 5750), "residual"), Record((3317, 0, 5700), 312.0)], {"residual_current": 312.0}),
        (
            [Record((3317, 0, 5750), "residual"), Record((3317, 0, 5701), "A"), Record((3317, 0, 5700), 0.312)],
            {"residual_current": 312.0},
        ),
        ([Record((3325, 0, 5701), "%LEL"), Record((3325, 0, 5700), 12.0)], {"gas": 12.0}),
        ([Record((3325, 0, 5750), "co"), Record((3325, 0, 5700), 40.0)], {"co": 40.0}),
        ([Record((3303, 0, 5701), "K"), Record((3303, 0, 5700), 300.15)], {"temperature": 27.0}),
        ([Record((503, 0, 1), 1), Record((503, 0, 3), 212.0)], {"temperature": 100.0}),
        ([Record((503, 0, 3), 65534.0), Record((503, 0, 16), 55.0)], {"humidity": 55.0}),
        ([Record((3418, 0, 4), 1500.0), Record((3418, 0, 6), 2000.0)], {"power": 1.5, "energy": 2.0}),
        ([Record((3407, 0, 6045), -128.0)], {"signal_strength": -98.0}),
        ([Record((3303, 0, 5700), float("nan")), Record((3407, 0, 6044), 90.0)], {"battery": 90.0}),
    ],
)
def test_values(records: list[Record], wanted: dict[str, float]) -> None:
    assert measured(*records) == wanted


def test_a_condition_that_two_resources_share_is_over_when_both_say_so() -> None:
    memory, voltage = Memory(), int(Condition.VOLTAGE)
    assert state(read(Record((3418, 0, 23), True), memory=memory)) == (voltage, voltage)
    assert state(read(Record((3418, 0, 21), False), memory=memory)) == (voltage, voltage)
    assert state(read(Record((3418, 0, 23), False), memory=memory)) == (0, voltage)


def test_fires() -> None:
    fire = int(Condition.FIRE)
    assert state(read(Record((3407, 0, 6046), True))) == (fire, fire)
    assert state(read(Record((503, 0, 25), True))) == (fire, fire)
    assert state(read(Record((3407, 0, 6046), False))) == (0, fire)


def test_parts_and_makers_own_bytes() -> None:
    signals = read(
        Record((3316, 1, 5700), 229.0), Record((19, 0, 0), b"NBSMOKE:12345,ALARM"), Record((9999, 0, 1), "x")
    )
    assert {s.address for s in signals} == {"ep", "ep/3316.1"}
    assert any(s.conditions & Condition.FIRE for s in signals)
    assert any("/9999/0/1=x" in s.text for s in signals)


def test_what_a_device_is_and_what_is_asked_first() -> None:
    objects = ((1, 0), (3, 0), (3303, 0), (3407, 0), (5, 0), (12345, 0))
    assert type_of(objects) == "smoke"
    assert observable(objects, 12) == [(3407, 0), (3303, 0), (3, 0)]
    assert type_of(((3, 0),)) == ""
