"""Who must answer with what, and what an answer means. Pure, `now` is an argument.

Enters: the detectors of a scope, what they said, what the technician noted. Leaves: a result for each. What people
found counts over what was computed. Absent: rows, and making the scope a test (the registry and the engine do).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from zhigan.desks.walktest.model import Answer, Expected, Note, Result, WalkPoint
from zhigan.registry.rules import ALARMS, condition_names
from zhigan.vocabulary.conditions import FIRES, GASES, Condition
from zhigan.vocabulary.moments import SECOND, to_datetime, to_micros

_FLOW = Condition.WATER_FLOW | Condition.FIRE | Condition.FEEDBACK | Condition.STARTED
_ELECTRICAL = (
    Condition.ELECTRICAL_ALARM | Condition.RESIDUAL_CURRENT | Condition.CABLE_TEMPERATURE | Condition.ARC
    | Condition.SHORT_CIRCUIT | Condition.OVER_CURRENT | Condition.VOLTAGE | Condition.FIRE
)  # fmt: skip
WANTED: Mapping[str, int] = {
    "smoke": int(FIRES),
    "heat": int(FIRES),
    "flame": int(FIRES),
    "manual_call_point": int(FIRES),
    "hydrant_button": int(FIRES | Condition.STARTED | Condition.FEEDBACK),
    "water_flow": int(_FLOW),
    "pressure_switch": int(_FLOW),
    "gas": int(GASES | Condition.FIRE),
    "electrical_monitor": int(_ELECTRICAL),
}
"""Type → what a test of it must bring. Of another type that is chosen by hand, anything that it says counts."""
_ANYTHING = ~int(Condition.OFFLINE | Condition.SHIELD | Condition.TEST_MODE)
POINTING_S = 180
"""How long "this one now" is believed when nothing else is said."""
_FOUND: Mapping[str, Result] = {
    "ok": "answered",
    "no_answer": "no_answer",
    "wrong_place": "wrong_place",
    "wrong_type": "wrong_type",
}


class Heard(msgspec.Struct):
    """What one detector said during the test."""

    right: int | None = None  # µs of the first answer as wanted
    first: int | None = None
    conditions: int = 0
    count: int = 0


class Pointing(msgspec.Struct, frozen=True):
    device: str
    begin: int
    end: int


def wanted(type_: str) -> int:
    return WANTED.get(type_, _ANYTHING)


def judged(
    expected: Sequence[Expected], answers: Sequence[Answer], notes: Sequence[Note], start: int, end: int
) -> list[WalkPoint]:
    """A result for each, in the given order. `start`, `end`: µs of the test, or of now while it runs."""
    heard = _heard(expected, answers)
    pointings = _pointings(notes, end)
    instead = _instead(expected, heard, pointings)
    before = _gaps(heard, start)
    names = {e.id: e.name or e.address for e in expected}
    return [_point(e, heard[e.number], notes, pointings, instead, before, names) for e in expected]


def _heard(expected: Sequence[Expected], answers: Sequence[Answer]) -> dict[int, Heard]:
    heard = {e.number: Heard() for e in expected}
    masks = {e.number: wanted(e.type) for e in expected}
    for answer in answers:
        one = heard.get(answer.device)
        if one is None:
            continue
        one.count += 1
        one.first = answer.at if one.first is None else one.first
        if answer.conditions & masks[answer.device]:
            one.conditions = answer.conditions if one.right is None else one.conditions | answer.conditions
            one.right = answer.at if one.right is None else one.right
        elif one.right is None:
            one.conditions |= answer.conditions
    return heard


def _pointings(notes: Sequence[Note], end: int) -> list[Pointing]:
    pointed = [n for n in notes if n.act in ("pointed", "cleared")]
    found: list[Pointing] = []
    for at, note in enumerate(pointed):
        begin = to_micros(note.at)
        until = to_micros(pointed[at + 1].at) if at + 1 < len(pointed) else end
        if note.act == "pointed":
            found.append(Pointing(note.device, begin, min(until, begin + POINTING_S * SECOND)))
    return found


def _instead(expected: Sequence[Expected], heard: Mapping[int, Heard], pointings: Sequence[Pointing]) -> dict[str, str]:
    """Who answered while another one was pointed at, and that one was silent → the one pointed at."""
    by_id = {e.id: heard[e.number] for e in expected}
    found: dict[str, str] = {}
    for pointing in pointings:
        target = by_id.get(pointing.device)
        if target is None or _within(target.right, pointing):
            continue
        for id_, one in by_id.items():
            if id_ != pointing.device and _within(one.right, pointing):
                found[id_] = pointing.device
    return found


def _within(at: int | None, pointing: Pointing) -> bool:
    return at is not None and pointing.begin <= at <= pointing.end


def _gaps(heard: Mapping[int, Heard], start: int) -> dict[int, int]:
    """First answer → the answer before it."""
    firsts = sorted(h.first for h in heard.values() if h.first is not None)
    return dict(zip(firsts, [start, *firsts], strict=False))


def _point(
    e: Expected,
    one: Heard,
    notes: Sequence[Note],
    pointings: Sequence[Pointing],
    instead: Mapping[str, str],
    before: Mapping[int, int],
    names: Mapping[str, str],
) -> WalkPoint:
    said = next((n for n in reversed(notes) if n.device == e.id and n.act != "pointed"), None)
    found = None if said is None else _FOUND.get(said.act)
    computed: Result = "outstanding"
    if e.id in instead:
        computed = "wrong_place"
    elif one.right is not None:
        computed = "answered"
    elif one.first is not None:
        computed = "wrong_condition"
    told = next((n for n in reversed(notes) if n.device == e.id), None)
    answered = one.right if one.right is not None else one.first
    begun = next((p.begin for p in reversed(pointings) if p.device == e.id and _within(answered, p)), None)
    begun = before.get(one.first) if begun is None and one.first is not None else begun
    return WalkPoint(
        id=e.id,
        name=e.name,
        address=e.address,
        type=e.type,
        floor=e.floor,
        place=e.place,
        result=found or computed,
        answered_at=None if answered is None else to_datetime(answered),
        conditions=condition_names(one.conditions),
        took_s=None if answered is None or begun is None else round((answered - begun) / SECOND, 1),
        count=one.count,
        instead=names.get(instead.get(e.id, ""), ""),
        who="" if told is None else told.who,
        note="" if said is None or found is None else said.text,
        alarming=bool(e.conditions & int(ALARMS)),
    )


def pointed(notes: Sequence[Note], now: datetime) -> str | None:
    """At whom the technician points."""
    last = next((n for n in reversed(notes) if n.act in ("pointed", "cleared")), None)
    if last is None or last.act != "pointed" or (now - last.at).total_seconds() > POINTING_S:
        return None
    return last.device
