"""Time labels: every instant of a century there and back, every impossible label None."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhigan.protocols.gb26875 import times
from zhigan.protocols.gb26875.times import TimeForm
from zhigan.vocabulary.moments import SHANGHAI, to_micros

FIRST = datetime(2000, 1, 1, tzinfo=SHANGHAI)
LAST = datetime(2099, 12, 31, 23, 59, 59, tzinfo=SHANGHAI)


@given(st.integers(0, int((LAST - FIRST).total_seconds())))
def test_every_second_of_the_century_goes_there_and_back(second: int) -> None:
    moment = FIRST + timedelta(seconds=second)
    at = to_micros(moment)
    for form in TimeForm:
        assert times.decode(times.encode(at, form), form) == at
    label = times.encode(at)
    assert tuple(label) == (moment.second, moment.minute, moment.hour, moment.day, moment.month, moment.year - 2000)


@given(st.binary(min_size=6, max_size=6))
def test_a_label_is_an_instant_exactly_when_the_calendar_has_it(label: bytes) -> None:
    second, minute, hour, day, month, year = label
    try:
        expected = (
            to_micros(datetime(2000 + year, month, day, hour, minute, second, tzinfo=SHANGHAI)) if year <= 99 else None
        )
    except ValueError:
        expected = None
    assert times.decode(label) == expected


@pytest.mark.parametrize("label", ["000000000000", "0805000101E2", "00000000FFFF", "3C00000101 0C", "00000020020C", ""])
def test_labels_that_name_no_date(label: str) -> None:
    assert times.decode(bytes.fromhex(label)) is None


def test_the_published_label() -> None:
    assert times.decode(bytes.fromhex("023A091A090C")) == to_micros(datetime(2012, 9, 26, 1, 58, 2, tzinfo=UTC))


def test_bcd_and_year_first_forms() -> None:
    at = to_micros(datetime(2026, 8, 24, 14, 30, 15, tzinfo=SHANGHAI))
    assert times.decode(bytes.fromhex("153014240826"), TimeForm.BCD) == at
    assert times.decode(bytes.fromhex("260824143015"), TimeForm.BCD_YEAR_FIRST) == at
    assert times.decode(bytes.fromhex("1A08180E1E0F"), TimeForm.BINARY_YEAR_FIRST) == at
    assert times.decode(bytes.fromhex("15301424082A"), TimeForm.BCD) is None


def test_the_form_is_learned_from_nearness_to_now() -> None:
    now = to_micros(datetime(2026, 8, 24, 14, 35, tzinfo=SHANGHAI))
    for form in TimeForm:
        assert times.learn(times.encode(now, form), now) is form
    assert times.learn(times.NO_LABEL, now) is None
    assert times.learn(times.encode(now - 40 * 86_400_000_000), now) is None


@pytest.mark.parametrize("at", [-1, 0, to_micros(FIRST) - 1, to_micros(LAST) + 1_000_000, 10**18])
def test_instants_outside_the_century_have_no_label(at: int) -> None:
    assert times.encode(at) == times.NO_LABEL


def test_the_cache_is_bounded() -> None:
    labels = times.Labels(TimeForm.BINARY)
    for n in range(70_000):
        labels[n.to_bytes(6, "little")]
    assert len(labels) <= 65_536
