"""What a command centre is told of an incident, gathered as it stands now: place, people, water, alarms, floor plan.

Enters: the owner's connection, the incident's row, a hand-over. Leaves: a `Case`. Water is told whoever's scope holds
it: the fire needs the nearest hydrant. Absent: forms (adapters.py), and our own grade.
"""

from datetime import datetime

from zhigan.incidents import reading, views
from zhigan.incidents.model import State as IncidentState
from zhigan.incidents.rows import Row
from zhigan.incidents.words import sentence
from zhigan.outlets.dispatch.links import Links
from zhigan.outlets.dispatch.model import Act, Alarm, Case, HandOver, Person, Plan, Water
from zhigan.outlets.dispatch.ports import Plans
from zhigan.outlets.dispatch.store import SQL
from zhigan.registry import hydrants, units
from zhigan.runtime.pg import Connection
from zhigan.vocabulary.moments import to_datetime
from zhigan.vocabulary.scopes import Scope

MOST_WATER = 5
MOST_PEOPLE = 10
MOST_ALARMS = 30
FIRST = (
    "control_room", "fire_safety_manager", "fire_safety_responsible", "owner", "household", "tenant",
    "child_of_elderly", "sub_landlord", "landlord", "property", "station",
)  # fmt: skip


class Casing:
    def __init__(self, plans: Plans, links: Links, reporter: str = "", reporter_phone: str = "") -> None:
        self._plans, self._links = plans, links
        self._reporter, self._reporter_phone = reporter, reporter_phone

    async def of(self, conn: Connection, row: Row, hand_over: HandOver, now: datetime) -> Case:
        place = row.place
        unit = None if place.unit_id is None else await conn.fetchrow(SQL.unit, place.unit_id)
        alarms = await reading.alarms_of(conn, row, MOST_ALARMS)
        floor = await _floor(conn, alarms)
        alert = hand_over.alert or hand_over.id
        first = await conn.fetchval(SQL.sent_alert, alert)
        number = hand_over.number or await conn.fetchval(SQL.called_number, row.id) or ""
        return Case(
            id=alert,
            act=hand_over.act,
            incident=row.id,
            message=hand_over.id,
            sent_at=now,
            first_sent_at=first or now,
            reported_at=to_datetime(row.received_at),
            confirmed_at=None if row.confirmed_at is None else to_datetime(row.confirmed_at),
            kind=row.kind.value,
            basis="" if row.basis is None else row.basis.value,
            unit_name=place.unit_name,
            unit_code=place.unit_code,
            uscc="" if unit is None else unit["uscc"],
            address="" if unit is None else unit["address"],
            premises="" if unit is None else unit["premises"],
            building=place.building_name,
            floor=floor,
            place=place.text,
            lon=place.lon,
            lat=place.lat,
            area=place.owned.area[:6],
            number=number,
            note=hand_over.note or _of_water(row, hand_over),
            cause=hand_over.cause,
            reporter=self._reporter,
            reporter_phone=self._reporter_phone,
            hydrants=await self._water(conn, row),
            contacts=await self._people(conn, place.unit_id, now),
            alarms=tuple(Alarm(a.device.name or a.device.code, a.condition, a.raised_at) for a in alarms),
            alarm_count=row.alarm_count,
            plans=await self._drawn(conn, row, floor, now),
        )

    async def _water(self, conn: Connection, row: Row) -> tuple[Water, ...]:
        if row.place.lon is None or row.place.lat is None:
            return ()
        near = await hydrants.nearest(conn, Scope(), row.place.lon, row.place.lat, MOST_WATER)
        return tuple(
            Water(
                name=h.name or h.code, address=h.address, lon=h.lon, lat=h.lat, distance_m=h.distance_m,
                pressure_mpa=h.pressure_mpa, diameter_mm=h.diameter_mm, distance_by=h.distance_by or "line",
                able_lps=h.able_lps,
            )
            for h in near
        )  # fmt: skip

    async def _people(self, conn: Connection, unit_id: str | None, now: datetime) -> tuple[Person, ...]:
        if unit_id is None:
            return ()
        listed = [c for c in await units.contacts(conn, unit_id, now) if c.phone]
        listed.sort(key=lambda c: (c.state == "dead", FIRST.index(c.role) if c.role in FIRST else len(FIRST), c.order))
        return tuple(Person(c.name, c.role, c.phone) for c in listed[:MOST_PEOPLE])

    async def _drawn(self, conn: Connection, row: Row, floor: str, now: datetime) -> tuple[Plan, ...]:
        building = row.place.building_id
        file = None if building is None or not floor else await self._plans.of_floor(conn, building, floor)
        return () if file is None else (Plan(file.name, file.type, self._links.of(file.id, now)),)


def _of_water(row: Row, hand_over: HandOver) -> str:
    return sentence(row.reasons[-1]) if hand_over.act is Act.WATER and row.reasons else ""


async def _floor(conn: Connection, alarms: list[views.AlarmView]) -> str:
    """Where the first alarm is: the floor that its device is registered on."""
    ids = [a.device.id for a in alarms if a.device.id is not None]
    found = await conn.fetchval(SQL.floor_of, ids[:1]) if ids else None
    return found or ""


def exercise(hand_over: HandOver, name: str, area: str, reporter: str, now: datetime) -> Case:
    """演练: everything says that it is none."""
    return Case(
        id=hand_over.id,
        act=Act.EXERCISE,
        incident=hand_over.id,
        message=hand_over.id,
        sent_at=now,
        first_sent_at=hand_over.first_sent_at or now,
        reported_at=now,
        confirmed_at=now,
        kind="fire",
        basis="",
        unit_name="连接检验",
        place="演练，非真实火警，请勿出动",
        area=area,
        reporter=reporter or name,
        note="演练 EXERCISE",
    )


def over(row: Row) -> bool:
    return row.state is IncidentState.CLOSED
