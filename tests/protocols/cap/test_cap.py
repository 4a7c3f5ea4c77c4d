"""CAP 1.2 and the XML of GB/T 26875.8: what is written is read again; what breaks the schema is named, and where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhigan.protocols import cap, gb26875_8
from zhigan.protocols.cap import Alert, Area, Info, Pair, Reference, Resource
from zhigan.vocabulary.trees import Tree

WHOLE = Alert(
    identifier="i-1",
    sender="zhigan119",
    sent="2026-11-22T12:00:00+08:00",
    status="Actual",
    message_type="Update",
    scope="Restricted",
    restriction="119",
    note="n",
    references=(Reference("zhigan119", "i-0", "2026-11-22T11:59:00+08:00"),),
    infos=(
        Info(
            event="火灾 <&>",
            urgency="Immediate",
            severity="Unknown",
            certainty="Observed",
            response_types=("Execute",),
            onset="2026-11-22T11:58:00+08:00",
            headline="h",
            web="https://x/y",
            parameters=(Pair("a", "1"), Pair("b", "2")),
            resources=(Resource(description="平面图", mime_type="image/png", uri="https://x/p?k=1"),),
            areas=(Area(description="吉州一中", circles=("27.1,114.9 0.1",), geocodes=(Pair("GB/T 2260", "360802"),)),),
        ),
    ),
)
DOCUMENT = cap.write(WHOLE)


def test_what_is_written_is_read_again() -> None:
    assert cap.read(DOCUMENT) == WHOLE


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("<sender>zhigan119</sender>", "", "alert/sender: is missing"),
        ("<status>Actual</status>", "<status>Real</status>", "alert/status: 'Real' is none of"),
        ("+08:00</sent>", "Z</sent>", "alert/sent: "),
        ("<note>n</note>", "<note>n</note><note>m</note>", "alert/note: stands more than once"),
        ("<scope>Restricted</scope>", "", "alert/scope: is missing"),
        ("<restriction>119</restriction>", "", "alert/restriction: is needed with scope Restricted"),
        ("<certainty>Observed</certainty>", "<colour>red</colour>", "alert/info/colour: there is no such element"),
        (
            "<headline>h</headline>",
            "<headline>h</headline><onset>2026-11-22T11:58:00+08:00</onset>",
            "alert/info/onset: stands after headline",
        ),
        ("27.1,114.9 0.1", "somewhere", "alert/info/area/circle: 'somewhere' is not of its form"),
        ("<mimeType>image/png</mimeType>", "", "alert/info/resource/mimeType: is missing"),
        ("https://x/p?k=1", "2026-01-01T00:00:00", "alert/info/resource/uri: "),
        (
            "urn:oasis:names:tc:emergency:cap:1.2",
            "urn:oasis:names:tc:emergency:cap:1.1",
            "alert: the document's element",
        ),
        ("<event>", "<event><b/>", "alert/info/event: has elements inside"),
    ],
)
def test_what_breaks_the_schema_is_named(before: str, after: str, said: str) -> None:
    assert before in DOCUMENT.decode()
    with pytest.raises(cap.Unreadable) as broken:
        cap.read(DOCUMENT.decode().replace(before, after, 1).encode())
    assert said in str(broken.value)


@pytest.mark.parametrize(
    "hostile",
    [
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b"<a>" * 100,
        b"<a>" + b"<b/>" * 6000 + b"</a>",
        b"",
        b"\xff\xfe<\x00a\x00",
        b"<a",
    ],
)
def test_hostile_documents_are_not_read(hostile: bytes) -> None:
    with pytest.raises(cap.Unreadable):
        cap.read(hostile)
    with pytest.raises(gb26875_8.Unreadable):
        gb26875_8.read(hostile)


NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)
TEXTS = (
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1)
    .map(str.strip)
    .filter(bool)
)


@given(
    st.dictionaries(
        NAMES, TEXTS | st.dictionaries(NAMES, TEXTS, min_size=1) | st.lists(TEXTS, min_size=2, max_size=3), min_size=1
    )
)
def test_a_tree_goes_through_xml(tree: dict[str, Tree]) -> None:
    read = gb26875_8.read(gb26875_8.write("hjbj", "urn:x", tree))
    assert (read.name, read.namespace, read.tree) == ("hjbj", "urn:x", tree)
