"""The life cycle of an incident as one table, and the hash that chains its timeline. Pure.

Enters: where an incident stands, the step somebody asks for, what the asker gave and who they are. Leaves: what the
step makes of it (`Act`), or a `Refusal` whose kind says what stands against it: the role, the moment, or the request.
Absent: reading and writing rows (store), and whether the asker may see the incident at all (decided before).

`WAYS` is both program and drawing: `docs/incident-lifecycle.md` is printed from it.
"""

import enum
import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from zhigan.incidents.model import Basis, Outcome, State
from zhigan.vocabulary.causes import BY_CODE, Cause
from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.roles import DESK_ROLES, LEAD_ROLES, Role


class Queue(enum.StrEnum):
    DESK = "desk"
    ATTENTION = "attention"
    TASK = "task"


def queue_of(desk: bool, grade: Grade) -> Queue:
    if desk:
        return Queue.DESK
    return Queue.ATTENTION if grade is Grade.III else Queue.TASK


class Step(enum.StrEnum):
    ACCEPT = "accept"
    RELEASE = "release"
    CONFIRM = "confirm"
    DISMISS = "dismiss"
    DISPATCH = "dispatch"
    RESPOND = "respond"  # 119's answer: only the platform takes it
    CLOSE = "close"
    NOTE = "note"
    FINISH = "finish"  # III and IV: mended, with words and a picture
    APPROVE = "approve"  # by another person than who finished it
    SEND_BACK = "send_back"


PAST: dict[Step, str] = {
    Step.ACCEPT: "accepted",
    Step.RELEASE: "released",
    Step.CONFIRM: "confirmed",
    Step.DISMISS: "dismissed",
    Step.DISPATCH: "dispatched",
    Step.RESPOND: "responding",
    Step.CLOSE: "closed",
    Step.NOTE: "noted",
    Step.FINISH: "finished",
    Step.APPROVE: "approved",
    Step.SEND_BACK: "sent_back",
}
"""The word of a step in the timeline: events are past tense."""

SPOKEN: dict[str, str] = {
    "responding": "answered",
    "absorbed": "merged another into",
    "separated": "split out",
    "sent_back": "sent back",
}
"""Words of the timeline that are no verb in a sentence as they stand."""

WORK_ROLES = DESK_ROLES | {Role.SUPERVISOR, Role.UNIT, Role.PROPERTY, Role.MAINTAINER}
"""III and IV are work for the unit and its firm (policy.md); the desk may do it too."""
CLOSING_ROLES = DESK_ROLES | {Role.SUPERVISOR}
"""May say of a row that it is over without anybody's work: a false report, a double, an order taken back."""
ACCEPTANCE_ROLES = CLOSING_ROLES | {Role.UNIT, Role.PROPERTY, Role.INSPECTOR, Role.ENFORCER}
"""See whether work was done well: never who did it."""
ASSIGNING_ROLES = WORK_ROLES | {Role.INSPECTOR, Role.ENFORCER}
"""Say who answers for a row. By when: those who close, and whoever inspects for the law."""
TERM_ROLES = CLOSING_ROLES | {Role.INSPECTOR, Role.ENFORCER}
_NOTERS = WORK_ROLES | ACCEPTANCE_ROLES
NOBODY: frozenset[Role] = frozenset()


class Way(NamedTuple):
    """One row of the life cycle. `given` narrows it to one value of one field; the row without it is for the others.
    `reporter`: whoever told of it may take it too, whatever the role."""

    state: State
    step: Step
    next: State
    roles: frozenset[Role]
    needs: tuple[str, ...] = ()
    given: tuple[str, str] | None = None
    platform: bool = False
    reporter: bool = False


_O, _V, _C, _D, _R, _X = State.OPEN, State.VERIFYING, State.CONFIRMED, State.DISPATCHED, State.RESPONDING, State.CLOSED
_W = State.DONE
_UNVERIFIABLE = ("basis", Basis.UNVERIFIABLE.value)
_FIRE = ("outcome", Outcome.FIRE.value)
_FALSE = ("outcome", Outcome.FALSE_ALARM.value)

