"""Which commands there are, who gives them, and how they go on: two tables and what follows from them. Pure.

Enters: a request, the device, the role, `now`. Leaves: the state in which a command begins, or a `Refusal`; which moves
between states are legal. Absent: rows (store) and whether the device is visible (decided before).
"""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from zhigan.commands.model import (
    Arguments,
    CheckDuty,
    CloseValve,
    Command,
    CutPower,
    Measured,
    Name,
    Nothing,
    SetParameters,
    Silence,
    SilenceBasis,
    State,
    Target,
)
from zhigan.vocabulary.electrical import ORDINARY
from zhigan.vocabulary.metrics import BY_NAME, Metric
from zhigan.vocabulary.moments import HOUR, MINUTE, SECOND
from zhigan.vocabulary.roles import COMMAND_ROLES, CUT_ROLES, CUT_STOP_ROLES, Role

CAN_BE_CUT = frozenset({"general", "third"})
"""Load classes; every other load serves people in a fire, and a breaker without a class may not be cut at all."""

OWN_ROLES = COMMAND_ROLES | {Role.OWNER}

CUT_COUNTDOWN = 15 * SECOND
"""Between the second person's word and the order: whoever is involved can still stop it."""
CUT_VALID = 2 * MINUTE
"""So long after its countdown an order to cut is worth anything; what is not sent and answered by then has expired."""


class Kind(NamedTuple):
    """`life`: how long it may wait for approval, then for being sent and answered; `asleep`: the same if it sleeps.

    `countdown`: how long it is held after its approval, for `stops` besides those who may give it to cancel it; then
    it is judged once more and lives for `CUT_VALID`.
    """

    name: Name
    zh: str
    en: str
    roles: frozenset[Role]
    arguments: type[Arguments]
    life: int
    approval: bool = False
    asleep: int = 0
    countdown: int = 0
    stops: frozenset[Role] = frozenset()


KINDS: dict[Name, Kind] = {
    kind.name: kind
    for kind in (
        Kind(Name.SYNC_CLOCK, "同步时钟", "set the clock", COMMAND_ROLES, Nothing, 10 * MINUTE, asleep=26 * HOUR),
        Kind(Name.QUERY_STATE, "查询状态", "ask for its state", COMMAND_ROLES, Nothing, 10 * MINUTE, asleep=26 * HOUR),
        Kind(Name.CHECK_DUTY, "查岗", "check who is on duty", COMMAND_ROLES, CheckDuty, 10 * MINUTE),
        Kind(Name.SILENCE, "消音", "quiet the sounder", OWN_ROLES, Silence, 2 * MINUTE, asleep=10 * MINUTE),
        Kind(Name.SELF_TEST, "自检", "test itself", OWN_ROLES, Nothing, 24 * HOUR, asleep=50 * HOUR),
        Kind(
            Name.SET_PARAMETERS, "设置参数", "set parameters", COMMAND_ROLES, SetParameters, 48 * HOUR, asleep=74 * HOUR
        ),
        Kind(
            Name.CLOSE_VALVE, "关闭阀门", "close the valve", COMMAND_ROLES, CloseValve, 2 * MINUTE, asleep=10 * MINUTE
        ),
        Kind(
            Name.CUT_POWER,
            "切断电源",
            "cut the power",
            CUT_ROLES,
            CutPower,
            10 * MINUTE,
            approval=True,
            countdown=CUT_COUNTDOWN,
            stops=CUT_STOP_ROLES,
        ),
    )
}
"""Battery devices are awake once a day (PSM): what is not urgent waits for one report of theirs, or two. What quiets a
sounder or closes a valve is for the alarm of this moment, while the device is awake: hours later it would be wrong."""

READING_AGE = 5 * MINUTE
"""An older reading says nothing of the alarm that sounds now; nor does one that came in the alarm's own message."""


class Threshold(NamedTuple):
    metric: Metric
    limit: float


THRESHOLDS: dict[str, Threshold] = {
    "smoke": Threshold(BY_NAME["smoke"], 0.05),
    "heat": Threshold(BY_NAME["temperature"], 54.0),
    "gas": Threshold(BY_NAME["gas"], 5.0),
}
"""The least at which a detector of the type may alarm at all (GB 4715 and GB 20517: 0.05 dB/m; GB 4716, classes A1 and
A2: 54 °C; GB 15322: 5 %LEL): below it every detector is below its alarm condition, however it is set."""

SLEEPING = frozenset({"ctwing", "onenet", "huawei", "lwm2m"})
"""Gateways whose devices are reached only when they wake."""

