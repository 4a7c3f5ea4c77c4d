"""Named SQL: cut where the names stand, refused where a name would mean two things."""

import pytest

from zhigan.runtime.sql import SqlError, load, parse

TWO = """-- All of a room's statements.

-- name: one
-- Why it is so.
select 1 -- one

-- name: two_more
update x.y set a = ';'
where b = $1;

"""


def test_statements_by_attribute_and_by_item() -> None:
    found = parse(TWO, "here")
    assert list(found) == ["one", "two_more"]
    assert found.one.endswith("select 1 -- one")
    assert found["two_more"] == found.two_more == "update x.y set a = ';'\nwhere b = $1"
    with pytest.raises(AttributeError, match="here has no statement named 'three'"):
        _ = found.three


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("-- name: a\nselect 1\n-- name: a\nselect 2", "stands twice"),
        ("-- name: Big\nselect 1", "'Big' is no name"),
        ("-- name:\nselect 1", "is no name"),
        ("-- name: two words\nselect 1", "is no name"),
        ("-- name: a\n\n-- name: b\nselect 1", "'a' is empty"),
        ("select 1\n-- name: a\nselect 1", "before the first"),
    ],
)
def test_what_is_not_of_the_form_is_refused(text: str, said: str) -> None:
    with pytest.raises(SqlError, match=said):
        parse(text, "here")


def test_a_rooms_own_file_is_found() -> None:
    assert "pg_advisory_xact_lock" in load("zhigan.bus").lock_log