DESK_WAYS: tuple[Way, ...] = (
    Way(_O, Step.ACCEPT, _V, DESK_ROLES),
    Way(_O, Step.CONFIRM, _C, DESK_ROLES, ("basis",)),
    Way(_O, Step.CONFIRM, _C, LEAD_ROLES, ("basis",), _UNVERIFIABLE),
    Way(_O, Step.DISMISS, _X, DESK_ROLES, ("cause",)),
    Way(_O, Step.NOTE, _O, DESK_ROLES, ("note",)),
    Way(_V, Step.CONFIRM, _C, DESK_ROLES, ("basis",)),
    Way(_V, Step.CONFIRM, _C, LEAD_ROLES, ("basis",), _UNVERIFIABLE),
    Way(_V, Step.DISMISS, _X, DESK_ROLES, ("cause",)),
    Way(_V, Step.RELEASE, _O, DESK_ROLES),
    Way(_V, Step.NOTE, _V, DESK_ROLES, ("note",)),
    Way(_C, Step.DISPATCH, _D, DESK_ROLES, platform=True),
    Way(_C, Step.CLOSE, _X, DESK_ROLES, ("outcome",), _FIRE),
    Way(_C, Step.CLOSE, _X, LEAD_ROLES, ("outcome", "note"), _FALSE),
    Way(_C, Step.NOTE, _C, DESK_ROLES, ("note",)),
    Way(_D, Step.RESPOND, _R, NOBODY, platform=True),
    Way(_D, Step.CLOSE, _X, DESK_ROLES, ("outcome",), _FIRE),
    Way(_D, Step.CLOSE, _X, LEAD_ROLES, ("outcome", "note"), _FALSE),
    Way(_D, Step.NOTE, _D, DESK_ROLES, ("note",)),
    Way(_R, Step.RESPOND, _R, NOBODY, platform=True),
    Way(_R, Step.CLOSE, _X, DESK_ROLES, ("outcome",), _FIRE),
    Way(_R, Step.CLOSE, _X, LEAD_ROLES, ("outcome", "note"), _FALSE),
    Way(_R, Step.NOTE, _R, DESK_ROLES, ("note",)),
    Way(_X, Step.NOTE, _X, DESK_ROLES, ("note",)),
)
"""Grades I and II: the contract's table."""

WORK_WAYS: tuple[Way, ...] = (
    Way(_O, Step.ACCEPT, _V, WORK_ROLES),
    Way(_O, Step.CLOSE, _X, CLOSING_ROLES, ("cause",), reporter=True),
    Way(_O, Step.NOTE, _O, _NOTERS, ("note",)),
    Way(_O, Step.FINISH, _W, WORK_ROLES, ("note",)),
    Way(_V, Step.RELEASE, _O, WORK_ROLES),
    Way(_V, Step.CLOSE, _X, CLOSING_ROLES, ("cause",), reporter=True),
    Way(_V, Step.NOTE, _V, _NOTERS, ("note",)),
    Way(_V, Step.FINISH, _W, WORK_ROLES, ("note",)),
    Way(_W, Step.APPROVE, _X, ACCEPTANCE_ROLES),
    Way(_W, Step.SEND_BACK, _V, ACCEPTANCE_ROLES, ("note",)),
    Way(_W, Step.CLOSE, _X, CLOSING_ROLES, ("cause",), reporter=True),
    Way(_W, Step.NOTE, _W, _NOTERS, ("note",)),
    Way(_X, Step.NOTE, _X, _NOTERS, ("note",)),
)
"""Grades III and IV: somebody takes it and mends it, another person sees that it is mended."""

WAYS: dict[Queue, tuple[Way, ...]] = {
    Queue.DESK: DESK_WAYS,
    Queue.ATTENTION: WORK_WAYS,
    Queue.TASK: WORK_WAYS,
}


MERGING: dict[State, frozenset[Role]] = dict.fromkeys((_O, _V, _C, _D, _R), DESK_ROLES)
"""Who may join two desk incidents by hand, by the state of either. Not a step: it takes two, and neither's state is
asked for; the survivor stands as far as the further of the two."""


class Joint(msgspec.Struct, frozen=True):
    """What decides whether two incidents may become one."""

    queue: Queue
    state: State
    unit: str | None
    building: str | None
    case_key: str


def judge_merge(one: Joint, into: Joint, role: Role) -> None:
    """The engine keeps its picture by case; what it holds in two cases it cannot hold as one."""
    if not may_merge(role):
        raise NotYours(f"The role {role} does not merge incidents.")
    for each in (one, into):
        if each.queue is not Queue.DESK:
            raise Impossible("Only desk incidents (I and II) are merged by hand.")
        if role not in MERGING.get(each.state, NOBODY):
            raise Impossible(f"An incident that is {each.state} is not merged.")
    if one.unit is None or one.unit != into.unit or one.case_key != into.case_key:
        raise Impossible("The two are not of one unit.")
    if one.building is not None and into.building is not None and one.building != into.building:
        raise Impossible("The two are not of one building.")


def may_merge(role: Role) -> bool:
    return any(role in roles for roles in MERGING.values())


