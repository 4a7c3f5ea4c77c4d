"""The tables against the standard's own counts, and the dialects against each other."""

import pytest

from zhigan.protocols.gb26875 import ANSWERS, DIALECTS, Dialect, Type, shown_address, tables

RESERVED_COMPONENTS = {
    *range(2, 10),
    *(14, 15, 19, 20, 38, 39, 80, 89, 90, 93, 94, 100, 112, 119, 120),
    *range(26, 30),
    *range(45, 50),
    *range(54, 61),
    *range(63, 69),
    *range(70, 74),
    *range(75, 78),
    *range(107, 111),
    *range(122, 128),
}
"""预留 in the standard's table of component types."""


def test_codes_are_those_of_the_standard() -> None:
    assert sorted(tables.SYSTEMS) == [0, 1, *range(10, 25)]
    assert set(tables.COMPONENTS) == set(range(128)) - RESERVED_COMPONENTS
    assert tables.COMPONENTS[40] == ("感烟火灾探测器", "smoke detector")
    assert tables.COMPONENTS[23].zh == "手动火灾报警按钮"
    assert sorted(tables.ANALOGS) == list(range(1, 13))
    assert set(tables.TYPES) == set(Type)
    assert sorted(tables.COMMANDS) == [1, 2, 3, 4, 5, 6]
    assert all(tables.TYPES[asked].upward is False and tables.TYPES[told].upward for asked, told in ANSWERS.items())
    assert ANSWERS[61] == 1
    assert ANSWERS[88] == 28


@pytest.mark.parametrize("table", [tables.SYSTEMS, tables.COMPONENTS])
def test_names_are_unique_in_both_languages(table: dict[int, tables.Name]) -> None:
    assert len({n.zh for n in table.values()}) == len(table)
    assert len({n.en for n in table.values()}) == len(table)


def test_reserved_and_private_codes_are_told_apart() -> None:
    assert tables.name_of(tables.COMPONENTS, 5) == tables.RESERVED
    assert tables.name_of(tables.COMPONENTS, 178) == tables.PRIVATE


def test_bits() -> None:
    assert [b.en for b in tables.SYSTEM_BITS.names(0x2102)] == ["fire", "mains fault", "reset"]
    assert [b.en for b in tables.COMPONENT_BITS.names(0x0102)] == ["fire", "power fault"]
    assert [b.zh for b in tables.DEVICE_BITS.names(0x14)] == ["故障", "备电故障"]
    assert [b.zh for b in tables.DEVICE_OPERATION_BITS.names(0x20)] == ["查岗应答"]
    assert [b.zh for b in tables.SYSTEM_OPERATION_BITS.names(0x20)] == ["确认"]


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda d: d.name)
def test_every_dialect_names_its_evidence_and_stays_in_range(dialect: Dialect) -> None:
    assert dialect.zh
    assert dialect.en
    assert dialect.evidence
    assert 0 < dialect.adu_limit <= 1024
    assert all(0 <= c < 256 and c not in tables.COMMANDS for c in dialect.commands)
    assert all(0 <= t < 256 for t in dialect.types)


def test_addresses_as_the_makers_print_them() -> None:
    assert shown_address("C2B883C91700", DIALECTS["ks"]) == "102165100738"
    assert shown_address("123456789012", DIALECTS["dahua"]) == "123456789012"
    assert shown_address("C0A801046D1D", DIALECTS["haiwan"]) == "192.168.1.4:7533"
    assert shown_address("790300000000", DIALECTS["tolerant"]) == "790300000000"
