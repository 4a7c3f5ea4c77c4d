"""How long judging takes, one JSON object a line; processor time, best of several rounds: neighbours do not count.

A new fire (every rule asked), a status that changes nothing, `quiet`, and a storm of 10,000 alarms in one case cut into
slices as the worker cuts them: its cost per signal must not grow with what is already there.
"""

import json
import time
from collections.abc import Callable

import msgspec

from zhigan.alarms.engine import POLICY_V1, Case, Context, Locus, Seen, Subject, decide, quiet
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.moments import SECOND
from zhigan.vocabulary.premises import PremisesClass
from zhigan.vocabulary.signals import Signal, SignalKind

NOON = 1_795_320_000 * SECOND
PANEL = "790300000000"
STORM = 10_000
SLICE = 500
KNOWN = (1 << 25) - 1
CONTEXT = Context(case_key="unit:1", premises=PremisesClass.S2, devices=STORM, loops={f"{PANEL}/1.1": STORM})
EMPTY = Case(key="unit:1")


def smoke(number: int, floor: int) -> Subject:
    component = f"1.1.40.{number}"
    return Subject(
        number=number, address=f"{PANEL}/{component}", parent=PANEL, type="smoke", name=f"烟感{number}",
        component=component, system="1.1", locus=Locus("B", floor),
    )  # fmt: skip


def home(number: int) -> Subject:
    locus = Locus("", None, "", "", f"lwm2m:ep{number}")
    return Subject(number=number, address=f"ep{number}", gateway="lwm2m", type="smoke", locus=locus)


def status(who: Subject, conditions: Condition, at: int = NOON) -> Seen:
    return Seen(Signal(who.gateway, who.address, int(SignalKind.STATUS), at, at, int(conditions), KNOWN), who)


def micros(work: Callable[[], object], times: int = 1000, rounds: int = 7) -> float:
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        for _ in range(times):
            work()
        best = min(best, (time.process_time() - began) / times * 1e6)
    return round(best, 2)


def single() -> None:
    who = smoke(1, 12)
    fire, normal = [status(who, Condition.FIRE)], [status(who, Condition.NONE)]
    first = decide(EMPTY, CONTEXT, fire, POLICY_V1, NOON)
    second = [status(smoke(2, 13), Condition.FIRE, NOON + SECOND)]
    faulty = decide(EMPTY, CONTEXT, [status(who, Condition.FAULT)], POLICY_V1, NOON).case
    again = [status(who, Condition.FAULT, NOON + SECOND)]
    tell("engine_new_fire", micros(lambda: decide(EMPTY, CONTEXT, fire, POLICY_V1, NOON)), 60)
    tell("engine_second_fire_next_floor", micros(lambda: decide(first.case, CONTEXT, second, POLICY_V1, NOON + SECOND)))
    tell("engine_normal_again", micros(lambda: decide(EMPTY, CONTEXT, normal, POLICY_V1, NOON)), 5)
    tell("engine_fault_again", micros(lambda: decide(faulty, CONTEXT, again, POLICY_V1, NOON + SECOND)), 5)
    bounds = POLICY_V1.bounds("electrical_monitor")
    readings = Signal("mqtt", "a", int(SignalKind.READINGS), NOON, NOON, metrics=(1, 5), values=(31.0, 80.0))
    tell("engine_quiet_status", micros(lambda: quiet(again[0].signal, int(Condition.FAULT), bounds), 10_000), 1)
    tell("engine_quiet_readings", micros(lambda: quiet(readings, 0, bounds), 10_000), 1)


def storm(name: str, seen: list[Seen]) -> None:
    """Per slice, µs a signal: the last slices must cost about what the first cost."""
    case, costs = EMPTY, list[float]()
    changes = 0
    for start in range(0, STORM, SLICE):
        part = seen[start : start + SLICE]
        began = time.process_time()
        verdict = decide(case, CONTEXT, part, POLICY_V1, part[-1].signal.received_at)
        costs.append((time.process_time() - began) / SLICE * 1e6)
        case, changes = verdict.case, changes + len(verdict.changes)
    began = time.process_time()
    blob = msgspec.msgpack.encode(case)
    encoded = time.process_time() - began
    print(
        json.dumps(
            {
                "bench": name,
                "signals": STORM,
                "changes": changes,
                "µs_a_signal_first_quarter": round(sum(costs[:5]) / 5, 1),
                "µs_a_signal_last_quarter": round(sum(costs[-5:]) / 5, 1),
                "case_bytes": len(blob),
                "encode_ms": round(encoded * 1e3, 1),
            },
            ensure_ascii=False,
        ),
        flush=True,
    )


def tell(name: str, took: float, limit: float | None = None) -> None:
    print(json.dumps({"bench": name, "µs": took, "limit": limit}, ensure_ascii=False), flush=True)


def main() -> None:
    single()
    storm("engine_storm_homes", [status(home(n), Condition.FIRE, NOON + n) for n in range(STORM)])
    storm("engine_storm_tower", [status(smoke(n, n // 250), Condition.FIRE, NOON + n) for n in range(STORM)])
    storm("engine_storm_power_cut", [status(smoke(n, n // 250), Condition.FAULT, NOON + n) for n in range(STORM)])
    storm("engine_storm_offline", [status(home(n), Condition.OFFLINE, NOON + n) for n in range(STORM)])


if __name__ == "__main__":
    main()
