"""Version 1 of policy.md as rows. Where figures come from: docs/policy.md. The order of rows is their rank."""

from zhigan.alarms.engine.policy import Countdown, Echo, Groups, Lasts, Plausible, Policy, Rule
from zhigan.alarms.engine.policy_checks import check
from zhigan.incidents.model import Why
from zhigan.vocabulary import electrical as standards
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.handling import TakeOver
from zhigan.vocabulary.limits import Limit
from zhigan.vocabulary.premises import PremisesClass

II, III, IV = Grade.II, Grade.III, Grade.IV
S1, S2, S3, S4 = PremisesClass.S1, PremisesClass.S2, PremisesClass.S3, PremisesClass.S4

WATER_SYSTEMS = (11, 12, 14, 16)
"""Hydrants, sprinklers, water spray by pump, foam: what a pump in manual would leave dry."""

REPEATING = (
    "control_panel", "transmission_device", "module", "valve", "pump", "gas_extinguishing", "fire_door", "breaker",
)  # fmt: skip
"""Types that pass a fire on instead of seeing it."""

WIRES = standards.WIRES

FIRE_ROWS = (
    Rule(on=("fire",), types=("gas",), grade=II, kind=Kind.GAS, why=Why.GAS_HIGH, families=("gas",),
         lasts=Lasts(seconds=180, grade=Grade.I, why=Why.GAS_LASTING, unless_valve_shut=True)),
    Rule(on=("fire",), panel=True, whole=True, grade=II, kind=Kind.FIRE, why=Why.PANEL_FIRE),
    Rule(on=("fire",), types=REPEATING, grade=II, kind=Kind.FIRE, why=Why.PANEL_FIRE),
    Rule(on=("fire",), types=("hydrant_button",), grade=II, kind=Kind.FIRE, why=Why.FIRST_FIRE,
         families=("fire", "flow")),
    Rule(on=("fire",), types=("manual_call_point",), grade=II, kind=Kind.FIRE, why=Why.FIRST_FIRE,
         families=("fire", "call")),
    Rule(on=("fire",), types=("pressure_switch",), grade=II, kind=Kind.FIRE, why=Why.FIRST_FIRE,
         families=("fire", "pump")),
    Rule(on=("fire",), grade=II, kind=Kind.FIRE, why=Why.FIRST_FIRE, families=("fire",)),
    Rule(on=("manual_alarm",), types=("person",), grade=II, kind=Kind.FIRE, why=Why.PERSON_CALLED, families=("fire",)),
    Rule(on=("manual_alarm",), grade=II, kind=Kind.FIRE, why=Why.MANUAL_ALARM, families=("fire",)),
    Rule(on=("discharge",), grade=Grade.I, kind=Kind.FIRE, why=Why.DISCHARGE, families=("fire",)),
    Rule(on=("video_fire",), grade=III, kind=Kind.FIRE, why=Why.VIDEO_FIRE, families=("video",)),
    Rule(on=("video_agreed",), grade=II, kind=Kind.FIRE, why=Why.VIDEO_FIRE, families=("video",)),
    Rule(on=("water_flow",), types=("pressure_switch",), grade=II, kind=Kind.FIRE, why=Why.WATER_FLOW, hold_s=20,
         families=("flow", "pump")),
    Rule(on=("water_flow",), grade=II, kind=Kind.FIRE, why=Why.WATER_FLOW, hold_s=20, families=("flow",)),
    Rule(on=("gas_high",), grade=II, kind=Kind.GAS, why=Why.GAS_HIGH, families=("gas",),
         lasts=Lasts(seconds=180, grade=Grade.I, why=Why.GAS_LASTING, unless_valve_shut=True)),
    Rule(on=("gas_low",), grade=III, kind=Kind.GAS, why=Why.GAS_LOW, families=("gas",),
         lasts=Lasts(seconds=120, grade=II, why=Why.GAS_LASTING)),
)  # fmt: skip

WATER_TYPES = ("hydrant", "water_pressure", "water_level")
HYDRANT_ROWS = (
    # Before water flow means fire: a hydrant that runs is judged beside, with the incidents near it (engine/water.py).
    Rule(on=("water_flow",), types=("hydrant",), grade=IV, kind=Kind.HYDRANT, why=Why.HYDRANT_OPENED, row=False),
    Rule(on=("frost",), types=("hydrant",), grade=IV, kind=Kind.HYDRANT, why=Why.FROST),
    Rule(on=("frost",), grade=IV, kind=Kind.WATER, why=Why.FROST),
    Rule(on=("surge",), types=("hydrant",), grade=IV, kind=Kind.HYDRANT, why=Why.SURGE),
    Rule(on=("surge",), grade=IV, kind=Kind.WATER, why=Why.SURGE),
)  # fmt: skip