def judge_split(queue: Queue, state: State, role: Role, leaving: Sequence[str], staying: Sequence[str]) -> None:
    """May alarms at the loci `leaving` go out of an incident whose others are at `staying`?

    Whoever may merge may split. One locus has one open incident, so alarms of one locus stay together.
    """
    if not may_merge(role):
        raise NotYours(f"The role {role} does not split incidents.")
    if queue is not Queue.DESK:
        raise Impossible("Only desk incidents (I and II) are split by hand.")
    if role not in MERGING.get(state, NOBODY):
        raise Impossible(f"An incident that is {state} is not split.")
    if not leaving:
        raise Impossible("No alarm of this incident was chosen.")
    if not staying:
        raise Impossible("Nothing would stay: all its alarms were chosen, or it has only one.")
    if set(leaving) & set(staying):
        raise Impossible("Alarms of one place stay one incident: choose all of that place, or none.")


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """What came with the step; texts as given, judged here."""

    outcome: str | None = None
    cause: str | None = None
    basis: str | None = None
    note: str | None = None


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """What a step makes of an incident."""

    step: Step
    next: State
    claims: bool  # the actor becomes the one who has it
    releases: bool
    outcome: Outcome | None = None
    cause: str | None = None
    basis: Basis | None = None
    note: str | None = None
    grade: Grade | None = None  # confirmed is I (policy.md, Grades)


_CLAIMING = (Step.ACCEPT, Step.CONFIRM, Step.DISMISS)


class Refusal(Exception):
    """A step that is not taken; the text says why, in English."""


class NotYours(Refusal):
    """The role may not do it."""


class Impossible(Refusal):
    """Not in this state."""


class Wanting(Refusal):
    """A field is missing or has no such value."""

    def __init__(self, field: str, expected: str) -> None:
        super().__init__(f"{field}: {expected}")
        self.field = field
        self.expected = expected


def permitted(queue: Queue, step: Step, role: Role | None, reporter: bool = False) -> bool:
    """May this role ever take this step in this queue? `None` is the platform itself."""
    return any(way.step is step and _open_to(way, role, reporter) for way in WAYS[queue])


def allowed(queue: Queue, state: State, role: Role) -> list[Step]:
    """The steps that this role can take now: what a page offers as buttons."""
    return [s for s in Step if any(_open_to(way, role) for way in _ways(queue, state, s))]


def judge(queue: Queue, state: State, step: Step, ask: Ask, role: Role | None, reporter: bool = False) -> Act:
    """The role's general right first, then the moment, then what the values ask for."""
    if not permitted(queue, step, role, reporter):
        raise NotYours(f"The role {role or 'platform'} does not take the step {step}.")
    ways = _ways(queue, state, step)
    if not ways:
        raise Impossible(f"No step {step} from the state {state}.")
    way = _chosen(ways, ask)
    if not _open_to(way, role, reporter):
        what = f"{step} with {way.given[0]} {way.given[1]}" if way.given else step
        raise NotYours(f"The role {role or 'platform'} does not take the step {what}.")
    for need in way.needs:
        if not (getattr(ask, need) or "").strip():
            raise Wanting(need, f"needed for the step {step}")
    return _act(queue, way, ask)


def _ways(queue: Queue, state: State, step: Step) -> list[Way]:
    return [way for way in WAYS[queue] if way.state is state and way.step is step]


def _open_to(way: Way, role: Role | None, reporter: bool = False) -> bool:
    return way.platform if role is None else role in way.roles or (reporter and way.reporter)


def _chosen(ways: list[Way], ask: Ask) -> Way:
    """The row whose `given` fits what was given, else the row without one."""
    plain: Way | None = None
    for way in ways:
        if way.given is None:
            plain = way
        elif getattr(ask, way.given[0]) == way.given[1]:
            return way
    if plain is None:
        field = ways[0].given[0] if ways[0].given else ""
        values = ", ".join(way.given[1] for way in ways if way.given)
        raise Wanting(field, f"one of {values}, for the step {ways[0].step}")
    return plain


def _act(queue: Queue, way: Way, ask: Ask) -> Act:
    cause, outcome = _verdict(way, ask)
    confirms = way.step is Step.CONFIRM
    return Act(
        step=way.step,
        next=way.next,
        claims=way.step is Step.FINISH or (way.state is State.OPEN and way.step in _CLAIMING),
        releases=way.step is Step.RELEASE,
        outcome=outcome,
        cause=cause,
        basis=_basis(ask) if confirms else None,
        note=(ask.note or "").strip() or None,
        grade=Grade.I if confirms and queue is Queue.DESK else None,
    )


def _basis(ask: Ask) -> Basis:
    try:
        return Basis(ask.basis or "")
    except ValueError as wrong:
        raise Wanting("basis", f"one of {', '.join(Basis)}") from wrong


