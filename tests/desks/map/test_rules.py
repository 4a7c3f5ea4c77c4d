"""The paper: tiles tile the world, folding loses nothing, marks stand where things are."""

from hypothesis import given
from hypothesis import strategies as st

from zhigan.desks.map import rules
from zhigan.desks.map.counting import Pyramid
from zhigan.desks.map.model import Counts, Dot
from zhigan.desks.map.mvt import EXTENT

LON = st.floats(-179.9, 179.9)
LAT = st.floats(-85, 85)
SMALL = st.integers(0, 500)
CELLS = st.dictionaries(
    st.tuples(st.integers(0, 2**rules.BASE - 1), st.integers(0, 2**rules.BASE - 1)),
    st.builds(Counts, st.integers(1, 500), SMALL, SMALL, SMALL, SMALL),
    max_size=40,
)


@given(LON, LAT, st.integers(0, 20))
def test_a_place_lies_in_the_bounds_of_its_tile(lon: float, lat: float, z: int) -> None:
    east, down = rules.project(lon, lat)
    x, y = int(east * 2**z), int(down * 2**z)
    box = rules.bounds(z, x, y)
    assert box.west - 1e-9 <= lon <= box.east + 1e-9
    assert box.south - 1e-9 <= lat <= box.north + 1e-9


def test_known_tile_of_the_prefecture() -> None:
    """吉州区: z 8, counted by hand from the formula of the OpenStreetMap wiki."""
    east, down = rules.project(114.98, 27.11)
    assert (int(east * 256), int(down * 256)) == (209, 107)


@given(CELLS, st.integers(0, rules.POINTS_FROM - 1))
def test_no_level_loses_a_device(cells: dict[tuple[int, int], Counts], z: int) -> None:
    pyramid = Pyramid(cells)
    tiles = {(x >> rules.BASE - z, y >> rules.BASE - z) for x, y in cells}
    shown = [counts for x, y in tiles for _, counts in pyramid.tile(z, x, y)]
    for field in ("n", "alarm", "offline", "fault", "shielded"):
        assert sum(getattr(c, field) for c in shown) == sum(getattr(c, field) for c in cells.values())


@given(CELLS)
def test_counts_stand_inside_their_tile(cells: dict[tuple[int, int], Counts]) -> None:
    layer = rules.cell_layer(list(rules.fold(cells, 4).items()))
    assert all(0 < p.x < EXTENT and 0 < p.y < EXTENT for p in layer.points)


@given(LON, LAT)
def test_a_point_stands_where_its_thing_is(lon: float, lat: float) -> None:
    z = 16
    east, down = rules.project(lon, lat)
    x, y = int(east * 2**z), int(down * 2**z)
    [point] = rules.dot_layer([Dot(lon=lon, lat=lat, counts=Counts(1), id="a")], z, x, y).points
    assert abs((x + point.x / EXTENT) / 2**z - east) < 2 ** -(z + 11)
    assert abs((y + point.y / EXTENT) / 2**z - down) < 2 ** -(z + 11)
    assert point.tags == {"n": 1, "id": "a"}


def test_tiles_that_are_none() -> None:
    assert rules.exists(0, 0, 0)
    assert not any(rules.exists(*zxy) for zxy in [(-1, 0, 0), (21, 0, 0), (3, 8, 0), (3, 0, -1)])