ELECTRICAL_ROWS = (
    Rule(on=("far_over",), grade=II, kind=Kind.ELECTRICAL, why=Why.ELECTRICAL_OVER, families=("electrical",)),
    Rule(on=("cable_temperature",), grade=III, kind=Kind.ELECTRICAL, why=Why.ELECTRICAL_LIMIT,
         families=("electrical", "hot")),
    Rule(on=("arc",), grade=III, kind=Kind.ELECTRICAL, why=Why.ELECTRICAL_LIMIT, families=("electrical", "arc")),
    Rule(on=("residual_current", "electrical_alarm", "short_circuit", "over_current"), grade=III,
         kind=Kind.ELECTRICAL, why=Why.ELECTRICAL_LIMIT, families=("electrical",)),
    Rule(on=("limit_soon",), types=("water_pressure", "water_level", "hydrant"), grade=III, kind=Kind.WATER,
         why=Why.LIMIT_SOON),
    Rule(on=("limit_soon",), types=("gas",), grade=III, kind=Kind.GAS, why=Why.LIMIT_SOON),
    Rule(on=("limit_soon",), grade=III, kind=Kind.ELECTRICAL, why=Why.LIMIT_SOON),
    Rule(on=("near_limit",), types=("water_pressure", "water_level", "hydrant"), grade=IV, kind=Kind.WATER,
         why=Why.NEAR_LIMIT),
    Rule(on=("near_limit",), types=("gas",), grade=IV, kind=Kind.GAS, why=Why.NEAR_LIMIT),
    Rule(on=("near_limit", "voltage"), grade=IV, kind=Kind.ELECTRICAL, why=Why.NEAR_LIMIT),
    Rule(on=("imbalance",), grade=IV, kind=Kind.ELECTRICAL, why=Why.IMBALANCE, hold_s=300),
    Rule(on=("night_load",), grade=IV, kind=Kind.ELECTRICAL, why=Why.NIGHT_LOAD, hold_s=600),
    Rule(on=("drift",), types=WIRES, grade=IV, kind=Kind.ELECTRICAL, why=Why.DRIFT),
    Rule(on=("implausible", "drift"), grade=IV, kind=Kind.FAULT, why=Why.IMPLAUSIBLE),
)  # fmt: skip

FACILITY_ROWS = (
    Rule(on=("pump_off",), grade=III, kind=Kind.FACILITY, why=Why.PROTECTION_DOWN, protection=True),
    Rule(on=("manual_mode",), types=("pump",), grade=III, kind=Kind.FACILITY, why=Why.PROTECTION_DOWN,
         protection=True),
    Rule(on=("manual_mode",), systems=WATER_SYSTEMS, grade=III, kind=Kind.FACILITY, why=Why.PROTECTION_DOWN,
         protection=True),
    Rule(on=("no_water",), types=("hydrant",), grade=III, kind=Kind.HYDRANT, why=Why.HYDRANT_DAMAGED, group="unit"),
    Rule(on=("low_pressure",), types=("hydrant",), grade=IV, kind=Kind.HYDRANT, why=Why.HYDRANT_LOW, group="unit"),
    Rule(on=("damaged",), types=("hydrant",), grade=III, kind=Kind.HYDRANT, why=Why.HYDRANT_DAMAGED),
    Rule(on=("offline",), types=("hydrant",), grade=IV, kind=Kind.HYDRANT, why=Why.LINK_LOST),
    Rule(on=("no_water",), grade=III, kind=Kind.FACILITY, why=Why.PROTECTION_DOWN, protection=True),
    Rule(on=("low_pressure", "low_level"), grade=IV, kind=Kind.WATER, why=Why.WATER_LOW),
    Rule(on=("shield",), panel=True, whole=True, grade=III, kind=Kind.SHIELD, why=Why.PROTECTION_DOWN,
         protection=True),
    Rule(on=("shield",), types=("control_panel",), grade=III, kind=Kind.SHIELD, why=Why.PROTECTION_DOWN,
         protection=True),
    Rule(on=("shield",), grade=IV, kind=Kind.SHIELD, why=Why.POINT_SHIELDED, group="loop"),
    Rule(on=("exit_blocked", "ebike"), classes=(S1, S2), grade=III, kind=Kind.EXIT, why=Why.EXIT_BLOCKED),
    Rule(on=("exit_blocked", "ebike"), grade=IV, kind=Kind.EXIT, why=Why.EXIT_BLOCKED),
    Rule(on=("battery_heat",), grade=II, kind=Kind.EXIT, why=Why.BATTERY_HEAT),
)  # fmt: skip

