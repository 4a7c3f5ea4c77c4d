"""The seeded city: the same for the same seed, spread over the real areas, in the platform's own words."""

import csv
from collections import Counter
from pathlib import Path

from citysim import city, sheets
from citysim.circuits import DEVICES
from citysim.city_tables import COUNTIES
from citysim.homes import CARRIED, CTWING, DIRECT
from zhigan.vocabulary.devices import BY_NAME
from zhigan.vocabulary.premises import TAGS, Industry, Premises

TOWN = city.build(119)


def test_same_seed_same_city() -> None:
    assert city.build(119) == TOWN
    assert city.build(120) != TOWN


def test_it_is_as_large_as_promised() -> None:
    assert len(TOWN.units) >= 200
    assert TOWN.devices >= 5_000


def test_every_reporting_area_has_units() -> None:
    areas = Counter(unit.area for unit in TOWN.units)
    assert len(areas) == len(COUNTIES) == 15
    assert min(areas.values()) >= 3


def test_names_and_addresses_are_unique() -> None:
    assert len({unit.name for unit in TOWN.units}) == len(TOWN.units)
    assert len({unit.code for unit in TOWN.units}) == len(TOWN.units)
    addresses = [site.address + point.suffix for _, site in TOWN.sites() for point in site.points]
    assert len(set(addresses)) == len(addresses)


def test_homes_are_of_their_own_and_some_batteries_are_tired() -> None:
    carried = TOWN.homes_by(CTWING)
    assert len({home.address for home in TOWN.homes}) == len(TOWN.homes) == CARRIED + DIRECT
    assert len({(home.unit, home.building, home.flat) for home in TOWN.homes}) == len(TOWN.homes)
    assert {home.unit for home in TOWN.homes} <= {unit.code for unit in TOWN.units}
    assert 5 <= sum(home.battery < 13 for home in carried) <= 40


def test_two_seeds_share_no_address() -> None:
    other = city.build(120)
    assert not {site.address for _, site in TOWN.sites()} & {site.address for _, site in other.sites()}


def test_words_are_the_plans() -> None:
    for unit in TOWN.units:
        assert unit.premises in set(Premises)
        assert not unit.industry or unit.industry in set(Industry)
        assert set(unit.tags) <= set(TAGS)
        assert all(point.type in BY_NAME for site in unit.sites for point in site.points)


def test_units_stand_near_their_county_seat_in_a_real_community() -> None:
    known = {c.code for communities in city.communities().values() for c in communities if c.code}
    centres = {county.code: county for county in COUNTIES}
    for unit in TOWN.units:
        county = centres[unit.area_code]
        assert abs(unit.lon - county.lon) <= 0.012 and abs(unit.lat - county.lat) <= 0.010
        assert unit.community in known or unit.area == "庐陵新区"


def test_telephones_are_nobodys() -> None:
    phones = [contact.phone for unit in TOWN.units for contact in unit.contacts]
    assert all(len(phone) == 11 and phone.startswith("100") for phone in phones)
    assert len(set(phones)) == len(phones)


def test_dwellings_have_detectors_of_their_own() -> None:
    homes = [unit for unit in TOWN.units if unit.kind == "old_estate"]
    assert homes
    assert all(point.flat for unit in homes for point in unit.sites[0].points)


def test_descriptions_fit_the_wire() -> None:
    longest = max(len(point.name.encode("gb18030")) for _, site in TOWN.sites() for point in site.points)
    assert longest <= 40, "the wire cuts at 31 bytes: some may lose their last word, none its floor"


def test_sheets_name_every_device(tmp_path: Path) -> None:
    units, devices, hydrants, circuits = sheets.write(TOWN, tmp_path)
    with units.open(encoding="utf-8", newline="") as file:
        assert [row["code"] for row in csv.DictReader(file)] == [unit.code for unit in TOWN.units]
    with devices.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == TOWN.devices
    assert [row["gateway"] for row in rows].count("lwm2m") == DIRECT + DEVICES * len(TOWN.circuits)
    named = {row["address"] for row in rows}
    with circuits.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert {pair.partition("=")[2] for pair in row["channels"].split(";")} <= named
            assert (row["load_class"] == "third") == bool(row["breaker"])
    assert [row["gateway"] for row in rows].count("ctwing") == CARRIED
    assert sum(row["type"] == "transmission_device" for row in rows) == len(TOWN.units)
    with hydrants.open(encoding="utf-8", newline="") as file:
        assert [row["code"] for row in csv.DictReader(file)] == [hydrant.code for hydrant in TOWN.hydrants]


def test_hydrants_stand_where_units_are_and_some_pressures_are_unknown() -> None:
    assert len({hydrant.code for hydrant in TOWN.hydrants}) == len(TOWN.hydrants) == 2 * len(TOWN.units)
    assert {hydrant.area_code for hydrant in TOWN.hydrants} == {unit.area_code for unit in TOWN.units}
    pressures = [hydrant.pressure_mpa for hydrant in TOWN.hydrants]
    assert None in pressures
    assert all(0 < pressure < 1 for pressure in pressures if pressure is not None)
