"""Reports → signals: state, acts and values of one report, its stamp, and the identities by which it is known again."""

import json

import pytest

from zhigan.gateways.carriers.translate import translate
from zhigan.protocols.carriers import Payload, Report, ReportKind
from zhigan.vocabulary.conditions import Condition, Operation
from zhigan.vocabulary.metrics import BY_NAME
from zhigan.vocabulary.moments import DAY, MINUTE
from zhigan.vocabulary.signals import Flag, Signal, SignalKind

NOW = 1_795_320_000_000_000


def report(at: int | None = NOW - MINUTE, kind: ReportKind = ReportKind.DATA, **fields: object) -> Report:
    return Report(kind=kind, device="d1", at=at, payload=Payload(fields=json.dumps(fields).encode()))


def signals(of: Report, hint: str = "") -> list[Signal]:
    return translate("ctwing", of, hint, NOW).signals


def test_a_fire_is_a_state_and_readings_with_the_carriers_time() -> None:
    state, readings = signals(report(Alarm_Status=1, Battery_Level=80, RSRP=101, TData=24))
    assert (state.kind, state.conditions, state.known) == (SignalKind.STATUS, Condition.FIRE, Condition.FIRE)
    assert (state.gateway, state.address, state.type, state.at) == ("ctwing", "d1", "smoke", NOW - MINUTE)
    assert b"Alarm_Status" in state.raw
    assert readings.kind == SignalKind.READINGS
    told = dict(zip(readings.metrics, readings.values, strict=True))
    assert told[BY_NAME["battery"].number] == 80
    assert told[BY_NAME["signal_strength"].number] == -101
    assert readings.identity == state.identity + 1
    assert all(signal.flags == Flag.STAMPED for signal in (state, readings))


@pytest.mark.parametrize(
    ("status", "operation"), [(14, Operation.TEST), (2, Operation.SILENCE), (8, Operation.SILENCE)]
)
def test_tests_and_mutes_are_acts_not_alarms(status: int, operation: Operation) -> None:
    (act,) = signals(report(Alarm_Status=status))
    assert (act.kind, act.operations, act.conditions) == (SignalKind.OPERATION, operation, 0)


def test_normal_speaks_of_all_that_the_model_can_say() -> None:
    (state,) = signals(report(Alarm_Status=7))
    assert state.conditions == 0
    assert state.known & Condition.FIRE
    assert state.known & Condition.TAMPER


def test_channels_are_parts_of_the_device() -> None:
    said = Payload(fields=b'{"00": 0, "01": 1, "0F": 352.5, "13": 41.5}')
    found = signals(Report(kind=ReportKind.DATA, device="d1", at=NOW, payload=said))
    assert {signal.address for signal in found} == {"d1", "d1/residual-1", "d1/temperature-1"}
    assert {signal.type for signal in found} == {"electrical_monitor"}
    alarms = [signal for signal in found if signal.conditions]
    assert [(alarm.address, alarm.conditions) for alarm in alarms] == [("d1/residual-1", Condition.RESIDUAL_CURRENT)]
    assert len({signal.identity for signal in found}) == len(found)


def test_the_same_words_at_the_same_moment_are_the_same() -> None:
    once, again = translate("ctwing", report(Alarm_Status=1), "", NOW), translate(
        "ctwing", report(Alarm_Status=1), "lian_smoke", NOW + MINUTE
    )  # fmt: skip
    assert once.window == again.window == once.signals[0].identity
    other = translate("ctwing", report(NOW - MINUTE + 1000, Alarm_Status=1), "", NOW)
    elsewhere = translate("huawei", report(Alarm_Status=1), "", NOW)
    assert len({once.window, other.window, elsewhere.window}) == 3


def test_without_a_stamp_a_repeat_is_known_for_minutes_only() -> None:
    done = translate("huawei", report(None, Alarm_Status=1), "", NOW)
    assert done.window
    assert [(signal.identity, signal.flags) for signal in done.signals] == [(0, 0)]


@pytest.mark.parametrize("claimed", [NOW - 2 * DAY, NOW + 10 * MINUTE])
def test_an_implausible_stamp_is_kept_beside_ours(claimed: int) -> None:
    (state,) = signals(report(claimed, Alarm_Status=1))
    assert (state.at, state.claimed_at) == (NOW, claimed)
    assert state.flags == Flag.STAMPED | Flag.CLOCK_WRONG


def test_unknown_and_broken_payloads_are_kept_raw() -> None:
    unknown = translate("ctwing", report(level=80), "", NOW)
    assert (unknown.signals[0].kind, unknown.signals[0].raw) == (SignalKind.INFO, b'{"level": 80}')
    assert unknown.model is None and not unknown.broken
    broken = translate("ctwing", report(Alarm_Status=99), "", NOW)
    assert broken.broken
    assert broken.signals[0].kind == SignalKind.INFO


def test_links_commands_and_the_carriers_own_registry() -> None:
    (up,) = signals(Report(kind=ReportKind.LINK, device="d1", at=NOW, online=True))
    (down,) = signals(Report(kind=ReportKind.LINK, device="d1", at=NOW, online=False))
    assert (up.values, down.values, up.kind) == ((1.0,), (0.0,), SignalKind.LINK)
    (done,) = signals(Report(kind=ReportKind.COMMAND, device="d1", at=NOW, command="7", result="DELIVERED"))
    assert done.kind == SignalKind.INFO
    assert not signals(Report(kind=ReportKind.COMMAND, device="d1", at=NOW, command="7", result="EXPIRED"))
    assert not signals(Report(kind=ReportKind.REGISTRY, device="d1", result="deviceDeleted"))