FAULT_ROWS = (
    Rule(on=("mains_fault",), grade=IV, kind=Kind.FAULT, why=Why.POWER_FAULT, families=("mains",), group="loop"),
    Rule(on=("backup_fault",), grade=IV, kind=Kind.FAULT, why=Why.POWER_FAULT, families=("backup",), group="loop"),
    Rule(on=("power_fault",), grade=IV, kind=Kind.FAULT, why=Why.POWER_FAULT, group="loop"),
    Rule(on=("fault", "alarm_fault", "bus_fault"), grade=IV, kind=Kind.FAULT, why=Why.FAULT, group="loop"),
    Rule(on=("low_battery",), grade=IV, kind=Kind.FAULT, why=Why.FAULT),
    Rule(on=("tamper", "damaged"), grade=IV, kind=Kind.TAMPER, why=Why.TAMPER, group="loop",
         repeat_grade=III, repeat_why=Why.TAMPER_TWICE, repeat_within_s=86400),
    Rule(on=("channel_fault",), grade=IV, kind=Kind.LINK, why=Why.FAULT),
    Rule(on=("line_fault",), classes=(S1, S2), grade=III, kind=Kind.LINK, why=Why.LINK_LOST, hold_s=600),
    Rule(on=("line_fault",), grade=IV, kind=Kind.LINK, why=Why.LINK_LOST),
    Rule(on=("offline",), types=("control_panel",), grade=III, kind=Kind.FACILITY, why=Why.PROTECTION_DOWN,
         protection=True),
    Rule(on=("offline",), types=("transmission_device",), classes=(S1, S2), grade=III, kind=Kind.LINK,
         why=Why.LINK_LOST, hold_s=600),
    Rule(on=("offline",), grade=IV, kind=Kind.LINK, why=Why.LINK_LOST, group="unit"),
    Rule(on=("duty_missed",), classes=(S1,), night=True, grade=III, kind=Kind.DUTY, why=Why.DUTY_MISSED,
         repeat_grade=III, repeat_why=Why.DUTY_MISSED_TWICE),
    Rule(on=("duty_missed",), grade=IV, kind=Kind.DUTY, why=Why.DUTY_MISSED,
         repeat_grade=III, repeat_why=Why.DUTY_MISSED_TWICE),
    Rule(on=("started", "feedback"), types=("pump", "pressure_switch"), grade=IV, kind=Kind.FACILITY, why=Why.STARTED,
         families=("pump",), row=False),
)  # fmt: skip

DAY_LONG = 86400

ECHOES = (
    Echo(when="fire", beside="fire", grade=Grade.I, why=Why.SECOND_DEVICE),
    Echo(when="fire", beside="flow", grade=Grade.I, why=Why.WATER_FLOW_CONFIRMED, standing_s=DAY_LONG),
    Echo(when="flow", beside="fire", grade=Grade.I, why=Why.WATER_FLOW_CONFIRMED),
    Echo(when="flow", beside="pump", reach="building", grade=Grade.I, why=Why.WATER_FLOW_CONFIRMED),
    Echo(when="pump", beside="flow", reach="building", grade=Grade.I, why=Why.WATER_FLOW_CONFIRMED),
    Echo(when="video", beside="fire", grade=Grade.I, why=Why.VIDEO_WITH_DETECTOR),
    Echo(when="fire", beside="video", grade=Grade.I, why=Why.VIDEO_WITH_DETECTOR, standing_s=DAY_LONG),
    Echo(when="gas", beside="gas", grade=Grade.I, why=Why.GAS_TWO, standing_s=DAY_LONG),
    Echo(when="gas", beside="fire", grade=Grade.I, why=Why.GAS_WITH_SMOKE, standing_s=DAY_LONG),
    Echo(when="fire", beside="gas", grade=Grade.I, why=Why.GAS_WITH_SMOKE, standing_s=DAY_LONG),
    Echo(when="electrical", beside="fire", grade=Grade.I, why=Why.ELECTRICAL_WITH_SMOKE, standing_s=DAY_LONG),
    Echo(when="fire", beside="electrical", grade=Grade.I, why=Why.ELECTRICAL_WITH_SMOKE, standing_s=DAY_LONG),
    Echo(when="arc", beside="hot", reach="locus", grade=II, why=Why.ELECTRICAL_OVER, standing_s=DAY_LONG),
    Echo(when="hot", beside="arc", reach="locus", grade=II, why=Why.ELECTRICAL_OVER, standing_s=DAY_LONG),
    Echo(when="mains", beside="backup", reach="point", grade=III, why=Why.POWER_BOTH),
    Echo(when="backup", beside="mains", reach="point", grade=III, why=Why.POWER_BOTH),
)

