"""An incident as a CAP 1.2 message, for the feed and for webhooks. Pure; what does not hold against the schema raises.

Enters: facts, what the message is called, which earlier one it follows. Leaves: a document. Our grade stands in it as
`severity` and as the parameter 预警等级; it is no 火警等级 of the fire service and says so by its name. Absent: people
and telephones.
"""

from datetime import datetime

from zhigan.incidents.model import Outcome, State
from zhigan.outlets.subscriptions import rules
from zhigan.outlets.subscriptions.model import Facts, Nature, Thread
from zhigan.protocols import cap
from zhigan.vocabulary.moments import SHANGHAI

ALERT, UPDATE, CANCEL = "Alert", "Update", "Cancel"
SENDER = "zhigan119"
STATUS = {Nature.ACTUAL: "Actual", Nature.EXERCISE: "Exercise", Nature.TEST: "Test"}
SEVERITY = {"I": "Extreme", "II": "Severe", "III": "Moderate", "IV": "Minor"}
"""As the national warning system maps its colours: red, orange, yellow, blue."""
OBSERVED, LIKELY = ("on_site", "video", "phone"), "corroborated"
KIND_ZH = {
    "fire": "火警", "gas": "燃气泄漏", "electrical": "电气火灾隐患", "water": "消防给水异常",
    "facility": "消防设施异常", "shield": "设备屏蔽",
    "fault": "设备故障", "link": "通信中断", "duty": "值班查岗", "exit": "疏散通道异常",
    "hydrant": "消火栓异常", "tamper": "设备被动",
}  # fmt: skip
STATE_ZH = {
    "open": "待核实", "verifying": "核实中", "confirmed": "已确认", "dispatched": "已移交119", "responding": "处置中",
    "closed": "已结束",
}  # fmt: skip
CANCELLED_ZH = {"false_alarm": "经核实为误报", "test": "测试", "drill": "演练"}
MARKED = {Nature.EXERCISE: "【演练】", Nature.TEST: "【测试】"}


class Unfit(ValueError):
    """It does not make a valid message; the text says why."""


def message_type(facts: Facts | None, *, follows: bool) -> str:
    """What was none, went elsewhere or left the scope (`facts` None) is cancelled; a fire that is over is an update:
    all clear. What follows nothing is an alert."""
    if not follows:
        return ALERT
    if facts is None or facts.merged_into is not None:
        return CANCEL
    return CANCEL if facts.state == State.CLOSED and facts.outcome != Outcome.FIRE else UPDATE


def stamp(at: datetime) -> str:
    return at.astimezone(SHANGHAI).isoformat(timespec="seconds")


def title(facts: Facts) -> str:
    where = facts.place.unit or facts.place.text or "未登记单位"
    return f"{MARKED.get(facts.nature, '')}{where}{KIND_ZH.get(facts.kind, '警情')}"


def compose(
    facts: Facts | None, *, incident: str, identifier: str, sender: str, sent: datetime, kind: str,
    before: Thread | None,
) -> bytes:  # fmt: skip
    """`facts` None: it went out of the scope; where to is not theirs to know."""
    nature = Nature.ACTUAL if facts is None else facts.nature
    over = facts is not None and facts.state == State.CLOSED
    alert = cap.Alert(
        identifier=identifier,
        sender=sender,
        sent=stamp(sent),
        status=STATUS[nature],
        message_type=kind,
        scope="Restricted",
        restriction="合作平台，仅限约定用途",
        references=() if kind == ALERT or before is None else _references(before, sender),
        note=_note(facts, kind),
        incidents=incident,
        infos=() if facts is None else (_info(facts, kind, over=over),),
    )
    document = cap.write(alert)
    try:
        cap.read(document)
    except cap.Unreadable as error:
        raise Unfit(str(error)[:300]) from error
    return document


def trial(identifier: str, sender: str, now: datetime) -> bytes:
    """连接检验."""
    return cap.write(
        cap.Alert(
            identifier=identifier, sender=sender, sent=stamp(now), status="Test", message_type=ALERT,
            scope="Restricted", restriction="合作平台，仅限约定用途", note="连接检验，非真实警情",
        )
    )  # fmt: skip


def _references(before: Thread, sender: str) -> tuple[cap.Reference, ...]:
    first = cap.Reference(sender, before.first_id, stamp(before.first_sent))
    last = cap.Reference(sender, before.last_id, stamp(before.last_sent))
    return (first,) if first == last else (first, last)


def _note(facts: Facts | None, kind: str) -> str:
    if facts is None:
        return "不再属于本订阅范围"
    if facts.merged_into is not None:
        return f"并入 {facts.merged_into}"
    return CANCELLED_ZH.get(facts.outcome or "", "") if kind == CANCEL else ""


def _info(facts: Facts, kind: str, *, over: bool) -> cap.Info:
    place = facts.place
    event = KIND_ZH.get(facts.kind, "警情")
    ended = over or kind == CANCEL
    said = [
        title(facts),
        place.building,
        place.text,
        STATE_ZH.get(facts.state, facts.state),
        f"报警点 {facts.alarm_count} 个",
    ]
    pairs = {
        "预警等级": facts.grade, "state": facts.state, "outcome": facts.outcome, "basis": facts.basis,
        "version": str(facts.version), "unit_code": place.unit_code,
        "reasons": "；".join(r.zh for r in facts.reasons[:5]),
    }  # fmt: skip
    return cap.Info(
        event=event,
        categories=("Fire",) if facts.kind in ("fire", "electrical") else ("Safety",),
        response_types=("AllClear",) if ended else ("Monitor",) if _certainty(facts) == "Possible" else ("Execute",),
        urgency="Past" if ended else "Immediate" if facts.queue == rules.DESK else "Expected",
        severity=SEVERITY.get(facts.grade, "Unknown"),
        certainty="Unlikely" if kind == CANCEL else _certainty(facts),
        onset=stamp(facts.opened_at),
        effective=stamp(facts.received_at),
        sender_name="智赣119",
        headline=title(facts),
        description="，".join(part for part in dict.fromkeys(said) if part),
        parameters=tuple(cap.Pair(name, value) for name, value in pairs.items() if value),
        areas=(_area(facts),),
    )


def _certainty(facts: Facts) -> str:
    if facts.basis in OBSERVED:
        return "Observed"
    return "Likely" if facts.basis == LIKELY else "Possible"


def _area(facts: Facts) -> cap.Area:
    place = facts.place
    said = " ".join(dict.fromkeys(p for p in (place.unit, place.building, place.text) if p))
    return cap.Area(
        description=said or place.area or "位置未登记",
        circles=() if place.lon is None or place.lat is None else (f"{place.lat:.6f},{place.lon:.6f} 0.1",),
        geocodes=(cap.Pair("GB/T 2260", place.area),) if place.area else (),
    )
