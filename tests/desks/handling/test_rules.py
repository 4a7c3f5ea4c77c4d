"""Whose desk sounds: what always holds, whoever sits where and whenever somebody looks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhigan.desks.handling import rules
from zhigan.desks.handling.model import Seat, Stage
from zhigan.vocabulary.grades import Grade
from zhigan.vocabulary.handling import Level, TakeOver
from zhigan.vocabulary.moments import SECOND
from zhigan.vocabulary.roles import Role
from zhigan.vocabulary.scopes import Owned, parse

TIMES = TakeOver(room_s=30, operator_s=60, county_s=90)
SCHOOL = Owned(area="360802", unit="SCHOOL", industry="education")


@pytest.mark.parametrize(
    ("role", "scope", "hosted", "level"),
    [
        (Role.UNIT, "unit:SCHOOL", "", Level.ROOM),
        (Role.DUTY, "unit:SCHOOL", "firm", Level.ROOM),
        (Role.DUTY, "industry:education", "industry", Level.OPERATOR),
        (Role.DUTY, "firm:F1", "", Level.OPERATOR),
        (Role.OPERATOR, "area:360802", "", Level.OPERATOR),
        (Role.DUTY, "area:360802+industry:education", "district", Level.COUNTY),
        (Role.DUTY, "area:360802,360803", "", Level.COUNTY),
        (Role.LEAD, "city", "", Level.CITY),
        (Role.ADMIN, "city", "", Level.CITY),
    ],
)
def test_whose_desk_an_account_has_follows_from_its_scope_role_and_sub_platform(
    role: Role, scope: str, hosted: str, level: Level
) -> None:
    assert rules.level_of(role, parse(scope), hosted) is level


def test_a_level_exists_only_where_somebody_belongs_to_it() -> None:
    seats = [
        Seat(Level.ROOM, "", parse("unit:OTHER"), True),
        Seat(Level.COUNTY, "", parse("area:360802"), False),
        Seat(Level.OPERATOR, "教育分平台", parse("industry:education"), True),
        Seat(Level.OPERATOR, "商业分平台", parse("industry:trade"), True),
    ]
    assert rules.stages(seats, SCHOOL, {Level.COUNTY: "吉州区"}) == (
        Stage(Level.OPERATOR, "教育分平台", True),
        Stage(Level.COUNTY, "吉州区", False),
        Stage(Level.CITY, "", False),
    )


def held(chain: tuple[Stage, ...], second: int, before: Stage | None = None, grade: Grade = Grade.II) -> rules.Turn:
    return rules.turn(chain, before, grade, TIMES, 0, second * SECOND)


def test_each_level_has_it_until_its_time_and_the_city_for_good() -> None:
    chain = tuple(Stage(level, level.name, True) for level in Level)
    seen = [(s, held(chain, s).stage.level) for s in (0, 29, 30, 59, 60, 89, 90, 9999)]
    assert [level for _, level in seen] == [
        Level.ROOM, Level.ROOM, Level.OPERATOR, Level.OPERATOR, Level.COUNTY, Level.COUNTY, Level.CITY, Level.CITY,
    ]  # fmt: skip
    assert held(chain, 0).until == 30 * SECOND


def test_where_nobody_sits_it_goes_on_at_once_and_that_is_said_once() -> None:
    chain = (Stage(Level.ROOM, "r", False), Stage(Level.COUNTY, "c", False), Stage(Level.CITY, "", False))
    turn = held(chain, 0)
    assert (turn.stage.level, turn.until) == (Level.CITY, None)
    assert [(p.holder.level, p.taker.level, p.because) for p in turn.passed] == [(Level.ROOM, Level.CITY, "nobody")]


def test_a_rise_to_one_is_everybodys() -> None:
    chain = (Stage(Level.COUNTY, "c", True), Stage(Level.CITY, "", True))
    assert held(chain, 1, grade=Grade.I).passed == ()
    assert [p.because for p in held(chain, 1, chain[0], Grade.I).passed] == ["grade"]


CHAINS = st.lists(st.sampled_from([Level.ROOM, Level.OPERATOR, Level.COUNTY]), unique=True).flatmap(
    lambda below: st.tuples(
        *(st.builds(Stage, st.just(level), st.just(""), st.booleans()) for level in (*sorted(below), Level.CITY))
    )
)
TABLES = st.lists(st.integers(0, 180), min_size=3, max_size=3).map(
    lambda s: TakeOver(**dict(zip(("room_s", "operator_s", "county_s"), sorted(s), strict=True)))
)


@given(st.lists(CHAINS, min_size=1, max_size=6), TABLES, st.lists(st.integers(0, 200), min_size=6, max_size=6))
def test_nothing_goes_back_nobody_holds_anything_up_and_the_city_has_it_in_time(
    chains: list[tuple[Stage, ...]], times: TakeOver, moments: list[int]
) -> None:
    """People come and go between two looks."""
    before: Stage | None = None
    for chain, second in zip(chains, sorted(moments), strict=False):
        turn = rules.turn(chain, before, Grade.II, times, 0, second * SECOND)
        assert before is None or turn.stage.level >= before.level
        if turn.stage.level is Level.CITY:
            assert turn.until is None
        else:
            assert turn.stage.attended and turn.until is not None and turn.until > second * SECOND
        if second >= times.county_s:
            assert turn.stage.level is Level.CITY
        links = [p.holder.level for p in turn.passed] + [turn.stage.level] * bool(turn.passed)
        assert links == sorted(set(links)), "each passing leads on from the one before it"
        before = turn.stage
