"""GB/T 45839 Annex B: a code read in either spelling is one code; what is wrong is named, with its place."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhigan.vocabulary.device_codes import CodeError, DeviceCode, Part, looks_like_code, parse

TODAY = date(2026, 11, 30)
SPELT = "ZG01" + "01" + "260815" + "00000012A" + "0102" + "BEEF"
RAW = "ZG01" + "01" + "260815" + "00000012A" + "\x01\x02" + "BEEF"
letters = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=9, max_size=9)


def test_both_spellings_are_one_code() -> None:
    read = parse(SPELT, TODAY)
    assert read == parse(RAW, TODAY) == parse("zg01-01-260815-00000012a-0102-beef ", TODAY)
    assert (read.maker, read.serial, read.type_code, read.check) == ("ZG01", "00000012A", 0x0102, "BEEF")
    assert read.made_on == date(2026, 8, 15)
    assert read.network == ("NB-IoT", "NB-IoT")
    assert read.text == SPELT
    assert read.proved is None


@pytest.mark.parametrize(
    ("code", "part", "place"),
    [
        ("", Part.LENGTH, 1),
        (SPELT[:-1], Part.LENGTH, 1),
        ("860374000000000", Part.LENGTH, 1),
        ("测G01" + SPELT[4:], Part.MAKER, 1),
        ("ßG0" + SPELT[3:], Part.MAKER, 1),
        (SPELT[:4] + "N1" + SPELT[6:], Part.NETWORK, 5),
        (SPELT[:6] + "260230" + SPELT[12:], Part.MADE_ON, 7),
        (SPELT[:6] + "261201" + SPELT[12:], Part.MADE_ON, 7),
        (SPELT[:6] + "2６0815" + SPELT[12:], Part.MADE_ON, 7),
        (SPELT[:12] + "0000_0012" + SPELT[21:], Part.SERIAL, 13),
        (SPELT[:21] + "01G2" + SPELT[25:], Part.TYPE, 22),
        (RAW[:21] + "测试" + RAW[23:], Part.TYPE, 22),
        (SPELT[:25] + "BEEG", Part.CHECK, 26),
        (RAW[:23] + "BE F", Part.CHECK, 24),
    ],
)
def test_what_is_wrong_is_named_with_its_place(code: str, part: Part, place: int) -> None:
    with pytest.raises(CodeError) as caught:
        parse(code, TODAY)
    assert (caught.value.part, caught.value.place) == (part, place)


def test_a_reserved_network_is_read_and_has_no_name() -> None:
    assert parse(SPELT[:4] + "77" + SPELT[6:], TODAY).network is None


def test_the_authoritys_check_proves_or_refuses() -> None:
    """The check is a sum over the bytes before it; the authority's own is put in its place."""

    def expected(text: str) -> str:
        return f"{sum(text.encode('latin-1')) & 0xFFFF:04X}"

    good = SPELT[:25] + expected(RAW[:23])
    assert parse(good, TODAY, expected).proved is True
    with pytest.raises(CodeError, match="check"):
        parse("ZG02" + good[4:], TODAY, expected)


@given(st.dates(date(2000, 1, 1), TODAY), letters, st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), st.integers(0, 99))
def test_every_code_is_read_as_it_was_written(made: date, serial: str, type_: int, check: int, network: int) -> None:
    code = DeviceCode("M" + serial[:3], f"{network:02d}", made, serial, type_, f"{check:04X}")
    raw = code.text[:21] + type_.to_bytes(2, "big").decode("latin-1") + code.check
    assert parse(code.text, TODAY) == parse(raw, TODAY) == code
    assert looks_like_code(code.text) and looks_like_code(raw)
    with pytest.raises(CodeError):
        parse(code.text, made - timedelta(days=1))


@given(st.text(max_size=40))
def test_any_text_is_a_code_or_is_named_as_none(text: str) -> None:
    try:
        parse(text, TODAY)
    except CodeError as error:
        assert 1 <= error.place <= 26
