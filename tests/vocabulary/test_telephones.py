"""A number is masked wherever it leaves, and a mask that comes back is the number that stands."""

from typing import Generic, TypeVar

import msgspec
import pytest

from zhigan.vocabulary.telephones import (
    HouseTelephone,
    Telephone,
    kept,
    masked,
    masked_text,
    masked_tree,
    veiled,
)

T = TypeVar("T")


class Person(msgspec.Struct):
    name: str
    phone: Telephone


class House(msgspec.Struct, frozen=True):
    phone: HouseTelephone
    people: list[Person]
    first: Person | None = None
    note: str = ""


class Page(msgspec.Struct, Generic[T]):
    items: list[T]


@pytest.mark.parametrize(
    ("number", "seen"),
    [
        ("13812341234", "138****1234"),
        ("+86 138-1234-1234", "138****1234"),
        ("0796-8222119", "079****2119"),
        ("8222119", "82****19"),
        ("119", "****"),
        ("", ""),
        ("138****1234", "138****1234"),
    ],
)
def test_head_and_tail_are_left(number: str, seen: str) -> None:
    assert masked(number) == seen


def test_a_mask_that_comes_back_is_the_number_that_stands() -> None:
    assert kept("138****1234", "13812341234") == "13812341234"
    assert kept("139****1234", "13812341234") == "139****1234", "another's mask is no number: the field refuses it"
    assert kept("13900001111", "13812341234") == "13900001111"


def test_an_answer_is_masked_at_any_depth_and_what_stands_is_not_changed() -> None:
    person = Person("甲", "13812341234")
    house = House("07968222119", [person], person, "13812341234")
    seen = veiled(Page([house]))
    assert seen == Page(
        [House("07968222119", [Person("甲", "138****1234")], Person("甲", "138****1234"), "13812341234")]
    )
    assert person.phone == "13812341234"
    assert veiled(House("13812341234", [])).phone == "138****1234", "a small shop's number is its keeper's"
    assert veiled([person])[0].phone == "138****1234"


def test_what_has_no_numbers_is_not_copied() -> None:
    class Plain(msgspec.Struct):
        name: str

    plain = Plain("x")
    assert veiled(plain) is plain


def test_words_and_trees() -> None:
    assert masked_text("业主 甲 13812341234，座机0796-8222119。") == "业主 甲 138****1234，座机079****2119。"
    assert masked_text('"id":"019d0000-0000-7000-8138-123412341234"') == '"id":"019d0000-0000-7000-8138-123412341234"'
    assert masked_text("360800202611300001") == "360800202611300001"
    told = {"phone": ["13812341234", ""], "name": "13812341234", "people": [{"phone": "8222119"}], "q": "13812341234"}
    assert masked_tree(told) == {
        "phone": ["138****1234", ""], "name": "13812341234", "people": [{"phone": "82****19"}], "q": "138****1234",
    }  # fmt: skip
