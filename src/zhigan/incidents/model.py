"""The nouns of what happened, and the changes by which the engine speaks to the store.

Enters: changes decided by `zhigan.alarms.engine` (pure). Leaves: rows, timeline lines and event drafts written by
`incidents.store.apply` inside the caller's transaction. Absent: any judgement (grades are decided, not computed here).

One table holds all four grades: I and II rows are desk incidents (警情), III attention rows (关注), IV tasks (任务).
A row that once reached the desk stays a desk row. `slot` is what may be open only once: for desk rows `desk:<locus>`,
for III and IV `<kind>:<locus or point>`; a partial unique index over open rows holds it under any concurrency.
"""

import enum

import msgspec

from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import Owned


class State(enum.StrEnum):
    OPEN = "open"
    VERIFYING = "verifying"
    CONFIRMED = "confirmed"
    DISPATCHED = "dispatched"
    RESPONDING = "responding"
    DONE = "done"  # III and IV: somebody says that it is mended; another person has to see it
    CLOSED = "closed"


class Outcome(enum.StrEnum):
    FIRE = "fire"
    FALSE_ALARM = "false_alarm"
    TEST = "test"
    DRILL = "drill"
    FAULT = "fault"
    OTHER = "other"


class Basis(enum.StrEnum):
    ON_SITE = "on_site"
    VIDEO = "video"
    PHONE = "phone"
    CORROBORATED = "corroborated"
    UNVERIFIABLE = "unverifiable"