_WATER = ("hydrant", "water_pressure")

LIMITS = (
    *standards.STANDARDS,
    Limit(metric="gas", types=("gas",), condition="gas_low", at=25, back=5, near=0.8),
    Limit(metric="gas", types=("gas",), condition="gas_high", at=50, back=5),
    Limit(metric="pressure", types=("hydrant",), condition="low_pressure", at=0.10, back=0.02, below=True,
          source="GB 55036"),
    Limit(metric="pressure", types=("water_pressure",), condition="low_pressure", at=0.10, back=0.02, below=True,
          source="practice"),
    Limit(metric="pressure", types=_WATER, condition="no_water", at=0.02, back=0.02, below=True, source="practice"),
    Limit(metric="level", types=("water_level",), condition="low_level", at=0.5, back=0.1, below=True,
          source="practice"),
    Limit(metric="level", types=("water_level",), condition="no_water", at=0.1, back=0.1, below=True,
          source="practice"),
    Limit(metric="pressure", types=("hydrant",), condition="surge", at=1.0, back=0.1),
    Limit(metric="temperature", types=WATER_TYPES, condition="frost", at=2, back=1, near=0.8, below=True),
    Limit(metric="tilt", types=("hydrant",), condition="damaged", at=15, back=5),
    Limit(metric="battery", condition="low_battery", at=10, back=5, below=True),
)  # fmt: skip

PLAUSIBLE = (
    Plausible(metric="temperature", low=-50, high=1000),
    Plausible(metric="humidity", low=-1, high=101),
    Plausible(metric="gas", low=-5, high=110),
    Plausible(metric="residual_current", low=-1, high=100_000),
    Plausible(metric="pressure", low=-0.1, high=10),
    Plausible(metric="level", low=-1, high=100),
    Plausible(metric="battery", low=-1, high=101),
    Plausible(metric="voltage", low=-1, high=50_000),
)

RESETTABLE = (
    "fire", "gas_low", "gas_high", "manual_alarm", "water_flow", "discharge", "electrical_alarm", "residual_current",
    "cable_temperature", "arc", "short_circuit", "over_current", "voltage", "supervisory", "started", "feedback",
    "delay", "video_fire",
)  # fmt: skip

ENDING = tuple(kind for kind in Kind if kind is not Kind.FIRE)

POLICY_V1 = Policy(
    version=1,
    rules=(*HYDRANT_ROWS, *FIRE_ROWS, *ELECTRICAL_ROWS, *FACILITY_ROWS, *FAULT_ROWS),
    echoes=ECHOES,
    limits=LIMITS,
    plausible=PLAUSIBLE,
    countdowns={
        "S1": Countdown(verify_day_s=60, verify_night_s=30, answer_day_s=180, answer_night_s=90),
        "S2": Countdown(verify_day_s=90, verify_night_s=60, answer_day_s=180, answer_night_s=180),
        "S3": Countdown(verify_day_s=60, verify_night_s=45, answer_day_s=180, answer_night_s=180),
        "S4": Countdown(verify_day_s=90, verify_night_s=60, answer_day_s=180, answer_night_s=180),
    },
    groups={
        "loop": Groups(share=0.10, least=2, more_than=True),
        "link/unit": Groups(share=0.20, least=3, window_s=600),
        "hydrant/unit": Groups(share=0.20, least=3, window_s=600),
        "hydrant/zone": Groups(share=0.20, least=3, window_s=1800),
    },
    group_why={
        "shield": Why.MANY_SHIELDED,
        "fault": Why.FAULT_MANY,
        "tamper": Why.TAMPERED_MANY,
        "link": Why.LINK_LOST_MANY,
        "hydrant": Why.ZONE_LOSS,
    },
    resettable=RESETTABLE,
    ending=ENDING,
    first_handler={"II": TakeOver(room_s=30, operator_s=60, county_s=90)},
)  # fmt: skip
check(POLICY_V1)