MOVES: dict[State, frozenset[State]] = {
    State.AWAITING_APPROVAL: frozenset({State.PENDING, State.CANCELLED, State.EXPIRED}),
    State.PENDING: frozenset({State.SENT, State.FAILED, State.CANCELLED, State.EXPIRED}),
    State.SENT: frozenset({State.ACKNOWLEDGED, State.CONFIRMED, State.FAILED, State.EXPIRED}),
    State.ACKNOWLEDGED: frozenset({State.CONFIRMED, State.FAILED}),
    State.EXPIRED: frozenset({State.ACKNOWLEDGED, State.CONFIRMED}),  # the answer came late: it is done all the same
    State.CONFIRMED: frozenset(),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
}


class Refusal(Exception):
    """A command that is not given; the text says why, in English."""


class NotYours(Refusal):
    """The role, or this very person, may not."""


class Impossible(Refusal):
    """Not with this device, on these grounds, or in this state."""


class Wanting(Refusal):
    """A field is missing or has no such value."""

    def __init__(self, field: str, expected: str) -> None:
        super().__init__(f"{field}: {expected}")
        self.field = field
        self.expected = expected


def kind_of(name: str) -> Kind:
    try:
        return KINDS[Name(name)]
    except ValueError:
        raise Wanting("command", f"one of {', '.join(Name)}") from None


def arguments_of(kind: Kind, given: Mapping[str, object]) -> Arguments:
    """The given arguments in the command's own form."""
    if kind.name is Name.SILENCE and given.get("basis") not in list(SilenceBasis):
        raise Impossible(f"silence rests on arguments.basis, one of {', '.join(SilenceBasis)}.")
    try:
        arguments = msgspec.convert(dict(given), kind.arguments)
    except msgspec.ValidationError as error:
        raise Wanting("arguments", str(error).replace("`", "'")) from None
    _sound(arguments)
    return arguments


def _sound(arguments: Arguments) -> None:
    if isinstance(arguments, CutPower) and not arguments.reason.strip():
        raise Wanting("arguments.reason", "why the power is to be cut")
    if isinstance(arguments, SetParameters) and not arguments.parameters:
        raise Wanting("arguments.parameters", "at least one name and value")
    if isinstance(arguments, CheckDuty) and arguments.minutes is not None and not 1 <= arguments.minutes <= 255:
        raise Wanting("arguments.minutes", "1 to 255")


def begins(kind: Kind, target: Target, role: Role, now: int) -> State:
    """The first state of a command that may be given."""
    if role not in kind.roles:
        raise NotYours(f"The role {role} does not give the command {kind.name}.")
    if target.gone:
        raise Impossible("The device has been replaced or retired.")
    if kind.name is Name.CUT_POWER:
        cuttable(target, now)
    return State.AWAITING_APPROVAL if kind.approval else State.PENDING


def below(target: Target, measured: Measured, now: int) -> str:
    """The basis `below_threshold`, proved by the device's own reading; the text is kept with the command."""
    threshold = THRESHOLDS.get(target.type)
    if threshold is None:
        raise Impossible(f"No alarm threshold is known for a {target.type}; name another basis.")
    metric, limit = threshold
    value = measured.value
    if value is None or now - measured.heard_at > READING_AGE:
        minutes = READING_AGE // MINUTE
        raise Impossible(f"The device has reported no {metric.name} within {minutes} minutes; name another basis.")
    if measured.alarmed_at is not None and measured.alarmed_at > measured.heard_at - SECOND:
        raise Impossible(f"The device has reported its alarm after its last {metric.name}; name another basis.")
    if value >= limit:
        raise Impossible(f"The device's last {metric.name}, {value:g}, is not below {limit:g}; name another basis.")
    return f"{metric.name} {value:g} {metric.unit} < {limit:g} {metric.unit}, {(now - measured.heard_at) // SECOND} s"


def cuttable(target: Target, now: int) -> None:
    """May this breaker be opened now? Asked again when the second person approves, and when the countdown ends."""
    if target.type != "breaker":
        raise Impossible("Only a breaker can cut the power.")
    if target.gone:
        raise Impossible("The device has been replaced or retired.")
    if target.circuit and not target.feeds:
        raise Impossible("It is not written down what this circuit feeds.")
    fed = [load for load in target.feeds if load not in ORDINARY]
    if fed:
        raise Impossible(f"This circuit feeds what serves people in a fire ({', '.join(fed)}); it is never cut.")
    if target.load_class not in CAN_BE_CUT:
        named = target.load_class or "not known"
        raise Impossible(f"This breaker's load ({named}) may not be cut; only {', '.join(sorted(CAN_BE_CUT))}.")
    if not target.cut_by or target.cut_until is None:
        raise Impossible("The owner has not given written consent (cut_authorisation).")
    if target.cut_until <= now:
        raise Impossible("The owner's written consent (cut_authorisation) has run out.")
    if target.burning:
        raise Impossible("There is an open fire in this building: the fire alarm panel cuts by itself.")


