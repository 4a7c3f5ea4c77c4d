"""Loci and where things are looked for."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from zhigan.alarms.engine.model import Case, Locus, adjacent, locus_of, zones

loci = st.builds(
    Locus,
    st.sampled_from(["", "A", "B"]),
    st.sampled_from([None, -1, 1, 2, 3, 4]),
    st.sampled_from(["", "东"]),
    st.sampled_from(["", "101"]),
    st.sampled_from(["", "lwm2m:ep1", "lwm2m:ep2"]),
)


@given(loci, loci)
def test_zones_meet_exactly_when_loci_are_adjacent(a: Locus, b: Locus):
    assert bool(set(zones(a)[0]) & set(zones(b)[1])) == adjacent(a, b)


@given(loci, loci)
def test_adjacency_is_mutual(a: Locus, b: Locus):
    assert adjacent(a, b) == adjacent(b, a)


def test_the_key_names_the_finest_place_that_is_known():
    assert Locus("B", 12, "东", "1201").key == "B/12/flat:1201"
    assert Locus("B", 12, "东").key == "B/12/zone:东"
    assert Locus("B", 12).key == "B/12"
    assert Locus("B").key == "B"
    assert Locus().key == ""
    assert Locus("B", 3, "", "", "lwm2m:ep1").key == "B/3/dwelling:lwm2m:ep1"


def test_a_stand_alone_detector_in_housing_without_a_flat_is_a_dwelling():
    def at(**more: object) -> Locus:
        known = {
            "building": "B",
            "floor": 3,
            "compartment": "",
            "flat": "",
            "gateway": "lwm2m",
            "address": "ep1",
            "residential": True,
        }
        return locus_of(**{**known, **more})

    assert at().dwelling == "lwm2m:ep1"
    assert at(flat="301") == Locus("B", 3, "", "301")
    assert at(gateway="gb26875") == Locus("B", 3)
    assert at(residential=False, compartment="东") == Locus("B", 3, "东")


def test_a_blob_of_an_older_version_decodes():
    blob = msgspec.msgpack.encode({"key": "unit:1", "something_gone": 3})
    assert msgspec.msgpack.decode(blob, type=Case) == Case(key="unit:1")
