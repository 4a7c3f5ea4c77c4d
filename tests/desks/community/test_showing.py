"""What stands on a community's page, in what order, and how many alarms each grid has."""

from datetime import UTC, datetime

import msgspec

from zhigan.desks.community import showing
from zhigan.incidents.model import Opened, Outcome, Place, State
from zhigan.incidents.rows import Row, born
from zhigan.vocabulary.grades import Grade, Kind
from zhigan.vocabulary.scopes import Owned


def row(name: str, grade: Grade, at: int, grid: str = "G1", state: State = State.OPEN) -> Row:
    place = msgspec.structs.replace(Place(), unit_id="u", unit_name="北门小区", owned=Owned(area="360802", grid=grid))
    change = Opened(
        incident=name, slot=name, case_key=name, locus=name, grade=grade, kind=Kind.FIRE, place=place, reasons=(),
        at=at, received_at=at, alarms=(),
    )  # fmt: skip
    made = born(change, at)
    made.state = state
    return made


def test_the_open_come_first_the_gravest_of_them_and_each_once() -> None:
    old, new = row("old", Grade.II, 1), row("new", Grade.II, 2)
    red, over = row("red", Grade.I, 0), row("over", Grade.I, 9, state=State.CLOSED)
    gone = row("gone", Grade.I, 5)
    gone.merged_into = "red"
    assert [r.id for r in showing.in_order([over, old, new, red, gone, old])] == ["red", "new", "old", "over"]


def test_a_grid_counts_what_is_open_in_it() -> None:
    rows = [
        row("a", Grade.I, 1), row("b", Grade.II, 1), row("c", Grade.II, 1, "G2"), row("d", Grade.II, 1, ""),
        row("e", Grade.I, 1, state=State.CLOSED), row("f", Grade.II, 1),
    ]  # fmt: skip
    assert showing.by_grid(rows) == {"G1": {Grade.I: 1, Grade.II: 2}, "G2": {Grade.II: 1}}


def test_an_alarm_tells_its_grid_and_what_it_turned_out_to_be() -> None:
    closed = row("x", Grade.II, 1, state=State.CLOSED)
    closed.outcome = Outcome.FALSE_ALARM
    said = showing.alarm(closed)
    assert (said.grid, said.unit_name, said.outcome, said.grade) == ("G1", "北门小区", "false_alarm", "II")


def test_today_begins_at_midnight_in_ji_an() -> None:
    assert showing.midnight(datetime(2026, 11, 30, 15, 59, 30, 7, UTC)) == datetime(2026, 11, 29, 16, tzinfo=UTC)
    assert showing.midnight(datetime(2026, 11, 30, 16, tzinfo=UTC)) == datetime(2026, 11, 30, 16, tzinfo=UTC)