def approves(command: Command, target: Target, person: str, role: Role, now: int) -> None:
    """The second person's step."""
    kind = KINDS[command.name]
    if role not in kind.roles:
        raise NotYours(f"The role {role} does not approve the command {kind.name}.")
    if person == command.requested_by:
        raise NotYours("The second person approves, never the one who asked.")
    if command.state is not State.AWAITING_APPROVAL:
        raise Impossible(f"The command is {command.state}, it waits for no approval.")
    if command.expires_at <= now:
        raise Impossible("The command has waited too long for approval.")
    if kind.name is Name.CUT_POWER:
        _as_asked(command, target)
        cuttable(target, now)


def cancels(command: Command, person: str, role: Role, now: int) -> None:
    """By anyone involved: who asked, whoever could have asked, and of a cut the people on site as well."""
    if not may_stop(command, person, role):
        raise NotYours(f"The role {role} does not cancel the command {command.name}.")
    if not legal(command.state, State.CANCELLED):
        raise Impossible(f"The command is {command.state}.")
    if command.handed_at is not None or (command.leased_until is not None and command.leased_until > now):
        raise Impossible("The command is being sent.")


def may_stop(command: Command, person: str, role: Role) -> bool:
    kind = KINDS[command.name]
    return person == command.requested_by or role in kind.roles | kind.stops


def releases(command: Command, target: Target, now: int) -> None:
    """The countdown is over: is everything still as it was when two people said yes? Else it ends here."""
    if command.state is not State.PENDING or not command.held or command.due_at is None or command.due_at > now:
        raise Impossible("The command is not at the end of its countdown.")
    if command.expires_at <= now:
        raise Impossible("The command has waited too long to be sent.")
    _as_asked(command, target)
    cuttable(target, now)


def _as_asked(command: Command, target: Target) -> None:
    """What two people judged is what goes dark: a breaker that was given another circuit meanwhile opens nothing."""
    if command.circuit != target.circuit:
        raise Impossible("The breaker's circuit was changed or deleted meanwhile.")


def may_go(command: Command, now: int) -> bool:
    """Asked under the row's lock right before a gateway sends: what is over, held or sent before goes nowhere."""
    return command.state is State.PENDING and not command.held and now < command.expires_at


def proves(command: Command, after: State) -> State:
    """What a device's word is worth: where the current is measured, a breaker's "done" says no more than "heard"."""
    return State.ACKNOWLEDGED if after is State.CONFIRMED and command.measured else after


def told(command: Command, after: State, detail: str) -> str:
    """A cut that no current could prove rests on the breaker's own word, and says so."""
    if command.name is Name.CUT_POWER and after is State.CONFIRMED and not command.measured:
        return "by the breaker's own word: it reports that it is open; there was no current whose absence proves it"
    return detail


def legal(before: State, after: State) -> bool:
    return after in MOVES[before]


def deadline(kind: Kind, target: Target, now: int) -> int:
    """Power is never cut on a consent that ran out while the command was waiting."""
    until = now + (kind.asleep if kind.asleep and target.gateway in SLEEPING else kind.life)
    return _within_consent(kind, target, until)


def approved_until(kind: Kind, target: Target, now: int) -> int:
    """From the second person's word on."""
    if not kind.countdown:
        return deadline(kind, target, now)
    return _within_consent(kind, target, now + kind.countdown + CUT_VALID)


def _within_consent(kind: Kind, target: Target, until: int) -> int:
    if kind.name is Name.CUT_POWER and target.cut_until is not None:
        return min(until, target.cut_until)
    return until


def root(address: str) -> str:
    return address.partition("/")[0]


def worded(arguments: Arguments) -> dict[str, str | int | float | bool]:
    """An order's arguments as names and values, for platforms that carry it in words of their own."""
    match arguments:
        case Silence(basis=basis):
            return {"basis": basis.value}
        case SetParameters(parameters=parameters):
            return dict(parameters)
        case CloseValve(reason=reason):
            return {"reason": reason}
        case _:
            return {}
