"""A house whose signals are judged by the engine, told as stories: say something, let time pass, look at the rows.

The rows are kept by the real `incidents.ledger.Ledger`, so that a change the store would refuse fails the story. Each
call goes through msgpack as after a restart, and is decided twice: a replay must give the same verdict.
"""

from collections.abc import Sequence

import msgspec

from zhigan.alarms.engine import POLICY_V1, Case, Context, Locus, Policy, Seen, Subject, Test, Verdict, decide
from zhigan.incidents.ledger import Ledger
from zhigan.incidents.model import Change, Merged, Place, Reason, Standing, State, Why
from zhigan.incidents.rows import Row
from zhigan.vocabulary.conditions import Condition
from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.moments import SECOND
from zhigan.vocabulary.premises import PremisesClass
from zhigan.vocabulary.signals import Signal, SignalKind

DAY = 1_795_320_000 * SECOND
"""2026-11-22 12:00 in Ji'an."""
NIGHT = DAY + 11 * 3600 * SECOND
PANEL = "790300000000"
EVERYTHING = (1 << 44) - 1

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Case).decode


class House:
    """One case: a unit or a building."""

    def __init__(
        self, premises: PremisesClass = PremisesClass.S2, at: int = DAY, policy: Policy = POLICY_V1, **context: object
    ) -> None:
        self.now = at
        self.policy = policy
        self.context = Context(case_key="unit:1", premises=premises, place=Place(text="吉安饭店"))
        self.context = msgspec.structs.replace(self.context, **context)
        self.case = Case(key="unit:1")
        self.rows: dict[str, Row] = {}
        self.changes: list[Change] = []
        self.verdict = Verdict(case=self.case)
        self.acted: dict[str, State] = {}
        self._number = 0
        self._heard = 0

    # who there is

    def point(
        self, name: str, type_: str = "smoke", *, floor: int | None = None, building: str = "B", **more: object
    ) -> Subject:
        """A component behind the panel."""
        self._number += 1
        system = str(more.pop("system", "1.1"))
        component = f"{system}.40.{self._number}"
        locus = Locus(building, floor, str(more.pop("compartment", "")), str(more.pop("flat", "")))
        made = Subject(
            number=self._number, address=f"{PANEL}/{component}", device_id=f"device-{self._number}", parent=PANEL,
            type=type_, name=name, component=component, system=system, locus=locus, place_text=name,
        )  # fmt: skip
        return msgspec.structs.replace(made, **more)

    def panel(self, *, building: str = "B") -> Subject:
        """System 1.1 behind the transmission device."""
        self._number += 1
        return Subject(
            number=self._number, address=f"{PANEL}/1.1", device_id="panel", parent=PANEL, type="control_panel",
            name="控制器", component="1.1", system="1.1", locus=Locus(building),
        )  # fmt: skip

    def transmitter(self, *, building: str = "B", **more: object) -> Subject:
        self._number += 1
        made = Subject(
            number=self._number, address=PANEL, device_id="uitd", type="transmission_device", name="传输装置",
            locus=Locus(building), offline_class="transmission_device",
        )  # fmt: skip
        return msgspec.structs.replace(made, **more)

    def alone(self, name: str, type_: str = "smoke", *, locus: Locus | None = None, **more: object) -> Subject:
        """A stand-alone detector."""
        self._number += 1
        made = Subject(
            number=self._number, address=f"ep{self._number}", gateway="lwm2m", device_id=f"device-{self._number}",
            type=type_, name=name, locus=locus or Locus("", None, "", "", f"lwm2m:ep{self._number}"),
        )  # fmt: skip
        return msgspec.structs.replace(made, **more)

    # what is said

    def heard(self) -> int:
        self._heard = max(self._heard + 1, self.now)
        return self._heard

    def status(self, who: Subject, conditions: Condition, *, age: float = 0, **more: object) -> Seen:
        at = self.heard()
        signal = Signal(
            who.gateway, who.address, int(SignalKind.STATUS), at, at - int(age * SECOND), int(conditions), EVERYTHING
        )
        return Seen(msgspec.structs.replace(signal, **more), who)

    def says(self, who: Subject, conditions: Condition = Condition.NONE, *, age: float = 0, **more: object) -> Verdict:
        return self.hears([self.status(who, conditions, age=age, **more)])

    def does(self, who: Subject, operations: int) -> Verdict:
        at = self.heard()
        kind = int(SignalKind.OPERATION)
        return self.hears([Seen(Signal(who.gateway, who.address, kind, at, at, operations=int(operations)), who)])

    def reads(self, who: Subject, metric: int, value: float) -> Verdict:
        at = self.heard()
        kind = int(SignalKind.READINGS)
        signal = Signal(who.gateway, who.address, kind, at, at, metrics=(metric,), values=(value,))
        return self.hears([Seen(signal, who)])

    def hears(self, seen: Sequence[Seen]) -> Verdict:
        self.now = max([self.now, *(s.signal.received_at for s in seen)])
        standing = self.standing()
        before = _encode(self.case)
        verdict = decide(self.case, self.context, seen, self.policy, self.now, standing)
        assert decide(_decode(before), self.context, seen, self.policy, self.now, standing) == verdict
        assert _encode(self.case) == before, "decide changed its argument"
        self.case = _decode(_encode(verdict.case))
        self.verdict = verdict
        self._write(verdict.changes)
        return verdict

    def passes(self, seconds: float) -> None:
        """Time goes by; the engine is called when it asked for it."""
        end = self.now + int(seconds * SECOND)
        while self.verdict.due_at is not None and self.verdict.due_at <= end:
            self.now = max(self.now, self.verdict.due_at)
            self.hears([])
        self.now = end
        self.hears([])

    # what people do

    def person(self, row: Row, state: State) -> None:
        """Somebody takes a step; the engine hears of it with its next call."""
        row.state = state
        row.version += 1
        if state is State.CONFIRMED:
            row.grade = Grade.I
        self.acted[row.id] = state

    def joins(self, gone: Row, kept: Row) -> None:
        """A person joins two incidents by hand."""
        self._write([Merged(incident=gone.id, into=kept.id, reason=Reason(Why.SPREAD), at=self.now)])
        self.acted[gone.id] = gone.state

    def test(self, **scope: object) -> None:
        made = msgspec.structs.replace(Test(id="test-1", until=self.now + 8 * 3600 * SECOND, person="王工"), **scope)
        self.context = msgspec.structs.replace(self.context, tests=(made,))

    def test_ends(self) -> None:
        self.context = msgspec.structs.replace(self.context, tests=())
        self.hears([])

    # what there is to see

    def standing(self) -> list[Standing]:
        found = [
            Standing(id=i, version=r.version, state=r.state, grade=r.grade, merged_into=r.merged_into, flags=r.flags)
            for i, r in ((i, self.rows[i]) for i in self.acted)
        ]
        self.acted = {}
        return found

    @property
    def open(self) -> list[Row]:
        return [r for r in self.rows.values() if r.holds_slot]

    @property
    def desk(self) -> list[Row]:
        return [r for r in self.open if r.desk]

    def only(self) -> Row:
        """The one open row."""
        assert len(self.open) == 1, [(r.slot, r.grade) for r in self.open]
        return self.open[0]

    def whys(self, row: Row | None = None) -> set[Why]:
        return {r.why for r in (row or self.only()).reasons}

    @property
    def hushed(self) -> list[Why]:
        return [reason.why for _, reason in self.verdict.silent]

    def said(self, kind: type[Change]) -> list[Change]:
        return [c for c in self.verdict.changes if isinstance(c, kind)]

    def remarks(self) -> list[Reason]:
        return [c.reason for c in self.changes if hasattr(c, "spends_countdown")]

    def _write(self, changes: Sequence[Change]) -> None:
        self.changes.extend(changes)
        ledger = Ledger(self.rows.values(), self.now)
        for change in changes:
            ledger.work(change)
        for slot, incident in ledger.taken().items():
            holders = [r.id for r in ledger.rows.values() if r.holds_slot and r.slot == slot]
            assert holders == [incident], f"slot {slot} is held twice"
        ledger.seal()
        self.rows = ledger.rows


__all__ = ["DAY", "EVERYTHING", "NIGHT", "PANEL", "House"]