class Why(enum.StrEnum):
    """Reasons for a grade, for an act, and for NOT acting. Words in both languages: incidents/words.py."""

    FIRST_FIRE = "first_fire"  # one detector: unverified is at least II
    PANEL_FIRE = "panel_fire"  # the panel's own fire bit
    MANUAL_ALARM = "manual_alarm"
    UNREGISTERED_FIRE = "unregistered_fire"
    SECOND_DEVICE = "second_device"  # corroborated: second independent device ≤ 5 min
    ALARM_AFTER_RESET = "alarm_after_reset"  # again ≤ 10 min after a reset
    NO_ANSWER = "no_answer"  # nobody on site answered in time
    WATER_FLOW = "water_flow"
    WATER_FLOW_CONFIRMED = "water_flow_confirmed"  # with pressure switch, pump start or detector
    DISCHARGE = "discharge"
    CONFIRMED = "confirmed"
    SITE_FIRE = "site_fire"  # a person on site says that it burns
    VIDEO_FIRE = "video_fire"
    VIDEO_WITH_DETECTOR = "video_with_detector"
    GAS_LOW = "gas_low"
    GAS_HIGH = "gas_high"
    GAS_LASTING = "gas_lasting"
    GAS_TWO = "gas_two"
    GAS_WITH_SMOKE = "gas_with_smoke"
    ELECTRICAL_LIMIT = "electrical_limit"
    ELECTRICAL_OVER = "electrical_over"  # ≥ limit + 20 °C, or rise, or arc with temperature
    ELECTRICAL_WITH_SMOKE = "electrical_with_smoke"
    NEAR_LIMIT = "near_limit"
    IMPLAUSIBLE = "implausible"
    PROTECTION_DOWN = "protection_down"  # tank empty, pump off, panel off, system shielded
    POINT_SHIELDED = "point_shielded"
    MANY_SHIELDED = "many_shielded"  # > 10 % of a loop
    FAULT = "fault"
    POWER_BOTH = "power_both"  # mains and battery
    POWER_FAULT = "power_fault"
    TAMPER = "tamper"
    TAMPER_TWICE = "tamper_twice"
    LINK_LOST = "link_lost"
    LINK_LOST_MANY = "link_lost_many"  # ≥ 20 % of a unit or street in 10 min
    DUTY_MISSED = "duty_missed"
    DUTY_MISSED_TWICE = "duty_missed_twice"
    EXIT_BLOCKED = "exit_blocked"
    WATER_LOW = "water_low"
    HYDRANT_LOW = "hydrant_low"
    HYDRANT_DAMAGED = "hydrant_damaged"
    HYDRANT_OPENED = "hydrant_opened"  # and no incident near, no test announced
    FROST = "frost"
    SURGE = "surge"
    IMPAIRED_HALVES_TIME = "impaired_halves_time"
    LATE_FIRE = "late_fire"  # 补报: older than 10 min and since restored
    TEST_MODE = "test_mode"
    TEST_CALL_POINT_AND_FLOW = "test_call_point_and_flow"
    REPEATED = "repeated"  # not a new alarm: counted
    STILL_STANDING = "still_standing"  # stood on after closing: no new incident
    HELD = "held"  # hold time not over yet (never a fire)
    FLAPPING = "flapping"  # flap protection (never a fire)
    OPERATION_IGNORED = "operation_ignored"
    SPREAD = "spread"  # loci joined by a logged merge
    RESTORED = "restored"
    RESET = "reset"
    RESET_UNVERIFIED = "reset_unverified"  # 未核实即复位
    STATION_SENT = "station_sent"  # countdown spent: the micro station is sent
    SUPERVISORY = "supervisory"
    STARTED = "started"
    STALE = "stale"  # older than what is known of the point: history only
    ANSWERED = "answered"  # the site confirmed at its panel: no NO_ANSWER any more
    OPERATION = "operation"  # an operation at the panel, seen: facts name it
    SINGLE_RESTORED = "single_restored"  # S3: the one detector is normal again in time: stays II
    FAULT_MANY = "fault_many"  # > 10 % of a loop
    TAMPERED_MANY = "tampered_many"
    POWER_LOST_MANY = "power_lost_many"
    ZONE_LOSS = "zone_loss"  # several hydrants of a place at once
    BATTERY_HEAT = "battery_heat"
    LIMIT_SOON = "limit_soon"  # trend: days to the limit ≤ 7
    NOT_IN_SERVICE = "not_in_service"  # suspended or not yet commissioned: only fires count
    TEST_ENDED = "test_ended"  # the test is over and the alarm still stands
    MOVED = "moved"  # the registry has put the device elsewhere
    SPLIT = "split"  # taken out of another incident by a person
    NOBODY_ANSWERED = "nobody_answered"  # people were told, none of them answered in time
    NOBODY_KNOWN = "nobody_known"  # there is nobody to tell
    SCRAPPED = "scrapped"  # a device was taken out of service for good
    CONTACT_DEAD = "contact_dead"  # the network says that a contact's number does not exist
    CONTACT_UNPROVEN = "contact_unproven"  # a contact was asked to prove that he can be reached, and did not
    UNIT_UNREACHABLE = "unit_unreachable"  # a unit has no contact who can be reached
    CHANNEL_DOWN = "channel_down"  # a way of telling people fails its test
    PLATFORM_SILENT = "platform_silent"  # a platform below is heard no more
    PARTNER_FAILING = "partner_failing"  # a partner has not taken what it is told for long
    REPORTED = "reported"  # somebody read the sticker's code and says what is wrong
    INSPECTED = "inspected"  # an inspector found what must be mended
    REPEATED_FALSE = "repeated_false"  # one device gave false alarms again and again
    PERSON_CALLED = "person_called"  # somebody says that it burns
    HAZARD_REPORTED = "hazard_reported"  # a grid worker or a partner reports a hazard
    IMBALANCE = "imbalance"  # phases of one circuit apart
    NIGHT_LOAD = "night_load"  # more at night than this circuit ever takes
    DRIFT = "drift"  # daily maxima keep rising
    UNVISITED = "unvisited"  # too many alarms of a month were closed as unknown, and nobody had gone there
    PASSED_ON = "passed_on"  # from one level's desk to the next (处置权责)
    REPORT_CHANGED = "report_changed"  # its sender says it otherwise now
    NOT_TAKEN_OVER = "not_taken_over"  # a shift began and nobody took the desk over
    ROUTINE_OVERDUE = "routine_overdue"  # a routine of the centre was not done in its time


class Reason(msgspec.Struct, frozen=True):
    """A reason and the figures and names that make it a sentence: `{"devices": "...", "minutes": 4}`."""

    why: Why
    facts: dict[str, str | int | float] = {}


