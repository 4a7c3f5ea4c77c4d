"""One floor, many spellings: the same in Python, in SQL and for the engine; floors stand from the top down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhigan.registry.rules import floor_key, floor_name, floor_number, floor_order, floors_built, place_text
from zhigan.runtime.pg import Pool

SPELLINGS = [
    ("3", 3, "3F"), ("3F", 3, "3F"), ("f3", 3, "f3"), ("3层", 3, "3F"), ("三层", 3, "三层"), ("12楼", 12, "12楼"),
    ("十层", 10, "十层"), ("十二层", 12, "十二层"), ("二十层", 20, "二十层"), ("二十三层", 23, "二十三层"),
    ("B1", -1, "B1"), ("b2层", -2, "B2"), ("-1", -1, "B1"), ("负一层", -1, "负一层"), ("地下2层", -2, "B2"),
    ("0", 0, "0F"), ("屋面", None, "屋面"),
    ("夹层", None, "夹层"), ("12层东侧", 12, "12层东侧"), ("", None, ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "number", "name"), SPELLINGS)
def test_a_floor_by_any_spelling(text: str, number: int | None, name: str) -> None:
    assert floor_number(text) == number and floor_name(text) == name
    assert floor_key(name) == floor_key(text), "its name is one of its spellings"


@given(st.text(alphabet="0123456789 BbFf-负地下层楼一二三九十东M", max_size=8))
def test_a_name_is_a_spelling_of_the_same_floor(text: str) -> None:
    assert floor_key(floor_name(text)) == floor_key(text)


async def test_the_database_reads_floors_as_the_engine_does(pool: Pool) -> None:
    texts = [text for text, _, _ in SPELLINGS] + ["十", "一十", "B", "F", "-", "9999", "B 3", "地下三层", "楼3", "3-1"]
    async with pool.acquire() as conn:
        rows = await conn.fetch("select t, registry.floor_key(t) as key from unnest($1::text[]) t", texts)
    assert {r["t"]: r["key"] for r in rows} == {text: floor_key(text) for text in texts}


def test_floors_from_the_top_down() -> None:
    names = ["1", "B1", "12层", "-2", "屋顶", "地下3", "2F"]
    assert sorted(names, key=floor_order) == ["12层", "2F", "1", "B1", "-2", "地下3", "屋顶"]
    assert floors_built(2, 1) == ["1F", "2F", "B1"] and floors_built(None, None) == []
    assert place_text("", "3号楼", "12F", "东区", "") == "3号楼 12F 东区"
