"""Changes as the engine would decide them, with ids derived from a number: the raw material of incident tests."""

from zhigan.incidents.model import AlarmRow, Counted, Joined, Opened, Place, Raised, Reason, Why
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.ids import born
from zhigan.vocabulary.scopes import Owned

NOON = 1_795_320_000_000_000
SECOND = 1_000_000


def incident_id(number: int) -> str:
    return born(NOON + number * 1000, "incident", number)


def alarm_id(number: int, part: int = 0) -> str:
    return born(NOON + number * 1000, "alarm", number, part)


def unit_id(number: int) -> str:
    return born(NOON, "unit", number)


def alarm(number: int, part: int = 0, *, at: int = NOON, raw: bytes = b"", gateway: str = "gb26875") -> AlarmRow:
    return AlarmRow(
        id=alarm_id(number, part),
        device_id=born(NOON, "device", number, part),
        address=f"{number:012x}/1.1.40.{part}",
        device=f"{number}号楼感烟{part}",
        component=f"1.1.40.{part}",
        kind=Kind.FIRE,
        condition="fire",
        raised_at=at,
        received_at=at,
        raw=raw,
        gateway=gateway,
    )


def place(number: int, *, area: str = "360802") -> Place:
    return Place(
        unit_id=unit_id(number),
        unit_code=f"U{number}",
        unit_name=f"某某单位{number}",
        text=f"{number}号楼 12层 东侧走廊",
        lon=114.98,
        lat=27.11,
        owned=Owned(area=area, community=f"{area}001001", industry="education", unit=f"U{number}"),
    )


def opened(
    number: int,
    *,
    grade: Grade = Grade.II,
    kind: Kind = Kind.FIRE,
    slot: str | None = None,
    area: str = "360802",
    at: int = NOON,
    raw: bytes = b"",
) -> Opened:
    prefix = "desk" if grade <= Grade.II else kind.value
    return Opened(
        incident=incident_id(number),
        slot=slot or f"{prefix}:locus-{number}",
        case_key=f"case-{number}",
        locus=f"locus-{number}",
        grade=grade,
        kind=kind,
        place=place(number, area=area),
        reasons=(Reason(Why.FIRST_FIRE, {"device": f"感烟{number}"}),),
        at=at,
        received_at=at,
        alarms=(alarm(number, at=at, raw=raw),),
        verify_by=at + 90 * SECOND,
        answer_by=at + 180 * SECOND,
    )


def joined(number: int, part: int, at: int = NOON) -> Joined:
    return Joined(incident=incident_id(number), alarm=alarm(number, part, at=at), at=at)


def counted(number: int, count: int, at: int = NOON) -> Counted:
    return Counted(incident=incident_id(number), alarm=alarm_id(number), count=count, at=at)


def raised(number: int, grade: Grade, why: Why = Why.SECOND_DEVICE, slot: str | None = None) -> Raised:
    return Raised(incident=incident_id(number), grade=grade, reasons=(Reason(why),), at=NOON, slot=slot)