class AlarmRow(msgspec.Struct, frozen=True, kw_only=True):
    """One condition of one device or component, from raised to cleared; repeats are counted, not repeated."""

    id: str
    device_id: str | None
    address: str
    device: str  # name, or type and address where unregistered
    component: str  # "1.1.40.131082" or ""
    kind: Kind
    condition: str  # Condition name in lower case, e.g. "fire"
    raised_at: int
    received_at: int
    count: int = 1
    cleared_at: int | None = None
    text: str = ""  # what the device said in words (description field)
    raw: bytes = b""
    gateway: str = ""
    locus: str | None = None  # its own; where several loci are one incident, it says which alarms belong together


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where, in names: denormalised into the incident so that a list needs no join."""

    unit_id: str | None = None
    unit_code: str = ""
    unit_name: str = ""
    building_id: str | None = None
    building_code: str = ""
    building_name: str = ""
    text: str = ""  # "3号楼 12层 东侧走廊"
    lon: float | None = None
    lat: float | None = None
    owned: Owned = Owned()


class Opened(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    incident: str
    slot: str
    case_key: str
    locus: str
    grade: Grade
    kind: Kind
    place: Place
    reasons: tuple[Reason, ...]
    at: int  # when it began (device time where plausible)
    received_at: int
    alarms: tuple[AlarmRow, ...]
    verify_by: int | None = None  # countdown to verify ends
    answer_by: int | None = None  # no answer from the site by then: grade I
    flags: tuple[str, ...] = ()  # "unregistered", "late", "test"


class Joined(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Another alarm of the same locus."""

    incident: str
    alarm: AlarmRow
    at: int


class Counted(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """The same alarm again, or still: count and last signal time."""

    incident: str
    alarm: str
    count: int
    at: int


class Cleared(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    incident: str
    alarm: str
    at: int
    reason: Reason  # RESTORED or RESET


class Raised(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Grade raised (never lowered), or reasons added at the same grade."""

    incident: str
    grade: Grade
    reasons: tuple[Reason, ...]  # the new ones, gravest first
    at: int
    slot: str | None = None  # new slot when a III/IV row becomes a desk row
    kind: Kind | None = None
    verify_by: int | None = None
    answer_by: int | None = None


class Merged(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Spread: `incident` goes on inside `into`."""

    incident: str
    into: str
    reason: Reason
    at: int


class Remarked(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """A line in the timeline by the platform: reset before verification, station sent, operation seen."""

    incident: str
    reason: Reason
    at: int
    flag: str | None = None
    spends_countdown: bool = False


class Ended(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """A III or IV row whose cause is gone closes by itself; desk rows never do."""

    incident: str
    outcome: Outcome
    reason: Reason
    at: int


class Moved(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Its devices belong elsewhere now: the incident goes there, out of one scope and into another."""

    incident: str
    case_key: str
    slot: str
    locus: str
    place: Place
    at: int


class Belated(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """A fire told late was over before it was told (补报): nobody need be woken, somebody should look. The one way from
    the desk to the attention queue, and only while nobody has touched it."""

    incident: str
    slot: str
    reason: Reason
    at: int


Change = Opened | Joined | Counted | Cleared | Raised | Merged | Remarked | Ended | Moved | Belated


class Standing(msgspec.Struct, kw_only=True):
    """What the engine must know of an open incident besides its own case: people may have acted on it."""

    id: str
    version: int
    state: State
    grade: Grade
    merged_into: str | None = None
    case_key: str = ""
    slot: str = ""
    kind: Kind = Kind.FIRE
    split_from: str | None = None
    flags: tuple[str, ...] = ()
    alarms: tuple[tuple[str, str], ...] = ()
    """(id, locus) of its alarms: asked only of incidents that people took out of others."""


WATER_STATUS = "water_status"
"""Flag: what 119 must know of the water, though nothing burns."""
SENT_BACK = "sent_back"
"""Flag: somebody has looked at finished work, and it was not good."""
PLATFORM = "platform"
"""Who stands in a timeline line where no person acted."""


class Actor(msgspec.Struct, frozen=True):
    """Who takes a step: a person, or the platform itself (`role` None). `reporter`: it was he who told of it."""

    id: str
    name: str
    role: Role | None = None
    reporter: bool = False


class Answer(enum.StrEnum):
    """What people on site say to an alarm."""

    ACKNOWLEDGED = "acknowledged"
    ON_THE_WAY = "on_the_way"
    ARRIVED = "arrived"
    FIRE = "fire"
    NO_FIRE = "no_fire"
    NOT_THERE = "not_there"


class FileRow(msgspec.Struct, frozen=True, kw_only=True):
    """A photo or file as it is hung on an incident; its bytes lie on the shelf under `sha256`."""

    id: str
    name: str
    type: str
    size: int
    sha256: bytes

    def said(self) -> dict[str, object]:
        """The timeline's detail: with it the bytes can be proven."""
        return {"file": self.id, "name": self.name, "type": self.type, "size": self.size, "sha256": self.sha256.hex()}