def _verdict(way: Way, ask: Ask) -> tuple[str | None, Outcome | None]:
    """Cause and outcome of a step that closes. A cause implies its outcome; a fire is confirmed, never dismissed."""
    if way.step is Step.FINISH:
        return (None if ask.cause is None else _known(ask.cause).code), None
    if way.next is not State.CLOSED or way.state is State.CLOSED:
        return None, None
    outcome = _outcome(ask)
    if ask.cause is None:
        return None, outcome
    cause = _known(ask.cause)
    implied = Outcome(cause.outcome)
    if way.step is Step.DISMISS and implied is Outcome.FIRE:
        raise Wanting("cause", f"no fire; {cause.code} is one: confirm, then close")
    if outcome is not None and outcome is not implied and not _both_false(outcome, implied):
        raise Wanting("outcome", f"{implied}, which is what the cause {cause.code} means")
    return cause.code, outcome or implied


def _known(code: str) -> Cause:
    cause = BY_CODE.get(code)
    if cause is None:
        raise Wanting("cause", "one of the codes of GET /api/v1/causes")
    return cause


def judge_acceptance(state: State, step: Step, finished_by: str | None, actor: str) -> None:
    """Nobody says of his own work that it is good."""
    if state is State.DONE and step is not Step.NOTE and finished_by == actor:
        raise Impossible("Who has finished the work does not accept it himself.")


def _both_false(outcome: Outcome, implied: Outcome) -> bool:
    """Confirmed and then found false may still say which kind of false it was (a device, a test, …)."""
    return outcome is Outcome.FALSE_ALARM and implied is not Outcome.FIRE


def _outcome(ask: Ask) -> Outcome | None:
    if ask.outcome is None:
        return None
    try:
        return Outcome(ask.outcome)
    except ValueError as wrong:
        raise Wanting("outcome", f"one of {', '.join(Outcome)}") from wrong


class Line(msgspec.Struct, frozen=True, array_like=True):
    """A line of a timeline as it is hashed: every field, in this order, as JSON."""

    incident: str
    seq: int
    at: int
    who: str
    what: str
    detail: str


GENESIS = bytes(32)
"""What stands before the first line of every timeline."""

_encode = msgspec.json.Encoder().encode


def chain(prev_hash: bytes, line: Line) -> bytes:
    return hashlib.sha256(prev_hash + _encode(line)).digest()


JOINING = """## Merge and split

Not steps: each takes two incidents. Both of the desk, in the states {states}; by {roles}.

`POST /incidents/{{id}}/merge` with `into` (and `note`): the incident goes on inside `into`, of the same unit and
building; the answer is the survivor. Lines: `merged` on the one (`into`), `absorbed` on the other (`incident`).

`POST /incidents/{{id}}/split` with `note` and one of
- `alarms`: ids of alarms that go out into a new incident. One locus has one open incident, so alarms with the same
  `locus` go together, and some must stay: else 409;
- `merged`: an incident listed in `merged` comes out again under its own id, with its alarms and whatever joined at its
  loci since.

The answer is the incident that came out: `open`, nobody's, as grave as the one it was in, `split_from` that one; what
was confirmed before it was merged stays confirmed. Lines: `split` on the one (`into`, `alarms`), `separated` on the
other (`incident`, `grade`, `alarms`); events `incident.changed` and `incident.opened`. What its devices say from
then on goes to it, and the engine does not join the two again; a person may."""


def drawing() -> str:
    """`docs/incident-lifecycle.md`, printed from `WAYS`."""
    parts = [
        "# The life cycle of an incident",
        "",
        "Printed from `zhigan.incidents.rules.WAYS` (`python -m zhigan.incidents.rules > docs/incident-lifecycle.md`);",
        "a test keeps it equal. Outside one's scope a thing does not exist (404); a role without the step gets 403,",
        "a state without it 409, a missing or unknown value 400.",
    ]
    for title, ways in (("Desk: grades I and II", DESK_WAYS), ("Attention and tasks: III and IV", WORK_WAYS)):
        parts += ["", f"## {title}", "", "```mermaid", "stateDiagram-v2", "  [*] --> open"]
        edges = dict.fromkeys(f"  {w.state} --> {w.next}: {w.step}" for w in ways if w.step is not Step.NOTE)
        parts += [*edges, "  closed --> [*]", "```", ""]
        parts += ["| state | step | next | by | needs |", "|---|---|---|---|---|"]
        parts += [_printed(way) for way in ways]
    parts += ["", JOINING.format(states=", ".join(MERGING), roles=", ".join(sorted(min(MERGING.values(), key=len))))]
    return "\n".join(parts) + "\n"


def _printed(way: Way) -> str:
    by = sorted(way.roles) + ["platform"] * way.platform + ["its reporter"] * way.reporter
    needs = [f"{n} `{way.given[1]}`" if way.given and n == way.given[0] else n for n in way.needs]
    return f"| `{way.state}` | {way.step} | `{way.next}` | {', '.join(by)} | {', '.join(needs) or '–'} |"


if __name__ == "__main__":
    print(drawing(), end="")
