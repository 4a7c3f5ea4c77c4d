"""Registrations as clients of 1.0 and 1.1 write them, and what is wrong with others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhigan.protocols.lwm2m import FormatFault, LwM2MError, links, parse

LINKS = b'</>;rt="oma.lwm2m";ct="110 112",</1/0>,</3/0>,</5/0>,</19/0>,</3407/0>'


def test_a_client_of_1_1() -> None:
    said = parse(("ep=urn:imei:860000000000001", "lt=86400", "lwm2m=1.1", "b=U", "Q"), LINKS)
    assert (said.endpoint, said.lifetime, said.version, said.binding) == (
        "urn:imei:860000000000001",
        86_400,
        "1.1",
        "U",
    )
    assert said.queue
    assert said.objects == ((1, 0), (3, 0), (5, 0), (19, 0), (3407, 0))


def test_a_client_of_1_0_puts_the_queue_into_its_binding() -> None:
    said = parse(("ep=a", "b=UQ"), b"</3/0>")
    assert (said.version, said.binding, said.queue, said.told_lifetime) == ("1.0", "U", True, False)


def test_an_update_may_say_nothing() -> None:
    said = parse((), b"")
    assert (said.endpoint, said.objects, said.told_lifetime, said.told_binding) == ("", None, False, False)


def test_links_below_another_root_and_with_attributes() -> None:
    assert links(b'</lwm2m>;rt="oma.lwm2m";ct=11543, </lwm2m/3/0>;ver=1.1,</lwm2m/3407>;pmin=5;x="a,b",</other/x>') == (
        (3, 0),
        (3407,),
    )


@pytest.mark.parametrize(
    "query",
    [
        "ep=",
        "ep=a b",
        "ep=a/b",
        "ep=" + "x" * 129,
        "ep=a\x00",
        "lt=0",
        "lt=-1",
        "lt=x",
        "lt=",
        "lwm2m=2.0",
        "b=XYZ",
        "b=",
    ],
)
def test_what_is_wrong_is_said(query: str) -> None:
    with pytest.raises(LwM2MError) as error:
        parse((query,), b"</3/0>")
    assert error.value.fault is FormatFault.BAD_REGISTRATION


@pytest.mark.parametrize("payload", [b"3/0", b"</3/0>garbage", b"<", b"\xff", b'</3/0>;rt="', b"</3/0>;;"])
def test_links_that_are_none(payload: bytes) -> None:
    with pytest.raises(LwM2MError) as error:
        links(payload)
    assert error.value.fault is FormatFault.BAD_LINKS


def test_a_life_is_bounded() -> None:
    assert parse(("ep=a", "lt=9999999999"), b"").lifetime == 366 * 86_400


@given(st.lists(st.text(max_size=40), max_size=6), st.binary(max_size=200))
def test_nothing_crashes(queries: list[str], payload: bytes) -> None:
    try:
        parse(tuple(queries), payload)
    except LwM2MError as error:
        assert error.detail
