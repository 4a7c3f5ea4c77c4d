"""What makes a report acceptable, what a hazard becomes, and how a report stands after its incident closed. Pure.

Enters: a report as it was sent, instants, what the registry knows of its place. Leaves: everything that is wrong with
it at once; the row that a hazard opens; the word by which the engine hears a call. Absent: rows, HTTP.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple

import msgspec

from zhigan.gateways.reports.hazard_tables import HAZARDS
from zhigan.gateways.reports.model import CAMERAS_MAX, InboundKind, InboundState, ListedCamera, NewInbound
from zhigan.incidents.model import Opened, Outcome, Place, Reason, Why
from zhigan.protocols.carriers.relayed import Word
from zhigan.vocabulary.devices import PERSON
from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.ids import born
from zhigan.vocabulary.moments import SHANGHAI, to_micros
from zhigan.vocabulary.premises import PremisesClass
from zhigan.vocabulary.roles import DESK_ROLES, Role
from zhigan.vocabulary.telephones import masked_text

GATEWAY: Final = "report"
SLOT: Final = "hazard:"
FLAG: Final = "hazard"
CALL_WITHIN: Final = timedelta(hours=24)
"""A call that is older is history: nobody need be woken by it."""
AHEAD: Final = timedelta(minutes=5)
LONGEST: Final = timedelta(days=366)
SERIOUS: Final = "serious"
OLDEST: Final = timedelta(days=366)
DESKS: Final = DESK_ROLES | {Role.SUPERVISOR}
INSPECTORS: Final = frozenset({Role.INSPECTOR, Role.ENFORCER})
FINDERS: Final = INSPECTORS | {Role.PROPERTY, Role.UNIT}
"""Enter hazards, and nothing else."""
SENDERS: Final = DESKS | FINDERS | {Role.PARTNER, Role.GRID}
LISTERS: Final = frozenset({Role.PARTNER, Role.OPERATOR, Role.ADMIN, Role.SUPERVISOR})
"""May send a list of cameras."""
MOST_IN_WINDOW: Final = 2000
CALLS_IN_WINDOW: Final = 200
WINDOW: Final = timedelta(minutes=10)
"""What one account may report in it."""
NOTE_MAX: Final = 180
LATER: Final = frozenset({"severity", "deadline"})
_CAMERA: Final = re.compile(r"\d{20}")
_PHONE: Final = re.compile(r"\+?[0-9][0-9 ()-]{2,30}")
_GRID: Final = re.compile(r"[0-9A-Za-z_-]{1,40}")


def may_send(kind: InboundKind) -> frozenset[Role]:
    match kind:
        case InboundKind.CAMERA_LIST:
            return LISTERS
        case InboundKind.CALL:
            return SENDERS - FINDERS
        case InboundKind.HAZARD:
            return SENDERS


class Flaw(NamedTuple):
    field: str
    expected: str


Errors = list[Flaw]


def wrong(new: NewInbound, role: Role, now: datetime) -> Errors:
    """Everything that is wrong with it by itself."""
    errors: Errors = []
    if role is Role.PARTNER and not new.external_id.strip():
        errors.append(Flaw("external_id", "is required"))
    errors += _wrong_texts(new) + _wrong_time(new, now) + _wrong_position(new.lon, new.lat)
    match new.kind:
        case InboundKind.HAZARD:
            if new.category not in HAZARDS:
                errors.append(Flaw("category", f"one of {', '.join(HAZARDS)}"))
            errors += _wrong_deadline(new, role, now)
        case InboundKind.CALL:
            if not (new.words.strip() or new.place.strip()):
                errors.append(Flaw("words", "is required"))
        case InboundKind.CAMERA_LIST:
            if not 0 < len(new.cameras) <= CAMERAS_MAX:
                errors.append(Flaw("cameras", f"1 to {CAMERAS_MAX} cameras"))
    if new.kind is not InboundKind.CAMERA_LIST:
        errors += _wrong_place(new)
        if new.cameras:
            errors.append(Flaw("cameras", "only of a camera_list"))
    return errors


def _wrong_deadline(new: NewInbound, role: Role, now: datetime) -> Errors:
    if new.deadline is None:
        return []
    if role not in DESKS | INSPECTORS:
        return [Flaw("deadline", "set by inspectors, enforcers and the desk")]
    return [] if now < due(new.deadline) <= now + LONGEST else [Flaw("deadline", "a day to come, within a year")]


def due(deadline: date) -> datetime:
    """A day is over at its midnight here."""
    return datetime.combine(deadline + timedelta(days=1), time.min, SHANGHAI)


def _wrong_texts(new: NewInbound) -> Errors:
    texts = {
        "external_id": new.external_id, "words": new.words, "place": new.place, "unit": new.unit, "floor": new.floor,
        "building": new.building, "reporter.name": new.reporter.name,
    }  # fmt: skip
    errors = [
        Flaw(field, "one line without control characters") for field, text in texts.items() if _controls(field, text)
    ]
    if new.reporter.phone and not _PHONE.fullmatch(new.reporter.phone):
        errors.append(Flaw("reporter.phone", "a telephone number"))
    if new.grid and not _GRID.fullmatch(new.grid):
        errors.append(Flaw("grid", "a code without blanks, comma, plus or colon"))
    return errors


def _controls(field: str, text: str) -> bool:
    allowed = "\n\r\t" if field == "words" else ""
    return any((ord(c) < 32 and c not in allowed) or ord(c) == 127 for c in text)


def _wrong_time(new: NewInbound, now: datetime) -> Errors:
    if new.at is None:
        return []
    if new.at.tzinfo is None:
        return [Flaw("at", "a time with its offset")]
    within = CALL_WITHIN if new.kind is InboundKind.CALL else OLDEST
    if not now - within <= new.at <= now + AHEAD:
        return [Flaw("at", f"within the last {int(within.total_seconds() // 3600)} hours")]
    return []


def _wrong_position(lon: float | None, lat: float | None) -> Errors:
    if (lon is None) != (lat is None):
        return [Flaw("lat" if lat is None else "lon", "is required where the other is given")]
    if lon is None or lat is None:
        return []
    if not -180 <= lon <= 180:
        return [Flaw("lon", "degrees from -180 to 180")]
    return [] if -90 <= lat <= 90 else [Flaw("lat", "degrees from -90 to 90")]


def _wrong_place(new: NewInbound) -> Errors:
    if not (new.unit or new.unit_id or new.place.strip() or new.grid or new.community or new.lon is not None):
        return [Flaw("place", "is required")]
    if (new.building or new.floor) and not (new.unit or new.unit_id):
        return [Flaw("unit", "is required")]
    return []


def wrong_camera(camera: ListedCamera) -> Errors:
    errors = _wrong_position(camera.lon, camera.lat)
    if not _CAMERA.fullmatch(camera.code):
        errors.append(Flaw("code", "the 20 digits of a GB/T 28181 code"))
    if not camera.name.strip():
        errors.append(Flaw("name", "is required"))
    return errors


def digest(new: NewInbound) -> bytes:
    """What was said, without the number by which it is known; what came into the form later counts where it is said."""
    said = msgspec.to_builtins(msgspec.structs.replace(new, external_id=""))
    return hashlib.sha256(msgspec.json.encode({n: v for n, v in said.items() if v or n not in LATER})).digest()


def changes(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, list[object]]:
    """Field → what stood there, what stands there now."""
    names = sorted({*before, *after})
    return {n: [before.get(n), after.get(n)] for n in names if before.get(n) != after.get(n)}


class Spot(NamedTuple):
    """Where it is, as far as the registry knows; `class_` of the unit, None where there is none."""

    place: Place
    class_: PremisesClass | None = None
    floor: str = ""


def hazard(report: str, new: NewInbound, spot: Spot, partner: str, now: datetime) -> Opened:
    """One hazard is one row, so that its closing is the answer to its sender."""
    found, slot, micros = HAZARDS[new.category], SLOT + report, to_micros(now)
    grave = spot.class_ in found.grave or (spot.class_ is None and found.grave == frozenset(PremisesClass))
    grave = grave or new.severity == SERIOUS
    facts: dict[str, str | int | float] = {"hazard": new.category, "who": partner}
    if said := brief(new.words):
        facts["note"] = said
    return Opened(
        incident=born(micros, slot), slot=slot, case_key=slot, locus=slot, grade=Grade.III if grave else Grade.IV,
        kind=found.kind, place=spot.place, reasons=(Reason(Why.HAZARD_REPORTED, facts),), at=micros,
        received_at=micros, alarms=(), flags=(FLAG, SERIOUS) if new.severity == SERIOUS else (FLAG,),
    )  # fmt: skip


def call_address(report: str, spot: Spot) -> str:
    """One voice a place: who calls twice of one floor is one witness there, as a detector that repeats itself is."""
    where = spot.place.building_id or spot.place.unit_id
    return f"at:{report}" if where is None else f"{where}:{spot.floor}" if spot.floor else where


def call(address: str, new: NewInbound, partner: str, now: datetime) -> Word:
    """`at` is when we took it: no clock of a sender may make a fire look over."""
    told = "" if new.at is None else f"{new.at.astimezone(SHANGHAI):%H:%M} "
    text = "：".join(part for part in (new.place.strip(), brief(new.words)) if part)
    return Word(
        gateway=GATEWAY, address=address, at=to_micros(now), platform_status="alarm", type=PERSON, alarms=PERSON,
        note=f"{told}{text}（{partner}）"[:NOTE_MAX],
    )  # fmt: skip


def calm(address: str, now: datetime) -> Word:
    """Its incident is closed: the next call from there is a new one."""
    return Word(
        gateway=GATEWAY, address=address, at=to_micros(now), platform_status="normal", type=PERSON, alarms=PERSON
    )


def brief(words: str) -> str:
    """For a row's reason and a panel: one line, people's numbers masked."""
    return masked_text(" ".join(words.split()))[:NOTE_MAX]


def closed(kind: InboundKind, outcome: str, cause: str) -> InboundState:
    """Nothing was there: the sender is told so. A hazard that was found has a cause of another letter."""
    if kind is InboundKind.HAZARD:
        return InboundState.REJECTED if cause.startswith("X") else InboundState.DONE
    return InboundState.REJECTED if outcome in (Outcome.FALSE_ALARM, Outcome.TEST) else InboundState.DONE
